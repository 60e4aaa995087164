"""Who approved what, when it was applied and what happened: merges and records as one story.

Law: pure. Goes by git's main line and the records of branch `ztix-state`, never by what a pull request says
of itself. Of a receipt only the fields that are named here are told, so nothing else can get out by it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeAlias

from ztix.applied import Applied
from ztix.chain import (
    Chain,
    Deed,
    Kept,
    KeptRefusal,
    Record,
    act_of,
    read_kept,
    read_kept_refusal,
    read_state,
)
from ztix.errors import EXIT_MEANINGS, Exit
from ztix.member import members_in
from ztix.rollout import Ended

FORGE = "noreply@github.com"
"""Whom the forge names as committer of what it merges; the author is then who pressed the button."""
_PULL = (
    re.compile(r"Merge pull request #([1-9][0-9]{0,9}) from "),
    re.compile(r".* \(#([1-9][0-9]{0,9})\)"),
)
_LOGIN = re.compile(r"(?:[0-9]+\+)?([A-Za-z0-9-]+(?:\[bot\])?)@users\.noreply\.github\.com")
_LIVE = (Ended.CONFIRMED, Ended.UNCHANGED)


@dataclass(frozen=True, slots=True)
class Person:
    """Who git says it was. Git believes what it is told; a forge that protects its branch knows better."""

    name: str
    email: str

    def __str__(self) -> str:
        login = _LOGIN.fullmatch(self.email)
        return f"{self.name} ({login[1]})" if login else self.name

    def fits(self, text: str) -> bool:
        """Whether a part of the name or of the address is this text, whatever its case."""
        return text.casefold() in f"{self} {self.email}".casefold()


@dataclass(frozen=True, slots=True)
class Merged:
    """A commit of the main line. position: how many are newer.  paths: of the exchange, that it changed."""

    position: int
    commit: str
    at: datetime
    author: Person
    committer: Person
    parents: int
    subject: str
    paths: tuple[str, ...]

    @property
    def by(self) -> Person:
        """Who brought it to the main line, as far as git knows."""
        return self.author if self.committer.email == FORGE else self.committer

    @property
    def pull_request(self) -> int | None:
        found = next(filter(None, (form.match(self.subject) for form in _PULL)), None)
        return int(found[1]) if found else None

    @property
    def members(self) -> tuple[str, ...]:
        """The members whose files it changed, such as `AS64500`."""
        return members_in(self.paths)


@dataclass(frozen=True, slots=True)
class MainLine:
    """merges: the commits that changed the exchange.  places: how many are newer, for every commit."""

    merges: tuple[Merged, ...] = ()
    places: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Approval:
    """Something came to the main line. live: the first record of a run that had it; None before."""

    at: datetime
    merged: Merged
    members: tuple[str, ...]
    live: Run | Noted | None


@dataclass(frozen=True, slots=True)
class Run:
    """A run that has its receipt."""

    at: datetime
    commit: str
    kept: Kept
    members: tuple[str, ...]

    @property
    def ending(self) -> str:
        """How it ended, in the words of its exit code."""
        return "done" if self.kept.exit is Exit.DONE else EXIT_MEANINGS[self.kept.exit]

    def troubles(self, members: Sequence[str] = ()) -> Iterator[str]:
        """What is not as git says, of these members or of all."""
        for left in self.kept.quarantined:
            if not members or left.member in members:
                yield f"{left.member} quarantined: {left.reason}"
        for deed in self.kept.outcomes:
            if deed.outcome != "applied" and (not members or deed.owner in members):
                yield f"{subject_of(deed)} {deed.step} {deed.outcome}: {deed.reason}"
        for turn in self.kept.rollouts:
            if turn.ended not in _LIVE:
                yield f"{turn.route_server} {turn.ended.value}" + (f": {turn.detail}" if turn.detail else "")


@dataclass(frozen=True, slots=True)
class Begun:
    """A run that began and whose end is not on record."""

    at: datetime
    commit: str
    plan: str
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Denied:
    """A run that was refused: by gates, or because another plan had been read."""

    at: datetime
    commit: str
    kept: KeptRefusal
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Noted:
    """What else is on record: an act by hand, or a look at what is live."""

    at: datetime
    commit: str
    words: str
    members: tuple[str, ...]
    by_hand: bool


Entry: TypeAlias = Approval | Run | Begun | Denied | Noted


@dataclass(frozen=True, slots=True)
class Wish:
    """Which entries are asked for. member: `AS64500`.  until: the first moment that is not.  actor: a part
    of a name; then what people brought is told, and the runs and refusals that name who started them."""

    member: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    actor: str | None = None


def trail(main: MainLine, chain: Chain, wish: Wish) -> tuple[Entry, ...]:
    """The story, the newest last."""
    records = tuple(_records(chain))
    merges, places = main.merges, main.places
    lives = [
        (place, entry) for revision, entry in records if (place := places.get(revision or "")) is not None
    ]
    found: list[Entry] = [_approval(merged, lives) for merged in merges]
    found += [entry for _, entry in records]
    return tuple(sorted((entry for entry in found if _wanted(entry, wish)), key=lambda entry: entry.at))


def _approval(merged: Merged, lives: Sequence[tuple[int, Entry]]) -> Approval:
    fits = (entry for place, entry in lives if place <= merged.position and isinstance(entry, Run | Noted))
    return Approval(merged.at, merged, merged.members, next(fits, None))


def _wanted(entry: Entry, wish: Wish) -> bool:
    if wish.member is not None and wish.member not in entry.members:
        return False
    if wish.actor is not None and not _is_of(entry, wish.actor):
        return False
    return (wish.since is None or entry.at >= wish.since) and (wish.until is None or entry.at < wish.until)


def _is_of(entry: Entry, actor: str) -> bool:
    """Whether it is of this person, by git's word or by that of a run's surroundings."""
    if isinstance(entry, Approval):
        return entry.merged.by.fits(actor)
    claim = entry.kept.by if isinstance(entry, Run | Denied) else None
    return claim is not None and actor.casefold() in claim.claimed.casefold()


def _records(chain: Chain) -> Iterator[tuple[str | None, Entry]]:
    """Each record that is told, with the revision that was then made live; the oldest first."""
    state: Applied | None = None
    ended = {one.parents[0] for one in chain.records if one.parents and "receipt.json" in one.files}
    for record in reversed(chain.records):
        now, kept = read_state(record), read_kept(record)
        touched = _touched(state or Applied(), now) if now is not None else set()
        if kept is not None:
            yield kept.revision, Run(kept.finished, record.commit, kept, _members(touched, kept))
        elif record.commit not in ended:
            yield _other(record, now, _ordered(touched))
        state = now or state


def _other(record: Record, state: Applied | None, members: tuple[str, ...]) -> tuple[str | None, Entry]:
    refusal = read_kept_refusal(record)
    if refusal is not None:
        return None, Denied(refusal.at, record.commit, refusal, refusal.members)
    act = act_of(record.subject)
    kind = act[0] if act is not None else None
    if act is not None and kind == "begin":
        return None, Begun(record.at, record.commit, act[1]["plan"], members)
    by_hand = kind != "note"
    revision = None if by_hand or state is None else state.revision
    return revision, Noted(record.at, record.commit, record.subject, members, by_hand)


def _touched(before: Applied, after: Applied) -> set[str]:
    """Whose nodes, or whose lines of a route server's configuration, are others than before."""
    found: set[str] = set()
    for fabric in {*before.owned, *after.owned}:
        had, has = before.on(fabric), after.on(fabric)
        changed = (node for node in {*had, *has} if had.get(node) != has.get(node))
        found |= {side[node].owner for node in changed for side in (had, has) if node in side}
    for name in {*before.configurations, *after.configurations}:
        sides = (before.configurations.get(name), after.configurations.get(name))
        old, new = (dict(side.parts) if side else {} for side in sides)
        found |= {part for part in {*old, *new} if old.get(part) != new.get(part)}
    return found - {"shared"}


def _members(touched: set[str], kept: Kept) -> tuple[str, ...]:
    named = {deed.owner for deed in kept.outcomes} | {left.member for left in kept.quarantined}
    return _ordered((touched | named) - {""})


def _ordered(members: set[str]) -> tuple[str, ...]:
    return tuple(sorted(members, key=lambda member: (len(member), member)))


def subject_of(deed: Deed) -> str:
    """Whose change it is, or which fabric's."""
    node = deed.node or (deed.after.node if deed.after else None)
    return " ".join(filter(None, (deed.owner, node))) or f"fabric {deed.fabric}"


def moment(text: str, *, end: bool = False) -> datetime:
    """A day, or a moment by ISO 8601; without a zone it is UTC's. end: a day counts as its last moment.

    Raises ValueError.
    """
    if len(text) == len("2026-01-02"):
        day = datetime.combine(date.fromisoformat(text), time(), UTC)
        return day + timedelta(days=1) if end else day
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def counted(outcomes: Sequence[Deed]) -> Mapping[str, int]:
    """How many changes were applied, skipped, failed."""
    return {word: sum(deed.outcome == word for deed in outcomes) for word in ("applied", "skipped", "failed")}
