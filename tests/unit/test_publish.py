"""A verdict on the forge: one comment, one status, a merge where policy lets it, nothing of what moved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from tests.admitting import AUTHOR, HEAD, NOW, OTHER, PATH, MemoryForge, finding, pull
from tests.unit.claim_fixture import MAINTAINERS, invited
from tests.unit.exchange_fixture import good_files, member_text, tree
from tests.world import MemoryHistory
from ztix.admission.submission import FileChange, Submission
from ztix.admission.verdict import State
from ztix.diagnostics import Diagnostic, Report, Severity
from ztix.errors import Exit, Refused, Stale, Unavailable, ZtixError
from ztix.evidence import Evidence
from ztix.forge import Light, PullRequest
from ztix.publish import Desk, publish
from ztix.review import Ground
from ztix.tree import Entry, Kind, Tree

MANUAL = good_files()["policy/admission.yaml"]
AUTO = MANUAL + "approval: auto\n"
READY_LONG = NOW - timedelta(minutes=30)


@dataclass
class Case:
    """A pull request that renames AS64500, as git and the forge have it."""

    admission: str = MANUAL
    head: str = HEAD
    pull: PullRequest = field(default_factory=pull)
    edit: tuple[str, str] = ("name: Example 64500", "name: Another Name")
    merges: tuple[datetime, ...] = ()
    damage: tuple[Diagnostic, ...] = ()
    asked: list[tuple[int, frozenset[int]]] = field(default_factory=list)

    def forge(self, **changes: object) -> MemoryForge:
        return replace(MemoryForge({7: self.pull}), **changes)  # type: ignore[arg-type]  # fields of it

    def read(self, author: int, approvals: frozenset[int]) -> Submission:
        self.asked.append((author, approvals))
        files = {**good_files(), "policy/admission.yaml": self.admission}
        after = {**files, PATH: member_text(64500).replace(*self.edit)}
        base, merged = replace(tree(files), revision="b" * 40), replace(tree(after), revision="b" * 40)
        change = FileChange(PATH, base.get(PATH), merged.get(PATH))
        return Submission(base, merged, self.head, (change,), author, approvals)

    @property
    def desk(self) -> Desk:
        ground = Ground(
            evidence=lambda exchange, files: (Evidence(NOW), Report.of(self.damage)),
            ask=lambda questions: {},
            past=lambda path: (),
            since_run=lambda revision: (),
            history=MemoryHistory({}, {}),
            now=lambda: NOW,
        )
        return Desk(ground, self.read, lambda path: self.merges, "main")


def test_publish_when_ready_tells_it_and_merges_nothing() -> None:
    """The comment is written, the commit is green, and a maintainer merges."""
    case, box = Case(), Case().forge()
    done = publish(box, 7, case.desk, merge=True)
    assert done.verdict.state is State.READY
    assert not done.merged
    assert box.merged == []
    assert box.comments[7] == done.comment.text
    assert box.lights == [(HEAD, Light.SUCCESS, "AS64500 changes its file: ready")]
    assert case.asked == [(AUTHOR, frozenset())]


def test_publish_when_the_author_is_a_stranger_waits_for_a_person() -> None:
    """Who asks is the forge's word."""
    case = Case(pull=pull(author=999))
    box = case.forge()
    done = publish(box, 7, case.desk, merge=True)
    assert done.verdict.state is not State.READY
    assert box.lights[0][1] in (Light.PENDING, Light.FAILURE)


def test_publish_when_somebody_approves_passes_it_on() -> None:
    """Who approves is the forge's word, too."""
    case = Case(pull=pull(approvals=frozenset({5, 6})))
    publish(case.forge(), 7, case.desk, merge=False)
    assert case.asked == [(AUTHOR, frozenset({5, 6}))]


def test_publish_when_it_is_for_another_branch_merges_nothing() -> None:
    """An author may turn a pull request to the record of runs after it was judged on main."""
    case = Case(admission=AUTO, pull=pull(base="ztix-state", ready_since=READY_LONG))
    box = case.forge()
    with pytest.raises(Refused, match="is for the branch `ztix-state`, and judged is `main`"):
        publish(box, 7, case.desk, merge=True)
    assert (box.comments, box.lights, box.merged) == ({}, [], [])


def test_publish_when_git_has_another_head_writes_nothing() -> None:
    """A push between the event and now makes the run's objects those of yesterday."""
    case = Case(head=OTHER)
    box = case.forge()
    with pytest.raises(Stale, match=f"from {OTHER[:12]} to {HEAD[:12]}"):
        publish(box, 7, case.desk, merge=True)
    assert (box.comments, box.lights, box.merged) == ({}, [], [])


def test_publish_when_the_head_moves_while_it_judges_writes_nothing() -> None:
    """A push during the judgement makes the verdict one of another commit."""
    case = Case(admission=AUTO, pull=pull(ready_since=READY_LONG))
    box = case.forge(moves_to=OTHER)
    with pytest.raises(Stale, match="nothing was written"):
        publish(box, 7, case.desk, merge=True)
    assert (box.comments, box.lights, box.merged) == ({}, [], [])


class Relabelled(MemoryForge):
    """Somebody sets the label after the first look."""

    def pull_request(self, number: int) -> PullRequest:
        found = super().pull_request(number)
        self.pulls[number] = replace(found, labels=frozenset({"hold"}))
        return found


def test_publish_when_a_label_comes_while_it_judges_writes_nothing() -> None:
    """The last moment counts: who holds it back in time has held it back."""
    case = Case(admission=AUTO, pull=pull(ready_since=READY_LONG))
    box = Relabelled({7: case.pull})
    with pytest.raises(Stale, match="reviews, labels or statuses"):
        publish(box, 7, case.desk, merge=True)
    assert box.merged == []


def test_publish_when_the_branch_moved_tells_and_merges_nothing() -> None:
    """Two that are ready alone may not be together: the second waits for a verdict beside the first."""
    case = Case(admission=AUTO, pull=pull(ready_since=READY_LONG))
    box = case.forge(tips={"main": OTHER})
    with pytest.raises(Stale, match=f"`main` moved from {'b' * 12} to {OTHER[:12]}") as caught:
        publish(box, 7, case.desk, merge=True)
    assert caught.value.exit is Exit.STALE
    assert (list(box.comments), box.merged) == ([7], [])
    publish(box, 7, case.desk, merge=False)
    assert box.merged == []


def test_publish_when_closed_is_refused() -> None:
    """What is closed is not judged."""
    case = Case(pull=pull(open=False))
    with pytest.raises(Refused, match="is closed"):
        publish(case.forge(), 7, case.desk, merge=True)


@pytest.mark.parametrize("fault", [Unavailable("away"), Refused("no")])
def test_publish_when_the_forge_fails_says_so(fault: ZtixError) -> None:
    """An outage of the forge is no verdict."""
    case = Case()
    with pytest.raises(type(fault)):
        publish(case.forge(fault=fault), 7, case.desk, merge=True)


@pytest.mark.parametrize("merge", [True, False])
def test_publish_when_policy_lets_it_merges_that_head_where_asked(merge: bool) -> None:
    """Only a run that may merge does so, and tells it first."""
    case = Case(admission=AUTO, pull=pull(ready_since=READY_LONG))
    box = case.forge()
    assert publish(box, 7, case.desk, merge=merge).merged is merge
    assert box.merged == ([(7, HEAD)] if merge else [])
    assert "it waits 10 minutes, until" in box.comments[7].replace("&#45;", "-")


@pytest.mark.parametrize(
    "change",
    [
        lambda case: replace(case, admission=MANUAL),
        lambda case: replace(case, pull=replace(case.pull, ready_since=None)),
        lambda case: replace(case, pull=replace(case.pull, labels=frozenset({"hold"}))),
        lambda case: replace(case, pull=replace(case.pull, author_created=NOW)),
        lambda case: replace(case, merges=(NOW, NOW)),
        lambda case: replace(case, edit=("name: fra1", "name: ams1")),
        lambda case: replace(case, edit=("name: Example 64500", f"name: Example 64500{'' * 3} #")),
        lambda case: replace(case, edit=("asn: 64500", "asn: 64501")),
    ],
)
def test_publish_when_one_condition_is_short_does_not_merge(change: Callable[[Case], Case]) -> None:
    """Each condition alone keeps it for a maintainer; a change of nothing that decides may go."""
    case = change(Case(admission=AUTO, pull=pull(ready_since=READY_LONG)))
    box = case.forge()
    done = publish(box, 7, case.desk, merge=True)
    assert done.merged is (case.edit[1].endswith("#"))


def test_publish_when_held_shows_it_at_the_commit() -> None:
    """The label keeps the status from green, so that a maintainer's merge waits as well."""
    case = Case(pull=pull(labels=frozenset({"hold"})))
    box = case.forge()
    publish(box, 7, case.desk, merge=False)
    assert box.lights == [(HEAD, Light.PENDING, "held by the label hold")]


def test_publish_when_the_comment_is_cut_does_not_merge() -> None:
    """What nobody could read in full is not merged by itself, and the comment says so."""
    many = tuple(finding(f"{i} {'x' * 200}", severity=Severity.NOTE) for i in range(300))
    case = Case(admission=AUTO, pull=pull(ready_since=READY_LONG), damage=many)
    box = case.forge()
    done = publish(box, 7, case.desk, merge=True)
    assert (done.verdict.state, done.comment.truncated, done.merged) == (State.READY, True, False)
    assert "truncated=true" in box.comments[7]
    assert "comment: **does not hold**" in box.comments[7]


def joining(invitation: str, case: Case) -> Submission:
    """AS64500 joins with an invitation; its node's signature is not asked for by this policy."""
    edit = case.read(AUTHOR, frozenset())
    maintainers = Entry("policy/maintainers.yaml", Kind.FILE, len(MAINTAINERS), MAINTAINERS.encode())
    before = {path: entry for path, entry in edit.base.entries.items() if path != PATH}
    before[maintainers.path] = maintainers
    invite = Entry("members/AS64500.invite", Kind.FILE, len(invitation), invitation.encode())
    entry = edit.changes[0].after
    assert entry is not None
    after = {**before, PATH: entry, invite.path: invite}
    rows = (FileChange(invite.path, None, invite), FileChange(PATH, None, entry))
    base, merged = Tree("b" * 40, dict(sorted(before.items()))), Tree("b" * 40, dict(sorted(after.items())))
    return Submission(base, merged, HEAD, rows, AUTHOR)


INVITING = AUTO + "node_proof: off\n"


@pytest.mark.parametrize(
    ("admission", "bound", "past", "merged"),
    [
        (INVITING, {"auto_approve": True, "account": AUTHOR}, (), True),
        (INVITING, {"auto_approve": False, "account": AUTHOR}, (), False),
        (INVITING, {"auto_approve": True, "account": None}, (), False),
        (INVITING, {"auto_approve": True, "account": 999}, (), False),
        (INVITING, {"auto_approve": True, "account": AUTHOR}, ("same",), False),
        (INVITING.replace("auto", "manual"), {"auto_approve": True, "account": AUTHOR}, (), False),
    ],
)
def test_publish_when_an_invitation_approves_too_lets_that_account_join(
    admission: str, bound: dict[str, object], past: tuple[str, ...], merged: bool
) -> None:
    """A maintainer's invitation for this account, used for the first time, admits where policy lets it."""
    case = Case(admission=admission, pull=pull(ready_since=READY_LONG))
    token = invited(**bound)
    ground = replace(case.desk.ground, past=lambda path: [token.encode() for _ in past])
    desk = Desk(ground, lambda author, approvals: joining(token, case), lambda path: (), "main")
    done = publish(case.forge(), 7, desk, merge=True)
    assert done.merged is merged
    assert done.verdict.title == "AS64500 joins"


def test_publish_when_it_is_of_no_member_waits_for_a_person() -> None:
    """Policy is never merged by itself, whoever asks."""
    case = Case(admission=AUTO, pull=pull(ready_since=READY_LONG))
    edit = case.read(AUTHOR, frozenset())
    gates = Entry("policy/gates.yaml", Kind.FILE, 3, b"{}\n")
    after = {**edit.base.entries, gates.path: gates}
    offered = replace(edit, after=Tree("b" * 40, after), changes=(FileChange(gates.path, None, gates),))
    desk = replace(case.desk, read=lambda author, approvals: offered)
    done = publish(case.forge(), 7, desk, merge=True)
    assert (done.verdict.state, done.merged) == (State.OPEN, False)
