"""What somebody asks to have merged, as values.

Law: pure; drivers read git. `after` is what a merge into the base's tip would leave, not the author's branch:
a branch that is behind lacks what was merged since, and a merge commit may hide a deletion.
"""

from __future__ import annotations

from dataclasses import dataclass

from ztix.tree import Entry, Tree


@dataclass(frozen=True, slots=True)
class FileChange:
    """One path that a merge would change. before, after: None where nothing is. A rename is two of these."""

    path: str
    before: Entry | None
    after: Entry | None


@dataclass(frozen=True, slots=True)
class Submission:
    """Something to be merged.

    base, after: the exchange's files now, and as a merge would leave them.  head: the commit that the author
    offers.  changes: every path that differs, also outside of the exchange's folders; by path.
    author: numeric id of the account that opened it.  approvals: of those that approve exactly this head.
    """

    base: Tree
    after: Tree
    head: str
    changes: tuple[FileChange, ...]
    author: int
    approvals: frozenset[int] = frozenset()
