"""Leaving: a detachment is asserted once more, when members have had time to check in."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_address

import pytest

from tests.unit.exchange_fixture import member_text
from tests.world import NOW, Laboratory
from ztix.applied import Owned
from ztix.console.plan import render_plan
from ztix.drift import drift
from ztix.errors import Exit, Unavailable
from ztix.fabric import Attach, Attachment, Detach, Reassert
from ztix.leaving import CHECK_IN, CREDENTIALS
from ztix.reconcile import plan, reconcile
from ztix.terms import Label, NodeId

LAN = Label("lan")
GONE = NodeId("1a2b364501")


@pytest.fixture
def left() -> Laboratory:
    """An exchange that a member has just left."""
    lab = Laboratory()
    lab.files["members/AS64502.yaml"] = member_text(64502)
    lab.commit()
    reconcile(lab.world, "HEAD")
    del lab.files["members/AS64501.yaml"]
    lab.commit()
    reconcile(lab.world, "HEAD", approve=plan(lab.world, "HEAD").plan.digest)
    lab.fabric.writes.clear()
    return lab


def test_plan_right_after_a_leave_waits_and_says_so(left: Laboratory) -> None:
    """There is nothing to do yet, and a note tells what is to come."""
    planned = plan(left.world, "HEAD").plan
    assert planned.is_empty
    assert any(note.subject == GONE and "is leaving since" in note.text for note in planned.notes)


def test_reconcile_after_the_check_in_asserts_once_more(left: Laboratory) -> None:
    """On and off again, once, and never with an address."""
    left.now = NOW + CHECK_IN
    ran = reconcile(left.world, "HEAD")
    assert [type(change) for change in ran.planned.plan.changes] == [Reassert]
    assert "detach once more" in render_plan(ran.planned, "text")
    assert ran.exit is Exit.DONE
    written = [one for one in left.fabric.writes if isinstance(one, Attachment)]
    assert [(one.node, one.authorised, one.addresses) for one in written] == [
        (GONE, True, ()),
        (GONE, False, ()),
    ]
    assert left.state.applied.leaving == {}
    assert reconcile(left.world, "HEAD").planned.plan.is_empty


def test_reconcile_after_the_credentials_time_forgets(left: Laboratory) -> None:
    """What nobody can use any more needs no revocation."""
    left.now = NOW + CREDENTIALS
    assert reconcile(left.world, "HEAD").planned.plan.is_empty
    assert left.state.applied.leaving == {}
    assert left.fabric.writes == []


def test_plan_when_the_record_is_gone_asserts_nothing(left: Laboratory) -> None:
    """Where there is no record, nobody has anything to hear."""
    left.now = NOW + CHECK_IN
    del left.fabric.attachments[GONE]
    assert plan(left.world, "HEAD").plan.is_empty


@pytest.mark.parametrize("wait", [timedelta(), CHECK_IN])
@pytest.mark.parametrize(
    "held",
    [Attachment(GONE, "x", ()), Attachment(GONE, "x", (ip_address("192.0.2.11"),), authorised=False)],
    ids=["on", "addresses"],
)
def test_run_when_who_left_is_back_takes_it_off_again(
    left: Laboratory, held: Attachment, wait: timedelta
) -> None:
    """A controller that lost the leave, or a hand that undid it, makes no member of who left a moment ago."""
    left.now = NOW + wait
    left.fabric.attachments[GONE] = held
    planned = plan(left.world, "HEAD").plan
    off = Attachment(GONE, "x", (), authorised=False)
    assert [(type(one), one.after) for one in planned.changes] == [(Detach, off)]
    assert planned.strangers == 0
    assert GONE not in [note.subject for note in planned.notes]
    assert reconcile(left.world, "HEAD", approve=planned.digest).exit is Exit.DONE
    assert left.fabric.attachments[GONE] == off
    assert left.state.applied.leaving == {LAN: {GONE: left.now.isoformat()}}


def test_plan_when_who_left_is_back_and_frozen_or_allowed_leaves_it(left: Laboratory) -> None:
    """Whom somebody let in again by the book is theirs, and not one who is leaving."""
    back = Attachment(GONE, "x", ())
    left.fabric.attachments[GONE] = back
    left.state.applied = replace(
        left.state.applied.with_owned(LAN, GONE, Owned("guest-1", back)),
        temporary={"guest-1": (NOW + CREDENTIALS).isoformat()},
    )
    assert plan(left.world, "HEAD").plan.is_empty


def test_plan_when_the_member_is_back_attaches_it(left: Laboratory) -> None:
    """Who joins again is not leaving any more."""
    left.now = NOW + CHECK_IN
    left.files["members/AS64501.yaml"] = member_text(64501)
    left.commit()
    ran = reconcile(left.world, "HEAD")
    assert [type(change) for change in ran.planned.plan.changes] == [Attach]
    assert left.state.applied.leaving == {}


def test_plan_from_the_state_asserts_nothing(left: Laboratory) -> None:
    """A runner without secrets does not judge what a controller has told its members."""
    left.now = NOW + CHECK_IN + timedelta(seconds=1)
    assert plan(left.world, "HEAD", live=False).plan.is_empty


def test_reconcile_when_an_assertion_is_half_done_takes_the_node_off(left: Laboratory) -> None:
    """A run that dies while the node is on for a moment leaves it ours, and the next takes it off."""
    left.now = NOW + CHECK_IN
    written: list[object] = []

    def die(value: object) -> None:
        written.append(value)
        if len(written) > 1:
            raise SystemExit

    left.fabric.before_write = die
    with pytest.raises(SystemExit):
        reconcile(left.world, "HEAD")
    left.fabric.before_write = None
    assert left.fabric.attachments[GONE].authorised
    assert reconcile(left.world, "HEAD", approve=plan(left.world, "HEAD").plan.digest).exit is Exit.DONE
    assert not left.fabric.attachments[GONE].authorised


def test_drift_shows_no_assertion(left: Laboratory) -> None:
    """What a run says once more has not moved."""
    left.now = NOW + CHECK_IN
    assert drift(left.world).plan.is_empty


def test_receipt_of_a_failed_assertion_names_the_node(left: Laboratory) -> None:
    """Where it could not be said, the next run says it."""
    from ztix.console.receipt import render_receipt

    left.now = NOW + CHECK_IN
    left.fabric.failing[GONE] = Unavailable("cut")
    ran = reconcile(left.world, "HEAD")
    assert ran.receipt is not None
    assert f"! {GONE} failed: cut" in render_receipt(ran.receipt, "text")
    assert GONE in next(iter(left.state.applied.leaving.values()))


def test_run_that_cannot_take_off_a_node_with_addresses_keeps_it_ours(left: Laboratory) -> None:
    """Somebody switched it off by hand and left its addresses: it is ours until they are gone, too."""
    node = NodeId("1a2b364502")
    held = left.fabric.attachments[node]
    left.fabric.attachments[node] = replace(held, authorised=False)
    left.fabric.failing[node] = Unavailable("cut")
    del left.files["members/AS64502.yaml"]
    left.commit()
    ran = reconcile(left.world, "HEAD", approve=plan(left.world, "HEAD").plan.digest)
    assert ran.exit is Exit.PARTIAL
    assert node in left.state.applied.on(LAN)
    left.fabric.failing.clear()
    assert reconcile(left.world, "HEAD", approve=plan(left.world, "HEAD").plan.digest).exit is Exit.DONE
    assert left.fabric.attachments[node].addresses == ()
    assert node not in left.state.applied.on(LAN)
