"""Frames on a peering LAN, each with its name in it: what they are, and a program that sends or hears them.

Law: pure but for `main`, which runs in a namespace of a test: `frames send DEVICE OWN_MAC OWN_HOST PEER_MAC
PEER_HOST`, and `frames hear DEVICE`, which prints the name of each frame that comes in until stdin ends.
"""

from __future__ import annotations

import re
import select
import socket
import struct
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address

LAN4, LAN6 = "203.0.113", "2001:db8:42:"
ARP, IPV4, IPV6 = 0x0806, 0x0800, 0x86DD
ALL_HOSTS4, ALL_NODES6, EVERYBODY = "01:00:5e:00:00:01", "33:33:00:00:00:01", "ff:ff:ff:ff:ff:ff"
NAME = re.compile(rb"<<([a-z0-9-]+)>>")
UDP, TCP, ICMP6 = 17, 6, 58


@dataclass(frozen=True, slots=True)
class Side:
    """One end: its MAC on the LAN, and the last part of its addresses."""

    mac: str
    host: int

    @property
    def v4(self) -> str:
        return f"{LAN4}.{self.host}"

    @property
    def v6(self) -> str:
        return f"{LAN6}:{self.host}"


def frames(own: Side, peer: Side) -> Mapping[str, bytes]:
    """Every frame by its name, from one end to the other."""
    return {**lawful(own, peer), **_of_layer_2(own, peer), **_of_ipv4(own, peer), **_of_ipv6(own, peer)}


def lawful(own: Side, peer: Side) -> dict[str, bytes]:
    """What an exchange is there for."""

    def make(name: str, kind: int, body: bytes, to: str = peer.mac) -> tuple[str, bytes]:
        return name, _frame(own, to, kind, body + _name(name))

    return dict(
        (
            make("bgp4", IPV4, _ipv4(TCP, _tcp(179), own.v4, peer.v4)),
            make("bgp6", IPV6, _ipv6(TCP, _tcp(179), own.v6, peer.v6)),
            make("transit4", IPV4, _ipv4(TCP, _tcp(443), "198.51.100.9", "192.0.2.9")),
            make("transit6", IPV6, _ipv6(TCP, _tcp(443), "2001:db8:99::9", "2001:db8:98::9")),
            make("ping4", IPV4, _ipv4(1, bytes([8, 0, 0, 0]), own.v4, peer.v4)),
            make("arp-reply", ARP, _arp(2, own, own.v4, peer.v4)),
            make("arp-request", ARP, _arp(1, own, own.v4, peer.v4), EVERYBODY),
            make("solicitation", IPV6, _ipv6(ICMP6, _about(135, peer.v6), own.v6, peer.v6)),
            make("advertisement", IPV6, _ipv6(ICMP6, _about(136, own.v6), own.v6, peer.v6)),
            make("multicast6", IPV6, _ipv6(UDP, _udp(40001), own.v6, "ff02::1"), ALL_NODES6),
        )
    )


def _of_layer_2(own: Side, peer: Side) -> dict[str, bytes]:
    """ARP with an address of somebody else, and ethertypes that no peering LAN has."""
    foreign = f"{LAN4}.77"
    return {
        "stp": _frame(own, peer.mac, 0x0069, b"\x42\x42\x03" + bytes(35) + _name("stp")),
        "lldp": _frame(own, peer.mac, 0x88CC, _name("lldp")),
        "mpls": _frame(own, peer.mac, 0x8847, _name("mpls")),
        "foreign-arp-reply": _frame(
            own, peer.mac, ARP, _arp(2, own, foreign, peer.v4) + _name("foreign-arp-reply")
        ),
        "foreign-arp-request": _frame(
            own, EVERYBODY, ARP, _arp(1, own, foreign, peer.v4) + _name("foreign-arp-request")
        ),
    }


def _of_ipv4(own: Side, peer: Side) -> dict[str, bytes]:
    """Routing, discovery and addresses that come from elsewhere."""
    bodies = {name: (number, b"") for name, number in IPV4_PROTOCOLS.items()}
    bodies |= {name: (1, bytes([kind, 0, 0, 0])) for name, kind in ICMP4_KINDS.items()}
    bodies |= {name: (UDP, _udp(port)) for name, port in IPV4_PORTS.items()}
    made = {
        name: _frame(own, peer.mac, IPV4, _ipv4(protocol, body + _name(name), own.v4, peer.v4))
        for name, (protocol, body) in bodies.items()
    }
    many = {
        name: _frame(own, ALL_HOSTS4, IPV4, _ipv4(UDP, _udp(port) + _name(name), own.v4, "224.0.0.1"))
        for name, port in (("multicast4", 40001), *MULTICAST4_PORTS.items())
    }
    every = _ipv4(UDP, _udp(40001) + _name("broadcast4"), own.v4, "255.255.255.255")
    return made | many | {"broadcast4": _frame(own, EVERYBODY, IPV4, every)}


def _of_ipv6(own: Side, peer: Side) -> dict[str, bytes]:
    """The same for IPv6, and what is known to pass although it should not."""
    far, foreign, router = "fe80::9", f"{LAN6}:77", bytes([134]) + bytes(15)
    options = bytes([ICMP6, 0, 1, 4, 0, 0, 0, 0])
    bodies = {name: (ICMP6, bytes([kind]) + bytes(39), far) for name, kind in ICMP6_KINDS.items()}
    bodies |= {name: (UDP, _udp(port), own.v6) for name, port in IPV6_PORTS.items()}
    bodies |= {
        "foreign-advertisement": (ICMP6, _about(136, foreign), foreign),
        "foreign-advertisement-link-local": (ICMP6, _about(136, foreign), far),
        "foreign-advertisement-options": (60, options + _about(136, foreign), own.v6),
        "router-advertisement-fragment": (44, bytes([ICMP6, 0, 0, 0, 0, 0, 0, 7]) + router, far),
        "router-advertisement-options": (60, options + router, far),
    }
    many = {
        name: _frame(own, ALL_NODES6, IPV6, _ipv6(UDP, _udp(port) + _name(name), own.v6, "ff02::1"))
        for name, port in MULTICAST6_PORTS.items()
    }
    return many | {
        name: _frame(own, peer.mac, IPV6, _ipv6(kind, body + _name(name), source, peer.v6))
        for name, (kind, body, source) in bodies.items()
    }


IPV4_PROTOCOLS = {"igmp": 2, "eigrp": 88, "ospf": 89, "pim": 103, "vrrp": 112}
ICMP4_KINDS = {"redirect4": 5, "router-advertisement4": 9, "router-solicitation4": 10}
IPV4_PORTS = {
    "dhcp-server": 67,
    "dhcp-client": 68,
    "netbios-names": 137,
    "netbios-datagrams": 138,
    "rip": 520,
}
MULTICAST4_PORTS = {"mdns4": 5353, "llmnr4": 5355, "ssdp4": 1900}
ICMP6_KINDS = {"router-solicitation": 133, "router-advertisement": 134, "redirect6": 137}
IPV6_PORTS = {"dhcpv6-client": 546, "dhcpv6-server": 547, "ripng": 521}
MULTICAST6_PORTS = {"mdns6": 5353, "llmnr6": 5355, "ssdp6": 1900}


def _name(name: str) -> bytes:
    return f"<<{name}>>".encode() + bytes(16)


def _frame(own: Side, to: str, kind: int, body: bytes) -> bytes:
    return _mac(to) + _mac(own.mac) + struct.pack("!H", kind) + body


def _mac(text: str) -> bytes:
    return bytes.fromhex(text.replace(":", ""))


def _ipv4(protocol: int, body: bytes, source: str, destination: str) -> bytes:
    ends = ip_address(source).packed + ip_address(destination).packed
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(body), 1, 0, 64, protocol, 0) + ends
    return head[:10] + struct.pack("!H", _sum(head)) + head[12:] + body


def _ipv6(kind: int, body: bytes, source: str, destination: str) -> bytes:
    ends = ip_address(source).packed + ip_address(destination).packed
    return struct.pack("!IHBB", 0x60000000, len(body), kind, 255) + ends + body


def _sum(content: bytes) -> int:
    total = sum(struct.unpack(f"!{len(content) // 2}H", content))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def _udp(port: int) -> bytes:
    return struct.pack("!HHHH", 40000, port, 8, 0)


def _tcp(port: int) -> bytes:
    return struct.pack("!HHIIBBHHH", 40000, port, 1, 0, 0x50, 0x18, 1000, 0, 0)


def _arp(deed: int, own: Side, sender: str, target: str) -> bytes:
    head = struct.pack("!HHBBH", 1, IPV4, 6, 4, deed) + _mac(own.mac)
    return head + ip_address(sender).packed + bytes(6) + ip_address(target).packed


def _about(kind: int, target: str) -> bytes:
    """A neighbour solicitation (135) or advertisement (136) about an address."""
    return bytes([kind, 0, 0, 0, 0x20, 0, 0, 0]) + ip_address(target).packed


def _hear(wire: socket.socket) -> None:
    while True:
        ready, _, _ = select.select([wire, sys.stdin], [], [])
        if sys.stdin in ready:
            return
        content, where = wire.recvfrom(65535)
        if where[2] != socket.PACKET_OUTGOING and (found := NAME.search(content)):
            print(found[1].decode(), flush=True)


def main() -> None:
    verb, device, *ends = sys.argv[1:]
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.ntohs(3)) as wire:
        wire.bind((device, 0))
        if verb == "hear":
            print("ready", flush=True)
            _hear(wire)
            return
        own_mac, own_host, peer_mac, peer_host = ends
        for frame in frames(Side(own_mac, int(own_host)), Side(peer_mac, int(peer_host))).values():
            wire.send(frame)


if __name__ == "__main__":
    main()
