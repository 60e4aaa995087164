"""The verbs against a World in memory: what a run does, what it leaves, and what the next run finds."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import ip_address

import pytest

from tests.route_server import Fault
from tests.unit.exchange_fixture import member_text
from tests.world import NOW, Laboratory
from ztix.applied import Owned
from ztix.console.plan import render_plan
from ztix.drift import drift
from ztix.drivers.bird import Disproved
from ztix.errors import Exit, Invalid, Refused, Stale, Unavailable, Usage
from ztix.fabric import Amend, Attach, Attachment, Configure, Detach
from ztix.plan import Scope
from ztix.receipt import Claimed, Done, Failed, Skipped
from ztix.reconcile import check, plan, reconcile
from ztix.rollout import Ended
from ztix.routeserver import BirdVersion
from ztix.terms import Digest, Label, NodeId

AS64500, AS64501, AS64502 = (NodeId(f"1a2b3{asn}") for asn in (64500, 64501, 64502))
LAN = Label("lan")


@pytest.fixture
def lab() -> Laboratory:
    """An exchange of two members before its first run."""
    return Laboratory()


@pytest.fixture
def live(lab: Laboratory) -> Laboratory:
    """The same after its first run."""
    assert reconcile(lab.world, "HEAD").exit is Exit.DONE
    return lab


def test_check_when_all_is_well_finds_nothing(lab: Laboratory) -> None:
    """A good exchange has no finding of severity error."""
    assert not check(lab.world, None).has_errors


def test_check_when_policy_is_missing_says_which_file(lab: Laboratory) -> None:
    """Without a policy file there is a finding and no exchange."""
    del lab.files["policy/fabrics.yaml"]
    assert [finding.rule for finding in check(lab.world, None)] == ["ZT014"]


def test_reconcile_on_an_empty_network_makes_everything(lab: Laboratory) -> None:
    """The network, every node and every route server come to be as git says."""
    ran = reconcile(lab.world, "HEAD")
    assert ran.exit is Exit.DONE
    assert lab.fabric.settings is not None
    assert lab.fabric.attachments[AS64500].addresses == (
        ip_address("192.0.2.10"),
        ip_address("2001:db8:64:96::10"),
    )
    assert all(b"as64500" in server.running for server in lab.servers.values())
    assert lab.state.receipts[-1].exit is Exit.DONE
    assert lab.state.applied.revision == lab.commits["HEAD"].revision


def test_reconcile_announces_the_plan_before_it_acts(lab: Laboratory) -> None:
    """What is about to happen is shown while nothing has happened yet."""
    writes: list[int] = []
    reconcile(lab.world, "HEAD", announce=lambda planned: writes.append(len(lab.fabric.writes)))
    assert writes == [0]


def test_reconcile_a_second_time_does_nothing(live: Laboratory) -> None:
    """A second run writes to nothing, not even to the state."""
    written, messages = len(live.fabric.writes), len(live.state.messages)
    ran = reconcile(live.world, "HEAD")
    assert (ran.receipt, ran.exit, ran.planned.plan.is_empty) == (None, Exit.DONE, True)
    assert (len(live.fabric.writes), len(live.state.messages)) == (written, messages)


def test_reconcile_claims_a_node_before_it_is_written(lab: Laboratory) -> None:
    """A run that dies at its first write already owns what it was about to make."""

    def die(_: object) -> None:
        raise SystemExit

    lab.fabric.before_write = die
    with pytest.raises(SystemExit):
        reconcile(lab.world, "HEAD")
    (fabric,) = lab.state.applied.owned.values()
    assert AS64500 in fabric


def test_reconcile_after_a_death_removes_what_is_no_longer_wanted(lab: Laboratory) -> None:
    """A node that a dead run authorised and git has dropped since is taken off, not called a stranger."""
    written: list[object] = []

    def die_later(value: object) -> None:
        written.append(value)
        if len(written) == 4:
            raise SystemExit

    lab.fabric.before_write = die_later
    with pytest.raises(SystemExit):
        reconcile(lab.world, "HEAD")
    lab.fabric.before_write = None
    assert lab.fabric.attachments[AS64500].authorised
    del lab.files["members/AS64500.yaml"]
    lab.commit()
    assert reconcile(lab.world, "HEAD").exit is Exit.DONE
    assert not lab.fabric.attachments[AS64500].authorised


def test_reconcile_when_a_member_leaves_ends_sessions_before_the_node(live: Laboratory) -> None:
    """The route servers forget a member before the fabric does."""
    del live.files["members/AS64501.yaml"]
    live.commit()
    running_at_write: list[bool] = []
    live.fabric.before_write = lambda _: running_at_write.append(b"as64501" in live.servers["rs1"].running)
    ran = reconcile(live.world, "HEAD", approve=plan(live.world, "HEAD").plan.digest)
    assert ran.exit is Exit.DONE
    assert running_at_write == [False]
    assert not live.fabric.attachments[AS64501].authorised
    assert AS64501 not in live.state.applied.on(ran.planned.gathered.exchange.policy.fabrics.fabrics[0].name)


def test_reconcile_when_a_gate_refuses_changes_nothing(live: Laboratory) -> None:
    """Half of the members cannot leave without approval; the refusal prints how to give it."""
    for asn in (64500, 64501):
        del live.files[f"members/AS{asn}.yaml"]
    live.commit()
    written = len(live.fabric.writes)
    with pytest.raises(Refused) as refused:
        reconcile(live.world, "HEAD")
    digest = plan(live.world, "HEAD").plan.digest
    assert f"--approve {digest}" in refused.value.help
    assert "removals" in refused.value.message
    assert len(live.fabric.writes) == written


def test_reconcile_when_a_gate_refuses_puts_it_on_record_once(live: Laboratory) -> None:
    """Plan, gates, members and person are kept; the next run by the clock adds nothing, another plan does."""
    for asn in (64500, 64501):
        del live.files[f"members/AS{asn}.yaml"]
    live.commit()
    applied, count = live.state.applied, len(live.state.messages)
    for name in ("octocat", "hubot"):
        live.now += timedelta(minutes=15)
        with pytest.raises(Refused):
            reconcile(live.world, "HEAD", by=Claimed(name, "git"))
    (refused,) = live.state.refused
    digest = plan(live.world, "HEAD").plan.digest
    assert (refused.plan, refused.exit, refused.by) == (digest, Exit.REFUSED, Claimed("octocat", "git"))
    assert [gate for gate, _ in refused.gates] == ["removals", "sessions", "sessions"]
    assert refused.members == ("AS64500", "AS64501")
    assert live.state.messages[count:] == [f"Refuse {digest.short}"]
    assert live.state.applied == applied
    live.files["members/AS64502.yaml"] = member_text(64502)
    live.commit()
    with pytest.raises(Refused):
        reconcile(live.world, "HEAD")
    assert len(live.state.refused) == 2


def test_reconcile_with_an_approval_of_another_plan_puts_it_on_record(live: Laboratory) -> None:
    """Who approved what is no more the plan is told; a saved plan that went stale is nobody's act."""
    other = Digest(f"sha256:{'0' * 64}")
    with pytest.raises(Stale):
        reconcile(live.world, "HEAD", expect=other)
    assert live.state.refused == []
    with pytest.raises(Stale):
        reconcile(live.world, "HEAD", approve=other, by=Claimed("octocat", "git"))
    (refused,) = live.state.refused
    assert (refused.read, refused.exit, refused.gates) == (other, Exit.STALE, ())


def test_reconcile_when_a_refusal_cannot_be_recorded_is_refused_all_the_same(live: Laboratory) -> None:
    """The refusal matters more than its record, and says that there is none."""
    del live.files["members/AS64500.yaml"]
    live.commit()
    live.state.broken = Unavailable("the remote is away")
    with pytest.raises(Refused) as refused:
        reconcile(live.world, "HEAD")
    assert refused.value.help.endswith("; this refusal is not on record: the remote is away")


def test_reconcile_names_in_its_receipt_who_started_it(live: Laboratory) -> None:
    """The approval and its approver stand together."""
    del live.files["members/AS64500.yaml"]
    live.commit()
    digest = plan(live.world, "HEAD").plan.digest
    reconcile(live.world, "HEAD", approve=digest, by=Claimed("octocat", "GITHUB_ACTOR, workflow_dispatch"))
    data = live.state.receipts[-1].data()
    assert data["approved"] is True
    assert data["by"] == {"claimed": "octocat", "source": "GITHUB_ACTOR, workflow_dispatch"}


def test_reconcile_with_the_approved_digest_passes_the_gate(live: Laboratory) -> None:
    """The digest of exactly this plan is the way past a gate, and the receipt tells of it."""
    for asn in (64500, 64501):
        del live.files[f"members/AS{asn}.yaml"]
    live.commit()
    reconcile(live.world, "HEAD", approve=plan(live.world, "HEAD").plan.digest)
    assert live.state.receipts[-1].approved
    assert not live.fabric.attachments[AS64500].authorised


def test_reconcile_with_another_digest_is_stale(live: Laboratory) -> None:
    """An approval counts for the plan that was read and for no other."""
    with pytest.raises(Stale):
        reconcile(live.world, "HEAD", approve=Digest("sha256:" + "0" * 64))


def test_reconcile_with_another_expected_plan_is_stale(live: Laboratory) -> None:
    """A saved plan is carried out as it was saved or not at all."""
    with pytest.raises(Stale):
        reconcile(live.world, "HEAD", expect=Digest("sha256:" + "0" * 64))


def test_reconcile_when_a_member_file_breaks_keeps_what_the_member_has(live: Laboratory) -> None:
    """A broken file quarantines its member, whose last good file stands in; the rest goes on."""
    live.files["members/AS64500.yaml"] = "asn: 64500\nname: [\n"
    live.files["members/AS64502.yaml"] = member_text(64502)
    broken = live.commit()
    ran = reconcile(live.world, "HEAD")
    assert ran.exit is Exit.PARTIAL
    assert [item.member for item in ran.planned.gathered.quarantined] == ["AS64500"]
    assert live.fabric.attachments[AS64500].authorised
    assert b"as64500" in live.servers["rs1"].running
    assert b"as64502" in live.servers["rs1"].running
    assert live.state.applied.revision == broken
    assert reconcile(live.world, "HEAD").exit is Exit.PARTIAL
    assert b"as64500" in live.servers["rs1"].running


def test_reconcile_when_a_new_file_is_broken_leaves_it_out(live: Laboratory) -> None:
    """A member that never was good is left out and reported."""
    live.files["members/AS64502.yaml"] = "asn: 64502\n"
    live.commit()
    ran = reconcile(live.world, "HEAD")
    assert (ran.exit, ran.receipt) == (Exit.PARTIAL, None)
    assert ran.planned.gathered.frozen == {"AS64502"}


def test_reconcile_when_the_last_good_commit_is_gone_freezes_the_node(live: Laboratory) -> None:
    """Without its last good file a quarantined member loses no attachment."""
    live.files["members/AS64500.yaml"] = "asn: 64500\n"
    del live.commits[live.state.applied.revision or ""]
    live.commit()
    ran = reconcile(live.world, "HEAD", approve=plan(live.world, "HEAD").plan.digest)
    assert ran.exit is Exit.PARTIAL
    assert live.fabric.attachments[AS64500].authorised
    assert b"as64500" not in live.servers["rs1"].running


def test_reconcile_when_a_last_good_file_meets_a_new_claim_both_keep_what_they_had(live: Laboratory) -> None:
    """Who takes an address in the commit that breaks its holder's file waits until that file is mended."""
    live.files["members/AS64500.yaml"] = "asn: 64500\n"
    live.files["members/AS64501.yaml"] = member_text(64501).replace("192.0.2.11", "192.0.2.10")
    live.commit()
    ran = reconcile(live.world, "HEAD")
    quarantined = {item.member: item.reason for item in ran.planned.gathered.quarantined}
    assert set(quarantined) == {"AS64500", "AS64501"}
    assert "`192.0.2.10` is already held by AS64500" in quarantined["AS64501"]
    assert set(ran.planned.gathered.stand_ins) == {"members/AS64500.yaml", "members/AS64501.yaml"}
    assert (ran.exit, ran.planned.plan.is_empty) == (Exit.PARTIAL, True)


def test_reconcile_when_a_last_good_file_meets_a_newcomer_the_newcomer_waits(live: Laboratory) -> None:
    """A newcomer cannot end the sessions of a member whose file is broken by taking what it holds."""
    live.files["members/AS64500.yaml"] = "asn: 64500\n"
    live.files["members/AS64502.yaml"] = member_text(64502).replace("192.0.2.12", "192.0.2.10")
    live.commit()
    ran = reconcile(live.world, "HEAD")
    assert {item.member for item in ran.planned.gathered.quarantined} == {"AS64500", "AS64502"}
    assert ran.planned.gathered.frozen == {"AS64502"}
    assert b"as64500" in live.servers["rs1"].running
    assert b"as64502" not in live.servers["rs1"].running


def test_reconcile_when_policy_is_broken_is_invalid(live: Laboratory) -> None:
    """A policy with errors ends the run before anything is observed."""
    live.files["policy/fabrics.yaml"] = "fabrics: []\n"
    live.commit()
    reads = live.fabric.reads
    with pytest.raises(Invalid):
        reconcile(live.world, "HEAD")
    assert live.fabric.reads == reads


def test_reconcile_when_the_fabric_is_down_is_unavailable(lab: Laboratory) -> None:
    """A controller that does not answer is no difference: nothing is planned."""
    lab.fabric.down = Unavailable("no answer")
    with pytest.raises(Unavailable):
        reconcile(lab.world, "HEAD")
    assert lab.state.messages == []


def test_reconcile_when_bird_refuses_touches_nothing(lab: Laboratory) -> None:
    """A text that BIRD does not parse ends the run before the first write, and names whose line it is."""
    ours = next(
        number
        for number, line in enumerate(plan(lab.world, "HEAD").gathered.rendered["rs1"].text.splitlines(), 1)  # type: ignore[index]  # a Label
        if line == "# member AS64501"
    )
    lab.objection = Disproved(BirdVersion(2, 0, 12), ours + 1, 3, "syntax error")
    with pytest.raises(Invalid, match="a line of AS64501"):
        reconcile(lab.world, "HEAD")
    assert lab.fabric.writes == []


def test_reconcile_when_a_route_server_is_unreachable_still_joins(lab: Laboratory) -> None:
    """A dead route server does not keep members off the fabric; the next run gives it its configuration."""
    lab.unreachable = {"rs2"}
    ran = reconcile(lab.world, "HEAD")
    assert ran.exit is Exit.PARTIAL
    assert lab.fabric.attachments[AS64500].authorised
    ends = {item.route_server: item.ended for item in ran.receipt.rollouts} if ran.receipt else {}
    assert ends == {"rs1": Ended.CONFIRMED, "rs2": Ended.UNREACHABLE}
    lab.unreachable = set()
    again = reconcile(lab.world, "HEAD")
    assert [deploy.route_server for deploy in again.planned.plan.deploys] == ["rs2"]
    assert again.exit is Exit.DONE


def test_plan_when_a_route_server_is_silent_compares_with_the_receipt(live: Laboratory) -> None:
    """Silence is no drift: the last receipt stands in, and a note says so."""
    live.unreachable = {"rs1"}
    planned = plan(live.world, "HEAD")
    assert planned.plan.is_empty
    assert [note.subject for note in planned.plan.notes] == ["rs1"]


def test_plan_from_the_state_asks_nobody(live: Laboratory) -> None:
    """A runner without secrets sees the plan that follows from the last receipt."""
    live.files["members/AS64502.yaml"] = member_text(64502)
    reads = live.fabric.reads
    live.unreachable = {"rs1", "rs2"}
    planned = plan(live.world, None, live=False)
    assert [type(change) for change in planned.plan.changes] == [Attach]
    assert live.fabric.reads == reads


def test_plan_from_the_state_has_the_digest_of_the_live_plan(live: Laboratory) -> None:
    """Where nothing drifted, what was reviewed without secrets can be approved as it stands."""
    live.files["members/AS64502.yaml"] = member_text(64502)
    live.commit()
    assert plan(live.world, "HEAD", live=False).plan.digest == plan(live.world, "HEAD").plan.digest


def test_plan_from_the_state_before_the_first_run_makes_the_network(lab: Laboratory) -> None:
    """Nothing applied means everything is to do."""
    kinds = {type(change) for change in plan(lab.world, "HEAD", live=False).plan.changes}
    assert kinds == {Configure, Attach}


def test_drift_when_somebody_moved_an_address_shows_it(live: Laboratory) -> None:
    """A change on the controller that git did not ask for is drift, and a run undoes it."""
    held = live.fabric.attachments[AS64500]
    live.fabric.attachments[AS64500] = Attachment(held.node, held.name, (ip_address("192.0.2.77"),))
    (change,) = drift(live.world).plan.changes
    assert isinstance(change, Amend)
    assert change.because is None
    reconcile(live.world, "HEAD")
    assert live.fabric.attachments[AS64500] == held


def test_reconcile_when_somebody_opened_the_network_closes_it_at_once(live: Laboratory) -> None:
    """Settings that drifted are shown word for word, and put back without waiting for anybody."""
    live.fabric.open_up()
    planned = drift(live.world)
    text = render_plan(planned, "text")
    assert "? set the network    changed on the controller, not in git" in text
    assert "open to others (public, a pool, a token, or a foreign route) -> private" in text
    assert reconcile(live.world, "HEAD").exit is Exit.DONE
    assert live.fabric.settings is not None
    assert live.fabric.settings.closed


def test_plan_when_policy_changes_the_network_shows_old_and_new(live: Laboratory) -> None:
    """A reviewed change of settings needs approval and says what becomes what."""
    live.files["policy/fabrics.yaml"] += "    mtu: 1500\n"
    live.commit()
    planned = plan(live.world, "HEAD")
    assert "      mtu: 2800 -> 1500" in render_plan(planned, "text").splitlines()
    assert [refusal.gate for refusal in planned.refusals] == ["network"]


def test_plan_counts_strangers_that_are_on(live: Laboratory) -> None:
    """A node that somebody else authorised is left alone, and no plan calls all well."""
    live.fabric.attachments[NodeId("dddddddddd")] = Attachment(NodeId("dddddddddd"), "x", ())
    planned = plan(live.world, "HEAD")
    assert planned.plan.strangers == 1
    assert "1 node on a fabric and in no file." in render_plan(planned, "text")


def test_drift_when_git_moved_on_is_silent(live: Laboratory) -> None:
    """A commit that was not reconciled yet is no drift."""
    live.files["members/AS64502.yaml"] = member_text(64502)
    live.commit()
    assert drift(live.world).plan.is_empty


def test_drift_before_the_first_run_is_refused(lab: Laboratory) -> None:
    """Without a receipt there is nothing to compare with."""
    with pytest.raises(Usage):
        drift(lab.world)


def test_reconcile_takes_note_of_a_node_that_is_already_there(lab: Laboratory) -> None:
    """A state that was lost is found again from what is live, without a change."""
    reconcile(lab.world, "HEAD")
    known = lab.state.applied
    lab.state.applied = type(known)()
    ran = reconcile(lab.world, "HEAD")
    assert ran.receipt is None
    assert lab.state.applied.owned == known.owned


def test_reconcile_when_stopped_by_hand_keeps_a_receipt(lab: Laboratory) -> None:
    """A run that is stopped tells what it did, what it was at, and what it did not try."""

    def stop(value: object) -> None:
        if isinstance(value, Attachment) and value.node == AS64501:
            raise KeyboardInterrupt

    lab.fabric.before_write = stop
    ran = reconcile(lab.world, "HEAD")
    assert ran.exit is Exit.PARTIAL
    assert ran.receipt is not None
    assert [type(outcome) for outcome in ran.receipt.outcomes] == [Done, Done, Failed, Skipped, Skipped]
    assert ran.receipt.rollouts == ()
    lab.fabric.before_write = None
    assert reconcile(lab.world, "HEAD").exit is Exit.DONE


def test_reconcile_when_stopped_during_a_rollout_keeps_a_receipt(live: Laboratory) -> None:
    """Stopped while a route server changes, the leaving node stays until the next run."""
    del live.files["members/AS64501.yaml"]
    live.commit()

    def stop(verb: str) -> Fault | None:
        if verb == "prove":
            raise KeyboardInterrupt
        return None

    live.servers["rs1"].fault = stop
    digest = plan(live.world, "HEAD").plan.digest
    ran = reconcile(live.world, "HEAD", approve=digest)
    assert ran.exit is Exit.PARTIAL
    assert live.fabric.attachments[AS64501].authorised
    live.servers["rs1"].fault = lambda verb: None
    assert reconcile(live.world, "HEAD", approve=plan(live.world, "HEAD").plan.digest).exit is Exit.DONE


def test_reconcile_when_stopped_on_the_second_route_server_keeps_the_first(live: Laboratory) -> None:
    """What was confirmed is in the receipt, and a run that was stopped is not called done."""
    live.files["members/AS64502.yaml"] = member_text(64502)
    live.commit()

    def stop(verb: str) -> Fault | None:
        if verb == "upload":
            raise KeyboardInterrupt
        return None

    live.servers["rs2"].fault = stop
    ran = reconcile(live.world, "HEAD")
    assert ran.exit is Exit.PARTIAL
    assert ran.receipt is not None
    assert [rollout.ended for rollout in ran.receipt.rollouts] == [Ended.CONFIRMED, Ended.SKIPPED]
    live.servers["rs2"].fault = lambda verb: None
    assert reconcile(live.world, "HEAD").exit is Exit.DONE


def test_reconcile_when_a_bug_ends_it_keeps_a_receipt(live: Laboratory) -> None:
    """What nobody thought of is raised, after what was done is on record."""
    live.files["members/AS64502.yaml"] = member_text(64502)
    live.commit()

    def bug(verb: str) -> Fault | None:
        raise RuntimeError(verb)

    world = live.world
    live.servers["rs1"].fault = lambda verb: (
        None if verb == "status" and len(live.servers["rs1"].calls) < 99 else bug(verb)
    )
    with pytest.raises(RuntimeError):
        reconcile(world, "HEAD")
    assert [type(outcome) for outcome in live.state.receipts[-1].outcomes] == [Done]
    assert AS64502 in live.state.applied.on(LAN)


def test_deploy_alone_forgets_no_claim_and_moves_no_revision(live: Laboratory) -> None:
    """A run that asked no fabric has learnt nothing about it."""
    claimed = live.state.applied.with_owned(
        LAN, AS64502, Owned("AS64502", Attachment(AS64502, "AS64502 fra1", (), authorised=False))
    )
    live.state.applied = claimed
    before = claimed.revision
    live.files["members/AS64501.yaml"] = member_text(64501, "max_prefixes: {ipv4: 7}\n")
    live.commit()
    assert reconcile(live.world, "HEAD", scope=Scope(fabrics=False)).exit is Exit.DONE
    assert AS64502 in live.state.applied.on(LAN)
    assert live.state.applied.revision == before


def test_reconcile_of_route_servers_only_leaves_the_fabric_alone(live: Laboratory) -> None:
    """The scope of `deploy` is the route servers it names."""
    live.files["members/AS64502.yaml"] = member_text(64502)
    live.commit()
    ran = reconcile(live.world, "HEAD", scope=Scope(False, frozenset({"rs2"})))
    assert ran.planned.plan.changes == ()
    assert [deploy.route_server for deploy in ran.planned.plan.deploys] == ["rs2"]
    assert b"as64502" not in live.servers["rs1"].running


def test_reconcile_when_a_member_is_suspended_detaches_and_returns(live: Laboratory) -> None:
    """Suspension takes a node off and keeps its place; the way back is an attachment."""
    live.files["members/AS64501.yaml"] = member_text(64501, "status: suspended\n")
    live.commit()
    ran = reconcile(live.world, "HEAD", approve=plan(live.world, "HEAD").plan.digest)
    assert [type(change) for change in ran.planned.plan.changes] == [Detach]
    assert not live.fabric.attachments[AS64501].authorised
    live.files["members/AS64501.yaml"] = member_text(64501)
    live.commit()
    again = reconcile(live.world, "HEAD")
    assert [type(change) for change in again.planned.plan.changes] == [Attach]


def test_reconcile_when_the_receipt_cannot_be_recorded_still_has_it(lab: Laboratory) -> None:
    """What was done is told, and why it is not on record; the next run finds it live."""
    lab.state.broken = Unavailable("the remote is gone")
    ran = reconcile(lab.world, "HEAD")
    assert ran.receipt is not None
    assert ran.unrecorded is lab.state.broken
    lab.state.broken = None
    assert reconcile(lab.world, "HEAD").exit is Exit.DONE


def test_receipt_times_are_the_clock_s(live: Laboratory) -> None:
    """The receipt has the moments that the World gave."""
    assert live.state.receipts[-1].started == NOW.isoformat(timespec="seconds")
