"""May this be merged, and if not, what has to happen first.

Law: values. A verdict speaks of one head on one base; either moving makes it void.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from ztix.diagnostics import Report
from ztix.fabric import Change


class State(Enum):
    """How far it is. The order of gravity is that of the list: the gravest demand decides."""

    READY = "ready"
    OPEN = "needs a maintainer"
    UNKNOWN = "could not be checked"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Demand:
    """One thing that must hold. what: a few words.  words: what was found.  help: what to do next."""

    what: str
    state: State
    words: str
    help: str = ""


@dataclass(frozen=True, slots=True)
class ByHand:
    """How to make an enclosure without ztix. path: of the file.  where: in words.  lines: of a shell, which
    print what the file has to hold.
    """

    path: str
    where: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be known of a submission.

    title: such as `AS64500 joins`.  report: findings in the files that it changes.  elsewhere: findings of
    other files, which do not count against it.  changes: what a run after the merge would do to fabrics for
    this submission.  waiting: what that run would do besides, in words.  next: who does what now, in order.
    by_hand: how to make what is to be signed, for who has no clone.
    """

    base: str
    head: str
    title: str
    demands: tuple[Demand, ...]
    report: Report
    elsewhere: Report = field(default_factory=Report)
    changes: tuple[Change, ...] = ()
    waiting: tuple[str, ...] = ()
    next: tuple[str, ...] = ()
    by_hand: tuple[ByHand, ...] = ()

    @property
    def state(self) -> State:
        """The gravest of its demands; refused where a changed file has errors."""
        if self.report.has_errors:
            return State.REFUSED
        return max((demand.state for demand in self.demands), key=list(State).index, default=State.READY)
