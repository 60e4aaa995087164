"""What would let a route pass that a step stopped: one sentence of what is so, one of what to do.

Law: pure; returns strings. For people who announce a route and wonder where it stays, so each sentence names
the value that was compared and who can change it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ztix.routeserver.decide import Drop
from ztix.routeserver.decide_export import Exit
from ztix.routeserver.entrance import Entrance
from ztix.routeserver.route import BLACKHOLE, AsnIndex, Route

POLICY = "`policy/routing.yaml`"
Advice = tuple[str, str]
"""What is so, and what to do."""


def _named(entrance: Entrance, route: Route, asns: AsnIndex) -> str:
    own = entrance.session.asn
    found = [asn for asn in dict.fromkeys(route.as_path) if asn in asns and asn != own]
    return ", ".join(f"`{asn}`" for asn in found)


def _length(entrance: Entrance, route: Route) -> Advice:
    family = entrance.family
    return (
        f"`{route.prefix}` has length {route.prefix.prefixlen}; "
        f"{family.shortest} to {family.longest} is accepted",
        "announce the covering prefix of an accepted length, or its parts",
    )


def _too_long(entrance: Entrance, route: Route) -> Advice:
    what, remedy = _length(entrance, route)
    if BLACKHOLE in route.communities:
        remedy = f"the exchange blackholes nothing: `blackhole.members` in {POLICY} is `none`"
    return what, remedy


def _prefix_set(entrance: Entrance, route: Route) -> Advice:
    count = len(entrance.channel.sets.prefixes)
    return (
        f"`{route.prefix}` is in none of the {count} patterns of {entrance.session.asn}'s prefix set",
        f"register a route object for `{route.prefix}` whose origin the AS-SET has; "
        "the exchange then refreshes its evidence",
    )


def _rov(entrance: Entrance, route: Route) -> Advice:
    return (
        f"VRPs cover `{route.prefix}`, and none of them lets `{route.origin}` originate that length",
        f"make a ROA for `{route.prefix}` with origin `{route.origin}`, or announce as the ROA says",
    )


def _blackhole(entrance: Entrance, route: Route) -> Advice:
    if not entrance.sets.blackholes:
        return (
            f"{entrance.session.asn} may not have prefixes blackholed here",
            f"ask the exchange, which writes it under `members` in {POLICY}",
        )
    return (
        f"`{route.prefix}` is not within {entrance.session.asn}'s own prefixes, or too short for it",
        "blackhole single addresses of your own prefixes, or take the community BLACKHOLE off",
    )


IMPORT: Mapping[str, Callable[[Entrance, Route], Advice]] = {
    "peering-lan": lambda _, route: (
        f"`{route.prefix}` is the exchange's own peering LAN or a part of it",
        "do not announce it: filter it towards all neighbours",
    ),
    "bogon-prefix": lambda _, route: (
        f"`{route.prefix}` is not to be routed on the Internet, or denied by the exchange",
        f"announce public address space only; exceptions are `bogon_prefixes_allowed` in {POLICY}",
    ),
    "too-short": _length,
    "too-long": _too_long,
    "path-length": lambda entrance, route: (
        f"the path has {len(route.as_path)} AS numbers; at most {entrance.server.as_path_max} are accepted",
        "prepend less often",
    ),
    "first-as": lambda entrance, route: (
        f"the path begins with `{route.first_as}`, the session is {entrance.session.asn}'s",
        f"announce it with `{int(entrance.session.asn)}` first in the path",
    ),
    "bogon-asn": lambda entrance, route: (
        "the path has AS numbers that are nobody's: "
        + ", ".join(f"`{a}`" for a in dict.fromkeys(route.as_path) if a in entrance.lists.bogon_asns),
        "take private and reserved AS numbers off the path before you announce it",
    ),
    "transit-free": lambda entrance, route: (
        f"the path leads through {_named(entrance, route, entrance.transit_free)}, which buys no transit",
        "do not hand on what a transit provider announces to you",
    ),
    "never-via": lambda entrance, route: (
        f"the path has {_named(entrance, route, entrance.never_via)}, which is not for route servers",
        "announce it in sessions of your own, not to the route servers",
    ),
    "communities": lambda entrance, route: (
        f"the route has {len(route.communities) + len(route.large_communities)} communities; "
        f"at most {entrance.server.communities_max} are accepted",
        "take communities off that nobody here reads",
    ),
    "next-hop": lambda entrance, route: (
        f"the next hop is `{route.next_hop}`; accepted are "
        + ", ".join(f"`{address}`" for address in entrance.channel.imported.next_hops.addresses),
        "announce it with next-hop-self in this session",
    ),
    "blackhole": _blackhole,
    "origin": lambda entrance, route: (
        f"the origin `{route.origin}` is not in {entrance.session.asn}'s AS-SET",
        f"add AS{route.origin} to the AS-SET; the exchange then refreshes its evidence",
    ),
    "prefix-set": _prefix_set,
    "rov": _rov,
    "aspa": lambda _, route: (
        f"ASPAs say that the path to `{route.prefix}` leaked",
        "ask the networks in the path for their ASPAs",
    ),
}

OFF: Mapping[str, str] = {
    "transit-free": "`transit_free` is empty",
    "blackhole": "`blackhole.members` is `none`",
    "origin": "`prefix_sets` is `off`",
    "prefix-set": "`prefix_sets` is `off`",
    "rov": "nothing tells what is valid, or `rov.invalid` is `accept`",
    "aspa": "`aspa.invalid` is `accept`, or neither a cache nor BIRD 2.16 is there",
    "graceful-shutdown": "`graceful_shutdown` is `false`",
    "tell": "`informational` is `false`",
}
"""Why a step is not taken, by its name."""

BEFORE: Mapping[Drop, Advice] = {
    "no-unicast": (
        "BIRD takes no route to loopback, multicast or link-local addresses",
        "do not announce it",
    ),
    "as-set": ("BIRD drops a route with an AS_SET in its path (RFC 9774)", "announce it without aggregation"),
    "loop": (
        "BIRD drops a route with the route servers' own AS number in its path",
        "do not announce what came from these route servers",
    ),
    "next-hop-elsewhere": (
        "BIRD drops a route whose next hop is not on the peering LAN, or the route server itself",
        "announce it with next-hop-self in this session",
    ),
}

EXPORT: Mapping[str, Callable[[Exit, Route], Advice]] = {
    "not-bgp": lambda _, route: (
        f"`{route.prefix}` came from no member",
        "nothing: it is the route server's own",
    ),
    "own-route": lambda way, _: (f"it is {way.session.asn}'s own route", "nothing: nobody gets its own back"),
    "next-hop-family": lambda way, route: (
        f"{way.session.asn} cannot send IPv{route.prefix.version} to the next hop `{route.next_hop}`",
        "both need an address of the same family, or IPv4 over IPv6 next hops (RFC 8950)",
    ),
    "not-announced": lambda way, _: (
        f"a community on the route keeps it from {way.session.asn}",
        f"take that one off, or add `{int(way.server.asn)}:{way.server.scheme.to}:{int(way.session.asn)}` "
        "where it says to nobody",
    ),
}
