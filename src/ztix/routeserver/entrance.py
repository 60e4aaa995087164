"""Where the routes of one session come in: what their filter goes by, ready for looking up.

Law: pure; takes every value from the view that the templates print, and none from policy. So the decisions
and the text of a configuration cannot differ in what they go by, only in what they do with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ztix.evidence import Vrp
from ztix.reserved import special_address
from ztix.routeserver.route import AsnIndex, PrefixIndex, VrpIndex
from ztix.routeserver.view import ChannelView, FamilyView, RouteServerView, SessionView
from ztix.terms import Address, Prefix


@dataclass(frozen=True, slots=True)
class Entrance:
    """One session's import in one family."""

    server: RouteServerView
    family: FamilyView
    session: SessionView
    channel: ChannelView
    lan: PrefixIndex
    bogons: PrefixIndex
    bogons_allowed: PrefixIndex
    bogon_asns: AsnIndex
    origins: AsnIndex
    prefixes: PrefixIndex
    vrps: VrpIndex
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


def entrances(view: RouteServerView, vrps: Iterable[Vrp] | None = None) -> Iterator[Entrance]:
    """One for each session and family, in the view's order.

    vrps: what stands in where caches serve them to the route server; None: what the view has itself.
    """
    bogon_asns = AsnIndex(view.bogon_asns)
    shared = {
        family.name: (
            family,
            PrefixIndex(family.lan),
            PrefixIndex(family.bogons),
            PrefixIndex(family.bogons_allowed),
            VrpIndex(family.vrps if vrps is None else vrps),
        )
        for family in view.families
    }
    networks = tuple(pattern.prefix for family in view.families for pattern in family.lan.patterns)
    for member in view.members:
        known = {
            sets.prefixes_name: (AsnIndex(sets.origins), PrefixIndex(sets.prefixes)) for sets in member.sets
        }
        for session in member.sessions:
            for channel in session.channels:
                family, lan, bogons, allowed, found = shared[channel.family]
                yield Entrance(
                    view,
                    family,
                    session,
                    channel,
                    lan,
                    bogons,
                    allowed,
                    bogon_asns,
                    *known[channel.sets.prefixes_name],
                    found,
                    networks,
                )
