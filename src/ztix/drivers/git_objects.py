"""git, asked about objects only: nothing is checked out, and nothing that a repository holds is run.

Touches: the objects of one repository, by processes of `git`. What a merge makes goes to a folder of its own
that is deleted at the end, so the repository stays as it is. Settings that start programs, replacements,
grafts and fetching of missing objects are off; GIT_* of the environment counts only where it names settings.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from ztix.errors import Usage

_TIMEOUT_S = 120
_SAFE = (
    *("-c", f"core.hooksPath={os.devnull}"),
    *("-c", "core.fsmonitor=false"),
    *("-c", f"core.attributesFile={os.devnull}"),
    *("-c", "core.useReplaceRefs=false"),
    *("-c", "protocol.allow=never"),
)
_SET = {
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_GRAFT_FILE": os.devnull,
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ATTR_NOSYSTEM": "1",
    "LC_ALL": "C",
}
_ELSEWHERE = ("GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_PREFIX")  # as in another's hook
_DISTRUST = b"dubious ownership"


class GitFailed(Exception):
    """git ended otherwise than well. status: how; words: what it said."""

    def __init__(self, status: int, output: bytes, words: bytes) -> None:
        super().__init__(words.decode("utf-8", "replace"))
        self.status = status
        self.output = output
        self.words = words


@dataclass(frozen=True, slots=True)
class GitObjects:
    """The objects of the repository that a folder is in. prefix: of the exchange in it, `` or `ix/`."""

    root: Path
    prefix: bytes
    environment: Mapping[str, str]
    settings: tuple[str, ...] = _SAFE

    def run(self, *words: str, asked: bytes = b"") -> bytes:
        """What git prints. Raises GitFailed, and Usage where there is no git."""
        if not asked:
            return self._run(words, subprocess.DEVNULL, subprocess.PIPE)
        # Through pipes, ten thousand answers are thousands of turns between two processes.
        with tempfile.TemporaryFile() as questions, tempfile.TemporaryFile() as answers:
            questions.write(asked)
            questions.seek(0)
            try:
                self._run(words, questions.fileno(), answers.fileno())
            except GitFailed as failed:
                answers.seek(0)
                raise GitFailed(failed.status, answers.read(), failed.words) from None
            answers.seek(0)
            return answers.read()

    def _run(self, words: tuple[str, ...], source: int, target: int) -> bytes:
        try:
            done = subprocess.run(  # noqa: S603 - no shell; the words are ours
                ["git", *self.settings, *words],  # noqa: S607 - the git of whoever runs this
                cwd=self.root,
                env=dict(self.environment),
                stdin=source,
                stdout=target,
                stderr=subprocess.PIPE,
                timeout=_TIMEOUT_S,
                check=False,
            )
        except FileNotFoundError:
            raise Usage("there is no program `git` on PATH", help="install git") from None
        except subprocess.TimeoutExpired:
            raise GitFailed(-1, b"", b"git did not end in time") from None
        if done.returncode:
            raise GitFailed(done.returncode, done.stdout or b"", done.stderr)
        return done.stdout or b""

    def commit(self, ref: str) -> str:
        """The commit that a revision names. Raises Usage where it names none."""
        try:
            found = self.run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
        except GitFailed:
            raise Usage(
                f"`{ref}` names no commit in the repository of `{self.root}`",
                help="fetch it, or name a branch or commit that `git log` shows",
            ) from None
        return found.decode("ascii").strip()

    def blobs(self, ids: Iterable[str]) -> Iterator[bytes]:
        """The contents of many blobs, from one process. Raises Usage where one is missing."""
        wanted = list(ids)
        if not wanted:
            return
        asked = "\n".join(wanted).encode("ascii") + b"\n"
        answer, at = self.run("cat-file", "--batch=%(objectsize)", "--buffer", asked=asked), 0
        for blob in wanted:
            end = answer.index(b"\n", at)
            try:
                at, start = end + 2 + int(answer[at:end]), end + 1
            except ValueError:
                raise _not_whole(self.root, f"the blob `{blob[:12]}`") from None
            yield answer[start : at - 1]

    def sizes(self, ids: Iterable[str]) -> dict[str, int]:
        """How long each blob is, in bytes. Raises Usage where one is missing."""
        wanted = sorted(set(ids))
        if not wanted:
            return {}
        answer = self.run("cat-file", "--batch-check", asked="\n".join(wanted).encode("ascii") + b"\n")
        found: dict[str, int] = {}
        for blob, line in zip(wanted, answer.splitlines(), strict=True):
            words = line.split()
            if len(words) != 3:
                raise _not_whole(self.root, f"the blob `{blob[:12]}`")
            found[blob] = int(words[2])
        return found


def git_as_it_is(root: Path) -> GitObjects | None:
    """The repository that `root` is in, with all its own settings; None where it is in none.

    Raises GitFailed where git does not read it, and Usage where there is no git.
    """
    environment = {name: value for name, value in os.environ.items() if name not in _ELSEWHERE}
    outside = GitObjects(root, b"", environment | {"LC_ALL": "C"}, ())
    try:
        prefix = outside.run("rev-parse", "--show-prefix").removesuffix(b"\n")
    except GitFailed as failed:
        if b"not a git repository" in failed.words:
            return None
        raise
    return replace(outside, prefix=prefix)


@contextmanager
def git_objects(root: Path) -> Iterator[GitObjects]:
    """The objects of the repository that `root` is in, and a place for what a merge makes, until the end."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GIT_") or name.startswith("GIT_CONFIG")
    } | _SET
    outside = GitObjects(root, b"", environment)
    try:
        told = outside.run("rev-parse", "--show-prefix", "--git-path", "objects").split(b"\n")
    except GitFailed as failed:
        if _DISTRUST in failed.words:
            raise Usage(
                f"git does not read the repository of `{root}`: dubious ownership, it is another user's",
                help=f"run `git config --global --add safe.directory {root}`",
            ) from None
        raise Usage(
            f"`{root}` is in no git repository", help="run `git init` and commit the exchange"
        ) from None
    objects = os.path.realpath(os.path.join(os.fsencode(root), told[1]))  # noqa: PTH118 - a Path has no bytes
    with tempfile.TemporaryDirectory(prefix="ztix-objects-") as made:
        (Path(made) / "info").mkdir()
        (Path(made) / "info" / "alternates").write_bytes(objects + b"\n")
        yield GitObjects(root, told[0], environment | {"GIT_OBJECT_DIRECTORY": made})


def object_id(kind: bytes, content: bytes, length: int) -> str:
    """The id that git gives to an object. length: of ids in its repository, 40 or 64 digits."""
    digest = hashlib.sha256 if length == 64 else hashlib.sha1
    return digest(b"%b %d\0%b" % (kind, len(content), content), usedforsecurity=False).hexdigest()


def _not_whole(root: Path, what: str) -> Usage:
    return Usage(
        f"{what} is missing in the repository of `{root}`",
        help="`git fsck` shows what is missing; fetch the whole commit",
    )
