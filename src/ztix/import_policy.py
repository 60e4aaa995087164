"""Parts of policy/routing.yaml that say what is taken from members, and how much of it.

Law: values with their bounds and defaults, as the other files of `policy/`.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field, model_validator

from ztix.shape import AddressText, Count, Model
from ztix.terms import Asn, Family

TRANSIT_FREE = tuple(
    map(Asn, (174, 701, 1299, 2914, 3257, 3320, 3356, 3491, 4134, 5511, 6453, 6461, 6762, 6830, 7018))
)
"""Networks that buy transit from nobody. Source: the list that the filter guide of the NLNOG keeps,
https://bgpfilterguide.nlnog.net/guides/no_transit_leaks/ (read in November 2026)."""

NextHops: TypeAlias = Literal["strict", "same-as", "authorised"]
"""`strict`: the session's own address. `same-as`: any address of the member on the fabric. `authorised`: the
session's own, and those that `members` gives the member."""

PrefixSets: TypeAlias = Literal["enforce", "enforce-or-rov-valid", "off"]
"""`enforce`: only what the AS-SET covers. `enforce-or-rov-valid`: a prefix outside of it too, where ROV finds
the announcement valid; the origin must be in the AS-SET all the same. `off`: the rest too."""

LimitAction: TypeAlias = Literal["shutdown", "restart", "warn", "block"]
"""What ends at a limit: the session until somebody starts it again; the session, which comes back after a
minute; nothing, the log tells; the taking of new prefixes."""

LimitCount: TypeAlias = Annotated[Count, Field(ge=1, le=10_000_000)]
"""A limit on prefixes. BIRD refuses a whole configuration for a number of more than 32 bits in it."""

Length: TypeAlias = Annotated[Count, Field(le=128)]


class LengthBounds(Model):
    """Shortest and longest prefix length that is accepted."""

    min: Length
    """Shortest."""
    max: Length
    """Longest."""

    @model_validator(mode="after")
    def _ordered(self) -> LengthBounds:
        if self.min > self.max:
            raise ValueError("must have `min` not above `max`")
        return self


class PrefixLengths(Model):
    """Bounds for each family."""

    ipv4: LengthBounds = LengthBounds.model_construct(min=8, max=24)
    """For IPv4."""
    ipv6: LengthBounds = LengthBounds.model_construct(min=16, max=48)
    """For IPv6."""


class BlackholeFamily(Model):
    """Blackholing in one family."""

    lengths: LengthBounds
    """Lengths of prefixes that may be blackholed."""
    next_hop: AddressText | None = None
    """Where such routes point to; where absent, to the member that announces them."""


class BlackholePolicy(Model):
    """Blackholing (RFC 7999): a member has traffic to one of its own addresses dropped."""

    members: Literal["none", "listed", "all"] = "none"
    """Who may: nobody, the members that have `blackhole: true` under `members`, or all but those that have
    `blackhole: false`."""
    ipv4: BlackholeFamily = BlackholeFamily.model_construct(
        lengths=LengthBounds.model_construct(min=32, max=32)
    )
    """For IPv4."""
    ipv6: BlackholeFamily = BlackholeFamily.model_construct(
        lengths=LengthBounds.model_construct(min=128, max=128)
    )
    """For IPv6."""

    def lengths(self, family: Family) -> LengthBounds:
        """Lengths of prefixes that may be blackholed in a family."""
        return (self.ipv4 if family == 4 else self.ipv6).lengths


class MaxPrefixPolicy(Model):
    """Limits on the number of prefixes, and what becomes of a session that reaches its own."""

    ipv4: LimitCount = 200
    """For IPv4, where neither the member nor PeeringDB says."""
    ipv6: LimitCount = 100
    """For IPv6, where neither the member nor PeeringDB says."""
    headroom: Annotated[Count, Field(le=1000)] = 20
    """Per cent that is added to PeeringDB's figures."""
    floor: Annotated[Count, Field(ge=1, le=100_000)] = 10
    """A limit that follows from PeeringDB's figures is at least so high."""
    counted: Literal["received", "accepted"] = "received"
    """`received`: all prefixes count, also rejected ones, as at a leak. `accepted`: those that pass, and
    `received_max` holds for all."""
    received_max: LimitCount = 100_000
    """Where accepted prefixes are counted: prefixes in all that a session may bring."""
    action: LimitAction = "restart"
    """What becomes of a session that brings more."""
