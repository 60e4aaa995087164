"""The verb `drift --publish github`, from a saved drift to the requests."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx
from click.testing import CliRunner, Result

from ztix.cli import cli
from ztix.console.drift_issue import DriftIssue, issue_json
from ztix.errors import Exit, Refused, Unavailable, Usage
from ztix.forge import ISSUE_LABEL, ISSUE_MARK

US = 41898282
ENVIRONMENT = {
    "GITHUB_TOKEN": "ghs_not_a_token",
    "GITHUB_REPOSITORY": "example-ix/exchange",
    "GITHUB_ACTIONS": "true",
    "GITHUB_API_URL": "",
    "ZTIX_GITHUB_ACCOUNT": "",
}
MOVED = DriftIssue(moved=True, title="moved", text=f"{ISSUE_MARK}digest=1 -->\nmoved\n")


@dataclass
class Hub:
    """GitHub's issues as a list. fails: the status of every answer, where it is none of the good ones."""

    issues: list[dict[str, Any]] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    writes: int = 0
    fails: int = 0

    def answer(self, request: httpx.Request) -> httpx.Response:
        if self.fails:
            return httpx.Response(self.fails, json={"message": "no"})
        words = request.url.path.removeprefix("/repos/example-ix/exchange/").split("/")
        body = json.loads(request.content) if request.content else {}
        self.writes += request.method != "GET"
        match request.method, words:
            case "GET", ["issues"]:
                return httpx.Response(200, json=[one for one in self.issues if one["state"] == "open"])
            case "POST", ["issues"]:
                labels = [{"name": name} for name in body.pop("labels")]
                opened = {
                    "number": len(self.issues) + 1,
                    "state": "open",
                    "user": {"id": US},
                    "labels": labels,
                }
                self.issues.append({**opened, **body})
                return httpx.Response(201, json=self.issues[-1])
            case "PATCH", ["issues", number]:
                self.issues[int(number) - 1].update(body)
                return httpx.Response(200, json={})
            case "POST", ["issues", _, "comments"]:
                self.comments.append(body["body"])
                return httpx.Response(201, json={})
            case _:
                raise AssertionError(f"{request.method} {request.url}")


@pytest.fixture
def hub() -> Iterator[Hub]:
    made = Hub()
    with respx.mock(assert_all_called=False) as router:
        router.route(host="api.github.com").mock(side_effect=made.answer)
        yield made


def told(tmp_path: Path, found: DriftIssue, *words: str) -> Result:
    saved = tmp_path / "drift.json"
    saved.write_text(issue_json(found))
    command = ["-C", str(tmp_path), "drift", "--publish", "github", "--told", str(saved), *words]
    return CliRunner().invoke(cli, command, env=ENVIRONMENT, standalone_mode=False)


def test_drift_is_opened_followed_and_closed(hub: Hub, tmp_path: Path) -> None:
    """One issue through a drift's life: opened, left alone, rewritten, left alone by an outage, closed."""
    after = DriftIssue(moved=True, title="more", text=f"{ISSUE_MARK}digest=2 -->\nmore\n")
    away = DriftIssue(moved=False, silent=("rs1",))
    steps = (
        (MOVED, "opened #1", 1),
        (MOVED, "#1 tells it already", 0),
        (after, "rewrote #1", 1),
        (away, "`rs1` did not answer: no issue is opened or closed", 0),
        (DriftIssue(moved=False), "closed #1", 2),
        (DriftIssue(moved=False), "nothing to tell", 0),
        (away, "`rs1` did not answer: no issue is opened or closed", 0),
    )
    for found, words, writes in steps:
        before = hub.writes
        result = told(tmp_path, found)
        assert (result.return_value, result.stderr.strip()) == (Exit.DONE, words)
        assert hub.writes - before == writes
    (issue,) = hub.issues
    assert (issue["title"], issue["body"], issue["state"]) == (after.title, after.text, "closed")
    assert issue["labels"] == [{"name": ISSUE_LABEL}]
    assert len(hub.comments) == 1


def test_drift_that_is_told_exits_as_one_that_is_shown(hub: Hub, tmp_path: Path) -> None:
    """2 where something moved, for who asks."""
    assert told(tmp_path, MOVED, "--detailed-exitcode").return_value == Exit.CHANGES
    assert told(tmp_path, DriftIssue(moved=False), "--detailed-exitcode").return_value == Exit.DONE


@pytest.mark.parametrize(("status", "kind"), [(403, Refused), (500, Unavailable), (503, Unavailable)])
def test_drift_when_the_forge_fails_says_so(hub: Hub, tmp_path: Path, status: int, kind: type) -> None:
    """The exit code is the error's; nothing is taken for told."""
    hub.fails = status
    assert isinstance(told(tmp_path, MOVED).exception, kind)


@pytest.mark.parametrize(
    "words", [("--told", "drift.json"), ("--publish", "github", "--told", "drift.json", "--out", "x")]
)
def test_drift_when_its_words_do_not_fit_is_a_usage_error(
    hub: Hub, tmp_path: Path, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A saved drift is told somewhere, and is not saved again."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "drift.json").write_text("{}")
    for command in (words, ("--publish", "github", "--told", "drift.json")):
        result = CliRunner().invoke(cli, ["drift", *command], env=ENVIRONMENT, standalone_mode=False)
        assert isinstance(result.exception, Usage)
    assert hub.writes == 0
