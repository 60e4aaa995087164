"""One random story of a rollout: a run against the model of a route server, and all that may go wrong.

Law: a story is its seed. The run is the real one (`deploy`, and under it the transition table); only the far
end is the model. `check` tells a story and says which promises it broke.
"""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from tests.simulation.box import AgentDied, Box, deaths_are_losses, digest
from ztix.deploy import Job, deploy
from ztix.errors import Unavailable, ZtixError
from ztix.health import Health, Limits
from ztix.link import END_MARKER, RouteServerLink, Status
from ztix.rollout import Ended, Rollout
from ztix.terms import Label

OLD, NEW, OTHER = (f"{word}\n{END_MARKER}\n".encode() for word in ("old", "new", "other"))
LIMITS = Limits(health_timeout_s=6, settle_s=1, margin_s=4)
SESSIONS = frozenset({"m1", "m2"})
FAULTS = ("lost before", "lost after", "twice", "late", "slow", "agent dies")


class RunKilled(BaseException):
    """The run is gone at once: nothing of ours is done any more."""


@dataclass
class Story:
    """A box, a way to it that is full of faults, and what happens besides.

    disturbed: something else than this run may have changed what runs: another run, a hand, a late request.
    """

    seed: int
    chance: random.Random = field(init=False)
    box: Box = field(init=False)
    log: list[str] = field(default_factory=list)
    late: list[Callable[[], object]] = field(default_factory=list)
    quiet: bool = False
    disturbed: bool = False
    depth: int = 0

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)  # noqa: S311 - stories, not secrets
        ill = frozenset({NEW}) if self.chance.random() < 0.3 else frozenset[bytes]()
        self.box = Box(OLD, keeps_time=self.chance.random() < 0.5, ill=ill, effect=self.before_effect)
        begin = self.chance.choice(["recorded", "new to us", "by hand"])
        self.log.append(begin)
        if begin == "recorded":
            self.box.record = (digest(OLD), 0.0, self.box.uptime)
        elif begin == "by hand":
            self.box.load_by_hand(OTHER)
        self.fault_rate = self.chance.choice([0.02, 0.1, 0.3])
        self.event_rate = self.chance.choice([0.0, 0.02, 0.1])
        self.death_rate = 0.0

    # --- what goes wrong ---
    def before_effect(self) -> None:
        """Called by the box before each effect."""
        if self.chance.random() < self.death_rate:
            self.log.append("the agent dies")
            raise AgentDied

    def call(self, verb: str, ask: Callable[[], object]) -> object:
        """One request on its way there and back, or not."""
        if self.quiet:
            self.box.pass_time(0.1)
            return ask()
        self.meanwhile()
        fault = self.chance.choice(FAULTS) if self.chance.random() < self.fault_rate else ""
        self.log.append(f"{verb} {fault}".rstrip())
        self.box.pass_time(self.chance.choice([0.1, 0.1, 1.0]))
        if fault == "slow":
            self.box.pass_time(self.chance.uniform(1, 200))
        if fault == "lost before":
            raise Unavailable("the connection broke")
        if fault == "late":
            self.late.append(ask)
            raise Unavailable("the connection broke")
        self.death_rate = 0.3 if fault == "agent dies" else 0.0
        try:
            with deaths_are_losses():
                answer = ask()
                if fault == "twice":
                    answer = ask()
        finally:
            self.death_rate = 0.0
        if fault == "lost after":
            raise Unavailable("the connection broke")
        return answer

    def meanwhile(self) -> None:
        """What happens between two requests."""
        while self.late and self.chance.random() < 0.3:
            self.arrive(self.late.pop(self.chance.randrange(len(self.late))))
        if self.chance.random() >= self.event_rate:
            return
        event = self.chance.choice(
            [
                self.kill,
                self.restart,
                self.reboot,
                self.hang,
                self.malformed,
                self.hand,
                self.clock,
                self.other_run,
            ]
        )
        self.log.append(event.__name__)
        event()

    def arrive(self, request: Callable[[], object]) -> None:
        """A request that its sender has given up is done after all."""
        self.log.append("a late one arrives")
        with contextlib.suppress(ZtixError, AgentDied):
            request()

    def kill(self) -> None:
        raise RunKilled

    def restart(self) -> None:
        self.box.restart()

    def reboot(self) -> None:
        self.box.reboot()

    def hang(self) -> None:
        """The daemon is away for the next request, and then another one is there."""
        self.box.stop()
        self.late.insert(0, self.box.start)

    def malformed(self) -> None:
        self.box.read_malformed()

    def hand(self) -> None:
        self.disturbed = True
        self.box.configure_by_hand()

    def clock(self) -> None:
        self.box.turn_clock(self.chance.choice([-1e7, -3600, 0.5, 3600, 1e7]))

    def other_run(self) -> None:
        """A second run, with a text of its own, from beginning to end or until it is killed."""
        if self.depth:
            return
        self.disturbed = True
        self.depth += 1
        with contextlib.suppress(RunKilled):
            self.run("run-2", self.chance.choice([NEW, OLD]))
        self.depth -= 1

    # --- the run ---
    def run(self, holder: str, text: bytes) -> Rollout:
        job = Job(Target(Label("rs1")), text, SESSIONS, limits=LIMITS)

        @contextlib.contextmanager
        def connect(_: Target) -> Iterator[RouteServerLink]:
            yield Link(self, holder)

        (rollout,) = deploy([job], connect, Passing(self.box), lambda progress: None, holder=holder)
        self.log.append(f"{holder} ended {rollout.ended.value}")
        return rollout

    def settle(self) -> Status:
        """Everything that waits for time has had its time, a daemon runs that can, and somebody looked."""
        if self.box.daemon is None:
            self.box.start()
        elif self.box.daemon.stuck:
            self.box.restart()
        self.late.clear()
        self.quiet = True
        self.box.pass_time(LIMITS.undo_timeout_s + 300)
        return self.box.status()


@dataclass(frozen=True, slots=True)
class Target:
    """The route server's name."""

    name: Label


@dataclass
class Passing:
    """Time of the run, which is the box's time: it never goes back, though a machine's uptime does."""

    box: Box
    now: float = 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.box.pass_time(seconds)


@dataclass
class Link:
    """A RouteServerLink through the story."""

    story: Story
    holder: str

    def status(self) -> Status:
        answer = self.story.call("status", self.story.box.status)
        assert isinstance(answer, Status)
        return answer

    def lock(self, holder: str) -> Sequence[str]:
        self.story.call("lock", lambda: self.story.box.take_lock(holder))
        return ()

    def unlock(self, holder: str) -> None:
        self.story.call("unlock", lambda: self.story.box.unlock(holder))

    def upload(self, text: bytes) -> None:
        self.story.call("upload", lambda: self.story.box.upload(self.holder, text))

    def prove(self) -> Sequence[str]:
        self.story.call("prove", lambda: self.story.box.prove(self.holder))
        return ()

    def arm(self, timeout_s: int) -> None:
        self.story.call("arm", lambda: self.story.box.arm(self.holder, timeout_s))

    def health(self) -> Health:
        answer = self.story.call("health", self.story.box.health)
        assert isinstance(answer, Health)
        return answer

    def confirm(self) -> None:
        self.story.call("confirm", lambda: self.story.box.confirm(self.holder))

    def revert(self) -> None:
        self.story.call("revert", lambda: self.story.box.revert(self.holder))

    def fetch(self) -> bytes:
        return self.story.box.conf


def check(seed: int) -> tuple[Ended | None, list[str]]:
    """Tell the story of this seed. Returns how its run ended (None: killed), and the promises it broke."""
    story = Story(seed)
    rollout: Rollout | None = None
    with contextlib.suppress(RunKilled):
        rollout = story.run("run-1", NEW)
    status = story.settle()
    box = story.box
    assert box.daemon is not None
    runs, broken = box.daemon.text, []
    untouched = (runs, box.conf, status.running) == (OTHER, OLD, None)
    if box.conf not in {OLD, NEW} or (runs not in {OLD, NEW} and not untouched):
        broken.append("neither the old nor the new text, whole")
    if runs != box.conf and not untouched:
        broken.append("the file is not what runs")
    if status.armed or status.running not in {None, digest(runs)}:
        broken.append("the route server does not know what it runs")
    if rollout is not None and not story.disturbed and rollout.running not in {None, digest(runs)}:
        broken.append("the receipt names another text than the one that runs")
    if rollout is not None and rollout.ended is Ended.CONFIRMED and NEW in box.ill:
        broken.append("a text under which a session is down was confirmed")
    if box.ended and not story.disturbed:
        broken.append("the daemon was ended by what it was given to configure")
    again = story.run("run-3", NEW)
    wanted = {Ended.REVERTED, Ended.UNCHANGED} if NEW in box.ill else {Ended.CONFIRMED, Ended.UNCHANGED}
    if again.ended not in wanted or box.daemon is None or box.daemon.text != box.conf:
        broken.append(f"a second run ended {again.ended.value}: {again.detail}")
    return (rollout.ended if rollout else None), [f"{words}: {'; '.join(story.log)}" for words in broken]
