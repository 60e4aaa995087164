"""`members` in policy/routing.yaml: where the exchange treats one member differently.

Law: values with their bounds, written by maintainers; what a member says of itself is in its own file. What
is absent here is as everywhere else.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ztix.import_policy import LimitAction, LimitCount, NextHops, PrefixSets
from ztix.session_policy import MemberSessions
from ztix.shape import AddressText, Flag, Model
from ztix.terms import Asn


class MemberMaxPrefixes(Model):
    """One member's limits."""

    ipv4: LimitCount | None = None
    """For IPv4, before what the member's own file says."""
    ipv6: LimitCount | None = None
    """For IPv6, before what the member's own file says."""
    action: LimitAction | None = None
    """What becomes of a session that brings more."""


class MemberPolicy(Model):
    """What is different for one member."""

    asn: Asn
    """The member's AS number."""
    next_hop: NextHops | None = None
    """Next hops that it may announce."""
    next_hops: Annotated[tuple[AddressText, ...], Field(max_length=16)] = ()
    """Addresses besides its session's own that `next_hop: authorised` lets it announce."""
    prefix_sets: PrefixSets | None = None
    """Whether it announces only what its AS-SET covers."""
    exempt: Annotated[tuple[Literal["transit-free", "never-via"], ...], Field(max_length=2)] = ()
    """Steps of the filter that do not apply to it, for instance because it sells such a network's routes."""
    blackhole: Flag | None = None
    """Whether it may have prefixes blackholed."""
    max_prefixes: MemberMaxPrefixes = MemberMaxPrefixes.model_construct()
    """Its limits."""
    sessions: MemberSessions = MemberSessions.model_construct()
    """How route servers speak with it."""


NOTHING_DIFFERENT = MemberPolicy.model_construct(asn=Asn(1))
"""What holds for a member that `members` does not name. Its number means nobody."""
