"""One route server, its members' sessions, and the comparison of what it does with what the decisions say."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from ipaddress import ip_network
from pathlib import Path

from tests.announcing import Announcement, Announcements
from tests.differential_exchanges import KEPT, MARKS
from tests.live.bird import listening
from tests.live.bird_routes import shown
from tests.live.crowd import Client, Crowd, connected_within
from tests.live.topology import Router, lan
from ztix.drivers.templates import load_default_templates
from ztix.lab.daemons import wait_until
from ztix.render import render
from ztix.routeserver import RouteServerView
from ztix.routeserver.decide import decide
from ztix.routeserver.decide_export import Exit, decide_export, exits
from ztix.routeserver.entrance import Entrance, entrances
from ztix.routeserver.route import Route
from ztix.terms import LargeCommunity, Prefix

MARK = 64511


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
    logged: int = 0
    counts: Counter[str] = field(default_factory=Counter)

    def round(self, announcements: list[Announcement]) -> list[str]:
        """Announce these, and tell each disagreement."""
        self.serial += 1
        clients = {client.name: client for client in self.crowd.clients}
        markers = [(entrance, self.marker(entrance)) for entrance in self.entrances]
        self.crowd.batch(
            [(clients[item.entrance.session.name], item.route.prefix) for item in self.said],
            [(clients[item.entrance.session.name], item.route) for item in announcements],
            [(clients[entrance.session.name], route) for entrance, route in markers],
            [
                (clients[way.session.name], route)
                for entrance, route in markers
                for way in self.exits
                if way.channel.family == entrance.channel.family
                and decide_export(way, route).withheld_by is None
            ],
        )
        self.said = announcements
        accepted, filtered = self._table(""), self._table("filtered ")
        found: list[str] = []
        rivals: dict[Prefix, list[Announcement]] = {}
        for item in announcements:
            found += self._disagreements(item, accepted, filtered)
            rivals.setdefault(item.route.prefix, []).append(item)
        for items in rivals.values():
            found += self._misreceived(items)
        found += self._errors()
        return found

    def _errors(self) -> list[str]:
        """What BIRD's log has new that no good configuration brings about, whatever members say."""
        log = (self.router.bird.folder / "bird.err").read_bytes()
        fresh, self.logged = log[self.logged :].decode(), len(log)
        return [line for line in fresh.splitlines() if "<ERR>" in line or "<BUG>" in line]

    def marker(self, entrance: Entrance) -> Route:
        """A route of this session that others get, and that is another one each time.

        Its next hop is one that most can send to, so that it tells of most sessions.
        """
        family = entrance.family.family
        hops = sorted(entrance.next_hops, key=lambda hop: hop.version != family)
        hop = entrance.session.address if entrance.session.address.version == family else hops[0]
        large = LargeCommunity(MARK, 7, self.serial)
        asn = int(entrance.session.asn)
        names = [
            other.session.name
            for other in self.entrances
            if other.session.asn == asn and other.family.family == family
        ]
        place = names.index(entrance.session.name)
        prefix = ip_network(MARKS[asn][family == 6][place])
        return Route(prefix, (asn,), hop, large_communities=frozenset({large}))

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

    def _misreceived(self, items: list[Announcement]) -> Iterator[str]:
        """What clients have of one prefix instead of the best of what they may have. items: all of them.

        Best first, as RFC 4271 section 9.1.2.2 has it, of what was accepted; then the first that the client
        may have, so that what it may not have hides nothing from it (RFC 7947 section 2.3.1).
        """
        order = {str(session.name): place for place, session in enumerate(self.view.sessions)}
        came = [(item.entrance.session.name, decide(item.entrance, item.route)) for item in items]
        best = sorted(
            (
                (-decision.route.local_pref, len(decision.route.as_path), order[str(name)], decision.route)
                for name, decision in came
                if decision.accepted
            ),
            key=lambda rank: rank[:3],
        )
        self.counts["contested"] += len(best) > 1
        clients = {client.name: client for client in self.crowd.clients}
        for way in self.exits:
            if way.channel.family != items[0].entrance.channel.family:
                continue
            passages = [decide_export(way, route) for *_, route in best]
            for passage in passages:
                step = passage.withheld_by
                self.counts[f"export: {step.name if step else 'sent'}"] += 1
            passed = [passage.route for passage in passages if passage.withheld_by is None]
            client = clients[str(way.session.name)]
            got = client.table.get(items[0].route.prefix)
            wanted = replace(passed[0], local_pref=100) if passed else None
            self.counts["export: not the first"] += bool(passed) and passages[0].withheld_by is not None
            if got != wanted:
                told = "\n".join(map(str, items))
                yield f"{told}\n --to AS{client.asn}\n  received: {got}\n  not       {wanted}"


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
        wait_until(lambda: listening(router.bird) == len(view.sessions), 60, "all sessions can be opened")
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
            crowd.until(lambda: all(client.is_up for client in clients), 60, "all sessions are up")
            wait_until(lambda: all(router.session_is_up(c.name) for c in clients), 60, "up on both sides")
            yield Comparison(view, ways, tuple(exits(view)), router, crowd)
        finally:
            crowd.close()


def announcements(found: Comparison, seed: int) -> Announcements:
    return Announcements(found.entrances, seed, KEPT)
