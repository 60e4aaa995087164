"""Is a route server well after a new configuration? A decision over two measurements.

Law: pure. A measurement arrives as a value; waiting, asking and acting are somebody else's. The measure is
what members lose: sessions that were up and are not, routes that were accepted and are not.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum

from ztix.amounts import few

NAMED = 5
"""How many sessions a reason names before it only counts."""


@dataclass(frozen=True, slots=True)
class Session:
    """One BGP session as BIRD tells it. Route counts are sums over its channels.

    Where it is not established: state: of BIRD's protocol, such as `flush`.  bgp: such as `Active`.
    error: BIRD's own words for what ended it last. Empty where nobody told.
    """

    name: str
    established: bool
    since: str = ""
    imported: int = 0
    filtered: int = 0
    exported: int = 0
    state: str = ""
    bgp: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Filtered:
    """Routes of one session that import refused for one reason. reason: 0 where the route tells none.

    example: the prefix of one of them, as BIRD writes it.
    """

    session: str
    reason: int
    count: int
    example: str


@dataclass(frozen=True, slots=True)
class Health:
    """All BGP sessions of a route server at one moment, by name of the protocol."""

    sessions: dict[str, Session] = field(default_factory=dict)
    reconfigured: str = ""
    """BIRD's own words for when its configuration was last read."""

    @classmethod
    def of(cls, sessions: Iterable[Session], reconfigured: str = "") -> Health:
        """The measurement that holds these sessions."""
        return cls({session.name: session for session in sessions}, reconfigured)

    @property
    def counts(self) -> tuple[int, int]:
        """How many sessions are established, and how many routes import accepted on all of them."""
        known = self.sessions.values()
        return sum(one.established for one in known), sum(one.imported for one in known)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a rollout may cost, and for how long it is watched.

    min_sessions_share:    share of the sessions that were up which must be up again, 0 to 1.
    max_route_loss_share:  share of the routes accepted on those sessions, and of those handed on to them,
                           that may be gone, 0 to 1.
    health_timeout_s:      time for that; afterwards the rollout is reverted.
    settle_s:              a measurement sooner than this after arming proves nothing: BIRD may not yet have
                           taken down what it is going to restart.
    margin_s:              how much longer BIRD waits for the confirmation than we wait for health.
    """

    min_sessions_share: float = 1.0
    max_route_loss_share: float = 0.2
    health_timeout_s: int = 60
    settle_s: float = 2.0
    margin_s: int = 30

    @property
    def undo_timeout_s(self) -> int:
        """The timer that BIRD is armed with. It outlasts the watch, so that a late verdict is still ours."""
        return self.health_timeout_s + self.margin_s


class Verdict(Enum):
    """What a measurement means."""

    WELL = "well"
    WAITING = "waiting"
    ILL = "ill"


def judge(
    before: Health, now: Health, expected: frozenset[str], limits: Limits, waited_s: float
) -> tuple[Verdict, str]:
    """The verdict on one measurement, and what is missing ("" when nothing is).

    before:    measured ahead of arming.  now: measured `waited_s` seconds after it.
    expected:  names of the sessions in the new configuration; others were removed on purpose.
    A session that was down before is nobody's loss and is not waited for. Raises nothing.
    """
    watched = sorted(name for name, s in before.sessions.items() if s.established and name in expected)
    missing = [name for name in watched if name not in now.sessions or not now.sessions[name].established]
    had = sum(before.sessions[name].imported for name in watched)
    has = sum(now.sessions[name].imported for name in watched if name not in missing)
    lacks = []
    if len(watched) - len(missing) < limits.min_sessions_share * len(watched) - 1e-9:
        lacks.append(f"{len(missing)} of {len(watched)} sessions are not back: {_named(missing)}")
    if has < had * (1 - limits.max_route_loss_share) - 1e-9:
        fewer = [(name, before.sessions[name].imported, _imported(now, name)) for name in watched]
        lacks.append(f"{had - has} of {had} accepted routes are gone{_fewer(fewer, missing)}")
    back = [name for name in watched if name not in missing]
    sent, sends = (sum(health.sessions[name].exported for name in back) for health in (before, now))
    # What a session brought that is removed on purpose is no longer handed to any of the others.
    meant = sum(s.imported for name, s in before.sessions.items() if name not in expected) * len(back)
    if sends < (sent - meant) * (1 - limits.max_route_loss_share) - 1e-9:
        fewer = [(name, before.sessions[name].exported, now.sessions[name].exported) for name in back]
        lacks.append(f"{sent - sends} of {sent} routes are no longer handed on{_fewer(fewer, missing)}")
    reason = "; ".join(lacks)
    if waited_s >= limits.health_timeout_s:
        return (Verdict.ILL, reason) if lacks else (Verdict.WELL, "")
    if lacks or waited_s < limits.settle_s:
        return Verdict.WAITING, reason
    return Verdict.WELL, ""


def _imported(health: Health, name: str) -> int:
    return health.sessions[name].imported if name in health.sessions else 0


def _fewer(counts: list[tuple[str, int, int]], missing: list[str]) -> str:
    """Each session's count before and now, those that lost most first; not of those named as missing."""
    lost = sorted(
        (now - had, name, had, now) for name, had, now in counts if now < had and name not in missing
    )
    told = few([f"`{name}` {had} -> {now}" for _, name, had, now in lost], NAMED)
    return f": {told}" if lost else ""


def _named(names: list[str]) -> str:
    return few([f"`{name}`" for name in names], NAMED)
