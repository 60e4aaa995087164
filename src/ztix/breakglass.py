"""Break-glass work: a node is let onto a fabric, or taken off it, by hand; for a time, and on the record.

Law: effects only through the World. What is allowed by hand is owned before it is written, shown in every
plan as temporary, and taken back by the first run after its end. A node that git speaks of is git's alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ztix.applied import Applied, Owned
from ztix.controller_pin import refuse_others
from ztix.errors import Partial, Refused, Usage
from ztix.fabric import UNSEEN, Attachment, Fabric, Observed, Sighting, ordered, sightings
from ztix.gather import Gathered, gather
from ztix.policy import FabricPolicy, holds
from ztix.reserved import special_address
from ztix.terms import Address, Label, NodeId
from ztix.world import World

LONGEST = timedelta(days=7)
"""How long a node may stay that is in no file; who needs longer writes a file."""


@dataclass(frozen=True, slots=True)
class Guest:
    """A node that a fabric holds and no file names.

    until: when it goes, if it was let in for a time.  sighting: when it was there.
    """

    fabric: Label
    attachment: Attachment
    until: datetime | None
    sighting: Sighting = UNSEEN


def owner_of(node: NodeId) -> str:
    """The name under which a node that was allowed by hand is owned."""
    return f"by-hand-{node}"


def expired(until: str, now: datetime) -> bool:
    """Whether the end has come."""
    return datetime.fromisoformat(until) <= now


def guests(world: World, ref: str) -> tuple[Guest, ...]:
    """Every node on a fabric that no file names, by fabric and node. Reads only."""
    applied = world.state.read()
    gathered = gather(world, ref, applied)
    found = []
    for policy in gathered.exchange.policy.fabrics.fabrics:
        port = world.open_fabric(policy)
        observed = _observed(port, policy, applied)
        named = {claim.node for claim in gathered.exchange.claims() if claim.fabric == policy.name}
        others = observed.others(named)
        seen = sightings(port, others)
        for node, attachment in others.items():
            until = applied.temporary.get(owner_of(node))
            end = datetime.fromisoformat(until) if until else None
            found.append(Guest(policy.name, attachment, end, seen.get(node, UNSEEN)))
    return tuple(found)


def allow(
    world: World, ref: str, fabric: str, node: NodeId, addresses: Sequence[Address], until: datetime
) -> Attachment:
    """Let a node onto a fabric until then, with these addresses. Returns what the fabric holds.

    Raises Usage for an end that is past or too far away and for an address that is taken or outside the LAN,
    Refused where git speaks of the node, Partial where the fabric kept something else.
    """
    now = world.now()
    if not now < until <= now + LONGEST:
        raise Usage(
            f"the end `{until.isoformat(timespec='minutes')}` is not within the next {LONGEST.days} days",
            help="give one such as `--until 2h`; who needs longer writes a file",
        )
    applied = world.state.read()
    gathered, policy = _place(world, ref, applied, fabric, node)
    port = world.open_fabric(policy)
    _refuse_addresses(gathered, policy, _observed(port, policy, applied), node, addresses)
    wanted = Attachment(node, f"by hand until {until:%Y-%m-%d %H:%M}Z", ordered(tuple(addresses)))
    owner = owner_of(node)
    claimed = applied.with_owned(policy.name, node, Owned(owner, wanted))
    claimed = replace(claimed, temporary={**claimed.temporary, owner: until.isoformat(timespec="seconds")})
    world.state.write(claimed, None, f"Allow {node} on {policy.name} by hand until {until:%Y-%m-%dT%H:%M}Z")
    return _write(port, wanted)


def forget(world: World, ref: str, fabric: str, node: NodeId) -> Attachment:
    """Take a node that no file names off a fabric. Returns what the fabric holds.

    Raises Usage where the fabric has no record of it, Refused where git speaks of it.
    """
    applied = world.state.read()
    _, policy = _place(world, ref, applied, fabric, node)
    port = world.open_fabric(policy)
    held = _observed(port, policy, applied).attachments.get(node)
    if held is None:
        raise Usage(f"fabric `{policy.name}` has no record of `{node}`", help="`ztix fabric list` shows all")
    kept = _write(port, Attachment(node, held.name, (), authorised=False))
    staying = {owner: until for owner, until in applied.temporary.items() if owner != owner_of(node)}
    leaving = dict(applied.leaving)
    if held.authorised:  # a run asserts it once more, as after every other detachment
        since = world.now().isoformat(timespec="seconds")
        leaving[policy.name] = {**leaving.get(policy.name, {}), node: since}
    left = replace(applied.with_owned(policy.name, node, None), temporary=staying, leaving=leaving)
    world.state.write(left, None, f"Forget {node} on {policy.name} by hand")
    return kept


def _place(
    world: World, ref: str, applied: Applied, fabric: str, node: NodeId
) -> tuple[Gathered, FabricPolicy]:
    gathered = gather(world, ref, applied)
    policy = gathered.exchange.policy.fabric(fabric)
    if policy is None:
        raise Usage(f"there is no fabric `{fabric}`", help="policy/fabrics.yaml names them")
    owned = applied.on(policy.name).get(node)
    if owned is not None and owned.owner in gathered.frozen:
        raise Refused(
            f"`{node}` is {owned.owner}'s, whose file has errors", help="mend the file; git decides about it"
        )
    for claim in gathered.exchange.claims():
        if claim.node == node and claim.fabric == fabric:
            raise Refused(
                f"`{node}` is {claim.owner}'s, at {claim.because}",
                help="change it there; git decides about it",
            )
    return gathered, policy


def _observed(port: Fabric, policy: FabricPolicy, applied: Applied) -> Observed:
    """What the fabric holds. Raises Refused where another controller answers than before."""
    observed = port.observe()
    refuse_others([policy], {policy.name: observed}, applied.controllers)
    return observed


def _refuse_addresses(
    gathered: Gathered, policy: FabricPolicy, observed: Observed, node: NodeId, addresses: Sequence[Address]
) -> None:
    taken = {
        address: f"node {other}"
        for other, attachment in observed.attachments.items()
        for address in attachment.addresses
        if other != node
    }
    taken |= {
        address: claim.owner
        for claim in gathered.exchange.claims()
        for address in claim.addresses
        if claim.fabric == policy.name
    }
    for address in addresses:
        if not holds(policy.prefixes, address):
            raise Usage(f"`{address}` is not in the LAN of fabric `{policy.name}`", help="choose another")
        special = next(filter(None, (special_address(address, prefix) for prefix in policy.prefixes)), None)
        if special is not None or holds(policy.reserved, address):
            raise Usage(f"`{address}` is {special or 'in a reserved range'}", help="choose another")
        if address in taken:
            raise Usage(f"`{address}` is held by {taken[address]}", help="choose another")


def _write(port: Fabric, wanted: Attachment) -> Attachment:
    kept = port.write(wanted)
    if kept != wanted:
        raise Partial(
            f"the controller kept something else for `{wanted.node}`: {kept.data()}",
            help="`ztix plan` shows what it holds now, `ztix fabric forget` takes the node off",
        )
    return kept
