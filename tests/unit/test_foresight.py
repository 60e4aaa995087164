"""What a run knows ahead of the sessions that stay, and what it refuses for their sake."""

from __future__ import annotations

import pytest

from tests.route_server import Fault
from tests.world import Laboratory
from ztix.applied import Applied
from ztix.console.plan import render_plan
from ztix.effects import Effect
from ztix.errors import Refused
from ztix.reconcile import Planned, plan, reconcile
from ztix.terms import Label

RS1 = Label("rs1")
ROUTING = "policy/routing.yaml"


def settled() -> Laboratory:
    """A laboratory in which everything is live as git says."""
    laboratory = Laboratory()
    reconcile(laboratory.world, "HEAD")
    return laboratory


def slower(laboratory: Laboratory) -> None:
    """Policy asks for another hold time, which restarts every session."""
    laboratory.files[ROUTING] = laboratory.files.get(ROUTING, "") + "\nhold_time_s: 180\n"
    laboratory.commit()


def restarting(planned: Planned, server: Label = RS1) -> bool:
    effects = planned.foreseen[server]
    return bool(effects) and all(one.effect is Effect.RESTART for one in effects or ())


@pytest.mark.parametrize("live", [True, False])
def test_plan_when_sessions_would_restart_refuses_until_approved(live: bool) -> None:
    """A restart is told with its reason, from git alone as well, and asks for the digest."""
    laboratory = settled()
    slower(laboratory)
    planned = plan(laboratory.world, "HEAD", live=live)
    assert restarting(planned)
    refusals = [one for one in planned.refusals if one.gate == "restarts"]
    assert [("rs1" in one.words, "hold time" in one.words) for one in refusals] == [
        (True, True),
        (False, True),
    ]
    shown = render_plan(planned, "text")
    assert "! gates" not in shown
    assert "  !   restart " in shown
    assert '"effect": "restart"' in render_plan(planned, "json")


def test_reconcile_when_sessions_would_restart_goes_on_with_approval() -> None:
    """Without approval nothing is done; with it the very same plan is."""
    laboratory = settled()
    slower(laboratory)
    with pytest.raises(Refused) as caught:
        reconcile(laboratory.world, "HEAD")
    assert "gate `restarts`" in caught.value.message
    digest = plan(laboratory.world, "HEAD").plan.digest
    assert f"--approve {digest}" in caught.value.help
    ran = reconcile(laboratory.world, "HEAD", approve=digest)
    assert ran.receipt is not None
    assert ran.receipt.approved


def test_plan_when_the_last_revision_is_gone_asks_the_route_server() -> None:
    """A clone without the past still tells what becomes of sessions, from the file that runs."""
    laboratory = settled()
    past = laboratory.state.applied.revision or ""
    slower(laboratory)
    del laboratory.commits[past]
    assert restarting(plan(laboratory.world, "HEAD"))
    laboratory.unreachable.add("rs1")
    assert plan(laboratory.world, "HEAD").foreseen[RS1] is None


def test_plan_when_nobody_knows_what_runs_says_so() -> None:
    """A text that is not to be had, or is not in our form, is unknown, and unknown is not nothing."""
    laboratory = settled()
    server = laboratory.servers["rs1"]
    server.file = server.running = b"protocol bgp x {\n"
    laboratory.servers["rs2"].running = b"loaded by hand"
    planned = plan(laboratory.world, "HEAD")
    assert planned.foreseen == {"rs1": None, "rs2": None}
    assert [one.gate for one in planned.refusals] == ["sessions", "sessions"]
    assert "what becomes of the sessions is unknown" in render_plan(planned, "text")


def test_plan_when_one_member_changes_names_whose_filters_do() -> None:
    """A member's own limit touches nobody; what its filter lets in touches that member only."""
    laboratory = settled()
    path, text = next(item for item in sorted(laboratory.files.items()) if item[0].startswith("members/"))
    laboratory.files[path] = text + "\nmax_prefixes: {ipv4: 77}\n"
    laboratory.commit()
    planned = plan(laboratory.world, "HEAD")
    assert planned.foreseen[RS1] == ()
    assert "leave alone" in render_plan(planned, "text")


def lost(laboratory: Laboratory) -> None:
    """The record of all runs is gone, and git asks for another configuration."""
    laboratory.state.applied = Applied()
    slower(laboratory)


def test_plan_when_the_record_is_lost_counts_sessions_by_what_runs() -> None:
    """A member that left is told as such, and the gate counts: a lost record makes nothing harmless."""
    laboratory = settled()
    gone = [path for path in sorted(laboratory.files) if path.startswith("members/")]
    for path in gone[1:]:
        del laboratory.files[path]
    lost(laboratory)
    planned = plan(laboratory.world, "HEAD")
    (deploy, _) = planned.plan.deploys
    assert deploy.removed
    assert "sessions" in {one.gate for one in planned.refusals}
    assert planned.applied == Applied()


def test_plan_when_the_record_is_lost_and_a_route_server_does_not_tell_refuses() -> None:
    """Who would end cannot be counted, which is not nobody."""
    laboratory = settled()
    lost(laboratory)
    laboratory.servers["rs1"].fault = lambda verb: Fault.BEFORE if verb == "fetch" else None
    planned = plan(laboratory.world, "HEAD")
    refused = [one for one in planned.refusals if one.gate == "sessions"]
    assert [one.what for one in refused] == [
        "what route server `rs1` runs is in no receipt, and it does not tell"
    ]
