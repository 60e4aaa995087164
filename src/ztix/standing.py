"""What is live now: each node of git beside what the fabric and the route servers say of it.

Law: pure. A source that did not answer gives `unknown` in its column and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from ztix.fabric import Attachment, Observed
from ztix.gather import Gathered
from ztix.health import Health
from ztix.terms import Address, Label, NodeId

Presence: TypeAlias = Literal["attached", "differs", "missing", "suspended", "leaving"]


@dataclass(frozen=True, slots=True)
class Sessions:
    """A node's sessions with one route server. up: None where the route server did not answer."""

    route_server: Label
    wanted: int
    up: int | None


@dataclass(frozen=True, slots=True)
class Standing:
    """One node. presence: how the fabric's record compares with git's."""

    owner: str
    node: NodeId
    name: str
    addresses: tuple[Address, ...]
    presence: Presence
    sessions: tuple[Sessions, ...]


def standings(
    gathered: Gathered, observed: Mapping[Label, Observed], health: Mapping[Label, Health]
) -> tuple[Standing, ...]:
    """Every node that git puts on a fabric, in git's order."""
    names: dict[tuple[str, Address], dict[Label, str]] = {}
    for server, rendered in gathered.rendered.items():
        for session in rendered.view.sessions:
            names.setdefault((str(session.asn), session.address), {})[server] = session.name
    found = []
    for claim in gathered.exchange.claims():
        seen = observed[claim.fabric].attachments.get(claim.node)
        sessions = []
        for server in gathered.rendered:
            wanted = [
                names[claim.owner, address][server]
                for address in claim.addresses
                if server in names.get((claim.owner, address), {})
            ]
            if wanted:
                sessions.append(Sessions(server, len(wanted), _up(health.get(server), wanted)))
        presence = _presence(claim.attachment, seen)
        found.append(
            Standing(claim.owner, claim.node, claim.name, claim.addresses, presence, tuple(sessions))
        )
    return tuple(found)


def _up(health: Health | None, wanted: list[str]) -> int | None:
    if health is None:
        return None
    return sum(name in health.sessions and health.sessions[name].established for name in wanted)


def _presence(wanted: Attachment, seen: Attachment | None) -> Presence:
    if not wanted.authorised:
        return "leaving" if seen is not None and seen.authorised else "suspended"
    if seen is None or not seen.authorised:
        return "missing"
    return "attached" if seen == wanted else "differs"
