"""What a check-up of the exchange found, as text or JSON; returns strings, prints nothing.

Law: what controllers, route servers and programs said passes through `printable`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap

from ztix.console.doctor import TURNS, DoctorForm
from ztix.console.json_text import json_text
from ztix.console.safe import printable
from ztix.diagnosis import AREAS, Row, exit_of

COMMAND_MAX = 1000
_INDENT = " " * 10


def render_checkup(rows: Sequence[Row], form: DoctorForm, *, width: int = 100) -> str:
    """A row for each thing, by area; below what is not well, whose turn it is and what to do."""
    if form == "json":
        return json_text(_data(rows))
    return "".join(f"{line}\n" for line in _lines(rows, width))


def _lines(rows: Sequence[Row], width: int) -> Iterator[str]:
    for area in AREAS:
        own = [row for row in rows if row.area == area]
        if own:
            yield area
        for row in own:
            yield from _row(row, width)
    counts = [f"{sum(row.verdict == word for row in rows)} {word}" for word in ("well", "wrong", "unknown")]
    yield ""
    yield f"{', '.join(counts)}."


def _row(row: Row, width: int) -> Iterator[str]:
    text = f"  {row.verdict:8}{row.subject}: {printable(row.says, COMMAND_MAX)}"
    yield from wrap(text, width, subsequent_indent=_INDENT, break_on_hyphens=False, break_long_words=False)
    if row.verdict == "well":
        return
    yield f"{_INDENT}turn: {TURNS[row.turn]}"
    if row.turn != "nobody":
        yield f"{_INDENT}do: {printable(row.do, COMMAND_MAX)}"


def _data(rows: Sequence[Row]) -> dict[str, object]:
    return {
        "schema": "ztix.doctor.exchange.v1",
        "exit": int(exit_of(rows)),
        "rows": [
            {
                "area": row.area,
                "subject": row.subject,
                "verdict": row.verdict,
                "diagnosis": row.name or None,
                "says": printable(row.says, COMMAND_MAX),
                "turn": None if row.verdict == "well" else row.turn,
                "do": row.do or None,
            }
            for row in rows
        ],
    }
