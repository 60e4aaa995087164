"""A route server by hand: what the agent and BIRD do to its file and its running text, in memory.

Law: no file, no process, no real time. The clock is the test's; faults come in as a function. A fault
strikes before the verb's effect or after it, and the caller cannot tell the two apart, as with a connection
that broke.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum

from ztix.errors import Locked, Refused, Unavailable
from ztix.health import Filtered, Health, Session
from ztix.link import END_MARKER, Status
from ztix.readiness import Readiness
from ztix.terms import Asn, Digest, Label

LEASE_S = 120.0
RS1 = Label("rs1")


def digest(text: bytes) -> Digest:
    """The digest of a text."""
    return Digest(f"sha256:{hashlib.sha256(text).hexdigest()}")


def text(*words: str) -> bytes:
    """A text that parses and ends as it should."""
    return "\n".join([*words, END_MARKER, ""]).encode()


OLD, NEW = text("old"), text("new")
WELL = Readiness(
    agent=Digest(f"sha256:{'0' * 64}"),
    account="ztix",
    sealed=True,
    folder=True,
    shared=True,
    live=True,
    state=True,
    program="2.0.12",
    socket="open",
    bird="2.0.12",
    start="included",
    unit=True,
)
"""A machine on which everything is as it has to be."""


class FakeClock:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class Fault(Enum):
    """What goes wrong with one verb."""

    BEFORE = "the request is lost"
    AFTER = "the answer is lost"


@dataclass
class RouteServer:
    """The state of a route server and, as a RouteServerLink, the verbs that change it.

    breaks: texts under which the sessions in them do not come back.  refused: what import refused.
    told: sessions that it tells otherwise than by that.
    """

    clock: FakeClock = field(default_factory=FakeClock)
    name: Label = RS1
    file: bytes = OLD
    running: bytes = OLD
    bird_is_up: bool = True
    breaks: dict[bytes, frozenset[str]] = field(default_factory=dict)
    sessions: frozenset[str] = frozenset({"m1", "m2"})
    fault: Callable[[str], Fault | None] = lambda verb: None
    takes_s: float = 0.1
    holder: str | None = None
    lease_until: float = 0.0
    candidate: bytes | None = None
    proven: bool = False
    before: tuple[bytes, bytes] | None = None
    """The file and the text that ran when the armed one came; there until confirmed or put back."""
    until: float = 0.0
    calls: list[str] = field(default_factory=list)
    caller: str = ""
    readiness: Readiness = field(default_factory=lambda: WELL)
    refused: tuple[Filtered, ...] = ()
    told: dict[str, Session] = field(default_factory=dict)

    @contextlib.contextmanager
    def _verb(self, name: str) -> Iterator[None]:
        self.calls.append(name)
        self.clock.sleep(self.takes_s)
        self._pass_time()
        fault = self.fault(name)
        if fault is Fault.BEFORE:
            raise Unavailable("the connection broke")
        yield
        if fault is Fault.AFTER:
            raise Unavailable("the connection broke")

    def _pass_time(self) -> None:
        if self.before is not None and self.clock.now >= self.until:
            self.running = self.before[1]  # BIRD's own undo, which leaves the file

    def _put_back(self) -> None:
        if self.before is not None:
            self.file, self.running = self.before
            self.before = None

    def _hold(self) -> None:
        if self.holder != self.caller:
            raise Locked(f"locked by `{self.holder}`")
        self.lease_until = self.clock.now + LEASE_S

    def status(self) -> Status:
        with self._verb("status"):
            restored = self.before is not None and self.clock.now >= self.until
            if restored:
                self._put_back()
            return Status(
                "2.0.12" if self.bird_is_up else None,
                digest(self.file),
                digest(self.running) if self.bird_is_up else None,
                self.before is not None,
                restored,
                self.holder,
            )
        raise AssertionError

    def lock(self, holder: str) -> Sequence[str]:
        with self._verb("lock"):
            if self.holder not in {None, holder} and self.clock.now < self.lease_until:
                raise Locked(f"locked by `{self.holder}`")
            expired = self.holder not in {None, holder}
            notes = (f"took over the lock of {self.holder}, which had expired",) if expired else ()
            self.holder = self.caller = holder
            self.lease_until = self.clock.now + LEASE_S
            self._put_back()
            return notes
        raise AssertionError

    def unlock(self, holder: str) -> None:
        with self._verb("unlock"):
            if self.holder == holder:
                self.holder = None

    def upload(self, text: bytes) -> None:
        with self._verb("upload"):
            self._hold()
            self.candidate, self.proven = text, False

    def prove(self) -> Sequence[str]:
        with self._verb("prove"):
            self._hold()
            if self.candidate is None or b"syntax error" in self.candidate:
                raise Refused("bird -p: candidate:1:1 syntax error")
            self.proven = True
            return ("deprecated",) if b"deprecated" in self.candidate else ()
        raise AssertionError

    def arm(self, timeout_s: int) -> None:
        with self._verb("arm"):
            self._hold()
            if not self.proven or self.candidate is None or b"refused" in self.candidate:
                raise Refused("configure: candidate:1:1 refused")
            self.before = (self.file, self.running)
            self.file = self.running = self.candidate
            self.candidate, self.proven = None, False
            self.until = self.clock.now + timeout_s
            self.lease_until = self.until + LEASE_S

    def health(self) -> Health:
        with self._verb("health"):
            down = self.breaks.get(self.running, frozenset())
            plain = {name: Session(name, name not in down, "", 10, 0, 10) for name in sorted(self.sessions)}
            return Health.of((plain | self.told).values())
        raise AssertionError

    def confirm(self) -> None:
        with self._verb("confirm"):
            self._hold()
            if self.before is None or self.clock.now >= self.until:
                self._put_back()
                raise Refused("BIRD had undone it already")
            self.before = None

    def revert(self) -> None:
        with self._verb("revert"):
            self._hold()
            if self.before is None:
                raise Refused("nothing is armed")
            self._put_back()

    def check(self) -> Readiness:
        with self._verb("check"):
            return self.readiness
        raise AssertionError

    def filtered(self, asn: Asn, function: int) -> Sequence[Filtered]:
        with self._verb("filtered"):
            return self.refused
        raise AssertionError

    def fetch(self) -> bytes:
        with self._verb("fetch"):
            return self.file
        raise AssertionError
