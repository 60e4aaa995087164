"""ZT62x: evidence that is older than policy says it may be.

Law: pure; the moment of the run comes in as Evidence. Old evidence stays in use where leaving it out would
let something in or shut a member out, and these findings are how anybody learns of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta

from ztix.amounts import few
from ztix.diagnostics import Severity, Span, shown
from ztix.evidence import Expansion
from ztix.rules.facts import Facts
from ztix.rules.registry import Hit, rule

_ADVICE = "run `ztix evidence refresh`, and see why the last one did not take it"


@rule(
    "ZT620",
    "what AS-SETs expand to is fresh",
    Severity.WARNING,
    what="Each expansion in evidence/irr.json was fetched at most `irr.max_age_h` hours ago "
    "(policy/routing.yaml).",
    why="Filters follow it: a member's new prefixes are refused, and those that it lost are still taken.",
    wrong='"fetched_at": "2025-01-01T00:00:00Z"',
    right='"fetched_at": (yesterday)',
    remedy="Run `ztix evidence refresh`; where a set keeps its old expansion, the refresh tells why.",
)
def expansions_old(facts: Facts) -> Iterator[Hit]:
    """Expansions that are too old, together for each source."""
    routing = facts.exchange.policy.routing
    if facts.evidence is None or routing.prefix_sets == "off":
        return
    oldest = facts.evidence.now - timedelta(hours=routing.irr.max_age_h)
    groups: dict[str, list[Expansion]] = defaultdict(list)
    for _, expansion in sorted(facts.evidence.expansions.items()):
        if expansion.fetched_at < oldest:
            groups[expansion.source].append(expansion)
    for source, found in groups.items():
        what = few([f"`{expansion.as_set}`" for expansion in found], 1)
        message = f"what {shown(source)} says about {what} is more than "
        yield Hit(f"{message}{routing.irr.max_age_h} hours old", Span("evidence/irr.json"), _ADVICE)


@rule(
    "ZT621",
    "the list of VRPs is fresh",
    Severity.WARNING,
    what="evidence/vrps.json was fetched at most half as long ago as `rov.list.max_age_h` says. At that age "
    "it is not used any more.",
    why="The first half of the time is for mending what keeps it from being fetched; after the second, what "
    "only the list rejects is accepted.",
    wrong='"fetched_at": "2025-01-01T00:00:00Z"',
    right='"fetched_at": (an hour ago)',
    remedy="Run `ztix evidence refresh`, or remove the file where the route servers have caches.",
)
def vrps_old(facts: Facts) -> Iterator[Hit]:
    """A list of VRPs that is soon too old, or is."""
    evidence, rov = facts.evidence, facts.exchange.policy.routing.rov
    if evidence is None or evidence.vrps_fetched_at is None or rov.invalid == "accept":
        return
    age, most = evidence.now - evidence.vrps_fetched_at, timedelta(hours=rov.list.max_age_h)
    hours = age // timedelta(hours=1)
    if age > most:
        message = f"the list of VRPs is {hours} hours old, and from {rov.list.max_age_h} on it is not used"
    elif age > most / 2:
        message = f"the list of VRPs is {hours} hours old, and after {rov.list.max_age_h} it will not be used"
    else:
        return
    yield Hit(message, Span("evidence/vrps.json"), _ADVICE)
