"""What members' files were: the main line of git, read from its objects.

Touches: the git objects of the exchange's repository; writes nothing. The main line is that of first parents:
what a branch did before it was merged counts as done by its merge, for its author alone wrote that part.
Looking into every tree of a long history takes a millisecond for each, so the objects are looked through
first, without trees, and only the files that matter are followed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from ztix.drivers.git_objects import GitFailed, GitObjects, git_as_it_is, object_id
from ztix.errors import Usage
from ztix.past import Past, Step, Version
from ztix.tree import MEMBER_BYTES

WALKS = 3  # files that are followed one by one; for more, one look at every tree is quicker
BATCH = 50_000  # objects that are read at a time
_UNKNOWN = 1  # how `git rev-parse --verify --quiet` ends where a name means nothing
_FILE_MODES = (b"100644", b"100755")


class GitHistory:
    """The history of one exchange in its repository."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()
        self._found: GitObjects | None = None

    def suspects(self, paths_of: Callable[[bytes], frozenset[str]], known: Iterable[bytes]) -> frozenset[str]:
        """Every path that `paths_of` names for an object that could be a member's file, but for the known."""
        try:
            git = self._git()
        except GitFailed:
            return frozenset()
        if git is None or _commit(git, "HEAD") is None:
            return frozenset()
        names = _git(git, "cat-file", "--batch-all-objects", "--unordered", "--batch-check=%(objectname)")
        ids = names.split()
        if ids:
            seen = {object_id(b"blob", content, len(ids[0])).encode("ascii") for content in known}
            ids = [name for name in ids if name not in seen]
        short = _short(git, ids)
        found: set[str] = set()
        for start in range(0, len(short), BATCH):
            for content in _contents(git, short[start : start + BATCH]).values():
                found |= paths_of(content)
        return frozenset(found)

    def past(self, revision: str, since: datetime | None, paths: frozenset[str]) -> Past:
        """How these files came to be what they are at `revision`, back to `since` or to the beginning."""
        try:
            git = self._git()
        except GitFailed:
            return Past(cut=datetime.now(UTC))
        if git is None:
            return Past()
        commit = _commit(git, revision)
        if not commit:  # no commit yet, or none that git would read: that is not the same
            return Past(cut=datetime.now(UTC) if commit is None else None)
        line = _main_line(git, commit)
        reach = len(line) if since is None else _reach(line, since)
        cut = _cut(git, line, reach)
        if not paths:
            return Past(cut=cut)
        prefix = git.prefix.decode("utf-8", "replace")
        stop = line[reach][0] if reach < len(line) else None
        known = {one: (position, at) for position, (one, at) in enumerate(line[:reach])}
        hidden = {line[-1][0]} if cut else set()  # in it, all files only seem to begin
        rows = [row for row in _walk(git, commit, stop, prefix, paths) if row[0] not in hidden]
        tip = dict(_listed(git, commit, prefix, paths))
        contents = _readable(git, {blob for _, _, *both in rows for blob in both} | set(tip.values()))
        steps: dict[str, list[Version]] = {}
        for one, path, before, after in rows:
            steps.setdefault(one, []).append(Version(path, contents[before], contents[after]))
        ordered = sorted((*known[one], tuple(versions)) for one, versions in steps.items())
        return Past(
            tuple(Step(position, at, versions) for position, at, versions in ordered),
            {path: contents[tip.get(path, b"")] for path in paths},
            cut,
        )

    def _git(self) -> GitObjects | None:
        """The repository; None for a folder outside of git, which has no history. Raises GitFailed."""
        if self._found is None:
            try:
                self._found = git_as_it_is(self._root)
            except Usage:  # there is no git
                return None
        return self._found


def _git(git: GitObjects, *words: str) -> bytes:
    """What git prints. Raises Usage where it cannot read the repository."""
    try:
        return git.run(*words)
    except GitFailed:
        raise _unreadable(git) from None


def _unreadable(git: GitObjects) -> Usage:
    return Usage(
        f"the history in the repository of `{git.root}` cannot be read",
        help="`git fsck` shows what is missing",
    )


def _commit(git: GitObjects, revision: str) -> str | None:
    """The commit's id; empty where there is none, as before the first one; None where git does not tell."""
    words = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    try:
        return git.run(*words).decode("ascii").strip()
    except GitFailed as failed:
        return "" if failed.status == _UNKNOWN else None


def _main_line(git: GitObjects, commit: str) -> list[tuple[str, datetime]]:
    """Every commit of the main line with its time, newest first. No commit is older than its parent."""
    rows = _git(git, "rev-list", "--first-parent", "--timestamp", commit, "--").decode("ascii").split("\n")
    pairs = [row.split() for row in rows if row]
    latest, line = 0, []
    for seconds, one in reversed(pairs):
        latest = max(latest, int(seconds))
        line.append((one, datetime.fromtimestamp(min(latest, _FAR), UTC)))
    return line[::-1]


_FAR = 4_102_444_800  # the year 2100; a commit may name any time


def _reach(line: list[tuple[str, datetime]], since: datetime) -> int:
    """How many commits, from the newest on, are not older."""
    return next((number for number, (_, at) in enumerate(line) if at < since), len(line))


def _cut(git: GitObjects, line: list[tuple[str, datetime]], reach: int) -> datetime | None:
    """When this clone's part of the history begins, where that is after what was asked for."""
    shallow = git.root / os.fsdecode(_git(git, "rev-parse", "--git-path", "shallow").removesuffix(b"\n"))
    if reach == len(line) and shallow.is_file() and line[-1][0] in shallow.read_text("ascii").split():
        return line[-1][1]
    try:  # a clone without old contents fetches them one by one, or not at all
        git.run("config", "--get-regexp", r"^remote\..*\.promisor$")
    except GitFailed:
        return None
    return line[0][1]


def _walk(
    git: GitObjects, commit: str, stop: str | None, prefix: str, paths: frozenset[str]
) -> Iterator[tuple[str, str, bytes, bytes]]:
    """Commit, path, and the blobs before and after, for each change of one of the files."""
    words = ["-c", "log.showRoot=true", "log", "--first-parent", "-m", "--raw", "-z", "--no-renames"]
    words += ["--no-abbrev", "--no-color", "--no-show-signature", "--format=%x01%H", commit]
    words += [f"^{stop}"] if stop else []
    limits = [[f":(top,literal){prefix}{path}"] for path in sorted(paths)] if len(paths) <= WALKS else [[]]
    for limit in limits:
        for one, path, before, after in _changes(_git(git, *words, "--", *limit)):
            if path.startswith(prefix) and path.removeprefix(prefix) in paths:
                yield one, path.removeprefix(prefix), before, after


def _changes(output: bytes) -> Iterator[tuple[str, str, bytes, bytes]]:
    """What `git log --raw -z` tells."""
    parts, commit = iter(output.split(b"\0")), ""
    for part in parts:
        if part.startswith(b"\1"):
            commit = part[1:].decode("ascii")
        elif part.lstrip(b"\n").startswith(b":"):
            old, new, before, after, _ = part.lstrip(b"\n")[1:].split()
            path = next(parts).decode("utf-8", "replace")
            yield commit, path, _blob(old, before), _blob(new, after)


def _blob(mode: bytes, name: bytes) -> bytes:
    """The id of a regular file's content; empty for nothing, `?` for what is not read."""
    if mode == b"000000":
        return b""
    return name if mode in _FILE_MODES else b"?"


def _listed(git: GitObjects, commit: str, prefix: str, paths: frozenset[str]) -> Iterator[tuple[str, bytes]]:
    folders = sorted({os.path.dirname(path) for path in paths})  # noqa: PTH120 - paths in git, not on disk
    rows = _git(git, "ls-tree", "-z", "--full-tree", commit, *(f"{prefix}{one}/" for one in folders))
    for row in filter(None, rows.split(b"\0")):
        head, _, name = row.partition(b"\t")
        mode, _, blob = head.split()
        path = name.decode("utf-8", "replace").removeprefix(prefix)
        if path in paths:
            yield path, _blob(mode, blob)


def _readable(git: GitObjects, blobs: Iterable[bytes]) -> dict[bytes, bytes | None]:
    """The content of each; None for nothing, b"" for what is too long or no file."""
    ids = sorted({blob for blob in blobs if blob not in (b"", b"?")})
    return {**dict.fromkeys(ids, b""), b"": None, b"?": b"", **_contents(git, _short(git, ids))}


def _short(git: GitObjects, ids: list[bytes]) -> list[bytes]:
    """Those that are contents, there, and no longer than a member's file may be."""
    rows = _asked(git, ids, "--batch-check=%(objectname) %(objecttype) %(objectsize)").split(b"\n")
    words = (row.split() for row in rows)
    return [word[0] for word in words if word[1:2] == [b"blob"] and int(word[2]) <= MEMBER_BYTES]


def _contents(git: GitObjects, ids: list[bytes]) -> dict[bytes, bytes]:
    """The contents of blobs that are there, from one git process."""
    answer = _asked(git, ids, "--batch")
    found: dict[bytes, bytes] = {}
    at = 0
    for name in ids:
        end = answer.find(b"\n", at)
        if end < 0:  # git gave up, as where it cannot fetch what a partial clone lacks
            break
        words = answer[at:end].split()
        at = end + 1
        if len(words) == 3:
            size = int(words[2])
            found[name] = answer[at : at + size]
            at += size + 1
    return found


def _asked(git: GitObjects, ids: list[bytes], how: str) -> bytes:
    """What git answers, as far as it got by itself. Raises Usage where it was stopped."""
    try:
        return git.run("cat-file", "--buffer", how, asked=b"\n".join(ids) + b"\n") if ids else b""
    except GitFailed as failed:
        if failed.status < 0:
            raise _unreadable(git) from None
        return failed.output
