"""Whether members of a LAN still reach each other under a set of rules: the rules are tried on frames.

Law: pure. Each frame here is one without which an exchange carries nothing: address resolution, BGP, and
packets between networks behind members. Rules are judged as nodes judge them: a test of IP on a frame that
is no IP is not met, and neither is its opposite.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from typing import assert_never

from ztix.lan.rule import (
    ARP,
    IPV4,
    IPV6,
    Action,
    Apart,
    Assigned,
    Condition,
    Destination,
    EtherType,
    Foreign,
    Icmp,
    LanRules,
    Multicast,
    Ports,
    Protocol,
    Rule,
    Source,
    Tagged,
    Test,
)
from ztix.terms import Address, Prefix

TCP, ICMPV6 = 6, 58
ANY_PORT, BGP, HTTPS = 50_000, 179, 443
LINK_LOCAL = (ip_address("fe80::1"), ip_address("fe80::2"))
# Of networks behind members: ranges that are in no routing table (RFC 2544 and RFC 5180).
BEHIND = {
    4: (ip_address("198.18.0.1"), ip_address("198.19.0.1")),
    6: (ip_address("2001:2::1"), ip_address("2001:2:0:1::1")),
}


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame as rules see it. what: its name.  port: the destination's.  assigned: as `Assigned` says."""

    what: str
    ethertype: int
    source: Address | None = None
    destination: Address | None = None
    protocol: int | None = None
    port: int | None = None
    icmp: int | None = None
    assigned: bool = True
    multicast: bool = False


@dataclass(frozen=True, slots=True)
class CutOff:
    """A frame that must pass and does not. by: the rule that drops it; None where no rule lets it pass."""

    what: str
    by: Rule | None


def decided(rules: tuple[Rule | Foreign, ...], frame: Frame, tags: dict[int, int | None]) -> Rule | None:
    """The rule that decides about a frame, None where none is met. tags: the value that both sides have."""
    for rule in rules:
        if isinstance(rule, Rule) and all(_met(one, frame, tags) for one in rule.conditions):
            return rule
    return None


def cut_off(rules: LanRules, prefixes: tuple[Prefix, ...]) -> Iterator[CutOff]:
    """The frames that must pass between two plain members of the LAN and would not.

    prefixes: the LAN's.  A plain member has each tag's default, and no capability.
    """
    tags = {tag.id: tag.default for tag in rules.tags}
    for frame in dict.fromkeys(frame for prefix in prefixes for frame in _vital(prefix)):
        rule = decided(rules.rules, frame, tags)
        if rule is None or rule.action is not Action.ACCEPT:
            yield CutOff(frame.what, rule)


def _vital(prefix: Prefix) -> Iterator[Frame]:
    """The frames without which members with addresses of this prefix carry nothing."""
    one, other = prefix[min(1, prefix.num_addresses - 1)], prefix[min(2, prefix.num_addresses - 1)]
    near, far = BEHIND[prefix.version]
    if prefix.version == 4:
        name, ethertype = "IPv4", IPV4
        yield Frame("an ARP request", ARP, multicast=True)
        yield Frame("an ARP reply", ARP)
    else:
        name, ethertype = "IPv6", IPV6
        for source, target in ((one, other), LINK_LOCAL):
            own = source is one
            asks = Frame("a neighbour solicitation", IPV6, source, target, ICMPV6, icmp=135, multicast=True)
            yield asks
            yield Frame("a neighbour advertisement", IPV6, source, target, ICMPV6, icmp=136, assigned=own)
    yield Frame(f"BGP over {name}", ethertype, one, other, TCP, BGP)
    yield Frame(f"BGP's answer over {name}", ethertype, other, one, TCP, ANY_PORT)
    yield Frame(f"{name} between networks behind members", ethertype, near, far, TCP, HTTPS, assigned=False)


def _met(condition: Condition, frame: Frame, tags: dict[int, int | None]) -> bool:
    met = _test(condition.test, frame, tags)
    return met is not None and met is not condition.negated


def _test(test: Test, frame: Frame, tags: dict[int, int | None]) -> bool | None:
    """Whether the frame meets the test; None where neither it nor its opposite can be met."""
    is_ip, met = frame.protocol is not None, None
    match test:
        case EtherType(number):
            met = frame.ethertype == number
        case Protocol(number):
            met = frame.protocol == number if is_ip else None
        case Icmp(kind, code):  # no frame here has a code, so a rule for one code spares them all
            met = True if frame.icmp == kind and code is None else None
        case Ports(first, last):
            met = frame.port is not None and first <= frame.port <= last if is_ip else None
        case Source(prefix):
            met = _inside(frame.source, prefix)
        case Destination(prefix):
            met = _inside(frame.destination, prefix)
        case Assigned():
            met = frame.assigned
        case Multicast():
            met = frame.multicast
        case Tagged(_, tag, value):
            met = None if tags.get(tag) is None else tags[tag] == value
        case Apart(tag):
            met = None if tags.get(tag) is None else False
        case _:
            assert_never(test)
    return met


def _inside(address: Address | None, prefix: Prefix) -> bool | None:
    if address is None or address.version != prefix.version:
        return None
    return address in prefix
