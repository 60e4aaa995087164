"""What became of what was merged: the records of runs, member by member, in words for the pull request.

Law: pure. Goes by the receipts that runs left and by git's main line, never by what a pull request says of
itself. A member that a run had nothing to do for is as git says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pydantic import ConfigDict, Field, ValidationError

from ztix.amounts import plural
from ztix.errors import EXIT_MEANINGS, Exit
from ztix.member import members_in
from ztix.rollout import Ended
from ztix.shape import Model

LIVE = frozenset({Ended.CONFIRMED.value, Ended.UNCHANGED.value})


@dataclass(frozen=True, slots=True)
class Brought:
    """A commit of the main line, with the paths that it changed."""

    commit: str
    paths: tuple[str, ...]

    @property
    def members(self) -> tuple[str, ...]:
        """The members whose files it changed, such as `AS64500`."""
        return members_in(self.paths)


class _Part(Model):
    model_config = ConfigDict(extra="ignore")


class ToldPresence(_Part):
    """What a change was to make of a node; without one where it was about a network."""

    node: str = ""


class ToldOutcome(_Part):
    """One change of a run."""

    outcome: str
    owner: str = ""
    reason: str = ""
    after: ToldPresence | None = None


class ToldRollout(_Part):
    """One route server of a run."""

    route_server: str
    ended: str
    detail: str = ""
    routes_accepted: int | None = Field(None, ge=0)


class ToldQuarantine(_Part):
    """One member that was left as it was."""

    member: str
    reason: str


class Told(_Part):
    """A receipt, as far as it is told."""

    version: str = Field(alias="schema", pattern=r"^ztix\.receipt\.v1$")
    revision: str
    finished: str
    exit: int
    outcomes: tuple[ToldOutcome, ...]
    rollouts: tuple[ToldRollout, ...]
    quarantined: tuple[ToldQuarantine, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """What became of one member or route server. live: whether it is as git says."""

    subject: str
    live: bool
    words: str


def read_told(data: Mapping[str, object]) -> Told | None:
    """A receipt as `Receipt.data` made it; None where it is something else."""
    try:
        return Told.model_validate(data)
    except ValidationError:
        return None


def first_well(receipts: Sequence[Told]) -> str | None:
    """The revision of the last run that ended well, not counting the newest; None where there is none.

    What was merged since then may have become live by any run since, or not yet.
    """
    return next((told.revision for told in receipts[1:] if told.exit == Exit.DONE), None)


def lines(told: Told, members: Sequence[str]) -> tuple[Line, ...]:
    """What became of these members in a run, and of the route servers that are not as git says."""
    return (*(_member(told, member) for member in members), *_servers(told))


def _member(told: Told, member: str) -> Line:
    quarantined = [item.reason for item in told.quarantined if item.member == member]
    if quarantined:
        return Line(member, False, f"quarantined, keeps what it has: {quarantined[0]}")
    own = [outcome for outcome in told.outcomes if outcome.owner == member]
    open_ones = [outcome for outcome in own if outcome.outcome != "applied"]
    if open_ones:
        return Line(member, False, f"{open_ones[0].outcome}: {open_ones[0].reason}; the next run tries again")
    if own:
        return Line(member, True, f"applied, {plural(len(own), 'change')} on fabrics")
    return Line(member, True, "as git says, nothing was left to do on fabrics")


def _servers(told: Told) -> Iterator[Line]:
    for rollout in told.rollouts:
        detail = f": {rollout.detail}" if rollout.detail else ""
        yield Line(rollout.route_server, rollout.ended in LIVE, f"{rollout.ended}{detail}")


def ending(told: Told) -> str:
    """How the run ended, in the words of its exit code."""
    try:
        found = Exit(told.exit)
    except ValueError:
        return f"exit {told.exit}"
    return "well" if found is Exit.DONE else EXIT_MEANINGS[found]
