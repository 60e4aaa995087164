"""The plan: what differs, why, in which order, and what its digest covers."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address, ip_network

import pytest

from tests.unit.exchange_fixture import good_exchange, good_files, member_text, read
from ztix.applied import Applied, Configuration, Owned
from ztix.digests import text_digest
from ztix.exchange import Exchange
from ztix.fabric import Amend, Attach, Attachment, Configure, Detach, Observed
from ztix.plan import Configured, Deploy, Desired, Plan, Scope, diff, presumed, step_data
from ztix.terms import Digest, Label, NetworkId, NodeId

LAN = Label("lan")
NETWORK = NetworkId("8056c2e21c000001")
AS64500, AS64501 = NodeId("1a2b364500"), NodeId("1a2b364501")
ONE, TWO = text_digest("one"), text_digest("two")


def side(exchange: Exchange | None = None, frozen: frozenset[str] = frozenset()) -> Desired:
    """Git's side of the LAN."""
    exchange = exchange or good_exchange()
    fabric = exchange.policy.fabrics.fabrics[0]
    because = exchange.documents["fabrics"].span(("fabrics", 0, "name"))
    return Desired(fabric.name, exchange.settings(fabric), because, tuple(exchange.claims()), frozen)


def same(desired: Desired) -> Observed:
    """A fabric that holds exactly this."""
    held = {claim.node: claim.attachment for claim in desired.claims if claim.active}
    return Observed(NETWORK, desired.settings, held)


def owning(desired: Desired) -> Applied:
    """The third version after a run that made exactly this."""
    nodes = {claim.node: Owned(claim.owner, claim.attachment) for claim in desired.claims}
    return Applied("c0ffee", {}, {LAN: nodes})


def planned(desired: Desired, observed: Observed, applied: Applied | None = None) -> Plan:
    """The plan for the LAN alone."""
    return diff([desired], {LAN: observed}, [], {}, applied or Applied())


def test_plan_when_all_is_the_same_is_empty() -> None:
    """No difference, no change."""
    assert planned(side(), same(side())).is_empty


def test_plan_on_no_network_configures_it_first() -> None:
    """The network comes before its nodes, with its place in policy."""
    first, *rest = planned(side(), Observed(NETWORK, None)).changes
    assert isinstance(first, Configure)
    assert str(first.because) == "policy/fabrics.yaml:2:11"
    assert {type(change) for change in rest} == {Attach}


def test_plan_when_settings_differ_configures() -> None:
    """A network that was opened by hand is closed again."""
    desired = side()
    opened = replace(same(desired), settings=replace(desired.settings, closed=False))
    (change,) = planned(desired, opened).changes
    assert isinstance(change, Configure)
    assert change.before is not None
    assert not change.before.closed


def test_plan_when_a_node_is_not_there_attaches_it_because_of_its_file() -> None:
    """A join carries the place in the member's file."""
    desired = side()
    observed = same(desired)
    del observed.attachments[AS64500]
    (change,) = planned(desired, observed).changes
    assert isinstance(change, Attach)
    assert str(change.because) == "members/AS64500.yaml:7:9"
    assert change.before is None


def test_plan_when_a_node_knocked_attaches_it() -> None:
    """A record that is not authorised is the state before an attachment."""
    desired = side()
    observed = same(desired)
    observed.attachments[AS64500] = Attachment(AS64500, "", (), authorised=False)
    (change,) = planned(desired, observed).changes
    assert isinstance(change, Attach)
    assert change.before is not None


def test_plan_when_an_address_moved_without_git_is_drift() -> None:
    """What the last run left as git says it and is different now has no place in git."""
    desired = side()
    observed = same(desired)
    observed.attachments[AS64500] = Attachment(AS64500, "AS64500 fra1", (ip_address("192.0.2.99"),))
    (change,) = planned(desired, observed, owning(desired)).changes
    assert isinstance(change, Amend)
    assert change.because is None


def test_plan_when_git_moved_an_address_amends_it_because_of_its_file() -> None:
    """A reviewed change of address carries its place."""
    before = side()
    files = good_files()
    files["members/AS64500.yaml"] = files["members/AS64500.yaml"].replace("192.0.2.10", "192.0.2.20")
    (change,) = planned(side(read(files)), same(before), owning(before)).changes
    assert isinstance(change, Amend)
    assert change.because is not None


def test_plan_when_addresses_may_be_added_by_the_controller_amends() -> None:
    """A node that would get addresses by itself is brought under control."""
    desired = side()
    observed = replace(same(desired), automatic=frozenset({AS64500}))
    (change,) = planned(desired, observed).changes
    assert isinstance(change, Amend)
    assert change.before == change.after


def test_plan_when_a_member_left_detaches_its_node() -> None:
    """What is ours and in no file any more is taken off, without addresses."""
    before = side()
    files = good_files()
    del files["members/AS64501.yaml"]
    (change,) = planned(side(read(files)), same(before), owning(before)).changes
    assert isinstance(change, Detach)
    assert (change.after.authorised, change.after.addresses) == (False, ())
    assert str(change.because) == "members/AS64501.yaml:1:1"


def test_plan_when_infrastructure_left_detaches_it_without_a_place() -> None:
    """A node of nobody's file has no place that tells of its end."""
    desired = side()
    node = NodeId("cccccccccc")
    held = Attachment(node, "collector", (ip_address("192.0.2.5"),))
    observed = same(desired)
    observed.attachments[node] = held
    applied = owning(desired).with_owned(LAN, node, Owned("collector", held))
    (change,) = planned(desired, observed, applied).changes
    assert isinstance(change, Detach)
    assert change.because is None


@pytest.mark.parametrize("gone", ["record", "authorisation"])
def test_plan_when_a_member_left_and_is_gone_does_nothing(gone: str) -> None:
    """A node that is off the fabric already needs no change."""
    before = side()
    files = good_files()
    del files["members/AS64501.yaml"]
    observed = same(before)
    if gone == "record":
        del observed.attachments[AS64501]
    else:
        observed.attachments[AS64501] = Attachment(AS64501, "", (), authorised=False)
    assert planned(side(read(files)), observed, owning(before)).is_empty


def test_plan_when_an_owner_is_quarantined_leaves_its_node() -> None:
    """A frozen owner's node stays as it is, whatever git cannot say of it."""
    before = side()
    files = good_files()
    del files["members/AS64501.yaml"]
    desired = side(read(files), frozenset({"AS64501"}))
    assert planned(desired, same(before), owning(before)).is_empty


@pytest.mark.parametrize(("authorised", "changes"), [(True, 1), (False, 0)])
def test_plan_when_a_member_is_suspended_detaches_what_is_there(authorised: bool, changes: int) -> None:
    """Suspension takes an authorised node off; one that is off already stays so."""
    files = good_files()
    files["members/AS64501.yaml"] = member_text(64501, "status: suspended\n")
    desired = side(read(files))
    observed = same(desired)
    observed.attachments[AS64501] = Attachment(AS64501, "x", (), authorised=authorised)
    assert len(planned(desired, observed).changes) == changes


def test_plan_when_a_suspended_member_has_no_record_does_nothing() -> None:
    """Nothing is made for a member that is suspended."""
    files = good_files()
    files["members/AS64501.yaml"] = member_text(64501, "status: suspended\n")
    desired = side(read(files))
    assert planned(desired, same(desired)).is_empty


@pytest.mark.parametrize(("authorised", "words"), [(True, "takes it off"), (False, "knocks")])
def test_plan_when_a_node_is_a_stranger_notes_it(authorised: bool, words: str) -> None:
    """Nodes in no file are told of and left alone."""
    observed = same(side())
    observed.attachments[NodeId("eeeeeeeeee")] = Attachment(NodeId("eeeeeeeeee"), "x", (), authorised)
    plan = planned(side(), observed)
    assert plan.is_empty
    (note,) = plan.notes
    assert note.subject == "eeeeeeeeee"
    assert words in note.text


def deployed(
    running: dict[Label, Digest | None], applied: Applied, wanted: Configured | None = None
) -> tuple[Deploy, ...]:
    """The rollouts that these three versions of rs1 ask for."""
    parts = {"shared": "aa", "AS64500": "bb", "AS64501": "cc"}
    wanted = wanted or Configured(Label("rs1"), TWO, ("a", "b"), parts)
    return diff([], {}, [wanted], running, applied).deploys


def ran(sessions: tuple[str, ...], parts: dict[str, str]) -> Applied:
    """The third version of rs1."""
    return Applied("c0ffee", {}, {}, {Label("rs1"): Configuration(ONE, sessions, parts)})


def test_plan_when_a_route_server_runs_what_git_says_leaves_it() -> None:
    """The digest that runs decides, not the one of the last receipt."""
    assert deployed({Label("rs1"): TWO}, ran((), {})) == ()


def test_plan_when_a_route_server_runs_something_else_deploys() -> None:
    """A rollout names the sessions that come, go and stay, and whose part changed."""
    applied = ran(("b", "c"), {"shared": "aa", "AS64500": "xx", "AS64503": "yy"})
    (deploy,) = deployed({Label("rs1"): ONE}, applied)
    assert (deploy.before, deploy.after) == (ONE, TWO)
    assert (deploy.added, deploy.removed, deploy.kept) == (("a",), ("c",), ("b",))
    assert deploy.changed == ("AS64500",)


def test_plan_when_a_route_server_did_not_answer_goes_by_the_receipt() -> None:
    """Unknown is compared with the third version; without one it is nothing."""
    assert deployed({}, ran((), {}))[0].before == ONE
    assert deployed({}, Applied())[0].before is None


def test_plan_when_a_route_server_runs_nothing_of_ours_deploys() -> None:
    """None from a route server that answered is an answer."""
    assert deployed({Label("rs1"): None}, ran((), {}))[0].before is None


def test_plan_digest_covers_what_is_observed_and_changed_and_nothing_else() -> None:
    """Another change or another observation is another plan; a stranger or a note is not."""
    desired, observed = side(), same(side())
    digest = planned(desired, observed).digest
    observed.attachments[NodeId("eeeeeeeeee")] = Attachment(NodeId("eeeeeeeeee"), "x", (), authorised=False)
    assert planned(desired, observed).digest == digest
    observed.attachments[AS64500] = Attachment(AS64500, "AS64500 fra1", (ip_address("192.0.2.99"),))
    assert planned(desired, observed).digest != digest


def test_step_data_has_no_place_in_git() -> None:
    """A line that moved in a file does not move the digest."""
    plan = planned(side(), Observed(NETWORK, None))
    assert all("because" not in step_data(step) for step in plan.changes)
    assert {step_data(step)["step"] for step in plan.changes} == {"configure", "attach"}


def test_step_data_of_each_kind_tells_before_and_after() -> None:
    """Every kind of step has its own word and both sides."""
    desired = side()
    (configure,) = planned(
        desired, replace(same(desired), settings=replace(desired.settings, mtu=1500))
    ).changes
    assert step_data(configure)["before"] != step_data(configure)["after"]
    (deploy,) = deployed({}, Applied())
    assert step_data(deploy)["step"] == "deploy"


def test_presumed_of_a_fabric_never_applied_is_nothing() -> None:
    """Before the first run the network is presumed not to be there."""
    assert presumed(side(), Applied()).settings is None


def test_presumed_of_an_applied_fabric_is_the_receipt() -> None:
    """Afterwards it is presumed to be what the run left."""
    assert presumed(side(), owning(side())).attachments == same(side()).attachments


def test_scope_covers_all_or_the_named() -> None:
    """No names mean every route server."""
    assert Scope().covers("rs1")
    assert Scope(route_servers=frozenset({"rs2"})).covers("rs2")
    assert not Scope(route_servers=frozenset({"rs2"})).covers("rs1")


def test_settings_data_names_prefixes_in_order() -> None:
    """IPv4 stands before IPv6."""
    assert side().settings.prefixes == (ip_network("192.0.2.0/24"), ip_network("2001:db8:64:96::/64"))
