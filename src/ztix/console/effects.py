"""What rollouts do to sessions, as lines of a plan and as JSON; returns values, prints nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ztix.amounts import few
from ztix.effects import Effect
from ztix.plan import Deploy

if TYPE_CHECKING:  # as in `plan`
    from ztix.foresight import Foreseen

NAMED = 8  # sessions that one line names


def effect_lines(deploy: Deploy, foreseen: Foreseen) -> Iterator[str]:
    """What becomes of the sessions that are in both configurations, the gravest first."""
    if deploy.route_server not in foreseen or not deploy.kept:
        return
    effects = foreseen[deploy.route_server]
    if effects is None:
        yield "      what becomes of the sessions is unknown: the text that runs is not at hand"
        return
    for kind, sign, word in ((Effect.RESTART, "!", "restart"), (Effect.REFILTER, " ", "refilter")):
        ours = [one for one in effects if one.effect is kind]
        if ours:
            causes = few(list(dict.fromkeys(why for one in ours for why in one.because)), NAMED)
            yield f"  {sign}   {word} {len(ours)}: {few([one.name for one in ours], NAMED)} ({causes})"
    yield f"      leave alone {len(deploy.kept) - len(effects)}"


def effects_data(foreseen: Foreseen) -> dict[str, object]:
    """For each route server the sessions that notice; null where that is unknown."""
    return {
        name: None
        if effects is None
        else [
            {"session": one.name, "effect": one.effect.name.lower(), "because": list(one.because)}
            for one in effects
        ]
        for name, effects in foreseen.items()
    }
