"""Where a route server has its VRPs and ASPAs from: caches, the list behind them, its own BIRD."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import pytest

from tests.route_servers import LABORATORY, NOW, evidence, exchange, expansion, member, server
from ztix.drivers.templates import load_default_templates
from ztix.evidence import Evidence, Vrp
from ztix.render import render
from ztix.routeserver import RouteServerView, views
from ztix.rov_policy import RovPolicy, RpkiCache, VrpList

VRPS = (
    Vrp(ip_network("198.51.100.0/24"), 24, 64500),
    Vrp(ip_network("203.0.113.0/24"), 25, 0),
    Vrp(ip_network("2001:db8:4500::/48"), 48, 64500),
)
KNOWN = expansion("AS64500:AS-ALL", [64500], ["198.51.100.0/24"], ["2001:db8:4500::/48"])
ONE = {"caches": [{"host": "192.0.2.200"}]}
TWO = {
    "caches": [{"host": "192.0.2.200"}, {"host": "2001:db8:64:96::c8", "port": "8282", "expire_s": "1800"}]
}
ASPA = {"invalid": "reject"}


def aged(hours: int, vrps: tuple[Vrp, ...] = VRPS) -> Evidence:
    return replace(evidence(KNOWN, vrps=vrps), vrps_fetched_at=NOW - timedelta(hours=hours))


def view(rov: dict[str, Any], found: Evidence, bird: str = "2.0.12", **routing: Any) -> RouteServerView:
    policy = LABORATORY | {"rov": rov} | routing
    held = exchange(member(64500, 10), routing=policy, servers=[server(1, bird=bird)])
    (only,) = views(held, found)
    return only


def steps(found: RouteServerView) -> set[str]:
    return {step.name for step in found.families[0].steps} & {"rov", "aspa"}


def told(found: RouteServerView) -> list[str]:
    return [notice.message for notice in found.notices if notice.asn == 0]


def test_caches_are_asked_by_policys_timers() -> None:
    """Each has its name, and what it proposes itself does not count."""
    found = view(TWO, evidence(KNOWN))
    assert [(c.name, str(c.host), c.port, c.refresh_s, c.retry_s, c.expire_s) for c in found.caches] == [
        ("zx_cache_192_0_2_200_323", "192.0.2.200", 323, 900, 90, 7200),
        ("zx_cache_2001_db8_64_96__c8_8282", "2001:db8:64:96::c8", 8282, 900, 90, 1800),
    ]
    assert [family.fallbacks for family in found.families] == [(), ()]
    assert steps(found) == {"rov"}
    assert told(found) == []


def test_cache_that_loses_its_neighbour_keeps_its_name() -> None:
    """BIRD restarts a protocol whose name means another cache now, and its VRPs would be gone meanwhile."""
    first, second = (cache.name for cache in view(TWO, evidence(KNOWN)).caches)
    later = {"caches": TWO["caches"][::-1]}
    assert [cache.name for cache in view(later, evidence(KNOWN)).caches] == [second, first]
    assert [cache.name for cache in view({"caches": TWO["caches"][1:]}, evidence(KNOWN)).caches] == [second]


def test_caches_that_are_one_are_refused() -> None:
    """Two protocols would ask the same cache, under one name."""
    with pytest.raises(ValueError, match="must have each `host` and `port` once"):
        RovPolicy.model_validate(
            {"caches": [{"host": "192.0.2.250"}, {"host": "192.0.2.250", "port": "323"}]}
        )


def test_list_with_caches_judges_from_a_table_of_its_own() -> None:
    """What it finds valid is not thereby valid to the caches' table, which other steps ask."""
    found = view(ONE, aged(1))
    assert [family.vrp_table for family in found.families] == ["zx_list4", "zx_list6"]
    assert [family.fallbacks for family in found.families] == [("zx_list4",), ("zx_list6",)]
    assert [len(family.vrps) for family in found.families] == [2, 1]
    text = render(found, load_default_templates())
    assert "roa4 table zx_list4;" in text
    assert "= ROA_UNKNOWN && roa_check(zx_list4, net, bgp_path.last) = ROA_INVALID" in text
    assert "expire keep 7200;" in text


def test_list_without_caches_is_the_table_itself() -> None:
    """There is nothing that it could stand behind."""
    found = view({}, aged(1))
    assert [family.vrp_table for family in found.families] == ["zx_roa4", "zx_roa6"]
    assert [family.fallbacks for family in found.families] == [(), ()]
    assert "zx_list" not in render(found, load_default_templates())


@pytest.mark.parametrize("rov", [{}, ONE, TWO])
@pytest.mark.parametrize("found", [evidence(KNOWN), aged(1), aged(1000)], ids=["none", "young", "old"])
def test_every_table_that_is_used_is_there(rov: dict[str, Any], found: Evidence) -> None:
    """With and without caches, with a list, without one and with one that is too old."""
    text = render(view(rov, found, "3.1", aspa=ASPA), load_default_templates())
    made = re.findall(r"^(?:roa4|roa6|aspa) table (\w+);", text, re.M)
    used = re.findall(r"(?:roa4|roa6|aspa) \{ table (\w+); \}|(?:roa|aspa)_check\((\w+),", text)
    assert {name for pair in used for name in pair if name} <= set(made)
    assert used


@pytest.mark.parametrize(("hours", "used"), [(48, True), (49, False)])
def test_list_when_it_is_older_than_policy_says_is_not_used(hours: int, used: bool) -> None:
    """Old VRPs reject what their holders have changed since; the plan tells."""
    with_cache, alone = view(ONE, aged(hours)), view({}, aged(hours))
    assert (steps(with_cache), steps(alone)) == ({"rov"}, {"rov"} if used else set())
    assert bool(with_cache.families[0].fallbacks) == used
    assert bool(with_cache.families[0].vrps) == bool(alone.families[0].vrps) == used
    words = [] if used else ["the list of VRPs is more than 48 hours old and is not used"]
    assert told(with_cache) == told(alone) == words


def test_list_without_a_vrp_is_none() -> None:
    """By it nothing would be invalid, and the plan would not tell."""
    found = view({}, aged(1, ()))
    assert (steps(found), found.families[0].validated) == (set(), ())
    assert told(found) == [
        "ROV is not done: there is neither a cache in policy nor a list of VRPs in the evidence"
    ]


def test_list_that_is_too_old_when_nothing_is_rejected_is_no_news() -> None:
    """Who accepts invalid routes does not wait for a fresh list."""
    assert told(view({"invalid": "accept"}, aged(1000))) == []


@pytest.mark.parametrize(
    ("bird", "rov", "notice"),
    [
        ("2.15", ONE, "ASPA is not done: BIRD 2.15 cannot do it, 2.16 and later can"),
        ("2.0.12", ONE, "ASPA is not done: BIRD 2.0.12 cannot do it, 2.16 and later can"),
        ("3.1", {}, "ASPA is not done: ASPAs come from caches, and policy names none"),
        ("2.16", ONE, None),
        ("3.1.7", TWO, None),
    ],
)
def test_aspa_is_done_where_a_cache_and_the_bird_can(
    bird: str, rov: dict[str, Any], notice: str | None
) -> None:
    """Elsewhere its step is left out and the plan says what is missing."""
    found = view(rov, aged(1), bird, aspa=ASPA)
    assert ("aspa" in steps(found)) == (notice is None)
    assert told(found) == ([notice] if notice else [])
    assert {cache.aspas for cache in found.caches} <= ({("zx_aspas",)} if notice is None else {()})
    assert ("aspa_check(zx_aspas" in render(found, load_default_templates())) == (notice is None)


def test_aspa_unless_policy_wants_it_is_not_done() -> None:
    """The drafts are young; an exchange says when it starts."""
    found = view(ONE, evidence(KNOWN), "3.1")
    assert (steps(found), found.aspas, told(found)) == ({"rov"}, (), [])


@pytest.mark.parametrize("given", [{"refresh_s": "7200"}, {"retry_s": "7200"}, {"expire_s": "900"}])
def test_cache_that_would_expire_before_it_is_asked_again_is_refused(given: dict[str, str]) -> None:
    """Its VRPs would come and go."""
    with pytest.raises(ValueError, match="must have `expire_s` above `refresh_s` and `retry_s`"):
        RpkiCache.model_validate({"host": "192.0.2.200", **given})


def test_list_with_two_places_is_refused() -> None:
    """Either is fine, and neither: then somebody else writes the file."""
    with pytest.raises(ValueError, match="must name either `url` or `file`"):
        VrpList(url="https://validator.example.net/vrps.json", file="/var/lib/vrps.json")
    assert VrpList().url is None
