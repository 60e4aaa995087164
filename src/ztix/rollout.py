"""One route server's way from a proven configuration text to a confirmed one: the transition table.

Law: pure. What happened comes in as an Event, what to do next goes out as a Step; sockets, clocks and text
live elsewhere (`drivers/ssh`, `deploy.py`). The table has an entry for every pair of state and event, so
that no answer of a remote, however odd or late, leaves a rollout without a next step.

What it keeps true:
1. A confirmation is asked for in one state only, HEALTHY, which only a verdict of WELL on an armed
   configuration leads to.
2. From the moment of arming until CONFIRMED or REVERTED, nothing ends the rollout but STUCK.
3. UNREACHABLE, UNCHANGED, LOCKED, REFUSED and HUNG mean that what runs there was not touched.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from ztix.errors import Exit
from ztix.link import Status
from ztix.terms import Digest, Label


class State(Enum):
    """Where a rollout stands on one route server."""

    UNLOCKED = "unlocked"
    LOCKING = "locking"
    LOCKED = "locked"
    UPLOADED = "uploaded"
    PROVED = "proved"
    MEASURED = "measured"
    ARMED = "armed"
    HEALTHY = "healthy"
    REVERTING = "reverting"
    CUT_OFF = "cut-off"
    """Contact was lost while armed; no confirmation was sent."""
    IN_DOUBT = "in-doubt"
    """A confirmation was sent and not answered."""
    CONFIRMED = "confirmed"
    REVERTED = "reverted"
    REFUSED = "refused"
    UNCHANGED = "unchanged"
    UNREACHABLE = "unreachable"
    BUSY = "busy"
    HUNG = "hung"
    STUCK = "stuck"


class Event(Enum):
    """What came back from the last step."""

    BEGIN = "begin"
    NEW = "runs-new"
    """The route server runs exactly the new text, and nothing is armed."""
    OLD = "runs-old"
    """It runs something else: what it ran before, as far as that is known."""
    OTHER = "runs-other"
    """It runs neither the new text nor what it ran before."""
    PENDING = "pending"
    """A configuration is armed there, its timer runs."""
    DOWN = "bird-down"
    HELD = "lock-held"
    HUNG = "bird-hangs"
    """BIRD would never finish a configuration; it was given none."""
    TAKEN = "lock-taken"
    STORED = "stored"
    PROVEN = "proven"
    COUNTED = "counted"
    SET = "set"
    """The new configuration runs, the undo timer with it."""
    WELL = "well"
    WAITING = "waiting"
    ILL = "ill"
    KEPT = "kept"
    PUT_BACK = "put-back"
    SAID_NO = "said-no"
    """The remote end answered, whole, that it did not do it."""
    LOST = "lost"
    """No whole answer: whether it was done is not known."""
    GONE = "gone"
    """No answer until the undo timer was over."""
    FREED = "lock-freed"


class Step(Enum):
    """What to do next."""

    OBSERVE = "observe"
    LOCK = "lock"
    UPLOAD = "upload"
    PROVE = "prove"
    MEASURE = "measure"
    ARM = "arm"
    PROBE = "probe"
    CONFIRM = "confirm"
    REVERT = "revert"
    REACH = "reach"
    """Observe, again and again, until an answer comes or the undo timer is over."""
    UNLOCK = "unlock"
    END = "end"


class Ended(Enum):
    """How a rollout ended on one route server."""

    UNCHANGED = "unchanged"
    CONFIRMED = "confirmed"
    REVERTED = "reverted"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    LOCKED = "locked"
    HUNG = "hung"
    SKIPPED = "skipped"
    STUCK = "stuck"


Move = tuple[State, Step]

ENDS: Mapping[State, Ended] = {
    State.CONFIRMED: Ended.CONFIRMED,
    State.REVERTED: Ended.REVERTED,
    State.REFUSED: Ended.REFUSED,
    State.UNCHANGED: Ended.UNCHANGED,
    State.UNREACHABLE: Ended.UNREACHABLE,
    State.BUSY: Ended.LOCKED,
    State.HUNG: Ended.HUNG,
    State.STUCK: Ended.STUCK,
}
"""States that only give the lock back and end."""

UNDECIDED = frozenset(
    {State.MEASURED, State.ARMED, State.HEALTHY, State.REVERTING, State.CUT_OFF, State.IN_DOUBT}
)
"""States in which a configuration may be armed."""

OTHERWISE: Mapping[State, Move] = {
    State.UNLOCKED: (State.UNREACHABLE, Step.END),
    State.LOCKING: (State.UNREACHABLE, Step.UNLOCK),
    State.LOCKED: (State.UNREACHABLE, Step.UNLOCK),
    State.UPLOADED: (State.UNREACHABLE, Step.UNLOCK),
    State.PROVED: (State.UNREACHABLE, Step.UNLOCK),
    State.MEASURED: (State.CUT_OFF, Step.REACH),
    State.ARMED: (State.REVERTING, Step.REVERT),
    State.HEALTHY: (State.IN_DOUBT, Step.REACH),
    State.REVERTING: (State.CUT_OFF, Step.REACH),
    State.CUT_OFF: (State.STUCK, Step.UNLOCK),
    State.IN_DOUBT: (State.STUCK, Step.UNLOCK),
} | {state: (state, Step.END) for state in ENDS}
"""The safe move where the table below has no line of its own."""

TABLE: Mapping[tuple[State, Event], Move] = {
    (State.UNLOCKED, Event.BEGIN): (State.UNLOCKED, Step.OBSERVE),
    (State.UNLOCKED, Event.NEW): (State.UNCHANGED, Step.END),
    (State.UNLOCKED, Event.OLD): (State.LOCKING, Step.LOCK),
    # Another run is at work, or died at it: who holds the lock decides, and taking it over reverts first.
    (State.UNLOCKED, Event.PENDING): (State.LOCKING, Step.LOCK),
    (State.UNLOCKED, Event.SAID_NO): (State.REFUSED, Step.END),
    (State.LOCKING, Event.HELD): (State.BUSY, Step.END),
    # Another run may have ended in between, and taking a lock over may have put a file back: look again.
    (State.LOCKING, Event.TAKEN): (State.LOCKED, Step.OBSERVE),
    (State.LOCKING, Event.HUNG): (State.HUNG, Step.UNLOCK),
    (State.LOCKING, Event.SAID_NO): (State.REFUSED, Step.UNLOCK),
    (State.LOCKED, Event.NEW): (State.UNCHANGED, Step.UNLOCK),
    (State.LOCKED, Event.OLD): (State.LOCKED, Step.UPLOAD),
    (State.LOCKED, Event.STORED): (State.UPLOADED, Step.PROVE),
    (State.LOCKED, Event.HELD): (State.BUSY, Step.END),
    (State.LOCKED, Event.SAID_NO): (State.REFUSED, Step.UNLOCK),
    (State.UPLOADED, Event.PROVEN): (State.PROVED, Step.MEASURE),
    (State.UPLOADED, Event.HELD): (State.BUSY, Step.END),
    (State.UPLOADED, Event.SAID_NO): (State.REFUSED, Step.UNLOCK),
    (State.PROVED, Event.COUNTED): (State.MEASURED, Step.ARM),
    (State.PROVED, Event.SAID_NO): (State.REFUSED, Step.UNLOCK),
    (State.MEASURED, Event.SET): (State.ARMED, Step.PROBE),
    (State.MEASURED, Event.HELD): (State.BUSY, Step.END),
    (State.MEASURED, Event.HUNG): (State.HUNG, Step.UNLOCK),
    (State.MEASURED, Event.SAID_NO): (State.REFUSED, Step.UNLOCK),
    (State.ARMED, Event.WAITING): (State.ARMED, Step.PROBE),
    (State.ARMED, Event.WELL): (State.HEALTHY, Step.CONFIRM),
    (State.ARMED, Event.LOST): (State.CUT_OFF, Step.REACH),
    (State.HEALTHY, Event.KEPT): (State.CONFIRMED, Step.UNLOCK),
    (State.REVERTING, Event.PUT_BACK): (State.REVERTED, Step.UNLOCK),
    (State.CUT_OFF, Event.OLD): (State.REVERTED, Step.UNLOCK),
    (State.CUT_OFF, Event.PENDING): (State.REVERTING, Step.REVERT),
    (State.IN_DOUBT, Event.NEW): (State.CONFIRMED, Step.UNLOCK),
    (State.IN_DOUBT, Event.OLD): (State.REVERTED, Step.UNLOCK),
    # The verdict is as old as the silence was long, so it is asked for again.
    (State.IN_DOUBT, Event.PENDING): (State.ARMED, Step.PROBE),
}


AGE_SLACK_MS = 5


def advance(state: State, event: Event) -> Move:
    """The next state and the step to take. Defined for every pair; raises nothing."""
    return TABLE.get((state, event), OTHERWISE[state])


def read_status(status: Status, seen: Status | None, after: Digest) -> Event:
    """What a status means to a rollout of `after`; `seen` is what was there before it began, if it began."""
    if status.armed:
        return Event.PENDING
    if status.bird is None:
        return Event.DOWN
    if status.running == after and status.file == after:
        return Event.NEW
    if seen is None:
        return Event.OLD
    if status.running is None:  # what was not known before is as it was where BIRD read nothing since
        back = seen.running is None and _same_age(status.age_ms, seen.age_ms)
    else:
        back = status.running in (seen.running, seen.file)
    return Event.OLD if back and status.file == seen.file else Event.OTHER


def _same_age(one: int | None, two: int | None) -> bool:
    """Whether BIRD's last reconfiguration is the same: it works its times out anew, a millisecond apart."""
    return one is not None and two is not None and abs(one - two) <= AGE_SLACK_MS


@dataclass(frozen=True, slots=True)
class Rollout:
    """What became of one route server. `running` is what it runs now, `None` where that is not known.

    up, accepted: sessions that were established, and routes that import accepted on them, when the new
    configuration was found well; None where it was not.
    """

    route_server: Label
    ended: Ended
    before: Digest | None
    after: Digest
    running: Digest | None
    detail: str = ""
    up: int | None = None
    accepted: int | None = None

    def data(self) -> dict[str, str | int | None]:
        """The value as a receipt writes it."""
        measured = {"sessions_up": self.up, "routes_accepted": self.accepted}
        return {
            "route_server": self.route_server,
            "ended": self.ended.value,
            "before": self.before,
            "after": self.after,
            "running": self.running,
            "detail": self.detail,
            **{key: count for key, count in measured.items() if count is not None},
        }


def exit_of(rollouts: Sequence[Rollout]) -> Exit:
    """The exit code that a run's rollouts call for, the gravest first."""
    ends = {rollout.ended for rollout in rollouts}
    if Ended.STUCK in ends:
        return Exit.STUCK
    trouble = ends - {Ended.CONFIRMED, Ended.UNCHANGED}
    if not trouble:
        return Exit.DONE
    untouched = ends <= {Ended.LOCKED, Ended.SKIPPED, Ended.UNCHANGED}
    return Exit.LOCKED if Ended.LOCKED in ends and untouched else Exit.PARTIAL
