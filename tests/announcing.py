"""Random announcements near every boundary of a route server's filters, from one seed.

Law: values only. What is near a boundary is read from the view: its sets, bounds and lists. Each draw is
right in most respects, so that routes get as far as the last steps, and wrong in some.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass, replace
from ipaddress import IPv6Address, ip_address, ip_network
from random import Random

from ztix.evidence import PrefixPattern
from ztix.reserved import within
from ztix.routeserver.entrance import Entrance
from ztix.routeserver.route import BLACKHOLE, WELL_KNOWN, Route, StandardCommunity
from ztix.terms import Address, LargeCommunity, Prefix

TRANSIT_FREE = (174, 1299, 3356)
FUNCTIONS = (0, 1, 101, 102, 103, 201, 202, 203, 999, 1000, 1001, 1101, 1999, 2000, 4294967295)
ELSEWHERE = tuple(map(ip_address, ("192.0.2.200", "203.0.113.1", "2001:db8:64:96::c8", "2001:db8:4500::1")))
CONTROL = (65501, 65502, 65503, 65281, 65282)


@dataclass(frozen=True, slots=True)
class Announcement:
    """A route, and the session that it is said in."""

    entrance: Entrance
    route: Route

    def __str__(self) -> str:
        """The command that runs it through the decisions."""
        route, words = self.route, ["ztix", "route", "explain", str(self.route.prefix)]
        braced = "{%d}" if route.as_set else "%d"
        path = " ".join([*map(str, route.as_path[:-1]), *(braced % asn for asn in route.as_path[-1:])])
        words += ["--from", str(self.entrance.session.asn), "--path", path]
        words += ["--next-hop", str(route.next_hop)]
        words += ["--link-local", str(route.link_local)] if route.link_local else []
        for item in (*sorted(route.communities), *sorted(route.large_communities)):
            words += ["--community", str(item)]
        return shlex.join(words)


class Announcements:
    """Draws announcements. kept: prefixes in which none is drawn."""

    def __init__(self, entrances: tuple[Entrance, ...], seed: int, kept: tuple[Prefix, ...] = ()) -> None:
        self.entrances = entrances
        self.random = Random(seed)  # noqa: S311 - a test's draws, repeated from their seed
        self.kept = kept
        view = entrances[0].server
        self.asns = sorted({int(entrance.session.asn) for entrance in entrances})
        self.hops = [entrance.session.address for entrance in entrances] + list(view.addresses)
        self.edge = {
            family.family: [
                *family.lan.patterns,
                *family.bogons.patterns,
                *family.bogons_allowed.patterns,
                *family.denied.patterns,
            ]
            for family in view.families
        }
        self.near = {
            family.family: [PrefixPattern(v.prefix, v.prefix.prefixlen, v.max_length) for v in family.vrps]
            for family in view.families
        }
        self.sets = {
            (entrance.session.name, entrance.channel.family): list(entrance.channel.sets.prefixes.patterns)
            for entrance in entrances
        }
        self.origins = {
            entrance.session.asn: [
                int(part) if isinstance(part, int) else part.first
                for part in entrance.channel.sets.origins.asns
            ]
            for entrance in entrances
        }

    def batch(self, size: int, contested: float = 0) -> Iterator[Announcement]:
        """So many announcements, no two of one prefix; and for a share of them, others of the same prefix.

        contested: the share. Rivals come in other sessions whose prefix sets cover the prefix.
        """
        used: set[Prefix] = set()
        for _ in range(size):
            entrance = self.random.choice(self.entrances)
            for _ in range(20):
                prefix = self._prefix(entrance)
                if prefix not in used and not any(within(prefix, kept) for kept in self.kept):
                    used.add(prefix)
                    yield Announcement(entrance, self._route(entrance, prefix))
                    if self.random.random() < contested:
                        yield from self._rivals(entrance, prefix)
                    break

    def _rivals(self, entrance: Entrance, prefix: Prefix) -> Iterator[Announcement]:
        rivals = [
            other
            for other in self.entrances
            if other.family.family == prefix.version
            and other.session.name != entrance.session.name
            and (other.channel.imported.irr == 0 or prefix in other.sets.prefixes)
        ]
        for other in self.random.sample(rivals, self.random.randint(0, len(rivals))):
            yield Announcement(other, self._route(other, prefix))

    def _prefix(self, entrance: Entrance) -> Prefix:
        family, random = entrance.family.family, self.random
        own = self.sets[entrance.session.name, entrance.channel.family] or self.near[family]
        others = [item for patterns in self.sets.values() for item in patterns]
        foreign = [item for item in others if item.prefix.version == family]
        kind = random.choices((own, self.near[family], foreign, self.edge[family]), (60, 24, 8, 8))[0]
        return self._near(random.choice(kind or foreign or self.edge[family]))

    def _near(self, pattern: PrefixPattern) -> Prefix:
        """A prefix of the pattern, or one that just misses it."""
        random, bits = self.random, pattern.prefix.max_prefixlen
        if random.random() < 0.15:
            length = random.choice(
                (pattern.shortest - 1, pattern.longest + 1, pattern.prefix.prefixlen, bits)
            )
        else:
            length = random.randint(pattern.shortest, min(pattern.longest, pattern.shortest + 16, bits))
        length = min(max(length, 1), bits)
        number = int(pattern.prefix.network_address)
        if random.random() < 0.05:
            number ^= 1 << (bits - max(pattern.prefix.prefixlen, 1))  # the neighbour
        number |= random.getrandbits(bits) & int(pattern.prefix.hostmask)
        made = type(pattern.prefix.network_address)(number)
        return ip_network(f"{made}/{length}", strict=False)

    def _route(self, entrance: Entrance, prefix: Prefix) -> Route:
        hop, link_local = self._next_hop(entrance, prefix)
        path = self._path(entrance)
        route = Route(prefix, path, hop, link_local, as_set=bool(path) and self.random.random() < 0.005)
        if self.random.random() < 0.4:
            return route
        if prefix.prefixlen > entrance.family.longest and self.random.random() < 0.7:
            route = replace(route, communities=frozenset({BLACKHOLE}))
        standard = frozenset(self._standard(entrance) for _ in range(self.random.randint(0, 4)))
        large = frozenset(self._large(entrance) for _ in range(self.random.randint(0, 4)))
        return replace(route, communities=route.communities | standard, large_communities=large)

    def _path(self, entrance: Entrance) -> tuple[int, ...]:
        random, own = self.random, int(entrance.session.asn)
        origins = self.origins[entrance.session.asn] or [own]
        path = [own] * random.choice((1, 1, 1, 2, 3))
        if random.random() < 0.5:
            path += [random.choice(origins)] * random.choice((1, 1, 2))
        if random.random() < 0.25:
            longest = entrance.server.as_path_max
            path[1:1] = random.choice(
                (
                    [random.choice([asn for asn in self.asns if asn != own])],
                    [random.choice(TRANSIT_FREE)],
                    [random.choice((0, 23456, 64495, 64512, 65535, 65552, 131071, 131072, 2**32 - 1))],
                    [own] * (longest - len(path) + random.choice((-1, 0, 0, 1))),
                    [int(entrance.server.asn) if random.random() < 0.3 else 64510],
                )
            )
        if random.random() < 0.05:
            return random.choice(((), tuple(path[1:]), (random.choice(self.asns), *path), (*path, 64510)))
        return tuple(path)

    def _next_hop(self, entrance: Entrance, prefix: Prefix) -> tuple[Address, IPv6Address | None]:
        random, hop = self.random, entrance.session.address
        link_local = None
        if random.random() < 0.12:
            kinds = {hop.version, prefix.version}
            others = [other for other in (*self.hops, *ELSEWHERE) if other.version in kinds]
            own = sorted(entrance.next_hops, key=str)
            hop = random.choice((random.choice(others), random.choice(own)))
        if hop.version == 6 and random.random() < 0.4:
            link_local = IPv6Address(f"fe80::{random.choice(('bad', 'a', 'b'))}")
        return hop, link_local

    def _whom(self, entrance: Entrance) -> int:
        return self.random.choice((*self.asns, *self.asns, 0, int(entrance.server.asn), 64510, 4200000001))

    def _standard(self, entrance: Entrance) -> StandardCommunity:
        random, own, whom = self.random, int(entrance.server.asn), self._whom(entrance)
        pairs = (
            (0, whom),
            (own, whom),
            (0, own),
            (own, own),
            (random.choice(CONTROL), whom),
            random.choice(WELL_KNOWN),
            (random.choice((64510, own, 1)), random.choice((1, 666, 65535))),
        )
        high, low = random.choice([pair for pair in pairs if max(pair) <= 0xFFFF])
        return StandardCommunity(high, low)

    def _large(self, entrance: Entrance) -> LargeCommunity:
        asn = self.random.choice((int(entrance.server.asn),) * 5 + (64511,))
        return LargeCommunity(asn, self.random.choice(FUNCTIONS), self._whom(entrance))
