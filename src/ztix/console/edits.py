"""What was edited by hand, as lines of a plan and as JSON; returns values, prints nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ztix.console.safe import printable
from ztix.hand_edit import HandEdit, Runs


def edit_lines(edits: Sequence[HandEdit]) -> Iterator[str]:
    """For each route server what it runs, and the difference from git's text to its file."""
    if edits:
        yield ""
        silent = all(edit.runs is Runs.SILENT and not edit.lines and not edit.more for edit in edits)
        yield "without an answer" if silent else "by hand"
    for edit in edits:
        state = "was edited" if edit.lines or edit.more else "is as git says"
        yield f"    {edit.route_server}: its file {state}; BIRD runs {edit.runs.value}"
        for line in edit.lines:
            yield f"        {printable(line)}"
        if edit.more:
            yield f"        and {edit.more} more lines"


def edits_data(edits: Sequence[HandEdit]) -> list[dict[str, object]]:
    """The same as JSON."""
    return [
        {
            "route_server": edit.route_server,
            "runs": edit.runs.name.lower(),
            "difference": [printable(line) for line in edit.lines],
            "more": edit.more,
        }
        for edit in edits
    ]
