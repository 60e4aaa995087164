"""Where events go: to everybody in this process who listens, in the order in which they happen.

Touches: the list of who listens, and a clock that only goes on. Any thread may tell.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from threading import Lock
from typing import TypeAlias

from ztix.events import Called, Event, Stage, Staged, Upstream

Listener: TypeAlias = Callable[[Event], object]

_listeners: tuple[Listener, ...] = ()
_once = Lock()
_within: ContextVar[list[float]] = ContextVar("within")
"""Seconds of the stages that ended within the one that is open."""


def tell(event: Event) -> None:
    """Hand an event to everybody who listens."""
    for listener in _listeners:
        listener(event)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Hear of every event until the end of the block, those of other threads too."""
    global _listeners  # noqa: PLW0603 - one stream for the process, because drivers' threads tell, too
    with _once:
        _listeners = (*_listeners, listener)
    try:
        yield
    finally:
        with _once:
            _listeners = tuple(one for one in _listeners if one is not listener)


@contextmanager
def staged(stage: Stage) -> Iterator[None]:
    """Tell how long the block took, also where it fails."""
    around, inner = _within.get(None), list[float]()
    token, started = _within.set(inner), time.monotonic()
    try:
        yield
    finally:
        _within.reset(token)
        duration_s = time.monotonic() - started
        if around is not None:
            around.append(duration_s)
        tell(Staged(stage, duration_s, max(0.0, duration_s - sum(inner))))


@dataclass(slots=True)
class Call:
    """What is learnt of a call while it lasts. See `Called`."""

    status: int | None = None
    upstream_id: str = ""
    failure: str = ""


@contextmanager
def calling(
    upstream: Upstream, request: str, *, attempt: int = 1, fabric: str = "", route_server: str = ""
) -> Iterator[Call]:
    """Tell of a call when it ended, however it did. request: what is asked, without its secrets."""
    call, started = Call(), time.monotonic()
    try:
        yield call
    except BaseException as error:
        # A library's own text may quote what was sent: only its kind is told.
        ours = type(error).__module__.startswith("ztix.")
        call.failure = str(error) if ours else type(error).__name__
        raise
    finally:
        duration_s = time.monotonic() - started
        tell(
            Called(
                upstream,
                request,
                duration_s,
                attempt,
                call.status,
                call.failure,
                call.upstream_id,
                fabric,
                route_server,
            )
        )
