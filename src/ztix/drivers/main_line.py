"""What was merged, and when: the main line of git, which is that of first parents.

Touches: the git objects of the exchange's repository; writes nothing. Paths are those of the exchange.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from ztix.drivers.repository import repository
from ztix.errors import Usage
from ztix.receipt_told import Brought

COMMITS_MAX = 50  # that one run is asked about; who merged more at once reads the receipt
_TIMEOUT_S = 60
_COMMIT = re.compile(r"[0-9a-f]{40,64}")
_EMPTY = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"  # the tree that git knows without having it


def brought(root: Path, since: str | None, until: str) -> tuple[Brought, ...]:
    """The commits of the main line after `since`, the newest first, each with the paths that it changed.

    since: None, or what is not there, begins at the beginning.  Raises Usage where `until` is no commit.
    """
    known = since if since is not None and _has(root, since) else None
    span = until if known is None else f"{known}..{until}"
    return tuple(
        Brought(commit, _paths(root, parent, commit))
        for commit, parent, _ in _line(root, f"-n{COMMITS_MAX}", span, ".")
    )


def merges(root: Path, ref: str, path: str) -> tuple[datetime, ...]:
    """When a path was changed on the main line in the last two days, the newest first."""
    return tuple(at for _, _, at in _line(root, "--since=2 days ago", ref, path))


def _line(root: Path, limit: str, span: str, path: str) -> Iterator[tuple[str, str, datetime]]:
    """Each commit with its first parent, or the empty tree, and its time."""
    words = ("-c", "log.showSignature=false", "log", "--first-parent", "--format=%H %ct %P", limit)
    listing = _git(root, *words, "--end-of-options", span, "--", path)
    if listing is None:
        raise Usage(
            f"`{span}` names no commits in the repository of `{root}`", help="fetch the whole history"
        )
    for row in listing.splitlines():
        commit, at, *parents = row.split()
        yield commit, parents[0] if parents else _EMPTY, datetime.fromtimestamp(int(at), UTC)


def _paths(root: Path, before: str, after: str) -> tuple[str, ...]:
    listing = _git(root, "diff-tree", "-r", "-z", "--name-only", "--no-renames", "--relative", before, after)
    return tuple(path for path in (listing or "").split("\0") if path)


def _has(root: Path, commit: str) -> bool:
    fits = _COMMIT.fullmatch(commit) is not None
    return fits and _git(root, "cat-file", "-e", f"{commit}^{{commit}}") is not None


def _git(root: Path, *words: str) -> str | None:
    repo = repository(root)
    from git.exc import GitCommandError

    folder = str(root) if repo.working_tree_dir is not None else str(repo.git_dir)
    try:
        return str(
            repo.git.execute(
                ["git", "-C", folder, *words],
                stdout_as_string=True,
                strip_newline_in_stdout=False,
                kill_after_timeout=_TIMEOUT_S,
            )
        )
    except GitCommandError:
        return None
