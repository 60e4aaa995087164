"""From an exchange and its evidence to one view for each route server.

Law: pure, and the only place where it is decided what a route server does. What a member may announce is
worked out once and shared by all route servers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from ztix.evidence import Evidence, PrefixSet, Vrp
from ztix.exchange import Exchange
from ztix.member import Member
from ztix.policy import Policy, RouteServerPolicy
from ztix.routeserver.bogons import bogon_asns, bogon_prefixes, lan_prefixes
from ztix.routeserver.order import STEPS, Step
from ztix.routeserver.prefix_sets import Announceable, Notice, announceable
from ztix.routeserver.view import (
    CacheView,
    FamilyView,
    MemberView,
    RouteServerView,
    SessionView,
    SetsView,
)
from ztix.routeserver.words import AsnSet, BirdVersion, LogTarget, Symbol, fingerprint, session_name
from ztix.terms import Address, Asn, Family, Label

LOG_STDERR = LogTarget("stderr")
FAMILIES: tuple[Family, ...] = (4, 6)

Announced: TypeAlias = dict[tuple[Asn, Family], tuple[SetsView, tuple[Notice, ...]]]


def views(exchange: Exchange, evidence: Evidence, log: LogTarget = LOG_STDERR) -> tuple[RouteServerView, ...]:
    """One view for each route server, in policy's order.

    log: where the route servers write their logs. Raises nothing.
    """
    announced: Announced = {}
    return tuple(
        _view(exchange, evidence, server, log, announced)
        for server in exchange.policy.route_servers.route_servers
    )


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


def _view(
    exchange: Exchange,
    evidence: Evidence,
    server: RouteServerPolicy,
    log: LogTarget,
    announced: Announced,
) -> RouteServerView:
    policy = exchange.policy
    families = tuple(_families(policy, server, evidence))
    members = tuple(_members(exchange, evidence, server, families, announced))
    return RouteServerView(
        name=server.name,
        asn=policy.exchange.asn,
        router_id=server.router_id,
        bird=BirdVersion.parse(server.bird),
        log=log,
        families=families,
        bogon_asns=bogon_asns(policy.routing.bogon_asns_allowed),
        as_path_max=policy.routing.as_path_max,
        hold_time_s=policy.routing.hold_time_s,
        caches=_caches(policy) if families else (),
        members=members,
        notices=tuple(_notices(policy, evidence, members, announced)),
    )


def _families(policy: Policy, server: RouteServerPolicy, evidence: Evidence) -> Iterator[FamilyView]:
    routing, fabric = policy.routing, policy.fabric(server.fabric)
    for family in FAMILIES:
        address = next((own for own in server.addresses if own.version == family), None)
        if address is None:
            continue
        bounds = routing.prefix_length.ipv4 if family == 4 else routing.prefix_length.ipv6
        bogons, allowed = bogon_prefixes(family, routing.bogon_prefixes_allowed)
        lan = lan_prefixes(family, fabric.prefixes if fabric else ())
        yield FamilyView(
            family=family,
            name=Symbol(f"ipv{family}"),
            table=Symbol(f"master{family}"),
            roa=Symbol(f"roa{family}"),
            address=address,
            shortest=bounds.min,
            longest=bounds.max,
            lan=lan,
            bogons=bogons,
            bogons_allowed=allowed,
            steps=tuple(
                step for step in STEPS if family in step.families and _wanted(step, policy, evidence)
            ),
            vrps=_vrps(policy, evidence, family),
            fingerprint=fingerprint(lan, bogons, allowed),
        )


def _wanted(step: Step, policy: Policy, evidence: Evidence) -> bool:
    if step.name in ("origin", "prefix-set"):
        return policy.routing.prefix_sets == "enforce"
    if step.name == "rov":
        return policy.routing.rov.invalid == "reject" and _has_vrps(policy, evidence)
    return True


def _has_vrps(policy: Policy, evidence: Evidence) -> bool:
    return bool(policy.routing.rov.caches) or evidence.vrps is not None


def _vrps(policy: Policy, evidence: Evidence, family: Family) -> tuple[Vrp, ...]:
    if policy.routing.rov.caches or evidence.vrps is None:
        return ()
    return tuple(sorted({vrp for vrp in evidence.vrps if vrp.prefix.version == family}))


def _caches(policy: Policy) -> tuple[CacheView, ...]:
    return tuple(
        CacheView(Symbol(f"zx_cache_{number}"), cache.host, cache.port)
        for number, cache in enumerate(policy.routing.rov.caches, start=1)
    )


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


def _notices(
    policy: Policy, evidence: Evidence, members: tuple[MemberView, ...], announced: Announced
) -> Iterator[Notice]:
    if policy.routing.rov.invalid == "reject" and not _has_vrps(policy, evidence):
        message = "ROV is not done: there is neither a cache in policy nor a list of VRPs in the evidence"
        yield Notice(0, message, "name a cache under `rov.caches` in `policy/routing.yaml`")
    for member in members:
        names = {session.family for session in member.sessions}
        for family in FAMILIES:
            if f"ipv{family}" in names:
                yield from announced[member.asn, family][1]
