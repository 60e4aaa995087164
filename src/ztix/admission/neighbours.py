"""Which members a change could meet: those whose text may hold a node, address, account or number of it.

Law: pure, and never too few: a file is passed over only where its text cannot hold any of these in any
spelling. A scalar of YAML whose letters do not stand in the text as they are has a backslash before them;
such a file always counts. So what is found in the changed files is what all members together would give.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from ipaddress import IPv4Address, IPv6Address
from itertools import accumulate

from ztix.member import MEMBER_PATH, Member
from ztix.terms import NodeId
from ztix.tree import Entry, Tree

_INSIDE_A_WORD = frozenset(b"0123456789abcdef:.")


def neighbours(tree: Tree, members: Iterable[Member], own: frozenset[str]) -> frozenset[str]:
    """Paths of the member files that may meet one of these members. own: paths that are not asked about."""
    entries = [entry for entry in tree.below("members") if entry.content is not None]
    texts = _Texts(entries)
    found = texts.holding(b"\\")
    for member in members:
        for word in _words(member):
            found |= texts.holding(word)
        for node in member.nodes:
            found |= texts.addressing(node.node_id)
            for address in node.addresses:
                found |= texts.spelling(address)
    paths = frozenset(entries[index].path for index in found) - own
    return frozenset(filter(MEMBER_PATH.fullmatch, paths))


def _words(member: Member) -> Iterator[bytes]:
    """What has one spelling: accounts, nodes, and AS numbers that its AS-SETs begin with."""
    for contact in member.contacts:
        if contact.github:
            yield str(contact.github.id).encode("ascii")
    for node in member.nodes:
        yield node.node_id.encode("ascii")
    for as_sets in (member.as_set.ipv4, member.as_set.ipv6):
        for as_set in as_sets or ():
            head = as_set.name.partition(":")[0].removeprefix("AS")
            if head.isdigit():
                yield head.encode("ascii")


class _Texts:
    """The texts of many files as one, in small letters, to be searched quickly."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        texts = [entry.content or b"" for entry in entries]
        self.text = b"\0".join(texts).lower()
        self.starts = list(accumulate((len(text) + 1 for text in texts[:-1]), initial=0))[: len(texts)]

    def holding(self, word: bytes) -> set[int]:
        """The files that have this word anywhere."""
        return {self.file(at) for at in self.places(word)}

    def spelling(self, address: IPv4Address | IPv6Address) -> set[int]:
        """The files that may have this address. Of IPv6, all parts that are not zero must be there."""
        if isinstance(address, IPv4Address):
            return self.holding(str(address).encode("ascii"))
        *parts, last = _parts(address)
        dotted = str(IPv4Address(int(address) & 0xFFFFFFFF)).encode("ascii")
        found = self.having(self.holding(b":" + dotted), parts[:6])
        if not last:
            return found | self.having(range(len(self.starts)), parts)
        ending: set[int] = set()
        for zeros in range(5 - len(f"{last:x}")):
            word = b":" + b"0" * zeros + f"{last:x}".encode("ascii")
            ending |= {self.file(at) for at in self.places(word) if self.ends(at + len(word))}
        return found | self.having(ending, parts)

    def addressing(self, node: NodeId) -> set[int]:
        """The files that may name this node by an IPv6 address of ZeroTier, see `node_address`.

        In RFC 4193 mode `93`, two digits of the node and its last 32 bits end it; in 6PLANE it begins with
        `fc` and two digits, and has those 32 bits.
        """
        parts = [int(node[2:6], 16), int(node[6:], 16)]
        dotted = str(IPv4Address(int(node[2:], 16))).encode("ascii")
        mark = b"93" + node[:2].encode("ascii") + b":"
        planes = {self.file(at) for at in self.places(b"fc") if self.text[at + 4 : at + 5] == b":"}
        return self.having(self.holding(mark) | planes, parts) | self.holding(b":" + dotted)

    def having(self, files: Iterable[int], parts: Iterable[int]) -> set[int]:
        """Those of the files that have each of these numbers in hex, where it is not zero."""
        words = {f"{part:x}".encode("ascii") for part in parts if part}
        return {
            file for file in files if all(self.text.find(word, *self.bounds(file)) >= 0 for word in words)
        }

    def places(self, word: bytes) -> Iterator[int]:
        at = self.text.find(word)
        while at >= 0:
            yield at
            at = self.text.find(word, at + 1)

    def ends(self, at: int) -> bool:
        """Whether no address goes on at this place."""
        return at >= len(self.text) or self.text[at] not in _INSIDE_A_WORD

    def file(self, at: int) -> int:
        return bisect_right(self.starts, at) - 1

    def bounds(self, file: int) -> tuple[int, int]:
        start = self.starts[file]
        return start, self.starts[file + 1] if file + 1 < len(self.starts) else len(self.text)


def _parts(address: IPv6Address) -> list[int]:
    """The eight parts of an address."""
    return [int(address) >> shift & 0xFFFF for shift in range(112, -1, -16)]
