"""`ztix fabric show`: everything that is known of a node, and what is unknown."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest

from tests.unit.exchange_fixture import member_text
from tests.world import NOW, Laboratory
from ztix.breakglass import allow, forget, guests
from ztix.console.guests import render_guests
from ztix.console.known import render_known
from ztix.console.plan import render_plan
from ztix.errors import Refused, Unavailable, Usage
from ztix.fabric import Attachment, Sighting
from ztix.known import known
from ztix.reconcile import plan, reconcile
from ztix.terms import ControllerPin, NodeId

HERE = Path(__file__).parents[1] / "golden" / "nodes"
GUEST, STRANGER, MEMBER = NodeId("eeeeeeeeee"), NodeId("dddddddddd"), NodeId("1a2b364500")
FIRST = datetime(2026, 1, 1, 23, 59, tzinfo=UTC)
KEY = f"{STRANGER}:0:{'ab' * 64}"
CONTROLLER = f"8056c2e21c:0:{'cd' * 64}"
Golden = Callable[[Path, str], None]


@pytest.fixture
def live() -> Laboratory:
    """An exchange after its first run, with a member that is suspended, a guest, and two who knock."""
    lab = Laboratory()
    lab.files["members/AS64502.yaml"] = member_text(64502, "status: suspended\n")
    lab.commit()
    lab.fabric.controller = ControllerPin(CONTROLLER)
    reconcile(lab.world, "HEAD")
    allow(lab.world, "HEAD", "lan", GUEST, (ip_address("192.0.2.200"),), NOW + timedelta(hours=2))
    for node in (STRANGER, NodeId("cccccccccc")):
        lab.fabric.knock(node)
    lab.fabric.seen = {
        STRANGER: Sighting(FIRST, NOW, KEY, "198.51.100.7/9993", "1.14.1\x1b[31m"),
        GUEST: Sighting(FIRST),
    }
    return lab


def test_list_of_strangers_tells_when_they_were_seen(live: Laboratory, golden: Golden) -> None:
    """First and last, and `unknown` where the controller does not tell; as text and as JSON."""
    rows = guests(live.world, "HEAD")
    golden(HERE / "list.txt", render_guests(rows, json_form=False))
    golden(HERE / "list.json", render_guests(rows, json_form=True))


def test_plan_tells_of_a_stranger_when_it_was_seen(live: Laboratory) -> None:
    """The note has both moments; a controller that does not answer that question leaves the plan as it is."""
    text = render_plan(plan(live.world, "HEAD"), "text")
    moments = "first seen 2026-01-01 23:59 UTC, last seen 2026-01-02 03:04 UTC"
    assert f"{STRANGER} knocks and is in no file: left alone; {moments}\n" in text
    assert "cccccccccc knocks and is in no file: left alone\n" in text
    digest = plan(live.world, "HEAD").plan.digest
    live.fabric.seen[STRANGER] = Sighting(FIRST, NOW + timedelta(days=1))
    assert plan(live.world, "HEAD").plan.digest == digest


def test_show_of_each_kind_is_as_recorded(live: Laboratory, golden: Golden) -> None:
    """A member, a suspended one, a route server, a guest, a stranger: one block for each node."""
    forgotten = NodeId("bbbbbbbbbb")
    live.fabric.attachments[forgotten] = Attachment(forgotten, "lap\x1b[31mtop", ())
    forget(live.world, "HEAD", "lan", forgotten)
    live.fabric.automatic.add(MEMBER)
    blocks = [
        render_known(known(live.world, "HEAD", who), json_form=False)
        for who in ("as64500", "AS64502", "rs1", GUEST, STRANGER, forgotten)
    ]
    golden(HERE / "show.txt", "\n".join(blocks))
    golden(HERE / "show.json", render_known(known(live.world, "HEAD", GUEST), json_form=True))


def test_show_of_a_stranger_as_json_has_all_that_the_text_has(live: Laboratory) -> None:
    """What programs read parses, and nothing is made up."""
    (one,) = json.loads(render_known(known(live.world, "HEAD", STRANGER), json_form=True))["nodes"]
    assert (one["git"], one["last_run"], one["until"], one["leaving_since"]) == (None, None, None, None)
    assert (one["first_seen"], one["identity"]) == ("2026-01-01T23:59:00+00:00", KEY)
    assert one["pin"] == {"controller": CONTROLLER, "policy": None, "last_run": CONTROLLER}
    (mine,) = json.loads(render_known(known(live.world, "HEAD", "AS64500"), json_form=True))["nodes"]
    assert known(live.world, "HEAD", "64500") == known(live.world, "HEAD", "AS64500")
    assert mine["git"]["because"].startswith("members/AS64500.yaml:")
    assert mine["controller"]["automatic"] is False


def test_show_when_controller_is_pinned_or_unknown_says_so(live: Laboratory) -> None:
    """By whom the controller is known, if by anybody."""

    def pin() -> str:
        return render_known(known(live.world, "HEAD", MEMBER), json_form=False).splitlines()[-1]

    live.fabric.controller = None
    live.state.applied = replace(live.state.applied, controllers={})
    assert "the controller tells nothing; no run has met it, and policy pins none" in pin()
    live.fabric.controller = ControllerPin(CONTROLLER)
    live.files["policy/fabrics.yaml"] += '    controller: "8056c2e21c"\n'
    live.commit()
    assert "the controller is 8056c2e21c, as policy/fabrics.yaml pins" in pin()


def test_show_of_a_node_that_is_not_there_yet_says_no_record(live: Laboratory) -> None:
    """What git wants and no run has made has no record and no identity."""
    live.files["members/AS64503.yaml"] = member_text(64503)
    live.commit()
    text = render_known(known(live.world, "HEAD", "AS64503"), json_form=False)
    for words in ("controller  no record", "identity    unknown", "last run    did not own it"):
        assert words in text


def test_show_when_nothing_is_known_or_another_controller_answers_ends(live: Laboratory) -> None:
    """A name that is nowhere is a usage error; what another controller holds is shown to nobody."""
    with pytest.raises(Usage, match="nothing is known of `AS64999`") as caught:
        known(live.world, "HEAD", "AS64999")
    assert "ten digits" in caught.value.help
    live.fabric.controller = ControllerPin("1a2b3c4d5e")
    with pytest.raises(Refused, match="which the last run met"):
        known(live.world, "HEAD", MEMBER)
    live.fabric.down = Unavailable("down")
    with pytest.raises(Unavailable):
        known(live.world, "HEAD", MEMBER)
