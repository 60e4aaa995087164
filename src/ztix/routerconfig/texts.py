"""The texts for a member's routers, and the places in them that are to be filled in.

Law: pure; templates arrive as values. Which nodes there is a text for is decided here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ztix.diagnostics import shown
from ztix.errors import Usage
from ztix.evidence import Evidence
from ztix.exchange import Exchange
from ztix.render import render_template
from ztix.routerconfig.derive import Derivation
from ztix.routerconfig.dialects import Dialect
from ztix.routerconfig.words import MEANINGS, Place
from ztix.routeserver import RouteServerView
from ztix.terms import Asn, Label

_PLACE = re.compile(Place.pattern)


@dataclass(frozen=True, slots=True)
class Gap:
    """A place that is to be filled in. lines: where it stands, from 1.  meaning: what belongs there."""

    place: Place
    lines: tuple[int, ...]
    meaning: str


@dataclass(frozen=True, slots=True)
class RouterText:
    """The configuration of one node's router."""

    asn: Asn
    node: Label
    dialect: Dialect
    text: str

    @property
    def file(self) -> str:
        """The name of its file."""
        return f"{self.asn}-{self.node}-{self.dialect.name}{self.dialect.suffix}"

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """The places to fill in, from top to bottom."""
        found: dict[Place, list[int]] = {}
        for number, line in enumerate(self.text.splitlines(), start=1):
            for place in map(Place, _PLACE.findall(line)):
                found.setdefault(place, []).append(number)
        return tuple(
            Gap(place, tuple(lines), MEANINGS.get(place, "see the lines around it"))
            for place, lines in found.items()
        )


def router_texts(
    exchange: Exchange,
    evidence: Evidence,
    servers: Sequence[RouteServerView],
    asn: Asn,
    dialect: Dialect,
    templates: Mapping[str, str],
    node: str | None = None,
) -> tuple[RouterText, ...]:
    """The configuration of each node that has sessions, in the order of the member's file; or of one.

    Raises Usage where there is no such member or node, or nothing to say of it, and BrokenTemplate.
    """
    file = exchange.member(asn)
    if file is None:
        raise Usage(
            f"{asn} is no member here",
            help=f"`ztix new {asn}` begins its file; `members/` has those there are",
        )
    derivation = Derivation(exchange, evidence, servers, file.member)
    speaking = derivation.nodes()
    if file.member.status != "active":
        raise Usage(
            f"{asn} is suspended, so it has no session with a route server", help=f"see `{file.path}`"
        )
    chosen = [one for one in speaking if node in (None, one.name)]
    if not chosen:
        names = ", ".join(f"`{one.name}`" for one in speaking)
        which = "no node" if node is None else f"no node `{shown(node)}`"
        advice = f"its nodes with sessions: {names}" if names else f"see `nodes` in `{file.path}`"
        raise Usage(f"{asn} has {which} with a session with a route server", help=advice)
    return tuple(
        RouterText(
            asn,
            one.name,
            dialect,
            render_template(dialect.template, templates, view=derivation.router(one, dialect)).rstrip()
            + "\n",
        )
        for one in chosen
    )
