"""The git repository that an exchange is in, for the drivers that read its files, keep its state and lock it.

Touches: looks for a `.git` from the exchange's folder upwards; reads no object and writes nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ztix.errors import Usage

if TYPE_CHECKING:
    from git import Repo


def repository(root: Path) -> Repo:
    """The git repository that the exchange is in. Raises Usage where there is none."""
    try:
        from git import InvalidGitRepositoryError, NoSuchPathError, Repo
    except ImportError:  # how GitPython says that it finds no `git`
        raise Usage("there is no program `git` on PATH", help="install git") from None
    try:
        return Repo(root, search_parent_directories=True)
    except (InvalidGitRepositoryError, NoSuchPathError):
        raise Usage(
            f"`{root}` is in no git repository", help="run `git init` and commit the exchange"
        ) from None


def origin(root: Path) -> tuple[str | None, str]:
    """The address of the remote `origin`, None where there is none, and the exchange's path below the top."""
    try:
        repo = repository(root)
    except Usage:
        return None, ""
    top = Path(str(repo.working_tree_dir or repo.git_dir)).resolve()
    prefix = "" if top == root.resolve() else root.resolve().relative_to(top).as_posix() + "/"
    urls = [next(iter(remote.urls), "") for remote in repo.remotes if remote.name == "origin"]
    return (urls[0] if urls else None), prefix
