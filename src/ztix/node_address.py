"""The addresses that ZeroTier computes from a network and a node, and back.

Law: pure arithmetic on ids. Both forms of IPv6 hold all 40 bits of the node; the RFC 4193 form holds the
whole network id too, 6PLANE only 32 bits of it, folded. So the node is exact either way, and a network can
always be tested against an address. Source: ZeroTier One's InetAddress and MAC; checked against real nodes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv6Address
from typing import Literal, TypeAlias

from ztix.terms import NetworkId, NodeId

Scheme: TypeAlias = Literal["rfc4193", "6plane"]

LENGTHS: dict[Scheme, int] = {"rfc4193": 88, "6plane": 40}
"""The prefix lengths that a node's interface has with these addresses."""

_WORD = 2**32 - 1
_MARK = 0x9993  # stands between network and node in the RFC 4193 form
_FORM = (
    "a ZeroTier node's IPv6 address: `fd`, network, `9993` and node (RFC 4193 mode), or `fc`, network, node"
    " and `::1` (6PLANE)"
)


@dataclass(frozen=True, slots=True)
class NodeAddress:
    """A computed address, taken apart. network: None for 6PLANE, which does not hold all of it."""

    address: IPv6Address
    node: NodeId
    scheme: Scheme
    network: NetworkId | None

    @classmethod
    def parse(cls, text: object) -> NodeAddress:
        """The node behind an address of one of the two forms. Raises ValueError, with a sentence.

        An address of 6PLANE must be the node's own, which ends in `::1`: the others of its /80 belong to
        whatever the node routes to.
        """
        if isinstance(text, NodeAddress):
            return text
        if not isinstance(text, str):
            raise ValueError(f"must be {_FORM}")
        if "/" in text or "%" in text:
            raise ValueError("must be an IPv6 address without a length or zone")
        try:
            number = int(IPv6Address(text))
        except ValueError:
            raise ValueError(f"must be {_FORM}") from None
        head = number >> 120
        if head == 0xFD and (number >> 40) & 0xFFFF == _MARK:
            node, network = _node(number), NetworkId(f"{(number >> 56) & (2**64 - 1):016x}")
            return cls(IPv6Address(number), node, "rfc4193", network)
        if head == 0xFC and number & (2**48 - 1) == 1:
            return cls(IPv6Address(number), _node(number >> 48), "6plane", None)
        raise ValueError(f"must be {_FORM}")

    def is_on(self, network: NetworkId) -> bool:
        """Whether the node has this address on that network. For 6PLANE, one network in 2**32 passes too."""
        return self.address == computed(network, self.node, self.scheme)

    def __str__(self) -> str:
        return str(self.address)


def computed(network: NetworkId, node: NodeId, scheme: Scheme) -> IPv6Address:
    """The address that a node has on a network in this mode."""
    number, own = int(network, 16), int(node, 16)
    if scheme == "rfc4193":
        return IPv6Address(0xFD << 120 | number << 56 | _MARK << 40 | own)
    folded = ((number >> 32) ^ number) & _WORD
    return IPv6Address(0xFC << 120 | folded << 88 | own << 48 | 1)


def mac(network: NetworkId, node: NodeId) -> str:
    """The MAC address of a node's interface on a network: locally administered, not a group's."""
    number = int(network, 16)
    first = number & 0xFE | 0x02
    if first == 0x52:  # KVM's virtual machines begin so
        first = 0x32
    low = int(node, 16) ^ int.from_bytes(number.to_bytes(8, "little")[1:6], "big")
    return (first << 40 | low).to_bytes(6, "big").hex(":")


def bare(text: str) -> str:
    """The address without the length that `zerotier-cli` prints after it."""
    return re.sub(r"/(?:40|88)$", "", text)


def _node(number: int) -> NodeId:
    try:
        return NodeId(f"{number & (2**40 - 1):010x}")
    except ValueError:
        raise ValueError("must hold a node's id; those of zeroes alone and of `ff…` are reserved") from None
