"""From an exchange, its evidence and the views of its route servers to the view of a member's own router.

Law: pure. What a session is like is read off the route server's own view of it, so that both ends agree.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv4Address
from typing import TypeAlias

from ztix.evidence import Evidence
from ztix.exchange import Exchange
from ztix.joining import join_commands
from ztix.member import Member, Node
from ztix.policy import FabricPolicy
from ztix.routerconfig.announced import Known, announced, downstreams, own
from ztix.routerconfig.communities import communities
from ztix.routerconfig.dialects import Dialect
from ztix.routerconfig.notes import notes
from ztix.routerconfig.patterns import refused
from ztix.routerconfig.view import FamilyView, LanAddress, NeighborView, RouterView
from ztix.routerconfig.words import NETWORK_ID, JoinCommand
from ztix.routeserver import ChannelView, RouteServerView, SessionView, Symbol
from ztix.routeserver import FamilyView as ServedFamily
from ztix.routeserver.words import Option
from ztix.terms import Family, Label, NetworkId, Prefix

Served: TypeAlias = tuple[RouteServerView, SessionView]
FAMILIES: tuple[Family, ...] = (4, 6)
MAX_PREFIXES_FLOOR, MAX_PREFIXES_CEILING = 1000, 10_000_000


@dataclass(frozen=True)
class Derivation:
    """All that the routers of one member follow from."""

    exchange: Exchange
    evidence: Evidence
    servers: Sequence[RouteServerView]
    member: Member

    def nodes(self) -> tuple[Node, ...]:
        """The member's nodes that have a session with a route server."""
        speaking = {session.node for _, session in self._sessions()}
        return tuple(node for node in self.member.nodes if node.name in speaking)

    def router(self, node: Node, dialect: Dialect) -> RouterView:
        """The view of this node's router."""
        policy = self.exchange.policy
        fabric = policy.fabric(node.fabric)
        sessions = tuple(self._sessions_of(node))
        families = self._families(sessions)
        neighbors = tuple(self._neighbor(server, session, families) for server, session in sessions)
        strict = any(Option("require roles on") in session.options for _, session in sessions)
        asns, places = downstreams(self.member, self._known.values())
        return RouterView(
            dialect=dialect.name,
            sign=dialect.sign,
            asn=self.member.asn,
            rs_asn=policy.exchange.asn,
            exchange=policy.exchange.name,
            symbol=_symbol(policy.exchange.name),
            node=node.name,
            node_id=node.node_id,
            join=tuple(_join(fabric)) if fabric else (),
            joins=dialect.joins,
            mtu=fabric.mtu if fabric else 0,
            addresses=tuple(_lan_addresses(node, fabric.prefixes if fabric else ())),
            router_id=_router_id(node),
            families=tuple(families.values()),
            neighbors=neighbors,
            downstreams=asns,
            downstream_places=places,
            communities=tuple(communities(policy.exchange.asn)),
            notes=tuple(notes(dialect, neighbors, strict=strict)),
        )

    def _sessions(self) -> Iterator[Served]:
        for server in self.servers:
            for member in server.members:
                if member.asn == self.member.asn:
                    yield from ((server, session) for session in member.sessions)

    def _sessions_of(self, node: Node) -> Iterator[Served]:
        """One with each route server for each family that the two speak over, in policy's order; of several
        addresses the first counts, because many routers have one session with a neighbour."""
        order = {address: number for number, address in enumerate(node.addresses)}
        found = [(server, session) for server, session in self._sessions() if session.node == node.name]
        first: dict[tuple[Label, Family], Served] = {}
        for server, session in sorted(found, key=lambda one: order[one[1].address]):
            first.setdefault((server.name, session.address.version), (server, session))
        for server in self.servers:
            for family in FAMILIES:
                if (server.name, family) in first:
                    yield first[server.name, family]

    def _neighbor(
        self, server: RouteServerView, session: SessionView, families: dict[Family, FamilyView]
    ) -> NeighborView:
        family = session.address.version
        stem = _symbol(self.exchange.policy.exchange.name)[:26].rstrip("_")
        channels = [_family(channel) for channel in session.channels]
        return NeighborView(
            name=Label(f"{server.name[:27].rstrip('-')}-ipv{family}"),
            symbol=Symbol(f"{stem}_{server.name.replace('-', '_')}_{family}"),
            server=server.name,
            address=next(address for address in server.addresses if address.version == family),
            local=session.address,
            families=tuple(families[channel] for channel in channels),
            extended=channels != [family],
            gtsm=Option("ttl security on") in session.options,
            bfd=Option("bfd on") in session.options,
            add_paths=any(Option("add paths tx") in channel.options for channel in session.channels),
            role=Option("local role rs_server") in session.options,
            password=bool(session.secrets),
        )

    @cached_property
    def _known(self) -> dict[Family, Known]:
        return {family: Known.of(self.member, family, self.evidence) for family in FAMILIES}

    def _families(self, sessions: Sequence[Served]) -> dict[Family, FamilyView]:
        """What the sessions carry, IPv4 first; the route servers of one fabric agree on it."""
        served = {family.family: family for server, _ in sessions for family in server.families}
        carried = {_family(channel) for _, session in sessions for channel in session.channels}
        servers = [server for server, _ in sessions]
        return {name: self._family(served[name], servers) for name in FAMILIES if name in carried}

    def _family(self, family: ServedFamily, servers: Sequence[RouteServerView]) -> FamilyView:
        known = self._known[family.family]
        return FamilyView(
            family=family.family,
            name=Label(family.name),
            refused=refused(family),
            own=own(self.member, known, family.family, self.evidence),
            announced=announced(known, family),
            as_sets=known.as_sets,
            max_prefixes=max(self._expected(server, family.family) for server in servers),
            shortest=family.shortest,
            longest=family.longest,
        )

    def _expected(self, server: RouteServerView, family: Family) -> int:
        """Twice of what all others may bring there, in round numbers: no growth of a season reaches it."""
        count = 2 * sum(
            channel.max_prefixes
            for session in server.sessions
            if session.asn != self.member.asn
            for channel in session.channels
            if _family(channel) == family
        )
        return min(max(_rounded_up(count), MAX_PREFIXES_FLOOR), MAX_PREFIXES_CEILING)


def _rounded_up(count: int) -> int:
    """To two digits and zeros."""
    step: int = 10 ** max(len(str(count)) - 2, 0)
    return -(-count // step) * step


def _family(channel: ChannelView) -> Family:
    return 4 if channel.family == "ipv4" else 6


def _symbol(name: Label) -> Symbol:
    """How names begin in BIRD, where a hyphen is an operator and a keyword of any version no name."""
    return Symbol(f"ix_{name.replace('-', '_')}")


def _join(fabric: FabricPolicy) -> Iterator[JoinCommand]:
    """Where git has not the whole id of the network, the commands have a place for it."""
    network = fabric.network_id
    stand_in = NetworkId("0" * 16)
    for command in join_commands(network or stand_in, fabric.prefixes):
        yield JoinCommand(command if network else command.replace(stand_in, NETWORK_ID))


def _lan_addresses(node: Node, prefixes: tuple[Prefix, ...]) -> Iterator[LanAddress]:
    for address in node.addresses:
        for prefix in prefixes:
            if address.version == prefix.version and address in prefix:
                yield LanAddress(address, prefix)


def _router_id(node: Node) -> IPv4Address:
    """The node's IPv4 address, else a number of the private range made of its id: it need only be unique
    within the AS (RFC 6286)."""
    for address in node.addresses:
        if isinstance(address, IPv4Address):
            return address
    return IPv4Address(10 << 24 | int(node.node_id[-6:], 16))
