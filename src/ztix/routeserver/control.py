"""The communities by which a member steers where its routes go, and those by which the exchange tells things.

Law: a table. Functions below 1000 are for members to set; the route server heeds them on export and takes
them off. From 1000 up the exchange speaks: what a member sets there is taken off on import. What makes
docs/communities.md and what `ztix explain` tells goes by this table, and so do `templates/bird/export/`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from ztix.routeserver.order import REASON_FUNCTION, STEPS
from ztix.routeserver.told import IRR_FUNCTION, ROV_FUNCTION

CONTROL_FUNCTIONS = 1000
"""Functions below it are for members to set."""


class Blank(Enum):
    """A part of a community that hangs on who uses it."""

    RS = "rs"
    """The exchange's AS number."""
    PEER = "peer"
    """The AS number of the member that a route goes to."""


Part: TypeAlias = int | Blank


@dataclass(frozen=True, slots=True)
class Prepend:
    """A prepending. function: of the large communities.  standard: first half of the standard ones."""

    times: int
    function: int
    standard: int


@dataclass(frozen=True, slots=True)
class Addition:
    """A well-known community that is added for a client. value: its second half, after 65535 (RFC 1997)."""

    value: int
    function: int
    standard: int


@dataclass(frozen=True, slots=True)
class Scheme:
    """The numbers of the scheme. not_to, to: functions of the large communities."""

    not_to: int
    to: int
    prepends: tuple[Prepend, ...]
    additions: tuple[Addition, ...]

    @property
    def last(self) -> int:
        """The last function that members set."""
        return CONTROL_FUNCTIONS - 1

    @property
    def standards(self) -> tuple[int, ...]:
        """The first halves of standard communities that begin with neither 0 nor the exchange."""
        parts: tuple[Prepend | Addition, ...] = (*self.prepends, *self.additions)
        return tuple(part.standard for part in parts)


SCHEME = Scheme(
    not_to=0,
    to=1,
    prepends=(Prepend(1, 101, 65501), Prepend(2, 102, 65502), Prepend(3, 103, 65503)),
    additions=(Addition(65281, 201, 65281), Addition(65282, 202, 65282)),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the table. function, argument: of the large form, None where there is none.

    standard: the standard form, None where there is none.  control: whether members set it.
    """

    function: int | None
    argument: Part | None
    standard: tuple[Part, Part] | None
    meaning: str
    control: bool = True


RS, PEER = Blank.RS, Blank.PEER
_TIMES = {1: "once", 2: "twice", 3: "three times"}
_WELL_KNOWN = {65281: "NO_EXPORT", 65282: "NO_ADVERTISE"}


def _prepended(part: Prepend) -> tuple[Entry, Entry]:
    words = f"your AS number is prepended {_TIMES[part.times]}"
    return (
        Entry(part.function, PEER, (part.standard, PEER), f"towards this AS, {words}"),
        Entry(part.function, 0, None, f"towards all, {words}"),
    )


def _added(part: Addition) -> tuple[Entry, Entry]:
    words = f"{_WELL_KNOWN[part.value]} is added"
    return (
        Entry(part.function, PEER, (part.standard, PEER), f"towards this AS, {words}"),
        Entry(part.function, 0, None, f"towards all, {words}"),
    )


TABLE: tuple[Entry, ...] = (
    Entry(SCHEME.not_to, PEER, (0, PEER), "not announced to this AS"),
    Entry(SCHEME.not_to, 0, (0, RS), "announced to nobody, save to those that `rs:1:peer` names"),
    Entry(SCHEME.to, PEER, (RS, PEER), "announced to this AS, although to nobody else"),
    Entry(None, None, (RS, RS), "announced to all, as without it"),
    *(entry for part in SCHEME.prepends for entry in _prepended(part)),
    *(entry for part in SCHEME.additions for entry in _added(part)),
    Entry(ROV_FUNCTION, 1, None, "ROV valid", control=False),
    Entry(ROV_FUNCTION, 2, None, "ROV not-found", control=False),
    Entry(ROV_FUNCTION, 3, None, "ROV was not done", control=False),
    Entry(ROV_FUNCTION, 4, None, "ROV invalid, where that is not rejected", control=False),
    Entry(IRR_FUNCTION, 1, None, "covered by your AS-SET in the IRR", control=False),
    Entry(IRR_FUNCTION, 2, None, "not checked against the IRR", control=False),
    *(
        Entry(REASON_FUNCTION, int(step.reason), None, f"rejected: {step.title}", control=False)
        for step in STEPS
        if step.reason is not None
    ),
)
"""Every community of the scheme, in the order of docs/communities.md."""
