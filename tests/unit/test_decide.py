"""What the decisions say of a route: each step, in its order, and what BIRD drops before all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

import pytest

from tests.route_servers import LABORATORY, evidence, exchange, expansion, member
from ztix.evidence import Vrp
from ztix.routeserver import STEPS, views
from ztix.routeserver.decide import BEFORE, CHECKS, decide
from ztix.routeserver.entrance import Entrance, entrances
from ztix.routeserver.route import Route, StandardCommunity
from ztix.terms import LargeCommunity

EXPANSIONS = (
    expansion("AS64500:AS-ALL", [64500, 64505], ["198.51.100.0/24{24,29}"], ["2001:db8:4500::/40{40,48}"]),
    expansion("AS64501:AS-ALL", [64501], ["203.0.113.0/24"]),
)
VRPS = (Vrp(ip_network("198.51.100.128/25"), 26, 64500),)
GOOD4 = Route(ip_network("198.51.100.0/24"), (64500,), ip_address("192.0.2.10"))
GOOD6 = Route(ip_network("2001:db8:4500::/48"), (64500,), ip_address("2001:db8:64:96::a"))


def ways(asn: int = 64496, **routing: Any) -> Mapping[str, Entrance]:
    """The entrances of AS64500 by family."""
    members = (member(64500, 10), member(64501, 11))
    found = exchange(*members, routing=LABORATORY | routing, asn=asn)
    (view,) = views(found, evidence(*EXPANSIONS, vrps=VRPS))
    return {str(way.channel.family): way for way in entrances(view) if way.session.asn == 64500}


def outcome(route: Route, **routing: Any) -> str:
    """The name of the step that rejects the route, or why it never meets one."""
    decision = decide(ways(**routing)["ipv4" if route.prefix.version == 4 else "ipv6"], route)
    if decision.rejected_by is not None:
        return str(decision.rejected_by.name)
    return decision.dropped or ("accepted" if decision.accepted else "?")


def at(prefix: str, **changes: Any) -> Route:
    good = GOOD6 if ":" in prefix else GOOD4
    return replace(good, prefix=ip_network(prefix), **changes)


def test_decisions_when_counted_have_a_function_for_each_step() -> None:
    """A step without one could not be explained, and one without a step is never run."""
    assert set(CHECKS) == {step.name for step in STEPS}


@pytest.mark.parametrize(
    ("route", "expected"),
    [
        (GOOD4, "accepted"),
        (GOOD6, "accepted"),
        (at("192.0.2.128/25"), "peering-lan"),
        (at("10.0.0.0/8"), "bogon-prefix"),
        (at("8.0.0.0/7"), "too-short"),
        (at("198.51.100.8/29"), "too-long"),
        (replace(GOOD4, as_path=(64500,) * 33), "path-length"),
        (replace(GOOD4, as_path=(64500,) * 32), "accepted"),
        (replace(GOOD4, as_path=(64505, 64500)), "first-as"),
        (replace(GOOD4, as_path=()), "first-as"),
        (replace(GOOD4, as_path=(64500, 64512, 64500)), "bogon-asn"),
        (replace(GOOD4, as_path=(64500, 0)), "bogon-asn"),
        (replace(GOOD4, next_hop=ip_address("192.0.2.11")), "next-hop"),
        (replace(GOOD4, as_path=(64500, 64506)), "origin"),
        (at("203.0.113.0/24"), "prefix-set"),
        (at("198.51.100.128/25"), "accepted"),
        (at("198.51.100.128/27"), "rov"),
        (at("198.51.100.192/26", as_path=(64500, 64505)), "rov"),
    ],
)
def test_route_that_is_wrong_in_one_respect_stops_at_its_step(route: Route, expected: str) -> None:
    """Each step rejects what its title says, and nothing else."""
    assert outcome(route) == expected


@pytest.mark.parametrize(
    ("route", "expected"),
    [
        (at("127.0.0.0/9"), "no-unicast"),
        (at("0.1.0.0/16"), "no-unicast"),
        (at("0.0.0.0/8"), "bogon-prefix"),
        (at("224.0.0.0/4"), "no-unicast"),
        (at("255.255.255.255/32"), "no-unicast"),
        (at("255.255.255.254/32"), "bogon-prefix"),
        (at("fe80::/64"), "no-unicast"),
        (at("ff00::/8"), "no-unicast"),
        (at("::1/128"), "no-unicast"),
        (at("::ffff:127.0.0.0/104"), "no-unicast"),
        (at("::ffff:192.0.2.0/120"), "bogon-prefix"),
        (replace(GOOD4, as_path=(64500, 64496)), "loop"),
        (replace(GOOD4, as_path=(64500, 64501), as_set=True), "as-set"),
        (replace(GOOD4, next_hop=ip_address("203.0.113.1")), "next-hop-elsewhere"),
        (replace(GOOD4, next_hop=ip_address("192.0.2.1")), "next-hop-elsewhere"),
        (replace(GOOD4, next_hop=ip_address("192.0.2.255")), "next-hop-elsewhere"),
    ],
)
def test_route_that_bird_drops_itself_meets_no_step(route: Route, expected: str) -> None:
    """Such a route is in no list of filtered ones, and the decision says why."""
    assert outcome(route) == expected
    assert expected in BEFORE or expected == "bogon-prefix"


@pytest.mark.parametrize(("asn", "kept"), [(64496, False), (4200000000, True)])
def test_standard_communities_in_the_exchanges_name_are_there_where_its_number_fits(
    asn: int, kept: bool
) -> None:
    """A 32-bit AS number has no standard communities that anybody could speak in its name."""
    standard = StandardCommunity(64496, 1101)
    large = frozenset({LargeCommunity(asn, 1101, 3), LargeCommunity(64511, 1101, 3)})
    route = replace(GOOD4, communities=frozenset({standard}), large_communities=large)
    decision = decide(ways(asn)["ipv4"], route)
    assert [str(step.name) for step, _ in decision.amendments] == ["scrub"]
    assert decision.route.large_communities == {LargeCommunity(64511, 1101, 3)}
    assert (standard in decision.route.communities) is kept


def test_link_local_address_beside_the_next_hop_is_dropped() -> None:
    """Nobody can check it."""
    decision = decide(ways()["ipv6"], replace(GOOD6, link_local=IPv6Address("fe80::bad")))
    assert decision.accepted
    assert [str(step.name) for step, _ in decision.amendments] == ["link-local"]
    assert decision.route == GOOD6


def test_aspa_is_left_to_the_route_server() -> None:
    """ASPAs come from caches, and a view has none."""
    assert CHECKS["aspa"](ways()["ipv4"], GOOD4) is GOOD4


def test_rov_state_when_a_cache_serves_it_may_be_given() -> None:
    """A view has no VRPs where caches serve them; what is known elsewhere stands in."""
    way = ways()["ipv4"]
    (given,) = (
        other
        for other in entrances(way.server, [Vrp(GOOD4.prefix, 24, 64501)])
        if other.session.name == way.session.name
    )
    assert decide(way, GOOD4).accepted
    assert not decide(given, GOOD4).accepted
