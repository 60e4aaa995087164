"""The one issue about drift: what it says, and when it is opened, rewritten, closed or left alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

import pytest

from tests.admitting import MemoryForge
from tests.world import Laboratory
from ztix.console.drift_issue import GONE, DriftIssue, drift_issue, issue_json, read_issue
from ztix.console.plan import COMMENT_MAX
from ztix.drift import drift
from ztix.drift_watch import watch
from ztix.errors import Exit, Unavailable
from ztix.fabric import Attachment
from ztix.forge import ISSUE_MARK, Issue
from ztix.hand_edit import HandEdit, Runs
from ztix.reconcile import Planned, reconcile
from ztix.terms import Label, NodeId

GOLDEN = Path(__file__).parents[1] / "golden" / "drift"
NODE, STRANGER = NodeId("1a2b364500"), NodeId("dddddddddd")
HOSTILE = "</details> ``` @octocat #1 \x1b[31m\u202e ::error::x"


@pytest.fixture
def live() -> Laboratory:
    """An exchange after its first run."""
    lab = Laboratory()
    reconcile(lab.world, "HEAD")
    return lab


def moved(lab: Laboratory) -> Planned:
    """Somebody moved an address, renamed a node, and authorised one that no file names."""
    held = lab.fabric.attachments[NODE]
    lab.fabric.attachments[NODE] = replace(held, name=HOSTILE, addresses=(ip_address("192.0.2.99"),))
    lab.fabric.attachments[STRANGER] = Attachment(STRANGER, "", (), authorised=True)
    return drift(lab.world)


def test_issue_of_nothing_is_none(live: Laboratory) -> None:
    """Where nothing moved there is nothing to say."""
    assert drift_issue(drift(live.world)) == DriftIssue(moved=False)


def test_issue_where_a_route_server_was_never_reached_tells_nothing_moved() -> None:
    """The last run's record lacks what it runs; as it does not answer, that is unknown and no drift."""
    lab = Laboratory()
    lab.unreachable = {"rs2"}
    assert reconcile(lab.world, "HEAD").exit is Exit.PARTIAL
    assert drift_issue(drift(lab.world)) == DriftIssue(moved=False, silent=("rs2",))
    lab.unreachable = set()
    assert [deploy.route_server for deploy in drift(lab.world).plan.deploys] == ["rs2"]


def test_issue_is_the_recorded_one(live: Laboratory, golden: Callable[[Path, str], None]) -> None:
    """What moved by hand on fabrics and route servers, who did not answer, and what to do."""
    live.unreachable = {"rs2"}
    edits = (
        HandEdit(Label("rs1"), Runs.FILE, ("--- git", "+++ the file", "@@ -1 +1 @@", "-a", '+secret "x"'), 3),
        HandEdit(Label("rs3"), Runs.UNKNOWN),
    )
    found = drift_issue(replace(moved(live), edits=edits))
    assert found.silent == ("rs2",)
    assert "secret" not in found.text
    golden(GOLDEN / "moved.md", f"{found.title}\n\n{found.text}")


def test_issue_of_route_servers_is_the_recorded_one(
    live: Laboratory, golden: Callable[[Path, str], None]
) -> None:
    """A configuration that somebody changed is a rollout to come."""
    live.servers["rs1"].running = b"something else\n"
    live.servers["rs1"].file = b"something else\n"
    found = drift_issue(drift(live.world))
    golden(GOLDEN / "route-server.md", f"{found.title}\n\n{found.text}")


def test_issue_of_the_same_drift_is_the_same(live: Laboratory) -> None:
    """Nothing that moves by itself is in it, such as a time."""
    first = drift_issue(moved(live))
    live.now = live.now.replace(hour=9)
    live.clock.sleep(3600)
    assert drift_issue(moved(live)) == first


def test_issue_of_a_great_drift_fits_and_says_that_it_is_cut(live: Laboratory) -> None:
    """A thousand nodes are counted where they cannot be shown."""
    for number in range(2000):
        node = NodeId(f"a{number:09x}")
        live.fabric.attachments[node] = Attachment(node, "", (), authorised=True)
    found = drift_issue(drift(live.world))
    assert len(found.text) <= COMMENT_MAX
    assert "more lines; `ztix drift` shows all" in found.text
    assert "2000 nodes in no file" in found.title
    assert read_issue(issue_json(found).encode()) == found


def test_issue_keeps_foreign_text_in_its_fence(live: Laboratory) -> None:
    """A name that somebody gave a node closes no fence, calls nobody and starts no command."""
    text = drift_issue(moved(live)).text
    lines = text.splitlines()
    fences = [number for number, line in enumerate(lines) if line.startswith("````")]
    assert len(fences) == 2
    (told,) = (number for number, line in enumerate(lines) if "@octocat" in line)
    assert fences[0] < told < fences[1]
    assert "\x1b" not in text
    assert "\u202e" not in text


MOVED = DriftIssue(moved=True, title="moved", text=f"{ISSUE_MARK}digest=1 -->\nmoved\n")


def test_saved_issue_is_read_again() -> None:
    """What one job saved another tells."""
    for found in (MOVED, DriftIssue(moved=False), DriftIssue(moved=False, silent=("rs1",))):
        assert read_issue(issue_json(found).encode()) == found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "[" * 100_000,
        '{"schema": "ztix.plan.v1", "moved": false}',
        '{"schema": "ztix.drift.v1", "moved": true}',
        '{"schema": "ztix.drift.v1", "moved": true, "title": "x", "text": "no mark"}',
        '{"schema": "ztix.drift.v1", "moved": false, "title": "x", "text": "<!-- ztix drift -->"}',
        '{"schema": "ztix.drift.v1", "moved": false, "text": "' + "x" * (COMMENT_MAX + 1) + '"}',
    ],
)
def test_saved_issue_of_another_form_is_none(text: str) -> None:
    """A file that no drift wrote is told to nobody."""
    assert read_issue(text.encode()) is None


def forge(*issues: Issue) -> MemoryForge:
    return MemoryForge(open_issues={issue.number: issue for issue in issues})


OPEN = Issue(12, "old", f"{ISSUE_MARK}digest=0 -->\nold\n")


def test_watch_when_something_moved_opens_one_issue() -> None:
    """The first run opens it, the second finds it told."""
    box = forge()
    assert watch(box, MOVED) == "opened #21"
    assert watch(box, MOVED) == "#21 tells it already"
    assert box.open_issues == {21: Issue(21, MOVED.title, MOVED.text)}


def test_watch_when_the_drift_changes_rewrites_it() -> None:
    """One issue follows; what people wrote below the same drift stays."""
    box = forge(OPEN)
    assert watch(box, MOVED) == "rewrote #12"
    assert box.open_issues == {12: Issue(12, MOVED.title, MOVED.text)}
    noted = Issue(12, "a title of ours", MOVED.text.replace("\n", "\r\n") + "I look at it. Alice")
    box = forge(noted)
    assert watch(box, MOVED) == "#12 tells it already"
    assert box.open_issues == {12: noted}


def test_watch_when_it_is_gone_closes_it() -> None:
    """All of ours are closed, with the reason; then there is nothing more to do."""
    box = forge(OPEN, replace(OPEN, number=14))
    assert watch(box, DriftIssue(moved=False)) == "closed #12, #14"
    assert (box.open_issues, box.closed) == ({}, {12: GONE, 14: GONE})
    assert watch(box, DriftIssue(moved=False)) == "nothing to tell"


def test_watch_when_two_are_open_lets_the_oldest_serve() -> None:
    """Two runs at once may have opened two."""
    box = forge(replace(OPEN, number=14), OPEN)
    assert watch(box, MOVED) == "rewrote #12"
    assert list(box.open_issues) == [12]
    assert box.closed == {14: "#12 tells it.\n"}


@pytest.mark.parametrize("issues", [(), (OPEN,)])
def test_watch_when_somebody_did_not_answer_opens_and_closes_nothing(issues: tuple[Issue, ...]) -> None:
    """Unknown is neither there nor gone."""
    box = forge(*issues)
    words = watch(box, DriftIssue(moved=False, silent=("rs1", "rs2")))
    assert words == "`rs1`, `rs2` did not answer: no issue is opened or closed"
    assert tuple(box.open_issues.values()) == issues
    assert box.closed == {}


def test_watch_when_the_forge_does_not_answer_is_unavailable() -> None:
    """The next run looks again."""
    with pytest.raises(Unavailable):
        watch(replace(forge(), fault=Unavailable("no answer")), MOVED)
