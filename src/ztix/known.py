"""Everything that is known of one node, or of an owner's nodes: git, the controller, the last run, the pin.

Law: effects only through the World; reads only. What does not answer, or cannot tell, is unknown.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from ztix.applied import Applied, Owned
from ztix.breakglass import owner_of
from ztix.controller_pin import refuse_others
from ztix.errors import Usage
from ztix.exchange import Claim
from ztix.fabric import UNSEEN, Attachment, Observed, Sighting, sightings
from ztix.gather import gather
from ztix.policy import FabricPolicy
from ztix.terms import ControllerPin, NodeId
from ztix.world import World


@dataclass(frozen=True, slots=True)
class Known:
    """One node on one fabric.

    claim: what git says.  held: the controller's record; automatic: it may add addresses or bridge.
    owned: what the last run left.  until: how long it may stay that was allowed by hand.  leaving: since when
    it is off and may not have heard of it.  controller: who answers; met: who the last run met.
    """

    fabric: FabricPolicy
    node: NodeId
    claim: Claim | None
    held: Attachment | None
    automatic: bool
    sighting: Sighting
    owned: Owned | None
    until: datetime | None
    leaving: datetime | None
    controller: ControllerPin | None
    met: ControllerPin | None


def known(world: World, ref: str, subject: str) -> tuple[Known, ...]:
    """All that is known of a node, by its id, or of the nodes of `AS64500` or of a name in policy.

    By fabric and node. Raises Usage where nothing is known of it; Refused where another controller answers
    than before; otherwise as `plan`.
    """
    applied = world.state.read()
    gathered = gather(world, ref, applied)
    claims = tuple(gathered.exchange.claims())
    found: list[Known] = []
    for policy in gathered.exchange.policy.fabrics.fabrics:
        port = world.open_fabric(policy)
        observed = port.observe()
        refuse_others([policy], {policy.name: observed}, applied.controllers)
        ours = {claim.node: claim for claim in claims if claim.fabric == policy.name}
        nodes = sorted(set(_named(subject, policy, ours, applied, observed)))
        seen = sightings(port, nodes)
        found += [_known(node, policy, ours, applied, observed, seen.get(node, UNSEEN)) for node in nodes]
    if not found:
        raise Usage(
            f"nothing is known of `{subject}`",
            help="name a node by its ten digits, a member as AS64500, or a route server or other node of"
            " policy by its name; `ztix fabric list` shows strangers",
        )
    return tuple(found)


def _named(
    subject: str, policy: FabricPolicy, ours: dict[NodeId, Claim], applied: Applied, observed: Observed
) -> Iterator[NodeId]:
    """The nodes that are meant by a node's id or an owner's name."""
    owned, wanted = applied.on(policy.name), subject.lower()
    if wanted.isdigit() and len(wanted) < 10:  # ten of them are a node's id
        wanted = f"as{wanted}"
    yield from (node for node, claim in ours.items() if claim.owner.lower() == wanted or node == wanted)
    yield from (node for node, one in owned.items() if one.owner.lower() == wanted or node == wanted)
    yield from (node for node in observed.attachments if node == wanted)


def _known(
    node: NodeId,
    policy: FabricPolicy,
    ours: dict[NodeId, Claim],
    applied: Applied,
    observed: Observed,
    sighting: Sighting,
) -> Known:
    until = applied.temporary.get(owner_of(node))
    leaving = applied.leaving.get(policy.name, {}).get(node)
    return Known(
        policy,
        node,
        ours.get(node),
        observed.attachments.get(node),
        node in observed.automatic,
        sighting,
        applied.on(policy.name).get(node),
        datetime.fromisoformat(until) if until else None,
        datetime.fromisoformat(leaving) if leaving else None,
        observed.controller,
        applied.controllers.get(policy.name),
    )
