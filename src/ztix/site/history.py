"""Who joined and left, and how many members there were: from the turns of members' files.

Law: pure. A spell of membership is told only where the file was whole: the exchange of today has the member,
or the version that went can be read. What was never good, or stands in quarantine, is not told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from ztix.document import read_document
from ztix.exchange import Exchange
from ztix.member import Member, member_path
from ztix.shape import read_model
from ztix.site.source import Register, Turn
from ztix.terms import Asn
from ztix.tree import Entry, Kind


@dataclass(frozen=True, slots=True)
class Event:
    """Somebody joined or left. name: as the file said last.  seen: False where it was there before the part
    of history that is known.  here: whether it is a member now."""

    at: datetime
    commit: str
    asn: Asn
    name: str
    joined: bool
    seen: bool
    here: bool


def events(exchange: Exchange, register: Register) -> tuple[Event, ...]:
    """Every event that can be told, the oldest first; of one commit, the highest AS number first."""
    names = {file.member.asn: file.member.name for file in exchange.members}
    spells: dict[Asn, list[Turn]] = {}
    for turn in register.turns:
        spells.setdefault(turn.asn, []).append(turn)
    found = [event for turns in spells.values() for event in _told(turns, names, register.cut)]
    order: dict[str, int] = {}
    for place, turn in enumerate(register.turns):
        order.setdefault(turn.commit, place)
    return tuple(sorted(found, key=lambda event: (order[event.commit], -event.asn)))


def _told(turns: list[Turn], names: Mapping[Asn, str], cut: str | None) -> Iterator[Event]:
    """The events of one AS number, spell by spell."""
    for number, turn in enumerate(turns):
        end = turn if not turn.joined else next(iter(turns[number + 1 :]), None)
        name = names.get(turn.asn) if end is None else _name(end)
        if name is not None:
            seen, here = turn.commit != cut, turn.asn in names
            yield Event(turn.at, turn.commit, turn.asn, name, turn.joined, seen, here)


def _name(end: Turn) -> str | None:
    """The name in the version that went; None where that is no member's whole file."""
    if end.before is None:
        return None
    path = member_path(end.asn)
    document, _ = read_document(Entry(path, Kind.FILE, len(end.before), end.before))
    member = None if document is None else read_model(document, Member)[0]
    return member.name if isinstance(member, Member) else None


def counts(told: tuple[Event, ...]) -> tuple[tuple[datetime, int], ...]:
    """How many members there were from each moment on, one point for each moment."""
    count, found = 0, dict[datetime, int]()
    for event in told:
        count += 1 if event.joined else -1
        found[event.at] = count
    return tuple(found.items())


def since(told: tuple[Event, ...]) -> Mapping[Asn, datetime]:
    """When each AS number joined last, where that was seen."""
    return {event.asn: event.at for event in told if event.joined and event.seen}
