"""What members' files were, as the main line of git tells: who held what, from when until when.

Law: pure; a driver reads git. Of a version only nodes, addresses and accounts are read, because the rest may
follow an older schema. One in which these cannot be read says nothing: what was held before it is held on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Protocol, TypeAlias

from ztix.document import Document, Value, read_document
from ztix.node_address import NodeAddress
from ztix.terms import ADDRESSES_KEPT, Address, Label, NodeId, parse_address
from ztix.tree import Entry, Kind

Holding: TypeAlias = tuple[Label, int, int]
"""One address on one fabric: fabric, family, number. Numbers hash ten times as fast as address objects."""
Thing: TypeAlias = Holding | NodeId
"""What one member alone may hold."""

OLDEST = 1 << 60  # the position of what is older than all that was looked at
NEWEST = -1  # the position of what no commit of the main line has yet
ALWAYS = datetime(1, 1, 1, tzinfo=UTC)

_ASN = re.compile(rb"""\basn["']?\s*:\s*["']?([1-9][0-9]{0,9})\b""")
_ACCOUNT = re.compile(rb"""\bid["']?\s*:\s*["']?([1-9][0-9]{0,18})\b""")
_ADDRESS = re.compile(rb"[0-9A-Fa-f:.]{3,45}")
_UNCOMMON = re.compile(rb":.*[A-F]|[A-F].*:|:0|0:")  # an IPv6 address that may have another spelling
_NUMBER = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class Version:
    """A file before and after one commit. None: no such file.  b"": something that is not read."""

    path: str
    before: bytes | None
    after: bytes | None


@dataclass(frozen=True, slots=True)
class Step:
    """A commit of the main line against its first parent. position: 0 is the newest, also of merges."""

    position: int
    at: datetime
    versions: tuple[Version, ...]


@dataclass(frozen=True, slots=True)
class Past:
    """The steps in which some files changed, newest first.

    tip: these files now, on the main line; None where there is none.  cut: when the part of the history
    begins that this clone has, where that is too late; then what was before is unknown, not absent.
    """

    steps: tuple[Step, ...] = ()
    tip: Mapping[str, bytes | None] = field(default_factory=dict)
    cut: datetime | None = None


class History(Protocol):
    """The port to the git history of an exchange. A folder without a commit has an empty one."""

    def suspects(self, paths_of: Callable[[bytes], frozenset[str]], known: Iterable[bytes]) -> frozenset[str]:
        """Every path that `paths_of` names for the content of an object that could be a member's file.

        known: contents that need no second look.
        """
        ...

    def past(self, revision: str, since: datetime | None, paths: frozenset[str]) -> Past:
        """How these files came to be what they are at `revision`, back to `since` or to the beginning."""
        ...


@dataclass(frozen=True, slots=True)
class Held:
    """What one version of a member's file held. accounts: ids of GitHub accounts in its contacts."""

    things: frozenset[Thing]
    accounts: frozenset[int]


def mentions(content: bytes) -> tuple[int, frozenset[bytes], frozenset[int]] | None:
    """At a glance: AS number, what may be addresses, and numbers that may be accounts' ids.

    None for what names no AS number. Addresses are told as `str` writes them, to be compared as texts.
    """
    asn = _ASN.search(content)
    if asn is None:
        return None
    words = frozenset(_ADDRESS.findall(content))
    uncommon = (word for word in words if _UNCOMMON.search(word))
    return int(asn[1]), words.union(map(_spelled, uncommon)), frozenset(map(int, _ACCOUNT.findall(content)))


@lru_cache(maxsize=ADDRESSES_KEPT)
def _spelled(word: bytes) -> bytes:
    """An IPv6 address in its usual spelling; any other word as it is."""
    try:
        return str(parse_address(word.decode("ascii"))).encode("ascii")
    except ValueError:
        return word


@dataclass(frozen=True, slots=True)
class Written:
    """Addresses that stand in some texts, in whatever spelling: nobody gets one of them by chance.

    numbers: family and number. Asked for a holding it tells of its address alone, for a text has no fabric.
    """

    numbers: frozenset[tuple[int, int]] = frozenset()

    @classmethod
    def of(cls, contents: Iterable[bytes]) -> Written:
        """What these contents have, in comments too; what is written with escapes they have not."""
        words = set(_ADDRESS.findall(b"\n".join(contents)))
        whole = (word for word in words if word.count(b":") > 1 or word.count(b".") == 3)
        found = (address for word in whole if (address := _read(word)) is not None)
        return cls(frozenset((address.version, int(address)) for address in found))

    def __contains__(self, what: object) -> bool:
        return isinstance(what, tuple) and what[1:] in self.numbers


def _read(word: bytes) -> Address | None:
    try:
        return parse_address(word.decode("ascii"))
    except ValueError:
        return None


def held(content: bytes) -> Held | None:
    """What a version held; None where that cannot be read, for instance because a key is misspelt."""
    document, _ = read_document(Entry("members/AS1.yaml", Kind.FILE, len(content), content))
    if document is None:
        return None
    try:
        things = frozenset(thing for node in _items(document, "nodes") for thing in _things(node))
        accounts = frozenset(filter(None, map(_account, _items(document, "contacts"))))
    except (KeyError, ValueError):
        return None
    return Held(things, accounts) if "contacts" in document.value else None


def _items(document: Document, key: str) -> Iterator[dict[str, Value]]:
    found = document.value.get(key, [])
    if not isinstance(found, list):
        raise ValueError(key)
    for item in found:
        if not isinstance(item, dict):
            raise ValueError(key)
        yield item


def _account(contact: dict[str, Value]) -> int | None:
    account = contact.get("github")
    if account is None:
        return None
    number = account.get("id") if isinstance(account, dict) else None
    if not isinstance(number, str) or not _NUMBER.fullmatch(number):
        raise ValueError("github")
    return int(number)


def _things(node: dict[str, Value]) -> Iterator[Thing]:
    addresses = node["addresses"]
    yield NodeAddress.parse(node["ipv6"]).node if "ipv6" in node else NodeId(node["id"])
    if not isinstance(addresses, list):
        raise ValueError("addresses")
    for text in addresses:
        yield holding(Label(node.get("fabric", "lan")), parse_address(text))


def holding(fabric: Label, address: Address) -> Holding:
    """An address on a fabric, as it is compared."""
    return fabric, address.version, int(address)


@dataclass(frozen=True, slots=True)
class Spell:
    """One time of holding one thing. start, end: positions; a thing that is held still has no end."""

    start: int
    end: int | None = None
    until: datetime = ALWAYS


@dataclass(frozen=True, slots=True)
class Absence:
    """A file that was gone for a while. accounts: of the last version before."""

    end: int
    at: datetime
    accounts: frozenset[int]


@dataclass(slots=True)
class Course:
    """What became of one file: each thing's spells, the oldest first, and the last time that it went."""

    spells: dict[Thing, list[Spell]] = field(default_factory=dict)
    absence: Absence | None = None
    _open: dict[Thing, int] = field(default_factory=dict)
    _accounts: frozenset[int] = frozenset()

    @classmethod
    def of(cls, path: str, past: Past, now: bytes | None, moment: datetime) -> Course:
        """The course of a file up to `now`, which may be ahead of the main line."""
        rows = [(s.position, s.at, v) for s in reversed(past.steps) for v in s.versions if v.path == path]
        tip = past.tip.get(path)
        first = rows[0][2].before if rows else tip
        course = cls()
        course._become(OLDEST, ALWAYS, first)
        for position, at, version in rows:
            course._become(position, at, version.after)
        if now != tip:
            course._become(NEWEST, moment, now)
        for thing, start in course._open.items():
            course.spells.setdefault(thing, []).append(Spell(start))
        return course

    def _become(self, position: int, at: datetime, content: bytes | None) -> None:
        version = Held(frozenset(), frozenset()) if content is None else held(content)
        if version is None:
            return
        for thing in [thing for thing in self._open if thing not in version.things]:
            spell = Spell(self._open.pop(thing), position, at)
            self.spells.setdefault(thing, []).append(spell)
        self._open.update((thing, position) for thing in version.things if thing not in self._open)
        if content is None:
            self.absence = Absence(position, at, self._accounts)
        self._accounts = version.accounts
