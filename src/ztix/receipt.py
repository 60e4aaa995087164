"""What a run did: one outcome for each change, one rollout for each route server, always written.

Law: values and their JSON; never a secret. Times are given to it. A receipt tells the truth also after a
failure: what was applied, what was left alone and why, and what was never tried. A run that was let do
nothing has a receipt of its own kind, which says what refused it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, TypeAlias, assert_never

from ztix.errors import Exit
from ztix.fabric import Change
from ztix.plan import step_data
from ztix.rollout import Rollout, exit_of
from ztix.terms import Digest

STOPPED = "stopped by hand"
"""Why something was not done in a run that somebody ended; also what a rollout then tells."""


@dataclass(frozen=True, slots=True)
class Done:
    """The change is live and was read back."""

    change: Change


@dataclass(frozen=True, slots=True)
class Skipped:
    """The change was not tried. `reason` is one line."""

    change: Change
    reason: str


@dataclass(frozen=True, slots=True)
class Failed:
    """The change was tried and is not, or not surely, live. `reason` is one line."""

    change: Change
    reason: str


Outcome: TypeAlias = Done | Skipped | Failed


@dataclass(frozen=True, slots=True)
class Quarantine:
    """A member whose file has errors: it keeps what it has, and the rest goes on."""

    member: str
    reason: str


@dataclass(frozen=True, slots=True)
class Claimed:
    """Who started a run, as its surroundings tell it: claimed, never proven. source: what told it."""

    name: str
    source: str

    def data(self) -> dict[str, object]:
        return {"claimed": self.name, "source": self.source}


def gravest(rollouts: Sequence[Rollout], *, short: bool) -> Exit:
    """The exit code of a run. short: whether something besides the rollouts is not live."""
    rollout = exit_of(rollouts)
    return Exit.PARTIAL if short and rollout is not Exit.STUCK else rollout


@dataclass(frozen=True, slots=True)
class Receipt:
    """The record of one run. plan: the digest that was applied.  revision: git's commit.

    started, finished: UTC, ISO 8601.  approved: whether a person approved the digest past a gate.
    by: who started it, and so who approved it; None where nothing told.
    """

    file: ClassVar[str] = "receipt.json"

    plan: Digest
    revision: str
    started: str
    finished: str
    approved: bool
    outcomes: tuple[Outcome, ...]
    rollouts: tuple[Rollout, ...]
    quarantined: tuple[Quarantine, ...] = ()
    by: Claimed | None = None

    @property
    def exit(self) -> Exit:
        """The gravest of what happened."""
        short = bool(self.quarantined) or any(not isinstance(outcome, Done) for outcome in self.outcomes)
        return gravest(self.rollouts, short=short)

    def data(self) -> dict[str, object]:
        return {
            "schema": "ztix.receipt.v1",
            "plan": str(self.plan),
            "revision": self.revision,
            "started": self.started,
            "finished": self.finished,
            "approved": self.approved,
            "exit": int(self.exit),
            "outcomes": [outcome_data(outcome) for outcome in self.outcomes],
            "rollouts": [rollout.data() for rollout in self.rollouts],
            "quarantined": [{"member": item.member, "reason": item.reason} for item in self.quarantined],
            **({"by": self.by.data()} if self.by else {}),
        }


@dataclass(frozen=True, slots=True)
class RefusedRun:
    """The record of a run that was let do nothing. plan: the digest that it would have applied.

    at: UTC, ISO 8601.  gates: each gate that refused it, and its words.  read: the digest that somebody gave
    as the plan that was read, where it is another.  members: whose changes were in the plan.
    """

    file: ClassVar[str] = "refusal.json"

    plan: Digest
    revision: str
    at: str
    gates: tuple[tuple[str, str], ...]
    read: Digest | None = None
    members: tuple[str, ...] = ()
    by: Claimed | None = None

    @property
    def exit(self) -> Exit:
        return Exit.REFUSED if self.read is None else Exit.STALE

    def is_told_by(self, data: Mapping[str, object]) -> bool:
        """Whether a record says the same already: the same plan, gates and digest that was read."""
        own = self.data()
        return all(data.get(key) == own[key] for key in ("schema", "plan", "read")) and [
            gate for gate, _ in self.gates
        ] == _names(data.get("gates"))

    def data(self) -> dict[str, object]:
        return {
            "schema": "ztix.refusal.v1",
            "plan": str(self.plan),
            "revision": self.revision,
            "at": self.at,
            "exit": int(self.exit),
            "gates": [{"gate": gate, "words": words} for gate, words in self.gates],
            "read": None if self.read is None else str(self.read),
            "members": list(self.members),
            **({"by": self.by.data()} if self.by else {}),
        }


def _names(gates: object) -> list[object]:
    rows = gates if isinstance(gates, list) else []
    return [row.get("gate") for row in rows if isinstance(row, dict)]


def outcome_data(outcome: Outcome) -> dict[str, object]:
    """One outcome as JSON."""
    step = step_data(outcome.change)
    match outcome:
        case Done():
            return {"outcome": "applied", **step}
        case Skipped(_, reason):
            return {"outcome": "skipped", "reason": reason, **step}
        case Failed(_, reason):
            return {"outcome": "failed", "reason": reason, **step}
        case _:
            assert_never(outcome)


def counts(outcomes: Sequence[Outcome]) -> tuple[int, int, int]:
    """How many were applied, skipped, failed."""
    return (
        sum(isinstance(outcome, Done) for outcome in outcomes),
        sum(isinstance(outcome, Skipped) for outcome in outcomes),
        sum(isinstance(outcome, Failed) for outcome in outcomes),
    )
