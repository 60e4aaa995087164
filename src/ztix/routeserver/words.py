"""The words of a router's configuration: names, lists and versions that a template may print.

Law: pure. Each of these is made of typed values alone and knows how BIRD writes it; none can be made from a
text that somebody wrote freely. Together with `terms` they are all that ever reaches a configuration.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from ztix.evidence import PrefixPattern, PrefixSet
from ztix.terms import Address, Asn, AsnRange, Prefix, Word


class Symbol(Word):
    """A name in a BIRD configuration. Ours begin with `zx_` or `as` and a number, so none is a keyword of any
    version; 64 characters is the longest that all versions take."""

    __slots__ = ()
    pattern = re.compile(r"[a-z][a-z0-9_]{0,63}")
    form = "a name for BIRD: a letter, then up to 63 of a-z, 0-9 and _"


class Remark(Word):
    """A comment's text, written in this program and nowhere else."""

    __slots__ = ()
    pattern = re.compile(r"[A-Za-z0-9 ,.;:_'/()-]{1,160}")
    form = "a remark of 1 to 160 plain characters"


class Truth(Word):
    """Yes or no, as an argument of a filter function."""

    __slots__ = ()
    pattern = re.compile(r"true|false")
    form = "`true` or `false`"

    @classmethod
    def of(cls, value: bool) -> Truth:
        """The word for it."""
        return cls("true" if value else "false")


class Option(Word):
    """An option of a session or channel, as BIRD writes it. These and no others."""

    __slots__ = ()
    pattern = re.compile(
        r"ttl security on|bfd on|local role rs_server|require roles on|secondary off|add paths tx"
    )
    form = "an option of a session that ztix sets"


class LogTarget(Word):
    """Where BIRD writes its log. Without one it falls back to the console, and there a busy one
    burns its CPU."""

    __slots__ = ()
    pattern = re.compile(r'stderr|"/[A-Za-z0-9._/-]{1,200}"')
    form = "`stderr`, or a path in double quotes"


@dataclass(frozen=True, slots=True, order=True)
class BirdVersion:
    """A version of BIRD, ordered as versions are."""

    major: int
    minor: int
    patch: int = 0

    @classmethod
    def parse(cls, text: str) -> BirdVersion:
        """The version that `2.0.12` or `3.1` names. Raises ValueError."""
        found = re.fullmatch(r"([0-9]{1,3})\.([0-9]{1,3})(?:\.([0-9]{1,3}))?", text)
        if not found:
            raise ValueError("must be a version of BIRD, such as `2.0.12` or `3.1`")
        return cls(int(found[1]), int(found[2]), int(found[3] or 0))

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}" + (f".{self.patch}" if self.patch else "")


def or_longer(prefix: Prefix) -> PrefixPattern:
    """The prefix and all that lies in it."""
    return PrefixPattern(prefix, prefix.prefixlen, prefix.max_prefixlen)


@dataclass(frozen=True, slots=True)
class AsnSet:
    """A set of AS numbers and ranges."""

    asns: tuple[Asn | AsnRange, ...] = ()


@dataclass(frozen=True, slots=True)
class AddressSet:
    """A set of addresses."""

    addresses: tuple[Address, ...]

    @classmethod
    def of(cls, addresses: Iterable[Address]) -> AddressSet:
        """The set of these, IPv4 first, ascending."""
        return cls(tuple(sorted(set(addresses), key=lambda address: (address.version, int(address)))))


def fingerprint(*sets: PrefixSet | AsnSet) -> int:
    """A number of 32 bits that tells these sets from others.

    It stands as an argument where a filter is called, because BIRD reloads a session only when it sees that
    its filter has changed, and it does not see every change of a prefix set: where two sets differ in
    lengths between two multiples of four only, such as 203.0.113.0/25 and 203.0.113.64/26, it takes them
    for equal (seen with 2.0.12, 2.17, 2.20, 3.1 and 3.4). It does see another number.
    """
    digest = sha256()
    for part in sets:
        texts = part.texts if isinstance(part, PrefixSet) else map(repr, part.asns)
        digest.update(" ".join(texts).encode("ascii"))
        digest.update(b"\n")
    return int.from_bytes(digest.digest()[:4], "big")


def session_name(asn: Asn, address: Address) -> Symbol:
    """The name of a session's protocol: `as64500_192_0_2_10`.

    It hangs on nothing but who and where, because BIRD restarts a session whose name changes. An address
    in its shortest form is unique, and so is this.
    """
    return Symbol(f"as{int(asn)}_{_flat(address)}")


def cache_name(host: Address, port: int) -> Symbol:
    """The name of a cache's protocol: `zx_cache_192_0_2_250_323`.

    It hangs on nothing but where the cache is. With a number for its place in policy, taking the first of two
    away would restart the other, and for seconds there would be no VRPs at all.
    """
    return Symbol(f"zx_cache_{_flat(host)}_{port}")


def _flat(address: Address) -> str:
    return re.sub(r"[:.]", "_", str(address))
