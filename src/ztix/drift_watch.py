"""Keeps the one issue about drift: opens it when something moved, rewrites it, closes it when that is gone.

Law: writes through the Forge and nothing else. What did not answer is unknown: it neither opens nor closes.
"""

from __future__ import annotations

from ztix.console.drift_issue import GONE, DriftIssue
from ztix.forge import Forge


def watch(forge: Forge, found: DriftIssue) -> str:
    """Bring a drift to its issue. Returns in words what became of it. Raises Unavailable, Refused.

    Where two issues are open, such as by two runs at once, the oldest serves and the others are closed.
    """
    ours = forge.issues()
    if not found.moved:
        if found.silent:
            named = ", ".join(f"`{name}`" for name in found.silent)
            return f"{named} did not answer: no issue is opened or closed"
        for issue in ours:
            forge.close_issue(issue.number, GONE)
        return f"closed {_numbers([issue.number for issue in ours])}" if ours else "nothing to tell"
    if not ours:
        return f"opened #{forge.open_issue(found.title, found.text)}"
    oldest, *others = ours
    for issue in others:
        forge.close_issue(issue.number, f"#{oldest.number} tells it.\n")
    if _mark(oldest.text) == _mark(found.text):
        return f"#{oldest.number} tells it already"
    forge.edit_issue(oldest.number, found.title, found.text)
    return f"rewrote #{oldest.number}"


def _mark(text: str) -> str:
    """The first line: it has a digest of the rest, so that what people add below it is left alone."""
    return text.partition("\n")[0].rstrip("\r")


def _numbers(numbers: list[int]) -> str:
    return ", ".join(f"#{number}" for number in numbers)
