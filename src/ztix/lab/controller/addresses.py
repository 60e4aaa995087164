"""The controller's lax reader of IP addresses. Pure.

It looks for a colon or a dot to choose the family and ignores whether the rest can be read, so a
mistyped address is stored as `0.0.0.0` or `::` (transcript 08). Text with neither is no address.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass

from ztix.lab.controller.values import U16, U32, decimal, until_nul

_LONGEST = 63


@dataclass(frozen=True, slots=True)
class LaxAddress:
    """packed: 4 or 16 bytes.  bits: whatever stood after the slash, 0 if nothing did; may be too big."""

    packed: bytes
    bits: int

    @property
    def is_ipv4(self) -> bool:
        """Whether this is an IPv4 address."""
        return len(self.packed) == 4

    @property
    def bits_valid(self) -> bool:
        """Whether `bits` can be a prefix length of this family."""
        return self.bits <= len(self.packed) * 8

    @property
    def text(self) -> str:
        """The address alone, in the C library's notation."""
        return socket.inet_ntop(socket.AF_INET if self.is_ipv4 else socket.AF_INET6, self.packed)

    @property
    def text_with_bits(self) -> str:
        """The address, a slash and `bits`."""
        return f"{self.text}/{self.bits}"

    def contains(self, other: LaxAddress) -> bool:
        """Whether `other` lies in this prefix, as the controller decides it.

        IPv4 ignores host bits in the prefix; IPv6 compares them, so such a prefix contains nothing.
        """
        if len(self.packed) != len(other.packed):
            return False
        free = max(len(self.packed) * 8 - self.bits, 0)
        own = int.from_bytes(self.packed)
        return int.from_bytes(other.packed) >> free << free == (own >> free << free if self.is_ipv4 else own)


def _packed(text: str, family: socket.AddressFamily) -> bytes:
    """The bytes of an address, all zero when the C library cannot read it."""
    try:
        return socket.inet_pton(family, text)
    except (OSError, UnicodeError):
        return bytes(4 if family == socket.AF_INET else 16)


def read_address(text: str) -> LaxAddress | None:
    """Read `address` or `address/bits`; None when there is neither a colon nor a dot, or too much text."""
    text = until_nul(text)
    if len(text.encode("utf-8", "surrogatepass")) > _LONGEST:
        return None
    address, _, bits = text.partition("/")
    length = decimal(bits) & U32 & U16
    if ":" in address:
        return LaxAddress(_packed(address, socket.AF_INET6), length)
    if "." in address:
        return LaxAddress(_packed(address, socket.AF_INET), length)
    return None
