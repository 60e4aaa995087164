"""Writes the changes of a plan to their fabrics, one by one, and accounts for every one.

Law: effects only through the Fabric port. Each change carries what was observed when it was planned; a node
that looks different now is skipped, the others go on. What the controller answers is compared in full, and
at the end everything is read once more. Nothing raises from here: every change gets an outcome.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import assert_never

from ztix.errors import Refused, Unavailable
from ztix.fabric import (
    Amend,
    Attach,
    Attachment,
    Change,
    Configure,
    Detach,
    Fabric,
    Observed,
    Reassert,
    Selective,
)
from ztix.receipt import STOPPED, Done, Failed, Outcome, Skipped
from ztix.terms import Label

Watch = Callable[[str, int, int], None]
"""Told of progress: what is under way, how many are done, of how many."""

UNSURE = "stopped by hand while it was written: the next run looks whether it is live"
FEW = 8  # changes; for so many, a look at each is less than one at a large network
FAILURES_IN_A_ROW = 3  # a controller that fails so often in a row is not asked any more in this run


def apply(changes: Sequence[Change], fabrics: Mapping[Label, Fabric], watch: Watch) -> tuple[Outcome, ...]:
    """Carry out the changes in their order. One outcome for each, in the same order.

    Reads each fabric concerned once before the first and once after the last write; before, only the nodes
    that change, where they are few and the fabric can be asked for them. Raises nothing.
    """
    outcomes: list[Outcome] = []
    for name in dict.fromkeys(change.fabric for change in changes):
        ours = [change for change in changes if change.fabric == name]
        outcomes += skip(ours) if was_stopped(outcomes) else _apply_to(ours, fabrics[name], watch)
    order = {id(change): place for place, change in enumerate(changes)}
    return tuple(sorted(outcomes, key=lambda outcome: order[id(outcome.change)]))


def skip(changes: Sequence[Change], reason: str = STOPPED) -> tuple[Outcome, ...]:
    """The outcomes of changes that were not tried."""
    return tuple(Skipped(change, reason) for change in changes)


def was_stopped(outcomes: Sequence[Outcome]) -> bool:
    """Whether somebody stopped the run while these were carried out."""
    return any(not isinstance(outcome, Done) and outcome.reason in (STOPPED, UNSURE) for outcome in outcomes)


def _apply_to(changes: Sequence[Change], fabric: Fabric, watch: Watch) -> list[Outcome]:
    try:
        now = _before(changes, fabric)
    except (Unavailable, Refused) as error:
        return [Skipped(change, f"not tried: {error.message}") for change in changes]
    except KeyboardInterrupt:
        return list(skip(changes))
    outcomes: list[Outcome] = []
    place = in_a_row = 0
    try:
        for place, change in enumerate(changes):
            watch("applying", place, len(changes))
            if in_a_row >= FAILURES_IN_A_ROW:
                reason = f"not tried: {in_a_row} changes before it failed in a row"
                outcomes.append(Skipped(change, reason))
                continue
            outcome = _carry_out(change, fabric, now)
            in_a_row = in_a_row + 1 if isinstance(outcome, Failed) else 0
            outcomes.append(outcome)
        watch("applying", len(changes), len(changes))
    except KeyboardInterrupt:  # the receipt is worth more than the rest of the run, also between two writes
        outcomes[place:] = [Failed(changes[place], UNSURE), *skip(changes[place + 1 :])]
    return _read_back(outcomes, fabric)


def _before(changes: Sequence[Change], fabric: Fabric) -> Observed:
    """What the changes find there. Raises Unavailable, Refused."""
    nodes = [change.after.node for change in changes if not isinstance(change, Configure)]
    if len(nodes) == len(changes) <= FEW and isinstance(fabric, Selective):
        return Observed(None, None, dict(fabric.look(nodes)))
    return fabric.observe()


def _carry_out(change: Change, fabric: Fabric, now: Observed) -> Outcome:
    if not _as_planned(change, now):
        return Skipped(change, "moved since the plan: the next run plans it anew")
    try:
        match change:
            case Configure():
                kept: object = fabric.configure(change.after)
            case Attach() | Amend() | Detach():
                kept = fabric.write(change.after)
            case Reassert(after=off):
                try:
                    fabric.write(replace(off, authorised=True))
                finally:  # whatever became of the first write, it must not be the last
                    kept = fabric.write(off)
            case _:
                assert_never(change)
    except (Unavailable, Refused) as error:
        return Failed(change, error.message)
    return Done(change) if kept == change.after else Failed(change, "the controller kept something else")


def _as_planned(change: Change, now: Observed) -> bool:
    if isinstance(change, Configure):
        return now.settings == change.before
    return now.attachments.get(change.after.node) == change.before


def _read_back(outcomes: list[Outcome], fabric: Fabric) -> list[Outcome]:
    if not any(isinstance(outcome, Done) for outcome in outcomes):
        return outcomes
    try:
        after = fabric.observe()
    except (Unavailable, Refused) as error:
        reason = f"written, but could not be read back: {error.message}"
        return [Failed(item.change, reason) if isinstance(item, Done) else item for item in outcomes]
    except KeyboardInterrupt:
        return [Failed(item.change, STOPPED) if isinstance(item, Done) else item for item in outcomes]
    return [_verified(item, after) if isinstance(item, Done) else item for item in outcomes]


def _verified(outcome: Done, after: Observed) -> Outcome:
    change = outcome.change
    held: object
    if isinstance(change, Configure):
        held = after.settings
    else:
        held = after.attachments.get(change.after.node, _none(change.after))
    return outcome if held == change.after else Failed(change, "another value was read back after the write")


def _none(attachment: Attachment) -> Attachment:
    return Attachment(attachment.node, "", (), authorised=False)
