"""One run at a time: who holds the exchange is named, and the kernel gives it back."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.git_repository import AWAY, GitRepository, new_repository
from ztix.drivers.lock import run_lock
from ztix.errors import Exit, Locked, Usage

HOLD = """\
import signal, sys
from pathlib import Path
from ztix.drivers.lock import run_lock
with run_lock(Path(sys.argv[1]), "run-a"):
    print("held", flush=True)
    signal.pause()
"""


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GitRepository:
    """A repository with one commit."""
    for name, value in AWAY.items():
        monkeypatch.setenv(name, value)
    repository = new_repository(tmp_path / "exchange")
    repository.commit()
    return repository


def test_lock_when_held_names_the_holder(repo: GitRepository) -> None:
    """A second run learns who is at work, and with which process."""
    with (
        run_lock(repo.folder, "run-a"),
        pytest.raises(Locked, match=r"run-a, process \d+$") as told,
        run_lock(repo.folder, "run-b"),
    ):
        pass
    assert told.value.exit is Exit.LOCKED


def test_lock_after_a_run_is_free(repo: GitRepository) -> None:
    """The lock is given back at the end of a run, a good one or a bad one."""
    with run_lock(repo.folder, "run-a"):
        pass
    with pytest.raises(RuntimeError), run_lock(repo.folder, "run-b"):
        raise RuntimeError
    with run_lock(repo.folder, "run-c"):
        pass


def test_lock_of_a_killed_run_is_free(repo: GitRepository) -> None:
    """Nothing is left to clean up after a run that was killed; the next holder has the lock for itself."""
    words = [sys.executable, "-c", HOLD, str(repo.folder)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        with pytest.raises(Locked, match=f"run-a, process {process.pid}"), run_lock(repo.folder, "run-b"):
            pass
        process.send_signal(signal.SIGKILL)
        process.wait()
    with (
        run_lock(repo.folder, "run-b"),
        pytest.raises(Locked, match="run-b, process"),
        run_lock(repo.folder, "run-c"),
    ):
        pass


def test_lock_of_a_linked_work_tree_is_the_same(repo: GitRepository, tmp_path: Path) -> None:
    """Work trees of one repository share its state branch, so they share its lock."""
    repo.git("worktree", "add", "--quiet", str(tmp_path / "other"), "-b", "other")
    with run_lock(repo.folder, "run-a"), pytest.raises(Locked), run_lock(tmp_path / "other", "run-b"):
        pass


def test_lock_leaves_the_work_tree_clean(repo: GitRepository) -> None:
    """The lock file is git's folder's, where nobody commits it."""
    with run_lock(repo.folder, "run-a"):
        assert repo.git("status", "--porcelain") == ""


def test_lock_when_the_holder_s_name_is_hostile_shows_it_printable(repo: GitRepository) -> None:
    """What stands in the lock file is another's text: no control character of it comes through."""
    with (
        run_lock(repo.folder, "run\x1b[31m-a\u202e"),
        pytest.raises(Locked) as told,
        run_lock(repo.folder, "run-b"),
    ):
        pass
    assert told.value.message.isprintable()


def test_lock_where_git_s_folder_cannot_be_written_is_usage(repo: GitRepository) -> None:
    """A lock file that cannot be opened is told in words."""
    (repo.folder / ".git" / "ztix.lock").mkdir()
    with pytest.raises(Usage, match=r"ztix\.lock"), run_lock(repo.folder, "run-a"):
        pass


def test_lock_outside_a_repository_is_usage(tmp_path: Path) -> None:
    """Without git there is nothing to lock."""
    with pytest.raises(Usage), run_lock(tmp_path, "run-a"):
        pass
