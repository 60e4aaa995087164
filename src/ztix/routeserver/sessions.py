"""The members on a route server: what each may announce, and its sessions with their limits.

Law: pure. What a member may announce is worked out once and shared by all route servers. Nothing here
hangs on another member, so that no change of one alters another's lines.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from ztix.evidence import Evidence, PrefixSet
from ztix.exchange import Exchange
from ztix.member import Member
from ztix.policy import Policy, RouteServerPolicy
from ztix.routeserver.prefix_sets import Announceable, Notice, announceable
from ztix.routeserver.view import FamilyView, MemberView, SessionView, SetsView
from ztix.routeserver.words import AsnSet, Symbol, fingerprint, session_name
from ztix.terms import Address, Asn, Family, Label

Announced: TypeAlias = dict[tuple[Asn, Family], tuple[SetsView, tuple[Notice, ...]]]


def members_of(
    exchange: Exchange,
    evidence: Evidence,
    server: RouteServerPolicy,
    families: tuple[FamilyView, ...],
    announced: Announced,
) -> Iterator[MemberView]:
    """The members that have a session here, in order of ASN.

    announced: what members may announce, filled on the way.
    """
    for file in exchange.members:
        sets: dict[Family, SetsView] = {}
        sessions: list[SessionView] = []
        for family in families:
            for address, node in sorted(
                _clients(file.member, server, family.family).items(), key=_by_address
            ):
                if family.family not in sets:
                    sets[family.family] = _sets(exchange.policy, file.member, family, evidence, announced)
                limit = max_prefixes(file.member, family.family, exchange.policy, evidence)
                name = session_name(file.member.asn, address)
                asn, own = file.member.asn, sets[family.family]
                seen = own.fingerprint ^ family.fingerprint
                sessions.append(SessionView(name, asn, node, address, family.name, limit, own, seen))
        if sessions:
            yield MemberView(file.member.asn, tuple(sets.values()), tuple(sessions))


def _by_address(item: tuple[Address, Label]) -> int:
    return int(item[0])


def _clients(member: Member, server: RouteServerPolicy, family: Family) -> dict[Address, Label]:
    """The member's addresses that have a session, each with its node's name; an address twice has one."""
    if member.status != "active":
        return {}
    return {
        address: node.name
        for node in member.nodes
        if node.route_servers and node.fabric == server.fabric
        for address in node.addresses
        if address.version == family
    }


def _sets(
    policy: Policy, member: Member, family: FamilyView, evidence: Evidence, announced: Announced
) -> SetsView:
    key = member.asn, family.family
    if key not in announced:
        enforced = policy.routing.prefix_sets == "enforce"
        nothing = Announceable(AsnSet(), PrefixSet(family.family))
        found = announceable(member, family.family, evidence) if enforced else nothing
        stem = f"zx_as{int(member.asn)}_{family.name}"
        announced[key] = (
            SetsView(
                origins_name=Symbol(f"{stem}_origins"),
                prefixes_name=Symbol(f"{stem}_prefixes"),
                origins=found.origins,
                prefixes=found.prefixes,
                fingerprint=fingerprint(found.origins, found.prefixes),
            ),
            found.notices,
        )
    return announced[key][0]


def max_prefixes(member: Member, family: Family, policy: Policy, evidence: Evidence) -> int:
    """How many prefixes a session may bring: the member says, else PeeringDB with head-room, else policy."""
    own = member.max_prefixes.ipv4 if family == 4 else member.max_prefixes.ipv6
    if own is not None:
        return own
    limits = policy.routing.max_prefixes
    record = evidence.record(member.asn)
    listed = record.info_prefixes(family) if record else None
    if listed:
        return -(-listed * (100 + limits.headroom) // 100)  # rounded up
    return limits.ipv4 if family == 4 else limits.ipv6
