"""What is merged without a maintainer: only where each condition holds, and each is said in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.admitting import AUTHOR, HEAD, JOIN, NOW, OLD, PATH, finding, verdict
from tests.unit.exchange_fixture import good_files, member_text, read
from ztix.admission.auto import Condition, Standing, conditions, held, may_merge
from ztix.admission.submission import FileChange, Submission
from ztix.admission.verdict import State, Verdict
from ztix.diagnostics import Severity
from ztix.fabric import Configure, Detach, NetworkSettings
from ztix.member import Member
from ztix.policy import Policy
from ztix.tree import Entry, Kind, Tree

AUTO = "reserved_asns_allowed: [64496-64511]\npeeringdb: advisory\napproval: auto\n"
BEFORE = member_text(64500, "max_prefixes: {ipv4: 10}\n")
STANDING = Standing(NOW, OLD, frozenset(), NOW - timedelta(minutes=10))
READY = verdict(State.READY)


def policy(admission: str = AUTO) -> Policy:
    return read({**good_files(), "policy/admission.yaml": admission}).policy


def base() -> Member:
    members = read({**good_files(), PATH: BEFORE}).members
    return next(file.member for file in members if file.member.asn == 64500)


def entry(path: str, text: str | None, kind: Kind = Kind.FILE) -> Entry | None:
    return None if text is None else Entry(path, kind, len(text), text.encode())


def submission(changes: Mapping[str, tuple[str | None, str | None]], author: int = AUTHOR) -> Submission:
    """What changes these files: before and after."""
    rows = tuple(FileChange(path, entry(path, b), entry(path, a)) for path, (b, a) in changes.items())
    return Submission(Tree("base"), Tree("after"), HEAD, rows, author)


def edit(old: str, new: str, author: int = AUTHOR) -> Submission:
    """An edit of the member's own file."""
    assert old in BEFORE
    return submission({PATH: (BEFORE, BEFORE.replace(old, new))}, author)


RENAME = edit("name: Example 64500", "name: Another")


def judged(
    offered: Submission = RENAME,
    standing: Standing = STANDING,
    found: Verdict = READY,
    *,
    admission: str = AUTO,
    known: bool = True,
    truncated: bool = False,
) -> tuple[Condition, ...]:
    member = base() if known else None
    return conditions(policy(admission), offered, found, standing, base=member, truncated=truncated)


def failing(found: tuple[Condition, ...]) -> list[str]:
    return [condition.name for condition in found if not condition.holds]


def test_auto_when_all_holds_merges() -> None:
    """An old account's edit of a harmless key of its own file is merged after the wait."""
    found = judged()
    assert failing(found) == []
    assert may_merge(found)
    assert [condition.name for condition in found] == [
        *(
            "one file",
            "author",
            "keys",
            "plan",
            "findings",
            "comment",
            "verdict",
            "account",
            "merges",
            "label",
            "wait",
        )
    ]


def test_auto_when_policy_wants_a_maintainer_has_no_condition_and_merges_nothing() -> None:
    """The default is a person's hand."""
    found = judged(admission=AUTO.replace("approval: auto\n", ""))
    assert found == ()
    assert not may_merge(found)


LIMIT = "max_prefixes: {ipv4: 10}"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("fra1", "fra2", "`/nodes/0/name` may not change by itself"),
        ("  - id: 1a2b364500", "  - id: 1a2b364599", "`/nodes/0/id` may not change by itself"),
        ("login: user64500", "login: x", "`/contacts/0/github/login` may not change by itself"),
        ("nodes:\n", "  - email: a@example.net\nnodes:\n", "`/contacts` may not change by itself"),
        ("name: Example 64500", "name: {a: b}", "`/name` may change by itself"),
        (LIMIT, "max_prefixes: 10", "`/max_prefixes` may not change by itself"),
        (LIMIT, "status: suspended", "`/status` may not change by itself"),
        ("asn: 64500", "asn: [64500", "the file cannot be read"),
        ("name: Example 64500", "name: Another", "`/name` may change by itself"),
        ("asn: 64500\n", "asn: 64500 # ours\n", "none changes"),
        (LIMIT, "as_set: {ipv4: AS-X}", "`/as_set/ipv4`, `/max_prefixes/ipv4` may change by itself"),
        ("noc@as64500.example.net", "a@example.net", "`/contacts/0/email` may change by itself"),
    ],
)
def test_auto_keys_are_compared_as_values_and_only_policy_s_may_change(
    old: str, new: str, words: str
) -> None:
    """What differs is found in the parsed files; a comment differs in nothing, a list in its length."""
    found = {condition.name: condition for condition in judged(edit(old, new))}
    assert found["keys"].words == words
    assert found["keys"].holds is not ("not" in words)


def test_auto_when_very_much_changes_names_the_first_of_it() -> None:
    """A line names five keys, and counts the others."""
    many = "".join(f"x{i}: y\n" for i in range(8))
    found = {c.name: c for c in judged(submission({PATH: (BEFORE, BEFORE + many)}))}
    assert found["keys"].words == "`/x0`, `/x1`, `/x2`, `/x3`, `/x4` and 3 more may not change by itself"


OTHER = "members/AS64501.yaml"


@pytest.mark.parametrize(
    "offered",
    [
        submission({}),
        submission({"policy/admission.yaml": ("a", "b")}),
        submission({PATH: (BEFORE, BEFORE), "README.md": ("a", "b")}),
        submission({PATH: (BEFORE, BEFORE), OTHER: ("a", "b")}),
        submission(
            {PATH: (BEFORE, BEFORE), f"{PATH}.sig": (None, "x"), "members/AS64500.invite": (None, "x")}
        ),
        submission({PATH: (BEFORE, None)}),
        submission({"members/AS064500.yaml": (None, BEFORE)}),
    ],
)
def test_auto_when_it_is_not_one_member_s_file_needs_a_person(offered: Submission) -> None:
    """Nothing, another folder, two members, strange enclosures, a leave: all of it is for a maintainer."""
    assert "one file" in failing(judged(offered))


def test_auto_when_the_file_becomes_a_link_needs_a_person() -> None:
    """A regular file stays one."""
    change = FileChange(PATH, entry(PATH, BEFORE), Entry(PATH, Kind.SYMLINK, 3, None))
    assert "one file" in failing(judged(replace(RENAME, changes=(change,))))


def test_auto_when_the_change_is_signed_beside_the_file_still_counts_as_one() -> None:
    """The signature over the change is part of it."""
    signed = {PATH: (BEFORE, BEFORE.replace("Example", "Another")), f"{PATH}.sig": ("old", "new")}
    assert failing(judged(submission(signed))) == []


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"author_created": None}, "account"),
        ({"author_created": NOW - timedelta(days=29)}, "account"),
        ({"labels": frozenset({"hold"})}, "label"),
        ({"ready_since": None}, "wait"),
        ({"ready_since": NOW - timedelta(minutes=9)}, "wait"),
        ({"merges": (NOW - timedelta(hours=1), NOW - timedelta(hours=23))}, "merges"),
    ],
)
def test_auto_when_the_standing_is_short_of_something_waits(change: dict[str, datetime], name: str) -> None:
    """A young account, the label, the wait and too many merges each stop it alone."""
    assert failing(judged(standing=replace(STANDING, **change))) == [name]  # type: ignore[arg-type]  # fields of it


def test_auto_when_merges_are_a_day_old_counts_them_no_more() -> None:
    """The limit is for the last day."""
    old = (NOW - timedelta(hours=1), NOW - timedelta(hours=24), NOW - timedelta(days=9))
    assert failing(judged(standing=replace(STANDING, merges=old))) == []


def test_auto_when_policy_waits_for_nothing_merges_at_once() -> None:
    """A wait of no minutes is none."""
    at_once = AUTO + "auto: {wait_minutes: 0}\n"
    assert failing(judged(standing=replace(STANDING, ready_since=None), admission=at_once)) == []


@pytest.mark.parametrize("author", [-1, 0, 64501])
def test_auto_when_the_author_is_no_contact_of_the_base_file_needs_a_person(author: int) -> None:
    """Who may change a file is said by the file as it is now."""
    assert failing(judged(edit("name: Example 64500", "name: Another", author))) == ["author"]


def test_auto_when_the_member_in_base_cannot_be_read_needs_a_person() -> None:
    """A file that is there and is no member's says nothing about its contacts."""
    assert failing(judged(known=False)) == ["author"]


@pytest.mark.parametrize("invited", [True, False])
def test_auto_when_somebody_joins_goes_by_the_invitation(invited: bool) -> None:
    """A new member is merged by itself only where a maintainer's invitation says so."""
    files = {PATH: (None, BEFORE), "members/AS64500.invite": (None, "x")}
    found = judged(submission(files), replace(STANDING, invited=invited), known=False)
    assert failing(found) == ([] if invited else ["join"])
    assert "keys" not in [condition.name for condition in found]


SETTINGS = NetworkSettings("example", (), 2800, 1024)


@pytest.mark.parametrize(
    ("found", "name"),
    [
        (verdict(State.READY, State.OPEN), "verdict"),
        (verdict(State.UNKNOWN), "verdict"),
        (replace(READY, changes=(Detach(JOIN.fabric, "AS64500", JOIN.after, JOIN.after, None),)), "plan"),
        (replace(READY, changes=(Configure(JOIN.fabric, None, SETTINGS, None),)), "plan"),
    ],
)
def test_auto_when_the_verdict_or_the_plan_is_not_harmless_needs_a_person(found: Verdict, name: str) -> None:
    """An open demand, an outage, and a node that would leave are each enough."""
    assert failing(judged(found=found)) == [name]


@pytest.mark.parametrize(("severity", "names"), [(Severity.WARNING, ["findings"]), (Severity.NOTE, [])])
def test_auto_when_a_rule_warns_needs_a_person(severity: Severity, names: list[str]) -> None:
    """A limit out of bounds or another's AS-SET is a warning, and somebody weighs it; a note is none."""
    assert failing(judged(found=verdict(State.READY, findings=(finding(severity=severity),)))) == names


def test_auto_when_the_comment_was_cut_needs_a_person() -> None:
    """What nobody could read in full is not merged by itself."""
    assert failing(judged(truncated=True)) == ["comment"]


def test_hold_label_is_policy_s() -> None:
    """The label that stops is the one that policy names."""
    named = policy(AUTO + "auto: {hold_label: wait for us}\n")
    assert held(named, frozenset({"wait for us", "x"}))
    assert not held(named, frozenset({"hold"}))
