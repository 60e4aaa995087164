"""What is live, as a table, JSON or Markdown; returns strings, prints nothing.

Law: whatever a fabric or a route server said passes through `safe` or `markdown`. What nobody told is
`unknown`, in every form and column.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from textwrap import wrap
from typing import Literal, TypeAlias, assert_never

from ztix.amounts import plural
from ztix.console.json_text import json_text
from ztix.console.safe import markdown, printable
from ztix.console.sessions import session_lines, sessions_data
from ztix.console.table import table
from ztix.console.text import Style, painted
from ztix.lifecycle import State
from ztix.plan import Note
from ztix.standing import Sessions, Standing, Standings

StatusForm: TypeAlias = Literal["text", "json", "markdown"]
COLUMNS = ("member", "node", "state", "seen", "version", "sessions", "accepted", "filtered")
_STYLES = {State.FAILED: Style.ERROR, State.UNKNOWN: Style.WARNING, State.PROVISIONING: Style.WARNING}


def render_status(
    seen: Standings,
    notes: Sequence[Note],
    form: StatusForm,
    *,
    detail: bool = False,
    width: int = 100,
    colour: bool = False,
) -> str:
    """One row for each node, why where there is something to say, then the counts.

    detail: with each session, and what of it was filtered.
    """
    match form:
        case "text":
            return "\n".join(line.rstrip() for line in _text(seen, detail, width, colour)) + "\n"
        case "json":
            return json_text(status_data(seen, notes))
        case "markdown":
            return "".join(f"{line}\n" for line in _markdown(seen, notes))
        case _:
            assert_never(form)


def _text(seen: Standings, detail: bool, width: int, colour: bool) -> Iterator[str]:
    reasons = tuple(_reasons(seen))
    if seen.nodes:
        yield from _table(seen, width, colour)
        yield from ("",) if reasons or not detail else ()
    for subject, state, because in reasons:
        style = _STYLES.get(state, Style.NOTE)
        first, *rest = wrap(
            f"{subject}: {state.value}: {printable(because)}", width, subsequent_indent="    "
        )
        yield first.replace(f": {state.value}:", f": {painted(state.value, style, colour=colour)}:", 1)
        yield from rest
    if detail:
        for row in seen.nodes:
            yield ""
            yield from session_lines(row)
    if detail or reasons:
        yield ""
    yield summary(seen)


def _table(seen: Standings, width: int, colour: bool) -> list[str]:
    """All columns where they fit; else without versions, and sessions with all route servers in one count."""
    head: tuple[str, ...] = COLUMNS
    cells: list[tuple[str, ...]] = [_cells(row, seen.at) for row in seen.nodes]
    wide = sum(max(map(len, column)) + 2 for column in zip(COLUMNS, *cells, strict=True)) - 2
    if wide > width:
        head = (*COLUMNS[:4], *COLUMNS[5:])
        cells = [
            (*one[:4], _counted(row.sessions), *one[6:]) for one, row in zip(cells, seen.nodes, strict=True)
        ]
    styles = [_STYLES.get(row.state) for row in seen.nodes]
    rows = [(*one, style) for one, style in zip(cells, styles, strict=True)]
    return table(head, rows, width=width, colour=colour)


def _counted(sessions: Sequence[Sessions]) -> str:
    """How many are up of those that route servers told of, and how many nobody told of."""
    known = [item for item in sessions if item.up is not None]
    unknown = sum(item.wanted for item in sessions) - sum(item.wanted for item in known)
    up = f"{sum(item.up or 0 for item in known)}/{sum(item.wanted for item in known)}" if known else ""
    return ", ".join(filter(None, (up, f"{unknown} unknown" if unknown else ""))) or "none"


def summary(seen: Standings) -> str:
    """The counts in one sentence."""
    states = [one.state for one in seen.members]
    counted = ", ".join(f"{states.count(state)} {state.value}" for state in State if state in states)
    sessions = [item for row in seen.nodes for item in row.sessions]
    up, wanted = sum(item.up or 0 for item in sessions), sum(item.wanted for item in sessions)
    unknown = sum(item.wanted for item in sessions if item.up is None)
    told = f"{plural(len(states), 'member')}: {counted or 'none'}; {up} of {wanted} sessions up"
    return f"{told}, {unknown} unknown." if unknown else f"{told}."


def _reasons(seen: Standings) -> Iterator[tuple[str, State, str]]:
    """Nodes that something is to be said of, then members where no node of theirs says it."""
    for row in seen.nodes:
        if row.because:
            yield f"{printable(row.owner)} {_label(row)}".strip(), row.state, row.because
    told = {row.owner for row in seen.nodes}
    for member in seen.members:
        if member.because and member.owner not in told:
            yield printable(member.owner), member.state, member.because


def _label(row: Standing) -> str:
    """A node's name without its owner's, as a route server's is the same."""
    return printable("" if row.name == row.owner else row.name.removeprefix(row.owner).strip(), 40)


def _cells(row: Standing, now: datetime) -> tuple[str, ...]:
    sessions = ", ".join(
        f"{item.route_server} {'unknown' if item.up is None else f'{item.up}/{item.wanted}'}"
        for item in row.sessions
    )
    return (
        printable(row.owner),
        _label(row) or str(row.node),
        row.state.value,
        _seen(row, now),
        printable(row.sighting.version or "unknown", 12),
        sessions or "none",
        _total([item.accepted for item in row.sessions]),
        _total([item.filtered for item in row.sessions]),
    )


def _total(counts: Sequence[int | None]) -> str:
    """The sum of what is known; unknown where nothing is."""
    known = [count for count in counts if count is not None]
    return str(sum(known)) if known else "unknown" if counts else "none"


def _seen(row: Standing, now: datetime) -> str:
    sighting = row.sighting
    if row.online:
        return "now" if sighting.latency_ms is None else f"now, {sighting.latency_ms} ms"
    if row.online is None:
        return "unknown"
    return f"{_age(now - sighting.last)} ago" if sighting.last else "not heard"


def _age(age: timedelta) -> str:
    minutes = int(age.total_seconds()) // 60
    for unit, size in (("d", 1440), ("h", 60)):
        if minutes >= 2 * size:
            return f"{minutes // size} {unit}"
    return f"{minutes} min"


def _markdown(seen: Standings, notes: Sequence[Note]) -> Iterator[str]:
    yield f"### ztix status: {summary(seen)}"
    yield ""
    if seen.nodes:
        yield f"| {' | '.join((*COLUMNS, 'why'))} |"
        yield "|" + "---|" * (len(COLUMNS) + 1)
    for row in seen.nodes:
        yield f"| {' | '.join(markdown(cell) for cell in (*_cells(row, seen.at), row.because))} |"
    shown = {row.owner for row in seen.nodes}
    rest = [one for one in seen.members if one.owner not in shown]
    yield from ("",) if rest or notes else ()
    for member in rest:
        yield f"- {markdown(member.owner)} {member.state.value}: {markdown(member.because)}"
    for note in notes:
        yield f"- note: {markdown(note.subject)} {markdown(note.text)}"


def status_data(seen: Standings, notes: Sequence[Note]) -> dict[str, object]:
    """All of it as JSON; null where nobody told."""
    return {
        "schema": "ztix.status.v1",
        "revision": seen.revision,
        "at": seen.at.isoformat(timespec="seconds"),
        "members": [
            {"owner": one.owner, "state": one.state.value, "because": one.because} for one in seen.members
        ],
        "nodes": [_data(row) for row in seen.nodes],
        "notes": [{"subject": note.subject, "text": note.text} for note in notes],
    }


def _data(row: Standing) -> dict[str, object]:
    last = row.sighting.last
    return {
        "owner": row.owner,
        "fabric": row.fabric,
        "node": str(row.node),
        "name": row.name,
        "addresses": [str(address) for address in row.addresses],
        "state": row.state.value,
        "because": row.because,
        "presence": row.presence,
        "online": row.online,
        "last_seen": last.isoformat(timespec="seconds") if last else None,
        "version": row.sighting.version,
        "latency_ms": row.sighting.latency_ms,
        "sessions": [sessions_data(item) for item in row.sessions],
    }
