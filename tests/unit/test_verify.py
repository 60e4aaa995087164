"""The chain of records: real runs leave one without a flaw, and every way to spoil it is found."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.chains import Recording, commit_of, edited, laboratory, spoilt, story, text
from tests.unit.exchange_fixture import member_text
from ztix.breakglass import allow, forget
from ztix.chain import Chain, read_receipt, utc
from ztix.errors import Exit, Refused, Stale
from ztix.reconcile import plan, reconcile
from ztix.rotation import record as rotated
from ztix.terms import Digest, Label, NodeId, parse_address
from ztix.verify import verify

LAB, STATE = story()
CHAIN = STATE.chain
MAIN = frozenset(LAB.commits)
RECEIPT = "receipt.json"
APPLIED = "applied.json"


def found(chain: Chain, **tips: str) -> list[tuple[str, str]]:
    """Which check found something, at which record."""
    return [(flaw.about, flaw.commit) for flaw in verify(chain, MAIN, tips)]


def words(chain: Chain) -> str:
    return " ".join(flaw.words for flaw in verify(chain, MAIN, {}))


def test_verify_of_what_runs_leave_is_clean() -> None:
    """Joins, leaves, adoptions and rollouts follow from each other, whatever a run did."""
    assert len(CHAIN.records) == 4
    assert found(CHAIN) == []
    assert verify(Chain(), MAIN, {}) == ()


def test_verify_of_runs_that_fail_is_clean() -> None:
    """A member that is quarantined and a route server that is away leave records that hold."""
    lab, state = laboratory()
    reconcile(lab.world, "HEAD")
    lab.files["members/AS64500.yaml"] = "asn: nothing\n"
    lab.files["members/AS64503.yaml"] = member_text(64503)
    lab.commit()
    lab.unreachable.add("rs2")
    ran = reconcile(lab.world, "HEAD", approve=plan(lab.world, "HEAD").plan.digest)
    assert ran.exit is Exit.PARTIAL
    assert ran.receipt is not None
    assert [rollout.ended.value for rollout in ran.receipt.rollouts] == ["confirmed", "unreachable"]
    assert verify(state.chain, frozenset(lab.commits), {}) == ()


def test_verify_of_acts_by_hand_is_clean() -> None:
    """A guest, its end, a new token and a look at what is live are records like others."""
    lab, state = laboratory()
    reconcile(lab.world, "HEAD")
    node, until = NodeId("9999999999"), lab.now + timedelta(hours=1)
    allow(lab.world, "HEAD", "lan", node, [parse_address("192.0.2.77")], until)
    forget(lab.world, "HEAD", "lan", node)
    rotated(state, Label("lan"), "the controller")
    assert [record.subject.split()[0] for record in state.chain.records][:3] == ["Rotate", "Forget", "Allow"]
    assert verify(state.chain, frozenset(lab.commits), {}) == ()


def refused() -> Recording:
    """The story, then a run that a gate refuses, and one that is approved."""
    lab, made = story()
    del lab.files["members/AS64500.yaml"]
    lab.commit()
    with pytest.raises(Refused):
        reconcile(lab.world, "HEAD")
    return made


REFUSED = refused().chain
REFUSAL = "refusal.json"


def test_verify_of_refusals_is_clean() -> None:
    """A refusal changes nothing of the state; also the very first run may be refused."""
    assert len(REFUSED.records) == 5
    assert verify(REFUSED, None, {}) == ()
    lab, state = laboratory()
    with pytest.raises(Stale):
        reconcile(lab.world, "HEAD", approve=Digest("sha256:" + "0" * 64))
    reconcile(lab.world, "HEAD")
    assert [record.subject.split()[0] for record in state.chain.records] == ["End", "Begin", "Refuse"]
    assert verify(state.chain, frozenset(lab.commits), {}) == ()


@pytest.mark.parametrize(
    ("chain", "about"),
    [
        (edited(REFUSED, 0, REFUSAL, lambda value: value.update(exit=5)), "form"),
        (edited(REFUSED, 0, REFUSAL, lambda value: value.update(at="2027-01-02T05:00:00+00:00")), "times"),
        (edited(REFUSED, 0, REFUSAL, lambda value: value.update(at="2026-01-02T05:00:00")), "form"),
        (edited(REFUSED, 0, REFUSAL, lambda value: value.update(plan="sha256:" + "f" * 64)), "order"),
        (edited(REFUSED, 0, REFUSAL, lambda value: value.update(schema="ztix.refusal.v9")), "form"),
        (edited(REFUSED, 0, APPLIED, lambda value: value.update(fabrics={})), "state"),
        (edited(REFUSED, 0, APPLIED, lambda value: value.update(revision=None)), "state"),
        (edited(REFUSED, 0, APPLIED, lambda value: value.update(temporary={"x": "2026-01-03"})), "state"),
        (spoilt(REFUSED, 0, subject="Take note of what is live"), "order"),
        (
            spoilt(REFUSED, 0, files={APPLIED: REFUSED.records[0].files[APPLIED]}),
            "order",
        ),
    ],
)
def test_verify_of_a_refusal_that_was_tampered_with_finds_it(chain: Chain, about: str) -> None:
    """A refusal is held to its subject, its gates and the state, which it leaves alone."""
    assert about in {flaw.about for flaw in verify(chain, None, {})}


def test_verify_of_a_refusal_of_another_revision_finds_it() -> None:
    """What was refused was asked of the main line."""
    assert "its refusal is of" in " ".join(flaw.words for flaw in verify(REFUSED, MAIN, {}))


def receipt(place: int, edit: Callable[[dict[str, Any]], object]) -> Chain:
    return edited(CHAIN, place, RECEIPT, edit)


def state(place: int, edit: Callable[[dict[str, Any]], object]) -> Chain:
    return edited(CHAIN, place, APPLIED, edit)


def put(**fields: object) -> Callable[[dict[str, Any]], object]:
    return lambda value: value.update(fields)


def first(value: dict[str, Any], outcome: str) -> dict[str, Any]:
    """The first applied change of this kind."""
    return next(one for one in value["outcomes"] if one["step"] == outcome)


def drop(value: dict[str, Any], node: str) -> None:
    """Take a node out of what is owned."""
    value["fabrics"]["lan"] = [one for one in value["fabrics"]["lan"] if one["node"] != node]


def files(place: int, **more: bytes | None) -> Chain:
    return spoilt(CHAIN, place, files={**CHAIN.records[place].files, **more})


def without(place: int, name: str) -> Chain:
    kept = {key: value for key, value in CHAIN.records[place].files.items() if key != name}
    return spoilt(CHAIN, place, files=kept)


TAMPERED = {
    "another revision": (receipt(0, put(revision="f" * 40)), "git"),
    "another state's revision": (state(0, put(revision="f" * 40)), "git"),
    "a failure made good": (receipt(0, put(exit=6)), "form"),
    "another plan": (receipt(0, put(plan="sha256:" + "f" * 64)), "order"),
    "no time zone": (receipt(0, put(finished="2026-01-02T05:04:05")), "form"),
    "ended before it began": (receipt(0, put(finished="2026-01-02T05:00:00+00:00")), "times"),
    "recorded before it ended": (
        receipt(0, put(started="2027-01-02T05:00:00+00:00", finished="2027-01-02T05:00:00+00:00")),
        "times",
    ),
    "an attachment less": (state(0, lambda value: drop(value, "1a2b364503")), "state"),
    "an attachment's address": (
        receipt(0, lambda value: first(value, "attach")["after"].update(addresses=["192.0.2.99"])),
        "state",
    ),
    "a detachment that stays": (
        receipt(0, lambda value: first(value, "attach").update(step="detach")),
        "state",
    ),
    "another configuration": (
        state(0, lambda value: value["route_servers"]["rs1"].update(digest="sha256:" + "f" * 64)),
        "state",
    ),
    "a rollout less": (receipt(0, lambda value: value["rollouts"].pop()), "state"),
    "a rollout that was reverted": (
        receipt(0, lambda value: value["rollouts"][0].update(ended="reverted", running=None)),
        "state",
    ),
    "a beginning that does more": (
        state(1, lambda value: value["route_servers"]["rs1"].update(sessions=[])),
        "state",
    ),
    "a beginning with a guest": (state(1, put(temporary={"by-hand-9999999999": "2026-01-03"})), "state"),
    "a beginning that attaches": (
        state(1, lambda value: [node.update(authorised=True) for node in value["fabrics"]["lan"]]),
        "state",
    ),
    "a beginning that forgets": (state(1, lambda value: value["fabrics"]["lan"].pop(0)), "state"),
    "a beginning with another key": (state(1, put(keys={"lan": {"1a2b364500": "f" * 32}})), "state"),
    "no receipt": (files(0, **{RECEIPT: b"{"}), "form"),
    "a state that is none": (files(2, **{APPLIED: b"[]"}), "form"),
    "a receipt dropped": (without(0, RECEIPT), "order"),
    "a receipt inserted": (files(1, **{RECEIPT: CHAIN.records[0].files[RECEIPT]}), "order"),
    "a state dropped": (without(2, APPLIED), "files"),
    "a file more": (files(0, notes=b""), "files"),
    "a link": (files(0, **{APPLIED: None}), "files"),
    "a person's commit": (spoilt(CHAIN, 0, author="Someone <someone@example.net>"), "writer"),
    "a merge": (spoilt(CHAIN, 0, parents=(commit_of(2), commit_of(0))), "parents"),
    "a time of before": (spoilt(CHAIN, 0, at=CHAIN.records[0].at - timedelta(hours=1)), "times"),
    "a subject of one's own": (spoilt(CHAIN, 0, subject="Tidy up"), "order"),
    "a subject of another run": (
        spoilt(CHAIN, 0, subject=CHAIN.records[0].subject.replace("done", "partial")),
        "order",
    ),
    "an end alone": (replace(CHAIN, records=CHAIN.records[2:3]), "order"),
    "a beginning dropped": (replace(CHAIN, records=(CHAIN.records[0], *CHAIN.records[2:])), "order"),
    "a beginning of another run": (
        spoilt(CHAIN, 1, subject="Begin sha256:ffffffffffff"),
        "order",
    ),
    "an end inserted": (spoilt(CHAIN, 1, subject=CHAIN.records[0].subject), "order"),
}


@pytest.mark.parametrize(("chain", "about"), TAMPERED.values(), ids=TAMPERED)
def test_verify_of_a_chain_that_was_tampered_with_finds_it(chain: Chain, about: str) -> None:
    """Each change of one record is found by the check that it is about, at a record of the chain."""
    flaws = found(chain)
    assert about in {check for check, _ in flaws}
    assert {commit for _, commit in flaws} <= {record.commit for record in CHAIN.records}


def test_verify_of_a_late_beginning_finds_it() -> None:
    """A run cannot have begun after the record that it begins with."""
    late = (CHAIN.records[0].at + timedelta(hours=1)).isoformat()
    chain = edited(CHAIN, 0, RECEIPT, put(started=late, finished=late))
    assert "its run began after the record of its beginning" in words(
        spoilt(chain, 0, at=CHAIN.records[0].at + timedelta(hours=2))
    )


def test_verify_of_another_run_s_revision_in_the_state_finds_it() -> None:
    """The state is of the run's revision, or of the last one before it."""
    lab, made = laboratory()
    other = lab.commit()
    last = lab.commit()
    reconcile(lab.world, last)
    chain = edited(made.chain, 0, APPLIED, put(revision=other))
    assert [flaw.about for flaw in verify(chain, frozenset(lab.commits), {})] == ["state"]


@pytest.mark.parametrize(
    ("subject", "spoil", "count"),
    [
        ("Allow 9999999999 on lan by hand until 2026-01-02T06:00Z", put(), 0),
        ("Forget 9999999999 on lan by hand", lambda value: value["fabrics"]["lan"].pop(), 1),
        ("Forget aaaaaaaaa2 on lan by hand", lambda value: value["fabrics"]["lan"].pop(), 0),
        ("Rotate the token of lan", lambda value: value["fabrics"]["lan"].pop(), 1),
        ("Rotate the token of lan", put(temporary={"x": "2026-01-03"}), 1),
        ("Take note of what is live", lambda value: value["fabrics"]["lan"].pop(), 0),
        ("Take note of what is live", lambda value: value["route_servers"].pop("rs1"), 0),
        (
            "Take note of what is live",
            lambda value: value["route_servers"]["rs1"].update(digest="sha256:" + "f" * 64),
            1,
        ),
    ],
)
def test_verify_of_an_act_holds_it_to_its_subject(
    subject: str, spoil: Callable[[dict[str, Any]], object], count: int
) -> None:
    """An act by hand is about its node, a new token about none; only a run changes a configuration."""
    newest = CHAIN.records[0]
    value = json.loads(newest.files[APPLIED] or b"")
    spoil(value)
    record = replace(
        newest,
        commit=commit_of(9),
        parents=(newest.commit,),
        subject=subject,
        files={APPLIED: text(value)},
    )
    flaws = verify(replace(CHAIN, records=(record, *CHAIN.records)), MAIN, {})
    assert [flaw.about for flaw in flaws] == ["state"] * count


def test_verify_with_tips_finds_what_was_dropped() -> None:
    """A chain that was cut or written anew is whole in itself; who remembers its tip finds out."""
    tip = CHAIN.records[0].commit
    assert found(CHAIN, mine=tip, short=tip[:7], older=CHAIN.records[2].commit) == []
    assert found(replace(CHAIN, records=CHAIN.records[2:]), mine=tip) == [("tip", tip)]
    assert found(Chain(), mine=tip) == [("tip", tip)]


def test_verify_of_a_chain_with_its_beginning_lost_finds_that_alone() -> None:
    """What follows a record that cannot be read is judged as far as it goes."""
    lost = Chain(CHAIN.records[:1], (commit_of(2), "`03` is missing"))
    assert found(lost) == [("object", commit_of(2))]
    assert found(replace(lost, shallow=True)) == []


def test_verify_without_the_main_line_does_not_judge_revisions() -> None:
    """What this clone does not have is unknown, not absent."""
    assert verify(CHAIN, None, {}) == ()
    assert {flaw.about for flaw in verify(CHAIN, frozenset(), {})} == {"git"}


def test_receipt_s_exit_is_the_gravest_here_too() -> None:
    """What is read back calls for the exit code that the run had."""
    value = json.loads(CHAIN.records[0].files[RECEIPT] or b"")
    value["rollouts"][0]["ended"] = "stuck"
    assert read_receipt(text(value)).called_for is Exit.STUCK
    value["rollouts"] = []
    value["outcomes"][0]["outcome"] = "skipped"
    assert read_receipt(text(value)).called_for is Exit.PARTIAL


def test_utc_of_any_number_is_a_time() -> None:
    """A commit may name any time; it is never an error."""
    assert utc(-1) == datetime(1970, 1, 1, tzinfo=UTC)
    assert utc(10**15).year == 9999
