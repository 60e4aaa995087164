"""The exchange's files, from the work tree or from a git revision without a checkout of it.

Touches: files below the exchange's folder, and the git objects of its repository; writes nothing. Symbolic
links are never followed and long files never read: an Entry says what stands there instead.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ztix.drivers.repository import repository
from ztix.errors import Usage
from ztix.tree import FOLDERS, WORK_TREE, Entry, Kind, Tree, byte_limit

if TYPE_CHECKING:
    from git import Repo

_MODES = {"100644": Kind.FILE, "100755": Kind.EXECUTABLE, "120000": Kind.SYMLINK, "160000": Kind.SUBMODULE}
_GIT_TIMEOUT_S = 120
_UNKNOWN = 1  # how `git rev-parse --verify --quiet` ends where a name means nothing
_DISTRUST = "dubious ownership"


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
    """The files as they are on disk now. Raises Usage where one cannot be read."""
    try:
        found = [entry for folder in FOLDERS for entry in _walk(os.fsencode(root), folder.encode())]
    except OSError as error:
        name = _text(os.fsencode(error.filename or str(root)))
        raise Usage(f"`{name}` cannot be read: {error.strerror}", help="check who owns it") from None
    return Tree(WORK_TREE, {entry.path: entry for entry in sorted(found, key=lambda entry: entry.path)})


def _walk(root: bytes, folder: bytes) -> Iterator[Entry]:
    """The entries below one folder. Names are bytes, as the kernel has them: not every one is a text."""
    place = os.path.join(root, folder)  # noqa: PTH118 - a Path has no bytes
    try:
        status = os.lstat(place)
    except FileNotFoundError:
        return
    if not stat.S_ISDIR(status.st_mode):
        yield _stand_in(_kind(status.st_mode), folder, status.st_size)
        return
    if os.path.lexists(os.path.join(place, b".git")):  # noqa: PTH118 - as above
        yield _stand_in(Kind.SUBMODULE, folder, 0)
        return
    with os.scandir(place) as items:
        names = [item.name for item in items]
    for name in names:
        path = folder + b"/" + name
        status = os.lstat(os.path.join(root, path))  # noqa: PTH118 - as above
        if stat.S_ISDIR(status.st_mode):
            yield from _walk(root, path)
            continue
        shown, kind, content = _text(path), _kind(status.st_mode), None
        if kind is Kind.FILE and status.st_size <= byte_limit(shown):
            content = _read(os.path.join(root, path), byte_limit(shown))  # noqa: PTH118 - as above
        yield Entry(shown, kind, status.st_size, content)


def _stand_in(kind: Kind, path: bytes, size: int) -> Entry:
    """What stands where a folder should; in place of one of the four, told as below it, to be met there."""
    name = _text(path)
    if name not in FOLDERS:
        return Entry(name, kind, size, None)
    return Entry(f"{name}/", Kind.OTHER if kind in (Kind.FILE, Kind.EXECUTABLE) else kind, size, None)


def _read(path: bytes, limit: int) -> bytes | None:
    # The entry may have become a link or a named pipe since it was listed.
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, "rb") as file:  # noqa: PTH123 - a descriptor, not a path
        content = file.read(limit + 1)
    return content if len(content) <= limit else None


def _kind(mode: int) -> Kind:
    if stat.S_ISREG(mode):
        return Kind.EXECUTABLE if mode & 0o111 else Kind.FILE
    return Kind.SYMLINK if stat.S_ISLNK(mode) else Kind.OTHER


def _text(name: bytes) -> str:
    return name.decode("utf-8", "replace")


def resolve(root: Path, ref: str) -> str:
    """The commit id of a revision. Raises Usage where it names none."""
    repo = repository(root)
    from git.exc import GitCommandError

    try:
        found = repo.git.rev_parse("--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
    except GitCommandError as error:
        if error.status != _UNKNOWN and _DISTRUST in str(error.stderr):
            raise Usage(
                f"git does not read the repository of `{root}`: dubious ownership, it is another user's",
                help=f"run `git config --global --add safe.directory {repo.working_tree_dir or root}`",
            ) from None
        raise Usage(
            f"`{ref}` names no commit in the repository of `{root}`",
            help="fetch it, or name a branch or commit that `git log` shows",
        ) from None
    return str(found)


def read_revision(root: Path, ref: str) -> Tree:
    """The files as a commit has them. Raises Usage where `ref` names no commit, or it is not whole."""
    commit = resolve(root, ref)
    repo = repository(root)
    top = Path(str(repo.working_tree_dir or repo.git_dir)).resolve()
    prefix = os.fsencode(root.resolve().relative_to(top).as_posix() + "/") if root.resolve() != top else b""
    try:
        rows = [_row(line, prefix) for line in _listing(repo, commit, prefix)]
        wanted = [row for row in rows if row[0].kind is Kind.FILE and row[0].size <= byte_limit(row[0].path)]
        contents = _blobs(repo, [blob for _, blob in wanted])
        read = {entry.path: content for (entry, _), content in zip(wanted, contents, strict=True)}
    except _NotWhole as error:
        raise Usage(
            f"commit `{commit[:12]}` cannot be read from the repository of `{root}`: {error}",
            help="`git fsck` shows what is missing; fetch the whole commit",
        ) from None
    entries = sorted((entry for entry, _ in rows), key=lambda entry: entry.path)
    return Tree(commit, {entry.path: replace(entry, content=read.get(entry.path)) for entry in entries})


def committed_at(root: Path, commit: str) -> datetime:
    """When the commit was made, by its own word."""
    return repository(root).commit(commit).committed_datetime


class _NotWhole(Exception):
    """The repository lacks an object of the commit."""


def _listing(repo: Repo, commit: str, prefix: bytes) -> list[bytes]:
    from git.exc import GitCommandError

    words = ["git", "ls-tree", "-r", "-l", "-z", "--full-tree", commit, "--"]
    try:
        listing = repo.git.execute(
            words + [os.fsdecode(prefix) + folder for folder in FOLDERS],
            stdout_as_string=False,
            strip_newline_in_stdout=False,
            kill_after_timeout=_GIT_TIMEOUT_S,
        )
    except GitCommandError:
        raise _NotWhole("a tree is missing") from None
    return [line for line in bytes(listing).split(b"\0") if line]


def _row(line: bytes, prefix: bytes) -> tuple[Entry, str]:
    """One line of the listing: the entry without its content, and the blob that has it."""
    head, _, name = line.partition(b"\t")
    mode, _, blob, size = head.decode("ascii").split()
    kind, path = _MODES.get(mode, Kind.OTHER), name.removeprefix(prefix)
    if size == "BAD":
        raise _NotWhole(f"the content of `{_text(path)}` is missing")
    length = 0 if size == "-" else int(size)
    if _text(path) in FOLDERS:
        return _stand_in(kind, path, length), blob
    return Entry(_text(path), kind, length, None), blob


def _blobs(repo: Repo, ids: list[str]) -> Iterator[bytes]:
    """The contents of many blobs, from one git process."""
    if not ids:
        return
    process = repo.git.cat_file("--batch", as_process=True, istream=-1)
    answer, _ = process.communicate("\n".join(ids).encode("ascii") + b"\n")
    view, at = memoryview(answer), 0
    for _ in ids:
        end = answer.index(b"\n", at)
        answered = bytes(view[at:end]).split()
        if len(answered) != 3:
            raise _NotWhole("the content of a file is missing")
        size = int(answered[2])
        yield bytes(view[end + 1 : end + 1 + size])
        at = end + 1 + size + 1
