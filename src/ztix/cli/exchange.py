"""The exchange that a verb is about, and the fabric in it that the command line names.

Law: reads the files that it is given, and ends the verb where it cannot go on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ztix.exchange import Exchange
    from ztix.policy import FabricPolicy
    from ztix.tree import Tree


def open_exchange(tree: Tree) -> tuple[Exchange, bool]:
    """The exchange, and whether every member's file could be read. Raises Invalid."""
    from ztix.errors import Invalid
    from ztix.exchange import read_exchange

    exchange, report = read_exchange(tree)
    if exchange is None:
        raise Invalid("policy/ has errors", help="`ztix check` shows them")
    return exchange, not report.has_errors


def fabric_of(exchange: Exchange, name: str | None) -> FabricPolicy:
    """The fabric of that name, or the first one without a name. Raises Usage."""
    from ztix.errors import Usage

    fabrics = exchange.policy.fabrics.fabrics
    chosen = fabrics[0] if name is None else exchange.policy.fabric(name)
    if chosen is None:
        names = ", ".join(item.name for item in fabrics)
        raise Usage(f"there is no fabric `{name}`", help=f"name one of: {names}")
    return chosen
