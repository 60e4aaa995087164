"""What a make of routers cannot do of what the sessions ask for, in words for its operator.

Law: pure; each note is written here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ztix.routerconfig.dialects import Dialect
from ztix.routerconfig.view import NeighborView
from ztix.routeserver.words import Remark


def notes(dialect: Dialect, neighbors: Sequence[NeighborView], *, strict: bool) -> Iterator[Remark]:
    """The notes. strict: whether the exchange refuses routers that tell no role."""
    if strict and "roles" in dialect.lacks:
        yield Remark(
            "the exchange refuses routers that tell no BGP role (RFC 9234), and this one tells none: "
            "ask maintainers for roles on"
        )
    if "extended-next-hop" in dialect.lacks and any(neighbor.extended for neighbor in neighbors):
        yield Remark(
            "IPv4 over IPv6 (RFC 8950) is left out: take a later version, or extended_next_hop false"
        )
    if "add-paths" in dialect.lacks and any(neighbor.add_paths for neighbor in neighbors):
        yield Remark("all paths (RFC 7911) are left out, so one path to each prefix will arrive")
    if "bfd" in dialect.lacks and any(neighbor.bfd for neighbor in neighbors):
        yield Remark("BFD (RFC 5880) is left out: this router has none")
