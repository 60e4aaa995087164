"""Where a route goes and where it stops, as text or JSON; returns strings, prints nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from ztix.console.json_text import json_text
from ztix.routeserver.route import Route
from ztix.routeserver.tracing import Line, Trace
from ztix.terms import Asn, Label

RouteForm: TypeAlias = Literal["text", "json"]


@dataclass(frozen=True, slots=True)
class Explained:
    """A route, its way in, and (where it got in) its ways out. to: the one member that was asked about."""

    server: Label
    route: Route
    inward: Trace
    outward: tuple[Trace, ...] = ()
    to: Asn | None = None
    notes: tuple[str, ...] = ()


def render_route(told: Explained, form: RouteForm) -> str:
    """All steps, and what to do where the route does not get through."""
    if form == "json":
        return json_text(_json(told))
    return "\n".join(_text(told)) + "\n"


def _text(told: Explained) -> Iterator[str]:
    yield f"{told.route.prefix} from {told.inward.asn} at {told.server}, session {told.inward.session}"
    yield f"  {_attributes(told.route)}"
    yield from ("", *map(_line, told.inward.lines)) if told.inward.lines else ()
    if told.inward.stop is not None:
        yield from _stop("Rejected before any step" if not told.inward.lines else "Rejected", told.inward)
    elif told.to is not None:
        for trace in told.outward:
            yield ""
            yield f"Accepted. To {trace.asn}, session {trace.session}:"
            yield ""
            yield from map(_line, trace.lines)
            if trace.stop is not None:
                yield from _stop("Withheld", trace)
            else:
                yield ""
                yield f"{trace.asn} may have it: {_attributes(trace.route)}"
    else:
        yield from _summary(told.outward)
    yield from (f"note: {note}" for note in told.notes)


def _line(line: Line) -> str:
    return f"{line.number:>3}  {line.name:<18} {line.verdict:<7} {line.words}".rstrip()


def _stop(word: str, trace: Trace) -> Iterator[str]:
    what, advice = trace.stop if trace.stop is not None else ("", "")
    reason = f" (reason {trace.reason})" if trace.reason else ""
    yield ""
    yield f"{word}{reason}: {what}."
    yield f" help: {advice}"


def _summary(outward: Sequence[Trace]) -> Iterator[str]:
    """Who gets it, and from whom it is withheld by which step."""
    sent = sum(trace.stop is None for trace in outward)
    yield ""
    yield f"Accepted. {sent} of {len(outward)} sessions may have it."
    stopped = Counter(trace.lines[-1].name for trace in outward if trace.stop is not None)
    for name, count in stopped.items():
        whose = [str(t.asn) for t in outward if t.stop is not None and t.lines[-1].name == name]
        names = ", ".join(dict.fromkeys(whose[:8])) + (", …" if count > 8 else "")
        yield f"  withheld by {name}: {names}"
    yield " help: `--to AS…` shows the way to one member, step by step"


def _attributes(route: Route) -> str:
    path = " ".join(map(str, route.as_path)) or "empty"
    words = [f"path {path}", f"next hop {route.next_hop}"]
    words += [f"beside it {route.link_local}"] if route.link_local else []
    communities = _communities(route)
    return ", ".join([*words, *([f"communities {' '.join(communities)}"] if communities else [])])


def _communities(route: Route) -> list[str]:
    return [*map(str, sorted(route.communities)), *map(str, sorted(route.large_communities))]


def _json(told: Explained) -> dict[str, object]:
    return {
        "schema": "ztix.route.v1",
        "route_server": told.server,
        "announced": _route(told.route),
        "import": _trace(told.inward),
        "export": [_trace(trace) for trace in told.outward],
        "notes": list(told.notes),
    }


def _trace(trace: Trace) -> dict[str, object]:
    what, advice = trace.stop if trace.stop is not None else (None, None)
    return {
        "session": trace.session,
        "asn": int(trace.asn),
        "passed": trace.stop is None,
        "reason": trace.reason or None,
        "what": what,
        "help": advice,
        "route": _route(trace.route),
        "steps": [
            {"number": line.number, "name": line.name, "verdict": line.verdict, "words": line.words}
            for line in trace.lines
        ],
    }


def _route(route: Route) -> dict[str, object]:
    return {
        "prefix": str(route.prefix),
        "as_path": list(route.as_path),
        "next_hop": str(route.next_hop),
        "link_local": str(route.link_local) if route.link_local else None,
        "communities": _communities(route),
        "local_pref": route.local_pref,
    }
