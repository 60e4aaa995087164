"""What others say about members: PeeringDB's record of a network, what an AS-SET expands to, the VRPs.

Law: evidence is a value with its source and the time it was fetched; this file fetches nothing and has no
clock. A look-up has three outcomes, never two: found, absent (the source answered that there is none) and
unknown (it did not answer). Unknown is never absent, and neither a finding nor drift.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network
from operator import ge
from typing import TypeAlias

from ztix.terms import Asn, AsSet, Family, Prefix

NAME_LENGTH = 120  # characters of a network's name that are kept
AS_SETS_LENGTH = 400  # characters; PeeringDB takes 255, and `SOURCE::` is longer than `@SOURCE`


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

    def __str__(self) -> str:
        """Its text in a PrefixSet, which is also BIRD's: `192.0.2.0/24{24,25}`, or the prefix alone."""
        if self.shortest == self.longest == self.prefix.prefixlen:
            return str(self.prefix)
        return f"{self.prefix}{{{self.shortest},{self.longest}}}"


@dataclass(frozen=True, slots=True)
class PrefixSet:
    """What an AS-SET's members may originate, for one family.

    texts: each a pattern as PrefixPattern prints it. The constructor raises ValueError for any other text,
    and puts them ascending and without duplicates. Texts, because a large exchange has half a million, each
    goes into a router configuration as it is, and objects of `ipaddress` would take ten times as long.
    """

    family: Family
    texts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        keys = tuple(map(_ipv4_key if self.family == 4 else _ipv6_key, self.texts))
        if any(map(ge, keys, keys[1:])):
            ascending = sorted(dict(zip(keys, self.texts, strict=True)).items())
            object.__setattr__(self, "texts", tuple(text for _, text in ascending))

    @classmethod
    def of(cls, family: Family, patterns: Iterable[PrefixPattern]) -> PrefixSet:
        """The set of these patterns."""
        return cls(family, tuple(map(str, patterns)))

    @property
    def patterns(self) -> tuple[PrefixPattern, ...]:
        """The patterns as values, made anew; about 10 µs each."""
        if self.family == 4:
            return tuple(_pattern(IPv4Network, _ipv4_key(text)) for text in self.texts)
        return tuple(_pattern(IPv6Network, _ipv6_key(text)) for text in self.texts)

    def __len__(self) -> int:
        return len(self.texts)


# A pattern's key is one number: 128 bits of network, then a byte each of length, shortest and longest. Its
# parts come from tables: a large exchange has half a million texts that are made of few different parts.
_AT_24, _AT_32, _AT_40, _AT_48 = (
    {str(number): number << place for number in range(256)} for place in (24, 32, 40, 48)
)
_NUMBER = "(0|[1-9][0-9]{0,2})"
_LENGTHS = re.compile(rf"{_NUMBER}(?:\{{{_NUMBER},{_NUMBER}\}})?", re.A)
_HEXTET = re.compile(r"[0-9a-f]{1,4}")


class _Lengths(dict[str, tuple[int, int]]):
    """By what follows the slash: the lengths in a key, and a mask of its host bits. Raises ValueError."""

    def __init__(self, bits: int) -> None:
        super().__init__()
        self.bits = bits

    def __missing__(self, text: str) -> tuple[int, int]:
        match = _LENGTHS.fullmatch(text)
        if match is None:
            raise ValueError("has no such length")
        length = int(match[1])
        shortest, longest = int(match[2] or length), int(match[3] or length)
        if not length <= shortest <= longest <= self.bits:
            raise ValueError("has no such length")
        found = length << 16 | shortest << 8 | longest, ((1 << (self.bits - length)) - 1) << 24
        self[text] = found
        return found


class _Hextets(dict[str, int]):
    """The number that up to four hexadecimal digits are. Raises ValueError."""

    def __missing__(self, text: str) -> int:
        if not _HEXTET.fullmatch(text):
            raise ValueError("is no part of an IPv6 address")
        self[text] = int(text, 16)
        return self[text]


_IPV4_LENGTHS, _IPV6_LENGTHS, _HEXTETS = _Lengths(32), _Lengths(128), _Hextets()


def _ipv4_key(text: str) -> int:
    """The key of an IPv4 pattern. Raises ValueError."""
    try:
        address, _, rest = text.partition("/")
        a, b, c, d = address.split(".")
        number = _AT_48[a] | _AT_40[b] | _AT_32[c] | _AT_24[d]
        lengths, host_bits = _IPV4_LENGTHS[rest]
        if number & host_bits:
            raise ValueError("has host bits")
    except (KeyError, ValueError):
        raise _no_pattern(text, "192.0.2.0/24{24,25}") from None
    return number | lengths


def _ipv6_key(text: str) -> int:
    """The key of an IPv6 pattern, which is in lower-case hex without dots. Raises ValueError."""
    try:
        address, _, rest = text.partition("/")
        number = _ipv6_number(address) << 24
        lengths, host_bits = _IPV6_LENGTHS[rest]
        if number & host_bits:
            raise ValueError("has host bits")
    except ValueError:
        raise _no_pattern(text, "2001:db8::/32{32,48}") from None
    return number | lengths


def _pattern(network: type[IPv4Network | IPv6Network], key: int) -> PrefixPattern:
    prefix = network((key >> 24, key >> 16 & 0xFF))
    return PrefixPattern(prefix, key >> 8 & 0xFF, key & 0xFF)


def _ipv6_number(address: str) -> int:
    """RFC 4291 section 2.2, forms 1 and 2. Raises ValueError."""
    head, gap, tail = address.partition("::")
    groups = head.split(":") if head else []
    after = tail.split(":") if tail else []
    missing = 8 - len(groups) - len(after)
    if missing < 1 if gap else missing:
        raise ValueError("is no IPv6 address")
    number = 0
    for group in groups:
        number = number << 16 | _HEXTETS[group]
    number <<= 16 * missing
    for group in after:
        number = number << 16 | _HEXTETS[group]
    return number


def _no_pattern(text: str, example: str) -> ValueError:
    return ValueError(f"`{plain(text, 50)}` must be a prefix without host bits, such as `{example}`")


def plain(text: str, limit: int = NAME_LENGTH) -> str:
    """A stranger's text made fit to show: printable, of one line, bounded."""
    if len(text) <= limit and text.isprintable() and text == " ".join(text.split()):
        return text
    shown = " ".join("".join(c if c.isprintable() else " " for c in text[: 4 * limit]).split())
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def source_first(irr_as_set: str) -> str:
    """PeeringDB's `irr_as_set` as words in upper case with one blank between them, each `SOURCE::NAME`.

    Copies from before June 2026 have `NAME@SOURCE`.
    """
    words = re.split(r"[\s,]+", plain(irr_as_set, AS_SETS_LENGTH).upper().strip(" ,"))
    return plain(" ".join(_source_first(word) for word in words), AS_SETS_LENGTH)


def _source_first(word: str) -> str:
    name, at, source = word.partition("@")
    return f"{source}::{name}" if at and "::" not in name else word


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
    static list is at hand.  vrps_fetched_at: when its oldest part was fetched, if it has any.
    """

    now: datetime
    networks: Mapping[Asn, NetworkLookup] = field(default_factory=dict)
    expansions: Mapping[AsSet, Expansion] = field(default_factory=dict)
    vrps: tuple[Vrp, ...] | None = None
    vrps_fetched_at: datetime | None = None

    def network(self, asn: Asn) -> NetworkLookup:
        """What PeeringDB says about this ASN."""
        return self.networks.get(asn, Unknown("nobody asked PeeringDB about it"))

    def record(self, asn: Asn) -> NetworkRecord | None:
        """The record where it was found."""
        found = self.network(asn)
        return found.record if isinstance(found, Found) else None
