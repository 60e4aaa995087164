"""A fabric for docs/plug-ins.md: networks on a shelf, each a value. A real driver would ask a service.

Its package names it in pyproject.toml:

    [project.entry-points."ztix.fabrics"]
    shelf = "ztix_shelf:open_shelf"
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ztix.drivers.plug_ins import Opening
from ztix.errors import Refused
from ztix.fabric import Attachment, Fabric, NetworkSettings, Observed, ordered
from ztix.terms import NetworkRef, NodeId
from ztix.zerotier import attachment_hazards, settings_hazards

TOKEN = "token-of-the-shelf"


@dataclass(slots=True)
class Shelf:
    """One network; a Fabric."""

    settings: NetworkSettings | None = None
    attachments: dict[NodeId, Attachment] = field(default_factory=dict)

    def observe(self) -> Observed:
        if self.settings is None:
            return Observed(None, None)
        return Observed(None, self.settings, dict(sorted(self.attachments.items())))

    def configure(self, settings: NetworkSettings) -> NetworkSettings:
        for hazard in settings_hazards(settings):
            raise Refused(f"the shelf does not take these settings: {hazard}", help="correct them in git")
        self.settings = settings
        return settings

    def write(self, attachment: Attachment) -> Attachment:
        if self.settings is None:
            raise Refused("the network is not on the shelf", help="`ztix reconcile` puts it there")
        for hazard in attachment_hazards(attachment, self.settings.prefixes):
            raise Refused(f"the shelf does not take `{attachment.node}`: {hazard}", help="correct it in git")
        kept = replace(attachment, addresses=ordered(attachment.addresses))
        self.attachments[attachment.node] = kept
        return kept


SHELVES: dict[NetworkRef, Shelf] = {}


def open_shelf(opening: Opening) -> Fabric:
    """The fabric that policy describes. Asks nothing of it yet."""
    if opening.token.get_secret_value() != TOKEN:
        raise Refused("the shelf does not open with this token", help=f"correct {opening.token_from}")
    return SHELVES.setdefault(opening.policy.network, Shelf())
