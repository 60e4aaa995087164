"""Where the routes of one session come in: what their filter goes by, ready for looking up.

Law: pure; takes every value from the view that the templates print, and none from policy. So the decisions
and the text of a configuration cannot differ in what they go by, only in what they do with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ztix.evidence import Vrp
from ztix.reserved import special_address
from ztix.routeserver.imports import NEVER_VIA_NAME, NO_ASNS_NAME, TRANSIT_FREE_NAME
from ztix.routeserver.route import AsnIndex, PrefixIndex, VrpIndex
from ztix.routeserver.view import ChannelView, FamilyView, RouteServerView, SessionView, SetsView
from ztix.routeserver.words import AsnSet
from ztix.terms import Address, Prefix


@dataclass(frozen=True, slots=True)
class Lists:
    """What all sessions of a route server share in one family.

    vrps: of the table that caches fill, or the list where there are none.  fallback: the list beside caches.
    """

    lan: PrefixIndex
    bogons: PrefixIndex
    bogons_allowed: PrefixIndex
    denied: PrefixIndex
    bogon_asns: AsnIndex
    vrps: VrpIndex
    fallback: VrpIndex

    @classmethod
    def of(cls, view: RouteServerView, family: FamilyView, cached: Iterable[Vrp]) -> Lists:
        """Those of a view. cached: what its caches serve."""
        return cls(
            PrefixIndex(family.lan),
            PrefixIndex(family.bogons),
            PrefixIndex(family.bogons_allowed),
            PrefixIndex(family.denied),
            AsnIndex(view.bogon_asns),
            VrpIndex(cached if view.caches else family.vrps),
            VrpIndex(family.vrps if family.fallbacks else ()),
        )


@dataclass(frozen=True, slots=True)
class Sets:
    """What one member may announce in one family."""

    origins: AsnIndex
    prefixes: PrefixIndex
    blackholes: tuple[PrefixIndex, ...]

    @classmethod
    def of(cls, view: SetsView) -> Sets:
        """Those of a view."""
        return cls(
            AsnIndex(view.origins), PrefixIndex(view.prefixes), tuple(map(PrefixIndex, view.blackholes))
        )


@dataclass(frozen=True, slots=True)
class Entrance:
    """One session's import in one family."""

    server: RouteServerView
    family: FamilyView
    session: SessionView
    channel: ChannelView
    lists: Lists
    sets: Sets
    transit_free: AsnIndex
    never_via: AsnIndex
    next_hops: frozenset[Address]
    networks: tuple[Prefix, ...]
    """The peering LAN's prefixes, of both families."""

    def on_lan(self, address: Address) -> bool:
        """Whether this is an address that a member may have on the peering LAN."""
        return any(
            address.version == network.version
            and address in network
            and special_address(address, network) is None
            for network in self.networks
        )


def entrances(view: RouteServerView, cached: Iterable[Vrp] = ()) -> Iterator[Entrance]:
    """One for each session and family, in the view's order.

    cached: the VRPs that the caches serve, which no view has; by default they know nothing.
    """
    given = tuple(cached)
    shared = {family.name: (family, Lists.of(view, family, given)) for family in view.families}
    named = {
        TRANSIT_FREE_NAME: AsnIndex(view.transit_free),
        NEVER_VIA_NAME: AsnIndex(view.never_via),
        NO_ASNS_NAME: AsnIndex(AsnSet()),
    }
    networks = tuple(pattern.prefix for family in view.families for pattern in family.lan.patterns)
    for member in view.members:
        known = {sets.prefixes_name: Sets.of(sets) for sets in member.sets}
        for session in member.sessions:
            for channel in session.channels:
                (family, lists), imported = shared[channel.family], channel.imported
                yield Entrance(
                    view,
                    family,
                    session,
                    channel,
                    lists,
                    known[channel.sets.prefixes_name],
                    named[imported.transit_free],
                    named[imported.never_via],
                    frozenset(imported.next_hops.addresses),
                    networks,
                )
