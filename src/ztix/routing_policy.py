"""policy/routing.yaml: what the route servers accept and how they speak.

Law: values with their bounds and defaults, as the other files of `policy/`. The filters that follow from them
are in `routeserver`.
"""

from __future__ import annotations

from functools import cached_property
from typing import Annotated

from pydantic import Field

from ztix.import_policy import (
    TRANSIT_FREE,
    BlackholePolicy,
    MaxPrefixPolicy,
    NextHops,
    PrefixLengths,
    PrefixSets,
)
from ztix.irr_policy import IrrPolicy
from ztix.member_policy import NOTHING_DIFFERENT, MemberPolicy
from ztix.rov_policy import AspaPolicy, RovPolicy
from ztix.session_policy import SessionPolicy
from ztix.shape import AsnRangeText, Count, Flag, Model, PrefixText
from ztix.terms import Address, Asn


class RoutingPolicy(Model):
    """policy/routing.yaml: what the route servers accept and how they speak."""

    prefix_length: PrefixLengths = PrefixLengths.model_construct()
    """Bounds of prefix lengths."""
    bogon_prefixes_allowed: tuple[PrefixText, ...] = ()
    """Documentation or private prefixes that are accepted here all the same; for laboratories."""
    bogon_asns_allowed: tuple[AsnRangeText, ...] = ()
    """Documentation or private AS numbers that may be in a path here; for laboratories."""
    prefixes_denied: Annotated[tuple[PrefixText, ...], Field(max_length=10_000)] = ()
    """Prefixes that are accepted from nobody, with all that lies in them."""
    as_path_max: Annotated[Count, Field(ge=1, le=255)] = 32
    """ASNs in a path, at most."""
    transit_free: Annotated[tuple[Asn, ...], Field(max_length=1000)] = TRANSIT_FREE
    """Networks that buy no transit: a path through one is a leak, unless it is the member itself."""
    never_via: Annotated[tuple[Asn, ...], Field(max_length=10_000)] = ()
    """AS numbers that may not be in a path here, besides those that say so in PeeringDB."""
    communities_max: Annotated[Count, Field(ge=1, le=1000)] = 100
    """Communities of all kinds on a route, at most."""
    next_hop: NextHops = "strict"
    """Next hops that a member may announce."""
    blackhole: BlackholePolicy = BlackholePolicy.model_construct()
    """Blackholing (RFC 7999)."""
    prefix_sets: PrefixSets = "enforce"
    """Whether a member announces only what its AS-SET covers."""
    irr: IrrPolicy = IrrPolicy.model_construct()
    """Who is asked what AS-SETs expand to."""
    rov: RovPolicy = RovPolicy.model_construct()
    """Route origin validation."""
    aspa: AspaPolicy = AspaPolicy.model_construct()
    """Path validation."""
    graceful_shutdown: Flag = True
    """Whether routes with GRACEFUL_SHUTDOWN are the last choice (RFC 8326)."""
    informational: Flag = True
    """Whether accepted routes tell members their ROV and IRR state in large communities."""
    max_prefixes: MaxPrefixPolicy = MaxPrefixPolicy.model_construct()
    """Limits on the number of prefixes."""
    sessions: SessionPolicy = SessionPolicy.model_construct()
    """How route servers speak with members."""
    hold_time_s: Annotated[Count, Field(ge=9, le=65535)] = 240
    """BGP hold time."""
    members: Annotated[tuple[MemberPolicy, ...], Field(max_length=10_000)] = ()
    """Members that are treated differently."""

    @cached_property
    def differences(self) -> dict[Asn, MemberPolicy]:
        """What is different for members, by AS number; the first counts where one is named twice."""
        return {member.asn: member for member in reversed(self.members)}

    @cached_property
    def named_next_hops(self) -> frozenset[Address]:
        """Addresses that routes may point to by policy's word; no newcomer gets one."""
        sinks = {family.next_hop for family in (self.blackhole.ipv4, self.blackhole.ipv6)}
        authorised = {address for member in self.members for address in member.next_hops}
        return frozenset(address for address in authorised | sinks if address is not None)

    def member(self, asn: Asn) -> MemberPolicy:
        """What is different for this member."""
        return self.differences.get(asn, NOTHING_DIFFERENT)
