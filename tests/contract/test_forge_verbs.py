"""The verbs that speak with GitHub, from the command line to the request: review, submissions, tell."""

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

from tests.git_repository import GitRepository, new_repository
from tests.unit.exchange_fixture import good_files, member_text
from ztix.cli import cli
from ztix.errors import Exit, Stale, Usage, ZtixError
from ztix.forge import MARK

API = "https://api.github.com"
REPO = f"{API}/repos/example-ix/exchange"
US, AUTHOR = 41898282, 64500
ENVIRONMENT = {
    "GITHUB_TOKEN": "ghs_not_a_token",
    "GITHUB_REPOSITORY": "example-ix/exchange",
    "GITHUB_ACTIONS": "true",
    "GITHUB_API_URL": "",
    "ZTIX_GITHUB_ACCOUNT": "",
}


@dataclass
class Hub:
    """GitHub with one pull request, as far as it is asked and told."""

    head: str
    tip: str
    author: int = AUTHOR
    labels: tuple[str, ...] = ()
    comments: list[dict[str, Any]] = field(default_factory=list)
    statuses: list[dict[str, Any]] = field(default_factory=list)
    merged: list[str] = field(default_factory=list)
    merges: dict[str, int] = field(default_factory=dict)
    locked: bool = False
    open: tuple[int, ...] = (7,)

    def answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/repos/example-ix/exchange/")
        body = json.loads(request.content) if request.content else None
        match request.method, path.split("/"):
            case "POST" | "PATCH", ["issues", *_] if self.locked:
                status, data = 403, {"message": "This conversation is locked"}
            case "GET", ["pulls", "7", "reviews"]:
                status, data = 200, []
            case "GET", words:
                status, data = 200, self.read(words)
            case "POST", ["issues", "7", "comments"]:
                self.comments.append({"id": len(self.comments) + 1, "user": {"id": US}, **body})
                status, data = 201, {}
            case "PATCH", ["issues", "comments", number]:
                self.comments[int(number) - 1]["body"] = body["body"]
                status, data = 200, {}
            case "POST", ["statuses", _]:
                said = {"creator": {"id": US}, "created_at": "2026-01-02T03:04:05Z", **body}
                self.statuses.insert(0, said)
                status, data = 201, {}
            case "PUT", ["pulls", "7", "merge"]:
                assert body["sha"] == self.head
                self.merged.append(body["sha"])
                status, data = 200, {"merged": True}
            case _:
                raise AssertionError(f"{request.method} {request.url}")
        return httpx.Response(status, json=data)

    def read(self, words: list[str]) -> Any:
        match words:
            case ["pulls"]:
                found: Any = [{"number": number} for number in self.open]
            case ["pulls", "7"]:
                found = self.pull()
            case ["git", "ref", "heads", "main"]:
                found = {"ref": "refs/heads/main", "object": {"type": "commit", "sha": self.tip}}
            case ["", "user", number]:
                found = {"id": int(number), "created_at": "2020-01-02T03:04:05Z"}
            case ["commits", _, "statuses"]:
                found = self.statuses
            case ["commits", commit, "pulls"]:
                found = self.brought(commit)
            case ["issues", "7", "comments"]:
                found = self.comments
            case _:
                raise AssertionError(words)
        return found

    def pull(self) -> dict[str, Any]:
        return {
            "number": 7,
            "state": "open",
            "user": {"id": self.author},
            "labels": [{"name": name} for name in self.labels],
            "head": {"sha": self.head},
            "base": {"ref": "main"},
        }

    def brought(self, commit: str) -> list[dict[str, Any]]:
        if commit not in self.merges:
            return []
        number = self.merges[commit]
        return [{"number": number, "merge_commit_sha": commit, "merged_at": "2026-01-02T03:04:05Z"}]


@dataclass
class Bench:
    """An exchange in git, with a branch that renames AS64500, and the hub."""

    repo: GitRepository
    hub: Hub

    def ztix(self, *words: str, **environment: str) -> Result:
        return CliRunner().invoke(
            cli,
            ["-C", str(self.repo.folder), *words],
            env=ENVIRONMENT | environment,
            standalone_mode=False,
        )

    def review(self, *words: str) -> Result:
        return self.ztix(
            *("review", "--base", "main", "--head", "edit", "--publish", "github", "--number", "7"),
            *("--offline", *words),
        )


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """The exchange lets harmless edits be merged by themselves, at once."""
    repo = new_repository(tmp_path / "ix")
    auto = "approval: auto\nauto: {wait_minutes: 0}\n"
    files = good_files()
    for path, text in {**files, "policy/admission.yaml": files["policy/admission.yaml"] + auto}.items():
        repo.write(path, text)
    repo.commit()
    repo.git("branch", "--force", "--move", "main")
    repo.git("switch", "--quiet", "--create", "edit")
    repo.write("members/AS64500.yaml", member_text(64500).replace("name: Example 64500", "name: Another"))
    hub = Hub(repo.commit(), str(repo.git("rev-parse", "main")).strip())
    repo.git("switch", "--quiet", "main")
    with respx.mock(assert_all_called=False) as router:
        router.route(host="api.github.com").mock(side_effect=hub.answer)
        yield Bench(repo, hub)


def test_review_published_tells_the_verdict_once_and_keeps_it(bench: Bench) -> None:
    """The comment and the status are there after one run, and the same after another."""
    for _ in range(2):
        assert bench.review().return_value == Exit.DONE
    assert [
        comment["body"].startswith(f"{MARK}v1 head={bench.hub.head}") for comment in bench.hub.comments
    ] == [True]
    assert [status["state"] for status in bench.hub.statuses] == ["success"]
    assert bench.hub.merged == []


def test_review_published_when_it_may_merge_merges_that_head(bench: Bench) -> None:
    """Policy lets it, and the run is one that may."""
    result = bench.review("--merge")
    assert result.return_value == Exit.DONE, result.output
    assert bench.hub.merged == [bench.hub.head]
    assert "merged #7" in result.stderr


def test_review_published_when_main_moved_since_the_fetch_merges_nothing(bench: Bench) -> None:
    """The comment is of the branch as it was; the next run judges beside what came."""
    bench.hub.tip = "c" * 40
    result = bench.review("--merge")
    assert isinstance(result.exception, Stale)
    assert result.exception.exit is Exit.STALE
    assert (len(bench.hub.comments), bench.hub.merged) == (1, [])


def test_review_published_when_held_merges_nothing(bench: Bench) -> None:
    """The label is looked at when it counts."""
    bench.hub.labels = ("hold",)
    assert bench.review("--merge").return_value == Exit.DONE
    assert (bench.hub.merged, bench.hub.statuses[0]["state"]) == ([], "pending")


def test_review_published_when_the_author_is_a_stranger_needs_a_person(bench: Bench) -> None:
    """The account is GitHub's word, and the file in main names another."""
    bench.hub.author = 999
    assert bench.review("--merge").return_value == Exit.REFUSED
    assert (bench.hub.merged, bench.hub.statuses[0]["state"]) == ([], "pending")


def test_review_published_when_pushed_meanwhile_is_stale(bench: Bench) -> None:
    """The objects here are of another commit than GitHub's: nothing is told of it."""
    bench.hub.head = "c" * 40
    result = bench.review("--merge")
    assert isinstance(result.exception, Stale)
    assert result.exception.exit == Exit.STALE
    assert (bench.hub.comments, bench.hub.statuses, bench.hub.merged) == ([], [], [])


@pytest.mark.parametrize(
    "words",
    [
        ("--publish", "github"),
        ("--publish", "github", "--number", "7", "--author-id", "1"),
        ("--publish", "github", "--number", "7", "--approved-by", "1"),
        ("--number", "7", "--author-id", "1"),
        ("--merge", "--author-id", "1"),
        (),
    ],
)
def test_review_when_its_words_do_not_fit_is_a_usage_error(bench: Bench, words: tuple[str, ...]) -> None:
    """Who asks is told by the forge or by the command line, never by both."""
    result = bench.ztix("review", "--base", "main", "--head", "edit", *words)
    assert isinstance(result.exception, Usage)
    assert bench.hub.comments == []


@pytest.mark.parametrize(
    ("environment", "kind"),
    [
        ({"GITHUB_TOKEN": ""}, Usage),
        ({"GITHUB_REPOSITORY": ""}, Usage),
        ({"GITHUB_REPOSITORY": "x"}, Usage),
        ({"ZTIX_GITHUB_ACCOUNT": "me"}, Usage),
        ({"GITHUB_TOKEN": "a\nb"}, Usage),
    ],
)
def test_forge_when_the_environment_does_not_describe_it_is_a_usage_error(
    bench: Bench, environment: dict[str, str], kind: type[ZtixError]
) -> None:
    """What is missing is told by its name, and no value is."""
    result = bench.ztix("submissions", **environment)
    assert isinstance(result.exception, kind)
    assert "ghs_" not in str(result.exception)


def test_forge_when_an_account_is_named_takes_its_comments_for_ours(bench: Bench) -> None:
    """Another account's comment is left alone by a run of this one."""
    bench.hub.comments = [{"id": 1, "user": {"id": 5}, "body": f"{MARK}v1 -->\nold"}]
    words = (
        "review",
        "--base",
        "main",
        "--head",
        "edit",
        "--offline",
        "--publish",
        "github",
        "--number",
        "7",
    )
    assert bench.ztix(*words, ZTIX_GITHUB_ACCOUNT="5").return_value == Exit.DONE
    assert len(bench.hub.comments) == 1
    assert "### ztix: " in bench.hub.comments[0]["body"]


def test_submissions_are_numbers_line_by_line(bench: Bench) -> None:
    """A shell reads them."""
    result = bench.ztix("submissions")
    assert (result.stdout, result.stderr) == ("7\n", "")


def test_submissions_when_not_all_are_listed_says_how_many_are_left(bench: Bench) -> None:
    """What moved last comes first, the others in turn, and nobody takes a part for the whole."""
    bench.hub.open = tuple(range(30, 0, -1))
    result = bench.ztix("submissions")
    numbers = result.stdout.split()
    assert (len(set(numbers)), numbers[:12]) == (25, [str(number) for number in range(30, 18, -1)])
    assert result.stderr == "5 more are open: they come in turn, or all at once with a larger --most\n"
    assert bench.ztix("submissions", "--most", "30").stderr == ""


def run_of(repo: GitRepository, tip: str) -> None:
    """The record of a run that brought this commit, on ztix-state."""
    receipt = {
        "schema": "ztix.receipt.v1",
        "revision": tip,
        "finished": "2026-01-02T03:05:05+00:00",
        "exit": 0,
        "outcomes": [{"outcome": "applied", "step": "amend", "owner": "AS64500"}],
        "rollouts": [],
    }
    blob = repo.git("hash-object", "-w", "--stdin", stdin=json.dumps(receipt).encode())
    tree = repo.git("mktree", stdin=f"100644 blob {blob}\treceipt.json\n".encode())
    repo.git("update-ref", "refs/heads/ztix-state", repo.git("commit-tree", tree, stdin=b"x"))


def test_tell_puts_the_result_into_the_comment(bench: Bench) -> None:
    """The receipt on ztix-state is told to the pull request whose merge the run brought."""
    assert bench.ztix("tell").return_value == Exit.DONE  # before the first run there is nothing to tell
    bench.review()
    bench.repo.git("merge", "--quiet", "--no-ff", "--message", "Merge", "edit")
    tip = bench.repo.git("rev-parse", "HEAD")
    bench.hub.merges = {tip: 7}
    run_of(bench.repo, tip)
    result = bench.ztix("tell")
    assert result.return_value == Exit.DONE, result.exception
    body = bench.hub.comments[0]["body"]
    assert body.index("### ztix: merged, live") < body.index("### ztix: AS64500")
    assert "AS64500: applied, 1 change" in body


def test_tell_when_a_comment_is_refused_is_partial(bench: Bench) -> None:
    """A locked conversation is told of, and the exit says that not all was done."""
    tip = bench.repo.git("rev-parse", "main")
    bench.hub.merges, bench.hub.locked = {tip: 7}, True
    run_of(bench.repo, tip)
    result = bench.ztix("tell")
    assert result.return_value == Exit.PARTIAL
    assert "not told: GitHub answered" in result.stderr
