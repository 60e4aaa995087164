"""The chain of records on branch `ztix-state`: what one commit holds, and whether each follows from the last.

Law: pure. A record is what one run, or one act by hand, left. What is found here is what the records say of
themselves and of each other; whoever may write the branch can write a whole new chain that says nothing
wrong. Only a tip that somebody else remembers tells the two apart: see docs/audit.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeAlias, TypeVar

from pydantic import ConfigDict, Field, ValidationError

from ztix.applied import Applied, read_applied
from ztix.errors import Exit
from ztix.receipt import gravest
from ztix.rollout import Ended, Rollout
from ztix.shape import Model
from ztix.terms import Digest, Label, NodeId

T = TypeVar("T")
SKEW = timedelta(minutes=5)
"""How far the clocks of two machines that run ztix may be apart."""
WRITER = "ztix <ztix@localhost>"
FILES = frozenset({"applied.json", "receipt.json", "refusal.json"})

About: TypeAlias = Literal[
    "object", "tip", "parents", "writer", "files", "form", "order", "times", "git", "state"
]
Act: TypeAlias = Literal["begin", "end", "refuse", "note", "allow", "forget", "rotate"]

_SUBJECTS: dict[Act, re.Pattern[str]] = {
    "begin": re.compile(r"Begin (?P<plan>sha256:[0-9a-f]{12})"),
    "end": re.compile(r"End (?P<plan>sha256:[0-9a-f]{12}): (?P<exit>[a-z]+)"),
    "refuse": re.compile(r"Refuse (?P<plan>sha256:[0-9a-f]{12})"),
    "note": re.compile(r"Take note of what is live"),
    "allow": re.compile(r"Allow (?P<node>[0-9a-f]{10}) on (?P<fabric>[a-z0-9-]+) by hand until \S+"),
    "forget": re.compile(r"Forget (?P<node>[0-9a-f]{10}) on (?P<fabric>[a-z0-9-]+) by hand"),
    "rotate": re.compile(r"Rotate the token of (?P<fabric>[a-z0-9-]+)"),
}


@dataclass(frozen=True, slots=True)
class Record:
    """One commit of the branch. files: its names and contents; None for what is no plain file."""

    commit: str
    parents: tuple[str, ...]
    author: str
    committer: str
    at: datetime
    subject: str
    files: Mapping[str, bytes | None]


@dataclass(frozen=True, slots=True)
class Chain:
    """Every record that can be reached, the newest first.

    lost: the commit that comes before the oldest of them and cannot be read, and in words why.
    shallow: whether that is because this clone was made without it, which says nothing about the chain.
    """

    records: tuple[Record, ...] = ()
    lost: tuple[str, str] | None = None
    shallow: bool = False


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing that is wrong with the chain. commit: where.  about: which check.  words: what."""

    commit: str
    about: About
    words: str


class _Part(Model):
    model_config = ConfigDict(extra="ignore")


class Presence(_Part):
    """What a change made of a node; without one where it was about a network."""

    node: NodeId | None = None
    name: str = ""
    addresses: tuple[str, ...] = ()
    authorised: bool = False


class Deed(_Part):
    """One change of a run, and what became of it."""

    outcome: Literal["applied", "skipped", "failed"]
    step: Literal["configure", "attach", "amend", "detach", "reassert"]
    fabric: Label
    owner: str = ""
    node: NodeId | None = None
    reason: str = ""
    after: Presence | None = None


class Turn(_Part):
    """One route server of a run."""

    route_server: Label
    ended: Ended
    after: Digest
    running: Digest | None = None
    detail: str = ""


class Left(_Part):
    """One member that was left as it was."""

    member: str
    reason: str


class Claim(_Part):
    """Who started a run, as its surroundings told it then."""

    claimed: str
    source: str = ""


class Gate(_Part):
    """A gate that refused a plan, in its words."""

    gate: str
    words: str = ""


class KeptRefusal(_Part):
    """The record of a refused run as the branch keeps it."""

    version: Literal["ztix.refusal.v1"] = Field(alias="schema")
    plan: Digest
    revision: str
    at: datetime
    exit: Exit
    gates: tuple[Gate, ...]
    read: Digest | None = None
    members: tuple[str, ...] = ()
    by: Claim | None = None

    @property
    def called_for(self) -> Exit:
        """The exit code that this calls for, as `RefusedRun.exit` has it."""
        return Exit.REFUSED if self.read is None else Exit.STALE


class Kept(_Part):
    """A receipt as the branch keeps it."""

    version: Literal["ztix.receipt.v1"] = Field(alias="schema")
    plan: Digest
    revision: str
    started: datetime
    finished: datetime
    approved: bool
    exit: Exit
    outcomes: tuple[Deed, ...]
    rollouts: tuple[Turn, ...]
    quarantined: tuple[Left, ...] = ()
    by: Claim | None = None

    @property
    def called_for(self) -> Exit:
        """The exit code that the outcomes call for, as `Receipt.exit` has it."""
        ends = [Rollout(one.route_server, one.ended, None, one.after, None, "") for one in self.rollouts]
        short = bool(self.quarantined) or any(deed.outcome != "applied" for deed in self.outcomes)
        return gravest(ends, short=short)


def act_of(subject: str) -> tuple[Act, Mapping[str, str]] | None:
    """What a record is of, and what its subject names; None where ztix writes no such subject."""
    for act, form in _SUBJECTS.items():
        if match := form.fullmatch(subject):
            return act, match.groupdict()
    return None


def read_receipt(text: bytes) -> Kept:
    """What `Receipt.data` wrote. Raises ValueError where the text is something else."""
    kept = Kept.model_validate_json(text)
    if kept.started.tzinfo is None or kept.finished.tzinfo is None:
        raise ValueError("a time without its zone")
    return kept


def read_refusal(text: bytes) -> KeptRefusal:
    """What `RefusedRun.data` wrote. Raises ValueError where the text is something else."""
    kept = KeptRefusal.model_validate_json(text)
    if kept.at.tzinfo is None:
        raise ValueError("a time without its zone")
    return kept


def read_kept_refusal(record: Record) -> KeptRefusal | None:
    """The record's refusal; None where it has none that can be read."""
    return _held(record, "refusal.json", read_refusal)


def read_kept(record: Record) -> Kept | None:
    """The record's receipt; None where it has none that can be read."""
    return _held(record, "receipt.json", read_receipt)


def read_state(record: Record) -> Applied | None:
    """The record's state; None where it has none that can be read."""
    return _held(record, "applied.json", read_applied)


def _held(record: Record, name: str, read: Callable[[bytes], T]) -> T | None:
    content = record.files.get(name)
    try:
        return None if content is None else read(content)
    except ValueError:
        return None


def form_flaws(record: Record) -> Iterator[str]:
    """What of a record's files cannot be read, in words."""
    readers = {"applied.json": read_applied, "receipt.json": read_receipt, "refusal.json": read_refusal}
    for name, read in readers.items():
        content = record.files.get(name)
        if content is None:
            continue
        try:
            read(content)
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False, include_input=False)[0]
            yield f"`{name}` is damaged at `{'.'.join(map(str, first['loc']))}`: {first['msg']}"
        except ValueError as error:
            yield f"`{name}` is damaged: {error}"


def tip_flaws(chain: Chain, tips: Mapping[str, str]) -> Iterator[Flaw]:
    """What is not there: the rest of the chain, and remembered tips.

    tips: ids, or how they begin, by the name of who remembers each.
    """
    commits = {record.commit for record in chain.records}
    if chain.lost is not None and not chain.shallow:
        yield Flaw(chain.lost[0], "object", chain.lost[1])
    for name, commit in sorted(tips.items()):
        if not any(known.startswith(commit) for known in commits):
            words = f"is the tip by {name}, and not in this chain: records were dropped or written anew"
            yield Flaw(commit, "tip", words)


def at_most(earlier: datetime, later: datetime) -> bool:
    """Whether two times are in this order, as far as clocks agree."""
    return earlier <= later + SKEW


def on_main(commit: str | None, main: Collection[str] | None) -> bool:
    """Whether git has the commit on its main line's history; also where nobody can tell."""
    return commit is None or main is None or commit in main


def utc(seconds: int) -> datetime:
    """A time of git. One beyond the calendar counts as its end."""
    return datetime.fromtimestamp(min(max(seconds, 0), 253_402_300_799), UTC)
