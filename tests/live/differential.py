"""One route server, its members' sessions, and the comparison of what it does with what the decisions say."""

from __future__ import annotations

import contextlib
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from tests.announcing import Announcement, Announcements
from tests.live.bird_routes import shown
from tests.live.crowd import Client, Crowd, connected_within
from tests.live.topology import Router, lan
from tests.route_servers import LABORATORY, evidence, exchange, expansion, member, server
from ztix.drivers.templates import load_default_templates
from ztix.evidence import Vrp
from ztix.lab.daemons import wait_until
from ztix.render import render
from ztix.routeserver import RouteServerView, views
from ztix.routeserver.decide import decide
from ztix.routeserver.decide_export import Exit, decide_export, exits
from ztix.routeserver.entrance import Entrance, entrances
from ztix.routeserver.route import Route
from ztix.terms import LargeCommunity, Prefix

MARK = 64511
NUMBERS = {64500: 10, 64501: 11, 64502: 12, 65537: 13, 65551: 14}
SETS4 = {
    64500: ["198.18.0.0/17{17,28}", "198.51.100.0/24", "198.51.100.0/25{26,28}"],
    64501: ["198.18.128.0/17{20,26}"],
    64502: ["0.0.0.0/0{8,28}"],
    65537: ["198.19.0.0/17{17,28}", "198.19.128.0/26{27,32}"],
}
SETS6 = {
    64500: ["2001:db8:4500::/40{40,48}"],
    64501: ["2001:db8:4600::/40{44,48}", "2001:db8:4700::/48"],
    64502: ["2000::/3{16,48}"],
    65537: ["2001:db8:4800::/37{38,44}"],
}
ORIGINS = {64500: [64500, 64505, 64506], 64501: [64501], 64502: [64502, 64505, 174], 65537: [65537, 65540]}
MARKS = {
    asn: (f"203.0.113.{16 * place}/28", f"2001:db8:ff0{place}::/48") for place, asn in enumerate(NUMBERS)
}
KEPT = (ip_network("203.0.113.0/24"), ip_network("2001:db8:ff00::/40"))
"""For the markers alone."""


def some_vrps() -> tuple[Vrp, ...]:
    """VRPs in and around what members may announce, always the same."""
    drawn = random.Random(6811)  # noqa: S311 - a list for a test
    found = []
    for asn, origins in ORIGINS.items():
        for text in (*SETS4[asn], *SETS6[asn]):
            whole = ip_network(text.partition("{")[0])
            for _ in range(6):
                spare = 28 if whole.version == 4 else 48
                length = min(max(whole.prefixlen, 9) + drawn.randint(0, 6), spare)
                bits = whole.max_prefixlen
                number = int(whole.network_address) | drawn.getrandbits(bits) & int(whole.hostmask)
                prefix = ip_network((number >> (bits - length) << (bits - length), length))
                longest = min(length + drawn.randint(0, 4), bits)
                found.append(Vrp(prefix, longest, drawn.choice((asn, asn, *origins, 0, 64499))))
    return tuple(dict.fromkeys(found))


def the_view(bird: str, **changes: Any) -> RouteServerView:
    """An exchange with something of each kind. AS65551 may announce nothing but its marker."""
    allowed = [*LABORATORY["bogon_prefixes_allowed"], "198.18.0.0/15", "10.9.0.0/16"]
    routing = LABORATORY | {"bogon_prefixes_allowed": allowed} | changes
    limits = {"ipv4": "1000000", "ipv6": "1000000"}
    members = [member(asn, number, max_prefixes=limits) for asn, number in NUMBERS.items()]
    found = exchange(*members, servers=[server(bird=bird)], routing=routing)
    expansions = []
    for asn, marks in MARKS.items():
        sets = [[mark, *known.get(asn, ())] for mark, known in zip(marks, (SETS4, SETS6), strict=True)]
        expansions.append(expansion(f"AS{asn}:AS-ALL", ORIGINS.get(asn, [asn]), *sets))
    (view,) = views(found, evidence(*expansions, vrps=some_vrps()))
    return view


@dataclass(slots=True)
class Comparison:
    """A live route server beside the decisions. counts: how often each outcome was drawn."""

    view: RouteServerView
    entrances: tuple[Entrance, ...]
    exits: tuple[Exit, ...]
    router: Router
    crowd: Crowd
    said: list[Announcement] = field(default_factory=list)
    serial: int = 0
    counts: Counter[str] = field(default_factory=Counter)

    def round(self, announcements: list[Announcement]) -> list[str]:
        """Announce these, and tell each disagreement."""
        self.serial += 1
        clients = {client.name: client for client in self.crowd.clients}
        self.crowd.batch(
            [(clients[item.entrance.session.name], item.route.prefix) for item in self.said],
            [(clients[item.entrance.session.name], item.route) for item in announcements],
            {name: tuple(self._markers(name)) for name in clients},
        )
        self.said = announcements
        accepted, filtered = self._table(""), self._table("filtered ")
        found: list[str] = []
        for item in announcements:
            found += self._disagreements(item, accepted, filtered)
        return found

    def _markers(self, name: str) -> Iterator[Route]:
        """What a session says last: prefixes that all may announce and nobody draws."""
        for entrance in self.entrances:
            if entrance.session.name == name:
                yield marker(entrance, self.serial)

    def _table(self, which: str) -> dict[tuple[Prefix, str], Route]:
        found: dict[tuple[Prefix, str], Route] = {}
        for family in self.view.families:
            text = self.router.bird.ask(f"show route table {family.table} {which}all")
            found |= {(item.route.prefix, item.protocol): item.route for item in shown(text)}
        return found

    def _disagreements(
        self,
        item: Announcement,
        accepted: dict[tuple[Prefix, str], Route],
        filtered: dict[tuple[Prefix, str], Route],
    ) -> Iterator[str]:
        decision = decide(item.entrance, item.route)
        step = decision.rejected_by
        self.counts[decision.dropped or (str(step.name) if step else "accepted")] += 1
        key = item.route.prefix, str(item.entrance.session.name)
        expected = decision.route if decision.accepted else None
        if accepted.get(key) != expected:
            yield f"{item}\n  table: {accepted.get(key)}\n  not    {expected}"
        rejected = None
        if step is not None and step.reason is not None:
            reason = step.reason.community(self.view.asn)
            large = decision.route.large_communities | {reason}
            rejected = replace(decision.route, large_communities=large)
        if filtered.get(key) != rejected:
            yield f"{item}\n  filtered: {filtered.get(key)}\n  not       {rejected}"
        clients = {client.name: client for client in self.crowd.clients}
        for way in self.exits:
            if way.channel.family == item.entrance.channel.family:
                yield from self._received(item, way, clients[str(way.session.name)], expected)

    def _received(self, item: Announcement, way: Exit, client: Client, route: Route | None) -> Iterator[str]:
        passed = None
        if route is not None:
            passage = decide_export(way, route)
            step = passage.withheld_by
            self.counts[f"export: {step.name if step else 'sent'}"] += 1
            passed = passage.route if step is None else None
        got = client.table.get(item.route.prefix)
        wanted = None if passed is None else replace(passed, local_pref=100)
        if got != wanted:
            yield f"{item} --to AS{client.asn}\n  received: {got}\n  not       {wanted}"


def marker(entrance: Entrance, serial: int) -> Route:
    """A route of this session that every other member gets, and that is another one each time."""
    return Route(
        ip_network(MARKS[entrance.session.asn][entrance.family.family == 6]),
        (int(entrance.session.asn),),
        entrance.session.address,
        large_communities=frozenset({LargeCommunity(MARK, 7, serial)}),
    )


@contextlib.contextmanager
def comparison(view: RouteServerView, program: Path, text: str | None = None) -> Iterator[Comparison]:
    """The route server that runs this view, all sessions up. text: instead of what the templates print."""
    ways = tuple(entrances(view))
    hosts = {
        "rs": tuple(f"{a}/{24 if a.version == 4 else 64}" for a in view.addresses),
        "m": tuple(f"{s.address}/{24 if s.address.version == 4 else 64}" for s in view.sessions),
    }
    config = render(view, load_default_templates()) if text is None else text
    with lan(hosts) as wires, wires.running("rs", program, config) as router:
        clients = []
        for number, session in enumerate(view.sessions):
            own = next(family.address for family in view.families if family.family == session.address.version)
            assert own is not None
            wire = connected_within(wires.hosts["m"], session.address, own)
            families = tuple(4 if channel.family == "ipv4" else 6 for channel in session.channels)
            clients.append(Client(str(session.name), int(session.asn), session.address, wire, families))
            clients[-1].open(number + 1, extended=len(families) > 1)
        crowd = Crowd(tuple(clients))
        try:
            crowd.until(lambda: all(client.is_up for client in clients), 30, "all sessions are up")
            wait_until(lambda: all(router.session_is_up(c.name) for c in clients), 30, "up on both sides")
            yield Comparison(view, ways, tuple(exits(view)), router, crowd)
        finally:
            crowd.close()


def announcements(found: Comparison, seed: int) -> Announcements:
    return Announcements(found.entrances, seed, KEPT)
