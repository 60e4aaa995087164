"""What a plan and a receipt say as events.

Law: pure; one event for each thing that was decided, tried or left alone, in the order of the values.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ztix.events import Changed, Decided, Event, Quarantined, Rolled
from ztix.fabric import Configure
from ztix.gates import Refusal
from ztix.plan import Plan, step_data
from ztix.receipt import Done, Outcome, Quarantine, Receipt


def of_plan(
    plan: Plan, revision: str, refusals: Iterable[Refusal], quarantined: Iterable[Quarantine]
) -> Iterator[Event]:
    """What was decided, and whose file is left out of it."""
    gates = " ".join(dict.fromkeys(refusal.gate for refusal in refusals))
    yield Decided(str(plan.digest), revision, len(plan.changes), len(plan.deploys), gates)
    yield from (Quarantined(item.member, item.reason) for item in quarantined)


def of_receipt(receipt: Receipt) -> Iterator[Event]:
    """What became of each change and of each route server."""
    yield from (_of_outcome(outcome) for outcome in receipt.outcomes)
    for rollout in receipt.rollouts:
        yield Rolled(str(rollout.route_server), rollout.ended.value, rollout.detail)


def _of_outcome(outcome: Outcome) -> Changed:
    change, word = outcome.change, type(outcome).__name__.lower()
    row = step_data(change)
    node = "" if isinstance(change, Configure) else str(change.after.node)
    reason = "" if isinstance(outcome, Done) else outcome.reason
    return Changed(str(row["step"]), word, str(change.fabric), str(row.get("owner", "")), node, reason)
