"""The safe base: what no frame between members of an exchange is for, as numbered drops.

Law: a table. Numbers say the order and are never re-used, names are what policy calls a drop by. All of it
was enforced on real nodes with injected frames; docs/lan-rules.md tells what each drop is for, and what
passes all the same. No drop goes by the source of an IP packet: on an exchange, members forward packets of
others, and only ARP and neighbour advertisements speak for the sender itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_network

from ztix.lan.rule import (
    ARP,
    IPV4,
    IPV6,
    Action,
    Assigned,
    Condition,
    EtherType,
    Icmp,
    Multicast,
    Ports,
    Protocol,
    Rule,
    Source,
    Test,
)
from ztix.terms import Label

UDP = Protocol(17)
LINK_LOCAL = ip_network("fe80::/10")


@dataclass(frozen=True, slots=True)
class Guard:
    """One drop of the base. title: what a LAN with it does not have."""

    number: int
    name: Label
    title: str
    conditions: tuple[Condition, ...]

    def rule(self, action: Action = Action.DROP) -> Rule:
        """The guard as a rule."""
        return Rule(action, self.conditions)


def _guard(number: int, name: str, title: str, *tests: Test | Condition) -> Guard:
    conditions = (test if isinstance(test, Condition) else Condition(test) for test in tests)
    return Guard(number, Label(name), title, tuple(conditions))


def only_ethertypes(*numbers: int) -> Guard:
    """The first guard, for another choice of ethertypes."""
    others = (Condition(EtherType(number), negated=True) for number in numbers)
    return _guard(1, "other-ethertypes", "no ethertype but IPv4, ARP and IPv6", *others)


_4, _6, _MINE = EtherType(IPV4), EtherType(IPV6), Assigned()
_NOT_MINE = Condition(_MINE, negated=True)
_NOT_LINK_LOCAL = Condition(Source(LINK_LOCAL), negated=True)

GUARDS: tuple[Guard, ...] = (
    only_ethertypes(IPV4, ARP, IPV6),
    _guard(2, "foreign-arp", "no ARP with an address of somebody else", EtherType(ARP), _NOT_MINE),
    _guard(3, "ipv6-router-solicitations", "no IPv6 router solicitations", _6, Icmp(133)),
    _guard(4, "ipv6-router-advertisements", "no IPv6 router advertisements", _6, Icmp(134)),
    _guard(5, "ipv6-redirects", "no IPv6 redirects", _6, Icmp(137)),
    _guard(
        6,
        "foreign-neighbour-advertisements",
        "no neighbour advertisements for an address of somebody else",
        _6,
        Icmp(136),
        _NOT_LINK_LOCAL,
        _NOT_MINE,
    ),
    _guard(7, "ipv4-redirects", "no IPv4 redirects", _4, Icmp(5)),
    _guard(8, "ipv4-router-advertisements", "no IPv4 router advertisements", _4, Icmp(9)),
    _guard(9, "ipv4-router-solicitations", "no IPv4 router solicitations", _4, Icmp(10)),
    _guard(10, "dhcp", "no DHCP", _4, UDP, Ports(67, 68)),
    _guard(11, "dhcpv6", "no DHCPv6", _6, UDP, Ports(546, 547)),
    _guard(12, "ospf", "no OSPF", Protocol(89)),
    _guard(13, "eigrp", "no EIGRP", Protocol(88)),
    _guard(14, "vrrp", "no VRRP", Protocol(112)),
    _guard(15, "pim", "no PIM", Protocol(103)),
    _guard(16, "igmp", "no IGMP", Protocol(2)),
    _guard(17, "mdns", "no mDNS", UDP, Multicast(), Ports(5353, 5353)),
    _guard(18, "llmnr", "no LLMNR", UDP, Multicast(), Ports(5355, 5355)),
    _guard(19, "ssdp", "no SSDP", UDP, Multicast(), Ports(1900, 1900)),
    _guard(20, "netbios", "no NetBIOS", UDP, Ports(137, 139)),
    _guard(21, "rip", "no RIP", UDP, Ports(520, 521)),
    _guard(22, "ipv4-multicast", "no IPv4 multicast or broadcast", _4, Multicast()),
)

GUARD_NAMES = tuple(guard.name for guard in GUARDS)
TITLES = {guard.conditions: guard.title for guard in GUARDS}
