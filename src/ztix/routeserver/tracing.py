"""Where a route goes and where it stops, step by step, for people to read.

Law: pure. Runs the same decisions as everything else, and adds words to what they decided.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from ztix.errors import Usage
from ztix.routeserver import advice
from ztix.routeserver.decide import decide
from ztix.routeserver.decide_export import Exit, decide_export, exits
from ztix.routeserver.entrance import Entrance, entrances
from ztix.routeserver.export_order import ExportStep
from ztix.routeserver.order import STEPS, Step
from ztix.routeserver.route import Route
from ztix.routeserver.view import RouteServerView
from ztix.terms import Address, Asn, Prefix

Verdict: TypeAlias = Literal["passes", "amends", "stops", "off"]


@dataclass(frozen=True, slots=True)
class Line:
    """One step. words: what it did or why it stops the route."""

    number: int
    name: str
    verdict: Verdict
    words: str = ""


@dataclass(frozen=True, slots=True)
class Trace:
    """A way through the steps. stop: what is so and what to do about it, where the route did not get through.

    session: the protocol that it came in by or goes out by.  route: as far as it came.
    """

    session: str
    asn: Asn
    route: Route
    lines: tuple[Line, ...]
    stop: advice.Advice | None
    reason: str = ""


def entrance_of(view: RouteServerView, asn: Asn, prefix: Prefix, next_hop: Address | None) -> Entrance:
    """The session by which a member would announce a prefix: the one with this next hop, else its first.

    Raises Usage where it has none.
    """
    family = f"ipv{prefix.version}"
    known = [way for way in entrances(view) if way.session.asn == asn and way.channel.family == family]
    if not known:
        raise _sessionless(view, asn, prefix.version)
    return next((way for way in known if way.session.address == next_hop), known[0])


def _sessionless(view: RouteServerView, asn: Asn, family: int) -> Usage:
    """Why a member has no session for this family, or nobody is such a member."""
    if asn not in {member.asn for member in view.members}:
        members = ", ".join(str(member.asn) for member in view.members[:8]) or "nobody"
        return Usage(
            f"{asn} has no session with route server `{view.name}`",
            help=f"name one that has: {members}" + (", …" if len(view.members) > 8 else ""),
        )
    other = "; with `bgp: {extended_next_hop: true}` IPv4 goes over IPv6" if family == 4 else ""
    return Usage(
        f"{asn} has no session for IPv{family} with route server `{view.name}`",
        help=f"its node and the route server both need an IPv{family} address{other}",
    )


def trace_import(entrance: Entrance, route: Route) -> Trace:
    """The route's way into the table."""
    decision = decide(entrance, route)
    name, asn = str(entrance.session.name), entrance.session.asn
    if decision.dropped is not None:
        return Trace(name, asn, route, (), advice.BEFORE[decision.dropped])
    stop = decision.rejected_by
    lines = tuple(_lines(_steps(entrance), entrance.family.steps, route, decision.amendments, stop))
    if stop is None:
        return Trace(name, asn, decision.route, lines, None)
    reason = str(stop.reason.community(entrance.server.asn)) if stop.reason is not None else ""
    return Trace(name, asn, decision.route, lines, advice.IMPORT[stop.name](entrance, decision.route), reason)


def _steps(entrance: Entrance) -> list[Step]:
    return [step for step in STEPS if entrance.family.family in step.families]


def trace_export(way: Exit, route: Route) -> Trace:
    """An accepted route's way to a client."""
    passage = decide_export(way, route)
    stop, steps = passage.withheld_by, way.server.export_steps
    lines = tuple(_lines(steps, steps, route, passage.amendments, stop))
    words = advice.EXPORT[stop.name](way, passage.route) if stop is not None else None
    return Trace(str(way.session.name), way.session.asn, passage.route, lines, words)


def traces_to(view: RouteServerView, route: Route, to: Asn | None) -> tuple[Trace, ...]:
    """The route's way to each session of a member, or of all. Raises Usage where the member has none."""
    family = f"ipv{route.prefix.version}"
    ways = [way for way in exits(view) if way.channel.family == family and to in (None, way.session.asn)]
    if to is not None and not ways:
        raise _sessionless(view, to, route.prefix.version)
    return tuple(trace_export(way, route) for way in ways)


def _lines(
    steps: Sequence[Step] | Sequence[ExportStep],
    done: Sequence[Step] | Sequence[ExportStep],
    route: Route,
    amendments: Sequence[tuple[Step, Route]] | Sequence[tuple[ExportStep, Route]],
    stop: Step | ExportStep | None,
) -> Iterator[Line]:
    """A line for each step up to the one that stops the route."""
    after = {step.number: amended for step, amended in amendments}
    for step in steps:
        number, name = step.number, str(step.name)
        if step not in done:
            yield Line(number, name, "off", advice.OFF.get(name, "policy switches it off here"))
        elif stop is not None and number == stop.number:
            yield Line(number, name, "stops", str(step.title))
            return
        elif number in after:
            yield Line(number, name, "amends", "; ".join(changes(route, after[number])))
            route = after[number]
        else:
            yield Line(number, name, "passes")


def changes(before: Route, after: Route) -> Iterator[str]:
    """What is different about a route, in words."""
    for words, there, here in (
        (
            "takes off",
            before.communities | before.large_communities,
            after.communities | after.large_communities,
        ),
        ("adds", after.communities | after.large_communities, before.communities | before.large_communities),
    ):
        moved = sorted(str(item) for item in there - here)
        if moved:
            yield f"{words} {', '.join(moved)}"
    if before.as_path != after.as_path:
        yield f"path becomes {' '.join(map(str, after.as_path))}"
    if before.next_hop != after.next_hop:
        yield f"next hop becomes {after.next_hop}"
    if before.link_local != after.link_local:
        yield f"drops {before.link_local} beside the next hop"
    if before.local_pref != after.local_pref:
        yield f"local preference becomes {after.local_pref}"


def notes(entrance: Entrance) -> tuple[str, ...]:
    """What the decisions here do not know, for a reader who compares with a live route server."""
    found = []
    if entrance.server.caches:
        found.append("what its RPKI caches say is not known here; the list of the evidence stands in")
    if entrance.server.aspas:
        found.append("paths are validated by ASPA on the route server alone")
    return tuple(found)
