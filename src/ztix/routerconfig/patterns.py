"""Which prefixes a member's router takes from route servers, and which it gives them: arithmetic of patterns.

Law: pure. Routers differ in what a list of prefixes can say, so all lists here are plain unions: no
exceptions, and no pattern that another one covers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import ip_network

from ztix.evidence import PrefixPattern, PrefixSet
from ztix.reserved import within
from ztix.routeserver.view import FamilyView
from ztix.terms import Prefix

EVERYTHING: dict[int, Prefix] = {4: ip_network("0.0.0.0/0"), 6: ip_network("::/0")}


def refused(family: FamilyView) -> tuple[PrefixPattern, ...]:
    """What is taken from nobody: lengths out of bounds, the default route among them, bogons, the LAN."""
    everything = EVERYTHING[family.family]
    lengths = (
        PrefixPattern(everything, 0, family.shortest - 1),
        PrefixPattern(everything, family.longest + 1, everything.max_prefixlen),
    )
    default = PrefixPattern(everything, 0, 0)
    bogons = (part for bogon in family.bogons.patterns for part in _less(bogon, family.bogons_allowed))
    found = (default, *lengths, *bogons, *family.lan.patterns)
    return uncovered(pattern for pattern in found if pattern.shortest <= pattern.longest)


def announceable_patterns(found: PrefixSet, family: FamilyView) -> tuple[PrefixPattern, ...]:
    """What a set allows to announce, as far as the route servers take it for its length."""
    parts = (
        PrefixPattern(part.prefix, max(part.shortest, family.shortest), min(part.longest, family.longest))
        for part in found.patterns
    )
    return uncovered(part for part in parts if part.shortest <= part.longest)


def or_longer_patterns(found: PrefixSet) -> tuple[PrefixPattern, ...]:
    """All prefixes of a set with all that lies in them."""
    whole = (pattern.prefix for pattern in found.patterns)
    return uncovered(PrefixPattern(prefix, prefix.prefixlen, prefix.max_prefixlen) for prefix in whole)


def uncovered(patterns: Iterable[PrefixPattern]) -> tuple[PrefixPattern, ...]:
    """The same prefixes in ascending order, without patterns that another one covers."""
    kept: list[PrefixPattern] = []
    for pattern in sorted(set(patterns), key=_widest_first):
        if not any(_covers(other, pattern) for other in kept):
            kept.append(pattern)
    return tuple(sorted(kept))


def _widest_first(pattern: PrefixPattern) -> tuple[int, int, int]:
    return pattern.prefix.prefixlen, pattern.shortest, -pattern.longest


def _covers(one: PrefixPattern, other: PrefixPattern) -> bool:
    lengths = one.shortest <= other.shortest and other.longest <= one.longest
    return lengths and within(other.prefix, one.prefix)


def _less(bogon: PrefixPattern, allowed: PrefixSet) -> Iterator[PrefixPattern]:
    """A bogon with all that lies in it, less what policy allows inside of it."""
    holes = [hole.prefix for hole in allowed.patterns if within(hole.prefix, bogon.prefix)]
    yield from _without(bogon.prefix, holes)


def _without(prefix: Prefix, holes: list[Prefix]) -> Iterator[PrefixPattern]:
    inside = [hole for hole in holes if within(hole, prefix)]
    if not inside:
        yield PrefixPattern(prefix, prefix.prefixlen, prefix.max_prefixlen)
        return
    if prefix in inside:
        return
    yield PrefixPattern(prefix, prefix.prefixlen, prefix.prefixlen)
    for half in prefix.subnets():
        yield from _without(half, inside)
