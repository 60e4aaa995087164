"""What a merge of somebody's commits would change, from git objects alone.

Touches: git objects, through `git_objects`; writes nothing that stays. Nothing is checked out and nothing
that was offered is run. The merge may follow renames, as those of forges do; what it leaves is compared
without guessing any: one is a deletion and an addition, whoever made it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from ztix.admission.submission import CHANGES_MAX, FileChange, Submission
from ztix.drivers.git_objects import GitFailed, GitObjects, git_objects
from ztix.errors import Usage
from ztix.tree import FOLDERS, MEMBER_BYTES, Entry, Kind, Tree, byte_limit

_PLAIN = "100644"
_NOTHING = "000000"
_KINDS = {
    _PLAIN: Kind.FILE,
    "100755": Kind.EXECUTABLE,
    "120000": Kind.SYMLINK,
    "160000": Kind.SUBMODULE,
}
_ROW = re.compile(r"([0-7]+) \w+ ([0-9a-f]+) +(\S+)\t([^\0]*)\0")  # of `git ls-tree -l -z`
_CONFLICT = 1  # how `git merge-tree` ends where the two sides do not fit
_APPLIED = "refs/heads/ztix-state:applied.json"
CONFLICTS_MAX = 20  # paths that are told


@dataclass(frozen=True, slots=True)
class _Side:
    """One path before or after: its kind, its blob and that blob's length."""

    kind: Kind
    blob: str
    size: int = 0


def read_submission(
    root: Path, base: str, head: str, author: int, approvals: frozenset[int] = frozenset()
) -> Submission:
    """What a merge of `head` into `base` would change. Raises Usage where either is no commit."""
    with git_objects(root) as git:
        onto, offered = git.commit(base), git.commit(head)
        before = _tree(git, onto)
        merged, conflicts = _merge(git, onto, offered)
        if merged is None:
            return Submission(before, before, offered, (), author, approvals, conflicts)
        changes = tuple(_changes(git, onto, merged, before))
    after = dict(before.entries)
    for change in changes:
        after.pop(change.path, None)
        if change.after is not None and change.path.partition("/")[0] in FOLDERS:
            after[change.path] = change.after
    tree = Tree(offered, dict(sorted(after.items())))
    return Submission(before, tree, offered, changes, author, approvals)


def past_contents(root: Path, ref: str, path: str) -> tuple[bytes, ...]:
    """Every content that a path of the exchange had in the history of `ref`, where it was a short file."""
    words = ("log", "-m", "--raw", "-z", "--no-renames", "--no-abbrev", "--format=", "--diff-filter=AM")
    with git_objects(root) as git:
        place = git.prefix.decode("utf-8", "replace") + path
        listing = git.run(*words, git.commit(ref), "--", place)
        found: dict[str, None] = {}
        for head in listing.split(b"\0")[::2]:
            row = head.lstrip(b"\n:").split()
            if len(row) == 5 and row[1] == b"100644":
                found[row[3].decode("ascii")] = None
        sizes = git.sizes(found)
        return tuple(git.blobs(blob for blob in found if sizes[blob] <= byte_limit(path)))


def changed_since_run(root: Path, ref: str) -> tuple[str, ...]:
    """The exchange's files that differ between the last run and `ref`; none where no run is on record."""
    with git_objects(root) as git:
        commit = git.commit(ref)
        try:
            applied = json.loads(git.run("cat-file", "blob", _APPLIED))
            last = git.commit(str(applied["revision"]))
            words = ("diff-tree", "-r", "-z", "--name-only", "--no-renames", "--ignore-submodules=none")
            names = git.run(*words, last, commit).split(b"\0")
        except (GitFailed, Usage, ValueError, KeyError, TypeError):  # a shallow clone may lack the commit
            return ()
        paths = (_path(git, name) for name in names if name)
        return tuple(path for path in paths if path.partition("/")[0] in FOLDERS)


def _merge(git: GitObjects, onto: str, offered: str) -> tuple[str | None, tuple[str, ...]]:
    """The tree that a merge leaves, or the paths where both sides changed the same."""
    try:
        made = git.run("merge-tree", "--write-tree", "--no-messages", "--name-only", "-z", onto, offered)
    except GitFailed as failed:
        if failed.status == _CONFLICT:
            paths = sorted({_text(path) for path in failed.output.split(b"\0")[1:] if path})
            return None, tuple(paths[:CONFLICTS_MAX])
        if b"unrelated histories" in failed.words:
            return None, ("its history has no commit in common with the base",)
        raise Usage(
            f"`{offered[:12]}` cannot be merged into `{onto[:12]}`: git does not say why",
            help="`git fsck` shows what is missing; fetch both commits whole, without --depth",
        ) from None
    return made.split(b"\0")[0].decode("ascii").strip(), ()


def _changes(git: GitObjects, onto: str, merged: str, base: Tree) -> Iterator[FileChange]:
    """Every path that differs, by path. Content only where changes are few, and of short regular files.

    A name that stands twice in one folder, which git can be made to hold, is of no kind that is a file.
    """
    words = ("diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-abbrev", "--ignore-submodules=none")
    listing = git.run(*words, f"{onto}^{{tree}}", merged).split(b"\0")
    rows: dict[str, tuple[_Side | None, _Side | None]] = {}
    for head, name in zip(listing[::2], listing[1::2], strict=False):
        old, new, before, after, _ = head.decode("ascii").lstrip(":").split()
        path, sides = _path(git, name), (_side(old, before), _side(new, after))
        if path in rows or (sides[0] is None and path in base.entries):
            sides = (rows.get(path, sides)[0], _Side(Kind.OTHER, after))
        rows[path] = sides
    every = [side for pair in rows.values() for side in pair if side]
    sizes = git.sizes(side.blob for side in every if side.kind in (Kind.FILE, Kind.EXECUTABLE))
    known = {path: (_sized(old, sizes), _sized(new, sizes)) for path, (old, new) in sorted(rows.items())}
    wanted: dict[str, None] = {}
    for path, pair in known.items() if len(known) <= CHANGES_MAX else ():
        wanted |= {side.blob: None for side in pair if side and _readable(path, side)}
        wanted |= {side.blob: None for side in pair[1:] if side and _outside(path, side)}
    contents = dict(zip(wanted, git.blobs(wanted), strict=True))
    for path, (old_side, new_side) in known.items():
        outside = contents.get(new_side.blob) if new_side and _outside(path, new_side) else None
        yield FileChange(path, _entry(path, old_side, contents), _entry(path, new_side, contents), outside)


def _side(mode: str, blob: str) -> _Side | None:
    return None if mode == _NOTHING else _Side(_KINDS.get(mode, Kind.OTHER), blob)


def _sized(side: _Side | None, sizes: dict[str, int]) -> _Side | None:
    return side and replace(side, size=sizes.get(side.blob, 0))


def _readable(path: str, side: _Side) -> bool:
    return side.kind is Kind.FILE and path.partition("/")[0] in FOLDERS and side.size <= byte_limit(path)


def _outside(path: str, side: _Side) -> bool:
    """Whether it is a short file that is none of the exchange's: a private key may lie in it all the same."""
    short = side.kind in (Kind.FILE, Kind.EXECUTABLE) and side.size <= MEMBER_BYTES
    return short and path.partition("/")[0] not in FOLDERS


def _entry(path: str, side: _Side | None, contents: dict[str, bytes]) -> Entry | None:
    if side is None:
        return None
    return Entry(path, side.kind, side.size, contents.get(side.blob) if _readable(path, side) else None)


def _path(git: GitObjects, name: bytes) -> str:
    """A path as the exchange has it; one outside of its folder begins with `../`."""
    if name.startswith(git.prefix):
        return _text(name.removeprefix(git.prefix))
    return "../" * git.prefix.count(b"/") + _text(name)


def _text(name: bytes) -> str:
    return name.decode("utf-8", "replace")


def _tree(git: GitObjects, commit: str) -> Tree:
    """The exchange's files at a commit."""
    prefix = git.prefix.decode("utf-8", "replace")
    places = [prefix + folder for folder in FOLDERS]
    try:
        listing = git.run("ls-tree", "-r", "-l", "-z", "--full-tree", commit, "--", *places)
    except GitFailed:
        raise Usage(
            f"commit `{commit[:12]}` cannot be read from the repository of `{git.root}`",
            help="`git fsck` shows what is missing; fetch the whole commit",
        ) from None
    rows = _ROW.findall(listing.decode("utf-8", "replace"))
    entries: dict[str, Entry] = {}
    wanted: dict[str, str] = {}
    for mode, blob, size, name in rows:
        path = name.removeprefix(prefix)
        if mode == _PLAIN and "/" in path and size.isdigit() and int(size) <= byte_limit(path):
            wanted[path] = blob
            continue
        kind, length = _KINDS.get(mode, Kind.OTHER), int(size) if size.isdigit() else 0
        if path in FOLDERS:  # something that is no folder stands in place of one
            path, kind = f"{path}/", kind if kind not in (Kind.FILE, Kind.EXECUTABLE) else Kind.OTHER
        entries[path] = Entry(path, kind, length, None)
    for path, content in zip(wanted, git.blobs(wanted.values()), strict=True):
        entries[path] = Entry(path, Kind.FILE, len(content), content)
    return Tree(commit, dict(sorted(entries.items())))
