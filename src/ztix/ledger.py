"""The ledger: who held an address, a node or an AS number before, and who of two was first.

Law: pure; made from the past of members' files and the exchange as it is to be. Only the main line counts,
by the order of its commits: a date that somebody wrote into a commit moves nothing before another.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from ztix.exchange import Claim, Exchange
from ztix.member import MEMBER_PATH, Member
from ztix.past import OLDEST, Absence, Course, Holding, Past, Thing, holding, mentions
from ztix.terms import ASN_MAX, Address, Asn, NodeId
from ztix.tree import Tree


@dataclass(frozen=True, slots=True)
class GivenUp:
    """An address that a member held. at: when it gave it up.  position: of the commit that did."""

    by: Asn
    at: datetime
    position: int


@dataclass(frozen=True, slots=True)
class Ledger:
    """What is known of the past.

    given_up: for each address, who gave it up, the latest last.  starts: for each member's path, since which
    position it holds each thing without a break; the larger, the longer.  absences: the last time that a
    file was gone, by path.  keepers: paths whose last good version stands in, which came before anybody.
    cut: see Past.  taken: addresses of members that were not read; none where all were.
    """

    given_up: Mapping[Holding, tuple[GivenUp, ...]] = field(default_factory=dict)
    starts: Mapping[str, Mapping[Thing, int]] = field(default_factory=dict)
    absences: Mapping[str, Absence] = field(default_factory=dict)
    keepers: frozenset[str] = frozenset()
    cut: datetime | None = None
    taken: Container[Holding] = frozenset()

    def first(self, thing: Thing, claims: Iterable[Claim]) -> str | None:
        """The path of the member that held it first; None where that is unknown, or several came at once."""
        ages = {claim.document.path: self._age(claim.document.path, thing) for claim in claims}
        oldest = max(ages.values(), default=0)
        holders = [path for path, age in ages.items() if age == oldest]
        return holders[0] if len(holders) == 1 and len(ages) > 1 else None

    def _age(self, path: str, thing: Thing) -> int:
        return OLDEST + 1 if path in self.keepers else self.starts.get(path, {}).get(thing, OLDEST)

    def rests(self, what: Holding, path: str, oldest: datetime) -> GivenUp | None:
        """Who gave the address up since `oldest`, and before this file took it; None where nobody did."""
        start = self.starts.get(path, {}).get(what, OLDEST)
        own = MEMBER_PATH.fullmatch(path)
        others = (
            gone
            for gone in reversed(self.given_up.get(what, ()))
            if gone.at > oldest and gone.position >= start and not (own and int(own["asn"]) == gone.by)
        )
        return next(others, None)

    def resting(self, oldest: datetime, asn: int | None = None) -> frozenset[Holding]:
        """Every known address that was given up since `oldest` by somebody else than `asn`."""
        return frozenset(
            what
            for what, gone in self.given_up.items()
            if any(one.at > oldest and one.by != asn for one in gone)
        )

    def with_keepers(self, paths: Iterable[str]) -> Ledger:
        """The same, where the last good versions of these files stand in for them."""
        return replace(self, keepers=frozenset(paths))


NO_LEDGER = Ledger()
"""Nothing is known."""


def contested(claims: Iterable[Claim]) -> frozenset[str]:
    """The paths of members that claim what another member claims too."""
    holders: dict[object, set[str]] = defaultdict(set)
    for claim in claims:
        if MEMBER_PATH.fullmatch(claim.document.path):
            for thing in _things(claim):
                holders[thing].add(claim.document.path)
    return frozenset(path for paths in holders.values() if len(paths) > 1 for path in paths)


@dataclass(frozen=True, slots=True)
class Suspicion:
    """Tells which files' past matters, from the contents of any version of any file.

    holders: AS numbers of those who hold an address, by its text; empty for one that is about to be proposed.
    accounts: ids of each member's GitHub accounts.
    """

    holders: Mapping[bytes, frozenset[int]]
    accounts: Mapping[int, frozenset[int]]

    @classmethod
    def of(cls, exchange: Exchange, proposed: Iterable[Address] = ()) -> Suspicion:
        holders: dict[bytes, set[int]] = {_text(address): set() for address in proposed}
        accounts: dict[int, frozenset[int]] = {}
        for file in exchange.members:
            asn = int(file.member.asn)
            accounts[asn] = accounts_of(file.member)
            for node in file.member.nodes:
                for address in node.addresses:
                    holders.setdefault(_text(address), set()).add(asn)
        return cls({key: frozenset(found) for key, found in holders.items()}, accounts)

    def paths(self, content: bytes) -> frozenset[str]:
        """The files to look into, if this is a version of one: its own, and those that hold its addresses."""
        found = mentions(content)
        if found is None:
            return frozenset()
        asn, addresses, numbers = found
        members: set[int] = set()
        for address in addresses & self.holders.keys():
            if asn not in self.holders[address]:
                members |= {asn, *self.holders[address]}
        if asn in self.accounts and not numbers & self.accounts[asn]:
            members.add(asn)
        return frozenset(f"members/AS{member}.yaml" for member in members)


def accounts_of(member: Member) -> frozenset[int]:
    """The ids of the GitHub accounts among a member's contacts."""
    return frozenset(contact.github.id for contact in member.contacts if contact.github)


def look_back(tree: Tree, past: Past, now: datetime) -> Ledger:
    """The ledger of an exchange. tree: its files as they are to be.  past: of those that matter."""
    given_up: dict[Holding, list[GivenUp]] = defaultdict(list)
    starts: dict[str, dict[Thing, int]] = {}
    absences: dict[str, Absence] = {}
    for path in sorted(past.tip):
        match = MEMBER_PATH.fullmatch(path)
        if match is None or int(match["asn"]) > ASN_MAX:
            continue
        entry = tree.get(path)
        course = Course.of(path, past, None if entry is None else entry.content or b"", now)
        starts[path] = {t: s[-1].start for t, s in course.spells.items() if s[-1].end is None}
        if course.absence is not None:
            absences[path] = course.absence
        for thing, spells in course.spells.items():
            if not isinstance(thing, NodeId):
                given_up[thing] += [
                    GivenUp(Asn(match["asn"]), s.until, s.end) for s in spells if s.end is not None
                ]
    ordered = {t: tuple(sorted(gone, key=lambda one: -one.position)) for t, gone in given_up.items() if gone}
    return Ledger(ordered, starts, absences, frozenset(), past.cut)


def oldest_of_interest(now: datetime, *days: int) -> datetime | None:
    """Since when things that were given up still rest; None where no policy asks."""
    most = max(days)
    return now - timedelta(days=most) if most else None


def _text(address: Address) -> bytes:
    return str(address).encode("ascii")


def _things(claim: Claim) -> Iterable[Thing]:
    yield claim.node
    for address in claim.addresses:
        yield holding(claim.fabric, address)
