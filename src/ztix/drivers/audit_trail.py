"""The records of branch `ztix-state` and the merges of the main line, from git's objects.

Touches: the objects and refs of the exchange's repository, and with `remote_tip` one remote; writes nothing.
The whole branch is read by one process of git, and every object is held against its own name: what was
changed on the disk is not what its commit names.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ztix.audit import MainLine, Merged, Person
from ztix.chain import Chain, Record, utc
from ztix.diagnostics import shown
from ztix.drivers.git_objects import GitFailed, GitObjects, git_objects, object_id
from ztix.drivers.repository import repository
from ztix.errors import Unavailable, Usage
from ztix.tree import FOLDERS

REF = "refs/heads/ztix-state"
_TIMEOUT_S = 60
_FILE = b"100644"
_PERSON = re.compile(rb"(?P<who>.*) (?P<at>-?[0-9]+) [+-][0-9]{4}")
_FIELDS = 8  # that the format of `_merges` has before the paths


class _Lost(Exception):
    """An object that git does not have, or has otherwise than its name says."""


@dataclass(frozen=True, slots=True)
class _Shelf:
    """One process of `git cat-file --batch`, asked for one object at a time."""

    process: subprocess.Popen[bytes]

    def get(self, name: str, kind: bytes) -> tuple[str, bytes]:
        """The object's id and content. Raises _Lost."""
        asked, answered = self.process.stdin, self.process.stdout
        if asked is None or answered is None:
            raise _Lost(f"`{name}` cannot be asked for")
        try:
            asked.write(name.encode("ascii") + b"\n")
            asked.flush()
        except BrokenPipeError:
            raise _Lost("git ended; `git fsck` shows why") from None
        words = answered.readline().split()
        if len(words) != 3 or words[1] != kind:
            raise _Lost(f"`{name[:12]}` is missing or damaged; `git fsck` shows more")
        content = answered.read(int(words[2]) + 1)[:-1]
        one = words[0].decode("ascii")
        if object_id(kind, content, len(one)) != one:
            raise _Lost(f"`{one[:12]}` is not what its name says; `git fsck` shows more")
        return one, content


def read_chain(root: Path) -> Chain:
    """Every record of the branch; an empty chain where there is no branch. Raises Usage."""
    with git_objects(root) as git:
        if not git.run("for-each-ref", "--count=1", "--format=%(objectname)", REF).strip():
            return Chain()
        cut = _cuts(git)
        process = subprocess.Popen(
            ["git", "cat-file", "--batch"],  # noqa: S607 - the git of whoever runs this
            cwd=git.root,
            env=dict(git.environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        with process:
            return _walked(_Shelf(process), cut)


def _walked(shelf: _Shelf, cut: frozenset[str]) -> Chain:
    records: list[Record] = []
    name = REF
    while name:
        try:
            record = _record(shelf, name)
        except _Lost as lost:
            return Chain(tuple(records), (name, str(lost)))
        records.append(record)
        name = record.parents[0] if record.parents else ""
        if record.commit in cut:
            return Chain(tuple(records), (name, "this clone was made without it"), shallow=True)
    return Chain(tuple(records))


def _record(shelf: _Shelf, name: str) -> Record:
    commit, content = shelf.get(name, b"commit")
    head, _, message = content.partition(b"\n\n")
    lines = [line.partition(b" ") for line in head.split(b"\n")]
    parents = tuple(value.decode("ascii") for key, _, value in lines if key == b"parent")
    (author, _), (committer, at) = (_person(lines, key) for key in (b"author", b"committer"))
    tree = next((value.decode("ascii") for key, _, value in lines if key == b"tree"), "")
    files: dict[str, bytes | None] = {}
    for mode, path, blob in _entries(shelf.get(tree, b"tree")[1], len(commit) // 2):
        files[path] = shelf.get(blob, b"blob")[1] if mode == _FILE else None
    subject = message.split(b"\n", 1)[0].decode("utf-8", "replace")
    return Record(commit, parents, author, committer, utc(at), subject, files)


def _person(lines: list[tuple[bytes, bytes, bytes]], key: bytes) -> tuple[str, int]:
    value = next((value for name, _, value in lines if name == key), b"")
    match = _PERSON.fullmatch(value)
    return (match["who"].decode("utf-8", "replace"), int(match["at"])) if match else ("nobody", 0)


def _entries(tree: bytes, size: int) -> Iterator[tuple[bytes, str, str]]:
    """Mode, name and id of each entry. size: bytes of an id."""
    at = 0
    while at < len(tree):
        space, end = tree.index(b" ", at), tree.index(b"\0", at)
        yield (
            tree[at:space],
            tree[space + 1 : end].decode("utf-8", "replace"),
            tree[end + 1 : end + 1 + size].hex(),
        )
        at = end + 1 + size


def _cuts(git: GitObjects) -> frozenset[str]:
    """The commits whose parents this clone was made without."""
    told = git.run("rev-parse", "--path-format=absolute", "--git-path", "shallow")
    place = Path(told.decode("utf-8", "surrogateescape").rstrip("\n"))
    return frozenset(place.read_text("ascii").split()) if place.is_file() else frozenset()


@contextmanager
def _whole(root: Path) -> Iterator[GitObjects]:
    """The objects of a history that git can read. Raises Usage."""
    try:
        with git_objects(root) as git:
            yield git
    except GitFailed as failed:
        raise Usage(
            f"git cannot read the main line in the repository of `{root}`: {shown(str(failed))}",
            help="`git fsck` shows what is missing or damaged",
        ) from None


def read_main(root: Path, ref: str) -> frozenset[str] | None:
    """Every commit that `ref` is made of; None where this clone does not have them all. Raises Usage."""
    with _whole(root) as git:
        commits = frozenset(git.run("rev-list", git.commit(ref), "--").decode("ascii").split())
        return None if commits & _cuts(git) else commits


def read_main_line(root: Path, ref: str) -> MainLine:
    """The main line, and which of its commits changed the exchange, the newest first. Raises Usage."""
    form = "--format=%x00%H%x00%ct%x00%P%x00%an%x00%ae%x00%cn%x00%ce%x00%s"
    words = ("log", "--first-parent", "-m", "--name-only", "-z", "--no-renames", "--relative", "--no-color")
    with _whole(root) as git:
        tip = git.commit(ref)
        line = git.run("rev-list", "--first-parent", tip, "--").decode("ascii").split()
        listing = git.run("-c", "log.showSignature=false", *words, form, tip, "--", *FOLDERS)
    positions = {commit: position for position, commit in enumerate(line)}
    return MainLine(tuple(_merges(listing, positions)), positions)


def _merges(listing: bytes, positions: dict[str, int]) -> Iterator[Merged]:
    """Between two empty parts stands one commit: its fields, then its paths. No field holds a zero byte."""
    parts = [part.decode("utf-8", "replace") for part in listing.split(b"\0")]
    at = 1
    while at + _FIELDS <= len(parts):
        commit, seconds, parents, author, email, committer, sender, subject = parts[at : at + _FIELDS]
        at += _FIELDS
        paths = []
        while at < len(parts) and parts[at]:
            paths.append(parts[at].removeprefix("\n"))
            at += 1
        at += 1
        who, whom = Person(author, email), Person(committer, sender)
        time = utc(int(seconds))
        yield Merged(positions[commit], commit, time, who, whom, len(parents.split()), subject, tuple(paths))


def read_tips(root: Path) -> dict[str, str]:
    """What this clone last saw of the branch at each remote."""
    with git_objects(root) as git:
        rows = git.run("for-each-ref", "--format=%(refname) %(objectname)", "refs/ztix").decode().splitlines()
    pairs = (row.split() for row in rows)
    return {
        f"the last look at `{name.split('/')[2]}`": commit
        for name, commit in pairs
        if name.endswith("/state")
    }


def remote_tip(root: Path, remote: str) -> dict[str, str]:
    """What the remote has now; nothing where it has no such branch. Raises Unavailable and Usage."""
    repo = repository(root)
    if remote not in [known.name for known in repo.remotes]:
        raise Usage(f"there is no remote `{remote}`", help="`git remote` lists them")
    from git.exc import GitCommandError

    try:
        told = str(repo.git.execute(["git", "ls-remote", remote, REF], kill_after_timeout=_TIMEOUT_S))
    except GitCommandError:
        raise Unavailable(
            f"the git remote `{remote}` does not answer, so its `ztix-state` is unknown",
            help=f"`git ls-remote {remote}` shows why; run again when it answers",
        ) from None
    return {f"`{remote}`": told.split(maxsplit=1)[0]} if told.strip() else {}
