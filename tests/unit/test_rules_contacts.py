"""ZT11x: contacts, and members that do nothing."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.unit.exchange_fixture import Told, edited, member_text, member_with, told

BROKEN: list[tuple[str, Mapping[str, str], list[Told]]] = [
    (
        "ZT110",
        member_with("nodes:", "  - email: NOC@as64500.example.net\nnodes:"),
        [
            Told(
                "members/AS64500.yaml:6:12",
                "NOC@as64500.example.net",
                "`noc@as64500.example.net` stands here a second time",
                severity="warning",
                related=("members/AS64500.yaml:5:12",),
            )
        ],
    ),
    (
        "ZT110",
        member_with("nodes:", "  - github: {id: 64500, login: other}\nnodes:"),
        [
            Told(
                "members/AS64500.yaml:6:18",
                "64500",
                "the GitHub id `64500` stands here a second time",
                severity="warning",
                related=("members/AS64500.yaml:4:18",),
            )
        ],
    ),
    (
        "ZT111",
        edited("members/AS64501.yaml", "id: 64501,", "id: 64500,"),
        [
            Told(
                "members/AS64500.yaml:4:18",
                "64500",
                "the GitHub id `64500` also speaks for AS64501",
                severity="note",
                related=("members/AS64501.yaml:4:18",),
            )
        ],
    ),
    (
        "ZT111",
        {
            path: text
            for n in range(64502, 64509)
            for path, text in {
                f"members/AS{n}.yaml": member_text(n).replace(f"id: {n},", "id: 64500,")
            }.items()
        },
        [
            Told(
                "members/AS64500.yaml:4:18",
                "64500",
                "the GitHub id `64500` also speaks for AS64502, AS64503, AS64504, AS64505, "
                "AS64506 and 2 more",
                severity="note",
                related=(
                    "members/AS64502.yaml:4:18",
                    "members/AS64503.yaml:4:18",
                    "members/AS64504.yaml:4:18",
                    "members/AS64505.yaml:4:18",
                    "members/AS64506.yaml:4:18",
                ),
            )
        ],
    ),
    (
        "ZT112",
        member_with("nodes:", "  - {}\nnodes:"),
        [Told("members/AS64500.yaml:6:5", "{", "this contact names nobody", severity="warning")],
    ),
    (
        "ZT113",
        {"members/AS64502.yaml": "asn: 64502\nname: A\ncontacts: [{email: a@example.net}]\n"},
        [Told("members/AS64502.yaml:1:6", "64502", "`AS64502` has no nodes", severity="note")],
    ),
    (
        "ZT113",
        {"members/AS64502.yaml": "asn: 64502\nname: A\ncontacts: [{email: a@example.net}]\nnodes: []\n"},
        [Told("members/AS64502.yaml:4:8", "[", "`AS64502` has no nodes", severity="note")],
    ),
    (
        "ZT114",
        member_with("nodes:", "status: suspended\nnodes:"),
        [Told("members/AS64500.yaml:6:9", "suspended", "`AS64500` is suspended", severity="note")],
    ),
    (
        "ZT115",
        member_with("name: Example 64500", "name: TODO"),
        [Told("members/AS64500.yaml:2:7", "TODO", "`name` is still `TODO`")],
    ),
    (
        "ZT115",
        member_with("login: user64500", "login: TODO"),
        [Told("members/AS64500.yaml:4:32", "TODO", "`login` is still `TODO`")],
    ),
]
KEPT: list[tuple[str, Mapping[str, str]]] = [
    ("ZT110", member_with("nodes:", "  - email: peering@as64500.example.net\nnodes:")),
    ("ZT111", member_with("nodes:", "  - github: {id: 64500, login: other}\nnodes:")),
    ("ZT112", {}),
    (
        "ZT113",
        {
            "members/AS64502.yaml": "asn: 64502\nname: A\ncontacts: [{email: a@example.net}]\n"
            "status: suspended\n"
        },
    ),
    ("ZT115", member_with("name: Example 64500", "name: TODO Networks")),
    ("ZT115", {"members/AS64502.yaml": "asn: 64502\nname: A\ncontacts: [{email: a@example.net}]\n"}),
    ("ZT114", member_with("nodes:", "status: active\nnodes:")),
]


@pytest.mark.parametrize(("rule", "changes", "findings"), BROKEN)
def test_rule_when_broken_points_at_the_place(
    rule: str, changes: Mapping[str, str], findings: list[Told]
) -> None:
    """A rule that is broken is told at the exact place, in exact words."""
    assert told(rule, changes) == findings


@pytest.mark.parametrize(("rule", "changes"), KEPT)
def test_rule_when_kept_is_silent(rule: str, changes: Mapping[str, str]) -> None:
    """A rule says nothing about what only looks like a breach."""
    assert told(rule, changes) == []
