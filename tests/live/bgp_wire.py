"""BGP on the wire, as far as a speaker of tests needs it: messages out of routes, and routes out of messages.

Law: bytes and values, no socket. RFC 4271 for messages, RFC 4760 for families, RFC 6793 for AS numbers of
four octets, RFC 1997 and RFC 8092 for communities, RFC 2545 and RFC 8950 for IPv6 next hops.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from ztix.routeserver.route import Route, StandardCommunity
from ztix.terms import Address, LargeCommunity, Prefix

OPEN, UPDATE, NOTIFICATION, KEEPALIVE = 1, 2, 3, 4
AS_TRANS = 23456
HEADER = 19
WELL_KNOWN, OPTIONAL, TRANSITIVE = 0x40, 0x80, 0xC0


def message(kind: int, body: bytes = b"") -> bytes:
    return b"\xff" * 16 + struct.pack(">HB", HEADER + len(body), kind) + body


def opening(asn: int, router_id: IPv4Address, families: tuple[int, ...], *, extended: bool = False) -> bytes:
    """families: 4 and 6 of the routes that the session carries.  extended: IPv4 over IPv6 next hops."""

    def capability(code: int, value: bytes = b"") -> bytes:
        return bytes([code, len(value)]) + value

    offered = b"".join(capability(1, struct.pack(">HBB", 1 if f == 4 else 2, 0, 1)) for f in families)
    offered += capability(2) + capability(65, struct.pack(">I", asn))
    if extended:
        offered += capability(5, struct.pack(">HHH", 1, 1, 2))
    parameter = bytes([2, len(offered)]) + offered
    short = asn if asn < 65536 else AS_TRANS
    return message(OPEN, struct.pack(">BHH4sB", 4, short, 240, router_id.packed, len(parameter)) + parameter)


def _attribute(flags: int, kind: int, value: bytes) -> bytes:
    return struct.pack(">BBH", flags | 0x10, kind, len(value)) + value


def _prefix(prefix: Prefix) -> bytes:
    return bytes([prefix.prefixlen]) + prefix.network_address.packed[: (prefix.prefixlen + 7) // 8]


def _path(route: Route) -> bytes:
    """Segments of at most 255 ASNs; where an AS_SET is wanted, the last segment is one."""
    found = b""
    numbers = route.as_path
    tail = numbers[-1:] if route.as_set else ()
    sequence = numbers[: len(numbers) - len(tail)]
    for start in range(0, len(sequence), 255):
        part = sequence[start : start + 255]
        found += bytes([2, len(part)]) + struct.pack(f">{len(part)}I", *part)
    return found + (bytes([1, 1]) + struct.pack(">I", *tail) if tail else b"")


def announcement(route: Route) -> bytes:
    """An UPDATE with this route alone."""
    attributes = _attribute(WELL_KNOWN, 1, b"\0") + _attribute(WELL_KNOWN, 2, _path(route))
    hop, reach = route.next_hop.packed, b""
    if route.prefix.version == 4 and route.next_hop.version == 4:
        attributes += _attribute(WELL_KNOWN, 3, hop)
    else:
        hop += route.link_local.packed if route.link_local else b""
        family = 1 if route.prefix.version == 4 else 2
        reach = _attribute(
            OPTIONAL, 14, struct.pack(">HBB", family, 1, len(hop)) + hop + b"\0" + _prefix(route.prefix)
        )
    if route.communities:
        packed = b"".join(struct.pack(">HH", *item) for item in sorted(route.communities))
        attributes += _attribute(TRANSITIVE, 8, packed)
    attributes += reach
    if route.large_communities:
        packed = b"".join(
            struct.pack(">III", item.asn, item.function, item.argument)
            for item in sorted(route.large_communities)
        )
        attributes += _attribute(TRANSITIVE, 32, packed)
    tail = b"" if reach else _prefix(route.prefix)
    return message(UPDATE, struct.pack(">HH", 0, len(attributes)) + attributes + tail)


def withdrawal(prefix: Prefix) -> bytes:
    """An UPDATE that takes this prefix back."""
    if prefix.version == 4:
        packed = _prefix(prefix)
        return message(UPDATE, struct.pack(">H", len(packed)) + packed + b"\0\0")
    attribute = _attribute(OPTIONAL, 15, struct.pack(">HB", 2, 1) + _prefix(prefix))
    return message(UPDATE, struct.pack(">HH", 0, len(attribute)) + attribute)


@dataclass(frozen=True, slots=True)
class Update:
    """What an UPDATE says. announced: routes with the same attributes but for the prefix."""

    withdrawn: tuple[Prefix, ...]
    announced: tuple[Route, ...]


def update(body: bytes) -> Update:
    """What the body of an UPDATE says."""
    (gone,) = struct.unpack_from(">H", body)
    (length,) = struct.unpack_from(">H", body, 2 + gone)
    withdrawn = list(_prefixes(body[2 : 2 + gone], 4))
    start = 4 + gone
    announced = list(_prefixes(body[start + length :], 4))
    attributes = dict(_attributes(body[start : start + length]))
    next_hop: Address | None = IPv4Address(attributes[3]) if 3 in attributes else None
    link_local = None
    if 14 in attributes:
        value = attributes[14]
        family, _, size = struct.unpack_from(">HBB", value)
        next_hop, link_local = _next_hop(value[4 : 4 + size])
        announced += _prefixes(value[5 + size :], 4 if family == 1 else 6)
    if 15 in attributes:
        (family,) = struct.unpack_from(">H", attributes[15])
        withdrawn += _prefixes(attributes[15][3:], 4 if family == 1 else 6)
    path = tuple(_ases(attributes.get(2, b"")))
    standard = frozenset(StandardCommunity(*p) for p in struct.iter_unpack(">HH", attributes.get(8, b"")))
    large = frozenset(LargeCommunity(*p) for p in struct.iter_unpack(">III", attributes.get(32, b"")))
    return Update(
        tuple(withdrawn),
        tuple(
            Route(prefix, path, next_hop, link_local, standard, large)
            for prefix in announced
            if next_hop is not None
        ),
    )


def _next_hop(value: bytes) -> tuple[Address, IPv6Address | None]:
    if len(value) == 4:
        return IPv4Address(value), None
    return IPv6Address(value[:16]), IPv6Address(value[16:]) if len(value) == 32 else None


def _prefixes(octets: bytes, family: int) -> Iterator[Prefix]:
    place, size = 0, 4 if family == 4 else 16
    while place < len(octets):
        length = octets[place]
        number = octets[place + 1 : place + 1 + (length + 7) // 8]
        place += 1 + len(number)
        packed = int.from_bytes(number.ljust(size, b"\0"), "big")
        yield IPv4Network((packed, length)) if family == 4 else IPv6Network((packed, length))


def _attributes(octets: bytes) -> Iterator[tuple[int, bytes]]:
    place = 0
    while place < len(octets):
        flags, kind = octets[place], octets[place + 1]
        wide = bool(flags & 0x10)
        length = int.from_bytes(octets[place + 2 : place + (4 if wide else 3)], "big")
        place += 4 if wide else 3
        yield kind, octets[place : place + length]
        place += length


def _ases(value: bytes) -> Iterator[int]:
    place = 0
    while place < len(value):
        count = value[place + 1]
        yield from struct.unpack_from(f">{count}I", value, place + 2)
        place += 2 + 4 * count
