"""ZT42x: what a node asks of its sessions with the route servers.

Law: pure. A wish that cannot be met takes nothing away: the session is then as for those who ask for nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from ztix.diagnostics import Severity
from ztix.rules.facts import Facts
from ztix.rules.registry import Hit, rule

OFFERED = ("bfd", "add_paths")
"""Wishes that policy must offer, under the same key of `sessions`."""


@rule(
    "ZT420",
    "a node asks for what the exchange offers",
    Severity.WARNING,
    what="`bgp.bfd` and `bgp.add_paths` of a node are met where `sessions` in policy/routing.yaml offers "
    "them.",
    why="The member would wait for something that never comes.",
    wrong="bgp: {bfd: true}      # and `sessions: {bfd: false}` in policy/routing.yaml",
    right="bgp: {}",
    remedy="Take the key out, or ask the maintainers to offer it.",
)
def not_offered(facts: Facts) -> Iterator[Hit]:
    """Wishes that policy does not offer."""
    offers = facts.exchange.policy.routing.sessions
    for file in facts.exchange.members:
        for index, node in enumerate(file.member.nodes):
            for key in OFFERED:
                if getattr(node.bgp, key) and not getattr(offers, key):
                    yield Hit(
                        f"`{key}` is not offered here, so the node's sessions go without",
                        file.document.span(("nodes", index, "bgp", key)),
                        "take the key out, or ask the maintainers to offer it",
                    )


@rule(
    "ZT421",
    "IPv4 over IPv6 has a route server to go to",
    Severity.WARNING,
    what="A node with `bgp.extended_next_hop` is on a fabric where each route server has an IPv6 address.",
    why="RFC 8950 carries IPv4 in a session over IPv6. A route server without an IPv6 address keeps its "
    "session over IPv4 with the node, if it has an IPv4 address, or has none at all.",
    wrong="bgp: {extended_next_hop: true}      # rs1 has IPv4 only",
    right="bgp: {extended_next_hop: false}",
    remedy="Give the route server an IPv6 address, or take the key out.",
)
def without_ipv6(facts: Facts) -> Iterator[Hit]:
    """Nodes whose IPv4 cannot travel over IPv6 everywhere."""
    lacking = {
        server.fabric: server.name
        for server in facts.exchange.policy.route_servers.route_servers
        if all(address.version == 4 for address in server.addresses)
    }
    for file in facts.exchange.members if lacking else ():
        for index, node in enumerate(file.member.nodes):
            if node.bgp.extended_next_hop and node.route_servers and node.fabric in lacking:
                yield Hit(
                    f"route server `{lacking[node.fabric]}` has no IPv6 address, so no IPv4 over IPv6",
                    file.document.span(("nodes", index, "bgp", "extended_next_hop")),
                    "give it one, or take the key out",
                )
