"""policy/routing.yaml: what the route servers accept and how they speak.

Law: values with their bounds and defaults, as the other files of `policy/`. The filters that follow from them
are in `routeserver`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from ztix.rov_policy import RovPolicy
from ztix.shape import AsnRangeText, Count, Model, PrefixText


class LengthBounds(Model):
    """Shortest and longest prefix length that is accepted."""

    min: Annotated[Count, Field(le=128)]
    """Shortest."""
    max: Annotated[Count, Field(le=128)]
    """Longest."""

    @model_validator(mode="after")
    def _ordered(self) -> LengthBounds:
        if self.min > self.max:
            raise ValueError("must have `min` not above `max`")
        return self


class PrefixLengths(Model):
    """Bounds for each family."""

    ipv4: LengthBounds = LengthBounds(min=8, max=24)
    """For IPv4."""
    ipv6: LengthBounds = LengthBounds(min=16, max=48)
    """For IPv6."""


class MaxPrefixPolicy(Model):
    """Limits where neither the member nor PeeringDB gives one."""

    ipv4: Annotated[Count, Field(ge=1)] = 200
    """For IPv4."""
    ipv6: Annotated[Count, Field(ge=1)] = 100
    """For IPv6."""
    headroom: Annotated[Count, Field(le=1000)] = 20
    """Per cent that is added to PeeringDB's figures."""


class RoutingPolicy(Model):
    """policy/routing.yaml: what the route servers accept and how they speak."""

    prefix_length: PrefixLengths = PrefixLengths()
    """Bounds of prefix lengths."""
    bogon_prefixes_allowed: tuple[PrefixText, ...] = ()
    """Documentation or private prefixes that are accepted here all the same; for laboratories."""
    bogon_asns_allowed: tuple[AsnRangeText, ...] = ()
    """Documentation or private AS numbers that may be in a path here; for laboratories."""
    as_path_max: Annotated[Count, Field(ge=1, le=255)] = 32
    """ASNs in a path, at most."""
    prefix_sets: Literal["enforce", "off"] = "enforce"
    """Whether a member announces only what its AS-SET covers."""
    rov: RovPolicy = RovPolicy()
    """Route origin validation."""
    max_prefixes: MaxPrefixPolicy = MaxPrefixPolicy()
    """Limits on the number of prefixes."""
    hold_time_s: Annotated[Count, Field(ge=9, le=65535)] = 240
    """BGP hold time."""
