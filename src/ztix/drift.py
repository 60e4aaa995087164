"""`drift`: what is live and differs from the last receipt though git did not ask for it.

Law: effects only through the World; reads only. A plan at the revision that was reconciled last, and for each
route server in it, what was done there by hand.
"""

from __future__ import annotations

from dataclasses import replace

from ztix.errors import Usage
from ztix.reconcile import Planned, plan
from ztix.running import hand_edits
from ztix.world import World


def has_moved(planned: Planned) -> bool:
    """Whether a drift found anything."""
    return not planned.plan.is_empty or planned.plan.strangers > 0


def drift(world: World) -> Planned:
    """What moved without git, with what was edited by hand.

    Compares at the revision that was reconciled last, so that a newer commit never looks like drift. What a
    route server that did not answer runs is unknown, and no drift.
    Raises Usage before the first run; otherwise as `plan`.
    """
    applied = world.state.read()
    if applied.revision is None:
        raise Usage(
            "nothing was reconciled yet, so nothing can have drifted", help="run `ztix reconcile` first"
        )
    planned = plan(world, applied.revision, assert_again=False)
    seen = tuple(one for one in planned.plan.deploys if one.route_server not in planned.silent)
    edits = hand_edits(world, planned.gathered, [deploy.route_server for deploy in seen])
    return replace(planned, plan=replace(planned.plan, deploys=seen), edits=edits)
