"""A ZeroTier node's identity: its texts, and how its node id follows from its key.

Law: pure. The id is the end of a hash that needs 2 MiB of memory and some seconds of Python: SHA-512 of the
public key seeds Salsa20/20, which fills the memory in a chain and then shuffles digest and memory by what
they hold. An id is valid only if its key gives it, so nobody takes a chosen id without long search.
Source: ZeroTier One 1.14.1, Identity.cpp; checked against identities of its own tool.
"""

from __future__ import annotations

import hashlib
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass, field

from ztix.terms import NodeId

MEMORY_BYTES = 2 * 1024 * 1024
PROOF_BELOW = 17  # the first octet of a digest that counts; one key in fifteen has one
STEPS = 100  # how often progress is told

_TEXT = re.compile(r"([0-9a-f]{10}):0:([0-9a-f]{128})(?::([0-9a-f]{128}))?")
_WORD = 2**32 - 1
_LANES = _WORD | _WORD << 64 | _WORD << 128 | _WORD << 192


@dataclass(frozen=True, slots=True)
class Identity:
    """node: as the text claims it.  public: 64 octets, Curve25519 and then Ed25519.  secret: hex, or None."""

    node: NodeId
    public: bytes
    secret: str | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, text: str) -> Identity:
        """What is in `identity.public` or `identity.secret`. Raises ValueError, which quotes none of it."""
        found = _TEXT.fullmatch(text.strip())
        if found is None:
            raise ValueError(
                "must be a ZeroTier identity: a node id, `:0:`, and 128 hex digits once or twice"
            )
        return cls(NodeId(found[1]), bytes.fromhex(found[2]), found[3])

    @property
    def public_text(self) -> str:
        """The content of `identity.public`."""
        return f"{self.node}:0:{self.public.hex()}"

    @property
    def secret_text(self) -> str | None:
        """The content of `identity.secret`; None where only the public part is known."""
        return f"{self.public_text}:{self.secret}" if self.secret else None


def derived(public: bytes, tick: Callable[[int, int], None] = lambda done, total: None) -> NodeId | None:
    """The node id of a public key; None where the key has none. tick: told how much is done.

    Takes some seconds.
    """
    return node_id_of(memory_hard_digest(public, MEMORY_BYTES, tick))


def node_id_of(digest: bytes) -> NodeId | None:
    """The node id in a key's memory-hard digest; None where it is no proof, or the id is reserved."""
    if digest[0] >= PROOF_BELOW:
        return None
    try:
        return NodeId(digest[59:].hex())
    except ValueError:
        return None


def memory_hard_digest(public: bytes, size: int, tick: Callable[[int, int], None]) -> bytes:
    """64 octets. size: of the memory, in octets, a multiple of 64; ZeroTier has 2 MiB."""
    digest = bytearray(hashlib.sha512(public).digest())
    stream = Salsa20(bytes(digest[:32]), bytes(digest[32:40]))
    memory = bytearray(size)
    block, every = 0, max(1, size // 16 // STEPS) * 16
    for at in range(0, size, 64):
        block ^= stream.block()
        memory[at : at + 64] = block.to_bytes(64, "little")
    for at in range(0, size, 16):
        if at % every == 0:
            tick(at, size)
        one = memory[at + 7] % 8 * 8
        two = int.from_bytes(memory[at + 8 : at + 16], "big") % (size // 8) * 8
        memory[two : two + 8], digest[one : one + 8] = digest[one : one + 8], memory[two : two + 8]
        mixed = int.from_bytes(digest, "little") ^ stream.block()
        digest[:] = mixed.to_bytes(64, "little")
    tick(size, size)
    return bytes(digest)


class Salsa20:
    """The key stream of Salsa20/20, block by block, as numbers of 512 bits, low octet first.

    The sixteen words stand in four rows, each a diagonal of Salsa20's square and one Python number with a
    word in every 64 bits: one operation on it does four words' work, twice as fast as word by word.
    """

    def __init__(self, key: bytes, nonce: bytes) -> None:
        k, n = struct.unpack("<8I", key), struct.unpack("<2I", nonce)
        self._a = _row(0x61707865, 0x3320646E, 0x79622D32, 0x6B206574)
        self._b = _row(k[3], 0, k[7], k[2])  # the counter's high half would stand second: it stays 0 here
        self._c = _row(0, k[6], k[1], n[1])  # the counter's low half is added to its first word
        self._d = _row(k[5], k[0], n[0], k[4])
        self._count = 0

    def block(self) -> int:
        """The next 64 octets. At most 2**32 of them, which is more than an identity needs."""
        a, b, c, d = first = self._a, self._b, self._c | self._count, self._d
        self._count += 1
        lanes = _LANES
        for _ in range(10):
            # 1. down the columns  2. turn each row by its number, so that the square's rows become columns
            t = (a + d) & lanes
            b ^= (t << 7 | t >> 25) & lanes
            t = (b + a) & lanes
            c ^= (t << 9 | t >> 23) & lanes
            t = (c + b) & lanes
            d ^= (t << 13 | t >> 19) & lanes
            t = (d + c) & lanes
            a ^= (t << 18 | t >> 14) & lanes
            b = (b << 64 | b >> 192) & lanes
            c = (c << 128 | c >> 128) & lanes
            d = (d << 192 | d >> 64) & lanes
            # 3. along the rows, with `b` and `d` in each other's place  4. turn back
            t = (a + b) & lanes
            d ^= (t << 7 | t >> 25) & lanes
            t = (d + a) & lanes
            c ^= (t << 9 | t >> 23) & lanes
            t = (c + d) & lanes
            b ^= (t << 13 | t >> 19) & lanes
            t = (b + c) & lanes
            a ^= (t << 18 | t >> 14) & lanes
            b = (b << 192 | b >> 64) & lanes
            c = (c << 128 | c >> 128) & lanes
            d = (d << 64 | d >> 192) & lanes
        return _square(*((row + start) & lanes for row, start in zip((a, b, c, d), first, strict=True)))


def _row(*words: int) -> int:
    return sum(word << 64 * index for index, word in enumerate(words))


_FIRST, _SECOND, _THIRD, _FOURTH = (_WORD << 64 * index for index in range(4))


def _square(a: int, b: int, c: int, d: int) -> int:
    """The four diagonals as sixteen words in order."""
    rows = (
        a & _FIRST | d & _SECOND | c & _THIRD | b & _FOURTH,
        b & _FIRST | a & _SECOND | d & _THIRD | c & _FOURTH,
        c & _FIRST | b & _SECOND | a & _THIRD | d & _FOURTH,
        d & _FIRST | c & _SECOND | b & _THIRD | a & _FOURTH,
    )
    octets = b"".join(row.to_bytes(32, "little") for row in rows)
    words = struct.unpack("<32I", octets)
    return int.from_bytes(struct.pack("<16I", *words[::2]), "little")
