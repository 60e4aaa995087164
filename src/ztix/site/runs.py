"""What runs did, as far as branch `ztix-state` holds it: how each ended, and the sessions that were set up.

Law: pure. A record of another shape is left out, never guessed. Reasons stay where they are, because they may
quote what a machine said; a receipt holds no number of prefixes, so none is told.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import ConfigDict, ValidationError

from ztix.receipt_told import LIVE, Told, ending
from ztix.shape import Model
from ztix.site.source import Record


@dataclass(frozen=True, slots=True)
class Run:
    """One run. outcome: in words.  applied, open: changes that are live, and that are not.
    live, servers: route servers that run what git says, and all.  sessions: on all route servers."""

    at: datetime
    outcome: str
    well: bool
    applied: int
    open: int
    live: int
    servers: int
    sessions: int


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
    )
