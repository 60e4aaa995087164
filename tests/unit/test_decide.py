"""What the decisions say of a route: each step, in its order, and what BIRD drops before all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any, get_args

import pytest

from tests.route_servers import LABORATORY, evidence, exchange, expansion, member
from ztix.evidence import Vrp
from ztix.routeserver import STEPS, views
from ztix.routeserver.decide import CHECKS, Drop, decide
from ztix.routeserver.entrance import Entrance, entrances
from ztix.routeserver.route import BLACKHOLE, GRACEFUL_SHUTDOWN, NO_EXPORT, Route, StandardCommunity
from ztix.terms import LargeCommunity

EXPANSIONS = (
    expansion("AS64500:AS-ALL", [64500, 64505], ["198.51.100.0/24{24,29}"], ["2001:db8:4500::/40{40,48}"]),
    expansion("AS64501:AS-ALL", [64501], ["203.0.113.0/24"]),
)
VRPS = tuple(
    Vrp(ip_network(prefix), longest, 64500)
    for prefix, longest in (("198.51.100.128/25", 26), ("203.0.113.0/24", 24))
)
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


_LEAK = replace(GOOD4, as_path=(64500, 1299, 64505))
_TWO = frozenset({StandardCommunity(64511, 1), StandardCommunity(64511, 2)})
_AUTHORISED = {"asn": "64500", "next_hop": "authorised", "next_hops": ["192.0.2.200"]}


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
    assert expected in get_args(Drop) or expected == "bogon-prefix"


@pytest.mark.parametrize(
    ("routing", "route", "expected"),
    [
        ({}, replace(GOOD4, as_path=(64500, 1299, 64505)), "transit-free"),
        ({"transit_free": ["64500"]}, GOOD4, "accepted"),
        ({"members": [{"asn": "64500", "exempt": ["transit-free"]}]}, _LEAK, "accepted"),
        ({"never_via": ["64505"]}, replace(GOOD4, as_path=(64500, 64505)), "never-via"),
        (
            {"never_via": ["64505"], "members": [{"asn": "64500", "exempt": ["never-via"]}]},
            replace(GOOD4, as_path=(64500, 64505)),
            "accepted",
        ),
        ({"communities_max": "2"}, replace(GOOD4, communities=_TWO), "accepted"),
        ({"communities_max": "1"}, replace(GOOD4, communities=_TWO), "communities"),
        ({"prefixes_denied": ["198.51.100.0/24"]}, at("198.51.100.128/25"), "bogon-prefix"),
        ({"next_hop": "authorised"}, replace(GOOD4, next_hop=ip_address("192.0.2.200")), "next-hop"),
        ({"members": [_AUTHORISED]}, replace(GOOD4, next_hop=ip_address("192.0.2.200")), "accepted"),
        ({"prefix_sets": "off"}, at("198.51.100.0/24", as_path=(64500, 64506)), "accepted"),
        ({"prefix_sets": "enforce-or-rov-valid"}, at("203.0.113.0/24"), "accepted"),
        ({"prefix_sets": "enforce-or-rov-valid"}, at("203.0.113.0/25"), "prefix-set"),
        ({"rov": {"invalid": "accept"}}, at("198.51.100.128/27"), "accepted"),
    ],
)
def test_policy_moves_where_a_route_stops(routing: dict[str, Any], route: Route, expected: str) -> None:
    """Lists, bounds and exceptions of policy reach the decision through the view."""
    assert outcome(route, **routing) == expected


BLACKHOLES = {
    "members": "all",
    "ipv4": {"lengths": {"min": "30", "max": "32"}, "next_hop": "192.0.2.66"},
    "ipv6": {"lengths": {"min": "128", "max": "128"}},
}


def test_blackhole_of_own_addresses_passes_where_others_do_not() -> None:
    """It may be longer, need not be valid, goes no further than neighbours, and leads where policy says."""
    route = at("198.51.100.200/32", communities=frozenset({BLACKHOLE}))
    decision = decide(ways(blackhole=BLACKHOLES)["ipv4"], route)
    assert decision.accepted
    assert decision.route.communities == {BLACKHOLE, NO_EXPORT}
    assert decision.route.next_hop == ip_address("192.0.2.66")
    six = at("2001:db8:4500::1/128", communities=frozenset({BLACKHOLE}))
    assert decide(ways(blackhole=BLACKHOLES)["ipv6"], six).route.next_hop == GOOD6.next_hop


@pytest.mark.parametrize(
    ("prefix", "routing", "expected"),
    [
        ("203.0.113.1/32", {"blackhole": BLACKHOLES}, "blackhole"),
        ("198.51.100.0/29", {"blackhole": BLACKHOLES}, "blackhole"),
        ("198.51.100.1/32", {"blackhole": {"members": "listed"}}, "blackhole"),
        ("198.51.100.1/32", {}, "too-long"),
        ("198.51.100.0/24", {}, "accepted"),
    ],
)
def test_blackhole_that_may_not_be_is_rejected(prefix: str, routing: dict[str, Any], expected: str) -> None:
    """Of others' addresses, of another length, by a member that may not; without policy it means nothing."""
    assert outcome(at(prefix, communities=frozenset({BLACKHOLE})), **routing) == expected


@pytest.mark.parametrize("asn", [64496, 4200000000])
def test_communities_that_only_the_exchange_may_set_are_taken_off(asn: int) -> None:
    """Those that steer the export stay, in both forms; the export reads them and takes them off."""
    steering = LargeCommunity(asn, 999, 3)
    foreign = LargeCommunity(64511, 1101, 3)
    large = frozenset({LargeCommunity(asn, 1101, 3), steering, foreign})
    standard = frozenset({StandardCommunity(64496, 64501)})
    route = replace(GOOD4, communities=standard, large_communities=large)
    decision = decide(ways(asn, informational="false")["ipv4"], route)
    assert [str(step.name) for step, _ in decision.amendments] == ["scrub"]
    assert decision.route.large_communities == {steering, foreign}
    assert decision.route.communities == standard


@pytest.mark.parametrize(
    ("routing", "prefix", "expected"),
    [
        ({}, "198.51.100.0/24", {(1000, 2), (1001, 1)}),
        ({}, "198.51.100.128/25", {(1000, 1), (1001, 1)}),
        ({"rov": {"invalid": "accept"}}, "198.51.100.128/27", {(1000, 4), (1001, 1)}),
        ({"prefix_sets": "off"}, "198.51.100.0/24", {(1000, 2), (1001, 2)}),
        ({"prefix_sets": "enforce-or-rov-valid"}, "203.0.113.0/24", {(1000, 1), (1001, 2)}),
    ],
)
def test_accepted_route_tells_its_state(
    routing: dict[str, Any], prefix: str, expected: set[tuple[int, int]]
) -> None:
    """ROV in one large community, the IRR in another."""
    route = decide(ways(**routing)["ipv4"], at(prefix)).route
    assert route.large_communities == {LargeCommunity(64496, *pair) for pair in expected}


def test_route_tells_that_rov_was_not_done_where_it_was_not() -> None:
    """Not-found is what a list says, and there is none."""
    (view,) = views(exchange(member(64500, 10), routing=LABORATORY), evidence(*EXPANSIONS))
    way = next(entrances(view))
    assert LargeCommunity(64496, 1000, 3) in decide(way, GOOD4).route.large_communities


def test_route_that_is_about_to_go_is_the_last_choice() -> None:
    """RFC 8326, where policy does not say otherwise."""
    route = replace(GOOD4, communities=frozenset({GRACEFUL_SHUTDOWN}))
    assert decide(ways()["ipv4"], route).route.local_pref == 0
    assert decide(ways(graceful_shutdown="false")["ipv4"], route).route.local_pref == 100


def test_link_local_address_beside_the_next_hop_is_dropped() -> None:
    """Nobody can check it."""
    way = ways(informational="false")["ipv6"]
    decision = decide(way, replace(GOOD6, link_local=IPv6Address("fe80::bad")))
    assert decision.accepted
    assert [str(step.name) for step, _ in decision.amendments] == ["link-local"]
    assert decision.route == GOOD6


def test_aspa_is_left_to_the_route_server() -> None:
    """ASPAs come from caches, and a view has none."""
    assert CHECKS["aspa"](ways()["ipv4"], GOOD4) is GOOD4


def test_rov_where_caches_serve_it_goes_by_them_before_the_list() -> None:
    """What they serve may be given; the list judges what they know nothing about."""
    caches: dict[str, Any] = {"rov": {"caches": [{"host": "192.0.2.250"}]}}
    invalid = at("198.51.100.128/27")
    assert outcome(invalid, **caches) == "rov"
    view = ways(**caches)["ipv4"].server
    (way,) = (
        way
        for way in entrances(view, [Vrp(invalid.prefix, 27, 64500), Vrp(GOOD4.prefix, 24, 64501)])
        if way.session.asn == 64500 and way.channel.family == "ipv4"
    )
    assert decide(way, invalid).accepted
    assert not decide(way, GOOD4).accepted
