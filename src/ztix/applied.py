"""The third version: what the last run left behind, as its receipt says.

Law: values and their JSON. `desired` is git, `observed` is the controller; without `applied` nobody could
tell a member who left from a stranger, or drift from a reviewed change. An attachment is claimed here before
the first write to it, so that a run which dies in between still owns what it made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from pydantic import ConfigDict, Field

from ztix.fabric import Attachment
from ztix.shape import AddressText, Model
from ztix.terms import ControllerPin, Digest, Label, NodeId

SCHEMA = "ztix.applied.v1"


@dataclass(frozen=True, slots=True)
class Owned:
    """A presence on a fabric that ztix made. owner: `AS64500`, or an infrastructure node's name."""

    owner: str
    attachment: Attachment


@dataclass(frozen=True, slots=True)
class Configuration:
    """What a route server was last seen to run. sessions: protocol names, ascending.

    parts: for each member and for `shared`, a digest of its lines.
    """

    digest: Digest
    sessions: tuple[str, ...]
    parts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Applied:
    """revision: the commit that the last run was made from; None before the first.

    stand_ins: for each member file that was quarantined in it, the commit that has its last good version.
    temporary: until when (UTC, ISO 8601) each owner stays that was allowed by hand.
    leaving: since when (the same) nodes are off that may not have heard of it.
    controllers: who each fabric's controller was, with its key where it told.
    networks: a digest of the settings that each fabric's network was left with.
    keys: a fingerprint of the key of each node, from its first contact on.
    """

    revision: str | None = None
    stand_ins: Mapping[str, str] = field(default_factory=dict)
    owned: Mapping[Label, Mapping[NodeId, Owned]] = field(default_factory=dict)
    configurations: Mapping[Label, Configuration] = field(default_factory=dict)
    temporary: Mapping[str, str] = field(default_factory=dict)
    leaving: Mapping[Label, Mapping[NodeId, str]] = field(default_factory=dict)
    controllers: Mapping[Label, ControllerPin] = field(default_factory=dict)
    networks: Mapping[Label, str] = field(default_factory=dict)
    keys: Mapping[Label, Mapping[NodeId, str]] = field(default_factory=dict)

    def on(self, fabric: Label) -> Mapping[NodeId, Owned]:
        """What is owned on this fabric."""
        return self.owned.get(fabric, {})

    def holds_same(self, other: Applied) -> bool:
        """Whether both say the same of fabrics and route servers, whatever their revision."""
        return replace(self, revision=None).data() == replace(other, revision=None).data()

    def with_owned(self, fabric: Label, node: NodeId, owned: Owned | None) -> Applied:
        """The same with one presence more, changed, or (None) given up."""
        nodes = {key: value for key, value in self.on(fabric).items() if key != node}
        if owned is not None:
            nodes[node] = owned
        return replace(self, owned={**self.owned, fabric: nodes})

    def with_configurations(self, known: Mapping[Label, Configuration | None]) -> Applied:
        """The same, with what these route servers run where that is known; for a plan, and for no record."""
        told = {name: running for name, running in known.items() if running is not None}
        return replace(self, configurations={**self.configurations, **told})

    def data(self) -> dict[str, object]:
        return {
            "schema": SCHEMA,
            "revision": self.revision,
            "stand_ins": dict(sorted(self.stand_ins.items())),
            "temporary": dict(sorted(self.temporary.items())),
            "networks": dict(sorted(self.networks.items())),
            "controllers": dict(sorted(self.controllers.items())),
            "keys": {fabric: dict(sorted(nodes.items())) for fabric, nodes in sorted(self.keys.items())},
            "leaving": {
                fabric: dict(sorted(nodes.items())) for fabric, nodes in sorted(self.leaving.items())
            },
            "fabrics": {
                fabric: [
                    {"owner": owned.owner, **owned.attachment.data()} for _, owned in sorted(nodes.items())
                ]
                for fabric, nodes in sorted(self.owned.items())
            },
            "route_servers": {
                name: {
                    "digest": str(running.digest),
                    "sessions": list(running.sessions),
                    "parts": dict(running.parts),
                }
                for name, running in sorted(self.configurations.items())
            },
        }


class _Node(Model):
    owner: str
    node: NodeId
    name: str
    addresses: tuple[AddressText, ...]
    authorised: bool
    tags: tuple[tuple[int, int], ...] = ()
    capabilities: tuple[int, ...] = ()

    @property
    def attachment(self) -> Attachment:
        """The presence that was written."""
        tags, capabilities = self.tags, self.capabilities
        return Attachment(self.node, self.name, self.addresses, self.authorised, tags, capabilities)


class _Server(Model):
    digest: Digest
    sessions: tuple[str, ...]
    parts: dict[str, str] = {}


class _State(Model):
    model_config = ConfigDict(extra="ignore")

    version: Literal["ztix.applied.v1"] = Field(alias="schema")
    revision: str | None
    stand_ins: dict[str, str] = {}
    temporary: dict[str, str] = {}
    leaving: dict[Label, dict[NodeId, str]] = {}
    controllers: dict[Label, ControllerPin] = {}
    networks: dict[Label, str] = {}
    keys: dict[Label, dict[NodeId, str]] = {}
    fabrics: dict[Label, tuple[_Node, ...]]
    route_servers: dict[Label, _Server]


def read_applied(text: bytes) -> Applied:
    """What `Applied.data` wrote. Raises ValueError where the text is something else."""
    state = _State.model_validate_json(text)
    owned = {
        fabric: {node.node: Owned(node.owner, node.attachment) for node in nodes}
        for fabric, nodes in state.fabrics.items()
    }
    configurations = {
        name: Configuration(server.digest, server.sessions, server.parts)
        for name, server in state.route_servers.items()
    }
    return Applied(
        state.revision,
        state.stand_ins,
        owned,
        configurations,
        state.temporary,
        state.leaving,
        state.controllers,
        state.networks,
        state.keys,
    )
