"""What lies in a pull request beside one member's file: its author takes it out, or somebody approves."""

from __future__ import annotations

import pytest

from tests.unit.exchange_fixture import member_text
from tests.unit.submission_fixture import ADMIN, base_files, judged, offered
from ztix.admission.verdict import Demand, State, Verdict

MEMBER = "members/AS64500.yaml"
PAUSED = member_text(64500, "status: suspended\n")
ALONE = "a pull request is about one member"


def approval(verdict: Verdict) -> Demand:
    (found,) = (demand for demand in verdict.demands if demand.what == "approval")
    return found


@pytest.mark.parametrize(
    ("path", "roles"),
    [("README.md", "an owner or admin"), ("notes.txt", "an owner"), ("src/x.py", "an owner")],
)
def test_other_files_beside_a_members_are_for_the_author_to_take_out(path: str, roles: str) -> None:
    """First what the author can do alone, then who would have to approve."""
    verdict = judged(offered({MEMBER: PAUSED, path: "x\n"}))
    assert approval(verdict).help == f"take out `{path}`: {ALONE}; or {roles} approves this commit"
    assert verdict.next == (f"author: {approval(verdict).help}",)
    assert verdict.state is State.OPEN


def test_other_files_alone_are_for_who_may_approve_them() -> None:
    """Who offers a text for people, and nothing else, meant it."""
    verdict = judged(offered({"README.md": "x\n"}))
    assert verdict.next == ("maintainer: an owner or admin approves this commit",)


def test_other_files_of_a_maintainer_are_not_to_be_taken_out() -> None:
    """A maintainer who changes policy with a member's file knows what a pull request is about."""
    verdict = judged(offered({MEMBER: PAUSED, "policy/x.md": "x\n"}, author=ADMIN))
    assert not any("take out" in demand.help for demand in verdict.demands)


@pytest.mark.parametrize("path", ["members/as64510.yaml", "members/AS64510.yml", "members/As64510.yaml"])
def test_member_file_under_a_wrong_name_is_told_the_right_one(path: str) -> None:
    """It is no member's file, and nobody would read it."""
    verdict = judged(offered({path: member_text(64510)}))
    right = "a member's file is named `members/AS64510.yaml`"
    assert approval(verdict).help.startswith(f"take out `{path}`, or rename it: {right}; or ")
    assert any(step.startswith("author: take out") for step in verdict.next)


def test_member_file_with_a_number_that_is_none_is_not_called_by_its_own_name() -> None:
    """Above 32 bits there is no AS number, so no other name would help."""
    verdict = judged(offered({"members/AS9999999999.yaml": "x\n"}))
    assert "take out" not in approval(verdict).help


def test_two_members_are_told_apart_and_the_foreign_one_is_taken_out() -> None:
    """Each row says whom it is about, and who is not named by a file takes it out."""
    other = "members/AS64501.yaml"
    verdict = judged(offered({MEMBER: PAUSED, other: member_text(64501, "status: suspended\n")}))
    assert all("AS64500" in demand.words or "AS64501" in demand.words for demand in verdict.demands)
    wanted = f"take out `{other}` and what lies beside it: {ALONE}; or an owner or admin approves this commit"
    assert approval(verdict).help == wanted
    assert verdict.next == (f"author: {wanted}",)


def test_two_members_that_join_have_rows_that_name_them() -> None:
    """A row that says only `the new file` would leave open which."""
    verdict = judged(
        offered({f"members/AS{asn}.yaml": member_text(asn) for asn in (64503, 64504)}, author=64503)
    )
    words = [demand.words for demand in verdict.demands if demand.what == "author"]
    assert words == [
        "AS64503: account 64503 is named by the new file",
        "AS64504: the new file does not name account 64503",
    ]


INVITE, SIGNATURE = "members/AS64500.invite", "members/AS64500.yaml.sig"


def test_member_that_leaves_is_told_what_stays_beside_its_file() -> None:
    """It stops nobody, but somebody has to be told, or it stays for ever."""
    base = {**base_files(), INVITE: "x\n", SIGNATURE: "x\n", "members/AS64501.invite": "x\n"}
    verdict = judged(offered({MEMBER: None}, base=base))
    (demand,) = (each for each in verdict.demands if each.what == "enclosures")
    assert (demand.state, demand.help) == (State.READY, f"delete it too: `git rm {INVITE} {SIGNATURE}`")
    assert verdict.state is State.READY
    assert verdict.next[0] == f"author: {demand.help}"
    gone = judged(offered({MEMBER: None, INVITE: None, SIGNATURE: None}, base=base))
    assert not any(each.what == "enclosures" for each in gone.demands)


def test_enclosure_of_nobody_comes_with_its_members_file() -> None:
    """Who forgot the file itself is told to commit it, before any maintainer is asked."""
    verdict = judged(offered({"members/AS64510.invite": "x\n"}, author=64510))
    advice = "commit `members/AS64510.yaml` with it: an enclosure counts for the change that it comes with"
    assert approval(verdict).help == f"{advice}; or a maintainer approves this commit"
    assert verdict.next == (f"author: {approval(verdict).help}",)
    assert [finding.rule for finding in verdict.report] == ["ZT015"]


def test_enclosure_that_comes_alone_is_not_left_over() -> None:
    """Its member's file is there and did not change."""
    verdict = judged(offered({INVITE: "x\n"}))
    assert verdict.report.findings == ()
