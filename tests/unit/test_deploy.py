"""The driver of the table against route servers by hand: what it asks, when it stops, what it reports."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence

import pytest

from tests.route_server import LEASE_S, NEW, OLD, FakeClock, Fault, RouteServer, digest, text
from ztix.deploy import Job, Progress, deploy
from ztix.errors import Refused, Unavailable
from ztix.health import Limits
from ztix.link import Hung, RouteServerLink
from ztix.receipt import STOPPED
from ztix.rollout import Ended, Rollout, State, Step
from ztix.terms import Label

SESSIONS = frozenset({"m1", "m2"})
LIMITS = Limits(health_timeout_s=10, settle_s=2, margin_s=5)


@contextlib.contextmanager
def link_to(server: RouteServer) -> Iterator[RouteServerLink]:
    """The link to a route server that can always be opened."""
    yield server


def run(
    *servers: RouteServer,
    new: bytes = NEW,
    canary: str = "",
    report: Callable[[Progress], None] = lambda progress: None,
) -> tuple[Rollout, ...]:
    """Deploy one text on all of them; they share the first one's clock."""
    jobs = [Job(server, new, SESSIONS, server.name == canary, LIMITS) for server in servers]
    return deploy(jobs, link_to, servers[0].clock, report, holder="run-1")


def three() -> tuple[RouteServer, RouteServer, RouteServer]:
    """Three route servers on one clock."""
    clock = FakeClock()
    one, two, three = (RouteServer(clock, Label(f"rs{i}")) for i in (1, 2, 3))
    return one, two, three


def ends(rollouts: Sequence[Rollout]) -> dict[str, Ended]:
    return {rollout.route_server: rollout.ended for rollout in rollouts}


def at(verb: str, fault: Fault, *, times: int = 10_000) -> Callable[[str], Fault | None]:
    """A fault at this verb, and at every verb after it, for so many calls."""
    state = {"left": times, "begun": False}

    def strike(called: str) -> Fault | None:
        state["begun"] = state["begun"] or called == verb
        if not state["begun"] or state["left"] == 0:
            return None
        state["left"] = int(state["left"]) - 1
        return fault

    return strike


def test_deploy_when_all_is_well_confirms_and_unlocks() -> None:
    """The verbs come in their order, the lock is given back, and what was measured is kept."""
    server = RouteServer()
    up, accepted = server.health().counts
    assert up > 0
    assert accepted > 0
    server.calls.clear()
    assert run(server) == (
        Rollout(Label("rs1"), Ended.CONFIRMED, digest(OLD), digest(NEW), digest(NEW), "", up, accepted),
    )
    assert list(dict.fromkeys(server.calls)) == [
        *("status", "lock", "upload", "prove", "health", "arm", "confirm", "unlock")
    ]
    assert (server.file, server.running, server.before, server.holder) == (NEW, NEW, None, None)


def test_deploy_when_nothing_changed_asks_once() -> None:
    """A route server that runs the text already is asked for its status and nothing else."""
    server = RouteServer(file=NEW, running=NEW)
    assert ends(run(server)) == {"rs1": Ended.UNCHANGED}
    assert server.calls == ["status"]


def test_deploy_when_another_run_was_faster_changes_nothing() -> None:
    """A text that came to run between the first look and the lock is not rolled out again."""
    server = RouteServer()

    def other_run(verb: str) -> None:
        if verb == "lock":
            server.file = server.running = NEW

    server.fault = other_run
    assert ends(run(server)) == {"rs1": Ended.UNCHANGED}
    assert server.calls == ["status", "lock", "status", "unlock"]


def test_deploy_with_a_canary_begins_there() -> None:
    """The canary comes first, the others in the order given."""
    assert list(ends(run(*three(), canary="rs3"))) == ["rs3", "rs1", "rs2"]


@pytest.mark.parametrize("words", ["syntax error", "refused"])
def test_deploy_when_a_text_is_refused_stops(words: str) -> None:
    """A text that one route server refuses is not tried on the next."""
    servers = three()
    rollouts = run(*servers, new=text(words))
    assert ends(rollouts) == {"rs1": Ended.REFUSED, "rs2": Ended.SKIPPED, "rs3": Ended.SKIPPED}
    assert rollouts[1].detail == "not tried: `rs1` ended refused"
    assert [server.running for server in servers] == [OLD, OLD, OLD]
    assert servers[0].holder is None
    assert servers[1].calls == []


def test_deploy_when_a_session_stays_down_reverts_and_stops() -> None:
    """A text under which a session is lost is taken back after the time it gets."""
    servers = three()
    servers[1].breaks = {NEW: frozenset({"m2"})}
    rollouts = run(*servers)
    assert ends(rollouts) == {"rs1": Ended.CONFIRMED, "rs2": Ended.REVERTED, "rs3": Ended.SKIPPED}
    assert (servers[1].file, servers[1].running) == (OLD, OLD)
    assert rollouts[1].running == digest(OLD)
    assert rollouts[1].detail == "1 of 2 sessions are not back: `m2`; 10 of 20 accepted routes are gone"


def test_deploy_with_a_warning_keeps_it_in_the_detail() -> None:
    """What BIRD warns of while it proves a text is not lost."""
    (rollout,) = run(RouteServer(), new=text("deprecated"))
    assert (rollout.ended, rollout.detail) == (Ended.CONFIRMED, "warning: deprecated")


def test_deploy_when_one_is_unreachable_goes_on() -> None:
    """A route server that does not answer says nothing about the text: the others get it."""
    servers = three()
    servers[1].fault = lambda verb: Fault.BEFORE
    expected = {"rs1": Ended.CONFIRMED, "rs2": Ended.UNREACHABLE, "rs3": Ended.CONFIRMED}
    assert ends(run(*servers)) == expected


def test_deploy_when_the_first_is_unreachable_stops() -> None:
    """Without an answer from the canary nothing has proven the text on a live daemon."""
    servers = three()
    servers[0].fault = lambda verb: Fault.BEFORE
    assert list(ends(run(*servers)).values()) == [Ended.UNREACHABLE, Ended.SKIPPED, Ended.SKIPPED]


def hang(at: str) -> Callable[[str], Fault | None]:
    """BIRD hangs, and the agent says so at this verb."""

    def strike(called: str) -> Fault | None:
        if called == at:
            raise Hung("it never ends the sessions m3", help="start it anew")
        return None

    return strike


@pytest.mark.parametrize("verb", ["lock", "arm"])
def test_deploy_when_bird_hangs_touches_nothing_and_goes_on(verb: str) -> None:
    """What a member did to one daemon says nothing about the text; the receipt says what to do."""
    servers = three()
    servers[0].fault = hang(verb)
    rollouts = run(*servers, canary="rs1")
    assert ends(rollouts) == {"rs1": Ended.HUNG, "rs2": Ended.CONFIRMED, "rs3": Ended.CONFIRMED}
    assert rollouts[0].detail == "it never ends the sessions m3; start it anew"
    assert rollouts[0].running == digest(OLD)
    assert (servers[0].file, servers[0].running, servers[0].holder) == (OLD, OLD, None)


def test_deploy_when_the_canary_hangs_has_the_next_one_in_its_place() -> None:
    """A text that no live daemon has taken yet does not pass the first that cannot be reached."""
    servers = three()
    servers[0].fault = hang("lock")
    servers[1].fault = at("status", Fault.BEFORE)
    rollouts = run(*servers, canary="rs1")
    assert ends(rollouts) == {"rs1": Ended.HUNG, "rs2": Ended.UNREACHABLE, "rs3": Ended.SKIPPED}


def test_deploy_when_a_link_cannot_be_opened_is_unreachable() -> None:
    """A link that fails to open is a result as well."""

    @contextlib.contextmanager
    def closed(_: RouteServer) -> Iterator[RouteServerLink]:
        raise Unavailable("no ssh here", help="install it")
        yield

    job = Job(RouteServer(), NEW, SESSIONS)
    (rollout,) = deploy([job], closed, FakeClock(), lambda progress: None, holder="run-1")
    assert (rollout.ended, rollout.detail) == (Ended.UNREACHABLE, "no ssh here; install it")


def test_deploy_when_bird_is_down_touches_nothing() -> None:
    """Without a running BIRD there is nothing to roll out to."""
    server = RouteServer(bird_is_up=False)
    (rollout,) = run(server)
    assert (rollout.ended, rollout.running, server.calls) == (Ended.UNREACHABLE, None, ["status"])
    assert "start BIRD there" in rollout.detail


def test_deploy_when_locked_stops_and_names_the_holder() -> None:
    """Another run's lock is respected, and the rest is left to it."""
    servers = three()
    servers[0].lock("other-run")
    rollouts = run(*servers)
    assert list(ends(rollouts).values()) == [Ended.LOCKED, Ended.SKIPPED, Ended.SKIPPED]
    assert rollouts[0].detail == "locked by `other-run`"
    assert servers[0].holder == "other-run"


def test_deploy_when_a_lock_has_expired_takes_it_over_with_a_note() -> None:
    """A run that died is in the way for no longer than its lease, and the receipt says whose lock it was."""
    server = RouteServer()
    server.lock("dead-run")
    server.clock.sleep(LEASE_S)
    (rollout,) = run(server)
    assert (rollout.ended, server.holder) == (Ended.CONFIRMED, None)
    assert rollout.detail == "took over the lock of dead-run, which had expired"


@pytest.mark.parametrize("verb", ["lock", "upload", "prove"])
@pytest.mark.parametrize("fault", Fault)
def test_deploy_when_cut_before_arming_is_unreachable(verb: str, fault: Fault) -> None:
    """A cut before anything was armed leaves the old text, and the lock is given back."""
    server = RouteServer()
    server.fault = at(verb, fault, times=1)
    (rollout,) = run(server)
    assert (rollout.ended, rollout.running) == (Ended.UNREACHABLE, digest(OLD))
    assert (server.file, server.running, server.holder) == (OLD, OLD, None)


@pytest.mark.parametrize(
    ("verb", "fault", "ended"),
    [
        ("arm", Fault.BEFORE, Ended.REVERTED),
        ("arm", Fault.AFTER, Ended.REVERTED),
        ("confirm", Fault.BEFORE, Ended.CONFIRMED),
        ("confirm", Fault.AFTER, Ended.CONFIRMED),
    ],
)
@pytest.mark.parametrize("times", [1, 3])
def test_deploy_when_cut_while_armed_finds_out_what_runs(
    verb: str, fault: Fault, ended: Ended, times: int
) -> None:
    """A cut at arming ends in the old text, a cut at the confirmation in what was decided."""
    server = RouteServer()
    server.fault = at(verb, fault, times=times)
    (rollout,) = run(server)
    runs = NEW if ended is Ended.CONFIRMED else OLD
    assert (rollout.ended, rollout.running) == (ended, digest(runs))
    assert (server.file, server.running, server.before, server.holder) == (runs, runs, None, None)


def test_deploy_when_cut_until_the_timer_fired_is_reverted() -> None:
    """Contact that comes back after BIRD has undone the text ends with the old one, on disk too."""
    server = RouteServer()
    cut = {"from": 0.0}

    def strike(verb: str) -> Fault | None:
        if verb == "confirm":
            cut["from"] = server.clock.now
        return Fault.BEFORE if cut["from"] and server.clock.now < cut["from"] + 16 else None

    server.fault = strike
    (rollout,) = run(server)
    assert (rollout.ended, server.file, server.running) == (Ended.REVERTED, OLD, OLD)
    assert "put the file back" in rollout.detail


@pytest.mark.parametrize("verb", ["arm", "confirm"])
def test_deploy_when_cut_for_good_while_armed_is_stuck(verb: str) -> None:
    """A route server that stays away after arming calls for a human, and stops the rest."""
    servers = three()
    servers[0].fault = at(verb, Fault.AFTER)
    rollouts = run(*servers)
    assert list(ends(rollouts).values()) == [Ended.STUCK, Ended.SKIPPED, Ended.SKIPPED]
    assert rollouts[0].running is None
    assert "look at it by hand" in rollouts[0].detail


def test_deploy_when_bird_dies_while_armed_waits_for_it() -> None:
    """A daemon that does not come back leaves its state unknown."""
    server = RouteServer()

    def strike(verb: str) -> Fault | None:
        if verb == "confirm":
            server.bird_is_up = False
            return Fault.AFTER
        return None

    server.fault = strike
    (rollout,) = run(server)
    assert rollout.ended is Ended.STUCK
    assert "BIRD does not answer" in rollout.detail


def test_deploy_when_the_revert_is_refused_looks_again() -> None:
    """A revert that was not done is followed by a look at what runs."""

    class Unwilling(RouteServer):
        def revert(self) -> None:
            self.clock.sleep(LIMITS.undo_timeout_s)
            self._pass_time()
            raise Refused("nothing is armed")

    server = Unwilling(breaks={NEW: frozenset({"m1"})})
    (rollout,) = run(server)
    assert (rollout.ended, server.file, server.running) == (Ended.REVERTED, OLD, OLD)


def test_deploy_when_interrupted_while_armed_reverts_and_unlocks() -> None:
    """An interrupt leaves nothing armed and nothing locked, keeps what was done, and tries no other."""
    servers = three()

    def interrupt(progress: Progress) -> None:
        if progress.route_server == "rs2" and progress.step is Step.PROBE:
            raise KeyboardInterrupt

    rollouts = run(*servers, report=interrupt)
    assert ends(rollouts) == {"rs1": Ended.CONFIRMED, "rs2": Ended.REVERTED, "rs3": Ended.SKIPPED}
    assert rollouts[1].detail == STOPPED
    server = servers[1]
    assert (server.file, server.running, server.before, server.holder) == (OLD, OLD, None, None)


def test_deploy_when_interrupted_before_anything_is_armed_was_not_tried() -> None:
    """A stop while the text is uploaded changed nothing there."""
    server = RouteServer()

    def interrupt(progress: Progress) -> None:
        if progress.step is Step.UPLOAD:
            raise KeyboardInterrupt

    assert ends(run(server, report=interrupt)) == {"rs1": Ended.SKIPPED}
    assert server.holder is None


def test_deploy_when_this_machine_has_trouble_says_so() -> None:
    """A disk that is full here says nothing about the route server."""

    @contextlib.contextmanager
    def full(server: RouteServer) -> Iterator[RouteServerLink]:
        raise OSError(28, "No space left on device")
        yield server

    server = RouteServer()
    job = Job(server, NEW, SESSIONS, limits=LIMITS)
    (rollout,) = deploy([job], full, server.clock, lambda progress: None, holder="run-1")
    assert (rollout.ended, "No space left" in rollout.detail) == (Ended.UNREACHABLE, True)


def test_deploy_reports_every_step_before_it_is_taken() -> None:
    """What is shown to people names the route server, the state and the step."""
    seen: list[Progress] = []
    run(RouteServer(), report=seen.append)
    assert seen[0] == Progress(Label("rs1"), State.UNLOCKED, Step.OBSERVE)
    assert seen[-1] == Progress(Label("rs1"), State.CONFIRMED, Step.UNLOCK)
