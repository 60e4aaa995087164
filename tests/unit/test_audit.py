"""The audit trail: merges and records as one story, chosen by member, time and person."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.chains import Recording, commit_of, edited, spoilt, story
from tests.world import Laboratory
from ztix.audit import Approval, Begun, Denied, MainLine, Merged, Noted, Person, Run, Wish, moment, trail
from ztix.breakglass import allow
from ztix.chain import Chain, Flaw
from ztix.console.audit import DETAILS, render_flaws, render_trail
from ztix.errors import Refused, Stale
from ztix.receipt import Claimed
from ztix.reconcile import plan, reconcile
from ztix.terms import Digest, NodeId, parse_address

GOLDEN = Path(__file__).parents[1] / "golden" / "audit"
LAB, STATE = story()
OCTOCAT = Claimed("octocat", "GITHUB_ACTOR, workflow_dispatch")
REVISIONS = [name for name in LAB.commits if name != "HEAD"]
OCTO = Person("Octo Cat", "583231+octocat@users.noreply.github.com")
FORGE = Person("GitHub", "noreply@github.com")
ALICE = Person("Alice", "alice@example.net")


def merged(position: int, hour: int, by: Person = OCTO, *paths: str, subject: str = "") -> Merged:
    """A merge on the laboratory's main line; position 0 is the newest."""
    at = datetime(2026, 1, 2, hour, 1, tzinfo=UTC)
    words = subject or f"Merge pull request #{12 - position} from octocat/join"
    return Merged(position, REVISIONS[-1 - position], at, by, FORGE, 2, words, paths)


MERGES = (
    merged(0, 4, OCTO, "members/AS64501.yaml", "members/AS64503.yaml"),
    merged(1, 3, ALICE, "policy/exchange.yaml", subject="Begin (#7)"),
)


def line(*merges: Merged) -> MainLine:
    """The main line of these alone."""
    return MainLine(merges, {one.commit: one.position for one in merges})


def full() -> tuple[Laboratory, Recording]:
    """The story, with a guest, a run that failed in part, and one that died."""
    lab, state = story()
    lab.now += timedelta(hours=1)
    allow(
        lab.world, "HEAD", "lan", NodeId("9999999999"), [parse_address("192.0.2.77")], lab.now.replace(hour=9)
    )
    lab.files["members/AS64500.yaml"] = lab.files["members/AS64500.yaml"].replace("192.0.2.10", "192.0.2.40")
    lab.files["members/AS64503.yaml"] = "asn: \x1b[31mnothing\n"
    lab.commit()
    lab.unreachable.add("rs2")
    lab.now += timedelta(hours=1)
    reconcile(lab.world, "HEAD", by=Claimed("Eve \x1b[1m <eve@example.net>", "git"))
    lab.now += timedelta(minutes=30)
    with pytest.raises(Stale):
        reconcile(lab.world, "HEAD", approve=Digest("sha256:" + "0" * 64), by=OCTOCAT)
    lab.now += timedelta(minutes=30)
    state.write(state.applied, None, "Begin sha256:0123456789ab")
    lab.now += timedelta(hours=1)
    state.write(state.applied, None, "Take note of what is live")
    state.write(state.applied, None, "Tidy \x1b[2J up")
    return lab, state


def test_trail_tells_when_what_was_merged_became_live() -> None:
    """Each merge has the first run that was made from it or from a later commit."""
    entries = trail(line(*MERGES), STATE.chain, Wish())
    assert [type(entry) for entry in entries] == [Approval, Run, Approval, Run]
    approvals = [entry for entry in entries if isinstance(entry, Approval)]
    runs = [entry for entry in entries if isinstance(entry, Run)]
    assert [approval.live for approval in approvals] == runs
    assert [entry.at for entry in entries] == sorted(entry.at for entry in entries)


def test_trail_of_a_merge_without_a_run_says_so() -> None:
    """What no run has had yet is not told as live."""
    entries = trail(line(*MERGES), Chain(STATE.chain.records[2:]), Wish())
    approvals = [entry for entry in entries if isinstance(entry, Approval)]
    assert [approval.live is None for approval in approvals] == [False, True]


@pytest.mark.parametrize(
    ("wish", "kinds"),
    [
        (Wish(member="AS64503"), [Approval, Run]),
        (Wish(member="AS64500"), [Run]),
        (Wish(member="AS64999"), []),
        (Wish(actor="OCTOCAT"), [Approval]),
        (Wish(actor="alice@"), [Approval]),
        (Wish(actor="nobody"), []),
        (Wish(since=moment("2026-01-03")), []),
        (Wish(until=moment("2026-01-01", end=True)), []),
        (Wish(since=moment("2026-01-02"), until=moment("2026-01-02", end=True)), [Approval, Run] * 2),
        (Wish(since=moment("2026-01-02T04:00"), until=moment("2026-01-02T05:00:00+00:00")), [Approval]),
    ],
)
def test_trail_is_what_was_asked_for(wish: Wish, kinds: list[type]) -> None:
    """Filters by member, time and person hold together."""
    assert [type(entry) for entry in trail(line(*MERGES), STATE.chain, wish)] == kinds


def test_trail_of_what_needed_no_run_is_told_live_by_a_look() -> None:
    """Where there was nothing to do, the record of the look is what a merge became live by."""
    records = STATE.chain.records
    look = replace(records[0], subject="Take note of what is live", files=dict(records[0].files))
    look = replace(look, files={"applied.json": records[0].files["applied.json"]})
    text = render_trail(trail(line(*MERGES[:1]), Chain((look, *records[2:])), Wish()), "text")
    assert "live by 2026-01-02 05:04, there was nothing to do" in text


def test_trail_of_a_merge_tells_its_own_members_troubles_only() -> None:
    """What another member's file did in the same run is told with that member."""
    lab, state = full()
    commit = [name for name in lab.commits if name != "HEAD"][-1]
    one = replace(merged(0, 6, ALICE, "members/AS64500.yaml"), commit=commit)
    (entry,) = (entry for entry in trail(line(one), state.chain, Wish()) if isinstance(entry, Approval))
    assert isinstance(entry.live, Run)
    assert not any("AS64503" in words for words in entry.live.troubles(entry.members))
    assert any("AS64503" in words for words in entry.live.troubles())


def test_trail_tells_attempts_and_acts_by_hand() -> None:
    """A run that died, a guest and a subject that ztix never writes are each told."""
    _, state = full()
    entries = trail(MainLine(), state.chain, Wish())
    assert [type(entry) for entry in entries] == [Run, Run, Noted, Run, Denied, Begun, Noted, Noted]
    assert [entry.by_hand for entry in entries if isinstance(entry, Noted)] == [True, False, True]
    assert entries[2].members == ("by-hand-9999999999",)


@pytest.mark.parametrize(("actor", "kinds"), [("OCTO", [Denied]), ("eve@", [Run]), ("nobody", [])])
def test_trail_of_a_person_has_what_runs_claim_of_them(actor: str, kinds: list[type]) -> None:
    """Who is said to have started a run, or to have been refused, is found by name."""
    _, state = full()
    assert [type(entry) for entry in trail(MainLine(), state.chain, Wish(actor=actor))] == kinds


def test_trail_of_a_member_has_the_refusals_of_its_changes() -> None:
    """Why nothing became of a merge is told where the member is asked for."""
    _, state = full()
    (entry,) = (
        entry for entry in trail(MainLine(), state.chain, Wish(member="AS64500")) if isinstance(entry, Denied)
    )
    assert entry.kept.read == "sha256:" + "0" * 64


def test_render_trail_of_an_approval_names_who_gave_it() -> None:
    """The name stands with what it is worth; a refusal by a clock's run may name nobody."""
    lab, state = story()
    del lab.files["members/AS64500.yaml"]
    lab.commit()
    with pytest.raises(Refused):
        reconcile(lab.world, "HEAD")
    reconcile(lab.world, "HEAD", approve=plan(lab.world, "HEAD").plan.digest, by=Claimed("Alice", ""))
    text = render_trail(trail(MainLine(), state.chain, Wish()), "text")
    assert "approved by Alice (claimed)" in text
    assert "gate `sessions`: 2 of 4 sessions" in text
    empty = edited(state.chain, 2, "refusal.json", lambda value: value.update(members=[], gates=[]))
    assert '"by": null' in render_trail(trail(MainLine(), empty, Wish()), "json")
    assert "gate" not in render_trail(trail(MainLine(), empty, Wish()), "text").splitlines()[-7]


def test_trail_of_records_that_cannot_be_read_goes_on() -> None:
    """A damaged record is told as what its subject says; `verify` says what is wrong with it."""
    broken = spoilt(STATE.chain, 0, files={"applied.json": b"{", "receipt.json": b"{"})
    assert [type(entry) for entry in trail(MainLine(), broken, Wish())] == [Run, Noted]
    first = spoilt(STATE.chain, 3, files={"applied.json": None})
    assert len(trail(MainLine(), first, Wish())) == 2


@pytest.mark.parametrize(
    ("by", "subject", "who", "number"),
    [
        (OCTO, "Merge pull request #4294 from x/y", "Octo Cat (octocat)", 4294),
        (ALICE, "Let AS64500 join (#5)", "Alice", 5),
        (ALICE, "Merge pull request #x from y", "Alice", None),
    ],
)
def test_merged_names_who_brought_it(by: Person, subject: str, who: str, number: int | None) -> None:
    """The forge is not the one who approved; where a person pushes, the committer is."""
    one = merged(0, 4, by, subject=subject)
    assert (str(one.by), one.pull_request) == (who, number)
    assert str(replace(one, committer=ALICE).by) == "Alice"


def test_moment_reads_days_and_times() -> None:
    """A day ends with its last moment; a time without a zone is UTC's."""
    assert moment("2026-01-02", end=True) == datetime(2026, 1, 3, tzinfo=UTC)
    assert moment("2026-01-02T03:04") == datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
    assert moment("2026-01-02T03:04+02:00") == datetime(2026, 1, 2, 1, 4, tzinfo=UTC)
    with pytest.raises(ValueError, match="month"):
        moment("2026-13-01")


@pytest.mark.parametrize("form", ["text", "json"])
def test_render_trail_is_the_recorded_one(form: str, golden: Callable[[Path, str], None]) -> None:
    """What people and programs read is changed on purpose only, and fits a terminal."""
    lab, state = full()
    bring = replace(merged(0, 6, ALICE), commit=[name for name in lab.commits if name != "HEAD"][-1])
    bring = replace(
        bring, paths=("members/AS64500.yaml", "members/AS64503.yaml"), subject="Amend \x1b[1m (#13)"
    )
    older = tuple(replace(one, position=one.position + 1) for one in MERGES)
    waiting = replace(bring, position=-1, commit="f" * 40, at=lab.now + timedelta(hours=1), paths=())
    rendered = render_trail(
        trail(line(waiting, bring, *older), state.chain, Wish()), "json" if form == "json" else "text"
    )
    assert "\x1b" not in rendered
    assert max(map(len, rendered.splitlines())) <= 100 or form == "json"
    golden(GOLDEN / f"story.{'json' if form == 'json' else 'txt'}", rendered)


def test_render_trail_of_nothing_says_so() -> None:
    """An empty answer is not an empty text."""
    assert render_trail((), "text") == "Nothing is on record that fits.\n"
    assert '"entries": []' in render_trail((), "json")


def test_render_trail_of_a_large_run_shows_troubles_first() -> None:
    """What does not fit is counted, and never what went wrong."""

    def grow(value: dict[str, object]) -> None:
        outcomes = value["outcomes"]
        assert isinstance(outcomes, list)
        value["outcomes"] = [*outcomes * 9, {**outcomes[0], "outcome": "failed", "reason": "full"}]

    large = edited(STATE.chain, 0, "receipt.json", grow)
    lines = render_trail(trail(MainLine(), large, Wish()), "text").splitlines()[-DETAILS - 3 :]
    assert lines[1].strip().startswith("! ")
    assert "more; `--format json` has all" in lines[-2]


def test_render_trail_of_many_members_counts_them() -> None:
    """A merge of a hundred members is one line."""
    many = merged(0, 4, OCTO, *(f"members/AS{64512 + number}.yaml" for number in range(100)))
    assert "and 97 more" in render_trail(trail(line(many), Chain(), Wish()), "text")


def test_render_trail_tells_no_field_that_it_does_not_know() -> None:
    """A receipt with something in it that nobody put there is no way out for it."""
    chain = edited(STATE.chain, 0, "receipt.json", lambda value: value.update(token="hunter2"))
    assert all(
        "hunter2" not in render_trail(trail(MainLine(), chain, Wish()), form) for form in ("text", "json")
    )


@pytest.mark.parametrize(
    ("flaws", "count", "last"),
    [
        ((), 0, "There is no record yet."),
        ((), 1, f"Tip {commit_of(0)}"),
        ((Flaw(commit_of(0), "times", "is \x1b[1m late"),), 1, "Broken: 1 finding in 1 record."),
        ((Flaw(commit_of(0), "times", "is late"),) * 2, 2, "Broken: 2 findings in 2 records."),
    ],
)
def test_render_flaws_ends_with_what_counts(flaws: tuple[Flaw, ...], count: int, last: str) -> None:
    """The last line is the tip to remember, or how much is wrong."""
    text = render_flaws(flaws, count, commit_of(0), "text")
    assert text.splitlines()[-1] == last
    assert "\x1b" not in text
    assert f'"records": {count}' in render_flaws(flaws, count, commit_of(0), "json")
