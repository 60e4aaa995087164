"""The branch `ztix-state`: what was applied, and one commit for each run. The audit trail.

Touches: git objects and one ref of the exchange's repository, and the remote's ref of the same name; never
the work tree, the index or another branch. The ref moves by compare-and-set, so two runs cannot both write.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ztix.applied import Applied, read_applied
from ztix.drivers.repository import repository
from ztix.errors import Invalid, Locked, Stale, Unavailable

if TYPE_CHECKING:
    from git import Repo

    from ztix.receipt import Receipt, RefusedRun

REF = "refs/heads/ztix-state"
_TIMEOUT_S = 60
_NO_SUCH_REF = 2  # how `git ls-remote --exit-code` ends where the remote answered, and has no such branch
_IDENTITY = {
    "GIT_AUTHOR_NAME": "ztix",
    "GIT_AUTHOR_EMAIL": "ztix@localhost",
    "GIT_COMMITTER_NAME": "ztix",
    "GIT_COMMITTER_EMAIL": "ztix@localhost",
}


_OWN = (  # a person's wishes for their own commits are not for these
    *("-c", f"core.hooksPath={os.devnull}"),
    *("-c", "push.gpgSign=false"),
    *("-c", "i18n.commitEncoding=UTF-8"),
)
_FETCH = ("fetch", "--quiet", "--no-tags", "--no-prune", "--refmap=", "--no-write-fetch-head")
_PUSH = ("push", "--porcelain", "--no-follow-tags", "--recurse-submodules=no")
_AHEAD = re.compile(r"\[rejected\]|cannot lock ref|incorrect old value|failed to update ref")


class StateBranch:
    """The state of one exchange in its repository. remote: where it is shared, None for a lone repository."""

    def __init__(self, root: Path, remote: str | None = "origin") -> None:
        self._root = root
        self._wanted = remote
        self._tip: str | None = None

    @cached_property
    def _repo(self) -> Repo:
        return repository(self._root)  # opened when it is asked for: `check` needs no repository

    @cached_property
    def _remote(self) -> str | None:
        return self._wanted if self._wanted in [remote.name for remote in self._repo.remotes] else None

    def read(self) -> Applied:
        """What the last run left; an empty state before the first.

        Raises Unavailable where the remote does not answer, Invalid where the branch holds something else,
        Stale where this repository and the remote have records that the other lacks.
        """
        if self._remote is not None:
            self._fetch(self._remote)
        self._tip = self._head()
        if self._tip is None:
            return Applied()
        try:
            return read_applied(self._show(f"{self._tip}:applied.json"))
        except ValueError as error:
            raise Invalid(
                f"`applied.json` on branch `ztix-state` at {self._tip[:12]} is damaged: {_words(error)}",
                help="`git log ztix-state` shows the history; reset the branch to the last good commit",
            ) from None

    def write(self, applied: Applied, receipt: Receipt | RefusedRun | None, message: str) -> None:
        """Record what is applied now, with the receipt of a run that has ended or was refused, and share it.

        Raises Locked where another run wrote in between, Unavailable where the remote cannot be reached (the
        commit is then in the local repository).
        """
        files = {"applied.json": applied.data()}
        if receipt is not None:
            files[receipt.file] = receipt.data()
        rows = [f"100644 blob {self._blob(data)}\t{name}" for name, data in sorted(files.items())]
        tree = self._git(["mktree"], "\n".join(rows) + "\n")
        parents = ["-p", self._tip] if self._tip else []
        commit = self._git(["commit-tree", tree, *parents, "-F", "-"], message + "\n")
        before = self._tip
        self._move(commit)
        if self._remote is not None:
            self._push(self._remote, commit, before)

    def receipt(self) -> dict[str, object] | None:
        """The last receipt as JSON, None where there is none."""
        return next(self.receipts(), None)

    def receipts(self) -> Iterator[dict[str, object]]:
        """Every receipt as JSON, the last one first."""
        return (data for tip in self._line() if (data := self._json(f"{tip}:receipt.json")) is not None)

    def refusals(self) -> Iterator[dict[str, object]]:
        """The refusals on record since the last run, as JSON, the last one first."""
        for tip in self._line():
            data = self._json(f"{tip}:refusal.json")
            if data is not None:
                yield data
            elif self._json(f"{tip}:receipt.json") is not None:
                return

    def _line(self) -> Iterator[str]:
        """Every record, the last one first."""
        tip = self._head()
        while tip is not None:
            yield tip
            tip = self._try(["rev-parse", "--verify", "--quiet", f"{tip}^"])

    def _json(self, name: str) -> dict[str, object] | None:
        """A file of a record; None where there is none that can be read."""
        try:
            data = json.loads(self._show(name))
        except ValueError:
            return None
        return data if isinstance(data, dict) else None

    def _head(self) -> str | None:
        return self._try(["rev-parse", "--verify", "--quiet", REF])

    def _move(self, commit: str) -> None:
        from git.exc import GitCommandError

        try:
            self._git(["update-ref", REF, commit, self._tip or ""], "")
        except GitCommandError:
            raise Locked(
                "another run wrote to branch `ztix-state` meanwhile",
                help="run again: it will plan from what that run left",
            ) from None
        self._tip = commit

    def _fetch(self, remote: str) -> None:
        from git.exc import GitCommandError

        mirror = f"refs/ztix/{remote}/state"
        try:
            self._git(["ls-remote", "--exit-code", remote, REF], "")
        except GitCommandError as error:
            if error.status == _NO_SUCH_REF:
                return
            raise Unavailable(
                f"the git remote `{remote}` does not answer, so branch `ztix-state` cannot be read",
                help=f"`git ls-remote {remote}` shows why; run again when it answers",
            ) from None
        try:
            self._git([*_FETCH, remote, f"+{REF}:{mirror}"], "")
            if self._head() is None or self._is_ancestor(REF, mirror):
                self._git(["update-ref", REF, mirror], "")
        except GitCommandError as error:
            raise Unavailable(
                f"branch `ztix-state` could not be fetched from `{remote}`: {_reason(error)}",
                help="run again when the remote answers",
            ) from None
        if not self._is_ancestor(mirror, REF):
            raise Stale(
                f"branch `ztix-state` here and at `{remote}` went apart: each has what the other lacks",
                help=f"compare `git log {REF}...{mirror}`; to go on from the remote's, run "
                f"`git update-ref {REF} {mirror}`",
            )

    def _is_ancestor(self, older: str, newer: str) -> bool:
        return self._try(["merge-base", "--is-ancestor", older, newer]) is not None

    def _push(self, remote: str, commit: str, before: str | None) -> None:
        from git.exc import GitCommandError

        try:
            self._git([*_PUSH, remote, f"{commit}:{REF}"], "")
        except GitCommandError as error:
            if _AHEAD.search(str(error)):
                raise self._give_way(remote, commit, before) from None
            raise Unavailable(
                f"branch `ztix-state` could not be pushed to `{remote}`: {_reason(error)}",
                help=f"it is in this repository; `git push {remote} ztix-state` shares it",
            ) from None

    def _give_way(self, remote: str, commit: str, before: str | None) -> Locked:
        """Take the branch back to where it was, or it would never again follow the remote's."""
        kept = f"refs/ztix/kept/{commit[:12]}"
        self._git(["update-ref", kept, commit], "")
        self._git(["update-ref", *([REF, before] if before else ["-d", REF]), commit], "")
        self._tip = before
        return Locked(
            f"another run wrote to branch `ztix-state` at `{remote}` meanwhile",
            help=f"run again: it will plan from what that run left; this run's record is `git show {kept}`",
        )

    def _blob(self, data: dict[str, object]) -> str:
        return self._git(["hash-object", "-w", "--stdin"], json.dumps(data, indent=1, sort_keys=True) + "\n")

    def _show(self, name: str) -> bytes:
        from git.exc import GitCommandError

        try:
            shown = self._repo.git.execute(
                ["git", "cat-file", "blob", name], stdout_as_string=False, strip_newline_in_stdout=False
            )
        except GitCommandError:
            raise ValueError("there is no such file") from None
        return bytes(shown)

    def _try(self, words: list[str]) -> str | None:
        from git.exc import GitCommandError

        try:
            return self._git(words, "")
        except GitCommandError:
            return None

    def _git(self, words: list[str], text: str) -> str:
        import tempfile

        with tempfile.TemporaryFile() as standard_input:
            standard_input.write(text.encode("utf-8"))
            standard_input.seek(0)
            return str(
                self._repo.git.execute(
                    ["git", *_OWN, *words],
                    istream=standard_input,
                    env=_IDENTITY,
                    kill_after_timeout=_TIMEOUT_S,
                )
            )


def _reason(error: Exception) -> str:
    """Git's own words in one line: what the remote said, or the first line of what git did."""
    text = str(getattr(error, "stderr", "")).strip().removeprefix("stderr: '").strip("'")
    lines = [line for line in text.splitlines() if line and not line.startswith("hint:")]
    remote = [line for line in lines if line.startswith("remote:")]
    chosen = (remote or lines or ["git failed"])[0]
    return "".join(c if c.isprintable() else " " for c in chosen).strip()[:200]


def _words(error: ValueError) -> str:
    """A fault of the JSON in one line, without the value that has it."""
    from pydantic import ValidationError

    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    place = ".".join(map(str, first["loc"]))
    return f"{place}: {first['msg']}" if place else first["msg"]
