"""ZT42x: wishes of a node for its sessions."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.unit.exchange_fixture import ROUTE_SERVERS, Told, member_with, told


def node_with(bgp: str, extra: str = "") -> dict[str, str]:
    """AS64500, whose node asks for this."""
    return member_with("    name: fra1\n", f"    name: fra1\n    bgp: {bgp}\n{extra}")


NO_BFD = {"policy/routing.yaml": "sessions: {bfd: false, add_paths: false}\n"}
BFD = {"policy/routing.yaml": "sessions: {bfd: true}\n"}
ONLY_4 = {"policy/route-servers.yaml": ROUTE_SERVERS.replace(', "2001:db8:64:96::2"', "")}

BROKEN: list[tuple[str, Mapping[str, str], Told]] = [
    (
        "ZT420",
        {**node_with("{bfd: true}"), **NO_BFD},
        Told(
            "members/AS64500.yaml:9:16",
            "true",
            "`bfd` is not offered here, so the node's sessions go without",
            severity="warning",
        ),
    ),
    (
        "ZT420",
        {**node_with("{add_paths: true}"), **NO_BFD},
        Told(
            "members/AS64500.yaml:9:22",
            "true",
            "`add_paths` is not offered here, so the node's sessions go without",
            severity="warning",
        ),
    ),
    (
        "ZT421",
        {**node_with("{extended_next_hop: true}"), **ONLY_4},
        Told(
            "members/AS64500.yaml:9:30",
            "true",
            "route server `rs2` has no IPv6 address, so no IPv4 over IPv6",
            severity="warning",
        ),
    ),
]
KEPT: list[tuple[str, Mapping[str, str]]] = [
    ("ZT420", {**node_with("{bfd: true, add_paths: true}"), **BFD}),
    ("ZT420", {**node_with("{bfd: false}"), **NO_BFD}),
    ("ZT421", node_with("{extended_next_hop: true}")),
    ("ZT421", ONLY_4),
    ("ZT421", {**node_with("{extended_next_hop: true}", "    route_servers: false\n"), **ONLY_4}),
]


@pytest.mark.parametrize(("rule", "changes", "finding"), BROKEN)
def test_rule_when_broken_points_at_the_place(rule: str, changes: Mapping[str, str], finding: Told) -> None:
    """A wish that cannot be met is told where it stands."""
    assert told(rule, changes) == [finding]


@pytest.mark.parametrize(("rule", "changes"), KEPT)
def test_rule_when_kept_is_silent(rule: str, changes: Mapping[str, str]) -> None:
    """A wish that is met is nothing to tell."""
    assert told(rule, changes) == []
