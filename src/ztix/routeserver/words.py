"""The words of a router's configuration: names, lists and versions that a template may print.

Law: pure. Each of these is made of typed values alone and knows how BIRD writes it; none can be made from a
text that somebody wrote freely. Together with `terms` they are all that ever reaches a configuration.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from ztix.evidence import PrefixPattern
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


def pattern_text(pattern: PrefixPattern) -> str:
    """One element of a prefix set: `192.0.2.0/24`, `192.0.2.0/24+`, or `192.0.2.0/24{25,28}`."""
    prefix, shortest, longest = pattern.prefix, pattern.shortest, pattern.longest
    if shortest == prefix.prefixlen:
        if longest == shortest:
            return str(prefix)
        if longest == prefix.max_prefixlen:
            return f"{prefix}+"
    return f"{prefix}{{{shortest},{longest}}}"


def or_longer(prefix: Prefix) -> PrefixPattern:
    """The prefix and all that lies in it."""
    return PrefixPattern(prefix, prefix.prefixlen, prefix.max_prefixlen)


@dataclass(frozen=True)
class PrefixElements:
    """A prefix set of one family. Its text is made once, however many route servers print it."""

    patterns: tuple[PrefixPattern, ...] = ()

    @cached_property
    def text(self) -> str:
        """As BIRD writes it, an element a line, so that a change is a line of a diff."""
        return _bracketed(map(pattern_text, self.patterns))


@dataclass(frozen=True)
class AsnElements:
    """A set of AS numbers and ranges."""

    asns: tuple[Asn | AsnRange, ...] = ()

    @cached_property
    def text(self) -> str:
        """As BIRD writes it, an element a line."""
        return _bracketed(map(asn_text, self.asns))


def asn_text(asn: Asn | AsnRange) -> str:
    """`64500`, or `64496..64511`."""
    if isinstance(asn, Asn):
        return str(int(asn))
    return str(asn.first) if asn.first == asn.last else f"{asn.first}..{asn.last}"


def _bracketed(elements: Iterable[str]) -> str:
    text = ",\n  ".join(elements)
    return f"[\n  {text}\n]" if text else "[]"


def session_name(asn: Asn, address: Address) -> Symbol:
    """The name of a session's protocol: `as64500_192_0_2_10`.

    It hangs on nothing but who and where, because BIRD restarts a session whose name changes. An address
    in its shortest form is unique, and so is this.
    """
    return Symbol(f"as{int(asn)}_{re.sub(r'[:.]', '_', str(address))}")
