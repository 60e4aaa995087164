"""ZT4xx: AS-SETs and limits."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.unit.exchange_fixture import NOW, SOURCE, Told, member_text, member_with, told
from ztix.evidence import Evidence, Expansion, PrefixSet
from ztix.terms import Asn, AsSet


def routes(extra: str) -> dict[str, str]:
    """AS64500 with more keys at the end of its file."""
    return {"members/AS64500.yaml": member_text(64500, extra)}


def expanding(origin: int, *prefixes: str, of: str = "RIPE::AS-EXAMPLE") -> Evidence:
    """This set expands to one origin and these IPv4 prefixes."""
    name = AsSet(of)
    ipv4 = PrefixSet(4, prefixes)
    known = Expansion(name, (Asn(origin),), ipv4, PrefixSet(6), SOURCE, NOW)
    return Evidence(NOW, expansions={name: known})


ONLY_4 = member_with(', "2001:db8:64:96::10"', "")["members/AS64500.yaml"]
OVER_6 = member_with(
    '[192.0.2.10, "2001:db8:64:96::10"]',
    '["2001:db8:64:96::10"]\n    bgp: {extended_next_hop: true}\nmax_prefixes: {ipv4: 10}',
)
SET = routes('as_set: {ipv4: "RIPE::AS-EXAMPLE"}\n')
SUSPENDED = {f"members/AS{asn}.yaml": member_text(asn, "status: suspended\n") for asn in (64500, 64501)}


def policy(text: str) -> dict[str, str]:
    """policy/routing.yaml."""
    return {"policy/routing.yaml": text}


ROUTING = policy("prefix_sets: enforce\n")
OFF = policy("prefix_sets: off\n")

BROKEN: list[tuple[str, Mapping[str, str], Evidence | None, list[Told]]] = [
    (
        "ZT401",
        routes('as_set: {ipv4: AS-EXAMPLE, ipv6: ["RIPE::AS-EXAMPLE", "AS64500:AS-V6"]}\n'),
        None,
        [
            Told(
                "members/AS64500.yaml:10:16",
                "AS-EXAMPLE",
                "the AS-SET `AS-EXAMPLE` does not name its registry",
                severity="warning",
            ),
            Told(
                "members/AS64500.yaml:10:55",
                '"AS64500:AS-V6"',
                "the AS-SET `AS64500:AS-V6` does not name its registry",
                severity="warning",
            ),
        ],
    ),
    (
        "ZT402",
        routes("as_set: {ipv4: AS64501}\n"),
        None,
        [
            Told(
                "members/AS64500.yaml:10:16",
                "AS64501",
                "the AS-SET `AS64501` belongs to another member, AS64501",
                severity="warning",
                related=("members/AS64501.yaml:1:6",),
            )
        ],
    ),
    (
        "ZT402",
        routes('as_set: {ipv6: "RIPE::AS64501:AS-ALL"}\n'),
        None,
        [
            Told(
                "members/AS64500.yaml:10:16",
                '"RIPE::AS64501:AS-ALL"',
                "the AS-SET `RIPE::AS64501:AS-ALL` belongs to another member, AS64501",
                severity="warning",
                related=("members/AS64501.yaml:1:6",),
            )
        ],
    ),
    (
        "ZT403",
        routes("as_set: {ipv4: [AS64500, AS64500]}\n"),
        None,
        [
            Told(
                "members/AS64500.yaml:10:26",
                "AS64500",
                "`AS64500` stands here a second time",
                severity="warning",
            )
        ],
    ),
    (
        "ZT404",
        {"members/AS64500.yaml": ONLY_4 + "as_set: {ipv6: AS64500}\nmax_prefixes: {ipv4: 10, ipv6: 10}\n"},
        None,
        [
            Told(
                "members/AS64500.yaml:10:10",
                "ipv6",
                "`as_set.ipv6` has no effect: no node has an IPv6 address",
                severity="note",
            ),
            Told(
                "members/AS64500.yaml:11:26",
                "ipv6",
                "`max_prefixes.ipv6` has no effect: no node has an IPv6 address",
                severity="note",
            ),
        ],
    ),
    (
        "ZT405",
        SET,
        expanding(64500),
        [
            Told(
                "members/AS64500.yaml:10:16",
                '"RIPE::AS-EXAMPLE"',
                "the AS-SET `RIPE::AS-EXAMPLE` holds no IPv4 prefix",
                severity="warning",
            )
        ],
    ),
    (
        "ZT406",
        SET,
        expanding(64501, "192.0.2.0/24"),
        [
            Told(
                "members/AS64500.yaml:10:16",
                '"RIPE::AS-EXAMPLE"',
                "`AS64500` is not in its own AS-SET `RIPE::AS-EXAMPLE`",
                severity="warning",
            )
        ],
    ),
    (
        "ZT407",
        {**routes('as_set: {ipv4: ["RIPE::AS-EXAMPLE", "RIPE::AS-OTHER"]}\n'), **ROUTING},
        expanding(64500, "192.0.2.0/24"),
        [
            Told(
                "members/AS64500.yaml:10:37",
                '"RIPE::AS-OTHER"',
                "the AS-SET `RIPE::AS-OTHER` has no expansion: nothing that only it covers is "
                "accepted over IPv4",
                severity="warning",
            )
        ],
    ),
    (
        "ZT407",
        {**SET, **ROUTING},
        Evidence(NOW),
        [
            Told(
                "policy/routing.yaml:1:14",
                "enforce",
                "no AS-SET's expansion is known: nothing is accepted from 2 members",
                severity="warning",
            )
        ],
    ),
    (
        "ZT407",
        {**SET, **policy("prefix_sets: enforce-or-rov-valid\nmembers: [{asn: 64501, prefix_sets: off}]\n")},
        Evidence(NOW),
        [
            Told(
                "policy/routing.yaml:1:14",
                "enforce-or-rov-valid",
                "no AS-SET's expansion is known: nothing is accepted from 1 member",
                severity="warning",
            )
        ],
    ),
    (
        "ZT407",
        {**SET, **policy("prefix_sets: off\nmembers: [{asn: 64500, prefix_sets: enforce}]\n")},
        expanding(64501, of="RIPE::AS-OTHER"),
        [
            Told(
                "members/AS64500.yaml:10:16",
                '"RIPE::AS-EXAMPLE"',
                "the AS-SET `RIPE::AS-EXAMPLE` has no expansion: nothing that only it covers is accepted "
                "over IPv4",
                severity="warning",
            )
        ],
    ),
    (
        "ZT407",
        member_with("nodes:", "status: suspended\nnodes:"),
        Evidence(NOW),
        [
            Told(
                "policy/routing.yaml:1:1",
                "",
                "no AS-SET's expansion is known: nothing is accepted from 1 member",
                severity="warning",
            )
        ],
    ),
]
KEPT: list[tuple[str, Mapping[str, str], Evidence | None]] = [
    ("ZT401", SET, None),
    ("ZT401", routes("as_set: {ipv4: AS64500}\n"), None),
    ("ZT402", routes("as_set: {ipv4: AS64500, ipv6: AS64502}\n"), None),
    ("ZT402", SET, None),
    ("ZT403", routes("as_set: {ipv4: AS64500, ipv6: AS64500}\n"), None),
    ("ZT404", routes("as_set: {ipv6: AS64500}\n"), None),
    ("ZT404", {"members/AS64500.yaml": ONLY_4 + "max_prefixes: {ipv4: 10}\n"}, None),
    ("ZT404", OVER_6, None),
    (
        "ZT404",
        {
            "members/AS64502.yaml": "asn: 64502\nname: A\ncontacts: [{email: a@example.net}]\n"
            "as_set: {ipv4: AS64502}\n"
        },
        None,
    ),
    ("ZT405", SET, expanding(64500, "192.0.2.0/24")),
    ("ZT405", SET, Evidence(NOW)),
    ("ZT405", SET, None),
    ("ZT406", SET, expanding(64500, "192.0.2.0/24")),
    ("ZT406", SET, Evidence(NOW)),
    ("ZT406", SET, None),
    ("ZT407", SET, expanding(64500, "192.0.2.0/24")),
    ("ZT407", SET, None),
    ("ZT407", {**SET, **OFF}, Evidence(NOW)),
    ("ZT407", routes("as_set: {ipv4: AS64500}\nstatus: suspended\n"), expanding(64500)),
    ("ZT407", SUSPENDED, Evidence(NOW)),
]


@pytest.mark.parametrize(("rule", "changes", "known", "findings"), BROKEN)
def test_rule_when_broken_points_at_the_place(
    rule: str, changes: Mapping[str, str], known: Evidence | None, findings: list[Told]
) -> None:
    """A rule that is broken is told at the exact place, in exact words."""
    assert told(rule, changes, known) == findings


@pytest.mark.parametrize(("rule", "changes", "known"), KEPT)
def test_rule_when_kept_is_silent(rule: str, changes: Mapping[str, str], known: Evidence | None) -> None:
    """A rule says nothing about what only looks like a breach."""
    assert told(rule, changes, known) == []
