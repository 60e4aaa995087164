"""Some rows of the corpus by the real command, as a process of its own: it ends as in the corpus."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.git_repository import AWAY
from tests.hostile.pull import Pull, build
from tests.hostile.rows import PULLS

NAMES = (
    *("joins-with-a-maintainer", "edits-its-file", "edits-signed", "owner-swapped-by-head"),
    *("key-swapped-and-signed-by-itself", "deletion-hidden-in-a-merge", "symlink-to-a-secret"),
    *("conflict-over-ones-own-file", "two-hundred-files", "text-billion-laughs", "account-deleted"),
    *("line-end-and-a-command", "file-of-10-MB", "everywhere-set-output", "no-commit-in-common"),
)
ROWS = [pull for pull in PULLS if pull.name in NAMES]


@pytest.mark.parametrize("pull", ROWS, ids=lambda pull: pull.name)
def test_command_on_a_row_ends_as_the_row_says(pull: Pull, tmp_path: Path) -> None:
    """On a bare repository, offline, and nothing on stderr."""
    built = build(pull, tmp_path / "ix.git")
    words = ["--base", built.base, "--head", built.head, "--author-id", str(pull.author)]
    for account in pull.approvals:
        words += ["--approved-by", str(account)]
    done = subprocess.run(
        [sys.executable, "-m", "ztix", "-C", built.folder, "review", *words, "--offline", "--format", "json"],
        capture_output=True,
        check=False,
        env={**os.environ, **AWAY, "HOME": str(tmp_path)},
        cwd=tmp_path,
    )
    assert done.returncode == pull.must.value, done.stderr
    assert json.loads(done.stdout)["head"] == built.head
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ix.git"]


def test_command_rows_are_all_there() -> None:
    """A row that is renamed would be left out silently."""
    assert {pull.name for pull in ROWS} == set(NAMES)
