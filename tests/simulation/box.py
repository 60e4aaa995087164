"""A route server as a model: its disk, its daemon, its clocks, and the agent's verbs as their single effects.

Law: no file, no process, no real time. The verbs follow `agent/ztix-agent` effect by effect, because between
any two of them the machine may die. What a test does to the box are the methods of its first half.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from ztix.errors import Locked, Refused, Unavailable
from ztix.health import Health, Session
from ztix.link import Hung, Status
from ztix.terms import Digest

LEASE_S = 120.0
CHECK_S = 5
PATIENCE_S = 15.0
SESSIONS = ("m1", "m2")


class AgentDied(Exception):
    """The agent's process ended between two effects."""


def digest(text: bytes) -> Digest:
    """The digest of a text."""
    return Digest(f"sha256:{hashlib.sha256(text).hexdigest()}")


@dataclass
class Daemon:
    """A running BIRD. began, ended: start and last reconfiguration, by the machine's uptime.

    stuck: a session stays in flush for ever, as on BIRD 3 after a malformed prefix.  busy: something was
    configured since, which never ends.  queued: what waits behind that.
    """

    text: bytes
    began: float
    ended: float
    undo: tuple[bytes, float] | None = None
    """What ran before the last `configure`, and since when; there until it is undone or replaced."""
    deadline: float | None = None
    stuck: bool = False
    busy: bool = False
    queued: str = ""


@dataclass
class Box:
    """One machine.

    keeps_time: whether an undo brings the old time of reconfiguration back, as BIRD 2 does.
    ill: the texts under which a session does not come back.  effect: called before each single effect.
    ended: whether a daemon was ended by what it was given to configure.
    """

    conf: bytes
    keeps_time: bool = True
    ill: frozenset[bytes] = frozenset()
    effect: Callable[[], None] = lambda: None
    uptime: float = 1000.0
    wall: float = 1e9
    boots: int = 0
    previous: bytes | None = None
    candidate: bytes | None = None
    proved: Digest | None = None
    lock: tuple[int, float, str] | None = None
    armed: tuple[int, float, Digest, Digest, float | None] | None = None
    record: tuple[Digest, float, float] | None = None
    ended: bool = False
    daemon: Daemon | None = field(init=False)

    def __post_init__(self) -> None:
        self.start()

    # --- what may happen to it ---
    def start(self) -> None:
        """A daemon starts: it reads the file that is on disk."""
        self.daemon = Daemon(self.conf, self.uptime, self.uptime)

    def restart(self) -> None:
        """The daemon is started anew."""
        self.pass_time(2.0)
        self.start()

    def reboot(self) -> None:
        """The machine is started anew: its uptime begins again."""
        self.boots += 1
        self.uptime = 5.0
        self.start()

    def stop(self) -> None:
        """The daemon ends."""
        self.daemon = None

    def read_malformed(self) -> None:
        """A member sends a malformed prefix: BIRD 3 never ends its session."""
        if self.daemon is not None and not self.keeps_time:
            self.daemon.stuck = True

    def configure_by_hand(self) -> None:
        """Somebody types `configure`: it reads the live file and cancels what waits for a confirmation."""
        if self.daemon is not None:
            self._configure(None)

    def load_by_hand(self, text: bytes) -> None:
        """Somebody loads another file than the live one."""
        self.pass_time(60.0)
        assert self.daemon is not None
        self.daemon.text, self.daemon.ended = text, self.uptime

    def turn_clock(self, seconds: float) -> None:
        """The clock on the wall jumps."""
        self.wall += seconds

    def pass_time(self, seconds: float) -> None:
        """So many seconds later."""
        self.uptime += seconds
        daemon = self.daemon
        if daemon is not None and daemon.deadline is not None and self.uptime >= daemon.deadline:
            self._undo(daemon)

    # --- BIRD ---
    def _configure(self, timeout_s: float | None) -> bool:
        """Whether it runs the text now; else it is in the queue, or the daemon is no more."""
        assert self.daemon is not None
        self.pass_time(0.05)
        daemon = self.daemon
        deadline = None if timeout_s is None else self.uptime + timeout_s
        if daemon.busy:
            self._queue(daemon, "text", deadline)
            return False
        daemon.undo = (daemon.text, daemon.ended)
        daemon.text, daemon.ended = self.conf, self.uptime
        daemon.deadline, daemon.busy = deadline, daemon.stuck
        return True

    def _undo(self, daemon: Daemon) -> bool:
        if daemon.busy:
            self._queue(daemon, "undo", None)
            return False
        assert daemon.undo is not None
        daemon.text, ended = daemon.undo
        daemon.ended = ended if self.keeps_time else self.uptime
        daemon.undo = daemon.deadline = None
        daemon.busy = daemon.stuck
        return True

    def _queue(self, daemon: Daemon, what: str, deadline: float | None) -> None:
        if daemon.queued == "text":
            self.daemon, self.ended = None, True
        daemon.queued, daemon.deadline = what, deadline

    def _look(self) -> tuple[float, float] | None:
        """The daemon's age at its last reconfiguration, and its start, both from the times that it shows."""
        if self.daemon is None:
            return None
        told, began, ended = (
            self.wall + moment for moment in (self.uptime, self.daemon.began, self.daemon.ended)
        )
        return ended - began, self.uptime - told + began

    # --- the agent's functions, by the script's names ---
    def _is_busy(self) -> bool:
        busy = self.daemon is not None and self.daemon.busy
        if busy:
            self.pass_time(PATIENCE_S)
        return busy

    def _refuse_where_it_hangs(self) -> None:
        if self.daemon is not None and (self.daemon.stuck or self.daemon.busy):
            self.pass_time(PATIENCE_S)
            raise Hung("BIRD can take no configuration")

    def _restarted(self) -> bool:
        seen = self._look()
        return seen is not None and seen[0] < 0.005

    def _as_recorded(self) -> bool:
        seen = self._look()
        if seen is None or self.record is None:
            return False
        return abs(seen[0] - self.record[1]) < 0.005 and abs(seen[1] - self.record[2]) < 1.0

    def running(self) -> Digest | None:
        """What runs, as far as the agent can tell."""
        if self.daemon is None or self.record is None:
            return None
        known = digest(self.conf) == self.record[0] if self._restarted() else self._as_recorded()
        return self.record[0] if known else None

    def _write_record(self, text: Digest | None) -> None:
        self.effect()
        self.record = None if text is None else (text, *(self._look() or (0.0, 0.0)))

    def _write_armed(self, seconds: float, before: Digest, after: Digest, age: float | None) -> None:
        self.effect()
        self.armed = (self.boots, self.uptime + seconds, before, after, age)

    def _drop_armed(self) -> None:
        self.effect()
        self.armed = None

    def _restore_file(self, before: Digest) -> None:
        if digest(self.conf) == before:
            return
        if self.previous is None or digest(self.previous) != before:
            raise Unavailable("the previous file is gone; the route server needs a human")
        self.effect()
        self.conf, self.previous = self.previous, None

    def _put_back(self) -> bool:
        assert self.armed is not None
        before, after = self.armed[2:4]
        if self.record is not None and self.record[0] == after and self._as_recorded():
            self._drop_armed()
            return False
        known = self.running()
        if known is None:
            self.effect()
            self.record = None
        self._restore_file(before)
        if self.daemon is not None and known is None:
            if self._is_busy():
                raise Unavailable("BIRD has not finished an earlier configuration")
            self.effect()
            if not self._configure(None):
                raise Unavailable("BIRD has not taken the previous file back yet")
            self._write_record(before)
        self._drop_armed()
        return True

    def _survey(self) -> bool:
        if self.armed is None:
            return False
        boot, until = self.armed[:2]
        over = boot != self.boots or self.uptime >= until or self._restarted() or self.running() is not None
        return self._put_back() if over else False

    def _write_lock(self, holder: str, seconds: float) -> None:
        self.effect()
        self.lock = (self.boots, self.uptime + seconds, holder)

    def _hold(self, holder: str) -> None:
        if self.lock is None or self.lock[0] != self.boots or self.lock[2] != holder:
            raise Locked(f"locked by `{self.lock[2] if self.lock else 'none'}`")
        self._write_lock(holder, LEASE_S)

    # --- the agent's verbs ---
    def status(self) -> Status:
        restored = self._survey()
        version = None if self.daemon is None else "2.0.12"
        seen = self._look()
        age_ms = None if seen is None else int(seen[0] * 1000)
        armed = self.armed is not None
        return Status(version, digest(self.conf), self.running(), armed, restored, self.holder, "", age_ms)

    @property
    def holder(self) -> str | None:
        """Who holds the lock now."""
        lock = self.lock
        return None if lock is None or lock[0] != self.boots or self.uptime >= lock[1] else lock[2]

    def take_lock(self, holder: str) -> None:
        if self.holder not in {None, holder}:
            raise Locked(f"locked by `{self.holder}`")
        self._refuse_where_it_hangs()
        self._write_lock(holder, LEASE_S)
        self._survey()
        if self.armed is not None:
            self._put_back()

    def unlock(self, holder: str) -> None:
        if self.lock is not None and self.lock[2] == holder:
            self.effect()
            self.lock = None

    def upload(self, holder: str, text: bytes) -> None:
        self._hold(holder)
        self.effect()
        self.proved = None
        self.effect()
        self.candidate = text

    def prove(self, holder: str) -> None:
        self._hold(holder)
        self.effect()
        self.proved = None
        if self.candidate is None:
            raise Refused("the text does not end in its end marker")
        self.effect()
        self.proved = digest(self.candidate)

    def arm(self, holder: str, timeout_s: int) -> None:
        self._hold(holder)
        self._survey()
        if self.daemon is None:
            raise Refused("BIRD does not answer on its control socket")
        if self.armed is not None:
            raise Refused("a configuration is armed already")
        if self.candidate is None or digest(self.candidate) != self.proved:
            raise Refused("the candidate is not proven")
        self._refuse_where_it_hangs()
        before, after = digest(self.conf), digest(self.candidate)
        self._write_record(self.running())
        self._write_armed(timeout_s + 2, before, after, None)
        self._write_lock(holder, LEASE_S + timeout_s)
        self.effect()
        self.previous = self.conf
        self.effect()
        self.conf, self.candidate = self.candidate, None
        self.effect()
        if self.daemon is None:
            raise Unavailable("BIRD did not answer")
        taken = self._configure(timeout_s)
        seen = self._look()
        self._write_armed(timeout_s + 1, before, after, seen[0] if seen else None)
        if not taken:
            raise Unavailable("BIRD has put it into a queue")

    def health(self) -> Health:
        if self.daemon is None:
            raise Refused("BIRD does not answer on its control socket")
        up = self.daemon.text not in self.ill
        return Health.of(Session(name, up or name == "m1", "", 10, 0, 10) for name in SESSIONS)

    def confirm(self, holder: str) -> None:
        self._hold(holder)
        self._survey()
        if self.armed is None:
            raise Refused("nothing is armed")
        self.effect()
        if self.daemon is None:
            raise Unavailable("BIRD did not answer")
        if self.daemon.deadline is None:
            self._put_back()
            raise Refused("BIRD had undone it already")
        self.daemon.deadline = None
        self._write_record(self.armed[3])
        self._drop_armed()

    def revert(self, holder: str) -> None:
        self._hold(holder)
        restored = self._survey()
        if self.armed is not None:
            recorded = self.record[0] if self.record else None
            self._restore_file(self.armed[2])
            if self._is_busy():
                raise Unavailable("BIRD has not finished an earlier configuration")
            self.effect()
            daemon, seen, age = self.daemon, self._look(), self.armed[4]
            ours = seen is not None and age is not None and abs(seen[0] - age) < 0.005
            if ours and daemon is not None and daemon.undo is not None and self._undo(daemon):
                self._write_record(recorded)
            self._put_back()
        elif not restored:
            raise Refused("nothing is armed")
        if self.daemon is None:
            raise Refused("the file is put back, but BIRD does not answer")


@contextmanager
def deaths_are_losses() -> Iterator[None]:
    """To a caller, an agent that died has not answered."""
    try:
        yield
    except AgentDied:
        raise Unavailable("the connection broke") from None
