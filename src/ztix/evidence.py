"""What others say about members: PeeringDB's record of a network, what an AS-SET expands to, the VRPs.

Law: evidence is a value with its source and the time it was fetched; this file fetches nothing and has no
clock. A look-up has three outcomes, never two: found, absent (the source answered that there is none) and
unknown (it did not answer). Unknown is never absent, and neither a finding nor drift.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from ztix.terms import Asn, AsSet, Family, Prefix


@dataclass(frozen=True, slots=True)
class NetworkRecord:
    """The part of a PeeringDB `net` record that ztix goes by.

    info_prefixes: recommended max-prefix for each family; None where the network gives none (null or 0).
    rir_status: `ok`, or None where no RIR lists the ASN as allocated.
    """

    asn: Asn
    name: str
    aka: str = ""
    irr_as_set: str = ""
    info_prefixes4: int | None = None
    info_prefixes6: int | None = None
    never_via_route_servers: bool = False
    rir_status: str | None = None
    org_id: int | None = None

    def info_prefixes(self, family: Family) -> int | None:
        return self.info_prefixes4 if family == 4 else self.info_prefixes6


@dataclass(frozen=True, slots=True)
class Found:
    """The source has a record."""

    record: NetworkRecord
    source: str
    fetched_at: datetime


@dataclass(frozen=True, slots=True)
class Absent:
    """The source answered that it has no record."""

    source: str
    fetched_at: datetime


@dataclass(frozen=True, slots=True)
class Unknown:
    """The source did not answer, or nobody asked it. `reason` is one line."""

    reason: str


NetworkLookup: TypeAlias = Found | Absent | Unknown


@dataclass(frozen=True, slots=True, order=True)
class PrefixPattern:
    """Prefixes that lie in `prefix` with a length from `shortest` to `longest`, both inclusive."""

    prefix: Prefix
    shortest: int
    longest: int


@dataclass(frozen=True, slots=True)
class PrefixSet:
    """What an AS-SET's members may originate, for one family; patterns ascending, without duplicates."""

    family: Family
    patterns: tuple[PrefixPattern, ...] = ()

    def __len__(self) -> int:
        return len(self.patterns)


@dataclass(frozen=True, slots=True)
class Expansion:
    """What one AS-SET (or AS) expands to in the IRR: origin ASNs, and prefixes for each family."""

    as_set: AsSet
    asns: tuple[Asn, ...]
    ipv4: PrefixSet
    ipv6: PrefixSet
    source: str
    fetched_at: datetime

    def prefixes(self, family: Family) -> PrefixSet:
        return self.ipv4 if family == 4 else self.ipv6


@dataclass(frozen=True, slots=True, order=True)
class Vrp:
    """A validated ROA payload (RFC 6811 section 2)."""

    prefix: Prefix
    max_length: int
    asn: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that is known at one moment.

    now: the moment of the run (UTC), so that ages can be judged without a clock.  vrps: None where no
    static list is at hand.
    """

    now: datetime
    networks: Mapping[Asn, NetworkLookup] = field(default_factory=dict)
    expansions: Mapping[AsSet, Expansion] = field(default_factory=dict)
    vrps: tuple[Vrp, ...] | None = None

    def network(self, asn: Asn) -> NetworkLookup:
        """What PeeringDB says about this ASN."""
        return self.networks.get(asn, Unknown("nobody asked PeeringDB about it"))

    def record(self, asn: Asn) -> NetworkRecord | None:
        """The record where it was found."""
        found = self.network(asn)
        return found.record if isinstance(found, Found) else None
