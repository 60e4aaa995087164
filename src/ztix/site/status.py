"""Lines of the page of the status: runs, joins and leaves.

Law: pure; texts from values that were read elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC

from ztix.site.feed import moment
from ztix.site.history import Event
from ztix.site.plot import day
from ztix.site.runs import Run


@dataclass(frozen=True, slots=True)
class RunLine:
    """at: for machines.  when: for people, in UTC.  servers: how many of them run what git says, in words."""

    at: str
    when: str
    outcome: str
    well: bool
    applied: int
    open: int
    servers: str
    sessions: int


@dataclass(frozen=True, slots=True)
class EventLine:
    """page: relative to the top of the site, empty for who is no member now."""

    day: str
    asn: int
    name: str
    word: str
    page: str


def run_line(run: Run) -> RunLine:
    """A run as a line of a table."""
    return RunLine(
        moment(run.at),
        run.at.astimezone(UTC).strftime("%Y-%m-%d %H:%M"),
        run.outcome,
        run.well,
        run.applied,
        run.open,
        f"{run.live} of {run.servers}" if run.servers else "none",
        run.sessions,
    )


def event_line(event: Event) -> EventLine:
    """A join or a leave as an item of a list."""
    word = "joined" if event.joined else "left"
    page = f"members/{event.asn}.html" if event.here else ""
    return EventLine(day(event.at), int(event.asn), event.name, word, page)
