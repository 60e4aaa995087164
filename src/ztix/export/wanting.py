"""What policy does not say and an export cannot do without.

Law: pure. All that is wanting is told at once, with the place where it belongs.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from ztix.errors import Invalid

B = TypeVar("B")

PAGE = "docs/exports.md of ztix shows what to write; `ztix check` reads it"


def needed(block: B | None, name: str, verb: str) -> B:
    """The block of `publication`. Raises Invalid where policy has none."""
    if block is None:
        raise Invalid(
            f"`ztix export {verb}` needs `publication.{name}` in policy/exchange.yaml, which has none",
            help=PAGE,
        )
    return block


def refuse(wanting: Iterable[str], verb: str) -> None:
    """Raises Invalid where anything is wanting, with all of it."""
    found = "; ".join(wanting)
    if found:
        raise Invalid(
            f"`ztix export {verb}` cannot go by `publication` in policy/exchange.yaml: {found}", help=PAGE
        )
