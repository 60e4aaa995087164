"""A route's own words, and the indexes that tell what is in a set."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest

from ztix.evidence import PrefixSet, Vrp
from ztix.routeserver.route import (
    AsnIndex,
    PrefixIndex,
    Route,
    StandardCommunity,
    VrpIndex,
    parse_path,
)
from ztix.routeserver.words import AsnSet
from ztix.terms import Asn, AsnRange


def test_route_without_a_path_has_as_zero_at_both_ends() -> None:
    """As BIRD tells it."""
    route = Route(ip_network("198.51.100.0/24"), (), ip_address("192.0.2.10"))
    assert (route.first_as, route.origin) == (0, 0)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("64500 64501", ((64500, 64501), False)),
        ("AS64500,0", ((64500, 0), False)),
        ("64500 {64501 64502}", ((64500, 64501, 64502), True)),
        ("", ((), False)),
    ],
)
def test_path_of_numbers_is_read(text: str, path: tuple[tuple[int, ...], bool]) -> None:
    """With or without `AS`; braces are an AS_SET."""
    assert parse_path(text) == path


@pytest.mark.parametrize("text", ["64500 x", "4294967296", "-1", "1 " * 256])
def test_path_of_anything_else_is_refused(text: str) -> None:
    """The sentence says what a path is."""
    with pytest.raises(ValueError, match="must"):
        parse_path(text)


def test_community_is_shown_as_people_write_it() -> None:
    """Two numbers and a colon."""
    assert str(StandardCommunity(64496, 7)) == "64496:7"


def test_asn_index_knows_numbers_and_both_ends_of_ranges() -> None:
    """A range holds its ends and not their neighbours."""
    index = AsnIndex(AsnSet((Asn(64500), AsnRange(64510, 64512), AsnRange(64520, 64520))))
    held = [asn for asn in range(64495, 64525) if asn in index]
    assert held == [64500, 64510, 64511, 64512, 64520]


@pytest.mark.parametrize(
    ("prefix", "held"),
    [
        ("198.51.100.0/24", True),
        ("198.51.100.128/26", True),
        ("198.51.100.0/27", False),
        ("198.51.0.0/16", False),
        ("203.0.113.0/25", True),
        ("203.0.113.0/24", False),
        ("203.0.113.0/26", False),
        ("192.0.2.0/24", False),
        ("2001:db8::/32", False),
    ],
)
def test_prefix_index_goes_by_cover_and_length(prefix: str, held: bool) -> None:
    """A pattern holds what it covers with a length in its bounds, of its own family."""
    index = PrefixIndex(PrefixSet(4, ("198.51.100.0/24{24,26}", "203.0.113.0/25")))
    assert (ip_network(prefix) in index) is held


@pytest.mark.parametrize(
    ("prefix", "origin", "state"),
    [
        ("198.51.100.0/24", 64500, "valid"),
        ("198.51.100.0/25", 64500, "invalid"),
        ("198.51.100.0/25", 64501, "valid"),
        ("198.51.100.0/24", 64502, "invalid"),
        ("198.51.100.0/24", 0, "invalid"),
        ("198.51.0.0/16", 64500, "not-found"),
        ("203.0.113.0/24", 0, "invalid"),
        ("2001:db8::/32", 64500, "valid"),
        ("2001:db8:1::/48", 64500, "invalid"),
    ],
)
def test_rov_state_is_that_of_rfc_6811(prefix: str, origin: int, state: str) -> None:
    """Any one VRP that matches makes it valid; AS 0 never matches."""
    vrps = [
        Vrp(ip_network(covers), longest, asn)
        for covers, longest, asn in (
            ("198.51.100.0/24", 24, 64500),
            ("198.51.100.0/24", 26, 64501),
            ("203.0.113.0/24", 24, 0),
            ("2001:db8::/32", 32, 64500),
        )
    ]
    assert VrpIndex(vrps).state(ip_network(prefix), origin) == state
