"""The routers that a configuration can be made for, and what each of them cannot do.

Law: a table. What is said of closed makes is what their makers say; `docs/router-config.md` tells what was
proven.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from ztix.routerconfig.words import Sign
from ztix.terms import Label

Ability: TypeAlias = Literal["roles", "bfd", "add-paths", "extended-next-hop"]


@dataclass(frozen=True, slots=True)
class Dialect:
    """One make of routers. suffix: how its files end.  lacks: what it cannot, or what nobody here knows to
    ask for.

    sign: what a comment begins with.  joins: whether ZeroTier runs on the router and gives it its addresses.
    """

    name: Label
    suffix: str
    sign: Sign = Sign("#")  # noqa: RUF009 - a Word is a text and never changes
    lacks: frozenset[Ability] = frozenset()
    joins: bool = True

    @property
    def template(self) -> str:
        """The path of its template below `templates/`."""
        return f"router/{self.name}.j2"


_HASH, _BANG = Sign("#"), Sign("!")

DIALECTS: dict[str, Dialect] = {
    str(dialect.name): dialect
    for dialect in (
        Dialect(Label("bird2"), ".conf"),
        Dialect(Label("bird3"), ".conf"),
        Dialect(Label("frr"), ".conf", _BANG),
        Dialect(Label("openbgpd"), ".conf", _HASH, frozenset({"bfd", "extended-next-hop"})),
        Dialect(Label("gobgp"), ".toml", _HASH, frozenset({"roles", "bfd"})),
        Dialect(Label("routeros"), ".rsc", _HASH, frozenset({"add-paths"})),
        Dialect(Label("junos"), ".conf", _HASH, frozenset({"roles"}), joins=False),
        Dialect(Label("iosxr"), ".cfg", _BANG, frozenset({"roles"}), joins=False),
        Dialect(Label("eos"), ".cfg", _BANG, frozenset({"roles"}), joins=False),
    )
}
