"""Receipts: the exit code that they call for, and what they keep."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address

import pytest

from ztix.digests import text_digest
from ztix.errors import Exit
from ztix.fabric import Attach, Attachment
from ztix.receipt import (
    Claimed,
    Done,
    Failed,
    Outcome,
    Quarantine,
    Receipt,
    RefusedRun,
    Skipped,
    counts,
    outcome_data,
)
from ztix.rollout import Ended, Rollout
from ztix.terms import Label, NodeId

DIGEST = text_digest("a plan")
NODE = NodeId("1a2b3c4d5e")
CHANGE = Attach(Label("lan"), "AS64500", None, Attachment(NODE, "x", (ip_address("192.0.2.10"),)), None)
WELL = Receipt(DIGEST, "c0ffee", "then", "now", False, (Done(CHANGE),), ())


def rolled(ended: Ended) -> tuple[Rollout, ...]:
    return (Rollout(Label("rs1"), ended, None, DIGEST, None, "because"),)


@pytest.mark.parametrize(
    ("receipt", "code"),
    [
        (WELL, Exit.DONE),
        (replace(WELL, outcomes=(Failed(CHANGE, "x"),)), Exit.PARTIAL),
        (replace(WELL, outcomes=(Skipped(CHANGE, "x"),)), Exit.PARTIAL),
        (replace(WELL, quarantined=(Quarantine("AS64500", "x"),)), Exit.PARTIAL),
        (replace(WELL, rollouts=rolled(Ended.CONFIRMED)), Exit.DONE),
        (replace(WELL, rollouts=rolled(Ended.REVERTED)), Exit.PARTIAL),
        (replace(WELL, rollouts=rolled(Ended.LOCKED)), Exit.LOCKED),
        (replace(WELL, rollouts=rolled(Ended.STUCK), outcomes=(Failed(CHANGE, "x"),)), Exit.STUCK),
    ],
)
def test_receipt_exit_is_the_gravest_of_what_happened(receipt: Receipt, code: Exit) -> None:
    """Stuck weighs most, then anything that is not live, then a lock."""
    assert receipt.exit is code
    assert receipt.data()["exit"] == int(code)


@pytest.mark.parametrize(
    ("outcome", "word", "reason"),
    [
        (Done(CHANGE), "applied", None),
        (Skipped(CHANGE, "a"), "skipped", "a"),
        (Failed(CHANGE, "b"), "failed", "b"),
    ],
)
def test_outcome_data_tells_what_became_of_the_change(
    outcome: Outcome, word: str, reason: str | None
) -> None:
    """Each outcome has its word, its reason where there is one, and the change."""
    data = outcome_data(outcome)
    assert (data["outcome"], data.get("reason"), data["step"]) == (word, reason, "attach")


def test_receipt_data_has_rollouts_and_quarantine() -> None:
    """Nothing is dropped on the way to the state branch."""
    receipt = replace(WELL, rollouts=rolled(Ended.REVERTED), quarantined=(Quarantine("AS64501", "x"),))
    data = receipt.data()
    assert data["rollouts"] == [receipt.rollouts[0].data()]
    assert data["quarantined"] == [{"member": "AS64501", "reason": "x"}]


def test_counts_are_by_outcome() -> None:
    """Applied, skipped, failed, in this order."""
    assert counts((Done(CHANGE), Done(CHANGE), Skipped(CHANGE, "x"), Failed(CHANGE, "x"))) == (2, 1, 1)


REFUSED = RefusedRun(DIGEST, "c0ffee", "now", (("removals", "3 of 4"), ("network", "the settings")))


def test_refusal_when_the_same_is_on_record_knows_it() -> None:
    """Plan and gates decide, not the moment, the revision, the person or the numbers in the words."""
    data = replace(
        REFUSED,
        revision="f00",
        at="then",
        gates=(("removals", "x"), ("network", "y")),
        by=Claimed("o", "git"),
    ).data()
    assert REFUSED.is_told_by(data)
    for other in (
        replace(REFUSED, plan=text_digest("another")),
        replace(REFUSED, gates=REFUSED.gates[:1]),
        replace(REFUSED, read=text_digest("another")),
    ):
        assert not REFUSED.is_told_by(other.data())
    assert not REFUSED.is_told_by({**data, "gates": None})
    assert not REFUSED.is_told_by({**data, "gates": ["removals", "network"]})
    assert not REFUSED.is_told_by({})


def test_refusal_exit_tells_a_gate_from_a_stale_approval() -> None:
    """Refused is a gate's word; stale is an approval of a plan that is no more."""
    assert REFUSED.data()["exit"] == Exit.REFUSED
    assert replace(REFUSED, read=DIGEST).exit is Exit.STALE
