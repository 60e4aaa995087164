"""Puts on record that a run was refused: which plan, by which gates, and who started it.

Law: effects only through the World's state, whose content stays what it is. A refusal that is on record since
the last run is not recorded again, so that a run by the clock leaves one record and not one each time.
"""

from __future__ import annotations

from collections.abc import Sequence

from ztix.errors import ZtixError
from ztix.fabric import Configure, Reassert
from ztix.gates import Refusal
from ztix.plan import Plan
from ztix.receipt import Claimed, RefusedRun
from ztix.terms import Digest
from ztix.world import World


def put_on_record(
    world: World,
    plan: Plan,
    revision: str,
    refusals: Sequence[Refusal],
    read: Digest | None,
    by: Claimed | None,
) -> str:
    """Record the refusal, unless the same is on record. Returns what is to be said of it: mostly nothing.

    read: the digest that somebody gave, where it is not the plan's. Raises nothing of ours: the refusal
    itself matters more than its record.
    """
    at = world.now().isoformat(timespec="seconds")
    gates = tuple((refusal.gate, refusal.words) for refusal in refusals)
    refused = RefusedRun(plan.digest, revision, at, gates, read, _members(plan), by)
    try:
        if not any(map(refused.is_told_by, world.state.refusals())):
            world.state.write(world.state.read(), refused, f"Refuse {plan.digest.short}")
    except ZtixError as error:
        return f"; this refusal is not on record: {error.message}"
    return ""


def _members(plan: Plan) -> tuple[str, ...]:
    """Whose nodes or lines of a configuration the plan would change."""
    owners = {change.owner for change in plan.changes if not isinstance(change, Configure | Reassert)}
    changed = {part for deploy in plan.deploys for part in deploy.changed if part != "shared"}
    return tuple(sorted(owners | changed, key=lambda member: (len(member), member)))
