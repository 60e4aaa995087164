"""A receipt as text or JSON; returns strings, prints nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, TypeAlias

from ztix.console.json_text import json_text
from ztix.console.safe import printable
from ztix.errors import EXIT_MEANINGS, Exit
from ztix.fabric import Configure, Reassert
from ztix.receipt import Done, Outcome, Receipt, counts
from ztix.rollout import Ended

ReceiptForm: TypeAlias = Literal["text", "json"]
_WELL = (Ended.CONFIRMED, Ended.UNCHANGED)


def render_receipt(receipt: Receipt, form: ReceiptForm) -> str:
    """What the run did, troubles first, with a trailing newline."""
    if form == "json":
        return json_text(receipt.data(), sort_keys=True)
    return "".join(line + "\n" for line in _lines(receipt))


def _lines(receipt: Receipt) -> Iterator[str]:
    for outcome in receipt.outcomes:
        if not isinstance(outcome, Done):
            kind = type(outcome).__name__.lower()
            yield f"  ! {_subject(outcome)} {kind}: {printable(outcome.reason)}"
    for item in receipt.quarantined:
        yield f"  ! {printable(item.member)} quarantined: {printable(item.reason)}"
    for rollout in receipt.rollouts:
        sign = " " if rollout.ended in _WELL else "!"
        detail = f": {printable(rollout.detail)}" if rollout.detail else ""
        yield f"  {sign} {rollout.route_server} {rollout.ended.value}{detail}"
    if receipt.outcomes:
        done, skipped, failed = counts(receipt.outcomes)
        yield f"Fabric: {done} applied, {skipped} skipped, {failed} failed."
    if receipt.rollouts:
        live = sum(rollout.ended in _WELL for rollout in receipt.rollouts)
        yield f"Route servers: {live} of {len(receipt.rollouts)} run the new configuration."
    meaning = "done" if receipt.exit is Exit.DONE else EXIT_MEANINGS[receipt.exit]
    yield f"Receipt of {receipt.plan.short}: {meaning}."


def _subject(outcome: Outcome) -> str:
    change = outcome.change
    if isinstance(change, Configure):
        return f"fabric {change.fabric}"
    if isinstance(change, Reassert):
        return str(change.node)
    return f"{change.owner} {change.after.node}"
