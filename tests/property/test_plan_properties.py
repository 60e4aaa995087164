"""Laws of plans: applied, they leave nothing; they touch only ours; the order of things changes nothing."""

from __future__ import annotations

from ipaddress import IPv4Address

from hypothesis import given
from hypothesis import strategies as st

from ztix.applied import Applied, Owned, read_applied
from ztix.apply import apply
from ztix.diagnostics import Span
from ztix.digests import canonical_digest
from ztix.document import Document
from ztix.drivers.memory_fabric import MemoryFabric
from ztix.exchange import Claim
from ztix.fabric import Attach, Attachment, Detach, NetworkSettings
from ztix.plan import Desired, Plan, diff
from ztix.receipt import Done
from ztix.terms import Label, NetworkId, NodeId, parse_prefix

LAN = Label("lan")
SETTINGS = NetworkSettings("ix lan", (parse_prefix("192.0.2.0/24"),), 2800, 32)
DOCUMENT = Document("members/AS64500.yaml", "asn: 64500\n", {})

nodes = st.integers(1, 12).map(lambda number: NodeId(f"{number:010x}"))
addresses = st.lists(st.integers(1, 250), unique=True, max_size=3).map(
    lambda hosts: tuple(IPv4Address(f"192.0.2.{host}") for host in sorted(hosts))
)
names = st.sampled_from(["AS64500 a", "AS64500 b", "AS64501 a"])
attachments = st.builds(Attachment, nodes, names, addresses, st.booleans())
fabrics = st.lists(attachments, unique_by=lambda held: held.node).map(
    lambda rows: {row.node: row for row in rows}
)
claims = st.lists(
    st.builds(
        Claim, names.map(lambda name: name.split()[0]), st.just(LAN), nodes, names, addresses, st.booleans(),
        st.just(DOCUMENT), st.just(()),
    ),
    unique_by=lambda claim: claim.node,
)  # fmt: skip


def fabric_of(held: dict[NodeId, Attachment], *, made: bool) -> MemoryFabric:
    return MemoryFabric(NetworkId("8056c2e21c000001"), SETTINGS if made else None, dict(held) if made else {})


def plan_of(wanted: list[Claim], fabric: MemoryFabric, applied: Applied) -> Plan:
    side = Desired(LAN, SETTINGS, Span("policy/fabrics.yaml"), tuple(wanted))
    return diff([side], {LAN: fabric.observe()}, [], {}, applied)


def owned(held: list[Attachment]) -> Applied:
    return Applied("c0ffee", {}, {LAN: {one.node: Owned("AS64500", one) for one in held}})


@given(claims, fabrics, st.lists(attachments, unique_by=lambda held: held.node), st.booleans())
def test_plan_applied_leaves_nothing_to_plan(
    wanted: list[Claim], held: dict[NodeId, Attachment], before: list[Attachment], made: bool
) -> None:
    """Whatever git, the fabric and the last receipt say, one plan is enough."""
    fabric = fabric_of(held, made=made)
    plan = plan_of(wanted, fabric, owned(before))
    outcomes = apply(plan.changes, {LAN: fabric}, lambda what, done, total: None)
    assert [outcome for outcome in outcomes if not isinstance(outcome, Done)] == []
    assert plan_of(wanted, fabric, owned(before)).is_empty


@given(claims, fabrics, st.lists(attachments, unique_by=lambda held: held.node))
def test_plan_touches_only_what_is_ours(
    wanted: list[Claim], held: dict[NodeId, Attachment], before: list[Attachment]
) -> None:
    """A node that neither git nor the last receipt names is never written to."""
    fabric = fabric_of(held, made=True)
    plan = plan_of(wanted, fabric, owned(before))
    ours = {claim.node for claim in wanted} | {one.node for one in before}
    assert {change.after.node for change in plan.changes if not hasattr(change.after, "mtu")} <= ours


@given(claims, fabrics, st.randoms(use_true_random=False))
def test_plan_digest_is_the_same_in_any_order_of_observation(
    wanted: list[Claim], held: dict[NodeId, Attachment], random: object
) -> None:
    """The order in which a controller lists its members changes no byte of the digest."""
    shuffled = list(held.items())
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis gives a Random
    first = plan_of(wanted, fabric_of(held, made=True), Applied())
    second = plan_of(wanted, fabric_of(dict(shuffled), made=True), Applied())
    assert first.digest == second.digest


@given(claims, fabrics)
def test_plan_attaches_exactly_who_is_wanted_and_not_there(
    wanted: list[Claim], held: dict[NodeId, Attachment]
) -> None:
    """Attach means: wanted, and not authorised now. Detach means: authorised or addressed, and not wanted."""
    plan = plan_of(wanted, fabric_of(held, made=True), Applied())
    attached = {change.after.node for change in plan.changes if isinstance(change, Attach)}
    there = {node for node, one in held.items() if one.authorised}
    assert attached == {claim.node for claim in wanted if claim.active} - there
    suspended = {claim.node for claim in wanted if not claim.active}
    present = {node for node, one in held.items() if one.authorised or one.addresses}
    detached = {change.after.node for change in plan.changes if isinstance(change, Detach)}
    assert detached == suspended & present


@given(st.lists(attachments, unique_by=lambda held: held.node))
def test_applied_read_back_is_the_same(held: list[Attachment]) -> None:
    """What the state branch holds is read as it was written."""
    import json

    applied = owned(held)
    assert read_applied(json.dumps(applied.data()).encode()) == applied


@given(st.dictionaries(st.text(), st.integers()))
def test_canonical_digest_does_not_know_the_order_of_keys(value: dict[str, int]) -> None:
    """A mapping has one digest."""
    assert canonical_digest(value) == canonical_digest(dict(reversed(value.items())))
