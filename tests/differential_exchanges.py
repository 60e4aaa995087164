"""Exchanges whose route servers and decisions are held against each other: every option of policy is in one.

Law: values only.
"""

from __future__ import annotations

import random
from ipaddress import ip_network
from typing import Any

from tests.route_servers import LABORATORY, evidence, exchange, expansion, member, node, server
from ztix.evidence import Vrp
from ztix.routeserver import RouteServerView, views

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
    asn: (
        [f"203.0.113.{16 * place}/28", f"203.0.113.{128 + 16 * place}/28"],
        [f"2001:db8:ff0{place}::/48", f"2001:db8:ff1{place}::/48"],
    )
    for place, asn in enumerate(NUMBERS)
}
"""For each member and family, a prefix for each of its nodes."""
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


ALLOWED = {"bogon_prefixes_allowed": [*LABORATORY["bogon_prefixes_allowed"], "198.18.0.0/15", "10.9.0.0/16"]}
BLACKHOLES = {
    "members": "all",
    "ipv4": {"lengths": {"min": "30", "max": "32"}, "next_hop": "192.0.2.66"},
    "ipv6": {"lengths": {"min": "128", "max": "128"}},
}
DIFFERENT = [
    {"asn": "64500", "next_hop": "authorised", "next_hops": ["192.0.2.200", "2001:db8:64:96::c8"]},
    {"asn": "64501", "prefix_sets": "enforce-or-rov-valid", "blackhole": "false"},
    {"asn": "64502", "exempt": ["transit-free", "never-via"], "prefix_sets": "off"},
]
POLICIES: dict[str, dict[str, Any]] = {
    "plain": {},
    "rich": {
        "blackhole": BLACKHOLES,
        "members": DIFFERENT,
        "next_hop": "same-as",
        "never_via": ["64505", "64502"],
        "communities_max": "5",
        "prefixes_denied": ["198.18.64.0/20", "2001:db8:4680::/44"],
        "prefix_length": {"ipv4": {"min": "9", "max": "28"}, "ipv6": {"min": "20", "max": "48"}},
    },
    "wide": {
        "blackhole": {"members": "listed"},
        "members": [{"asn": "65537", "blackhole": "true"}],
        "prefix_sets": "enforce-or-rov-valid",
        "rov": {"invalid": "accept"},
        "graceful_shutdown": "false",
        "as_path_max": "6",
        "transit_free": [],
    },
    "quiet": {"informational": "false", "prefix_sets": "off", "next_hop": "authorised"},
}
CACHED = {"rov": {"caches": [{"host": "192.0.2.250"}]}, "aspa": {"invalid": "reject"}}
"""A policy that no route server of a test can follow, because it asks somebody else."""
ASNS = {"wide": 65550}
"""Of the exchanges whose AS number is not 64496. This one fits no standard community."""


def the_view(policy: str, bird: str) -> RouteServerView:
    """An exchange with something of each kind.

    AS65551 may announce nothing but its marker. Where policy is rich or wide, AS64502 and AS65551 have IPv4
    over IPv6, and AS65537 has two nodes.
    """
    limits = {"ipv4": "1000000", "ipv6": "1000000"}
    members = [member(asn, number, max_prefixes=limits) for asn, number in NUMBERS.items()]
    if policy in ("rich", "wide"):
        for place, number in ((2, 12), (4, 14)):
            members[place]["nodes"] = [node(number, bgp={"extended_next_hop": "true"})]
        members[3]["nodes"] = [node(13), node(33)]
    routing = LABORATORY | ALLOWED | POLICIES.get(policy, CACHED)
    asn = ASNS.get(policy, 64496)
    found = exchange(*members, servers=[server(bird=bird)], routing=routing, asn=asn)
    expansions = []
    for number, marks in MARKS.items():
        sets = [[*mark, *known.get(number, ())] for mark, known in zip(marks, (SETS4, SETS6), strict=True)]
        expansions.append(expansion(f"AS{number}:AS-ALL", ORIGINS.get(number, [number]), *sets))
    (view,) = views(found, evidence(*expansions, vrps=some_vrps()))
    return view
