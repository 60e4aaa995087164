"""The members on a route server: what each may announce, and its sessions with their limits.

Law: pure. What a member may announce is worked out once and shared by all route servers. Nothing here
hangs on another member, so that no change of one alters another's lines.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from ztix.evidence import Evidence, PrefixSet
from ztix.exchange import Exchange
from ztix.member import Member, Node
from ztix.policy import Policy, RouteServerPolicy
from ztix.routeserver.imports import blackholes, import_view, irr_mode, may_blackhole
from ztix.routeserver.limits import limits_of, max_prefixes
from ztix.routeserver.prefix_sets import Announceable, Notice, announceable
from ztix.routeserver.session_options import channel_options, secrets, session_options
from ztix.routeserver.view import ChannelView, ClientView, FamilyView, MemberView, SessionView, SetsView
from ztix.routeserver.words import AsnSet, Symbol, Truth, fingerprint, session_name
from ztix.terms import Address, Asn, Family

Announced: TypeAlias = dict[tuple[Asn, Family], tuple[SetsView, tuple[Notice, ...]]]


@dataclass(frozen=True, slots=True)
class Shared:
    """What route servers have in common, filled on the way.

    announced: what members may announce.  members: the members of route servers that see them alike.
    """

    announced: Announced = field(default_factory=dict)
    members: dict[tuple[object, ...], tuple[MemberView, ...]] = field(default_factory=dict)


def members_of(
    exchange: Exchange,
    evidence: Evidence,
    server: RouteServerPolicy,
    families: tuple[FamilyView, ...],
    shared: Shared,
) -> tuple[MemberView, ...]:
    """The members that have a session here, in order of ASN; the same values for route servers alike."""
    alike = server.fabric, *((family.name, family.address is None, family.fingerprint) for family in families)
    if alike not in shared.members:
        found = _members(exchange, evidence, server, families, shared.announced)
        shared.members[alike] = tuple(found)
    return shared.members[alike]


def _members(
    exchange: Exchange,
    evidence: Evidence,
    server: RouteServerPolicy,
    families: tuple[FamilyView, ...],
    announced: Announced,
) -> Iterator[MemberView]:
    for file in exchange.members:
        sets: dict[Family, SetsView] = {}
        sessions: list[SessionView] = []
        for family in families:
            for address, node in sorted(_clients(file.member, server, family).items(), key=_by_address):
                carried = families if family.family == 6 and extended(node, server) else (family,)
                for channel in carried:
                    if channel.family not in sets:
                        sets[channel.family] = _sets(
                            exchange.policy, file.member, channel, evidence, announced
                        )
                channels = tuple(
                    _channel(exchange.policy, evidence, file.member, (address, node), channel, sets)
                    for channel in carried
                )
                sessions.append(
                    SessionView(
                        name=session_name(file.member.asn, address),
                        asn=file.member.asn,
                        node=node.name,
                        address=address,
                        client=_client_name(family, carried),
                        channels=channels,
                        options=tuple(session_options(file.member, node, exchange.policy)),
                        secrets=secrets(file.member, exchange.policy),
                    )
                )
        if sessions:
            known = tuple(sets[family.family] for family in families if family.family in sets)
            yield MemberView(file.member.asn, known, tuple(sessions))


def clients_of(families: tuple[FamilyView, ...]) -> Iterator[ClientView]:
    """The kinds of sessions: one for each family the route server has an address in, and IPv6 with both."""
    for family in families:
        if family.address is None:
            continue
        yield ClientView(_client_name(family, (family,)), family.address, (family,))
        others = tuple(other for other in families if other.family == 4)
        if family.family == 6 and others:
            yield ClientView(_client_name(family, families), family.address, (family,), others)


def extended(node: Node, server: RouteServerPolicy) -> bool:
    """Whether the node's session over IPv6 with this route server carries IPv4 as well (RFC 8950)."""
    return node.bgp.extended_next_hop and _speaks(node.addresses, 6) and _speaks(server.addresses, 6)


def carries_ipv4_over_ipv6(exchange: Exchange, server: RouteServerPolicy) -> bool:
    """Whether any session of this route server does."""
    return any(
        node.route_servers and node.fabric == server.fabric and extended(node, server)
        for file in exchange.members
        if file.member.status == "active"
        for node in file.member.nodes
    )


def _speaks(addresses: tuple[Address, ...], family: Family) -> bool:
    return any(address.version == family for address in addresses)


def _client_name(family: FamilyView, carried: tuple[FamilyView, ...]) -> Symbol:
    return Symbol(f"zx_client_{family.name}" + ("_both" if len(carried) > 1 else ""))


def _channel(
    policy: Policy,
    evidence: Evidence,
    member: Member,
    client: tuple[Address, Node],
    family: FamilyView,
    known: dict[Family, SetsView],
) -> ChannelView:
    """A channel of the session of one address and its node. known: the member's sets."""
    (address, node), sets = client, known[family.family]
    count = max_prefixes(member, family.family, policy, evidence)
    names = sets.origins_name, sets.prefixes_name, sets.blackholes_name
    seen = sets.fingerprint ^ family.fingerprint
    return ChannelView(
        family=family.name,
        max_prefixes=count,
        limits=tuple(limits_of(member, count, policy)),
        imported=import_view(member, node.fabric, address, family.family, policy.routing, names, seen),
        sets=sets,
        fingerprint=seen,
        ipv4_next_hops=Truth.of(family.family == 4 and _speaks(node.addresses, 4)),
        ipv6_next_hops=Truth.of(address.version == 6),
        options=tuple(channel_options(member, node, policy)),
    )


def _by_address(item: tuple[Address, Node]) -> int:
    return int(item[0])


def _clients(member: Member, server: RouteServerPolicy, family: FamilyView) -> dict[Address, Node]:
    """The member's addresses that have a session, each with its node; an address twice has one."""
    if member.status != "active" or family.address is None:
        return {}
    return {
        address: node
        for node in member.nodes
        if node.route_servers and node.fabric == server.fabric
        for address in node.addresses
        if address.version == family.family and (family.family == 6 or not extended(node, server))
    }


def _sets(
    policy: Policy, member: Member, family: FamilyView, evidence: Evidence, announced: Announced
) -> SetsView:
    key = member.asn, family.family
    if key not in announced:
        drops = may_blackhole(member.asn, policy.routing)
        asked = drops or irr_mode(member.asn, policy.routing)
        nothing = Announceable(AsnSet(), PrefixSet(family.family))
        found = announceable(member, family.family, evidence) if asked else nothing
        lengths = policy.routing.blackhole.lengths(family.family)
        dropped = (blackholes(found.prefixes, lengths),) if drops else ()
        stem = f"zx_as{int(member.asn)}_{family.name}"
        announced[key] = (
            SetsView(
                origins_name=Symbol(f"{stem}_origins"),
                prefixes_name=Symbol(f"{stem}_prefixes"),
                blackholes_name=Symbol(f"{stem}_blackholes") if drops else family.no_prefixes,
                origins=found.origins,
                prefixes=found.prefixes,
                blackholes=dropped,
                fingerprint=fingerprint(found.origins, found.prefixes, *dropped),
            ),
            found.notices,
        )
    return announced[key][0]
