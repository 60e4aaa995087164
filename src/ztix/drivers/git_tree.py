"""The exchange's files, from the work tree or from a git revision without a checkout of it.

Touches: files below the exchange's folder, and the git objects of its repository; writes nothing. Symbolic
links are never followed and long files never read: an Entry says what stands there instead.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ztix.drivers.repository import repository
from ztix.errors import Usage
from ztix.tree import Entry, Kind, Tree, byte_limit

if TYPE_CHECKING:
    from git import Repo

FOLDERS = ("members", "policy", "templates", "evidence")
WORK_TREE = "work tree"
_MODES = {"100644": Kind.FILE, "100755": Kind.EXECUTABLE, "120000": Kind.SYMLINK, "160000": Kind.SUBMODULE}
_GIT_TIMEOUT_S = 120


def find_exchange(start: Path) -> Path:
    """The exchange that `start` is in: the nearest folder upwards that has `policy/exchange.yaml`."""
    for folder in (start, *start.parents):
        if (folder / "policy" / "exchange.yaml").is_file():
            return folder
    raise Usage(
        f"no exchange in `{start}` or above it: there is no `policy/exchange.yaml`",
        help="name one with `--exchange DIR`, or make one with `ztix init DIR`",
    )


def read_work_tree(root: Path) -> Tree:
    """The files as they are on disk now."""
    entries: dict[str, Entry] = {}
    for folder in FOLDERS:
        for entry in _walk(root, folder):
            entries[entry.path] = entry
    return Tree(WORK_TREE, entries)


def _walk(root: Path, folder: str) -> Iterator[Entry]:
    place = root / folder
    if place.is_symlink():
        yield Entry(f"{folder}/", Kind.SYMLINK, 0, None)
        return
    if not place.is_dir():
        return
    with os.scandir(place) as found:
        items = sorted(found, key=lambda item: item.name)
    for item in items:
        path = f"{folder}/{_printable(item.name)}"
        if item.is_dir(follow_symlinks=False):
            yield from _walk(root, f"{folder}/{item.name}")
            continue
        status = item.stat(follow_symlinks=False)
        kind = _kind(status.st_mode)
        content = None
        if kind is Kind.FILE and status.st_size <= byte_limit(path):
            content = _read(item.path, byte_limit(path))
        yield Entry(path, kind, status.st_size, content)


def _read(path: str, limit: int) -> bytes | None:
    # O_NOFOLLOW: the entry may have become a link since it was listed.
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    with open(descriptor, "rb") as file:  # noqa: PTH123 - a descriptor, not a path
        content = file.read(limit + 1)
    return content if len(content) <= limit else None


def _kind(mode: int) -> Kind:
    if stat.S_ISREG(mode):
        return Kind.EXECUTABLE if mode & 0o111 else Kind.FILE
    return Kind.SYMLINK if stat.S_ISLNK(mode) else Kind.OTHER


def _printable(name: str) -> str:
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def resolve(root: Path, ref: str) -> str:
    """The commit id of a revision. Raises Usage where it names none."""
    from git.exc import GitCommandError

    try:
        return str(
            repository(root).git.rev_parse("--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
        )
    except GitCommandError:
        raise Usage(
            f"`{ref}` names no commit in the repository of `{root}`",
            help="fetch it, or name a branch or commit that `git log` shows",
        ) from None


def read_revision(root: Path, ref: str) -> Tree:
    """The files as a commit has them. Raises Usage where `ref` names no commit."""
    commit = resolve(root, ref)
    repo = repository(root)
    top = Path(str(repo.working_tree_dir or repo.git_dir)).resolve()
    prefix = root.resolve().relative_to(top).as_posix() if root.resolve() != top else ""
    listing = repo.git.execute(
        ["git", "ls-tree", "-r", "-l", "-z", "--full-tree", commit, "--"]
        + [f"{prefix}/{folder}" if prefix else folder for folder in FOLDERS],
        stdout_as_string=False,
        strip_newline_in_stdout=False,
        kill_after_timeout=_GIT_TIMEOUT_S,
    )
    rows = [_row(line, prefix) for line in bytes(listing).split(b"\0") if line]
    wanted = [row for row in rows if row[1] is Kind.FILE and row[2] <= byte_limit(row[0])]
    contents = _blobs(repo, [row[3] for row in wanted])
    read = {row[0]: content for row, content in zip(wanted, contents, strict=True)}
    entries = {path: Entry(path, kind, size, read.get(path)) for path, kind, size, _ in sorted(rows)}
    return Tree(commit, entries)


def _row(line: bytes, prefix: str) -> tuple[str, Kind, int, str]:
    head, _, name = line.partition(b"\t")
    mode, _, blob, size = head.decode("ascii").split()
    path = name.decode("utf-8", "replace")
    path = path[len(prefix) + 1 :] if prefix else path
    return path, _MODES.get(mode, Kind.OTHER), 0 if size == "-" else int(size), blob


def _blobs(repo: Repo, ids: list[str]) -> Iterator[bytes]:
    """The contents of many blobs, from one git process."""
    if not ids:
        return
    process = repo.git.cat_file("--batch", as_process=True, istream=-1)
    answer, _ = process.communicate("\n".join(ids).encode("ascii") + b"\n")
    view, at = memoryview(answer), 0
    for _ in ids:
        end = answer.index(b"\n", at)
        size = int(bytes(view[at:end]).split()[2])
        yield bytes(view[end + 1 : end + 1 + size])
        at = end + 1 + size + 1
