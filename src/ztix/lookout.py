"""Looks at what is live again and again, and keeps what a source said last while it is silent.

Law: reads through the World, writes nothing. Each source stands alone: one that is silent makes no other one
unknown, and how long ago it answered is never hidden.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from ztix.fabric import Sighting
from ztix.gather import Gathered
from ztix.standing import Live
from ztix.survey import survey
from ztix.world import World

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Sight:
    """What is known after a look. answered: when each source last did; one that never did is not in it."""

    gathered: Gathered
    live: Live
    answered: Mapping[str, datetime]
    silent: frozenset[str]


def look(world: World, ref: str, before: Sight | None = None) -> Sight:
    """Look at everything; what does not answer is as it was. Raises Invalid and Usage, about git alone."""
    found = survey(world, ref)
    asked = dict(_sources(found.gathered, found.live))
    silent = frozenset(name for name, answers in asked.items() if not answers)
    answered = {name: found.live.now for name in asked if name not in silent}
    if before is None:
        return Sight(found.gathered, found.live, answered, silent)
    kept = {name: before.answered[name] for name in asked if name in before.answered}
    return Sight(found.gathered, _carried(before.live, found.live, asked.keys()), kept | answered, silent)


def _sources(gathered: Gathered, live: Live) -> Iterator[tuple[str, bool]]:
    """Everybody who was asked, and whether there was an answer."""
    policy = gathered.exchange.policy
    yield "ztix-state", live.applied is not None
    for fabric in policy.fabrics.fabrics:
        yield f"fabric/{fabric.name}", fabric.name in live.observed
    for server in policy.route_servers.route_servers:
        yield f"route-server/{server.name}", server.name in live.health


def _carried(before: Live, now: Live, asked: Set[str]) -> Live:
    """What is known now, with what was known before in its gaps."""
    age = now.now - before.now
    seen = {
        name: {node: _later(one, age) for node, one in told.items()}
        for name, told in before.sightings.items()
    }
    return Live(
        now.now,
        before.applied if now.applied is None else now.applied,
        before.told if now.applied is None else now.told,
        _filled(before.observed, now.observed, "fabric", asked),
        _filled(seen, now.sightings, "fabric", asked),
        _filled(before.health, now.health, "route-server", asked),
        _filled(before.filtered, now.filtered, "route-server", asked),
    )


def _filled(before: Mapping[K, V], now: Mapping[K, V], kind: str, asked: Set[str]) -> dict[K, V]:
    """Both, the new one first; nothing of what policy has no more."""
    return {name: value for name, value in before.items() if f"{kind}/{name}" in asked} | dict(now)


def _later(sighting: Sighting, age: timedelta) -> Sighting:
    """As fresh as it was: that nobody tells of a node now does not take it offline."""
    return sighting if sighting.last is None else replace(sighting, last=sighting.last + age)
