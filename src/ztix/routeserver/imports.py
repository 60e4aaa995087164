"""What the import filter goes by for one member: next hops, exemptions, blackholes.

Law: pure. One filter serves all members; what differs between them are its arguments, and these are here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import assert_never

from ztix.evidence import Evidence, Found, PrefixSet
from ztix.import_policy import LengthBounds, PrefixSets
from ztix.member import Member
from ztix.routeserver.words import AddressSet, AsnSet, Symbol
from ztix.routing_policy import RoutingPolicy
from ztix.terms import Address, Asn, Family, Label

TRANSIT_FREE_NAME = Symbol("zx_transit_free_asns")
NEVER_VIA_NAME = Symbol("zx_never_via_asns")
NO_ASNS_NAME = Symbol("zx_no_asns")

IRR_MODES: dict[PrefixSets, int] = {"off": 0, "enforce": 1, "enforce-or-rov-valid": 2}
"""How a filter is told what policy says about prefix sets."""


@dataclass(frozen=True, slots=True)
class BlackholeView:
    """Blackholing in one family. next_hops: where such routes point to; none where their member says."""

    next_hops: tuple[Address, ...]


@dataclass(frozen=True, slots=True)
class ImportView:
    """The arguments of one channel's import filter, in the filter's order; they are printed in one piece.

    next_hops: those that the member may announce.  irr: 0 where prefix sets do not count, 1 where they do,
    2 where ROV valid stands in for a prefix.  origins, prefixes, blackholes: names of the member's sets.
    transit_free, never_via: names of sets of AS numbers.  fingerprint: of all sets of prefixes.
    """

    asn: Asn
    next_hops: AddressSet
    irr: int
    origins: Symbol
    prefixes: Symbol
    blackholes: Symbol
    transit_free: Symbol
    never_via: Symbol
    fingerprint: int


def no_prefixes_name(family: Family) -> Symbol:
    """The name of a set without prefixes, for members that may not have any blackholed."""
    return Symbol(f"zx_no_ipv{family}_prefixes")


def import_view(
    member: Member,
    fabric: Label,
    address: Address,
    family: Family,
    routing: RoutingPolicy,
    sets: tuple[Symbol, Symbol, Symbol],
    fingerprint: int,
) -> ImportView:
    """The arguments for a session from this address, for the channel of this family.

    sets: names of the member's origins, prefixes and blackholes.  fingerprint: of all sets of prefixes.
    """
    different = routing.member(member.asn)
    origins, prefixes, dropped = sets
    return ImportView(
        asn=member.asn,
        next_hops=_next_hops(member, fabric, address, family, routing),
        irr=irr_mode(member.asn, routing),
        origins=origins,
        prefixes=prefixes,
        blackholes=dropped,
        transit_free=NO_ASNS_NAME if "transit-free" in different.exempt else TRANSIT_FREE_NAME,
        never_via=NO_ASNS_NAME if "never-via" in different.exempt else NEVER_VIA_NAME,
        fingerprint=fingerprint,
    )


def irr_mode(asn: Asn, routing: RoutingPolicy) -> int:
    """How prefix sets count for this member."""
    return IRR_MODES[routing.member(asn).prefix_sets or routing.prefix_sets]


def irr_counts(routing: RoutingPolicy) -> bool:
    """Whether prefix sets count for anybody."""
    return routing.prefix_sets != "off" or any(
        member.prefix_sets not in (None, "off") for member in routing.members
    )


def _next_hops(
    member: Member, fabric: Label, address: Address, family: Family, routing: RoutingPolicy
) -> AddressSet:
    different = routing.member(member.asn)
    mode = different.next_hop or routing.next_hop
    if mode == "strict":
        return AddressSet((address,))
    others: Iterable[Address]
    if mode == "same-as":
        others = (own for node in member.nodes if node.fabric == fabric for own in node.addresses)
    else:
        others = different.next_hops
    # IPv4 over an IPv6 session may have next hops of both families (RFC 8950).
    return AddressSet.of(
        [address, *(other for other in others if other.version in (address.version, family))]
    )


def never_via_asns(routing: RoutingPolicy, evidence: Evidence) -> AsnSet:
    """The AS numbers that may not be in a path: those of policy, and of networks that say so in PeeringDB."""
    said = (
        asn
        for asn, lookup in evidence.networks.items()
        if isinstance(lookup, Found) and lookup.record.never_via_route_servers
    )
    return AsnSet(tuple(sorted({*routing.never_via, *said})))


def may_blackhole(asn: Asn, routing: RoutingPolicy) -> bool:
    """Whether this member may have prefixes blackholed."""
    own = routing.member(asn).blackhole
    who = routing.blackhole.members
    match who:
        case "none":
            return False
        case "listed":
            return own is True
        case "all":
            return own is not False
        case _:
            assert_never(who)


def blackhole_views(family: Family, routing: RoutingPolicy) -> tuple[BlackholeView, ...]:
    """What blackholing in this family is; none where nobody may."""
    if routing.blackhole.members == "none":
        return ()
    next_hop = (routing.blackhole.ipv4 if family == 4 else routing.blackhole.ipv6).next_hop
    return (BlackholeView(() if next_hop is None else (next_hop,)),)


def blackholes(prefixes: PrefixSet, lengths: LengthBounds) -> PrefixSet:
    """What of a prefix set may be blackholed: all that lies in its prefixes and has such a length.

    Texts go in and come out, because a prefix set may have a hundred thousand.
    """
    return PrefixSet(
        prefixes.family, tuple(filter(None, (_within(text, lengths) for text in prefixes.texts)))
    )


def _within(text: str, lengths: LengthBounds) -> str:
    prefix = text.partition("{")[0]
    length = int(prefix.partition("/")[2])
    shortest = max(length, lengths.min)
    if shortest > lengths.max:
        return ""
    return prefix if length == lengths.max else f"{prefix}{{{shortest},{lengths.max}}}"
