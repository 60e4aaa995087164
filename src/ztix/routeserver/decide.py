"""What a route server does with a route that a member announces.

Law: pure. One function for each step of `order`, named after it, and the steps run in the order and choice of
the view. A function here says in Python what the step's template says in BIRD's language, and nothing more;
thousands of random routes through real BIRDs show that the two agree.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from ipaddress import IPv6Address
from typing import Literal, TypeAlias

from ztix.routeserver.entrance import Entrance
from ztix.routeserver.imports import IRR_MODES
from ztix.routeserver.order import Step
from ztix.routeserver.route import (
    BLACKHOLE,
    GRACEFUL_SHUTDOWN,
    NO_EXPORT,
    AsnIndex,
    Route,
    RovState,
)
from ztix.terms import Prefix

Check: TypeAlias = Callable[[Entrance, Route], Route | None]
"""The route as it goes on, amended or not; None where the step rejects it."""

Drop: TypeAlias = Literal["no-unicast", "as-set", "loop", "next-hop-elsewhere"]
"""Why BIRD drops a route before any filter; such a route is in no list of filtered ones."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What became of a route.

    route: as far as it came.  dropped: why no filter saw it.  rejected_by: the step that stopped it.
    amendments: each step that changed the route, with the route after it.
    """

    route: Route
    dropped: Drop | None = None
    rejected_by: Step | None = None
    amendments: tuple[tuple[Step, Route], ...] = ()

    @property
    def accepted(self) -> bool:
        """Whether the route got into the table."""
        return self.dropped is None and self.rejected_by is None


def decide(entrance: Entrance, route: Route) -> Decision:
    """Run a route through the steps until one rejects it."""
    dropped = before_the_filter(entrance, route)
    if dropped is not None:
        return Decision(route, dropped)
    amendments: list[tuple[Step, Route]] = []
    for step in entrance.family.steps:
        after = CHECKS[step.name](entrance, route)
        if after is None:
            return Decision(route, None, step, tuple(amendments))
        if after is not route:
            amendments.append((step, after))
            route = after
    return Decision(route, None, None, tuple(amendments))


def before_the_filter(entrance: Entrance, route: Route) -> Drop | None:
    """Why BIRD does not even show the route to a filter; None where it does."""
    if not _is_unicast(route.prefix):
        return "no-unicast"
    if route.as_set:
        return "as-set"
    if entrance.server.asn in route.as_path:
        return "loop"
    if route.next_hop in entrance.server.addresses or not entrance.on_lan(route.next_hop):
        return "next-hop-elsewhere"
    return None


def _is_unicast(prefix: Prefix) -> bool:
    """As BIRD classes a prefix: by its first address alone, and 0.0.0.0 passes."""
    first = prefix.network_address
    if isinstance(first, IPv6Address):
        embedded = first.ipv4_mapped
        if embedded is None:
            return not (first.is_link_local or first.is_multicast or first.is_loopback)
        first = embedded
    number = int(first)
    octet = number >> 24
    return number == 0 or (octet not in (0, 127) and not 224 <= octet <= 239 and number != 0xFFFFFFFF)


def _is_blackhole(entrance: Entrance, route: Route) -> bool:
    """Whether the route asks for a blackhole, and the route server knows what that is (RFC 7999)."""
    return BLACKHOLE in route.communities and bool(entrance.family.blackhole)


def _scrub(entrance: Entrance, route: Route) -> Route:
    own, first = entrance.server.asn, entrance.server.first_told
    large = frozenset(item for item in route.large_communities if item.asn != own or item.function < first)
    return route if large == route.large_communities else replace(route, large_communities=large)


def _peering_lan(entrance: Entrance, route: Route) -> Route | None:
    return None if route.prefix in entrance.lists.lan else route


def _bogon_prefix(entrance: Entrance, route: Route) -> Route | None:
    lists, prefix = entrance.lists, route.prefix
    bogon = prefix in lists.bogons and prefix not in lists.bogons_allowed
    return None if bogon or prefix in lists.denied else route


def _too_short(entrance: Entrance, route: Route) -> Route | None:
    return None if route.prefix.prefixlen < entrance.family.shortest else route


def _too_long(entrance: Entrance, route: Route) -> Route | None:
    too_long = route.prefix.prefixlen > entrance.family.longest
    return None if too_long and not _is_blackhole(entrance, route) else route


def _path_length(entrance: Entrance, route: Route) -> Route | None:
    return None if len(route.as_path) > entrance.server.as_path_max else route


def _first_as(entrance: Entrance, route: Route) -> Route | None:
    return None if route.first_as != entrance.session.asn else route


def _bogon_asn(entrance: Entrance, route: Route) -> Route | None:
    return None if any(asn in entrance.lists.bogon_asns for asn in route.as_path) else route


def _transit_free(entrance: Entrance, route: Route) -> Route | None:
    return None if _leads_through(entrance, route, entrance.transit_free) else route


def _never_via(entrance: Entrance, route: Route) -> Route | None:
    return None if _leads_through(entrance, route, entrance.never_via) else route


def _leads_through(entrance: Entrance, route: Route, asns: AsnIndex) -> bool:
    """Whether one of these is in the path; the member itself may be one."""
    own = entrance.session.asn
    return any(asn in asns for asn in route.as_path if asn != own)


def _communities(entrance: Entrance, route: Route) -> Route | None:
    count = len(route.communities) + len(route.large_communities)
    return None if count > entrance.server.communities_max else route


def _next_hop(entrance: Entrance, route: Route) -> Route | None:
    return None if route.next_hop not in entrance.next_hops else route


def _link_local(_: Entrance, route: Route) -> Route:
    return route if route.link_local is None else replace(route, link_local=None)


def _blackhole(entrance: Entrance, route: Route) -> Route | None:
    if not _is_blackhole(entrance, route):
        return route
    if not any(route.prefix in known for known in entrance.sets.blackholes):
        return None
    hops = [address for drops in entrance.family.blackhole for address in drops.next_hops]
    communities = route.communities | {NO_EXPORT}
    return replace(route, communities=communities, next_hop=hops[0] if hops else route.next_hop)


def _origin(entrance: Entrance, route: Route) -> Route | None:
    counts = entrance.channel.imported.irr != 0
    return None if counts and route.origin not in entrance.sets.origins else route


def _prefix_set(entrance: Entrance, route: Route) -> Route | None:
    irr = entrance.channel.imported.irr
    if irr == 0 or route.prefix in entrance.sets.prefixes or _is_blackhole(entrance, route):
        return route
    stands_in = irr == IRR_MODES["enforce-or-rov-valid"] and entrance.family.validated
    return route if stands_in and _rov_state(entrance, route) == "valid" else None


def _rov_state(entrance: Entrance, route: Route) -> RovState:
    return entrance.lists.vrps.state(route.prefix, route.origin)


def _rov(entrance: Entrance, route: Route) -> Route | None:
    if _is_blackhole(entrance, route):
        return route
    state = _rov_state(entrance, route)
    if state == "not-found":
        state = entrance.lists.fallback.state(route.prefix, route.origin)
    return None if state == "invalid" else route


def _aspa(_: Entrance, route: Route) -> Route:
    """ASPAs come from caches, so a view has none to judge by; each route server judges for itself."""
    return route


def _graceful_shutdown(_: Entrance, route: Route) -> Route:
    return replace(route, local_pref=0) if GRACEFUL_SHUTDOWN in route.communities else route


def _tell(entrance: Entrance, route: Route) -> Route:
    told = entrance.server.told
    rov = told.rov_not_done
    if entrance.family.validated:
        states = {"valid": told.rov_valid, "invalid": told.rov_invalid, "not-found": told.rov_not_found}
        rov = states[_rov_state(entrance, route)]
    covered = entrance.channel.imported.irr != 0 and route.prefix in entrance.sets.prefixes
    irr = told.irr_valid if covered else told.irr_not_checked
    return replace(route, large_communities=route.large_communities | {rov, irr})


CHECKS: Mapping[str, Check] = {
    "scrub": _scrub,
    "peering-lan": _peering_lan,
    "bogon-prefix": _bogon_prefix,
    "too-short": _too_short,
    "too-long": _too_long,
    "path-length": _path_length,
    "first-as": _first_as,
    "bogon-asn": _bogon_asn,
    "transit-free": _transit_free,
    "never-via": _never_via,
    "communities": _communities,
    "next-hop": _next_hop,
    "link-local": _link_local,
    "blackhole": _blackhole,
    "origin": _origin,
    "prefix-set": _prefix_set,
    "rov": _rov,
    "aspa": _aspa,
    "graceful-shutdown": _graceful_shutdown,
    "tell": _tell,
}
