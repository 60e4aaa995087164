"""Asks everything outside what is live, for the verbs that only look.

Law: reads through the World, writes nothing. What does not answer, or answers in another form, becomes a note
and is left out; nothing but git itself ends the look.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ztix.applied import Applied
from ztix.controller_pin import refuse_others
from ztix.errors import ZtixError
from ztix.events import Stage
from ztix.exchange import Exchange, read_exchange
from ztix.fabric import Observed, Sighting, Witness
from ztix.gather import Gathered, gather
from ztix.health import Filtered, Health
from ztix.plan import Note
from ztix.policy import FabricPolicy, RouteServerPolicy
from ztix.receipt_told import Told, read_told
from ztix.routeserver import REASON_FUNCTION
from ztix.standing import Live
from ztix.terms import Label, NodeId
from ztix.world import World, staged


@dataclass(frozen=True, slots=True)
class Surveyed:
    """Git's side and what is live. proposed: the exchange of an open change.  notes: what did not answer."""

    gathered: Gathered
    live: Live
    proposed: Exchange | None
    notes: tuple[Note, ...]


def survey(world: World, ref: str, head: str | None = None) -> Surveyed:
    """Look at everything. head: the revision of an open change. Raises Invalid and Usage, about git alone."""
    notes: list[Note] = []
    applied, told = _records(world, notes)
    gathered = gather(world, ref, applied or Applied())
    proposed = _proposed(world, head, notes)
    nodes = {(claim.fabric, claim.node) for claim in gathered.exchange.claims()}
    nodes |= {(claim.fabric, claim.node) for claim in (proposed.claims() if proposed else ())}
    nodes |= {(fabric, node) for fabric, held in (applied or Applied()).owned.items() for node in held}
    observed: dict[Label, Observed] = {}
    sightings: dict[Label, Mapping[NodeId, Sighting]] = {}
    for fabric in gathered.exchange.policy.fabrics.fabrics:
        wanted = [node for name, node in nodes if name == fabric.name]
        _fabric(world, fabric, applied or Applied(), wanted, (observed, sightings, notes))
    health: dict[Label, Health] = {}
    filtered: dict[Label, Sequence[Filtered]] = {}
    for server in gathered.exchange.policy.route_servers.route_servers:
        _route_server(world, gathered, server, (health, filtered, notes))
    live = Live(world.now(), applied, told, observed, sightings, health, filtered)
    return Surveyed(gathered, live, proposed, tuple(notes))


def _records(world: World, notes: list[Note]) -> tuple[Applied | None, Told | None]:
    try:
        applied = world.state.read()
        data = world.state.receipt()
    except ZtixError as error:
        notes.append(Note("ztix-state", f"is unknown: {error.message}"))
        return None, None
    told = None if data is None else read_told(data)
    if data is not None and told is None:
        notes.append(Note("ztix-state", "is unknown in part: the last receipt has another form"))
    return applied, told


def _proposed(world: World, head: str | None, notes: list[Note]) -> Exchange | None:
    if head is None:
        return None
    exchange, report = read_exchange(world.read_tree(head))
    if report.has_errors:
        notes.append(Note(head, f"has errors in its files: `ztix check --ref {head}` shows them"))
    return exchange


_Fabrics = tuple[dict[Label, Observed], dict[Label, Mapping[NodeId, Sighting]], list[Note]]
_Servers = tuple[dict[Label, Health], dict[Label, Sequence[Filtered]], list[Note]]


@staged(Stage.OBSERVE)
def _fabric(
    world: World, fabric: FabricPolicy, applied: Applied, nodes: Sequence[NodeId], found: _Fabrics
) -> None:
    observed, sightings, notes = found
    try:
        port = world.open_fabric(fabric)
        held = port.observe()
        refuse_others([fabric], {fabric.name: held}, applied.controllers)
    except ZtixError as error:
        notes.append(Note(fabric.name, f"is unknown: {error.message}"))
        return
    observed[fabric.name] = held
    if not isinstance(port, Witness):
        return
    try:
        sightings[fabric.name] = port.sightings(nodes)
    except ZtixError as error:
        notes.append(Note(fabric.name, f"does not tell when nodes were there: {error.message}"))


@staged(Stage.OBSERVE)
def _route_server(world: World, gathered: Gathered, server: RouteServerPolicy, found: _Servers) -> None:
    health, filtered, notes = found
    try:
        with world.connect(server) as link:
            health[server.name] = link.health()
            try:
                filtered[server.name] = link.filtered(gathered.exchange.policy.exchange.asn, REASON_FUNCTION)
            except ZtixError as error:
                notes.append(Note(server.name, f"does not tell why routes are filtered: {error.message}"))
    except ZtixError as error:
        notes.append(Note(server.name, f"is unknown: {error.message}"))
