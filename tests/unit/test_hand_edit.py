"""Hand edits on route servers: what is shown of them, and that only a plan overwrites them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.world import Laboratory
from ztix.console.edits import edit_lines
from ztix.console.plan import PlanForm, render_plan
from ztix.digests import text_digest
from ztix.drift import drift
from ztix.errors import Exit
from ztix.hand_edit import COMPARED, SHOWN, HandEdit, Runs, difference, runs
from ztix.link import Status
from ztix.reconcile import plan, reconcile
from ztix.terms import Label

GOLDEN = Path(__file__).parents[1] / "golden" / "plans"
TEXT = "".join(f"line {number}\n" for number in range(1, 101))
GIT, EDITED, OTHER = (text_digest(word) for word in ("git", "edited", "other"))
RS1 = Label("rs1")


@pytest.fixture
def live() -> Laboratory:
    """An exchange after its first run."""
    laboratory = Laboratory()
    assert reconcile(laboratory.world, "HEAD").exit is Exit.DONE
    return laboratory


def test_difference_of_a_line_shows_it_between_its_neighbours_with_its_number() -> None:
    """Line numbers are the file's, though most of it was never compared."""
    lines, more = difference(TEXT, TEXT.replace("line 50\n", "line fifty\n"))
    assert lines == (
        *("--- git", "+++ the file", "@@ -47,7 +47,7 @@", " line 47", " line 48", " line 49"),
        *("-line 50", "+line fifty", " line 51", " line 52", " line 53"),
    )
    assert more == 0


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        (TEXT, ()),
        ("new\n" + TEXT, ("@@ -1,3 +1,4 @@", "+new", " line 1", " line 2", " line 3")),
        (TEXT + "new\n", ("@@ -98,4 +98,5 @@", " line 98", " line 99", " line 100", "+new", " ")),
        (TEXT[:-9], ("@@ -97,5 +97,4 @@", " line 97", " line 98", " line 99", "-line 100", " ")),
    ],
)
def test_difference_at_the_ends_is_whole(file: str, expected: tuple[str, ...]) -> None:
    """Nothing, the first line, the last line, and a file without its last line."""
    assert difference(TEXT, file)[0][2:] == expected


def test_difference_of_much_is_counted() -> None:
    """Neither a screen nor a log is filled, and nothing that is huge is compared line by line."""
    changed = TEXT * 10 + "".join(f"other {number}\n" for number in range(1000))
    lines, more = difference("", changed)
    assert (len(lines), len(lines) + more) == (SHOWN, 2004)
    assert difference("a\n" * (COMPARED + 1), "b\n" * 3) == ((), COMPARED + 6)


def test_difference_hides_passwords() -> None:
    """What somebody typed into the file by hand does not get into a log."""
    lines, _ = difference("", 'password "s3cret";\n  authentication md5; password "s3cret')
    assert not [line for line in lines if "s3cret" in line]
    assert '+password "(not shown)";' in lines


@pytest.mark.parametrize(
    ("running", "expected"),
    [(GIT, Runs.GIT), (EDITED, Runs.FILE), (OTHER, Runs.UNKNOWN), (None, Runs.UNKNOWN)],
)
def test_runs_is_git_the_file_or_unknown(running: str | None, expected: Runs) -> None:
    """By digest alone."""
    assert runs(Status("2.0.12", EDITED, running), GIT) is expected  # type: ignore[arg-type] - a digest or None


def test_runs_when_bird_does_not_answer_is_nobodys_doing() -> None:
    """Nobody is told that somebody configured it, and the list has another head."""
    edit = HandEdit(RS1, runs(Status(None, GIT, None), GIT))
    assert list(edit_lines([edit])) == [
        "",
        "without an answer",
        "    rs1: its file is as git says; BIRD runs nothing that can be told: it does not answer",
    ]


@pytest.mark.parametrize("form", ["text", "json"])
def test_drift_of_edited_files_is_as_recorded(
    live: Laboratory, form: PlanForm, golden: Callable[[Path, str], None]
) -> None:
    """One was edited and waits, with escapes in it; on the other somebody configured the edit."""
    one, two = live.servers["rs1"], live.servers["rs2"]
    one.file = one.file.replace(b"# end", b"# by hand \x1b[2J\x07\n# end", 1)
    two.file = two.running = two.file.replace(b"protocol device", b"debug protocols all;\nprotocol device", 1)
    shown = render_plan(drift(live.world), form)
    assert "\x1b" not in shown
    golden(GOLDEN / f"by-hand.{'txt' if form == 'text' else form}", shown)


def test_drift_when_it_was_only_configured_says_the_file_is_as_git_says(live: Laboratory) -> None:
    """BIRD was given another file; what is in that, nobody can ask for."""
    live.servers["rs1"].running = b"something else"
    (edit,) = drift(live.world).edits
    assert (edit.route_server, edit.runs, edit.lines) == (RS1, Runs.UNKNOWN, ())
    assert "rs1: its file is as git says; BIRD runs something that was configured by hand" in render_plan(
        drift(live.world), "text"
    )


def test_drift_of_a_file_that_is_wholly_another_counts_its_lines(live: Laboratory) -> None:
    """Too much to compare is told in a number."""
    live.servers["rs1"].file = b"x\n" * (COMPARED + 10)
    assert "more lines" in render_plan(drift(live.world), "text")


def test_edited_file_is_left_alone_until_its_plan_is_carried_out(live: Laboratory) -> None:
    """Though BIRD runs what git says, the plan has the file, and the run puts git's text there."""
    server = live.servers["rs1"]
    good = server.file
    server.file = good + b"# by hand\n"
    planned = plan(live.world, "HEAD")
    assert [deploy.before for deploy in planned.plan.deploys] == [text_digest(server.file.decode())]
    assert "rs1 has a file that was edited by hand" in render_plan(planned, "text")
    assert server.file != good
    assert reconcile(live.world, "HEAD").exit is Exit.DONE
    assert (server.file, server.running) == (good, good)
    assert drift(live.world).edits == ()


def test_file_that_git_asks_for_by_now_is_still_rolled_out(live: Laboratory) -> None:
    """Somebody put the next text there by hand; BIRD does not run it yet."""
    live.files["policy/routing.yaml"] = "hold_time_s: 180\n"
    live.commit()
    wanted = plan(live.world, "HEAD")
    server = live.servers["rs1"]
    server.file = wanted.gathered.rendered[RS1].text.encode()
    assert RS1 in {deploy.route_server for deploy in plan(live.world, "HEAD").plan.deploys}


def test_drift_when_a_server_answers_no_more_leaves_its_edit_out(live: Laboratory) -> None:
    """It was asked what it runs; its file is unknown then."""
    server = live.servers["rs1"]
    server.running = b"something else"
    live.unreachable.add("rs2")
    calls: list[str] = []

    def lost() -> bytes:
        from ztix.errors import Unavailable

        calls.append("fetch")
        raise Unavailable("the connection broke")

    server.fetch = lost  # type: ignore[method-assign] - this one server's answer
    assert drift(live.world).edits == ()
    assert calls
