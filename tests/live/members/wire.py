"""BGP messages as bytes, also those that no router would send. RFC 4271, 4760 (MP_REACH_NLRI), 2545, 5492.

Law: pure. Nothing is checked; what is wrong is wrong on purpose.
"""

from __future__ import annotations

import struct
from ipaddress import ip_address, ip_network

from tests.live.members import Announcement, Family, family_of

OPEN, UPDATE, NOTIFICATION, KEEPALIVE, ROUTE_REFRESH = 1, 2, 3, 4, 5
SET, SEQUENCE, CONFED_SEQUENCE = 1, 2, 3
ORIGIN, AS_PATH, NEXT_HOP, AGGREGATOR = 1, 2, 3, 7
COMMUNITY, MP_REACH, MP_UNREACH, LARGE_COMMUNITY, OTC = 8, 14, 15, 32, 35
WELL_KNOWN, OPTIONAL, OPTIONAL_TRANSITIVE = 0x40, 0x80, 0xC0
AS_TRANS = 23456

Attributes = dict[int, tuple[int, bytes]]


def message(kind: int, body: bytes = b"") -> bytes:
    """A message with its marker."""
    return b"\xff" * 16 + struct.pack(">HB", 19 + len(body), kind) + body


def capability(code: int, value: bytes = b"") -> bytes:
    """A capability of an OPEN."""
    return bytes([code, len(value)]) + value


def opening(
    asn: int, family: Family, *more: bytes, router_id: str = "192.0.2.99", hold_s: int = 240
) -> bytes:
    """An OPEN for one family, with four-octet ASNs and route refresh, and what more there is."""
    afi = 1 if family == 4 else 2
    offered = capability(1, struct.pack(">HBB", afi, 0, 1)) + capability(65, struct.pack(">I", asn))
    offered += capability(2) + b"".join(more)
    parameter = bytes([2, len(offered)]) + offered
    two_octets = asn if asn < 65536 else AS_TRANS
    fixed = struct.pack(">BHH4sB", 4, two_octets, hold_s, ip_address(router_id).packed, len(parameter))
    return message(OPEN, fixed + parameter)


def segment(asns: tuple[int, ...], kind: int = SEQUENCE) -> bytes:
    """A segment of an AS_PATH."""
    return struct.pack(f">BB{len(asns)}I", kind, len(asns), *asns)


def nlri(prefix: str) -> bytes:
    """A prefix. Host bits stay as they are written."""
    address, length = prefix.split("/")
    return bytes([int(length)]) + ip_address(address).packed[: (int(length) + 7) // 8]


def reach(prefixes: tuple[str, ...], *hops: str) -> bytes:
    """MP_REACH_NLRI for IPv6, or for IPv4 with an IPv6 next hop (RFC 8950)."""
    packed = b"".join(ip_address(hop).packed for hop in hops)
    afi = 1 if family_of(prefixes[0]) == 4 else 2
    return struct.pack(">HBB", afi, 1, len(packed)) + packed + b"\0" + b"".join(map(nlri, prefixes))


def attributes(said: Announcement, path: tuple[int, ...], hop: str) -> Attributes:
    """What an announcement has, by type."""
    parts = [segment(path[start : start + 255]) for start in range(0, len(path), 255)]
    found: Attributes = {ORIGIN: (WELL_KNOWN, b"\0"), AS_PATH: (WELL_KNOWN, b"".join(parts))}
    if family_of(said.prefix) == 4:
        found[NEXT_HOP] = (WELL_KNOWN, ip_address(hop).packed)
    else:
        found[MP_REACH] = (OPTIONAL, reach((said.prefix,), *hop.split()))
    if said.communities:
        found[COMMUNITY] = (OPTIONAL_TRANSITIVE, b"".join(map(_standard, said.communities)))
    if said.large:
        found[LARGE_COMMUNITY] = (OPTIONAL_TRANSITIVE, b"".join(map(_large, said.large)))
    return found


def _standard(text: str) -> bytes:
    return struct.pack(">HH", *map(int, text.split(":")))


def _large(text: str) -> bytes:
    return struct.pack(">III", *map(int, text.split(":")))


def update(found: Attributes, prefixes: tuple[str, ...] = (), withdrawn: tuple[str, ...] = ()) -> bytes:
    """An UPDATE. prefixes: of IPv4, as the message's own NLRI."""
    gone = b"".join(map(nlri, withdrawn))
    body = b"".join(
        struct.pack(">BBH", flags | 0x10, kind, len(value)) + value for kind, (flags, value) in found.items()
    )
    told = b"".join(map(nlri, prefixes))
    return message(UPDATE, struct.pack(">H", len(gone)) + gone + struct.pack(">H", len(body)) + body + told)


def withdrawal(prefix: str) -> bytes:
    """An UPDATE that takes one prefix back."""
    if family_of(prefix) == 4:
        return update({}, withdrawn=(prefix,))
    return update({MP_UNREACH: (OPTIONAL, struct.pack(">HB", 2, 1) + nlri(prefix))})


def hosts(prefix: str, longest: int, count: int) -> tuple[str, ...]:
    """The first subnets of this length."""
    step = 1 << (ip_network(prefix).max_prefixlen - longest)
    first = ip_network(prefix).network_address
    return tuple(f"{first + number * step}/{longest}" for number in range(count))
