"""What BIRD shows of its routes, read back: `show route all` of BIRD 2 and of BIRD 3.

Law: text in, values out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network

from ztix.routeserver.route import Route, StandardCommunity
from ztix.terms import LargeCommunity, Prefix

_HEAD = re.compile(r"^(?P<prefix>[0-9a-f.:]+/\d+)?\s+\S+ \[(?P<protocol>[a-z0-9_.]+) ")
_ATTRIBUTE = re.compile(r"^\t(?:BGP\.|bgp_)(?P<name>[a-z_]+)(?: \[[^\]]*\])?: (?P<value>.*)$")


@dataclass(frozen=True, slots=True)
class Shown:
    """One route of a table, and the protocol that it came from."""

    protocol: str
    route: Route


def shown(text: str) -> Iterator[Shown]:
    """All routes in an answer."""
    prefix: Prefix | None = None
    protocol = ""
    attributes: dict[str, str] = {}
    for line in (*text.splitlines(), ""):
        head = _HEAD.match(line)
        if (head or not line) and prefix is not None and attributes:
            yield Shown(protocol, _route(prefix, attributes))
        if head:
            prefix = ip_network(head["prefix"]) if head["prefix"] else prefix
            protocol, attributes = head["protocol"].partition(".")[0], {}
        elif found := _ATTRIBUTE.match(line):
            attributes[found["name"].removeprefix("as_")] = found["value"]


def _route(prefix: Prefix, attributes: dict[str, str]) -> Route:
    hops = [ip_address(word) for word in attributes["next_hop"].split()]
    link_local = hops[1] if len(hops) > 1 else None
    assert link_local is None or isinstance(link_local, IPv6Address)
    large = re.findall(r"\((\d+), (\d+), (\d+)\)", attributes.get("large_community", ""))
    standard = re.findall(r"\((\d+),(\d+)\)", attributes.get("community", ""))
    return Route(
        prefix,
        tuple(map(int, attributes["path"].split())),
        hops[0],
        link_local,
        frozenset(StandardCommunity(int(a), int(b)) for a, b in standard),
        frozenset(LargeCommunity(int(a), int(b), int(c)) for a, b, c in large),
        local_pref=int(attributes["local_pref"]),
    )
