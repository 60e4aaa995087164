"""What a route server is to do, derived from an exchange and its evidence."""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest

from tests.route_servers import LABORATORY, NOW, evidence, exchange, expansion, member, node, server
from ztix.evidence import Absent, Evidence, NetworkRecord, Unknown, Vrp
from ztix.reserved import RESERVED_ASNS
from ztix.routeserver import STEPS, BirdVersion, LogTarget, Reason, Symbol, parse_irr_as_set, views
from ztix.routeserver.bogons import bogon_asns, bogon_prefixes
from ztix.terms import Asn, AsnRange, AsSet, LargeCommunity

KNOWN = expansion("AS64500:AS-ALL", [64500], ["198.51.100.0/24"], ["2001:db8:4500::/48"])


def names(step_view: object) -> list[str]:
    return [str(step.name) for step in step_view.steps]  # type: ignore[attr-defined]  # a FamilyView


def test_views_of_a_dual_stack_node_has_a_session_for_each_family() -> None:
    """A node with two addresses has two sessions, IPv4 first."""
    (view,) = views(exchange(member(64500, 10)), evidence(KNOWN))
    assert [(s.name, s.channels[0].family, str(s.address)) for s in view.sessions] == [
        ("as64500_192_0_2_10", "ipv4", "192.0.2.10"),
        ("as64500_2001_db8_64_96__a", "ipv6", "2001:db8:64:96::a"),
    ]
    assert view.addresses == (ip_address("192.0.2.1"), ip_address("2001:db8:64:96::1"))


def test_views_session_name_when_node_is_renamed_stays() -> None:
    """BIRD restarts a session whose name changes, so a node's name is no part of it."""
    renamed = member(64500, 10, nodes=[node(10, name="elsewhere")])
    before = views(exchange(member(64500, 10)), evidence(KNOWN))[0].sessions
    after = views(exchange(renamed), evidence(KNOWN))[0].sessions
    assert [s.name for s in before] == [s.name for s in after]
    assert after[0].node == "elsewhere"


def test_views_of_several_nodes_orders_sessions_by_family_and_address() -> None:
    """The order of nodes in a file does not matter."""
    one = views(exchange(member(64500, 10, nodes=[node(12), node(10)])), evidence(KNOWN))
    other = views(exchange(member(64500, 10, nodes=[node(10), node(12)])), evidence(KNOWN))
    assert one == other
    assert [str(s.address) for s in one[0].sessions][:2] == ["192.0.2.10", "192.0.2.12"]


def test_views_when_an_address_stands_twice_has_one_session() -> None:
    """Two protocols of one name would make BIRD refuse everybody's configuration."""
    twice = member(64500, 10, nodes=[node(10), node(10, id="00000000ff", name="twin")])
    assert len(views(exchange(twice), evidence(KNOWN))[0].sessions) == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "suspended"},
        {"nodes": [node(10, route_servers="false")]},
        {"nodes": [node(10, fabric="other")]},
        {"nodes": []},
    ],
)
def test_views_of_a_member_without_sessions_leaves_it_out(changes: dict[str, object]) -> None:
    """Suspended members, nodes that want none and nodes elsewhere have no session."""
    assert views(exchange(member(64500, 10, **changes)), evidence(KNOWN))[0].members == ()


def test_views_of_an_ipv6_only_route_server_has_ipv6_sessions_only() -> None:
    """A family in which the route server has no address does not exist on it."""
    only6 = server(addresses=["2001:db8:64:96::1"])
    (view,) = views(exchange(member(64500, 10), servers=[only6]), evidence(KNOWN))
    assert [family.family for family in view.families] == [6]
    assert [session.channels[0].family for session in view.sessions] == ["ipv6"]
    assert [notice for notice in view.notices if notice.asn] == []


def test_views_of_a_route_server_without_addresses_elsewhere_is_empty() -> None:
    """Policy is checked by rules; a fabric that is not there gives a view without LAN and members."""
    (view,) = views(exchange(member(64500, 10), servers=[server(fabric="gone")]), evidence(KNOWN))
    assert view.members == ()
    assert [len(family.lan) for family in view.families] == [0, 0]


def test_views_of_two_route_servers_share_what_members_may_announce() -> None:
    """Prefix sets are worked out once, however many route servers there are."""
    one, two = views(exchange(member(64500, 10), servers=[server(1), server(2)]), evidence(KNOWN))
    assert (one.name, two.name) == ("rs1", "rs2")
    assert (str(one.bird), str(two.bird)) == ("2.0.12", "3.1")
    assert one.members[0].sets[0].prefixes is two.members[0].sets[0].prefixes


def test_views_max_prefixes_takes_the_members_figure_first() -> None:
    """The member says, else PeeringDB with head-room rounded up and no more than it may say, else policy."""
    record = NetworkRecord(Asn(64500), "x", info_prefixes4=11, info_prefixes6=None)
    said = member(64500, 10, max_prefixes={"ipv4": "7"})
    told = views(exchange(said), evidence(KNOWN, records=[record]))[0].sessions
    assert [s.channels[0].max_prefixes for s in told] == [7, 100]
    listed = views(exchange(member(64500, 10)), evidence(KNOWN, records=[record]))[0].sessions
    assert [s.channels[0].max_prefixes for s in listed] == [14, 100]
    boast = NetworkRecord(Asn(64500), "x", info_prefixes4=2**31 - 1, info_prefixes6=1_100_000)
    capped = views(exchange(member(64500, 10)), evidence(KNOWN, records=[boast]))[0].sessions
    assert [s.channels[0].max_prefixes for s in capped] == [1_200_000, 1_200_000]
    nobody = views(exchange(member(64500, 10)), evidence(KNOWN))[0].sessions
    assert [s.channels[0].max_prefixes for s in nobody] == [200, 100]


def test_views_sets_come_from_the_expansion() -> None:
    """Origins and prefixes are what the AS-SET expands to, for each family its own."""
    (view,) = views(exchange(member(64500, 10)), evidence(KNOWN))
    ipv4, ipv6 = view.members[0].sets
    assert (ipv4.prefixes_name, ipv4.prefixes.texts) == ("zx_as64500_ipv4_prefixes", ("198.51.100.0/24",))
    assert (ipv6.origins_name, ipv6.origins.asns) == ("zx_as64500_ipv6_origins", (Asn(64500),))
    assert ipv6.prefixes.texts == ("2001:db8:4500::/48",)
    assert [notice for notice in view.notices if notice.asn] == []


def test_views_of_two_as_sets_take_the_union() -> None:
    """A prefix or origin of either set is in the member's, once."""
    both = member(64500, 10, as_set={"ipv4": "AS64500:AS-ALL AS64501"})
    other = expansion("AS64501", [64501, 64500], ["198.51.100.0/24", "198.51.100.0/25"])
    (view,) = views(exchange(both), evidence(KNOWN, other))
    ipv4 = view.members[0].sets[0]
    assert ipv4.origins.asns == (Asn(64500), Asn(64501))
    assert ipv4.prefixes.texts == ("198.51.100.0/24", "198.51.100.0/25")


def test_views_fingerprint_changes_with_each_set_that_the_import_goes_by() -> None:
    """BIRD does not see every change of a prefix set; it does see another number."""

    def seen(ipv4: str, asn: int, routing: Mapping[str, Any]) -> int:
        known = expansion("AS64500:AS-ALL", [asn], [ipv4])
        (view,) = views(exchange(member(64500, 10), routing=routing), evidence(known))
        return view.sessions[0].channels[0].fingerprint

    other = LABORATORY | {"bogon_prefixes_allowed": ["10.1.0.0/16"]}
    variants: list[tuple[str, int, Mapping[str, Any]]] = [
        ("203.0.113.0/25", 64500, LABORATORY),
        ("203.0.113.64/26", 64500, LABORATORY),
        ("203.0.113.0/25", 64501, LABORATORY),
        ("203.0.113.0/25", 64500, other),
    ]
    assert len({seen(*variant) for variant in variants}) == len(variants)
    assert seen(*variants[0]) == seen(*variants[0])


def test_views_without_an_expansion_fails_closed_and_says_so() -> None:
    """Nothing is accepted that nobody vouches for, and a notice names the AS-SET."""
    (view,) = views(exchange(member(64500, 10)), evidence())
    assert all(not sets.prefixes.texts and not sets.origins.asns for sets in view.members[0].sets)
    told = [notice for notice in view.notices if notice.asn == 64500]
    assert [("IPv4" in n.message, "`AS64500:AS-ALL`" in n.message) for n in told] == [
        (True, True),
        (False, True),
    ]


def test_views_as_set_where_the_member_names_none_is_peeringdbs() -> None:
    """PeeringDB's `irr_as_set` stands in, in all its forms."""
    record = NetworkRecord(Asn(64500), "x", irr_as_set="AS64500:AS-ALL@RIPE, RS-ROUTES")
    named = expansion("RIPE::AS64500:AS-ALL", [64500], ["198.51.100.0/24"])
    (view,) = views(exchange(member(64500, 10, as_set={})), evidence(named, records=[record]))
    assert view.members[0].sets[0].prefixes.texts == ("198.51.100.0/24",)


@pytest.mark.parametrize(
    ("lookup", "told"),
    [
        (Unknown("no answer"), "is unknown"),
        (Absent("test", NOW), None),
        ("RS-ROUTES", "is in no known form"),
        ("", None),
    ],
)
def test_views_as_set_where_nobody_names_one_is_the_as_itself(lookup: object, told: str | None) -> None:
    """The AS number alone speaks then, and a notice says when that is for want of an answer."""
    found = evidence(
        expansion("AS64500", [64500], ["198.51.100.0/24"]),
        records=[NetworkRecord(Asn(64500), "x", irr_as_set=lookup)] if isinstance(lookup, str) else [],
    )
    if not isinstance(lookup, str):
        found = Evidence(NOW, {Asn(64500): lookup}, found.expansions)  # type: ignore[dict-item]  # of a list of cases
    (view,) = views(exchange(member(64500, 10, as_set={})), found)
    assert view.members[0].sets[0].prefixes.texts == ("198.51.100.0/24",)
    messages = [notice.message for notice in view.notices if notice.asn]
    assert messages == ([m for m in messages if told in m] if told else [])
    assert bool(messages) == bool(told)


def test_views_with_prefix_sets_off_have_no_such_steps() -> None:
    """Policy may go without; then no expansion is asked for and none is missed."""
    routing = LABORATORY | {"prefix_sets": "off"}
    (view,) = views(exchange(member(64500, 10), routing=routing), evidence())
    assert not {"origin", "prefix-set"} & set(names(view.families[0]))
    assert [notice for notice in view.notices if notice.asn] == []


def test_views_steps_are_numbered_in_order_in_both_families() -> None:
    """A family has the steps that apply to it, each with the number it always has."""
    vrp = Vrp(ip_network("198.51.100.0/24"), 24, 64500)
    (view,) = views(exchange(member(64500, 10)), evidence(KNOWN, vrps=(vrp,)))
    ipv4, ipv6 = view.families
    assert [step.number for step in ipv6.steps] == [*range(1, 14), 15, 16, 17, 19, 20]
    assert ipv4.steps == ipv6.steps


def test_views_rov_without_vrps_is_not_done_and_says_so() -> None:
    """With no list and no cache there is nothing to validate against, and no one is to believe otherwise."""
    (view,) = views(exchange(member(64500, 10)), evidence(KNOWN))
    assert "rov" not in names(view.families[0])
    assert [n.asn for n in view.notices if "ROV is not done" in n.message] == [0]


def test_views_rov_with_a_list_prints_the_vrps_of_each_family() -> None:
    """Static VRPs are split by family, in order."""
    vrps = (
        Vrp(ip_network("2001:db8::/32"), 48, 64500),
        Vrp(ip_network("203.0.113.0/24"), 24, 0),
        Vrp(ip_network("198.51.100.0/24"), 24, 64500),
    )
    (view,) = views(exchange(member(64500, 10)), evidence(KNOWN, vrps=vrps))
    assert [len(family.vrps) for family in view.families] == [2, 1]
    assert str(view.families[0].vrps[0].prefix) == "198.51.100.0/24"
    assert not [n for n in view.notices if "ROV" in n.message]


def test_views_rov_accepting_invalid_routes_has_no_step() -> None:
    """Policy may accept what is invalid; then nothing is missing either."""
    routing = LABORATORY | {"rov": {"invalid": "accept"}}
    (view,) = views(exchange(member(64500, 10), routing=routing), evidence(KNOWN))
    assert "rov" not in names(view.families[0])
    assert not [n for n in view.notices if "ROV" in n.message]


def test_views_without_addresses_have_no_caches() -> None:
    """A cache would fill a table that no family asks for."""
    routing = LABORATORY | {"rov": {"caches": [{"host": "192.0.2.200"}]}}
    nothing = exchange(routing=routing, servers=[])
    assert views(nothing, evidence()) == ()


def test_view_numbers_that_templates_print_follow_from_policy() -> None:
    """Keepalive is a third of the hold time; an AS number of four octets has no standard communities."""
    (small,) = views(exchange(asn=64496, routing=LABORATORY | {"hold_time_s": "90"}), evidence())
    (large,) = views(exchange(asn=65551), evidence())
    assert (small.keepalive_time_s, small.standard_asns) == (30, (64496,))
    assert large.standard_asns == ()
    assert str(large.told.rov_invalid) == "65551:1000:4"
    assert small.reason_function == 1101


def test_views_log_goes_where_it_is_told() -> None:
    """The log's place is the caller's to say; stderr unless told."""
    assert views(exchange(), evidence())[0].log == "stderr"
    (view,) = views(exchange(), evidence(), LogTarget('"/var/log/bird.log"'))
    assert view.log == '"/var/log/bird.log"'


def test_bogon_prefixes_when_policy_allows_one_drops_it() -> None:
    """An exception that covers a bogon takes it off the list."""
    bogons, inside = bogon_prefixes(4, [ip_network("192.0.2.0/24"), ip_network("2001:db8::/32")])
    assert "192.0.2.0/24{24,32}" not in bogons.texts
    assert "10.0.0.0/8{8,32}" in bogons.texts
    assert inside.texts == ()


def test_bogon_prefixes_when_policy_allows_a_part_keeps_the_rest() -> None:
    """An exception inside a bogon is an exception to it; one elsewhere is nothing."""
    bogons, inside = bogon_prefixes(4, [ip_network("10.1.0.0/16"), ip_network("1.0.0.0/8")])
    assert "10.0.0.0/8{8,32}" in bogons.texts
    assert inside.texts == ("10.1.0.0/16{16,32}",)


def test_bogon_asns_when_policy_allows_a_range_cuts_it_out() -> None:
    """A hole in the middle leaves both sides; one at an edge leaves one."""
    middle = bogon_asns([AsnRange(64500, 64501)]).asns
    assert AsnRange(64496, 64499) in middle
    assert AsnRange(64502, 131071) in middle
    assert AsnRange(65536, 131071) in bogon_asns([AsnRange(1, 65535)]).asns
    assert [str(part) for part in bogon_asns([]).asns] == [
        "0",
        "23456",
        "64496-131071",
        "4200000000-4294967295",
    ]
    for part, _ in RESERVED_ASNS:
        assert any(bogon.first <= part.first and part.last <= bogon.last for bogon in bogon_asns([]).asns)


def test_parse_irr_as_set_takes_every_form_and_at_most_eight() -> None:
    """Blanks and commas part words; a word twice is one; other objects are left out."""
    text = "as-one, RIPE::AS-TWO AS-ONE AS64500:AS-X@RADB RS-ROUTES nonsense! AS64501"
    assert parse_irr_as_set(text) == ("AS-ONE", "RIPE::AS-TWO", "RADB::AS64500:AS-X", "AS64501")
    assert parse_irr_as_set("") == ()
    assert len(parse_irr_as_set(" ".join(f"AS{number}" for number in range(1, 20)))) == 8


def test_reason_is_a_large_community_of_the_exchange() -> None:
    """`asn:1101:reason`, as looking glasses read it."""
    assert Reason.BOGON_PREFIX.community(Asn(64496)) == LargeCommunity(64496, 1101, 3)


def test_steps_have_numbers_in_order_and_reasons_of_their_own() -> None:
    """No two steps share a number, a name or a reason."""
    assert [step.number for step in STEPS] == sorted({step.number for step in STEPS})
    assert len({step.name for step in STEPS}) == len(STEPS)
    reasons = [step.reason for step in STEPS if step.reason is not None]
    assert sorted(reasons) == sorted(Reason)


def test_filters_document_tells_the_steps_as_they_are() -> None:
    """docs/filters.md has a row for each step with its number, name, references and reason, and no other."""
    text = (Path(__file__).parents[2] / "docs" / "filters.md").read_text()
    rows = re.findall(r"^\| ([0-9]+) \| `([a-z-]+)` \| (.+?) \| (.+?) \| (.+?) \|$", text, re.M)
    assert rows == [
        (
            str(step.number),
            str(step.name),
            str(step.title),
            f"`{int(step.reason)}`" if step.reason is not None else "amends",
            str(step.references),
        )
        for step in STEPS
    ]


@pytest.mark.parametrize("text", ["3", "2.0.12.1", "two", "", "3.1\n"])
def test_bird_version_of_another_form_is_refused(text: str) -> None:
    """A version has two or three numbers."""
    with pytest.raises(ValueError, match="version of BIRD"):
        BirdVersion.parse(text)


def test_bird_version_orders_as_versions_do() -> None:
    """2.0.12 comes before 2.17, and a patch of 0 is not shown."""
    assert BirdVersion.parse("2.0.12") < BirdVersion.parse("2.17") < BirdVersion.parse("3.1.7")
    assert [str(BirdVersion.parse(text)) for text in ("2.0.12", "3.1.0")] == ["2.0.12", "3.1"]


@pytest.mark.parametrize("text", ['x"; evil', "Upper", "1st", "a" * 65, ""])
def test_symbol_of_another_form_is_refused(text: str) -> None:
    """Nothing but a name fits in a name."""
    with pytest.raises(ValueError, match="name for BIRD"):
        Symbol(text)


def test_as_set_words_stay_exact() -> None:
    """An expansion is found under the exact words of the member, source and all."""
    assert AsSet("RIPE::AS-X") != AsSet("AS-X")
