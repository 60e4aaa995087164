"""What moves while it is judged: nothing is told of it and nothing merged."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.admitting import AUTHOR, NOW, OTHER, MemoryForge, pull
from tests.hostile.pull import Built, Must, Pull, World, build, ground
from tests.hostile.scene import BASE, OWNER, STRANGER, edit, path_of
from ztix.drivers.git_changes import read_submission
from ztix.errors import Exit, Stale
from ztix.forge import Light, PullRequest
from ztix.publish import Desk, publish

READY_LONG = NOW - timedelta(minutes=30)
AUTO = {"policy/admission.yaml": BASE["policy/admission.yaml"] + "approval: auto\n"}
OWN = Pull("own", Must.PASS, edit(64500, "Example 64500", "Another Name"), author=AUTHOR, past=(AUTO,))
FOREIGN = replace(OWN, does=edit(64501, "Example 64501", "Another Name"))


def desk(built: Built) -> Desk:
    """Publishing with the row's commits."""
    return Desk(
        ground(built, World({})),
        lambda author, approvals: read_submission(built.folder, built.base, built.head, author, approvals),
        lambda path: (),
        "main",
    )


def forge(built: Built, head: str | None = None) -> MemoryForge:
    """A forge with the row's pull request, and main where git has it. head: another than git has."""
    offered = pull(head=head or built.head, ready_since=READY_LONG)
    return MemoryForge({7: offered}, tips={"main": built.base})


@pytest.fixture
def own(tmp_path: Path) -> Built:
    """A member's harmless edit of its own file, where such are merged by themselves."""
    return build(OWN, tmp_path / "ix.git")


def test_publish_when_nothing_moves_tells_and_merges(own: Built) -> None:
    """What the other tests here would pass without."""
    there = forge(own)
    assert publish(there, 7, desk(own), merge=True).merged
    assert there.merged == [(7, own.head)]


def test_publish_when_the_head_is_pushed_over_meanwhile_ends_with_5(own: Built) -> None:
    """A force-push between check and merge: neither comment nor status nor merge."""
    there = forge(own)
    there.moves_to = OTHER
    with pytest.raises(Stale) as caught:
        publish(there, 7, desk(own), merge=True)
    assert caught.value.exit is Exit.STALE
    assert (there.comments, there.lights, there.merged) == ({}, [], [])


def test_publish_when_the_forge_has_another_head_than_git_ends_with_5(own: Built) -> None:
    """Pushed between the fetch and the run."""
    there = forge(own, OTHER)
    with pytest.raises(Stale):
        publish(there, 7, desk(own), merge=True)
    assert (there.comments, there.merged) == ({}, [])


def test_publish_when_main_moved_meanwhile_merges_nothing(own: Built) -> None:
    """Somebody else's merge between the fetch and this one may have taken the same address."""
    there = forge(own)
    there.tips["main"] = OTHER
    with pytest.raises(Stale):
        publish(there, 7, desk(own), merge=True)
    assert there.merged == []


@pytest.mark.parametrize(
    "change", [{"approvals": frozenset({OWNER})}, {"labels": frozenset({"hold"})}, {"author": STRANGER}]
)
def test_publish_when_reviews_or_labels_move_meanwhile_merges_nothing(
    own: Built, change: dict[str, object]
) -> None:
    """What was decided by is no more what is there."""

    class Moving(MemoryForge):
        def pull_request(self, number: int) -> PullRequest:
            found = MemoryForge.pull_request(self, number)
            self.pulls[number] = replace(found, **change)  # type: ignore[arg-type] # fields of it
            return found

    there = Moving({7: pull(head=own.head, ready_since=READY_LONG)})
    with pytest.raises(Stale):
        publish(there, 7, desk(own), merge=True)
    assert there.merged == []


def test_publish_of_a_foreign_edit_merges_nothing_by_itself(tmp_path: Path) -> None:
    """Also where edits of one's own file are merged so."""
    built = build(FOREIGN, tmp_path / "ix.git")
    there = forge(built)
    done = publish(there, 7, desk(built), merge=True)
    assert not done.merged
    assert there.lights[-1][1] is Light.PENDING
    assert path_of(64501) in "".join(demand.words for demand in done.verdict.demands)


def test_publish_when_held_by_a_label_merges_nothing(own: Built) -> None:
    """Anybody who may set labels stops it."""
    there = forge(own)
    there.pulls[7] = replace(there.pulls[7], labels=frozenset({"hold"}))
    assert not publish(there, 7, desk(own), merge=True).merged
