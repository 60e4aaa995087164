"""What somebody asks to have merged, as values.

Law: pure; drivers read git. `after` is what a merge into the base's tip would leave, not the author's branch:
a branch that is behind lacks what was merged since, and a merge commit may hide a deletion.
"""

from __future__ import annotations

from dataclasses import dataclass

from ztix.tree import Entry, Tree

CHANGES_MAX = 20  # paths; more than that nobody reviews at once, whoever offers them
SPLIT = (
    f"split it into parts of at most {CHANGES_MAX} files, which owners have to do as well: for each "
    "`git switch --create PART main`, `git checkout BRANCH -- PATHS`, a commit and a pull request"
)


@dataclass(frozen=True, slots=True)
class FileChange:
    """One path that a merge would change. before, after: None where nothing is. A rename is two of these.

    outside: what is in a short file outside of the exchange's folders, to look for private keys and for
    nothing else.
    """

    path: str
    before: Entry | None
    after: Entry | None
    outside: bytes | None = None


@dataclass(frozen=True, slots=True)
class Submission:
    """Something to be merged.

    base, after: the exchange's files now, and as a merge would leave them.  head: the commit that the author
    offers.  changes: every path that differs, also outside of the exchange's folders; by path.
    author: numeric id of the account that opened it.  approvals: of those that approve exactly this head.
    conflicts: paths that were changed on both sides, so that there is nothing to merge yet; then `after` is
    the base.  Of more than CHANGES_MAX changes, no content was read.
    """

    base: Tree
    after: Tree
    head: str
    changes: tuple[FileChange, ...]
    author: int
    approvals: frozenset[int] = frozenset()
    conflicts: tuple[str, ...] = ()
