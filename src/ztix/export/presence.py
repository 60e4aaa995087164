"""Who is on the LAN: every node of members, route servers and the exchange's own, as exports tell of them.

Law: pure. A suspended member is off the fabric, so its nodes are not here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from ztix.exchange import Exchange
from ztix.fabric import ordered
from ztix.terms import Address, Asn, Label

Role: TypeAlias = Literal["member", "route-server", "infrastructure"]


@dataclass(frozen=True, slots=True)
class Presence:
    """A node on a fabric. asn: the member's, else the exchange's.  addresses: IPv4 first, ascending."""

    role: Role
    asn: Asn
    name: Label
    fabric: Label
    addresses: tuple[Address, ...]


def presences(exchange: Exchange) -> Iterator[Presence]:
    """Members' by ASN, then route servers' and the exchange's own in policy's order."""
    policy = exchange.policy
    for file in exchange.members:
        for node in file.member.nodes if file.member.status == "active" else ():
            yield Presence("member", file.member.asn, node.name, node.fabric, ordered(node.addresses))
    own = policy.exchange.asn
    for server in policy.route_servers.route_servers:
        yield Presence("route-server", own, server.name, server.fabric, ordered(server.addresses))
    for extra in policy.infrastructure.nodes:
        yield Presence("infrastructure", own, extra.name, extra.fabric, ordered(extra.addresses))
