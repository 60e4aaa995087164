"""Who starts a run, from the environment of a workflow and from git's own word."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.git_repository import AWAY, new_repository
from ztix.drivers.claimant import NAME_MAX, claimed
from ztix.receipt import Claimed

WORKFLOW = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_ACTOR": "octocat",
    "GITHUB_TRIGGERING_ACTOR": "octocat",
    "GITHUB_EVENT_NAME": "workflow_dispatch",
}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository whose person is Alice."""
    for name, value in AWAY.items():
        monkeypatch.setenv(name, value)
    made = new_repository(tmp_path / "exchange")
    made.git("config", "user.name", "Alice")
    made.git("config", "user.email", "alice@example.net")
    return made.folder


@pytest.mark.parametrize(
    ("changes", "name", "source"),
    [
        ({}, "octocat", "GITHUB_ACTOR, workflow_dispatch"),
        ({"GITHUB_TRIGGERING_ACTOR": "hubot"}, "hubot", "GITHUB_ACTOR, workflow_dispatch"),
        ({"GITHUB_TRIGGERING_ACTOR": ""}, "octocat", "GITHUB_ACTOR, workflow_dispatch"),
        ({"GITHUB_EVENT_NAME": ""}, "octocat", "GITHUB_ACTOR, a workflow"),
        ({"GITHUB_EVENT_NAME": "schedule"}, "octocat", "GITHUB_ACTOR, schedule"),
        ({"GITHUB_TRIGGERING_ACTOR": "a\x1b[1m\n" + "x" * 200}, "a?[1m?" + "x" * (NAME_MAX - 6), None),
        ({"GITHUB_ACTIONS": ""}, "Alice <alice@example.net>", "git"),
        ({"GITHUB_ACTOR": "", "GITHUB_TRIGGERING_ACTOR": ""}, "Alice <alice@example.net>", "git"),
    ],
)
def test_claimed_is_the_workflow_s_account_or_git_s_person(
    root: Path, changes: dict[str, str], name: str, source: str | None
) -> None:
    """Who ran it again counts, the event stands beside, and a name is one printable line."""
    found = claimed(root, WORKFLOW | changes)
    assert found is not None
    assert found.name == name
    assert source is None or found == Claimed(name, source)


def test_claimed_when_git_knows_nobody_is_none(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is made up of the machine's names."""
    made = new_repository(root / "other")
    made.git("config", "user.useConfigOnly", "true")
    monkeypatch.delenv("EMAIL", raising=False)
    assert claimed(made.folder, {}) is None


def test_claimed_outside_of_a_repository_is_none(tmp_path: Path) -> None:
    """The run itself will say what is missing."""
    assert claimed(tmp_path, {}) is None
