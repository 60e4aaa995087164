"""The keys of nodes: remembered from the first contact on, and another one waits for a person."""

from __future__ import annotations

import json

import pytest

from tests.world import Laboratory
from ztix.applied import read_applied
from ztix.console.plan import render_plan
from ztix.errors import Exit, Refused, Stale
from ztix.plan import Scope
from ztix.reconcile import plan, reconcile
from ztix.terms import Label, NodeId

NODE, OTHER, STRANGER = NodeId("1a2b364500"), NodeId("1a2b364501"), NodeId("feedbeef01")
LAN = Label("lan")
OWN, FORGED = (f"{NODE}:0:{half * 64}" for half in ("ab", "cd"))


@pytest.fixture
def met() -> Laboratory:
    """An exchange after its first run and the first contact with one of its nodes."""
    lab = Laboratory()
    reconcile(lab.world, "HEAD")
    lab.fabric.keys[NODE] = OWN
    assert reconcile(lab.world, "HEAD").exit is Exit.DONE
    return lab


def test_run_after_the_first_contact_remembers_the_key_once(met: Laboratory) -> None:
    """A fingerprint of it is in the state, survives being written and read, and changes nothing any more."""
    keys = met.state.applied.keys
    assert keys[LAN].keys() == {NODE}
    assert len(keys[LAN][NODE]) == 32
    assert read_applied(json.dumps(met.state.applied.data()).encode()).keys == keys
    written = len(met.state.messages)
    reconcile(met.world, "HEAD")
    assert len(met.state.messages) == written


def test_run_when_a_node_has_another_key_is_refused_until_approved(met: Laboratory) -> None:
    """Somebody else may be behind the id: nothing is written before a person has looked."""
    met.fabric.keys[NODE] = FORGED
    with pytest.raises(Refused, match=f"gate `node-keys`: another key than at first contact: `{NODE}`"):
        reconcile(met.world, "HEAD")
    planned = plan(met.world, "HEAD")
    text = render_plan(planned, "text")
    assert f"another key than at first contact: `{NODE}`" in text
    assert f"Approve with: ztix reconcile --approve {planned.plan.digest}" in text
    before = met.state.applied.keys[LAN][NODE]
    reconcile(met.world, "HEAD", approve=planned.plan.digest)
    assert met.state.applied.keys[LAN][NODE] != before
    assert not plan(met.world, "HEAD").refusals


def test_plan_approved_before_a_key_changed_does_not_approve_it(met: Laboratory) -> None:
    """An approval is of what a person saw, and the digest says what that was."""
    seen = plan(met.world, "HEAD").plan.digest
    met.fabric.keys[NODE] = FORGED
    with pytest.raises(Stale, match="is not the plan of now"):
        reconcile(met.world, "HEAD", approve=seen)


def test_run_when_the_controller_lost_its_records_keeps_the_keys(met: Laboratory) -> None:
    """A restored controller knows no key; the next one that it meets is still compared with the first."""
    met.fabric.keys.clear()
    assert reconcile(met.world, "HEAD").exit is Exit.DONE
    met.fabric.keys[NODE] = FORGED
    assert [refusal.gate for refusal in plan(met.world, "HEAD").refusals] == ["node-keys"]


def test_run_that_takes_the_node_off_passes_and_keeps_the_first_key(met: Laboratory) -> None:
    """Suspending it in git is a way out, and who comes back is still compared with the first key."""
    met.fabric.keys |= {NODE: FORGED, OTHER: OWN}
    path = "members/AS64500.yaml"
    good = met.files[path]
    met.files[path] = good.replace("nodes:", "status: suspended\nnodes:")
    met.commit()
    planned = plan(met.world, "HEAD")
    assert "node-keys" not in {refusal.gate for refusal in planned.refusals}
    reconcile(met.world, "HEAD", approve=planned.plan.digest)
    assert not met.fabric.attachments[NODE].authorised
    met.files[path] = good
    met.commit()
    assert "node-keys" in {refusal.gate for refusal in plan(met.world, "HEAD").refusals}


def test_keys_of_strangers_and_of_a_quarantined_member(met: Laboratory) -> None:
    """Nobody else's key is kept; that of a member whose file is broken is still watched."""
    met.fabric.knock(STRANGER)
    met.fabric.keys |= {STRANGER: OWN, NODE: FORGED}
    met.files["members/AS64500.yaml"] = "asn: 64500\nname: [\n"
    met.commit()
    planned = plan(met.world, "HEAD")
    assert [refusal.gate for refusal in planned.refusals] == ["node-keys"]
    reconcile(met.world, "HEAD", approve=planned.plan.digest)
    assert STRANGER not in met.state.applied.keys[LAN]


def test_run_for_route_servers_alone_asks_for_no_key(met: Laboratory) -> None:
    """Where no fabric is looked at, nothing is known of its nodes."""
    met.fabric.keys[NODE] = FORGED
    assert not plan(met.world, "HEAD", scope=Scope(fabrics=False)).refusals
