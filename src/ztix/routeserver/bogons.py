"""What is not to be routed: prefixes and AS numbers that are nobody's, less what policy allows.

Law: the arithmetic of policy's exceptions; the tables are in `reserved`. RFC 7454 section 6.1.1 asks for it.
"""

from __future__ import annotations

from collections.abc import Iterable

from ztix.evidence import PrefixSet
from ztix.reserved import BOGON_PREFIXES, RESERVED_ASNS, within
from ztix.routeserver.words import AsnSet, or_longer
from ztix.terms import AsnRange, Family, Prefix


def bogon_prefixes(family: Family, allowed: Iterable[Prefix]) -> tuple[PrefixSet, PrefixSet]:
    """The bogons of a family that policy leaves, and what it allows inside of them.

    An exception that covers a bogon takes it off the list; a smaller one is an exception to it.
    """
    exceptions = [prefix for prefix in allowed if prefix.version == family]
    bogons = [
        bogon
        for bogon in BOGON_PREFIXES
        if bogon.version == family and not any(within(bogon, exception) for exception in exceptions)
    ]
    inside = [exception for exception in exceptions if any(within(exception, bogon) for bogon in bogons)]
    return PrefixSet.of(family, map(or_longer, bogons)), PrefixSet.of(family, map(or_longer, inside))


def bogon_asns(allowed: Iterable[AsnRange]) -> AsnSet:
    """The AS numbers that may not be in a path, less those that policy allows."""
    ranges = list(_joined(*(part for part, _ in RESERVED_ASNS)))
    for exception in allowed:
        ranges = [part for whole in ranges for part in _without(whole, exception)]
    return AsnSet(tuple(ranges))


def _joined(whole: AsnRange, *others: AsnRange) -> Iterable[AsnRange]:
    """Ascending ranges, with neighbours made one."""
    for part in others:
        if part.first == whole.last + 1:
            whole = AsnRange(whole.first, part.last)
        else:
            yield whole
            whole = part
    yield whole


def _without(whole: AsnRange, hole: AsnRange) -> Iterable[AsnRange]:
    if hole.last < whole.first or whole.last < hole.first:
        yield whole
        return
    if whole.first < hole.first:
        yield AsnRange(whole.first, hole.first - 1)
    if hole.last < whole.last:
        yield AsnRange(hole.last + 1, whole.last)


def all_within(family: Family, prefixes: Iterable[Prefix]) -> PrefixSet:
    """Those of the prefixes that are of a family, and all that lies in them."""
    return PrefixSet.of(family, [or_longer(prefix) for prefix in prefixes if prefix.version == family])
