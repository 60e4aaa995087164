"""What runs did, as far as branch `ztix-state` holds it: how each ended, and the sessions that were set up.

Law: pure. A record of another shape is left out, never guessed. Reasons stay where they are, because they may
quote what a machine said. Routes are told of the runs that counted them: a rollout does, when it ends well.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pydantic import ConfigDict, ValidationError

from ztix.receipt_told import LIVE, Told, ending
from ztix.shape import Model
from ztix.site.source import Record


@dataclass(frozen=True, slots=True)
class Run:
    """One run. outcome: in words.  applied, open: changes that are live, and that are not.
    live, servers: route servers that run what git says, and all.  sessions: on all route servers.
    names: of all that have a configuration.  accepted: routes, by those of them that counted."""

    at: datetime
    outcome: str
    well: bool
    applied: int
    open: int
    live: int
    servers: int
    sessions: int
    names: frozenset[str] = frozenset()
    accepted: Mapping[str, int] = field(default_factory=dict)


class _Server(Model):
    model_config = ConfigDict(extra="ignore")

    sessions: tuple[str, ...]


class _Applied(Model):
    model_config = ConfigDict(extra="ignore")

    route_servers: dict[str, _Server]


def runs(records: tuple[Record, ...]) -> tuple[Run, ...]:
    """The runs that can be read, the oldest first."""
    found = (run for run in map(_run, records) if run is not None)
    return tuple(sorted(found, key=lambda run: run.at))


def _run(record: Record) -> Run | None:
    try:
        told = Told.model_validate_json(record.receipt)
        applied = _Applied.model_validate_json(record.applied)
        at = datetime.fromisoformat(told.finished)
    except (ValidationError, ValueError):
        return None
    if at.tzinfo is None:
        return None
    outcomes = Counter(outcome.outcome == "applied" for outcome in told.outcomes)
    return Run(
        at.astimezone(UTC),
        ending(told),
        told.exit == 0,
        outcomes[True],
        outcomes[False],
        sum(rollout.ended in LIVE for rollout in told.rollouts),
        len(told.rollouts),
        sum(len(server.sessions) for server in applied.route_servers.values()),
        frozenset(applied.route_servers),
        {
            rollout.route_server: rollout.routes_accepted
            for rollout in told.rollouts
            if rollout.routes_accepted is not None
        },
    )


def accepted(known: tuple[Run, ...]) -> tuple[tuple[datetime, int], ...]:
    """Routes that all route servers together accepted, from each run on that counted some of them.

    A route server that a run did not count has what it had, until it is given up.
    """
    held, found = dict[str, int](), list[tuple[datetime, int]]()
    for run in known:
        held = {name: count for name, count in held.items() if name in run.names} | dict(run.accepted)
        if run.accepted:
            found.append((run.at, sum(held.values())))
    return tuple(found)
