"""The port to a layer-2 network: what a node's presence on it is, and what may be done to it.

Law: values and one Protocol; no fabric is named here. `desired` comes from git, `observed` from the network's
controller. A driver of a fabric raises only `Unavailable` (it did not answer, or let nobody in; nothing is
known) and `Refused` (it answered that this may not be); whatever else it meets, it turns into one of the two.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeAlias, runtime_checkable

from ztix.diagnostics import Span
from ztix.errors import Refused, Unavailable
from ztix.lan import ACCEPT_ALL, LanRules
from ztix.terms import Address, ControllerPin, Label, NetworkId, NodeId, Prefix


@dataclass(frozen=True, slots=True)
class Attachment:
    """A node's presence on the fabric: whether it is authorised and which addresses it holds.

    name: what the controller shows beside the node, such as `AS64500 fra1`.  addresses: ascending, IPv4
    first; given explicitly, never from a pool.  tags: number and value, ascending; the LAN's rules go by
    them.  capabilities: ascending numbers of those of the LAN that the node has.
    """

    node: NodeId
    name: str
    addresses: tuple[Address, ...]
    authorised: bool = True
    tags: tuple[tuple[int, int], ...] = ()
    capabilities: tuple[int, ...] = ()

    def data(self) -> dict[str, object]:
        """As JSON; tags and capabilities are there where the node has any, which few have."""
        return {
            "node": str(self.node),
            "name": self.name,
            "addresses": [str(address) for address in self.addresses],
            "authorised": self.authorised,
            **({"tags": [list(tag) for tag in self.tags]} if self.tags else {}),
            **({"capabilities": list(self.capabilities)} if self.capabilities else {}),
        }


@dataclass(frozen=True, slots=True)
class Dns:
    """The name servers that nodes are told of for one domain; a node takes them if its owner lets it.

    servers: in the order in which they are asked; a text where the controller holds one that is no address.
    """

    domain: str
    servers: tuple[Address | str, ...]

    def data(self) -> dict[str, object]:
        return {"domain": self.domain, "servers": [str(server) for server in self.servers]}

    def __str__(self) -> str:
        return f"{self.domain or 'no domain'} from {', '.join(map(str, self.servers)) or 'no server'}"


@dataclass(frozen=True, slots=True)
class NetworkSettings:
    """What ztix sets on the network itself. Pools and automatic addresses are off, `private` is on.

    prefixes: the LAN's prefixes, as managed routes without gateway.  mtu: bytes.  multicast_limit:
    recipients.  rules: what may pass between members.  dns: None where nodes are told of no name servers.
    """

    name: str
    prefixes: tuple[Prefix, ...]
    mtu: int
    multicast_limit: int
    closed: bool = True
    """Private, no address pools, no automatic assignment, no tokens that admit by themselves, broadcast on,
    and no route but the prefixes. False only when observed to be otherwise."""
    rules: LanRules = ACCEPT_ALL
    dns: Dns | None = None

    def data(self) -> dict[str, object]:
        """As JSON; `dns` is there where the network has any, which few have."""
        return {
            "name": self.name,
            "prefixes": [str(prefix) for prefix in self.prefixes],
            "mtu": self.mtu,
            "multicast_limit": self.multicast_limit,
            "closed": self.closed,
            "rules": self.rules.data(),
            **({"dns": self.dns.data()} if self.dns else {}),
        }


@dataclass(frozen=True, slots=True)
class Observed:
    """What the controller holds. `settings` is None where the network does not exist yet.

    network: None where nobody asked the controller, and the last receipt stands in for it.
    attachments: every node with a record, authorised or not.  automatic: the authorised nodes to which the
    controller may add addresses by itself, or that may bridge others in.  controller: who it is, with its key
    where it tells; None where the driver cannot know, and where nobody asked.  sightings: of strangers, where
    somebody asked for them.  keys: the public identity to which the controller holds a node, where it tells.
    """

    network: NetworkId | None
    settings: NetworkSettings | None
    attachments: dict[NodeId, Attachment] = field(default_factory=dict)
    automatic: frozenset[NodeId] = frozenset()
    controller: ControllerPin | None = None
    sightings: Mapping[NodeId, Sighting] = field(default_factory=dict)
    keys: Mapping[NodeId, str] = field(default_factory=dict)

    def others(self, ours: Collection[NodeId]) -> dict[NodeId, Attachment]:
        """What is held of nodes that are none of these, ascending."""
        return {node: held for node, held in sorted(self.attachments.items()) if node not in ours}


@dataclass(frozen=True, slots=True)
class Sighting:
    """When a node was there, as its controller tells; None where it does not tell.

    first: since when it has a record, made by the node's first knock or by a hand.  last: when it was heard
    from.  identity: its public identity, which the controller holds it to from the first contact on.  place:
    where it was heard from.  version: of its ZeroTier.  latency_ms: to its controller.  silent: whether the
    controller has not heard from it since its own start; None where it does not tell.
    """

    first: datetime | None = None
    last: datetime | None = None
    identity: str | None = None
    place: str | None = None
    version: str | None = None
    latency_ms: int | None = None
    silent: bool | None = None


def seen_words(sighting: Sighting | None, before: str = "") -> str:
    """When a node was there, with `before` in front; empty where its controller tells nothing of that."""
    if sighting is None or (sighting.first is None and sighting.last is None):
        return ""
    first, last = (f"{at:%Y-%m-%d %H:%M} UTC" if at else "unknown" for at in (sighting.first, sighting.last))
    return f"{before}first seen {first}, last seen {last}"


UNSEEN = Sighting()
"""Of a node that the controller tells nothing of."""


@dataclass(frozen=True, slots=True)
class Configure:
    """Create the network, or set it as policy says."""

    fabric: Label
    before: NetworkSettings | None
    after: NetworkSettings
    because: Span | None


@dataclass(frozen=True, slots=True)
class Attach:
    """Put a node on the fabric that is not authorised there now."""

    fabric: Label
    owner: str
    before: Attachment | None
    after: Attachment
    because: Span | None


@dataclass(frozen=True, slots=True)
class Amend:
    """Change the addresses or the name of a node that is authorised. `because` is None for drift."""

    fabric: Label
    owner: str
    before: Attachment
    after: Attachment
    because: Span | None


@dataclass(frozen=True, slots=True)
class Detach:
    """Take a node off the fabric: not authorised, no addresses. `suspended` keeps it in git."""

    fabric: Label
    owner: str
    before: Attachment
    after: Attachment
    because: Span | None


@dataclass(frozen=True, slots=True)
class Reassert:
    """Say once more that a node is off, so that every other member hears it; changes nothing else."""

    fabric: Label
    node: NodeId
    before: Attachment
    after: Attachment


Change: TypeAlias = Configure | Attach | Amend | Detach | Reassert
"""`because` is the place in git that asks for the change; None where the fabric drifted from git."""


@runtime_checkable
class Fabric(Protocol):
    """A layer-2 network whose members are under control of ztix.

    Every method raises `Unavailable` or `Refused` and nothing else. Writes return what the controller holds
    afterwards, in full, so that a value it dropped or rewrote is seen at once.
    """

    def observe(self) -> Observed:
        """Everything the controller holds on this network, in as few reads as it allows."""
        ...

    def configure(self, settings: NetworkSettings) -> NetworkSettings:
        """Create the network or set it; idempotent."""
        ...

    def write(self, attachment: Attachment) -> Attachment:
        """Make one node's presence exactly this, in one write; idempotent."""
        ...


@runtime_checkable
class Witness(Protocol):
    """What a Fabric may be as well: one whose controller tells when nodes were there."""

    def sightings(self, nodes: Collection[NodeId]) -> Mapping[NodeId, Sighting]:
        """What is told of these nodes, after they were observed. Raises Unavailable, Refused."""
        ...


@dataclass(frozen=True, slots=True)
class About:
    """What a fabric's controller tells of itself: its version, and its time; None where it does not tell."""

    version: str | None = None
    now: datetime | None = None


@runtime_checkable
class Informant(Protocol):
    """What a Fabric may be as well: one whose controller tells of itself."""

    def about(self) -> About:
        """Its version and its time, now. Raises Unavailable, Refused."""
        ...


@runtime_checkable
class Selective(Protocol):
    """What a Fabric may be as well: one that can be asked for some nodes without all the others."""

    def look(self, nodes: Collection[NodeId]) -> Mapping[NodeId, Attachment]:
        """What it holds of these nodes now; one without a record is left out. Raises Unavailable, Refused."""
        ...


def sightings(fabric: Fabric, nodes: Collection[NodeId]) -> Mapping[NodeId, Sighting]:
    """What a fabric tells of these nodes; nothing where it cannot, or does not answer: then it is unknown."""
    if not nodes or not isinstance(fabric, Witness):
        return {}
    try:
        return fabric.sightings(nodes)
    except (Unavailable, Refused):
        return {}


def ordered(addresses: tuple[Address, ...]) -> tuple[Address, ...]:
    """Addresses ascending, IPv4 first: their order means nothing to a controller."""
    if len(addresses) == 2 and addresses[0].version < addresses[1].version:
        return addresses  # one of each family: by far the most
    return tuple(sorted(addresses, key=lambda address: (address.version, int(address))))
