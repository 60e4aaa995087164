"""ZT53x: the rules of a LAN leave its members together, and mean somebody."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.unit.exchange_fixture import FABRICS, Told, told

PATH = "policy/lan-rules.yaml"


def lan(text: str, fabric: str = "lan") -> dict[str, str]:
    """policy/lan-rules.yaml with one LAN."""
    return {PATH: f"lans:\n  - fabric: {fabric}\n    {text}\n"}


def many(count: int) -> str:
    """That many drops, of three entries each."""
    return ", ".join(f"{{name: p{n}, protocol: udp, ports: {n}}}" for n in range(1, count + 1))


GIVEN = "capabilities: [{name: c, id: 1, lifts: [igmp], given: [%s]}]"
BROKEN: list[tuple[str, Mapping[str, str], list[Told]]] = [
    (
        "ZT531",
        lan("drop: [{name: a, protocol: udp, ports: 19}, {name: b, protocol: tcp, ports: 1-1024}]"),
        [
            Told(
                f"{PATH}:3:56",
                "b",
                "BGP over IPv4, IPv4 between networks behind members, BGP over IPv6 and 1 more would no "
                "longer pass on the fabric `lan`: dropped: protocol tcp and port 1-1024",
            )
        ],
    ),
    (
        "ZT531",
        lan("ethertypes: [ipv4, arp]"),
        [
            Told(
                f"{PATH}:3:17",
                "[",
                "a neighbour solicitation, a neighbour advertisement, BGP over IPv6 and 2 more would no "
                "longer pass on the fabric `lan`: no ethertype but IPv4 and ARP",
            )
        ],
    ),
    (
        "ZT531",
        lan("drop: [{name: a, receiver: {tag: t, value: 0}}]\n    tags: [{name: t, id: 1}]"),
        [
            Told(
                f"{PATH}:3:19",
                "a",
                "an ARP request, an ARP reply, BGP over IPv4 and 7 more would no longer pass on the fabric "
                "`lan`: dropped: receiver tag 1 is 0",
            )
        ],
    ),
    (
        "ZT532",
        lan("base: safe", "lna"),
        [Told(f"{PATH}:2:13", "lna", "there is no fabric `lna`")],
    ),
    (
        "ZT533",
        lan(GIVEN % "AS64500, AS64999, rs1"),
        [
            Told(
                f"{PATH}:3:69",
                "AS64999",
                "`AS64999` has no node on the fabric `lan`",
                severity="warning",
            )
        ],
    ),
    (
        "ZT533",
        lan("tags: [{name: t, id: 1, given: [{to: rs3, value: 2}]}]"),
        [Told(f"{PATH}:3:42", "rs3", "`rs3` has no node on the fabric `lan`", severity="warning")],
    ),
    (
        "ZT534",
        lan(f"drop: [{many(400)}]"),
        [
            Told(
                f"{PATH}:2:13",
                "lan",
                "its rules are 1270 entries, more than the 1024 that a node gets, on the fabric `lan`",
            )
        ],
    ),
    (
        "ZT535",
        lan("base: accept-all"),
        [
            Told(
                f"{PATH}:3:11",
                "accept-all",
                "everything passes on the fabric `lan`, also what pretends to be another member",
                severity="note",
            )
        ],
    ),
]
KEPT: list[tuple[str, Mapping[str, str]]] = [
    ("ZT531", lan("base: accept-all")),
    ("ZT531", lan("without: [foreign-arp]")),
    ("ZT531", lan("drop: [{name: a, protocol: tcp, ports: 19}]", "lna")),
    ("ZT531", lan("drop: [{name: a, source: 192.0.2.9/32}]")),
    (
        "ZT531",
        lan("ethertypes: [ipv4, arp]")
        | {"policy/fabrics.yaml": FABRICS.replace(', "2001:db8:64:96::/64"', "")},
    ),
    ("ZT531", lan("drop: [{name: a, sender: {tag: t, value: 1}}]\n    tags: [{name: t, id: 1}]")),
    ("ZT531", lan("drop: [{name: a, apart: t}]\n    tags: [{name: t, id: 1}]")),
    ("ZT532", lan("base: safe")),
    ("ZT533", lan(GIVEN % "AS64500, rs2")),
    ("ZT533", lan(GIVEN % "AS64999", "lna")),
    ("ZT534", lan(f"drop: [{many(300)}]")),
    ("ZT535", lan("without: [igmp]")),
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
