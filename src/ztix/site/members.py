"""Members as their pages tell them: a row of the table, and all that others need to peer.

Law: pure. Contacts are not told, as in the other things that outsiders read. A name is a member's own word;
the rest is typed. Limits and options are those that the route servers go by.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from ztix.exchange import Exchange
from ztix.fabric import ordered
from ztix.member import Member
from ztix.routeserver import MemberView, RouteServerView, SessionView, as_sets, max_prefixes
from ztix.routeserver.imports import irr_mode
from ztix.site.plot import day
from ztix.site.source import Source
from ztix.terms import Address, Asn, Family

FAMILIES: tuple[Family, ...] = (4, 6)

_OPTIONS = {
    "ttl security on": "GTSM",
    "bfd on": "BFD",
    "local role rs_server": "BGP role",
    "require roles on": "role required",
    "add paths tx": "all paths",
}
"""Options of sessions in the words of the field; others are of no concern to readers."""


@dataclass(frozen=True, slots=True)
class Cell:
    """Addresses of one family. key: what they are sorted by, a number with leading zeros."""

    texts: tuple[str, ...]
    key: str


@dataclass(frozen=True, slots=True)
class Row:
    """A member in the table. page: relative to the top of the site.  servers: whether it has sessions."""

    asn: int
    name: str
    page: str
    status: str
    ipv4: Cell
    ipv6: Cell
    servers: str


@dataclass(frozen=True, slots=True)
class NodeLine:
    """One node. servers: whether it asked for sessions with the route servers."""

    name: str
    fabric: str
    addresses: tuple[str, ...]
    servers: str


@dataclass(frozen=True, slots=True)
class SessionLine:
    """One session with a route server. limits: for each family that it carries, in words."""

    server: str
    node: str
    member: str
    neighbour: str
    limits: tuple[str, ...]
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FamilyLine:
    """What the member may announce in one family. covered: how many prefixes its AS-SETs cover, in words."""

    family: str
    as_sets: tuple[str, ...]
    covered: str
    limit: int


@dataclass(frozen=True, slots=True)
class MemberPage:
    """One member. since: the day it joined, empty where that is not known.  until: its last day, or empty."""

    row: Row
    since: str
    until: str
    nodes: tuple[NodeLine, ...]
    sessions: tuple[SessionLine, ...]
    families: tuple[FamilyLine, ...]


def member_pages(source: Source, joined: Mapping[Asn, datetime]) -> tuple[MemberPage, ...]:
    """A page for each member, ascending by ASN."""
    seen = _seen(source.views)
    return tuple(
        _page(source, file.member, seen.get(file.member.asn, []), joined.get(file.member.asn))
        for file in source.exchange.members
    )


def _seen(views: Iterable[RouteServerView]) -> Mapping[Asn, list[tuple[RouteServerView, MemberView]]]:
    """Each member as the route servers see it."""
    found: dict[Asn, list[tuple[RouteServerView, MemberView]]] = {}
    for view in views:
        for member in view.members:
            found.setdefault(member.asn, []).append((view, member))
    return found


def _page(
    source: Source, member: Member, seen: list[tuple[RouteServerView, MemberView]], joined: datetime | None
) -> MemberPage:
    sessions = tuple(_session(view, session) for view, known in seen for session in known.sessions)
    return MemberPage(
        _row(member, bool(sessions)),
        day(joined) if joined else "",
        member.expires.isoformat() if member.expires else "",
        tuple(
            NodeLine(
                node.name, node.fabric, tuple(map(str, ordered(node.addresses))), _yes(node.route_servers)
            )
            for node in member.nodes
        ),
        sessions,
        tuple(_family(source, member, family, seen) for family in FAMILIES),
    )


def _row(member: Member, served: bool) -> Row:
    addresses = ordered(tuple(address for node in member.nodes for address in node.addresses))
    ipv4, ipv6 = (_cell(address for address in addresses if address.version == family) for family in FAMILIES)
    page = f"members/{member.asn}.html"
    return Row(int(member.asn), member.name, page, member.status, ipv4, ipv6, _yes(served))


def _cell(addresses: Iterable[Address]) -> Cell:
    found = list(addresses)
    return Cell(tuple(map(str, found)), f"{int(found[0]):039d}" if found else "")


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _session(view: RouteServerView, session: SessionView) -> SessionLine:
    neighbour = next(address for address in view.addresses if address.version == session.address.version)
    return SessionLine(
        view.name,
        session.node,
        str(session.address),
        str(neighbour),
        tuple(f"{family_words(channel.family)} {channel.max_prefixes}" for channel in session.channels),
        tuple(_option_words(session)),
    )


def _option_words(session: SessionView) -> Iterator[str]:
    options = [*session.options, *(option for channel in session.channels for option in channel.options)]
    for option in dict.fromkeys(options):
        if option in _OPTIONS:
            yield _OPTIONS[option]
    if len(session.channels) > 1:
        yield "IPv4 over IPv6"
    if session.secrets:
        yield "TCP MD5"


def family_words(name: str) -> str:
    """`ipv4` as people write it."""
    return name.replace("ip", "IP")


def _family(
    source: Source, member: Member, family: Family, seen: list[tuple[RouteServerView, MemberView]]
) -> FamilyLine:
    policy = source.exchange.policy
    if irr_mode(member.asn, policy.routing):
        sets = [part for _, known in seen for part in known.sets if part.prefixes.family == family]
        covered = str(len(sets[0].prefixes)) if sets else "none, without a session"
    else:
        covered = "not checked"
    return FamilyLine(
        f"IPv{family}",
        tuple(as_sets(member, family, source.evidence)),
        covered,
        max_prefixes(member, family, policy, source.evidence),
    )


def active(exchange: Exchange) -> int:
    """How many members are not suspended."""
    return sum(file.member.status == "active" for file in exchange.members)
