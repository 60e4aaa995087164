"""AS numbers and prefixes that are nobody's on the Internet.

Law: tables only. Sources: the IANA registries of special-purpose AS numbers (RFC 7249), of IPv4 and of IPv6
special-purpose addresses (RFC 6890), multicast, and IPv6 outside of 2000::/3. AS112 and the blocks that are
meant to be routed globally are left out.
"""

from __future__ import annotations

from ipaddress import ip_network

from ztix.terms import ASN_MAX, Address, AsnRange, Prefix

AS_TRANS = 23456  # RFC 6793 section 9: stands for an AS number of four octets in old speakers

RESERVED_ASNS: tuple[tuple[AsnRange, str], ...] = (
    (AsnRange(0, 0), "RFC 7607"),
    (AsnRange(AS_TRANS, AS_TRANS), "AS_TRANS, RFC 6793"),
    (AsnRange(64496, 64511), "documentation, RFC 5398"),
    (AsnRange(64512, 65534), "private use, RFC 6996"),
    (AsnRange(65535, 65535), "reserved, RFC 7300"),
    (AsnRange(65536, 65551), "documentation, RFC 5398"),
    (AsnRange(65552, 131071), "reserved by IANA"),
    (AsnRange(4200000000, 4294967294), "private use, RFC 6996"),
    (AsnRange(ASN_MAX, ASN_MAX), "reserved, RFC 7300"),
)

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
        # Everything but 2000::/3, which is all of IPv6 that is given out (RFC 4291 section 2.4).
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


def reserved_as(asn: int) -> str | None:
    """What the AS number is set aside for, None where it may be assigned to a network."""
    return next((purpose for part, purpose in RESERVED_ASNS if asn in part), None)


def within(inner: Prefix, outer: Prefix) -> bool:
    """Whether the first prefix lies in the second; prefixes of two families never do."""
    return (
        inner.version == outer.version
        and inner.prefixlen >= outer.prefixlen
        and inner.network_address in outer
    )


def overlap(one: Prefix, other: Prefix) -> bool:
    """Whether two prefixes share an address."""
    return within(one, other) or within(other, one)


def special_address(address: Address, prefix: Prefix) -> str | None:
    """What an address is on this prefix, where no host may hold it; else None."""
    spare = prefix.max_prefixlen - prefix.prefixlen
    if spare < 2:  # RFC 3021, RFC 6164: both addresses of a pair are hosts'
        return None
    if address == prefix.network_address:
        return "the network's address" if prefix.version == 4 else "the subnet-router anycast address"
    if prefix.version == 4 and address == prefix.broadcast_address:
        return "the broadcast address"
    return None
