"""What a route server does with a route of its table when a client is to get it.

Law: pure. As `decide` for the import: one function for each step of `export_order`, named after it, and each
says in Python what the template says in BIRD's language. Numbers of communities are those of `control`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from ztix.routeserver.export_order import ExportStep
from ztix.routeserver.route import Route, StandardCommunity
from ztix.routeserver.view import ChannelView, RouteServerView, SessionView
from ztix.terms import LargeCommunity

RESERVED = 65535
"""The first half of well-known communities (RFC 1997)."""


@dataclass(frozen=True, slots=True)
class Exit:
    """One session's export in one family."""

    server: RouteServerView
    session: SessionView
    channel: ChannelView


ExportCheck: TypeAlias = Callable[[Exit, Route], Route | None]
"""The route as it goes on, amended or not; None where the step withholds it."""


@dataclass(frozen=True, slots=True)
class Passage:
    """What became of a route on its way to a client.

    withheld_by: the step that keeps it.  amendments: each step that changed it, with the route after it.
    """

    route: Route
    withheld_by: ExportStep | None = None
    amendments: tuple[tuple[ExportStep, Route], ...] = ()


def exits(view: RouteServerView) -> Iterator[Exit]:
    """One for each session and family, in the view's order."""
    for session in view.sessions:
        for channel in session.channels:
            yield Exit(view, session, channel)


def decide_export(way: Exit, route: Route) -> Passage:
    """Run an accepted route through the steps of the export until one withholds it."""
    amendments: list[tuple[ExportStep, Route]] = []
    for step in way.server.export_steps:
        after = EXPORT_CHECKS[step.name](way, route)
        if after is None:
            return Passage(route, step, tuple(amendments))
        if after is not route:
            amendments.append((step, after))
            route = after
    return Passage(route, None, tuple(amendments))


def _not_bgp(_: Exit, route: Route) -> Route:
    """Every Route is a member's."""
    return route


def _own_route(way: Exit, route: Route) -> Route | None:
    return None if route.first_as == way.session.asn else route


def _next_hop_family(way: Exit, route: Route) -> Route | None:
    reachable = way.channel.ipv4_next_hops if route.next_hop.version == 4 else way.channel.ipv6_next_hops
    return route if reachable == "true" else None


def _asked_large(way: Exit, route: Route, function: int, whom: int) -> bool:
    return LargeCommunity(int(way.server.asn), function, whom) in route.large_communities


def _asked_standard(way: Exit, route: Route, first: int, second: int) -> bool:
    """Both halves have 16 bits, and the form is there only where the exchange's own number fits."""
    if not way.server.standard_asns or second > 0xFFFF:
        return False
    return StandardCommunity(first, second) in route.communities


def _not_announced(way: Exit, route: Route) -> Route | None:
    scheme, client = way.server.scheme, int(way.session.asn)
    if _asked_large(way, route, scheme.not_to, client) or _asked_standard(way, route, 0, client):
        return None
    own = int(way.server.asn)
    if _asked_large(way, route, scheme.to, client) or _asked_standard(way, route, own, client):
        return route
    to_nobody = _asked_large(way, route, scheme.not_to, 0) or _asked_standard(way, route, 0, own)
    return None if to_nobody else route


def _well_known(way: Exit, route: Route) -> Route:
    client, added = int(way.session.asn), set()
    for part in way.server.scheme.additions:
        if (
            _asked_large(way, route, part.function, 0)
            or _asked_large(way, route, part.function, client)
            or _asked_standard(way, route, part.standard, client)
        ):
            added.add(StandardCommunity(RESERVED, part.value))
    return route if added <= route.communities else replace(route, communities=route.communities | added)


def _prepend(way: Exit, route: Route) -> Route:
    """What is asked for towards the client goes before what is for all; of several, the largest counts."""
    client, prepends = int(way.session.asn), way.server.scheme.prepends
    own = [
        part.times
        for part in prepends
        if _asked_large(way, route, part.function, client)
        or _asked_standard(way, route, part.standard, client)
    ]
    every = [part.times for part in prepends if _asked_large(way, route, part.function, 0)]
    times = max(own or every, default=0)
    return replace(route, as_path=(route.first_as,) * times + route.as_path) if times else route


def _uncontrol(way: Exit, route: Route) -> Route:
    own, scheme = int(way.server.asn), way.server.scheme
    large = frozenset(
        item for item in route.large_communities if item.asn != own or item.function > scheme.last
    )
    standard = route.communities
    if way.server.standard_asns:
        taken = {0, own, *scheme.standards}
        standard = frozenset(item for item in standard if item.asn not in taken)
    if large == route.large_communities and standard == route.communities:
        return route
    return replace(route, communities=standard, large_communities=large)


EXPORT_CHECKS: Mapping[str, ExportCheck] = {
    "not-bgp": _not_bgp,
    "own-route": _own_route,
    "next-hop-family": _next_hop_family,
    "not-announced": _not_announced,
    "well-known": _well_known,
    "prepend": _prepend,
    "uncontrol": _uncontrol,
}
