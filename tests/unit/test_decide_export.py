"""What the decisions say of a route on its way to a client."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address, ip_network

import pytest

from tests.route_servers import evidence, exchange, expansion, member
from ztix.routeserver import views
from ztix.routeserver.decide_export import EXPORT_CHECKS, Exit, decide_export, exits
from ztix.routeserver.export_order import EXPORT_STEPS
from ztix.routeserver.route import NO_ADVERTISE, NO_EXPORT, Route, StandardCommunity
from ztix.terms import LargeCommunity

ROUTE = Route(ip_network("198.51.100.0/24"), (64500, 64505), ip_address("192.0.2.10"))
SMALL, LARGE = 64501, 65537


def way(asn: int, exchange_asn: int = 64496, family: str = "ipv4") -> Exit:
    """The exit to this member."""
    members = [member(number, 10 + place) for place, number in enumerate((64500, SMALL, LARGE))]
    found = exchange(*members, asn=exchange_asn)
    (view,) = views(found, evidence(expansion("AS64500:AS-ALL", [64500])))
    known = {(int(item.session.asn), item.channel.family): item for item in exits(view)}
    return known[asn, family]  # type: ignore[index]  # a Symbol is a text


NAMES = {"no-export": NO_EXPORT, "no-advertise": NO_ADVERTISE}


def community(word: str) -> StandardCommunity | LargeCommunity:
    if word in NAMES:
        return NAMES[word]
    numbers = [int(part) for part in word.split(":")]
    return StandardCommunity(*numbers) if len(numbers) == 2 else LargeCommunity(*numbers)


def with_communities(text: str) -> Route:
    found = [community(word) for word in text.split()]
    large = frozenset(item for item in found if isinstance(item, LargeCommunity))
    standard = frozenset(item for item in found if not isinstance(item, LargeCommunity))
    return replace(ROUTE, communities=standard, large_communities=large)


def test_decisions_when_counted_have_a_function_for_each_step_of_the_export() -> None:
    """A step without one could not be explained."""
    assert set(EXPORT_CHECKS) == {step.name for step in EXPORT_STEPS}


def test_client_does_not_get_its_own_route() -> None:
    """Nor one of a next hop of a kind that it cannot send to."""
    own = decide_export(way(64500), ROUTE)
    assert own.withheld_by is not None
    assert own.withheld_by.name == "own-route"
    strange = decide_export(way(SMALL), replace(ROUTE, next_hop=ip_address("2001:db8:64:96::a")))
    assert strange.withheld_by is not None
    assert strange.withheld_by.name == "next-hop-family"
    assert decide_export(way(SMALL), ROUTE).route == ROUTE


@pytest.mark.parametrize(
    ("communities", "to_small", "to_large"),
    [
        ("", True, True),
        ("64496:0:64501", False, True),
        ("0:64501", False, True),
        ("64496:0:65537", True, False),
        ("64496:0:0", False, False),
        ("0:64496", False, False),
        ("64496:0:0 64496:1:65537", False, True),
        ("0:64496 64496:1:65537", False, True),
        ("0:64496 64496:64501", True, False),
        ("64496:0:64501 64496:1:64501", False, True),
        ("64496:64496", True, True),
        ("64511:0:64501", True, True),
        ("0:1", True, True),
    ],
)
def test_route_that_is_kept_from_a_client_by_its_member_is_withheld(
    communities: str, to_small: bool, to_large: bool
) -> None:
    """Both forms, also towards AS numbers of 32 bits, and the exception from `to nobody`."""
    for asn, expected in ((SMALL, to_small), (LARGE, to_large)):
        step = decide_export(way(asn), with_communities(communities)).withheld_by
        assert (step.name if step else "") == ("" if expected else "not-announced"), asn


@pytest.mark.parametrize(
    ("communities", "times"),
    [
        ("64496:101:64501", 1),
        ("65502:64501", 2),
        ("64496:103:0", 3),
        ("64496:101:64501 64496:103:0", 1),
        ("64496:101:64501 64496:102:64501", 2),
        ("64496:101:65537", 0),
        ("65503:1", 0),
    ],
)
def test_path_is_prepended_as_often_as_asked(communities: str, times: int) -> None:
    """What is for the client itself goes before what is for all, and of several the largest counts."""
    passage = decide_export(way(SMALL), with_communities(communities))
    assert passage.route.as_path == (64500,) * times + ROUTE.as_path


@pytest.mark.parametrize(
    ("communities", "expected"),
    [
        ("64496:201:64501", "no-export"),
        ("64496:202:0", "no-advertise"),
        ("65281:64501 65282:1", "no-export"),
        ("64496:201:0 no-export", "no-export"),
        ("64496:201:65537", ""),
    ],
)
def test_well_known_community_is_added_where_asked(communities: str, expected: str) -> None:
    """Towards one AS or all, and once."""
    passage = decide_export(way(SMALL), with_communities(communities))
    assert passage.route.communities == {community(word) for word in expected.split()}


@pytest.mark.parametrize(("asn", "kept"), [(64496, {"64511:7"}), (4200000000, {"64511:7", "0:1", "65501:1"})])
def test_control_communities_leave_with_no_route(asn: int, kept: set[str]) -> None:
    """What the exchange tells stays; standard forms are the exchange's where its number fits them."""
    sent = with_communities(f"64511:7 0:1 65501:1 {asn}:999:7 {asn}:1000:1 64511:999:7")
    passage = decide_export(way(SMALL, asn), sent)
    assert set(map(str, passage.route.communities)) == kept
    assert set(map(str, passage.route.large_communities)) == {f"{asn}:1000:1", "64511:999:7"}
    assert [str(step.name) for step, _ in passage.amendments] == ["uncontrol"]
