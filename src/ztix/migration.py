"""The move of a fabric to another network: what changes in git, and what every node has to do.

Law: pure. A network's id begins with its controller's node id, so a controller whose identity is lost takes
all ids with it: nobody can be moved from outside, each node has to join again. Addresses on the LAN stay;
what ZeroTier computes from the network's id does not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv6Address

from ztix.exchange import Claim, Exchange
from ztix.joining import join_commands
from ztix.node_address import NodeAddress, computed, mac
from ztix.policy import FabricPolicy, policy_path
from ztix.terms import Address, ControllerPin, Label, NetworkId, NetworkRef, NodeId


@dataclass(frozen=True, slots=True)
class Rejoin:
    """One node's move. ipv6: what its file has to say from now on, where it names the node by address."""

    owner: str
    node: NodeId
    name: str
    addresses: tuple[Address, ...]
    commands: tuple[str, ...]
    mac: str
    place: str
    ipv6: IPv6Address | None


@dataclass(frozen=True, slots=True)
class Migration:
    """One fabric's move. policy: each place in a policy file, with the line that is to stand there."""

    fabric: Label
    old: NetworkId
    new: NetworkId
    policy: tuple[tuple[str, str], ...]
    nodes: tuple[Rejoin, ...]


def old_network(fabric: FabricPolicy, known: Mapping[Label, ControllerPin]) -> NetworkId | None:
    """The network as policy or else the last run knows it; None where neither does."""
    if fabric.network_id is not None:
        return fabric.network_id
    last = known.get(fabric.name)
    return fabric.network.resolve(last.node) if last else None


def new_network(text: str, old: NetworkId) -> NetworkId:
    """A network's full id, or a new controller's node id with the old network's digits. Raises ValueError."""
    new = NetworkId(f"{NodeId(text)}{old[10:]}" if len(text) == 10 else text)
    if new == old:
        raise ValueError(f"is the network that the fabric has, `{old}`")
    return new


def migrate(exchange: Exchange, fabric: FabricPolicy, old: NetworkId, new: NetworkId) -> Migration:
    """What the move of this fabric takes: in policy, and for each node that git lets on."""
    claims = (claim for claim in exchange.claims() if claim.fabric == fabric.name and claim.active)
    nodes = tuple(_rejoin(claim, fabric, old, new) for claim in claims)
    return Migration(fabric.name, old, new, tuple(_policy(fabric, new)), nodes)


def _policy(fabric: FabricPolicy, new: NetworkId) -> Iterator[tuple[str, str]]:
    place = f"{policy_path('fabrics')}, fabric {fabric.name}"
    if len(fabric.network) == 16:
        yield place, f'network: "{new}"'
    elif fabric.network != NetworkRef(new[10:]):
        yield place, f'network: "{new[10:]}"'
    if fabric.driver == "zerotier-controller":
        yield place, f'controller: "{new.controller}"'


def _rejoin(claim: Claim, fabric: FabricPolicy, old: NetworkId, new: NetworkId) -> Rejoin:
    commands = (f"zerotier-cli leave {old}", *join_commands(new, fabric.prefixes))
    place, ipv6 = str(claim.because), None
    if claim.key == "ipv6":
        ipv6 = computed(new, claim.node, _named(claim).scheme)
    return Rejoin(
        claim.owner, claim.node, claim.name, claim.addresses, commands, mac(new, claim.node), place, ipv6
    )


def _named(claim: Claim) -> NodeAddress:
    """The address that names the node in its file."""
    span = claim.document.span((*claim.at, claim.key))
    return NodeAddress.parse(span.text[span.column - 1 : span.end_column - 1].strip("\"'"))
