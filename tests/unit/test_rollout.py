"""The transition table, the verdict on health, and the values of a rollout."""

from __future__ import annotations

from itertools import product

import pytest

from ztix.errors import Exit
from ztix.health import Health, Limits, Session, Verdict, judge
from ztix.link import Status
from ztix.rollout import (
    ENDS,
    OTHERWISE,
    TABLE,
    UNDECIDED,
    Ended,
    Event,
    Rollout,
    State,
    Step,
    advance,
    exit_of,
    read_status,
)
from ztix.terms import Digest, Label

OLD, NEW, OTHER = (Digest("sha256:" + digit * 64) for digit in "012")
LIMITS = Limits(health_timeout_s=10, settle_s=2)


def reachable(*, without: frozenset[tuple[State, Step]] = frozenset()) -> set[tuple[State, Step]]:
    """Every state and step that some order of events leads to."""
    found, todo = set(without), [advance(State.UNLOCKED, Event.BEGIN)]
    while todo:
        move = todo.pop()
        if move not in found:
            found.add(move)
            todo += [advance(move[0], event) for event in Event if move[1] is not Step.END]
    return found - without


@pytest.mark.parametrize(("state", "event"), list(product(State, Event)))
def test_table_has_a_move_for_every_pair(state: State, event: Event) -> None:
    """No pair of state and event is without a next state and step."""
    after, step = advance(state, event)
    assert after in State
    assert step in Step


def test_table_reaches_every_state_and_has_no_idle_line() -> None:
    """Every state can come about, and every line says something else than the safe move."""
    assert {state for state, _ in reachable()} == set(State)
    assert all(OTHERWISE[state] != move for (state, _), move in TABLE.items())


def test_table_when_it_ends_is_in_an_ending_state() -> None:
    """END comes in the states that have an ending, and there every event ends."""
    assert {state for state, step in reachable() if step is Step.END} == set(ENDS)
    assert all(advance(state, event) == (state, Step.END) for state in ENDS for event in Event)


def test_table_confirms_only_what_was_found_well() -> None:
    """A confirmation is asked for in HEALTHY alone, and HEALTHY comes from a WELL while armed."""
    assert {state for state, step in reachable() if step is Step.CONFIRM} == {State.HEALTHY}
    ways = {(s, e) for s, e in product(State, Event) if advance(s, e)[0] is State.HEALTHY}
    assert ways == {(State.ARMED, Event.WELL)}
    into_doubt = {s for s, e in product(State, Event) if advance(s, e)[0] is State.IN_DOUBT}
    assert into_doubt == {State.HEALTHY}


def test_table_once_armed_ends_known_or_stuck() -> None:
    """From arming on, a rollout ends confirmed, reverted or stuck; or it never came to be armed."""
    after = {advance(s, e)[0] for s, e in product(UNDECIDED, Event)} - UNDECIDED
    never_armed = {State.REFUSED, State.BUSY, State.HUNG}
    assert after == {State.CONFIRMED, State.REVERTED, State.STUCK} | never_armed
    armed = UNDECIDED - {State.MEASURED}
    after = {advance(s, e)[0] for s, e in product(armed, Event)} - UNDECIDED
    assert after == {State.CONFIRMED, State.REVERTED, State.STUCK}


def test_table_gives_the_lock_back_before_it_ends() -> None:
    """From a lock that may be held there is no way to an end but by giving it back, or by losing it."""
    starts = reachable() - {(State.UNLOCKED, Step.OBSERVE)}
    for state, step in starts:
        for event in Event:
            after, then = advance(state, event)
            if then is Step.END and step not in {Step.UNLOCK, Step.END} and state is not State.UNLOCKED:
                assert after is State.BUSY


@pytest.mark.parametrize(
    ("status", "seen", "event"),
    [
        (Status("2.0.12", NEW, NEW), None, Event.NEW),
        (Status("2.0.12", NEW, NEW, armed=True), None, Event.PENDING),
        (Status(None, NEW, None), None, Event.DOWN),
        (Status("2.0.12", OLD, OLD), None, Event.OLD),
        (Status("2.0.12", NEW, None), None, Event.OLD),
        (Status("2.0.12", OLD, NEW), None, Event.OLD),
        (Status("2.0.12", OLD, OLD), Status("2.0.12", OLD, OLD), Event.OLD),
        (Status("2.0.12", OLD, OLD), Status("2.0.12", OLD, None), Event.OLD),
        (Status("2.0.12", OLD, None), Status("2.0.12", OLD, None), Event.OTHER),
        (Status("2.0.12", OLD, None, age_ms=9), Status("2.0.12", OLD, None, age_ms=10), Event.OLD),
        (Status("2.0.12", OLD, None, age_ms=99), Status("2.0.12", OLD, None, age_ms=10), Event.OTHER),
        (Status("2.0.12", NEW, None, age_ms=9), Status("2.0.12", OLD, None, age_ms=9), Event.OTHER),
        (Status("2.0.12", OLD, None, age_ms=9), Status("2.0.12", OLD, OLD, age_ms=9), Event.OTHER),
        (Status("2.0.12", NEW, OLD), Status("2.0.12", OLD, OLD), Event.OTHER),
        (Status("2.0.12", OTHER, OTHER), Status("2.0.12", OLD, OLD), Event.OTHER),
    ],
)
def test_status_is_read_for_what_runs(status: Status, seen: Status | None, event: Event) -> None:
    """File and running text must both be known and agree before a status counts as new or old."""
    assert read_status(status, seen, NEW) is event


def health(**imported: int) -> Health:
    """Sessions with so many accepted routes; a negative number is a session that is down."""
    return Health.of(Session(name, count >= 0, imported=max(count, 0)) for name, count in imported.items())


@pytest.mark.parametrize(
    ("now", "waited_s", "verdict", "reason"),
    [
        (health(m1=10, m2=10, m3=-1), 3.0, Verdict.WELL, ""),
        (health(m1=10, m2=10), 1.0, Verdict.WAITING, ""),
        (health(m1=6, m2=10), 3.0, Verdict.WELL, ""),
        (health(m1=5, m2=10), 3.0, Verdict.WAITING, "5 of 20 accepted routes are gone: `m1` 10 -> 5"),
        (health(m1=5, m2=10), 10.0, Verdict.ILL, "5 of 20 accepted routes are gone: `m1` 10 -> 5"),
        (health(m1=30, m2=-1), 3.0, Verdict.WAITING, "1 of 2 sessions are not back: `m2`"),
        (
            health(m1=10),
            99.0,
            Verdict.ILL,
            "1 of 2 sessions are not back: `m2`; 10 of 20 accepted routes are gone",
        ),
        (health(m1=10, m2=10), 99.0, Verdict.WELL, ""),
    ],
)
def test_health_is_judged_by_what_was_up(now: Health, waited_s: float, verdict: Verdict, reason: str) -> None:
    """Sessions and routes that were there must be there again; what was down or is removed does not count."""
    before = health(m1=10, m2=10, m3=-1, removed=50)
    expected = frozenset({"m1", "m2", "m3", "added"})
    assert judge(before, now, expected, LIMITS, waited_s) == (verdict, reason)


def test_health_when_a_share_may_be_lost_waits_for_the_rest() -> None:
    """A share below one lets that part of the sessions stay away."""
    limits = Limits(min_sessions_share=0.5, max_route_loss_share=0.5, settle_s=0)
    expected = frozenset({"m1", "m2"})
    before = health(m1=10, m2=10)
    assert judge(before, health(m1=10, m2=-1), expected, limits, 1.0)[0] is Verdict.WELL
    assert judge(before, health(m1=-1, m2=-1), expected, limits, 1.0)[0] is Verdict.WAITING


def sending(**exported: int) -> Health:
    """Sessions that are up, bring five routes each, and are handed so many."""
    return Health.of(Session(name, True, imported=5, exported=count) for name, count in exported.items())


def test_health_when_nothing_is_handed_on_any_more_waits() -> None:
    """An export filter that lets nothing out costs members as much as an import filter that is shut."""
    before, expected = sending(m1=10, m2=10), frozenset({"m1", "m2"})
    verdict, reason = judge(before, sending(m1=10, m2=0), expected, LIMITS, 3.0)
    assert (verdict, reason) == (
        Verdict.WAITING,
        "10 of 20 routes are no longer handed on: `m2` 10 -> 0",
    )
    assert judge(before, sending(m1=9, m2=9), expected, LIMITS, 3.0)[0] is Verdict.WELL


def test_health_when_a_session_is_removed_does_not_miss_its_routes() -> None:
    """What a member brought who leaves is handed to nobody, and that is meant."""
    before, expected = sending(m1=10, m2=10, leaves=10), frozenset({"m1", "m2"})
    assert judge(before, sending(m1=5, m2=5), expected, LIMITS, 3.0)[0] is Verdict.WELL


def test_health_when_many_lose_routes_names_the_worst() -> None:
    """The numbers of a few sessions are told, those that lost most first."""
    expected = frozenset(f"m{i}" for i in range(7))
    now = health(**{f"m{i}": i for i in range(7)})
    _, reason = judge(health(**dict.fromkeys(expected, 10)), now, expected, LIMITS, 3.0)
    assert reason.startswith("49 of 70 accepted routes are gone: `m0` 10 -> 0, `m1` 10 -> 1, ")
    assert reason.endswith("`m4` 10 -> 4 and 2 more")


def test_health_when_many_are_missing_names_a_few() -> None:
    """A reason stays readable however many sessions are gone."""
    before = health(**{f"m{i}": 0 for i in range(8)})
    _, reason = judge(before, Health(), frozenset(before.sessions), LIMITS, 1.0)
    assert reason == "8 of 8 sessions are not back: `m0`, `m1`, `m2`, `m3`, `m4` and 3 more"


def test_limits_arm_a_timer_that_outlasts_the_watch() -> None:
    """BIRD's own undo comes after our verdict."""
    assert Limits(health_timeout_s=60, margin_s=30).undo_timeout_s == 90


def test_rollout_as_data_is_plain() -> None:
    """A receipt gets texts and nothing else."""
    rollout = Rollout(Label("rs1"), Ended.STUCK, OLD, NEW, None, "away")
    assert rollout.data() == {
        "route_server": "rs1",
        "ended": "stuck",
        "before": OLD,
        "after": NEW,
        "running": None,
        "detail": "away",
    }


@pytest.mark.parametrize(
    ("ends", "code"),
    [
        ((), Exit.DONE),
        ((Ended.UNCHANGED, Ended.CONFIRMED), Exit.DONE),
        ((Ended.CONFIRMED, Ended.UNREACHABLE), Exit.PARTIAL),
        ((Ended.REVERTED, Ended.SKIPPED), Exit.PARTIAL),
        ((Ended.REFUSED, Ended.SKIPPED), Exit.PARTIAL),
        ((Ended.LOCKED, Ended.SKIPPED), Exit.LOCKED),
        ((Ended.CONFIRMED, Ended.LOCKED), Exit.PARTIAL),
        ((Ended.CONFIRMED, Ended.STUCK, Ended.SKIPPED), Exit.STUCK),
    ],
)
def test_rollouts_have_the_gravest_exit(ends: tuple[Ended, ...], code: Exit) -> None:
    """One exit code tells the worst that came of a run."""
    rollouts = [Rollout(Label("rs1"), ended, OLD, NEW, None) for ended in ends]
    assert exit_of(rollouts) is code
