"""A real git repository in a test's own folder, without any configuration of the machine.

Law: no network; only the folder it is given. Names and times of commits are fixed.
"""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

AWAY = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_DATE": "2026-01-02T03:04:05Z",
    "GIT_COMMITTER_DATE": "2026-01-02T03:04:05Z",
}
_MAINTAINER = ("-c", "user.name=Maintainer", "-c", "user.email=maintainer@example.net")


@dataclass(frozen=True, slots=True)
class GitRepository:
    """One repository and its work tree."""

    folder: Path

    def git(self, *words: str, stdin: bytes = b"") -> str:
        """What git prints; fails where git does."""
        done = subprocess.run(
            ["git", *_MAINTAINER, *words],
            cwd=self.folder,
            env={**os.environ, **AWAY},
            input=stdin,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, (words, done.stderr)
        return done.stdout.decode("utf-8", "replace").strip()

    def write(self, path: str, content: str | bytes = "") -> Path:
        """Put a file into the work tree."""
        place = self.folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content if isinstance(content, bytes) else content.encode())
        return place

    def commit(self, message: str = "Change") -> str:
        """Commit the whole work tree; returns the commit's id."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--no-verify", "--no-gpg-sign", "--allow-empty", "--message", message)
        return self.git("rev-parse", "HEAD")

    def refs(self) -> dict[str, str]:
        """Every ref with the object it names, and HEAD's branch."""
        rows = self.git("for-each-ref", "--format=%(refname) %(objectname)").splitlines()
        return {**dict(row.split() for row in rows), "HEAD": self.git("symbolic-ref", "HEAD")}


def new_repository(folder: Path, *, bare: bool = False) -> GitRepository:
    """An empty repository on branch `main`."""
    folder.mkdir(parents=True, exist_ok=True)
    repository = GitRepository(folder)
    repository.git("init", "--quiet", "--initial-branch=main", *(["--bare"] if bare else []))
    return repository
