"""ZT204 to ZT211: each address has one holder and is a host's."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.unit.exchange_fixture import FABRICS, ROUTE_SERVERS, Told, edited, member_text, member_with, told

SECOND = "  - id: 1a2b300000\n    name: ams1\n    addresses: [192.0.2.10]\n"
LAB = """\
  - name: lab
    network: "000002"
    url: http://127.0.0.1:9993
    token: {env: CONTROLLER_TOKEN}
    prefixes: [198.51.100.0/24]
"""

BROKEN: list[tuple[str, Mapping[str, str], list[Told]]] = [
    (
        "ZT204",
        member_with("[192.0.2.10, ", "[192.0.2.11, "),
        [
            Told(
                "members/AS64500.yaml:9:17",
                "192.0.2.11",
                "the address `192.0.2.11` is already held by AS64501",
                related=("members/AS64501.yaml:9:17",),
            ),
            Told(
                "members/AS64501.yaml:9:17",
                "192.0.2.11",
                "the address `192.0.2.11` is already held by AS64500",
                related=("members/AS64500.yaml:9:17",),
            ),
        ],
    ),
    (
        "ZT204",
        member_with("192.0.2.10", "192.0.2.1"),
        [
            Told(
                "members/AS64500.yaml:9:17",
                "192.0.2.1",
                "the address `192.0.2.1` is already held by rs1",
                related=("policy/route-servers.yaml:4:17",),
            )
        ],
    ),
    (
        "ZT204",
        {"policy/infrastructure.yaml": "nodes:\n  - {id: bbbbbbbbb1, name: lg, addresses: [192.0.2.2]}\n"},
        [
            Told(
                "policy/infrastructure.yaml:2:44",
                "192.0.2.2",
                "the address `192.0.2.2` is already held by rs2",
                related=("policy/route-servers.yaml:10:17",),
            )
        ],
    ),
    (
        "ZT204",
        member_with("2001:db8:64:96::10", "2001:DB8:64:96:0::11"),
        [
            Told(
                "members/AS64500.yaml:9:29",
                '"2001:DB8:64:96:0::11"',
                "the address `2001:db8:64:96::11` is already held by AS64501",
                related=("members/AS64501.yaml:9:29",),
            ),
            Told(
                "members/AS64501.yaml:9:29",
                '"2001:db8:64:96::11"',
                "the address `2001:db8:64:96::11` is already held by AS64500",
                related=("members/AS64500.yaml:9:29",),
            ),
        ],
    ),
    (
        "ZT205",
        member_with("[192.0.2.10, ", "[192.0.2.10, 192.0.2.10, "),
        [
            Told(
                "members/AS64500.yaml:9:29",
                "192.0.2.10",
                "the address `192.0.2.10` stands here a second time",
                related=("members/AS64500.yaml:9:17",),
            )
        ],
    ),
    (
        "ZT205",
        {"members/AS64500.yaml": member_text(64500, SECOND)},
        [
            Told(
                "members/AS64500.yaml:12:17",
                "192.0.2.10",
                "the address `192.0.2.10` stands here a second time",
                related=("members/AS64500.yaml:9:17",),
            )
        ],
    ),
    (
        "ZT206",
        member_with("192.0.2.10", "198.51.100.7"),
        [
            Told(
                "members/AS64500.yaml:9:17",
                "198.51.100.7",
                "the address `198.51.100.7` is outside of the fabric `lan`: "
                "`192.0.2.0/24`, `2001:db8:64:96::/64`",
            )
        ],
    ),
    (
        "ZT206",
        edited("policy/route-servers.yaml", "[192.0.2.1,", "[203.0.113.1,"),
        [
            Told(
                "policy/route-servers.yaml:4:17",
                "203.0.113.1",
                "the address `203.0.113.1` is outside of the fabric `lan`: "
                "`192.0.2.0/24`, `2001:db8:64:96::/64`",
            )
        ],
    ),
    (
        "ZT206",
        member_with("2001:db8:64:96::10", "::c000:20a"),
        [
            Told(
                "members/AS64500.yaml:9:29",
                '"::c000:20a"',
                "the address `::c000:20a` is outside of the fabric `lan`: "
                "`192.0.2.0/24`, `2001:db8:64:96::/64`",
            )
        ],
    ),
    (
        "ZT207",
        member_with("192.0.2.10", "192.0.2.255"),
        [
            Told(
                "members/AS64500.yaml:9:17",
                "192.0.2.255",
                "the address `192.0.2.255` is the broadcast address of `192.0.2.0/24`",
            )
        ],
    ),
    (
        "ZT207",
        member_with("192.0.2.10", "192.0.2.0"),
        [
            Told(
                "members/AS64500.yaml:9:17",
                "192.0.2.0",
                "the address `192.0.2.0` is the network's address of `192.0.2.0/24`",
            )
        ],
    ),
    (
        "ZT207",
        member_with("2001:db8:64:96::10", "2001:db8:64:96::"),
        [
            Told(
                "members/AS64500.yaml:9:29",
                '"2001:db8:64:96::"',
                "the address `2001:db8:64:96::` is the subnet-router anycast "
                "address of `2001:db8:64:96::/64`",
            )
        ],
    ),
    (
        "ZT208",
        member_with("192.0.2.10", "192.0.2.7"),
        [
            Told(
                "members/AS64500.yaml:9:17",
                "192.0.2.7",
                "the address `192.0.2.7` is in a range that is reserved for the exchange",
                related=("policy/fabrics.yaml:7:15",),
            )
        ],
    ),
    (
        "ZT210",
        {"policy/fabrics.yaml": FABRICS + LAB, **member_with("name: fra1", "name: fra1\n    fabric: lab")},
        [
            Told(
                "members/AS64500.yaml:9:13",
                "lab",
                "there is no route server on the fabric `lab`",
                severity="warning",
            )
        ],
    ),
    (
        "ZT211",
        {
            "policy/route-servers.yaml": ROUTE_SERVERS.replace("[192.0.2.1, ", "[").replace(
                "[192.0.2.2, ", "["
            ),
            **member_with(', "2001:db8:64:96::10"', ""),
        },
        [
            Told(
                "members/AS64500.yaml:9:5",
                "addresses",
                "the route servers of the fabric `lan` speak IPv6 only",
                severity="warning",
            )
        ],
    ),
]
KEPT: list[tuple[str, Mapping[str, str]]] = [
    (
        "ZT204",
        {
            "policy/fabrics.yaml": FABRICS + LAB.replace("198.51.100.0", "192.0.2.0"),
            **member_with("[192.0.2.10, ", "[192.0.2.11, ").copy(),
            "members/AS64501.yaml": member_text(64501).replace("name: fra1", "name: fra1\n    fabric: lab"),
        },
    ),
    ("ZT205", {"members/AS64500.yaml": member_text(64500, SECOND.replace("2.10", "2.12"))}),
    ("ZT206", {}),
    ("ZT207", member_with("2001:db8:64:96::10", "2001:db8:64:96:ffff:ffff:ffff:ffff")),
    ("ZT207", edited("policy/fabrics.yaml", "192.0.2.0/24", "192.0.2.10/31, 192.0.2.0/29")),
    ("ZT208", edited("policy/fabrics.yaml", "    reserved: [192.0.2.0/29]\n", "")),
    (
        "ZT208",
        {
            "policy/fabrics.yaml": FABRICS + LAB,
            **member_with("name: fra1", "name: fra1\n    fabric: lab").copy(),
        },
    ),
    (
        "ZT210",
        {
            "policy/fabrics.yaml": FABRICS + LAB,
            **member_with("name: fra1", "name: fra1\n    fabric: lab\n    route_servers: false"),
        },
    ),
    ("ZT211", member_with(', "2001:db8:64:96::10"', "")),
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
