"""ZT20x: each node has one holder."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.unit.exchange_fixture import FABRICS, Told, edited, member_text, member_with, told

INFRASTRUCTURE = "policy/infrastructure.yaml"
SECOND = "  - id: 1a2b364500\n    name: ams1\n    addresses: [192.0.2.100]\n"
# AS64500's and AS64501's nodes on the network 8056c2e21c000001, in RFC 4193 mode and 6PLANE.
RFC4193 = "fd80:56c2:e21c:0:199:931a:2b36:4500"
PLANE = "fc9c:56c2:e31a:2b36:4500::1"
PLANE_64501 = "fc9c:56c2:e31a:2b36:4501::1"
LAB = """\
  - name: lab
    network: "000002"
    url: http://127.0.0.1:9993
    token: {env: CONTROLLER_TOKEN}
    prefixes: [198.51.100.0/24]
"""

BROKEN: list[tuple[str, Mapping[str, str], list[Told]]] = [
    (
        "ZT201",
        member_with("name: fra1", "name: fra1\n    fabric: lann"),
        [Told("members/AS64500.yaml:9:13", "lann", "the fabric `lann` is not in policy")],
    ),
    (
        "ZT201",
        {INFRASTRUCTURE: "nodes:\n  - {id: bbbbbbbbb1, name: looking-glass, fabric: lab}\n"},
        [Told("policy/infrastructure.yaml:2:51", "lab", "the fabric `lab` is not in policy")],
    ),
    (
        "ZT202",
        member_with("1a2b364500", "1a2b364501"),
        [
            Told(
                "members/AS64500.yaml:7:9",
                "1a2b364501",
                "the node `1a2b364501` is already held by AS64501",
                related=("members/AS64501.yaml:7:9",),
            ),
            Told(
                "members/AS64501.yaml:7:9",
                "1a2b364501",
                "the node `1a2b364501` is already held by AS64500",
                related=("members/AS64500.yaml:7:9",),
            ),
        ],
    ),
    (
        "ZT202",
        member_with("1a2b364500", "aaaaaaaaa2"),
        [
            Told(
                "members/AS64500.yaml:7:9",
                "aaaaaaaaa2",
                "the node `aaaaaaaaa2` is already held by rs2",
                related=("policy/route-servers.yaml:9:11",),
            )
        ],
    ),
    (
        "ZT202",
        {INFRASTRUCTURE: "nodes:\n  - {id: aaaaaaaaa1, name: looking-glass}\n"},
        [
            Told(
                "policy/infrastructure.yaml:2:10",
                "aaaaaaaaa1",
                "the node `aaaaaaaaa1` is already held by rs1",
                related=("policy/route-servers.yaml:3:11",),
            )
        ],
    ),
    (
        "ZT202",
        {
            "policy/fabrics.yaml": FABRICS + LAB,
            **member_with("id: 1a2b364500", "id: 1a2b364501\n    fabric: lab"),
        },
        [
            Told(
                "members/AS64500.yaml:7:9",
                "1a2b364501",
                "the node `1a2b364501` is already held by AS64501",
                related=("members/AS64501.yaml:7:9",),
            ),
            Told(
                "members/AS64501.yaml:7:9",
                "1a2b364501",
                "the node `1a2b364501` is already held by AS64500",
                related=("members/AS64500.yaml:7:9",),
            ),
        ],
    ),
    (
        "ZT203",
        {"members/AS64500.yaml": member_text(64500, SECOND)},
        [
            Told(
                "members/AS64500.yaml:10:9",
                "1a2b364500",
                "the node `1a2b364500` stands here a second time",
                related=("members/AS64500.yaml:7:9",),
            )
        ],
    ),
    (
        "ZT209",
        {
            "members/AS64500.yaml": member_text(
                64500, SECOND.replace("1a2b364500", "1a2b300000").replace("ams1", "fra1")
            )
        },
        [
            Told(
                "members/AS64500.yaml:11:11",
                "fra1",
                "the name `fra1` stands here a second time",
                related=("members/AS64500.yaml:8:11",),
            )
        ],
    ),
    (
        "ZT212",
        {
            **edited("policy/fabrics.yaml", "000001", "8056c2e21c000001"),
            **member_with("1a2b364500", "8056c2e21c"),
        },
        [
            Told(
                "members/AS64500.yaml:7:9",
                "8056c2e21c",
                "the node `8056c2e21c` is the controller of the fabric `lan`",
                related=("policy/fabrics.yaml:3:14",),
            )
        ],
    ),
    (
        "ZT212",
        {
            **edited("policy/fabrics.yaml", '"000001"', '"000001"\n    controller: "8056c2e21c"'),
            **member_with("1a2b364500", "8056c2e21c"),
        },
        [
            Told(
                "members/AS64500.yaml:7:9",
                "8056c2e21c",
                "the node `8056c2e21c` is the controller of the fabric `lan`",
                related=("policy/fabrics.yaml:3:14",),
            )
        ],
    ),
    (
        "ZT202",
        member_with("id: 1a2b364500", f"ipv6: {PLANE_64501}"),
        [
            Told(
                "members/AS64500.yaml:7:11",
                PLANE_64501,
                "the node `1a2b364501` is already held by AS64501",
                related=("members/AS64501.yaml:7:9",),
            ),
            Told(
                "members/AS64501.yaml:7:9",
                "1a2b364501",
                "the node `1a2b364501` is already held by AS64500",
                related=("members/AS64500.yaml:7:11",),
            ),
        ],
    ),
    (
        "ZT203",
        {"members/AS64500.yaml": member_text(64500, SECOND.replace("id: 1a2b364500", f"ipv6: {RFC4193}"))},
        [
            Told(
                "members/AS64500.yaml:10:11",
                RFC4193,
                "the node `1a2b364500` stands here a second time",
                related=("members/AS64500.yaml:7:9",),
            )
        ],
    ),
    (
        "ZT213",
        {
            **edited("policy/fabrics.yaml", "000001", "8056c2e21c000002"),
            **member_with("id: 1a2b364500", f"ipv6: {RFC4193}"),
        },
        [
            Told(
                "members/AS64500.yaml:7:11",
                RFC4193,
                f"the address `{RFC4193}` is not of the network `8056c2e21c000002` of the fabric `lan`",
            )
        ],
    ),
    (
        "ZT213",
        {
            **edited("policy/fabrics.yaml", '"000001"', '"000001"\n    controller: "aaaaaaaaaa"'),
            **member_with("id: 1a2b364500", f"ipv6: {PLANE}"),
        },
        [
            Told(
                "members/AS64500.yaml:7:11",
                PLANE,
                f"the address `{PLANE}` is not of the network `000001` of the fabric `lan`",
            )
        ],
    ),
    (
        "ZT213",
        {
            **edited("policy/fabrics.yaml", "000001", "000002"),
            **edited("policy/route-servers.yaml", "node: aaaaaaaaa1", f"ipv6: {RFC4193}"),
        },
        [
            Told(
                "policy/route-servers.yaml:3:11",
                RFC4193,
                f"the address `{RFC4193}` is not of the network `000002` of the fabric `lan`",
            )
        ],
    ),
]
KEPT: list[tuple[str, Mapping[str, str]]] = [
    ("ZT201", member_with("name: fra1", "name: fra1\n    fabric: lan")),
    (
        "ZT202",
        {
            "policy/fabrics.yaml": FABRICS + LAB,
            INFRASTRUCTURE: "nodes:\n  - {id: aaaaaaaaa1, name: looking-glass, fabric: lab}\n",
        },
    ),
    (
        "ZT203",
        {
            "policy/fabrics.yaml": FABRICS + LAB,
            "members/AS64500.yaml": member_text(64500, SECOND + "    fabric: lab\n"),
        },
    ),
    ("ZT209", {"members/AS64500.yaml": member_text(64500, SECOND.replace("1a2b364500", "1a2b300000"))}),
    ("ZT213", {INFRASTRUCTURE: f"nodes:\n  - {{ipv6: '{RFC4193}', name: looking-glass, fabric: lann}}\n"}),
    ("ZT213", member_with("id: 1a2b364500", f"ipv6: {RFC4193}")),
    ("ZT213", member_with("id: 1a2b364500", f"ipv6: {PLANE}")),
    (
        "ZT213",
        {
            **edited("policy/fabrics.yaml", "000001", "8056c2e21c000001"),
            **member_with("id: 1a2b364500", f"ipv6: {PLANE}"),
        },
    ),
    ("ZT212", {**edited("policy/fabrics.yaml", "000001", "aaaaaaaaa1000001")}),
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
