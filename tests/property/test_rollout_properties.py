"""Rollouts under any order of faults: the route server ends whole, and the result says the truth."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from tests.route_server import LEASE_S, NEW, OLD, Fault, RouteServer, digest
from ztix.deploy import Job, deploy
from ztix.health import Limits
from ztix.link import RouteServerLink
from ztix.rollout import UNDECIDED, Ended, Event, Rollout, State, Step, advance

LIMITS = Limits(health_timeout_s=6, settle_s=1, margin_s=4)
FAULTS = st.lists(st.sampled_from([None, None, None, *Fault]), max_size=60)
BREAKS = st.sampled_from([frozenset[str](), frozenset({"m1"}), frozenset({"m1", "m2"})])


@contextlib.contextmanager
def link_to(server: RouteServer) -> Iterator[RouteServerLink]:
    yield server


def run(server: RouteServer, holder: str) -> Rollout:
    job = Job(server, NEW, server.sessions, limits=LIMITS)
    (rollout,) = deploy([job], link_to, server.clock, lambda progress: None, holder=holder)
    return rollout


@given(FAULTS, BREAKS, st.floats(0.01, 4))
def test_rollout_under_any_faults_says_the_truth(
    faults: list[Fault | None], broken: frozenset[str], takes_s: float
) -> None:
    """Whatever is lost on the way, what a rollout says runs does run, and only what was well is kept."""
    server = RouteServer(breaks={NEW: broken}, takes_s=takes_s)
    left = iter(faults)
    server.fault = lambda verb: next(left, None)
    rollout = run(server, "run-1")
    if rollout.running is not None:
        assert rollout.running == digest(server.running) == digest(server.file)
    if rollout.ended not in {Ended.CONFIRMED, Ended.STUCK}:
        assert (server.file, server.running, server.before) == (OLD, OLD, None)
    if broken:
        assert rollout.ended is not Ended.CONFIRMED


@given(FAULTS, st.floats(0.01, 2), st.integers(1, 40))
def test_rollout_after_a_crash_converges(faults: list[Fault | None], takes_s: float, dies_at: int) -> None:
    """A run that dies at any verb, after any faults, leaves what the next run makes whole."""

    class Died(BaseException):
        """The client is gone: not an error that anybody handles."""

    server = RouteServer(takes_s=takes_s)
    left = iter(faults)

    def strike(verb: str) -> Fault | None:
        if len(server.calls) >= dies_at:
            raise Died
        return next(left, None)

    server.fault = strike
    with contextlib.suppress(Died):
        run(server, "run-1")
    server.fault = lambda verb: None
    server.clock.sleep(LIMITS.undo_timeout_s + LEASE_S)
    status = server.status()
    assert status.file == status.running
    assert status.file in {digest(OLD), digest(NEW)}
    server.takes_s = 0.1
    ended = run(server, "run-2").ended
    assert ended in {Ended.CONFIRMED, Ended.UNCHANGED}
    assert (server.file, server.running, server.before) == (NEW, NEW, None)
    # A run that finds nothing to do takes no lock, and leaves a dead run's to its lease.
    assert server.holder is None or ended is Ended.UNCHANGED


@given(st.lists(st.sampled_from(Event), max_size=40))
def test_table_under_any_events_keeps_its_promises(events: list[Event]) -> None:
    """Nothing is confirmed that was not armed, and nothing armed is ended but known or stuck."""
    state, step = advance(State.UNLOCKED, Event.BEGIN)
    armed = False
    for event in events:
        armed = armed or step is Step.ARM
        if step is Step.CONFIRM:
            assert armed
        previous = state
        state, step = advance(state, event)
        if previous in UNDECIDED - {State.MEASURED} and state not in UNDECIDED:
            assert state in {State.CONFIRMED, State.REVERTED, State.STUCK}
