"""A BGP speaker that says once what no router would: an IPv6 prefix with a next hop of the caller's choice.

Law: run as a program, inside a namespace: `speaker.py SERVER OWN_ADDRESS ASN PREFIX GLOBAL LINK_LOCAL`. Keeps
the session until it is ended. RFC 4271 for messages, RFC 4760 for MP_REACH_NLRI, RFC 2545 for its next hop.
"""

from __future__ import annotations

import socket
import struct
import sys
from ipaddress import IPv6Address, IPv6Network

OPEN, UPDATE, KEEPALIVE = 1, 2, 4


def message(kind: int, body: bytes = b"") -> bytes:
    return b"\xff" * 16 + struct.pack(">HB", 19 + len(body), kind) + body


def opening(asn: int) -> bytes:
    def capability(code: int, value: bytes) -> bytes:
        return bytes([code, len(value)]) + value

    offered = capability(1, struct.pack(">HBB", 2, 0, 1)) + capability(65, struct.pack(">I", asn))
    parameter = bytes([2, len(offered)]) + offered
    two_octets = min(asn, 23456) if asn > 65535 else asn
    fixed = struct.pack(">BHH4sB", 4, two_octets, 90, socket.inet_aton("192.0.2.99"), len(parameter))
    return message(OPEN, fixed + parameter)


def update(asn: int, prefix: IPv6Network, next_hops: list[IPv6Address]) -> bytes:
    def attribute(flags: int, kind: int, value: bytes) -> bytes:
        return struct.pack(">BBH", flags | 0x10, kind, len(value)) + value

    hop = b"".join(address.packed for address in next_hops)
    announced = bytes([prefix.prefixlen]) + prefix.network_address.packed[: (prefix.prefixlen + 7) // 8]
    attributes = (
        attribute(0x40, 1, b"\0")
        + attribute(0x40, 2, struct.pack(">BBI", 2, 1, asn))
        + attribute(0x80, 14, struct.pack(">HBB", 2, 1, len(hop)) + hop + b"\0" + announced)
    )
    return message(UPDATE, struct.pack(">HH", 0, len(attributes)) + attributes)


def main(server: str, own: str, asn: str, prefix: str, *next_hops: str) -> None:
    with socket.create_connection((server, 179), timeout=20, source_address=(own, 0)) as connection:
        connection.settimeout(None)  # the other side may be silent for long, and the session stays
        connection.sendall(opening(int(asn)))
        announced = False
        with connection.makefile("rb") as stream:
            while header := stream.read(19):
                length, kind = struct.unpack(">HB", header[16:])
                stream.read(length - 19)
                connection.sendall(message(KEEPALIVE) if kind in (OPEN, KEEPALIVE) else b"")
                if kind == KEEPALIVE and not announced:
                    connection.sendall(
                        update(int(asn), IPv6Network(prefix), [IPv6Address(h) for h in next_hops])
                    )
                    announced = True


if __name__ == "__main__":
    main(*sys.argv[1:])
