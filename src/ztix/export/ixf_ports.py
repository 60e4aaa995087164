"""The ports of IX-F's list: a node is a connection, and each pair of its addresses an entry in its VLAN.

Law: pure. PeeringDB keeps one record for each entry, by its two addresses: IPv4 and IPv6 of a node stand
together as far as they go.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Literal, TypeAlias

from ztix.evidence import Evidence
from ztix.export.json_text import Json
from ztix.fabric import ordered
from ztix.member import Member, Node
from ztix.node_address import mac
from ztix.policy import Policy
from ztix.routeserver.limits import max_prefixes
from ztix.routeserver.prefix_sets import as_sets
from ztix.terms import Address, Family, Label, NetworkId, NodeId

Port: TypeAlias = Mapping[Family, Address]
Entry: TypeAlias = Mapping[Family, Mapping[str, Json]]
State: TypeAlias = Literal["active", "inactive"]


@dataclass(frozen=True, slots=True)
class Lan:
    """What all ports of a fabric have in common. number: of the VLAN.  speed: Mbit/s."""

    number: int
    network: NetworkId | None
    exchange: int
    speed: int


def ports(addresses: tuple[Address, ...]) -> tuple[Port, ...]:
    """The addresses in pairs of an IPv4 and an IPv6 one, ascending, those that are left alone last."""
    ipv4, ipv6 = ([a for a in ordered(addresses) if a.version == family] for family in (4, 6))
    return tuple(_port(*pair) for pair in zip_longest(ipv4, ipv6))


def _port(ipv4: Address | None, ipv6: Address | None) -> Port:
    found: dict[Family, Address] = {}
    if ipv4 is not None:
        found[4] = ipv4
    if ipv6 is not None:
        found[6] = ipv6
    return found


@dataclass(frozen=True, slots=True)
class Ports:
    """Describes ports of one exchange."""

    policy: Policy
    evidence: Evidence
    lans: Mapping[Label, Lan]

    def connection(self, fabric: Label, node: NodeId, state: State, entries: Sequence[Entry]) -> Json:
        """One node, with the MAC address that ZeroTier gives it where the network's id is known."""
        lan = self.lans[fabric]
        macs = {"mac_addresses": [mac(lan.network, node)]} if lan.network else {}
        return {
            "ixp_id": lan.exchange,
            "state": state,
            "if_list": [{"switch_id": lan.number, "if_speed": lan.speed}],
            "vlan_list": [
                {
                    "vlan_id": lan.number,
                    **{f"ipv{family}": {**said, **macs} for family, said in entry.items()},
                }
                for entry in entries
            ],
        }

    def of_node(self, member: Member, node: Node) -> Json:
        """A member's node."""
        state: State = "active" if member.status == "active" else "inactive"
        entries = [self._entry(member, node, port) for port in ports(node.addresses)]
        return self.connection(node.fabric, node.node_id, state, entries)

    def _entry(self, member: Member, node: Node, port: Port) -> Entry:
        """A pair of addresses.

        PeeringDB asks the IPv4 one alone whether a port has sessions with route servers; so both say it.
        """
        has_session = member.status == "active" and node.route_servers and self._served(node.fabric, port)
        return {
            family: {
                "address": str(address),
                "as_macro": " ".join(as_sets(member, family, self.evidence)),
                "max_prefix": max_prefixes(member, family, self.policy, self.evidence),
                "routeserver": has_session,
            }
            for family, address in port.items()
        }

    def _served(self, fabric: Label, port: Port) -> bool:
        """Whether a route server on the fabric speaks a family of the port."""
        return any(
            server.fabric == fabric and any(address.version in port for address in server.addresses)
            for server in self.policy.route_servers.route_servers
        )
