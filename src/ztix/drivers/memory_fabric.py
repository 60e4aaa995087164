"""A fabric in memory, for tests of everything that uses one.

Law: behaves as the controller's driver does, down to what it refuses. Policy cannot choose it: a run that
wrote here would seem done. Faults are set beforehand; what was written is kept in order.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace

from ztix.errors import Refused, ZtixError
from ztix.fabric import Attachment, NetworkSettings, Observed, Sighting, ordered
from ztix.terms import ControllerPin, NetworkId, NodeId
from ztix.zerotier import member_body, network_body


@dataclass(slots=True)
class MemoryFabric:
    """A Fabric that is two values and a dict.

    writes: every write that took effect, in order.  reads: number of observations.
    down: raised by every call, while it is set.  failing: raised by writes of that node, while it is there.
    before_write: called before each write, so that a test changes something behind the writer's back.
    keeps: what the fabric makes of an attachment; by default exactly that.  controller: who it says it is.
    seen: what it tells of when nodes were there.  keys: the identities that it holds nodes to.
    """

    network: NetworkId
    settings: NetworkSettings | None = None
    attachments: dict[NodeId, Attachment] = field(default_factory=dict)
    automatic: set[NodeId] = field(default_factory=set)
    writes: list[NetworkSettings | Attachment] = field(default_factory=list)
    reads: int = 0
    down: ZtixError | None = None
    failing: dict[NodeId, ZtixError] = field(default_factory=dict)
    before_write: Callable[[NetworkSettings | Attachment], None] | None = None
    keeps: Callable[[Attachment], Attachment] | None = None
    controller: ControllerPin | None = None
    seen: dict[NodeId, Sighting] = field(default_factory=dict)
    keys: dict[NodeId, str] = field(default_factory=dict)

    def observe(self) -> Observed:
        """A copy of what is held now."""
        if self.down:
            raise self.down
        self.reads += 1
        if self.settings is None:
            return Observed(self.network, None, controller=self.controller)
        return Observed(
            self.network,
            self.settings,
            dict(sorted(self.attachments.items())),
            frozenset(node for node in self.automatic if self.attachments[node].authorised),
            self.controller,
            keys=dict(self.keys),
        )

    def configure(self, settings: NetworkSettings) -> NetworkSettings:
        """Hold these settings."""
        self._begin(settings)
        network_body(settings)  # refuses what a controller's driver refuses
        self.settings = settings
        self.writes.append(settings)
        return settings

    def write(self, attachment: Attachment) -> Attachment:
        """Hold this attachment, and turn automatic addresses off for its node."""
        self._begin(attachment)
        if attachment.node in self.failing:
            raise self.failing[attachment.node]
        if self.settings is None:
            raise Refused(f"network `{self.network}` is not there", help="configure it first")
        member_body(attachment, self.settings.prefixes)  # refuses what a controller's driver refuses
        kept = self.keeps(attachment) if self.keeps else attachment
        kept = replace(kept, addresses=ordered(kept.addresses))
        self.attachments[attachment.node] = kept
        self.automatic.discard(attachment.node)
        self.writes.append(attachment)
        return kept

    def sightings(self, nodes: Collection[NodeId]) -> dict[NodeId, Sighting]:
        """What was set of these nodes."""
        if self.down:
            raise self.down
        return {node: self.seen[node] for node in nodes if node in self.seen}

    def knock(self, node: NodeId) -> None:
        """A stranger asks to join: a record that is not authorised, if there is none yet."""
        if node not in self.attachments:
            self.attachments[node] = Attachment(node, "", (), authorised=False)
            self.automatic.add(node)

    def open_up(self) -> None:
        """Somebody makes the network public by hand."""
        if self.settings is not None:
            self.settings = replace(self.settings, closed=False)

    def _begin(self, value: NetworkSettings | Attachment) -> None:
        if self.down:
            raise self.down
        if self.before_write:
            self.before_write(value)
