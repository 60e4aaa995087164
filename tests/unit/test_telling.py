"""What merged pull requests are told of the run that brought them: live, not live, or not yet."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.admitting import MemoryForge
from tests.git_repository import GitRepository, new_repository
from ztix.console.comment import RESULT_MAX
from ztix.console.result import render_live, render_result
from ztix.drivers.main_line import brought, merges
from ztix.errors import Refused, Unavailable, Usage
from ztix.receipt_told import Brought, Line, ending, first_well, lines, read_told
from ztix.telling import tell

RESULTS = Path(__file__).parents[1] / "golden" / "comments"
Golden = Callable[[Path, str], None]
A, B, C, D = (letter * 40 for letter in "abcd")
MEMBERS = ("AS64500", "AS64501", "AS64502", "AS64503")


def receipt(revision: str, code: int = 0, **changes: object) -> dict[str, object]:
    """A receipt as a run leaves it, with one member's change applied."""
    return {
        "schema": "ztix.receipt.v1",
        "plan": f"sha256:{'0' * 64}",
        "revision": revision,
        "started": "2026-01-02T03:04:05+00:00",
        "finished": "2026-01-02T03:05:05+00:00",
        "approved": False,
        "exit": code,
        "outcomes": [{"outcome": "applied", "step": "attach", "owner": "AS64500", "fabric": "lan"}],
        "rollouts": [],
        "quarantined": [],
        **changes,
    }


BAD_DAY = receipt(
    C,
    6,
    outcomes=[
        {"outcome": "applied", "step": "attach", "owner": "AS64500"},
        {"outcome": "applied", "step": "amend", "owner": "AS64500"},
        {"outcome": "failed", "reason": "the controller hung up @all", "step": "attach", "owner": "AS64501"},
        {"outcome": "skipped", "reason": "it moved", "step": "configure", "fabric": "lan"},
    ],
    rollouts=[
        {"route_server": "rs1", "ended": "reverted", "detail": "the connection broke", "before": None},
        {"route_server": "rs2", "ended": "unchanged", "detail": ""},
    ],
    quarantined=[{"member": "AS64502", "reason": "members/AS64502.yaml:2:7: ZT004 <b>"}],
)
GOOD = receipt(B, rollouts=[{"route_server": "rs1", "ended": "confirmed"}])


@pytest.mark.parametrize(("name", "data"), [("result-bad-day", BAD_DAY), ("result-good", GOOD)])
def test_result_is_as_recorded(name: str, data: dict[str, object], golden: Golden) -> None:
    """What is not live stands first, with its reason; nothing in a reason acts."""
    told = read_told(data)
    assert told is not None
    golden(RESULTS / f"{name}.md", render_result(told, lines(told, MEMBERS)))


def test_result_when_much_is_told_is_cut_by_whole_lines() -> None:
    """A receipt of a large run does not fill the comment."""
    told = read_told(GOOD)
    assert told is not None
    many = [Line(f"AS{i}", True, "@" * 400) for i in range(900)]
    text = render_result(told, many)
    assert len(text) <= RESULT_MAX
    assert f"- and {900 - text.count('AS')} more" in text


@pytest.mark.parametrize(
    "data", [{}, {"schema": "ztix.receipt.v2"}, receipt(A) | {"outcomes": 3}, receipt(A) | {"schema": "x"}]
)
def test_receipt_when_it_is_none_is_not_told(data: dict[str, object]) -> None:
    """Another form than ours says nothing."""
    assert read_told(data) is None


@pytest.mark.parametrize(
    ("code", "words"), [(0, "well"), (5, "stale: something moved since the plan"), (77, "exit 77")]
)
def test_ending_is_in_the_words_of_the_exit_code(code: int, words: str) -> None:
    """Also an exit code of a later version is told."""
    told = read_told(receipt(A, code))
    assert told is not None
    assert ending(told) == words


def test_first_well_is_of_a_run_before_the_last() -> None:
    """The last run itself is what is told of; before all of them there is nothing."""
    read = [told for data in (GOOD, BAD_DAY, receipt(A)) if (told := read_told(data)) is not None]
    assert first_well(read) == A
    assert first_well(read[:2]) is None
    assert first_well([]) is None


LINE = [Brought(commit, (f"members/AS{64500 + i}.yaml",)) for i, commit in enumerate((D, C, B, A))]


def main_line(since: str | None, until: str) -> tuple[Brought, ...]:
    """D is the newest."""
    ids = [each.commit for each in LINE]
    return tuple(LINE[ids.index(until) : ids.index(since) if since is not None else None])


def forge() -> MemoryForge:
    return MemoryForge(merges={D: 4, C: 3, A: 1}, comments={3: "<!-- ztix v1 head=x -->\n### before\n"})


def test_tell_tells_all_since_the_last_run_that_ended_well() -> None:
    """What a run brought gets its result; what came later waits; what was told long ago is left alone."""
    box = forge()
    done = tell(box, [BAD_DAY, GOOD | {"revision": B, "exit": 6}, receipt(A)], main_line, D)
    assert done.told == (4, 3)
    assert "merged, not live yet" in box.comments[4]
    assert "### ztix: merged, not all of it is live" in box.comments[3]
    assert box.comments[3].endswith("### before\n")
    assert 1 not in box.comments


def test_tell_when_the_next_run_mends_it_says_so() -> None:
    """The same comment follows the runs until all of it is live."""
    box = forge()
    tell(box, [BAD_DAY, receipt(A)], main_line, C)
    done = tell(box, [receipt(C), BAD_DAY, receipt(A)], main_line, C)
    assert done.told == (3,)
    assert "not live" not in box.comments[3]
    assert "AS64501: as git says" in box.comments[3]


def test_tell_when_a_later_run_had_nothing_to_do_says_that_it_is_live() -> None:
    """A run without a receipt that ended well is one all the same; what came after it waits."""
    box = forge()
    box.merges[B] = 2
    done = tell(box, [receipt(B, 6), receipt(A)], main_line, D, live=C)
    assert done.told == (4, 3, 2)
    assert "merged, not live yet" in box.comments[4]
    assert "AS64501: as git says, at commit <code>cccccccccccc</code>" in box.comments[3]
    assert "### ztix: merged, live" in box.comments[2]


def test_tell_when_it_was_told_live_leaves_it_alone() -> None:
    """A comment that says all is live is not written again, run after run."""
    box = forge()
    assert tell(box, [receipt(C), receipt(A)], main_line, C, live=C).told == (3,)
    before = dict(box.comments)
    assert tell(box, [receipt(C), receipt(A)], main_line, C, live=C).told == ()
    assert box.comments == before


def test_result_of_a_run_with_nothing_to_do_when_no_member_is_in_it_is_a_sentence() -> None:
    """A change of policy alone is live as well."""
    assert "\nAs git says, at commit" in render_live(A, ())
    assert "AS64500, AS64501: as git says" in render_live(A, ("AS64500", "AS64501"))


@pytest.mark.parametrize("receipts", [[], [{}]])
def test_tell_when_there_is_no_receipt_tells_nobody(receipts: list[dict[str, object]]) -> None:
    """Before the first run there is nothing to say."""
    assert tell(forge(), receipts, main_line, D).told == ()


class Locked(MemoryForge):
    """A forge on which one conversation is locked."""

    def tell(self, number: int, text: str) -> None:
        if number == 4:
            raise Refused("locked")
        super().tell(number, text)


def test_tell_when_one_is_refused_tells_the_others() -> None:
    """A locked conversation is no reason to leave the others without a word."""
    box = Locked(merges={D: 4, C: 3})
    done = tell(box, [BAD_DAY], main_line, D)
    assert (done.told, [error.message for error in done.refused]) == ((3,), ["locked"])


def test_tell_when_the_forge_is_away_is_unavailable() -> None:
    """An outage ends it: the next run tells all of it."""
    with pytest.raises(Unavailable):
        tell(MemoryForge(fault=Unavailable("away")), [BAD_DAY], main_line, D)


@pytest.fixture
def repository(tmp_path: Path) -> GitRepository:
    """Two commits on the main line, the second a merge of a branch with two."""
    box = new_repository(tmp_path / "x")
    box.write("members/AS64500.yaml", "a")
    box.commit()
    main = box.git("symbolic-ref", "--short", "HEAD")
    box.git("switch", "--quiet", "--create", "branch")
    for path in ("members/AS64501.yaml", "README.md"):
        box.write(path, "b")
        box.commit()
    box.git("switch", "--quiet", main)
    box.git("merge", "--quiet", "--no-ff", "--message", "Merge", "branch")
    return box


def test_main_line_is_that_of_first_parents(repository: GitRepository) -> None:
    """A branch's own commits are its own; what its merge brought is all of them together."""
    tip, first = repository.git("rev-parse", "HEAD"), repository.git("rev-parse", "HEAD^1")
    found = brought(repository.folder, None, "HEAD")
    assert found == (
        Brought(tip, ("README.md", "members/AS64501.yaml")),
        Brought(first, ("members/AS64500.yaml",)),
    )
    assert brought(repository.folder, first, "HEAD") == found[:1]
    assert brought(repository.folder, "f" * 40, tip) == found
    assert brought(repository.folder, "--all", tip) == found
    assert [each.members for each in found] == [("AS64501",), ("AS64500",)]


@pytest.mark.parametrize("name", ["nothing", "--all", "f" * 40])
def test_main_line_when_the_tip_is_no_commit_is_a_usage_error(repository: GitRepository, name: str) -> None:
    """A name that git does not know is told as one."""
    with pytest.raises(Usage):
        brought(repository.folder, None, name)


def test_main_line_in_a_folder_of_the_repository_has_its_paths(tmp_path: Path) -> None:
    """An exchange below the top is told of its own files only."""
    box = new_repository(tmp_path / "x")
    box.write("ix/members/AS64500.yaml", "a")
    box.write("other/members/AS64501.yaml", "a")
    box.commit()
    assert [each.paths for each in brought(box.folder / "ix", None, "HEAD")] == [("members/AS64500.yaml",)]


def test_merges_of_a_path_are_those_of_the_last_days(repository: GitRepository) -> None:
    """A commit of long ago does not count, one of now does, and none of another path."""
    path = "members/AS64500.yaml"
    assert merges(repository.folder, "HEAD", path) == ()
    tree, tip = repository.git("mktree"), repository.git("rev-parse", "HEAD")
    words = ["git", "-c", "user.name=x", "-c", "user.email=x@example.net", "commit-tree", tree, "-p", tip]
    now = subprocess.run(words, cwd=repository.folder, input=b"x", capture_output=True, check=True)
    commit = now.stdout.decode().strip()
    found = merges(repository.folder, commit, path)
    assert [at.date() for at in found] == [datetime.now(UTC).date()]
    assert merges(repository.folder, commit, "policy/gates.yaml") == ()
