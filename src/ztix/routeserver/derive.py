"""From an exchange and its evidence to one view for each route server.

Law: pure. Here and in `sessions` is decided what a route server does, and nowhere else. What a member may
announce is worked out once and shared by all route servers.
"""

from __future__ import annotations

from collections.abc import Iterator

from ztix.evidence import Evidence
from ztix.exchange import Exchange
from ztix.policy import Policy, RouteServerPolicy
from ztix.routeserver import rov
from ztix.routeserver.bogons import all_within, bogon_asns, bogon_prefixes
from ztix.routeserver.imports import blackhole_views, irr_counts, never_via_asns, no_prefixes_name
from ztix.routeserver.order import STEPS, Step
from ztix.routeserver.parted import parted
from ztix.routeserver.prefix_sets import Notice
from ztix.routeserver.session_options import bfds
from ztix.routeserver.sessions import Announced, Shared, carries_ipv4_over_ipv6, clients_of, members_of
from ztix.routeserver.view import (
    FamilyView,
    MemberView,
    RouteServerView,
)
from ztix.routeserver.words import AsnSet, BirdVersion, LogTarget, Symbol, fingerprint
from ztix.terms import Family

LOG_STDERR = LogTarget("stderr")
FAMILIES: tuple[Family, ...] = (4, 6)


def views(exchange: Exchange, evidence: Evidence, log: LogTarget = LOG_STDERR) -> tuple[RouteServerView, ...]:
    """One view for each route server, in policy's order.

    log: where the route servers write their logs. Raises nothing.
    """
    shared = Shared()
    return tuple(
        _view(exchange, evidence, server, log, shared)
        for server in exchange.policy.route_servers.route_servers
    )


def _view(
    exchange: Exchange, evidence: Evidence, server: RouteServerPolicy, log: LogTarget, shared: Shared
) -> RouteServerView:
    policy = exchange.policy
    bird = BirdVersion.parse(server.bird)
    families = tuple(_families(exchange, server, evidence, bird))
    members = members_of(exchange, evidence, server, families, shared)
    return RouteServerView(
        name=server.name,
        asn=policy.exchange.asn,
        router_id=server.router_id,
        bird=bird,
        log=log,
        families=families,
        clients=tuple(clients_of(families)),
        bfds=bfds(policy),
        bogon_asns=bogon_asns(policy.routing.bogon_asns_allowed),
        transit_free=AsnSet(tuple(sorted(set(policy.routing.transit_free)))),
        never_via=never_via_asns(policy.routing, evidence),
        as_path_max=policy.routing.as_path_max,
        communities_max=policy.routing.communities_max,
        hold_time_s=policy.routing.hold_time_s,
        caches=rov.caches(policy, bird) if families else (),
        aspas=rov.aspa_tables(policy, bird),
        members=members,
        notices=tuple(_notices(policy, evidence, bird, members, shared.announced)),
    )


def _families(
    exchange: Exchange, server: RouteServerPolicy, evidence: Evidence, bird: BirdVersion
) -> Iterator[FamilyView]:
    policy = exchange.policy
    routing, fabric = policy.routing, policy.fabric(server.fabric)
    over_ipv6 = carries_ipv4_over_ipv6(exchange, server)
    for family in FAMILIES:
        address = next((own for own in server.addresses if own.version == family), None)
        if address is None and not (family == 4 and over_ipv6):
            continue
        bounds = routing.prefix_length.ipv4 if family == 4 else routing.prefix_length.ipv6
        bogons, allowed = bogon_prefixes(family, routing.bogon_prefixes_allowed)
        lan = all_within(family, fabric.prefixes if fabric else ())
        denied = all_within(family, routing.prefixes_denied)
        yield FamilyView(
            family=family,
            name=Symbol(f"ipv{family}"),
            table=Symbol(f"master{family}"),
            roa=rov.roa_table(family),
            address=address,
            shortest=bounds.min,
            longest=bounds.max,
            lan=lan,
            bogons=bogons,
            bogons_allowed=allowed,
            denied=denied,
            no_prefixes=no_prefixes_name(family),
            steps=tuple(
                step for step in STEPS if family in step.families and _wanted(step, policy, evidence, bird)
            ),
            vrp_table=rov.list_table(policy, evidence, family),
            vrps=rov.listed(policy, evidence, family),
            fallbacks=rov.fallbacks(policy, evidence, family),
            validated=rov.tables_told(policy, evidence, family),
            blackhole=blackhole_views(family, routing),
            fingerprint=fingerprint(lan, bogons, allowed, denied),
        )


def _wanted(step: Step, policy: Policy, evidence: Evidence, bird: BirdVersion) -> bool:
    routing = policy.routing
    switches = {
        "transit-free": bool(routing.transit_free),
        "blackhole": routing.blackhole.members != "none",
        "origin": irr_counts(routing),
        "prefix-set": irr_counts(routing),
        "rov": rov.is_validated(policy, evidence),
        "aspa": bool(rov.aspa_tables(policy, bird)),
        "graceful-shutdown": routing.graceful_shutdown,
        "tell": routing.informational,
    }
    return switches.get(step.name, True)


def _notices(
    policy: Policy,
    evidence: Evidence,
    bird: BirdVersion,
    members: tuple[MemberView, ...],
    announced: Announced,
) -> Iterator[Notice]:
    yield from rov.notices(policy, evidence, bird)
    yield from parted(members)
    for member in members:
        names = {channel.family for session in member.sessions for channel in session.channels}
        for family in FAMILIES:
            if f"ipv{family}" in names:
                yield from announced[member.asn, family][1]
