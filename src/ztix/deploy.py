"""Drives the transition table over links: one route server after the other, the canary first.

Law: effects only through what is handed in (`connect`, `clock`, `report`). A route server's trouble is a
result, never an exception; what stops the others is decided in `_stops_the_rest` and nowhere else.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar, assert_never

from ztix.errors import Locked, Refused, ZtixError
from ztix.health import Health, Limits, Verdict, judge
from ztix.link import Clock, Hung, RouteServerLink, Status
from ztix.receipt import STOPPED
from ztix.rollout import ENDS, UNDECIDED, Ended, Event, Rollout, State, Step, advance, read_status
from ztix.terms import Digest, Label

POLL_S = 0.5
"""Between two measurements at most, and between two tries to reach a lost route server."""
FIRST_POLL_S = 0.05
"""Ahead of the first measurement; each pause is twice the one before, for most configurations harm nobody."""
REACH_S = 20.0
"""How long after the undo timer a lost route server is still asked."""


class Target(Protocol):
    """How a route server is reached: nothing of it matters here but the name; `connect` knows the rest."""

    @property
    def name(self) -> Label:
        """The route server's name."""
        ...


TargetT = TypeVar("TargetT", bound=Target)


@dataclass(frozen=True, slots=True)
class Job(Generic[TargetT]):
    """One route server and the text that it shall run.

    text:      the whole configuration, proven, ending in `link.END_MARKER` and a newline.
    sessions:  names of the BGP protocols in it: the ones that may be waited for.
    """

    target: TargetT
    text: bytes
    sessions: frozenset[str]
    canary: bool = False
    limits: Limits = field(default_factory=Limits)

    @property
    def digest(self) -> Digest:
        """SHA-256 of the text."""
        return Digest(f"sha256:{hashlib.sha256(self.text).hexdigest()}")


@dataclass(frozen=True, slots=True)
class Progress:
    """A step that is about to be taken on one route server, with what was last learnt."""

    route_server: Label
    state: State
    step: Step
    detail: str = ""


def deploy(
    jobs: Sequence[Job[TargetT]],
    connect: Callable[[TargetT], AbstractContextManager[RouteServerLink]],
    clock: Clock,
    report: Callable[[Progress], None],
    *,
    holder: str,
) -> tuple[Rollout, ...]:
    """Roll every job out, canaries first, otherwise in the order given; one result each, in the order run.

    holder: who holds the locks, unlike any other run's: `[A-Za-z0-9._:@-]`, at most 64 characters.

    The first of the order acts as the canary even where none is marked. What stops the rest: a rollout that
    was refused, reverted or got stuck (the next would fare no better, and two route servers must not be ill
    at once), and a lock (another run is rolling something else out). A route server that could not be reached
    was not touched and says nothing about the text: the others go on. The canary is the exception, because
    then nothing has proven the text on a live daemon yet. Where BIRD hangs, the next is the canary.
    A run that is stopped by hand puts back what is armed, and says of each other one that it was not tried.
    """
    ordered = sorted(jobs, key=lambda job: not job.canary)
    rollouts: list[Rollout] = []
    stopped_by: Rollout | None = None
    for job in ordered:
        if stopped_by is not None:
            because = f"not tried: `{stopped_by.route_server}` ended {stopped_by.ended.value}"
            rollouts.append(Rollout(job.target.name, Ended.SKIPPED, None, job.digest, None, because))
            continue
        rollouts.append(_roll_out(job, connect, clock, report, holder))
        first = all(rollout.ended is Ended.HUNG for rollout in rollouts[:-1])
        if _stops_the_rest(rollouts[-1].ended, canary=job.canary or first):
            stopped_by = rollouts[-1]
    return tuple(rollouts)


def _stops_the_rest(ended: Ended, *, canary: bool) -> bool:
    match ended:
        case Ended.UNCHANGED | Ended.CONFIRMED | Ended.HUNG:
            return False
        case Ended.UNREACHABLE:
            return canary
        case Ended.REVERTED | Ended.REFUSED | Ended.LOCKED | Ended.SKIPPED | Ended.STUCK:
            return True
    assert_never(ended)


def _roll_out(
    job: Job[TargetT],
    connect: Callable[[TargetT], AbstractContextManager[RouteServerLink]],
    clock: Clock,
    report: Callable[[Progress], None],
    holder: str,
) -> Rollout:
    ended = Ended.SKIPPED
    try:
        with connect(job.target) as link:
            course = _Course(job, link, clock, report, holder)
            try:
                return course.run()
            finally:
                ended = Ended.REVERTED if course.state in UNDECIDED else Ended.SKIPPED
                course.abandon()
    except ZtixError as error:  # only opening a link raises: every step's errors are events
        return Rollout(job.target.name, Ended.UNREACHABLE, None, job.digest, None, _words(error))
    except OSError as error:  # this machine's own trouble, such as a full disk, before anything was asked
        reason = f"it could not be reached from here: {error.strerror}"
        return Rollout(job.target.name, Ended.UNREACHABLE, None, job.digest, None, reason)
    except KeyboardInterrupt:  # the receipt is worth more than the rest of the run
        return Rollout(job.target.name, ended, None, job.digest, None, STOPPED)


def _words(error: ZtixError) -> str:
    return f"{error.message}; {error.help}" if error.help else error.message


class _Course(Generic[TargetT]):
    """One route server's rollout under way."""

    def __init__(
        self,
        job: Job[TargetT],
        link: RouteServerLink,
        clock: Clock,
        report: Callable[[Progress], None],
        holder: str,
    ) -> None:
        self.job = job
        self.link = link
        self.clock = clock
        self.report = report
        self.holder = holder
        self.state = State.UNLOCKED
        self.may_hold_lock = False
        self.seen: Status | None = None
        self.running: Digest | None = None
        self.health_before = self.health = Health()
        self.armed_at = 0.0
        self.pause_s = FIRST_POLL_S
        self.details: list[str] = []

    def run(self) -> Rollout:
        """Go from step to step until the end."""
        self.state, step = advance(self.state, Event.BEGIN)
        while step is not Step.END:
            detail = self.details[-1] if self.details else ""
            self.report(Progress(self.job.target.name, self.state, step, detail))
            self.state, step = advance(self.state, self._take(step))
        ended = ENDS[self.state]
        before, after = (self.seen.running or self.seen.file) if self.seen else None, self.job.digest
        known = after if ended in (Ended.UNCHANGED, Ended.CONFIRMED) else self.running
        running = None if ended is Ended.STUCK else known
        counts = self.health.counts if ended is Ended.CONFIRMED else (None, None)
        return Rollout(self.job.target.name, ended, before, after, running, "; ".join(self.details), *counts)

    def abandon(self) -> None:
        """Leave nothing armed and nothing locked where the run itself is being stopped (an interrupt)."""
        if self.state in UNDECIDED:
            with contextlib.suppress(ZtixError):
                self.link.revert()
        if self.may_hold_lock:
            self._unlock()

    def _take(self, step: Step) -> Event:
        try:
            return self._ask(step)
        except Locked as error:
            self._note(_words(error))
            self.may_hold_lock = False
            return Event.HELD
        except Refused as error:
            self._note(_words(error))
            return Event.HUNG if isinstance(error, Hung) else Event.SAID_NO
        except ZtixError as error:
            self._note(_words(error))
            return Event.LOST

    def _ask(self, step: Step) -> Event:  # noqa: PLR0911, PLR0912 - one arm for each step
        match step:
            case Step.OBSERVE:
                status = self.link.status()
                self.seen = status if status.bird else None
                return self._read(status, None)
            case Step.LOCK:
                self.may_hold_lock = True
                for note in self.link.lock(self.holder):
                    self._note(note)
                return Event.TAKEN
            case Step.UPLOAD:
                self.link.upload(self.job.text)
                return Event.STORED
            case Step.PROVE:
                for warning in self.link.prove():
                    self._note(f"warning: {warning}")
                return Event.PROVEN
            case Step.MEASURE:
                self.health_before = self.link.health()
                return Event.COUNTED
            case Step.ARM:
                self.armed_at = self.clock.monotonic()
                self.link.arm(self.job.limits.undo_timeout_s)
                return Event.SET
            case Step.PROBE:
                return self._probe()
            case Step.CONFIRM:
                self.link.confirm()
                return Event.KEPT
            case Step.REVERT:
                self.link.revert()
                self._learn()
                return Event.PUT_BACK
            case Step.REACH:
                return self._reach()
            case Step.UNLOCK:
                return self._unlock()
            case Step.END:
                return Event.FREED
        assert_never(step)

    def _learn(self) -> None:
        self.running = None
        with contextlib.suppress(ZtixError):  # it is put back; only what that is may stay unknown
            self.running = self.link.status().running

    def _probe(self) -> Event:
        self.clock.sleep(self.pause_s)
        self.pause_s = min(POLL_S, 2 * self.pause_s)
        now = self.health = self.link.health()
        waited_s = self.clock.monotonic() - self.armed_at
        verdict, reason = judge(self.health_before, now, self.job.sessions, self.job.limits, waited_s)
        if verdict is Verdict.ILL:
            self._note(reason)
        return Event(verdict.value)  # the table has the verdicts' own words

    def _reach(self) -> Event:
        deadline = self.armed_at + self.job.limits.undo_timeout_s + REACH_S
        while True:
            overdue = self.clock.monotonic() >= deadline
            try:
                event = self._read(self.link.status(), self.seen)
            except ZtixError as error:
                self._note(_words(error))
                event = Event.LOST
            if overdue and event in {Event.LOST, Event.DOWN, Event.PENDING}:
                self._note("nobody can tell which configuration it runs; look at it by hand")
                return Event.GONE
            if event not in {Event.LOST, Event.DOWN}:
                return event
            self.clock.sleep(POLL_S)

    def _read(self, status: Status, seen: Status | None) -> Event:
        event = read_status(status, seen, self.job.digest)
        self.running = status.running
        if status.restored:
            self._note("put the file back that an interrupted rollout had replaced")
        if event is Event.DOWN:
            self._note("BIRD does not answer on its control socket; start BIRD there and run again")
        return event

    def _unlock(self) -> Event:
        self.may_hold_lock = False
        with contextlib.suppress(ZtixError):  # an unreturned lock expires by itself
            self.link.unlock(self.holder)
        return Event.FREED

    def _note(self, detail: str) -> None:
        if detail not in self.details:
            self.details.append(detail)
