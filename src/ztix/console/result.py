"""What became of a pull request after its merge, as Markdown for its comment.

Law: pure. Reasons of controllers and route servers are foreign text and go through `safe`.
"""

from __future__ import annotations

from collections.abc import Sequence

from ztix.amounts import fitting
from ztix.console.comment import RESULT_MAX
from ztix.console.safe import markdown
from ztix.receipt_told import Line, Told, ending

ROOM = RESULT_MAX - 2_000  # characters; what the lines may take
REASON_MAX = 160  # characters of a reason that are shown
LIVE = "### ztix: merged, live"
COMMIT_SHOWN = 12  # digits of a commit's id that are shown


def render_result(told: Told, lines: Sequence[Line]) -> str:
    """The result of the run that brought a commit."""
    live = all(line.live for line in lines)
    heading = LIVE if live else "### ztix: merged, not all of it is live"
    at = told.finished[:16].replace("T", " ")
    rows, missing = fitting(map(_row, sorted(lines, key=lambda line: line.live)), ROOM)
    more = [f"- and {missing} more"] if missing else []
    coming = (
        ""
        if live
        else "\nWhat is not live keeps what it had. The next run tries again; this text follows it.\n"
    )
    run = f"The run of {markdown(at, 20)} UTC at commit <code>{_commit(told.revision)}</code> ended"
    return "\n".join([heading, "", f"{run}: {markdown(ending(told))}.", "", *rows, *more, coming])


def _row(line: Line) -> str:
    sign = "" if line.live else "**not live**: "
    return f"- {markdown(line.subject, 32)}: {sign}{markdown(line.words, REASON_MAX)}"


def render_waiting(commit: str) -> str:
    """What is said of a commit that no run has brought yet."""
    words = "No run has brought it yet: one waits, was refused, or left alone what is quarantined."
    return f"### ztix: merged, not live yet\n\nCommit <code>{_commit(commit)}</code>. {words}\n"


def render_live(commit: str, members: Sequence[str]) -> str:
    """What is said where the run that ended well had nothing to do for it."""
    whose = ", ".join(markdown(member, 32) for member in members[:20])
    subject = f"{whose}: as" if whose else "As"
    words = f"{subject} git says, at commit <code>{_commit(commit)}</code>; nothing was left to do."
    return f"{LIVE}\n\n{words}\n"


def is_live(comment: str) -> bool:
    """Whether a comment says already that all of it is live."""
    return f"\n{LIVE}\n" in comment


def _commit(commit: str) -> str:
    return "".join(letter for letter in commit if letter in "0123456789abcdef")[:COMMIT_SHOWN]
