"""A route as a member announces it, and what may be looked up about one.

Law: pure values. A route says what an UPDATE says (RFC 4271 section 4.3) as far as a route server goes by it.
The indexes answer in the time of a prefix's length, because a table has hundreds of thousands of routes.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv6Address
from typing import Literal, NamedTuple, TypeAlias

from ztix.evidence import PrefixSet, Vrp
from ztix.routeserver.words import AsnSet
from ztix.terms import ASN_MAX, Address, Asn, LargeCommunity, Prefix

RovState: TypeAlias = Literal["valid", "invalid", "not-found"]


class StandardCommunity(NamedTuple):
    """A community of RFC 1997: two numbers of 16 bits."""

    asn: int
    value: int

    def __str__(self) -> str:
        return f"{self.asn}:{self.value}"


BLACKHOLE = StandardCommunity(65535, 666)  # RFC 7999
GRACEFUL_SHUTDOWN = StandardCommunity(65535, 0)  # RFC 8326
NO_EXPORT = StandardCommunity(65535, 65281)
NO_ADVERTISE = StandardCommunity(65535, 65282)
WELL_KNOWN = (BLACKHOLE, GRACEFUL_SHUTDOWN, NO_EXPORT, NO_ADVERTISE)


@dataclass(frozen=True, slots=True)
class Route:
    """One announcement.

    as_path: the announcing AS first, the origin last.  as_set: whether an AS_SET or AS_CONFED_SET is in it.
    link_local: the address beside an IPv6 next hop, if there is one (RFC 2545 section 3).
    local_pref: what the filter set; a member cannot send it.
    """

    prefix: Prefix
    as_path: tuple[int, ...]
    next_hop: Address
    link_local: IPv6Address | None = None
    communities: frozenset[StandardCommunity] = frozenset()
    large_communities: frozenset[LargeCommunity] = frozenset()
    as_set: bool = False
    local_pref: int = 100

    @property
    def first_as(self) -> int:
        """Who announced it; 0 where the path is empty, as BIRD has it."""
        return self.as_path[0] if self.as_path else 0

    @property
    def origin(self) -> int:
        """Who originated it; 0 where the path is empty."""
        return self.as_path[-1] if self.as_path else 0


def parse_path(text: str) -> tuple[tuple[int, ...], bool]:
    """The AS numbers of a path such as `64500 64501`, and whether some are in braces, which is an AS_SET.

    AS 0 is one that may be sent. Raises ValueError.
    """
    words = re.sub(r"[,{}]", " ", text).split()
    if len(words) > 255 or not all(re.fullmatch(r"(?:AS)?[0-9]{1,10}", word) for word in words):
        raise ValueError("must be AS numbers with blanks between them, such as `64500 64501`, at most 255")
    numbers = tuple(int(word.removeprefix("AS")) for word in words)
    if any(number > ASN_MAX for number in numbers):
        raise ValueError(f"must have no AS number above {ASN_MAX}")
    return numbers, "{" in text


class AsnIndex:
    """Says whether an AS number is in a set."""

    __slots__ = ("_firsts", "_lasts", "_single")

    def __init__(self, asns: AsnSet) -> None:
        self._single = frozenset(int(part) for part in asns.asns if isinstance(part, Asn))
        ranges = sorted((part.first, part.last) for part in asns.asns if not isinstance(part, Asn))
        self._firsts = [first for first, _ in ranges]
        self._lasts = [last for _, last in ranges]

    def __contains__(self, asn: int) -> bool:
        if asn in self._single:
            return True
        place = bisect_right(self._firsts, asn)
        return place > 0 and asn <= self._lasts[place - 1]


class PrefixIndex:
    """Says whether a prefix is in a set of patterns: for each length of patterns, one look-up."""

    __slots__ = ("_bits", "_by_length", "_family")

    def __init__(self, prefixes: PrefixSet) -> None:
        self._family = prefixes.family
        self._bits = 32 if prefixes.family == 4 else 128
        found: dict[int, dict[int, list[tuple[int, int]]]] = {}
        for pattern in prefixes.patterns:
            length = pattern.prefix.prefixlen
            key = int(pattern.prefix.network_address) >> (self._bits - length)
            found.setdefault(length, {}).setdefault(key, []).append((pattern.shortest, pattern.longest))
        self._by_length = sorted(found.items())

    def __contains__(self, prefix: Prefix) -> bool:
        if prefix.version != self._family:
            return False
        length, number, bits = prefix.prefixlen, int(prefix.network_address), self._bits
        for shorter, networks in self._by_length:
            if shorter > length:
                break
            for shortest, longest in networks.get(number >> (bits - shorter), ()):
                if shortest <= length <= longest:
                    return True
        return False


class VrpIndex:
    """Tells the ROV state of an announcement: RFC 6811 section 2."""

    __slots__ = ("_by_length",)

    def __init__(self, vrps: Iterable[Vrp]) -> None:
        found: dict[tuple[int, int], dict[int, list[tuple[int, int]]]] = {}
        for vrp in vrps:
            length, bits = vrp.prefix.prefixlen, vrp.prefix.max_prefixlen
            key = int(vrp.prefix.network_address) >> (bits - length)
            found.setdefault((bits, length), {}).setdefault(key, []).append((vrp.max_length, vrp.asn))
        self._by_length = sorted(found.items())

    def state(self, prefix: Prefix, origin: int) -> RovState:
        """prefix: as announced.  origin: the last AS of the path; AS 0 never matches (RFC 6483 section 4)."""
        length, number = prefix.prefixlen, int(prefix.network_address)
        covered = False
        for (bits, shorter), networks in self._by_length:
            if bits != prefix.max_prefixlen or shorter > length:
                continue
            for longest, asn in networks.get(number >> (bits - shorter), ()):
                if asn == origin != 0 and length <= longest:
                    return "valid"
                covered = True
        return "invalid" if covered else "not-found"
