"""Break-glass work: for a time, on the record, and never against git."""

from __future__ import annotations

from datetime import datetime, timedelta
from ipaddress import ip_address

import pytest

from tests.world import NOW, Laboratory
from ztix.breakglass import allow, forget, guests
from ztix.console.guests import render_guests
from ztix.console.plan import render_plan
from ztix.errors import Exit, Partial, Refused, Unavailable, Usage
from ztix.fabric import Attachment, Detach, Reassert
from ztix.leaving import CHECK_IN
from ztix.reconcile import plan, reconcile
from ztix.terms import ControllerPin, NodeId

GUEST, MEMBER = NodeId("eeeeeeeeee"), NodeId("1a2b364500")
SOON = NOW + timedelta(hours=2)
FREE = (ip_address("192.0.2.200"),)


@pytest.fixture
def live() -> Laboratory:
    """An exchange after its first run."""
    lab = Laboratory()
    reconcile(lab.world, "HEAD")
    return lab


def later(lab: Laboratory, moment: datetime) -> None:
    """It is that moment from now on."""
    lab.now = moment


def test_allow_and_forget_when_another_controller_answers_are_refused(live: Laboratory) -> None:
    """What is done by hand is done on the controller that the runs know."""
    live.fabric.controller = ControllerPin("8056c2e21c")
    reconcile(live.world, "HEAD")
    live.fabric.controller = ControllerPin("1a2b3c4d5e")
    written = len(live.fabric.writes)
    with pytest.raises(Refused, match="which the last run met"):
        allow(live.world, "HEAD", "lan", NodeId("1234567890"), (), NOW + timedelta(hours=2))
    with pytest.raises(Refused, match="which the last run met"):
        forget(live.world, "HEAD", "lan", NodeId("1234567890"))
    assert len(live.fabric.writes) == written


def test_allow_lets_a_node_on_and_every_plan_tells_of_it(live: Laboratory) -> None:
    """The node is on with its address; a plan changes nothing and notes until when."""
    held = allow(live.world, "HEAD", "lan", GUEST, FREE, SOON)
    assert (held.authorised, held.addresses) == (True, FREE)
    planned = plan(live.world, "HEAD").plan
    assert planned.is_empty
    assert [(note.subject, "temporary" in note.text) for note in planned.notes] == [
        (f"by-hand-{GUEST}", True)
    ]
    assert live.state.messages[-1] == f"Allow {GUEST} on lan by hand until 2026-01-02T05:04Z"


def test_reconcile_takes_a_guest_off_after_its_time(live: Laboratory) -> None:
    """The first run after the end takes it off, says why, and forgets about it."""
    allow(live.world, "HEAD", "lan", GUEST, FREE, SOON)
    reconcile(live.world, "HEAD")
    assert live.fabric.attachments[GUEST].authorised
    later(live, SOON)
    ran = reconcile(live.world, "HEAD")
    assert ran.exit is Exit.DONE
    assert [type(change) for change in ran.planned.plan.changes] == [Detach]
    assert "its time is over" in render_plan(ran.planned, "text")
    assert not live.fabric.attachments[GUEST].authorised
    assert live.state.applied.temporary == {}
    assert reconcile(live.world, "HEAD").planned.plan.is_empty


def test_allow_when_it_is_killed_owns_the_node_already(live: Laboratory) -> None:
    """What was about to be written is taken back as if it had been."""
    live.fabric.failing[GUEST] = Unavailable("cut")
    with pytest.raises(Unavailable):
        allow(live.world, "HEAD", "lan", GUEST, FREE, SOON)
    assert GUEST in live.state.applied.on(next(iter(live.state.applied.owned)))


@pytest.mark.parametrize("until", [NOW, NOW - timedelta(hours=1), NOW + timedelta(days=8)])
def test_allow_for_too_long_is_refused(live: Laboratory, until: datetime) -> None:
    """An end is in the near future."""
    with pytest.raises(Usage, match="7 days"):
        allow(live.world, "HEAD", "lan", GUEST, FREE, until)


def test_allow_of_a_node_that_git_names_is_refused(live: Laboratory) -> None:
    """Git decides about its own nodes, and the place says where."""
    with pytest.raises(Refused, match=r"AS64500's, at members/AS64500\.yaml"):
        allow(live.world, "HEAD", "lan", MEMBER, FREE, SOON)


def test_by_hand_of_a_quarantined_member_s_node_is_refused(live: Laboratory) -> None:
    """A node whose member's file has errors is still the member's."""
    live.files["members/AS64500.yaml"] = "asn: 64500\n"
    del live.commits[live.state.applied.revision or ""]
    live.commit()
    with pytest.raises(Refused, match="AS64500's, whose file has errors"):
        allow(live.world, "HEAD", "lan", MEMBER, FREE, SOON)
    with pytest.raises(Refused, match="AS64500's, whose file has errors"):
        forget(live.world, "HEAD", "lan", MEMBER)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("198.51.100.1", "not in the LAN"),
        ("192.0.2.10", "held by AS64500"),
        ("192.0.2.255", "the broadcast address"),
        ("192.0.2.5", "in a reserved range"),
        ("192.0.2.99", "held by node dddddddddd"),
    ],
)
def test_allow_with_an_address_that_is_not_free_is_refused(
    live: Laboratory, address: str, words: str
) -> None:
    """An address is in the LAN, in no file, and on no other node."""
    other = NodeId("dddddddddd")
    live.fabric.attachments[other] = Attachment(other, "x", (ip_address("192.0.2.99"),))
    live.fabric.attachments[GUEST] = Attachment(GUEST, "", (), authorised=False)
    with pytest.raises(Usage, match=words):
        allow(live.world, "HEAD", "lan", GUEST, (ip_address(address),), SOON)


def test_allow_on_an_unknown_fabric_is_refused(live: Laboratory) -> None:
    """A fabric is one that policy names."""
    with pytest.raises(Usage, match="no fabric `wan`"):
        allow(live.world, "HEAD", "wan", GUEST, FREE, SOON)


def test_allow_when_the_controller_keeps_something_else_says_so(live: Laboratory) -> None:
    """A value that was rewritten is no success."""
    live.fabric.keeps = lambda wanted: Attachment(wanted.node, wanted.name, ())
    with pytest.raises(Partial, match="kept something else"):
        allow(live.world, "HEAD", "lan", GUEST, FREE, SOON)


def test_forget_takes_a_guest_or_a_stranger_off(live: Laboratory) -> None:
    """Whoever is in no file can be taken off by hand."""
    allow(live.world, "HEAD", "lan", GUEST, FREE, SOON)
    stranger = NodeId("dddddddddd")
    live.fabric.attachments[stranger] = Attachment(stranger, "laptop", ())
    for node in (GUEST, stranger):
        assert not forget(live.world, "HEAD", "lan", node).authorised
    assert live.state.applied.temporary == {}
    assert plan(live.world, "HEAD").plan.is_empty


def test_forget_of_a_node_that_was_on_is_asserted_once_more(live: Laboratory) -> None:
    """Who was taken off by hand may not have heard of it either; who only knocked was never on."""
    knocking = NodeId("cccccccccc")
    live.fabric.knock(knocking)
    live.fabric.attachments[GUEST] = Attachment(GUEST, "laptop", ())
    for node in (GUEST, knocking):
        forget(live.world, "HEAD", "lan", node)
    later(live, NOW + CHECK_IN)
    ran = reconcile(live.world, "HEAD")
    assert [change.node for change in ran.planned.plan.changes if isinstance(change, Reassert)] == [GUEST]
    assert not live.fabric.attachments[GUEST].authorised


def test_forget_of_an_unknown_node_is_refused(live: Laboratory) -> None:
    """Nothing is written for a node that was never there."""
    with pytest.raises(Usage, match="no record"):
        forget(live.world, "HEAD", "lan", GUEST)


def test_guests_are_those_that_no_file_names(live: Laboratory) -> None:
    """The list has strangers and who was let in, with their names made harmless."""
    allow(live.world, "HEAD", "lan", GUEST, FREE, SOON)
    knocking, stranger = NodeId("cccccccccc"), NodeId("dddddddddd")
    live.fabric.knock(knocking)
    live.fabric.attachments[stranger] = Attachment(stranger, "lap\x1b[31mtop", ())
    text = render_guests(guests(live.world, "HEAD"), json_form=False)
    assert text.splitlines() == [
        "lan  cccccccccc  knocks",
        "    no address",
        "    first and last seen unknown",
        "lan  dddddddddd  authorised by somebody else",
        "    no address  lap\ufffd[31mtop",
        "    first and last seen unknown",
        "lan  eeeeeeeeee  allowed by hand until 2026-01-02 05:04 UTC",
        "    192.0.2.200  by hand until 2026-01-02 05:04Z",
        "    first and last seen unknown",
    ]
    assert '"until": "2026-01-02T05:04:05+00:00"' in render_guests(guests(live.world, "HEAD"), json_form=True)


def test_guests_when_all_are_in_files_says_so(live: Laboratory) -> None:
    """An empty list is a sentence."""
    assert (
        render_guests(guests(live.world, "HEAD"), json_form=False)
        == "Every node that a fabric holds is in a file.\n"
    )
