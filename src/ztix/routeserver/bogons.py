"""What is not to be routed: prefixes and AS numbers that are nobody's on the Internet.

Law: tables and the arithmetic of policy's exceptions. Sources: IANA's registries of special-purpose IPv4 and
IPv6 addresses (RFC 6890) and of special-purpose AS numbers (RFC 7249); RFC 7454 section 6.1.1 asks for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_network

from ztix.evidence import PrefixSet
from ztix.routeserver.words import AsnSet, or_longer
from ztix.terms import ASN_MAX, AsnRange, Family, Prefix

BOGON_PREFIXES: tuple[Prefix, ...] = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",
        # Everything but 2000::/3, which is all of IPv6 that IANA has given out (RFC 4291 section 2.4).
        "::/3",
        "4000::/2",
        "8000::/1",
        "2001:2::/48",
        "2001:10::/28",
        "2001:db8::/32",
        "2002::/16",  # 6to4, whose relays are gone: RFC 7526
        "3ffe::/16",  # the 6bone, returned: RFC 3701
        "3fff::/20",
    )
)

BOGON_ASNS: tuple[AsnRange, ...] = (
    AsnRange(0, 0),  # RFC 7607
    AsnRange(23456, 23456),  # AS_TRANS, RFC 6793
    AsnRange(64496, 131071),  # RFC 5398, RFC 6996, RFC 7300, and the rest of that block, which IANA keeps
    AsnRange(4200000000, ASN_MAX),  # RFC 6996, RFC 7300
)


def within(inner: Prefix, outer: Prefix) -> bool:
    """Whether one prefix lies in the other; prefixes of two families never do."""
    return (
        inner.version == outer.version
        and inner.prefixlen >= outer.prefixlen
        and inner.network_address in outer
    )


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
    ranges = list(BOGON_ASNS)
    for exception in allowed:
        ranges = [part for whole in ranges for part in _without(whole, exception)]
    return AsnSet(tuple(ranges))


def _without(whole: AsnRange, hole: AsnRange) -> Iterable[AsnRange]:
    if hole.last < whole.first or whole.last < hole.first:
        yield whole
        return
    if whole.first < hole.first:
        yield AsnRange(whole.first, hole.first - 1)
    if hole.last < whole.last:
        yield AsnRange(hole.last + 1, whole.last)


def lan_prefixes(family: Family, prefixes: Iterable[Prefix]) -> PrefixSet:
    """The peering LAN's own prefixes of a family, and all that lies in them."""
    return PrefixSet.of(family, [or_longer(prefix) for prefix in prefixes if prefix.version == family])
