"""Route servers and fabrics as pages tell them.

Law: pure. How a route server is reached by its maintainers is not told, nor where a controller answers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ztix.policy import Policy
from ztix.routeserver import RouteServerView


@dataclass(frozen=True, slots=True)
class ServerLine:
    """One route server."""

    name: str
    asn: int
    addresses: tuple[str, ...]
    software: str
    members: int
    sessions: int


@dataclass(frozen=True, slots=True)
class FabricLine:
    """One fabric. network: its full id, empty where only the controller can tell."""

    name: str
    network: str
    prefixes: tuple[str, ...]
    mtu: int


def server_lines(views: Iterable[RouteServerView]) -> tuple[ServerLine, ...]:
    """In policy's order."""
    return tuple(
        ServerLine(
            view.name,
            int(view.asn),
            tuple(map(str, view.addresses)),
            f"BIRD {view.bird}",
            len(view.members),
            len(view.sessions),
        )
        for view in views
    )


def fabric_lines(policy: Policy) -> tuple[FabricLine, ...]:
    """In policy's order."""
    return tuple(
        FabricLine(fabric.name, fabric.network_id or "", tuple(map(str, fabric.prefixes)), fabric.mtu)
        for fabric in policy.fabrics.fabrics
    )
