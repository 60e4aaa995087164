"""A number over time as a plot: lines and labels in the units of an SVG's view box.

Law: pure. It steps, because a number holds until the next one is seen. All texts are made here from numbers
and dates; colours are the style sheet's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

LEFT, RIGHT, TOP, BOTTOM = 48, 704, 16, 224  # within the 720 by 260 of the template
TICKS = 4
ROWS = 12

Point = tuple[datetime, int]


@dataclass(frozen=True, slots=True)
class Tick:
    """A label at a place of an axis."""

    place: int
    text: str


@dataclass(frozen=True, slots=True)
class Plot:
    """name: of its elements, one label.  title: what is plotted.  summary: the same in a sentence.

    line, area: paths.  x, y: ticks.  rows: the last values, the newest first.  last: the newest value.
    """

    name: str
    title: str
    summary: str
    line: str
    area: str
    x: tuple[Tick, ...]
    y: tuple[Tick, ...]
    rows: tuple[tuple[str, int], ...]
    end_x: int
    end_y: int


def plot(name: str, title: str, points: Sequence[Point], end: datetime) -> Plot | None:
    """The plot of the points, ascending in time, up to `end`; None where there is none."""
    if not points:
        return None
    start, end = points[0][0], max(end, points[-1][0] + timedelta(hours=1))
    values = _ticks(max(value for _, value in points))

    def across(at: datetime) -> int:
        return LEFT + round((RIGHT - LEFT) * ((at - start) / (end - start)))

    def up(value: int) -> int:
        return BOTTOM - round((BOTTOM - TOP) * value / values[-1])

    places = list({across(at): up(value) for at, value in points}.items())  # one point for each column
    line = f"M{places[0][0]} {places[0][1]}" + "".join(f"H{x}V{y}" for x, y in places[1:]) + f"H{RIGHT}"
    last = points[-1][1]
    return Plot(
        name,
        title,
        f"{title}: {points[0][1]} on {day(start)}, {last} on {day(end)}.",
        line,
        f"{line}V{BOTTOM}H{LEFT}Z",
        tuple(Tick(across(at), text) for at, text in _dates(start, end)),
        tuple(Tick(up(value), f"{value}") for value in values),
        tuple((day(at), value) for at, value in _last_of_days(points))[: -ROWS - 1 : -1],
        RIGHT,
        places[-1][1],
    )


def day(at: datetime) -> str:
    """A moment's day in UTC."""
    return at.astimezone(UTC).date().isoformat()


def _last_of_days(points: Sequence[Point]) -> list[Point]:
    """The last point of each day on which the value changed."""
    days = list({day(at): (at, value) for at, value in points}.values())
    return days[:1] + [later for before, later in pairwise(days) if before[1] != later[1]]


def _ticks(most: int) -> list[int]:
    """Round numbers from 0 to one that is not below the greatest value."""
    step = 1
    while step * TICKS < most:
        ten = 10 ** (len(str(step)) - 1)
        step = next(factor * ten for factor in (2, 5, 10) if factor * ten > step)
    return [step * number for number in range(max(1, -(-most // step)) + 1)]


def _dates(start: datetime, end: datetime) -> list[tuple[datetime, str]]:
    """Up to five days, evenly spaced, none twice."""
    moments = (start + (end - start) * part / TICKS for part in range(TICKS + 1))
    return [(at, text) for text, at in {day(at): at for at in reversed(list(moments))}.items()][::-1]
