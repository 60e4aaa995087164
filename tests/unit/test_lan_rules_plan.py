"""A LAN's rules from policy to the network: planned in words, gated, written, and seen when they drift."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.world import Laboratory
from ztix.applied import read_applied
from ztix.console.plan import render_plan
from ztix.errors import Exit, Invalid, Refused
from ztix.fabric import Amend, Configure
from ztix.lan import ACCEPT_ALL, Action, Condition, LanRules, Protocol, Rule
from ztix.lan.policy import LanPolicy
from ztix.reconcile import plan, reconcile
from ztix.terms import Label, NodeId

HERE = Path(__file__).parents[1] / "golden" / "plans"
PATH = "policy/lan-rules.yaml"
BASE = LanPolicy(fabric=Label("lan")).rules()
GRANTS = """\
lans:
  - fabric: lan
    without: [ospf]
    drop: [{name: apart, apart: segment}]
    tags: [{name: segment, id: 1, given: [{to: AS64500, value: 9}]}]
    capabilities: [{name: groups, id: 2, lifts: [igmp], given: [AS64500, rs1]}]
"""


def live() -> Laboratory:
    """A small exchange that runs, and of which policy says nothing about rules."""
    lab = Laboratory()
    assert reconcile(lab.world, "HEAD").exit is Exit.DONE
    return lab


def test_network_when_policy_says_nothing_gets_the_base_in_one_run() -> None:
    """The first run writes the base, the second finds nothing to do."""
    lab = live()
    assert lab.fabric.settings is not None
    assert lab.fabric.settings.rules == BASE
    assert plan(lab.world, "HEAD").plan.is_empty


def test_network_when_rules_drift_is_set_right_at_once(golden: Callable[[Path, str], None]) -> None:
    """What somebody changed by hand is told in words, and goes: it was approved as it was before."""
    lab = live()
    assert lab.fabric.settings is not None
    hand = (Rule(Action.ACCEPT, (Condition(Protocol(89)),)), *BASE.rules[:3], *BASE.rules[4:])
    lab.fabric.settings = replace(lab.fabric.settings, rules=LanRules(hand))
    planned = plan(lab.world, "HEAD")
    assert planned.refusals == ()
    golden(HERE / "rules-drift.txt", render_plan(planned, "text"))
    assert reconcile(lab.world, "HEAD").exit is Exit.DONE
    assert lab.fabric.settings.rules == BASE
    assert plan(lab.world, "HEAD").plan.is_empty


def test_network_when_policy_opts_out_lets_everything_pass() -> None:
    """`accept-all` is a change of rules like any other: told, and approved."""
    lab = live()
    lab.files[PATH] = "lans:\n  - fabric: lan\n    base: accept-all\n"
    lab.commit()
    planned = plan(lab.world, "HEAD")
    assert [type(change) for change in planned.plan.changes] == [Configure]
    assert [refusal.gate for refusal in planned.refusals] == ["network"]
    with pytest.raises(Refused):
        reconcile(lab.world, "HEAD")
    assert "      - rule: no IPv6 router advertisements\n" in render_plan(planned, "text")
    assert reconcile(lab.world, "HEAD", approve=planned.plan.digest).exit is Exit.DONE
    assert lab.fabric.settings is not None
    assert lab.fabric.settings.rules == ACCEPT_ALL


def test_nodes_when_policy_grants_hold_it_and_lose_it_again(golden: Callable[[Path, str], None]) -> None:
    """Tags and capabilities come and go with policy, and the state branch remembers them."""
    lab = live()
    lab.files[PATH] = GRANTS
    lab.commit()
    planned = plan(lab.world, "HEAD")
    golden(HERE / "rules-grants.txt", render_plan(planned, "text"))
    assert reconcile(lab.world, "HEAD", approve=planned.plan.digest).exit is Exit.DONE
    held = {node: (one.tags, one.capabilities) for node, one in lab.fabric.attachments.items()}
    assert held == {
        NodeId("1a2b364500"): (((1, 9),), (2,)),
        NodeId("1a2b364501"): (((1, 0),), ()),
        NodeId("aaaaaaaaa1"): (((1, 0),), (2,)),
        NodeId("aaaaaaaaa2"): (((1, 0),), ()),
    }
    owned = lab.state.applied.on(Label("lan"))
    assert {node: owned[node].attachment for node in owned} == lab.fabric.attachments
    assert plan(lab.world, "HEAD").plan.is_empty
    del lab.files[PATH]
    lab.commit()
    planned = plan(lab.world, "HEAD")
    assert sum(isinstance(change, Amend) for change in planned.plan.changes) == 4
    assert reconcile(lab.world, "HEAD", approve=planned.plan.digest).exit is Exit.DONE
    assert {(one.tags, one.capabilities) for one in lab.fabric.attachments.values()} == {((), ())}


def test_grants_when_changed_by_hand_are_drift() -> None:
    """A capability that somebody gave to a member is taken away in the next run, without approval."""
    lab = live()
    node = NodeId("1a2b364500")
    lab.fabric.attachments[node] = replace(lab.fabric.attachments[node], capabilities=(9,))
    planned = plan(lab.world, "HEAD")
    (change,) = planned.plan.changes
    assert isinstance(change, Amend)
    assert change.because is None
    assert "capabilities 9 -> none" in render_plan(planned, "text")
    assert planned.refusals == ()


def test_suspended_member_when_policy_grants_holds_nothing() -> None:
    """Who is off the fabric has neither tag nor capability there."""
    lab = live()
    lab.files[PATH] = GRANTS
    lab.files["members/AS64500.yaml"] += "status: suspended\n"
    lab.commit()
    reconcile(lab.world, "HEAD", approve=plan(lab.world, "HEAD").plan.digest)
    held = lab.fabric.attachments[NodeId("1a2b364500")]
    assert (held.authorised, held.tags, held.capabilities) == (False, (), ())


def test_applied_when_written_remembers_grants() -> None:
    """The third version comes back from its file with tags and capabilities."""
    lab = live()
    lab.files[PATH] = GRANTS
    lab.commit()
    reconcile(lab.world, "HEAD", approve=plan(lab.world, "HEAD").plan.digest)
    applied = lab.state.applied
    assert read_applied(json.dumps(applied.data()).encode()).data() == applied.data()


def test_plan_when_rules_would_cut_members_off_is_not_made() -> None:
    """Such a policy is invalid before anything is asked of a fabric, and nothing is written."""
    lab = live()
    writes = len(lab.fabric.writes)
    lab.files[PATH] = "lans:\n  - fabric: lan\n    drop: [{name: a, protocol: tcp}]\n"
    lab.commit()
    with pytest.raises(Invalid):
        reconcile(lab.world, "HEAD")
    assert len(lab.fabric.writes) == writes
