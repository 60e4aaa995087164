"""A crowd of made-up members with IRR data as uneven as real ones, written for ztix and for ARouteServer.

70 of 100 members have 1 to 20 IPv4 prefixes, 25 have 100 to 300, four have 1,000 to 3,000, one has 15,000
to 25,000; a fifth as many for IPv6, an eighth as many origins. A quarter are patterns such as `{20,24}`.
All are drawn from one pool, so that large cones overlap. Private AS numbers (RFC 6996) and addresses (RFC
1918, RFC 2544) and RFC 3849: no documentation range has so many. The same count gives the same crowd.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from pathlib import Path
from typing import TypeAlias

from ztix.evidence import Expansion, PrefixPattern, PrefixSet
from ztix.evidence_files import expansions_text
from ztix.terms import Asn, AsSet, Family, Prefix

Class: TypeAlias = tuple[float, int, int, int, int]

ROUTE_SERVER_ASN = 64496
LAN4 = IPv4Network("198.18.0.0/17")
LAN6 = IPv6Network("2001:db8:64:96::/64")
FETCHED_AT = datetime(2026, 1, 1, tzinfo=UTC)
# Share of members; fewest and most IPv4 prefixes, max-prefix for IPv4 and IPv6.
CLASSES: tuple[Class, ...] = (
    (0.70, 1, 20, 50, 20),
    (0.25, 100, 300, 500, 200),
    (0.04, 1_000, 3_000, 5_000, 2_000),
    (0.01, 15_000, 25_000, 50_000, 20_000),
)
LENGTHS4 = (24,) * 60 + (23,) * 10 + (22,) * 12 + (21,) * 5 + (20,) * 5 + (19,) * 3 + (18,) * 2 + (16,) * 2
LENGTHS6 = (48,) * 45 + (47,) * 20 + (44,) * 10 + (40,) * 8 + (46,) * 7


@dataclass(frozen=True, slots=True)
class Someone:
    """One member. origins and patterns: what its AS-SET expands to."""

    asn: Asn
    as_set: AsSet
    ipv4: IPv4Address
    ipv6: IPv6Address
    limits: tuple[int, int]
    origins: tuple[Asn, ...]
    patterns4: tuple[PrefixPattern, ...]
    patterns6: tuple[PrefixPattern, ...]

    @property
    def object_name(self) -> str:
        """The AS-SET without its source."""
        return str(self.as_set).partition("::")[2]


def crowd(count: int, classes: Sequence[Class] = CLASSES) -> tuple[Someone, ...]:
    """That many members of these classes."""
    kinds = [kind for kind in classes for _ in range(round(kind[0] * count))]
    kinds += [classes[0]] * (count - len(kinds))
    random.Random(7).shuffle(kinds)
    return tuple(_someone(place, kind) for place, kind in enumerate(kinds[:count]))


def _someone(place: int, kind: Class) -> Someone:
    asn = Asn(4_200_000_000 + place)
    _, fewest, most, limit4, limit6 = kind
    chance = random.Random(f"{most}/{place}")
    count = chance.randint(fewest, most)
    origins = {asn} | {Asn(4_200_000_000 + chance.randint(0, 90_000)) for _ in range(count // 8)}
    return Someone(
        asn=asn,
        as_set=AsSet(f"RIPE::AS-CROWD-{place}"),
        ipv4=LAN4[10 + place],
        ipv6=LAN6[0x10 + place],
        limits=(limit4, limit6),
        origins=tuple(sorted(origins)),
        patterns4=tuple(_patterns(chance, 4, count)),
        patterns6=tuple(_patterns(chance, 6, max(1, count // 5))),
    )


def _patterns(chance: random.Random, family: Family, count: int) -> Iterator[PrefixPattern]:
    longest = 24 if family == 4 else 48
    for prefix in chance.sample(_pool(family), count):
        shortest = deepest = prefix.prefixlen
        if shortest < longest and chance.random() < 0.25:
            deepest = longest
            shortest += chance.randint(0, 1)
        yield PrefixPattern(prefix, shortest, deepest)


@cache
def _pool(family: Family) -> tuple[Prefix, ...]:
    chance = random.Random(42)
    found: dict[Prefix, None] = {}
    while len(found) < (60_000 if family == 4 else 40_000):
        if family == 4:
            length = chance.choice(LENGTHS4)
            number = 10 << 24 | chance.getrandbits(length - 8) << (32 - length)
            found[IPv4Network((number, length))] = None
        else:
            length = chance.choice(LENGTHS6)
            number = 0x20010DB8 << 96 | chance.getrandbits(length - 32) << (128 - length)
            found[IPv6Network((number, length))] = None
    return tuple(found)


POLICY = {
    "exchange": f"name: bench-ix\ntitle: Bench\nasn: {ROUTE_SERVER_ASN}\n",
    "fabrics": f"""\
fabrics:
  - name: lan
    network: "000001"
    url: http://127.0.0.1:9993
    token: {{env: TOKEN}}
    prefixes: [{LAN4}, "{LAN6}"]
""",
    "admission": 'reserved_asns_allowed: ["4200000000-4200099999"]\npeeringdb: "off"\n',
}
ROUTE_SERVER = """\
  - name: {name}
    node: {node}
    addresses: [{ipv4}, "{ipv6}"]
    router_id: {ipv4}
    bird: "{bird}"
    canary: {canary}
    ssh: {{host: {name}.example.net, host_keys: [ssh-ed25519 AAAA]}}
"""
MEMBER = """\
asn: {asn}
name: Crowd {asn}
contacts:
  - email: noc@as{asn}.example.net
nodes:
  - id: "{node:010x}"
    name: fra1
    addresses: [{ipv4}, "{ipv6}"]
as_set: {{ipv4: "{as_set}", ipv6: "{as_set}"}}
max_prefixes: {{ipv4: {limit4}, ipv6: {limit6}}}
"""


def write_exchange(folder: Path, members: Sequence[Someone], routing: str, birds: Sequence[str]) -> None:
    """An exchange of these members. routing: policy/routing.yaml; birds: the version on each route server."""
    for name in ("members", "policy", "evidence"):
        (folder / name).mkdir(parents=True)
    servers = "".join(
        ROUTE_SERVER.format(
            name=f"rs{number}",
            node=f'"e4b1c0a7d{number}"',
            ipv4=LAN4[number],
            ipv6=LAN6[number],
            bird=bird,
            canary="true" if number == 1 else "false",
        )
        for number, bird in enumerate(birds, start=1)
    )
    policy = {**POLICY, "routing": routing, "route-servers": f"route_servers:\n{servers}"}
    for name, text in policy.items():
        (folder / "policy" / f"{name}.yaml").write_text(text)
    for someone in members:
        (folder / "members" / f"{someone.asn}.yaml").write_text(member_text(someone))
    expansions = [_expansion(someone) for someone in members]
    (folder / "evidence" / "irr.json").write_text(expansions_text(expansions))


def member_text(someone: Someone) -> str:
    """The member's file."""
    return MEMBER.format(
        asn=int(someone.asn),
        node=0x1000000000 + int(someone.asn) - 4_200_000_000,
        ipv4=someone.ipv4,
        ipv6=someone.ipv6,
        as_set=someone.as_set,
        limit4=someone.limits[0],
        limit6=someone.limits[1],
    )


def _expansion(someone: Someone) -> Expansion:
    ipv4, ipv6 = PrefixSet.of(4, someone.patterns4), PrefixSet.of(6, someone.patterns6)
    return Expansion(someone.as_set, someone.origins, ipv4, ipv6, "made up", FETCHED_AT)


def write_irr_answers(folder: Path, members: Sequence[Someone]) -> None:
    """What bgpq4 would print, in one file for each AS-SET (and each AS) and question."""
    folder.mkdir(parents=True)
    for someone in members:
        answers = {
            "asn": {"asn_list": [int(asn) for asn in someone.origins]},
            "4": {"prefix_list": [_entry(pattern) for pattern in someone.patterns4]},
            "6": {"prefix_list": [_entry(pattern) for pattern in someone.patterns6]},
        }
        empty = {"asn": {"asn_list": [int(someone.asn)]}, "4": {"prefix_list": []}, "6": {"prefix_list": []}}
        for name, known in ((someone.object_name, answers), (someone.asn, empty)):
            for kind, answer in known.items():
                (folder / f"{name}.{kind}.json").write_text(json.dumps(answer))


def _entry(pattern: PrefixPattern) -> dict[str, object]:
    if pattern.shortest == pattern.longest == pattern.prefix.prefixlen:
        return {"prefix": str(pattern.prefix), "exact": True}
    lengths = {"greater-equal": pattern.shortest, "less-equal": pattern.longest}
    return {"prefix": str(pattern.prefix), "exact": False, **lengths}
