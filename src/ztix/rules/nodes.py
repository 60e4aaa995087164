"""ZT20x: nodes. Each belongs to one holder and stands once on a fabric.

Law: pure. Members, route servers and infrastructure are treated alike, because ZeroTier knows no difference.
Where a member and policy claim the same thing, policy is right; where two members do, who had it first by the
ledger is, and where that is not known both are told.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from ztix.diagnostics import Severity
from ztix.exchange import Claim
from ztix.node_address import NodeAddress
from ztix.policy import FabricPolicy
from ztix.rules.facts import PLACES_MAX, Facts, by_member, node_address, node_span, told
from ztix.rules.registry import Hit, rule


@rule(
    "ZT201",
    "a node's fabric is in policy",
    Severity.ERROR,
    what="`fabric` of a node, of a route server or of infrastructure names a fabric of policy/fabrics.yaml.",
    why="Nothing can be attached to a network that nobody described.",
    wrong="fabric: lann",
    right="fabric: lan",
    remedy="Write the name as policy/fabrics.yaml has it.",
)
def fabric_unknown(facts: Facts) -> Iterator[Hit]:
    """Claims on a fabric that is not there."""
    names = ", ".join(f"`{name}`" for name in sorted(facts.fabrics))
    for claim in facts.claims:
        if claim.fabric not in facts.fabrics:
            path = (*claim.at, "fabric")
            span = claim.document.span(path)
            yield Hit(f"the fabric `{claim.fabric}` is not in policy", span, f"there is {names}")


@rule(
    "ZT202",
    "a node has one holder",
    Severity.ERROR,
    what="A node id is claimed by one member, one route server or one infrastructure node.",
    why="A node is one machine with one key. Two claims would overwrite each other on the controller, and "
    "the second one may be an attempt to take over the first.",
    wrong='# AS64500.yaml and AS64501.yaml\nnodes: [{id: "1a2b3c4d5e", ...}]',
    right='# AS64501.yaml\nnodes: [{id: "5e4d3c2b1a", ...}]',
    remedy="`zerotier-cli info` on your own machine shows your node's id.",
)
def node_held(facts: Facts) -> Iterator[Hit]:
    """Nodes that several holders claim."""
    for claims in facts.nodes.values():
        if len(claims) > 1:
            yield from _conflicts(facts, claims)


def _conflicts(facts: Facts, claims: tuple[Claim, ...]) -> Iterator[Hit]:
    for claim in told(facts, claims[0].node, claims):
        others = list(islice((other for other in claims if _clash(claim, other)), PLACES_MAX))
        if others:
            yield Hit(
                f"the node `{claim.node}` is already held by {others[0].owner}",
                node_span(claim),
                "write the id that `zerotier-cli info` shows on your own machine",
                tuple(node_span(other) for other in others),
            )


def _clash(one: Claim, other: Claim) -> bool:
    """Two holders. Policy alone may put one machine on two fabrics under two names."""
    if one.owner == other.owner:
        return False
    return one.fabric == other.fabric or by_member(one) or by_member(other)


@rule(
    "ZT203",
    "a node stands once in a member's file for each fabric",
    Severity.ERROR,
    what="A member does not have the same node id twice on one fabric.",
    why="The controller has one record for a node on a network, so one of the two would be lost.",
    wrong='nodes:\n  - {id: "1a2b3c4d5e", name: fra1, addresses: [192.0.2.10]}\n'
    '  - {id: "1a2b3c4d5e", name: ams1, addresses: [192.0.2.11]}',
    right='nodes:\n  - {id: "1a2b3c4d5e", name: fra1, addresses: [192.0.2.10, 192.0.2.11]}',
    remedy="Put all addresses of a machine under one node, or correct the id.",
)
def node_twice(facts: Facts) -> Iterator[Hit]:
    """Nodes that one holder claims twice on a fabric."""
    for claims in facts.nodes.values():
        seen: dict[tuple[str, str], Claim] = {}
        for claim in claims if len(claims) > 1 else ():
            first = seen.setdefault((claim.owner, claim.fabric), claim)
            if first is not claim:
                yield Hit(
                    f"the node `{claim.node}` stands here a second time",
                    node_span(claim),
                    "keep one entry with all its addresses, or correct the id",
                    (node_span(first),),
                )


@rule(
    "ZT209",
    "a member's nodes have different names",
    Severity.ERROR,
    what="No two nodes of a member have the same `name`.",
    why="Sessions are named after it, and BIRD refuses a configuration with two protocols of one name.",
    wrong="nodes: [{name: fra1, ...}, {name: fra1, ...}]",
    right="nodes: [{name: fra1, ...}, {name: fra2, ...}]",
    remedy="Give each node a name of its own, for instance its place and a number.",
)
def name_twice(facts: Facts) -> Iterator[Hit]:
    """Names that a member gives to two nodes."""
    for file in facts.exchange.members:
        if len({node.name for node in file.member.nodes}) == len(file.member.nodes):
            continue
        seen: dict[str, int] = {}
        for index, node in enumerate(file.member.nodes):
            first = seen.setdefault(node.name, index)
            if first != index:
                yield Hit(
                    f"the name `{node.name}` stands here a second time",
                    file.document.span(("nodes", index, "name")),
                    "give each node a name of its own",
                    (file.document.span(("nodes", first, "name")),),
                )


@rule(
    "ZT212",
    "the controller's own node is no member's",
    Severity.ERROR,
    what="A member's node is not the node of a fabric's controller, where policy names it.",
    why="The first ten digits of a network id are its controller. Whoever claimed that node would seem to be "
    "the exchange itself.",
    wrong='id: "8056c2e21c"      # with `network: 8056c2e21c000001`',
    right='id: "1a2b3c4d5e"',
    remedy="Write your own node's id, not the network's.",
)
def node_of_controller(facts: Facts) -> Iterator[Hit]:
    """Members' nodes that are a controller's."""
    for index, fabric in enumerate(facts.exchange.policy.fabrics.fabrics):
        network = fabric.network_id
        for claim in facts.nodes.get(network.controller, ()) if network else ():
            if by_member(claim):
                yield Hit(
                    f"the node `{claim.node}` is the controller of the fabric `{fabric.name}`",
                    node_span(claim),
                    "write the id that `zerotier-cli info` shows on your own machine",
                    (facts.policy_span("fabrics", ("fabrics", index, "network")),),
                )


@rule(
    "ZT213",
    "a node's IPv6 address is of its fabric's network",
    Severity.ERROR,
    what="`ipv6` of a node is the address that ZeroTier computes for it on the network of its fabric, as far "
    "as policy names that network.",
    why="The address holds the node's id, but one of another network was most likely copied from the wrong "
    "place, and the node with it.",
    wrong='ipv6: fd80:56c2:e21c:0:299:931a:2b3c:4d5e      # with `network: "8056c2e21c000001"`',
    right="ipv6: fd80:56c2:e21c:0:199:931a:2b3c:4d5e",
    remedy="`zerotier-cli listnetworks` shows the address on each network; `ztix address` computes it.",
)
def address_elsewhere(facts: Facts) -> Iterator[Hit]:
    """Nodes that are named by an address on another network."""
    for claim in facts.claims:
        address, fabric = node_address(claim), facts.fabrics.get(claim.fabric)
        if address is not None and fabric is not None and not _may_be_on(address, fabric):
            yield Hit(
                f"the address `{address}` is not of the network `{fabric.network}` of the fabric "
                f"`{fabric.name}`",
                node_span(claim),
                f"`ztix address {claim.node}` computes it; it is `{claim.node}`'s on another network",
            )


def _may_be_on(address: NodeAddress, fabric: FabricPolicy) -> bool:
    """Whether the address can be of that network; a short name of the network leaves its controller open."""
    network = fabric.network_id
    if network is not None:
        return address.is_on(network)
    return address.network is None or address.network.endswith(fabric.network)
