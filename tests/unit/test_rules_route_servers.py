"""ZT51x: route servers and other machines of the exchange."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.unit.exchange_fixture import ROUTE_SERVERS, Told, edited, told


def servers(old: str, new: str) -> dict[str, str]:
    """policy/route-servers.yaml with a part replaced."""
    return edited("policy/route-servers.yaml", old, new)


BROKEN: list[tuple[str, Mapping[str, str], list[Told]]] = [
    (
        "ZT511",
        servers("name: rs2", "name: rs1"),
        [
            Told(
                "policy/route-servers.yaml:8:11",
                "rs1",
                "the name `rs1` stands here a second time",
                related=("policy/route-servers.yaml:2:11",),
            )
        ],
    ),
    (
        "ZT511",
        {"policy/infrastructure.yaml": "nodes:\n  - {id: bbbbbbbbb1, name: rs2}\n"},
        [
            Told(
                "policy/infrastructure.yaml:2:28",
                "rs2",
                "the name `rs2` stands here a second time",
                related=("policy/route-servers.yaml:8:11",),
            )
        ],
    ),
    (
        "ZT512",
        servers('[192.0.2.1, "2001:db8:64:96::1"]', "[192.0.2.1, 192.0.2.3]"),
        [
            Told(
                "policy/route-servers.yaml:4:28",
                "192.0.2.3",
                "`rs1` has a second IPv4 address",
                related=("policy/route-servers.yaml:4:17",),
            )
        ],
    ),
    (
        "ZT513",
        servers("router_id: 192.0.2.2", "router_id: 2001:db8::2"),
        [
            Told(
                "policy/route-servers.yaml:11:16",
                "2001:db8::2",
                "the router id `2001:db8::2` is not a usable IPv4 address",
            )
        ],
    ),
    (
        "ZT513",
        servers("router_id: 192.0.2.2", "router_id: 0.0.0.0"),
        [
            Told(
                "policy/route-servers.yaml:11:16",
                "0.0.0.0",  # noqa: S104 - a router id, nothing listens
                "the router id `0.0.0.0` is not a usable IPv4 address",
            )
        ],
    ),
    (
        "ZT514",
        servers("router_id: 192.0.2.2", "router_id: 192.0.2.1"),
        [
            Told(
                "policy/route-servers.yaml:11:16",
                "192.0.2.1",
                "the router id `192.0.2.1` stands here a second time",
                related=("policy/route-servers.yaml:5:16",),
            )
        ],
    ),
    (
        "ZT515",
        servers("    canary: true\n", ""),
        [Told("policy/route-servers.yaml:2:11", "rs1", "no route server is the canary", severity="warning")],
    ),
    (
        "ZT515",
        servers("router_id: 192.0.2.2", "router_id: 192.0.2.2\n    canary: true"),
        [
            Told(
                "policy/route-servers.yaml:12:13",
                "true",
                "this is one of 2 canaries",
                severity="warning",
                related=("policy/route-servers.yaml:6:13",),
            )
        ],
    ),
    (
        "ZT516",
        servers("rs2.example.net", "RS1.example.net"),
        [
            Told(
                "policy/route-servers.yaml:12:17",
                "RS1.example.net",
                "`RS1.example.net` port 22 is another route server's too",
                severity="warning",
                related=("policy/route-servers.yaml:7:17",),
            )
        ],
    ),
    (
        "ZT517",
        {"policy/route-servers.yaml": "route_servers: []\n"},
        [Told("policy/route-servers.yaml:1:16", "[", "the exchange has no route server", severity="note")],
    ),
]
KEPT: list[tuple[str, Mapping[str, str]]] = [
    ("ZT511", {"policy/infrastructure.yaml": "nodes:\n  - {id: bbbbbbbbb1, name: rs3}\n"}),
    ("ZT512", servers('[192.0.2.1, "2001:db8:64:96::1"]', "[192.0.2.1]")),
    ("ZT513", {}),
    ("ZT514", {}),
    ("ZT515", {}),
    (
        "ZT515",
        {
            "policy/route-servers.yaml": ROUTE_SERVERS.split("  - name: rs2")[0].replace(
                "    canary: true\n", ""
            )
        },
    ),
    ("ZT516", servers("host: rs2.example.net", "host: rs1.example.net, port: 2022")),
    ("ZT517", {}),
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
