"""`doctor` without a member: looks at everything that the exchange itself goes by.

Law: effects only through the World and the Workplace, and reads only. Each thing is looked at for itself:
what does not answer leaves its own rows unknown and no others. No secret passes through here.
"""

from __future__ import annotations

from collections.abc import Mapping

from ztix.applied import Applied
from ztix.checkup.services import Services
from ztix.checkup.stock import evidence_ages, schemas, state, tools
from ztix.checkup.workplace import Workplace
from ztix.diagnosis import Age, ExchangeFacts, Files, Room
from ztix.diagnostics import Report
from ztix.errors import Invalid
from ztix.exchange import Exchange, read_exchange
from ztix.gather import gather
from ztix.terms import Digest, Label
from ztix.world import World

__all__ = ["Workplace", "look_round"]


def look_round(
    world: World, place: Workplace, ref: str, agent: Digest, made: Mapping[str, str]
) -> ExchangeFacts:
    """Every fact about the exchange's own works. Raises Usage.

    agent: digest of this version's script.  made: the schemas' files as this version makes them.
    """
    tree = world.read_tree(ref)
    exchange, report = read_exchange(tree)
    applied, receipt = state(world)
    services, ages = Services(world, place, applied, agent), tuple[Age, ...]()
    files = Files("policy/", _first_error(report))
    if exchange is not None:
        files, passwords = _passwords(world, ref, applied)
        ages = tuple(evidence_ages(exchange, world.evidence(exchange, tree)[0]))
        _ask(services, exchange, passwords)
    return ExchangeFacts(
        (files,),
        tuple(tools(place, exchange.policy if exchange else None)),
        tuple(services.secrets),
        tuple(services.fabrics),
        tuple(services.route_servers),
        tuple(services.parts),
        tuple(services.watches),
        (Room("disk here", place.free_mib()), *services.rooms),
        (*ages, receipt),
        tuple(schemas(tree, made)),
        tuple(services.releases),
    )


def _ask(services: Services, exchange: Exchange, passwords: Mapping[Label, frozenset[str]]) -> None:
    for fabric in exchange.policy.fabrics.fabrics:
        services.ask_fabric(fabric)
    for server in exchange.policy.route_servers.route_servers:
        services.ask_route_server(server, passwords.get(server.name, frozenset()))


def _passwords(world: World, ref: str, applied: Applied) -> tuple[Files, Mapping[Label, frozenset[str]]]:
    """The passwords that each route server's configuration includes, by name."""
    try:
        gathered = gather(world, ref, applied)
    except Invalid as error:
        return Files("policy/", error.message, error.help), {}
    return Files("policy/"), {
        name: frozenset(word for session in one.view.sessions for word in session.secrets)
        for name, one in gathered.rendered.items()
    }


def _first_error(report: Report) -> str:
    return next((f"{item.span}: {item.rule} {item.message}" for item in report.errors), "")
