"""Everything outside that a verb may touch, as one value of ports.

Law: no effect here, only the list of them. `cli/outside.py` fills it with the real drivers; a test fills it
with fakes and runs every verb without a network.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from ztix.applied import Applied
from ztix.apply import Watch
from ztix.deploy import Progress
from ztix.diagnostics import Report
from ztix.events import Event, Stage
from ztix.evidence import Evidence
from ztix.exchange import Exchange
from ztix.fabric import Fabric
from ztix.link import Clock, RouteServerLink
from ztix.past import History
from ztix.policy import FabricPolicy, RouteServerPolicy
from ztix.proof import Disproved
from ztix.receipt import Receipt, RefusedRun
from ztix.routeserver import RouteServerView
from ztix.tree import Tree

P = ParamSpec("P")
T = TypeVar("T")


class State(Protocol):
    """Where the third version and the receipts are kept."""

    def read(self) -> Applied:
        """What the last run left."""
        ...

    def receipt(self) -> Mapping[str, object] | None:
        """The last receipt as JSON, as of the last read; None before the first."""
        ...

    def refusals(self) -> Iterable[Mapping[str, object]]:
        """The refusals on record since the last run, as JSON, the last one first."""
        ...

    def write(self, applied: Applied, receipt: Receipt | RefusedRun | None, message: str) -> None:
        """Record it, in one step or not at all."""
        ...


@dataclass(frozen=True, slots=True)
class World:
    """The ports of a run.

    read_tree: the exchange's files at a revision; None is the work tree.  connect: opens a route server;
    raises Usage where its key is not there.  prove: what BIRD says against a text; None where it
    finds nothing, or where no BIRD of that version is at hand (each route server proves the text again).
    holder: the name of this run in locks.  stage: told how long a part of it takes.  tell: what happens.
    """

    read_tree: Callable[[str | None], Tree]
    history: History
    evidence: Callable[[Exchange, Tree], tuple[Evidence, Report]]
    state: State
    open_fabric: Callable[[FabricPolicy], Fabric]
    connect: Callable[[RouteServerPolicy], AbstractContextManager[RouteServerLink]]
    templates: Mapping[str, str]
    prove: Callable[[RouteServerView, str], Disproved | None]
    clock: Clock
    now: Callable[[], datetime]
    watch: Watch
    report: Callable[[Progress], None]
    holder: str
    stage: Callable[[Stage], AbstractContextManager[None]] = lambda _: nullcontext()
    tell: Callable[[Event], None] = lambda _: None


_OfWorld = Callable[Concatenate["World", P], T]


def staged(stage: Stage) -> Callable[[_OfWorld[P, T]], _OfWorld[P, T]]:
    """The function as a stage of a run."""

    def around(function: _OfWorld[P, T]) -> _OfWorld[P, T]:
        @wraps(function)
        def timed(world: World, /, *words: P.args, **named: P.kwargs) -> T:
            with world.stage(stage):
                return function(world, *words, **named)

        return timed

    return around
