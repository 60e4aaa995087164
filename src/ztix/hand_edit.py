"""What somebody changed in a route server's file by hand: the way from git's text to the file's.

Law: pure. Texts are compared by lines; what both begin and end with is set aside first, so that a file of
megabytes costs no more than its difference. A password that somebody wrote into it is not shown.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from ztix.terms import Digest, Label

if TYPE_CHECKING:  # what a link tells takes long to load, and plans are shown where there is none
    from ztix.link import Status

CONTEXT = 3
SHOWN = 400
"""Lines of a difference that are shown."""
COMPARED = 20_000
"""Lines on one side above which a difference is only counted."""
_PASSWORD = re.compile(r'(\bpassword\s*)"[^"]*"?')


class Runs(Enum):
    """What BIRD runs where a file was edited, or where it was configured by hand."""

    GIT = "what git says: the edit waits for the next `configure`, or for a restart"
    FILE = "the edited file"
    UNKNOWN = "something that was configured by hand, perhaps this"
    SILENT = "nothing that can be told: it does not answer"


@dataclass(frozen=True, slots=True)
class HandEdit:
    """One route server's file. lines: a unified difference, empty where the file is as git says.

    more: lines that are not shown.
    """

    route_server: Label
    runs: Runs
    lines: tuple[str, ...] = ()
    more: int = 0


def runs(status: Status, git: Digest) -> Runs:
    """What BIRD runs, as far as it can be known."""
    if status.running is None:
        return Runs.UNKNOWN if status.bird else Runs.SILENT
    return Runs.GIT if status.running == git else Runs.FILE if status.running == status.file else Runs.UNKNOWN


def difference(git: str, file: str) -> tuple[tuple[str, ...], int]:
    """The unified difference from git's text to the file, and how many lines of it are left out."""
    old, new = git.split("\n"), file.split("\n")
    head = _common(old, new)
    tail = _common(old[head:][::-1], new[head:][::-1])
    first = max(0, head - CONTEXT)
    ours, theirs = (side[first : len(side) - max(0, tail - CONTEXT)] for side in (old, new))
    if max(len(ours), len(theirs)) > COMPARED:
        return (), len(ours) + len(theirs)
    lines = list(difflib.unified_diff(ours, theirs, "git", "the file", n=CONTEXT, lineterm=""))
    told = [_hide(_moved(line, first) if number > 1 else line) for number, line in enumerate(lines)]
    return tuple(told[:SHOWN]), max(0, len(told) - SHOWN)


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """How many lines both begin with."""
    return next(
        (i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )


_HUNK = re.compile(r"@@ -(\d+)((?:,\d+)?) \+(\d+)((?:,\d+)?) @@")


def _moved(line: str, lines: int) -> str:
    """A hunk's head with its line numbers counted from the file's own start."""
    if (match := _HUNK.fullmatch(line)) is None:
        return line
    return f"@@ -{int(match[1]) + lines}{match[2]} +{int(match[3]) + lines}{match[4]} @@"


def _hide(line: str) -> str:
    return _PASSWORD.sub(r'\1"(not shown)"', line)
