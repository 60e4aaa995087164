"""The communities and the steps of the filters, with the exchange's own numbers in them.

Law: pure; all is from the tables in `routeserver`, which docs/communities.md and docs/filters.md go by too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ztix.routeserver import EXPORT_STEPS, RouteServerView
from ztix.routeserver.communities import WELL_KNOWN
from ztix.routeserver.control import TABLE, Blank, Entry, Part
from ztix.terms import Asn


@dataclass(frozen=True, slots=True)
class CommunityLine:
    """large, standard: the two forms, empty where there is none."""

    large: str
    standard: str
    meaning: str


@dataclass(frozen=True, slots=True)
class StepLine:
    """A step of a filter. does: `rejects`, `withholds` or `amends`.  reason: the community that tells it."""

    number: int
    name: str
    title: str
    does: str
    reason: str
    references: str


def community_lines(asn: Asn, *, control: bool) -> tuple[CommunityLine, ...]:
    """Those for members to set, or those that the exchange sets."""
    return tuple(_line(entry, asn) for entry in TABLE if entry.control is control)


def well_known_lines() -> tuple[CommunityLine, ...]:
    """Communities that mean the same everywhere, and what becomes of them."""
    return tuple(CommunityLine(name, str(community), does) for community, (name, does) in WELL_KNOWN.items())


def import_lines(views: Iterable[RouteServerView], asn: Asn) -> tuple[StepLine, ...]:
    """The steps in force on any route server, in their order."""
    steps = {step.number: step for view in views for family in view.families for step in family.steps}
    return tuple(
        StepLine(
            number,
            step.name,
            step.title,
            "amends" if step.reason is None else "rejects",
            "" if step.reason is None else str(step.reason.community(asn)),
            step.references,
        )
        for number, step in sorted(steps.items())
    )


def export_lines() -> tuple[StepLine, ...]:
    """The steps on the way to a client."""
    return tuple(
        StepLine(
            step.number,
            step.name,
            step.title,
            "withholds" if step.withholds else "amends",
            "",
            step.references,
        )
        for step in EXPORT_STEPS
    )


def _line(entry: Entry, asn: Asn) -> CommunityLine:
    large = (entry.function, entry.argument)
    meaning = entry.meaning.replace("`rs:", f"`{int(asn)}:").replace("`", "")
    return CommunityLine(
        ":".join([str(int(asn)), *_parts(large, asn)]) if entry.function is not None else "",
        ":".join(_parts(entry.standard, asn)) if entry.standard and asn < 65536 else "",
        meaning,
    )


def _parts(parts: Iterable[Part | None], asn: Asn) -> Iterator[str]:
    for part in parts:
        yield str(int(asn)) if part is Blank.RS else "peer" if part is Blank.PEER else str(part)
