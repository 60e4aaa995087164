"""What a site tells of the past: when members' files came and went, and what runs left on their branch.

Touches: the git objects of the exchange's repository; writes nothing. The main line is that of first parents;
no commit counts as older than its parent, whatever date somebody wrote into it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from ztix.drivers.git_objects import GitFailed, GitObjects, git_objects
from ztix.member import MEMBER_PATH
from ztix.site.source import Record, Register, Turn
from ztix.terms import ASN_MAX, Asn
from ztix.tree import MEMBER_BYTES

NEWEST = 20
"""Records of runs that are read one by one; of older ones only as many as a plot shows."""
SAMPLES = 80
_COMMITS_MAX = 20_000  # records that are looked through
_FAR = 4_102_444_800  # the year 2100; a commit may name any time
_LINE = ("log", "--first-parent", "-m", "--no-renames", "--no-show-signature", "--no-color")

T = TypeVar("T")


def register(root: Path, commit: str) -> Register:
    """Every coming and going of a member's file up to a commit, the oldest first."""
    with git_objects(root) as objects:
        words = ("-c", "log.showRoot=true", *_LINE, "--raw", "-z", "--no-abbrev", "--diff-filter=AD")
        output = objects.run(*words, "--format=%x01%H %ct", commit, "--", "members/")
        rows = list(_changes(output, objects.prefix + b"members/"))[::-1]
        contents = _contents(objects, [before for *_, before in rows if before])
        return Register(tuple(_turns(rows, contents)), _cut(objects, commit))


def records(root: Path, ref: str) -> tuple[Record, ...]:
    """What the newest runs left, and a sample of older ones, the newest first."""
    with git_objects(root) as objects:
        try:
            tip = objects.run("rev-parse", "--verify", "--quiet", ref).decode("ascii").strip()
        except GitFailed:
            return ()
        line = objects.run("rev-list", "--first-parent", f"--max-count={_COMMITS_MAX}", tip)
        asked = b"".join(commit + b":receipt.json\n" for commit in line.split())
        found = objects.run("cat-file", "--batch-check", asked=asked).splitlines()
        there = [
            commit.decode("ascii")
            for commit, row in zip(line.split(), found, strict=True)
            if len(row.split()) == 3 and row.split()[1] == b"blob"
        ]
        chosen = _sample(there)
        texts = list(objects.blobs(f"{commit}:{name}" for commit in chosen for name in _FILES))
        return tuple(Record(*pair) for pair in zip(texts[::2], texts[1::2], strict=True))


_FILES = ("receipt.json", "applied.json")
_Row = tuple[str, int, Asn, bytes]


def _changes(output: bytes, folder: bytes) -> Iterator[_Row]:
    """Commit, its time in seconds, the AS number, and the blob before, empty where the file came."""
    parts, commit, at = iter(output.split(b"\0")), "", 0
    for part in parts:
        if part.startswith(b"\1"):
            words = part[1:].split()
            commit, at = words[0].decode("ascii"), int(words[1])
        elif part.lstrip(b"\n").startswith(b":"):
            before, status = part.lstrip(b"\n").split()[2], part.split()[4]
            name = next(parts).removeprefix(folder)
            match = MEMBER_PATH.fullmatch("members/" + name.decode("utf-8", "replace"))
            if match and int(match["asn"]) <= ASN_MAX:
                yield commit, at, Asn(match["asn"]), before if status == b"D" else b""


def _turns(rows: Sequence[_Row], contents: dict[bytes, bytes]) -> Iterator[Turn]:
    latest = 0
    for commit, seconds, asn, before in rows:
        latest = max(latest, min(seconds, _FAR))
        yield Turn(datetime.fromtimestamp(latest, UTC), commit, asn, not before, contents.get(before))


def _contents(objects: GitObjects, blobs: Sequence[bytes]) -> dict[bytes, bytes]:
    """The contents of files that are short enough to be a member's."""
    sizes = objects.sizes(blob.decode("ascii") for blob in blobs)
    short = [blob for blob, size in sizes.items() if size <= MEMBER_BYTES]
    return {blob.encode("ascii"): content for blob, content in zip(short, objects.blobs(short), strict=True)}


def _cut(objects: GitObjects, commit: str) -> str | None:
    """The commit in which a shallow clone begins, where the main line leads to it."""
    if objects.run("rev-parse", "--is-shallow-repository").strip() != b"true":
        return None
    line = objects.run("rev-list", "--first-parent", commit).split()
    return line[-1].decode("ascii")


def _sample(newest_first: Sequence[T]) -> list[T]:
    """The newest ones, and older ones evenly spaced, with the oldest."""
    newest, older = newest_first[:NEWEST], newest_first[NEWEST:]
    if len(older) <= SAMPLES:
        return [*newest, *older]
    last = len(older) - 1
    return [*newest, *(older[round(last * place / (SAMPLES - 1))] for place in range(SAMPLES))]
