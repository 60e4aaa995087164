"""Members that act like `suspended`: who they are, and why."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.unit.exchange_fixture import ADMISSION, NOW, good_exchange, good_files, member_text, read
from ztix.dormant import Dormant, denied, put_to_rest
from ztix.exchange import Exchange

PATH = "members/AS64500.yaml"


def exchange(admission: str = "", member: str = "") -> Exchange:
    """The good exchange with more policy, and AS64500 with more keys."""
    files = {**good_files(), "policy/admission.yaml": ADMISSION + admission}
    return read({**files, PATH: member_text(64500, member)})


def test_put_to_rest_of_a_good_exchange_changes_nothing() -> None:
    """Nobody is dormant whom neither policy nor time says so of."""
    good = good_exchange()
    assert put_to_rest(good, NOW) == (good, ())


@pytest.mark.parametrize(
    ("admission", "reason"),
    [
        ("asns_denied: [64500]\n", "`asns_denied` in policy/admission.yaml names it"),
        ("asns_allowed: [64501]\n", "`asns_allowed` in policy/admission.yaml does not name it"),
    ],
)
def test_put_to_rest_when_policy_denies_a_member_suspends_it(admission: str, reason: str) -> None:
    """The member keeps its addresses and is active nowhere; nobody else changes."""
    before = exchange(admission)
    after, dormant = put_to_rest(before, NOW)
    assert dormant == (Dormant("AS64500", reason),)
    assert [file.member.status for file in after.members] == ["suspended", "active"]
    assert [claim.addresses for claim in after.claims()] == [claim.addresses for claim in before.claims()]


def test_denied_when_the_number_is_the_route_servers_tells_so() -> None:
    """Nobody is a member by the exchange's own number."""
    found = denied("members/AS64496.yaml", good_exchange().policy)
    assert found == Dormant("AS64496", "policy/exchange.yaml gives its number to the route servers")


@pytest.mark.parametrize("path", ["members/README.md", "members/AS9999999999.yaml", PATH])
def test_denied_when_policy_says_nothing_is_nothing(path: str) -> None:
    """A file that is no member's is not denied, nor is a good member's."""
    assert denied(path, good_exchange().policy) is None


def test_put_to_rest_on_the_last_day_waits() -> None:
    """The last day counts whole, in UTC."""
    there = exchange(member="expires: 2026-01-02\n")
    assert put_to_rest(there, NOW)[1] == ()
    assert put_to_rest(there, NOW + timedelta(days=1))[1] == (Dormant("AS64500", "it expired on 2026-01-02"),)


def test_put_to_rest_of_a_suspended_member_says_nothing() -> None:
    """Who is suspended already needs no second reason."""
    there = exchange("asns_denied: [64500]\n", "status: suspended\n")
    assert put_to_rest(there, NOW) == (there, ())
