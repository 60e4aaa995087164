"""What differs between members on the way in: next hops, exemptions, blackholes, limits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.route_servers import LABORATORY, evidence, exchange, expansion, member, node
from ztix.drivers.bird import Proven, find_bird, prove
from ztix.drivers.templates import load_default_templates
from ztix.evidence import NetworkRecord, PrefixSet, Vrp
from ztix.import_policy import LengthBounds
from ztix.render import printed, render
from ztix.routeserver import BirdVersion, RouteServerView, views
from ztix.routeserver.imports import blackholes
from ztix.routeserver.limits import Limit
from ztix.routeserver.view import ChannelView
from ztix.terms import Asn

KNOWN = expansion(
    "AS64500:AS-ALL", [64500], ["198.51.100.0/24{24,25}", "203.0.113.7/32"], ["2001:db8:4500::/48"]
)
BLACKHOLE = {
    "members": "listed",
    "ipv4": {"lengths": {"min": "32", "max": "32"}, "next_hop": "192.0.2.66"},
}
VRP = Vrp(PrefixSet(4, ("198.51.100.0/24",)).patterns[0].prefix, 24, 64500)


def view(
    routing: Mapping[str, Any] | None = None, *records: NetworkRecord, vrps: tuple[Vrp, ...] | None = None
) -> RouteServerView:
    """AS64500 has two nodes, AS64501 one; their routing policy has these keys too."""
    first = member(64500, 10, nodes=[node(10), node(12)])
    there = exchange(first, member(64501, 11), routing=LABORATORY | dict(routing or {}))
    return views(there, evidence(KNOWN, records=records, vrps=vrps))[0]


def channel(found: RouteServerView, asn: int = 64500) -> ChannelView:
    """The first session's channel of a member, which is IPv4."""
    return next(session.channels[0] for session in found.sessions if session.asn == asn)


def different(**changes: Any) -> dict[str, Any]:
    """Routing policy with an exception for AS64500."""
    return {"members": [{"asn": "64500"} | changes]}


def steps(found: RouteServerView) -> set[str]:
    return {str(step.name) for step in found.families[0].steps}


@pytest.mark.parametrize(
    ("routing", "written"),
    [
        ({}, "[192.0.2.10]"),
        ({"next_hop": "same-as"}, "[192.0.2.10, 192.0.2.12]"),
        (different(next_hop="same-as"), "[192.0.2.10, 192.0.2.12]"),
        ({"next_hop": "same-as"} | different(next_hop="strict"), "[192.0.2.10]"),
        (
            different(next_hop="authorised", next_hops=["2001:db8:64:96::99", "192.0.2.99", "192.0.2.9"]),
            "[192.0.2.9, 192.0.2.10, 192.0.2.99]",
        ),
        (different(next_hops=["192.0.2.99"]), "[192.0.2.10]"),
    ],
)
def test_next_hops_are_those_that_policy_lets_the_member_announce(
    routing: Mapping[str, Any], written: str
) -> None:
    """The session's own address, and the member's others or a list where policy says so."""
    assert printed(channel(view(routing)).imported.next_hops) == written


def test_next_hops_of_ipv4_over_an_ipv6_session_may_be_of_both_families() -> None:
    """RFC 8950: a member with addresses of both kinds may point to either of its own."""
    both = member(64500, 10, nodes=[node(10, bgp={"extended_next_hop": "true"})])
    there = exchange(both, routing=LABORATORY | {"next_hop": "same-as"})
    (found,) = views(there, evidence(KNOWN))
    told = {str(part.family): printed(part.imported.next_hops) for part in found.sessions[0].channels}
    assert told == {"ipv4": "[192.0.2.10, 2001:db8:64:96::a]", "ipv6": "[2001:db8:64:96::a]"}


@pytest.mark.parametrize(
    ("routing", "mode", "present"),
    [
        ({}, 1, True),
        ({"prefix_sets": "enforce-or-rov-valid"}, 2, True),
        ({"prefix_sets": "off"}, 0, False),
        (different(prefix_sets="off"), 0, True),
        ({"prefix_sets": "off"} | different(prefix_sets="enforce"), 1, True),
        ({"prefix_sets": "off"} | different(next_hop="strict"), 0, False),
    ],
)
def test_prefix_sets_count_as_policy_says_for_the_member(
    routing: Mapping[str, Any], mode: int, present: bool
) -> None:
    """The filter has the steps where they count for anybody, and each session says how for its member."""
    found = view(routing)
    assert channel(found).imported.irr == mode
    assert ({"origin", "prefix-set"} <= steps(found)) is present
    assert bool(found.members[0].sets[0].prefixes) is (mode > 0)


def test_exemptions_give_a_member_empty_sets_instead() -> None:
    """Only the member that policy names is exempt, and only from what it names."""
    found = view(different(exempt=["transit-free"]))
    own, other = channel(found).imported, channel(found, 64501).imported
    assert (own.transit_free, own.never_via) == ("zx_no_asns", "zx_never_via_asns")
    assert (other.transit_free, other.never_via) == ("zx_transit_free_asns", "zx_never_via_asns")
    assert channel(view(different(exempt=["never-via"]))).imported.never_via == "zx_no_asns"


def test_never_via_is_policys_list_and_what_networks_say_in_peeringdb() -> None:
    """Ascending, and each once."""
    said = NetworkRecord(Asn(64505), "Example", never_via_route_servers=True)
    silent = NetworkRecord(Asn(64506), "Example")
    found = view({"never_via": ["64510", "64505", "64509"]}, said, silent)
    assert found.never_via.asns == (64505, 64509, 64510)


def test_transit_free_has_a_default_and_an_empty_list_takes_the_step_away() -> None:
    """Safe by default; the number of the step stays free."""
    assert 174 in view().transit_free.asns
    assert "transit-free" not in steps(view({"transit_free": []}))
    assert view({"transit_free": ["64511", "64505", "64511"]}).transit_free.asns == (64505, 64511)


@pytest.mark.parametrize(
    ("who", "own", "may"),
    [
        ("none", True, False),
        ("listed", True, True),
        ("listed", False, False),
        ("listed", None, False),
        ("all", None, True),
        ("all", False, False),
    ],
)
def test_blackholes_are_for_members_that_may(who: str, own: bool | None, may: bool) -> None:
    """A member that may has a set of its own; all others have an empty one by the same name."""
    changes = {} if own is None else {"blackhole": str(own).lower()}
    found = view({"blackhole": {"members": who}} | different(**changes))
    sets = channel(found).sets
    assert bool(sets.blackholes) is may
    assert sets.blackholes_name == ("zx_as64500_ipv4_blackholes" if may else "zx_no_ipv4_prefixes")
    assert ("blackhole" in steps(found)) is (who != "none")


def test_blackholes_need_own_prefixes_even_where_prefix_sets_do_not_count() -> None:
    """Nobody drops what belongs to another, whatever else is let through."""
    found = view({"prefix_sets": "off", "blackhole": BLACKHOLE} | different(blackhole="true"))
    assert channel(found).sets.blackholes == (PrefixSet(4, ("198.51.100.0/24{32,32}", "203.0.113.7/32")),)
    assert channel(found).imported.irr == 0


@pytest.mark.parametrize(
    ("bounds", "texts"),
    [
        ((32, 32), ("198.51.100.0/24{32,32}", "203.0.113.7/32")),
        ((28, 32), ("198.51.100.0/24{28,32}", "203.0.113.7/32")),
        ((8, 24), ("198.51.100.0/24",)),
        ((8, 26), ("198.51.100.0/24{24,26}",)),
        ((8, 20), ()),
    ],
)
def test_blackholes_cover_own_prefixes_in_the_lengths_of_policy(
    bounds: tuple[int, int], texts: tuple[str, ...]
) -> None:
    """Each prefix gives what lies in it; one that is longer than any blackhole gives nothing."""
    own = PrefixSet(4, ("198.51.100.0/24{24,25}", "198.51.100.0/24", "203.0.113.7/32"))
    assert blackholes(own, LengthBounds(min=bounds[0], max=bounds[1])).texts == texts


def test_blackhole_sets_change_the_fingerprint_of_their_member_alone() -> None:
    """A session's filter is seen to change with its own blackholes, and no other's."""
    before, after = (
        view({"blackhole": BLACKHOLE}),
        view({"blackhole": BLACKHOLE} | different(blackhole="true")),
    )
    assert channel(before).fingerprint != channel(after).fingerprint
    assert channel(before, 64501) == channel(after, 64501)


def test_denied_prefixes_are_told_by_family_and_change_every_fingerprint() -> None:
    """What is denied is denied to all, with all that lies in it."""
    found = view({"prefixes_denied": ["198.51.100.0/25", "2001:db8:dead::/48"]})
    assert [family.denied.texts for family in found.families] == [
        ("198.51.100.0/25{25,32}",),
        ("2001:db8:dead::/48{48,128}",),
    ]
    assert channel(found).fingerprint != channel(view()).fingerprint


@pytest.mark.parametrize(
    ("routing", "limits"),
    [
        ({}, ["receive limit 200 action restart"]),
        ({"max_prefixes": {"action": "shutdown"}}, ["receive limit 200 action disable"]),
        (different(max_prefixes={"action": "block"}), ["receive limit 200 action block"]),
        (different(max_prefixes={"ipv4": "7"}), ["receive limit 7 action restart"]),
        (
            {"max_prefixes": {"counted": "accepted", "received_max": "5000", "action": "warn"}},
            ["receive limit 5000 action warn", "import limit 200 action warn"],
        ),
        (
            {"max_prefixes": {"counted": "accepted", "received_max": "50"}},
            ["receive limit 200 action restart", "import limit 200 action restart"],
        ),
    ],
)
def test_limits_are_written_as_policy_says(routing: Mapping[str, Any], limits: list[str]) -> None:
    """What is counted, how many and what follows: for all, or for one member."""
    assert list(channel(view(routing)).limits) == limits


def test_limits_from_peeringdb_have_a_floor_and_give_way_to_the_exchanges_own() -> None:
    """A network that says 1 is not cut off at 2; an exception of the exchange comes first."""
    small = NetworkRecord(Asn(64500), "Example", info_prefixes4=1)
    assert channel(view({}, small)).max_prefixes == 10
    assert channel(view({"max_prefixes": {"floor": "1"}}, small)).max_prefixes == 2
    said = exchange(
        member(64500, 10, max_prefixes={"ipv4": "5"}),
        routing=LABORATORY | different(max_prefixes={"ipv4": "50"}),
    )
    assert channel(views(said, evidence(KNOWN))[0]).max_prefixes == 50


def test_limit_of_another_form_is_refused() -> None:
    """No other text becomes a limit."""
    with pytest.raises(ValueError, match="a limit of a channel"):
        Limit("receive limit 0 action restart")


def test_steps_that_policy_switches_off_leave_gaps() -> None:
    """Neither RFC 8326 nor telling is forced on anybody."""
    off = view({"graceful_shutdown": "false", "informational": "false"})
    assert steps(view()) - steps(off) == {"graceful-shutdown", "tell"}


@pytest.mark.parametrize("version", ["2.0.12", "3.1"])
@pytest.mark.parametrize(
    "routing",
    [
        {"prefix_sets": "enforce-or-rov-valid", "blackhole": BLACKHOLE} | different(blackhole="true"),
        {"prefix_sets": "off", "transit_free": [], "rov": {"invalid": "accept"}, "next_hop": "same-as"},
        {"max_prefixes": {"counted": "accepted", "action": "block"}, "informational": "false"},
        {"prefixes_denied": ["198.51.100.0/25"], "blackhole": {"members": "all"}},
    ],
)
def test_policies_give_texts_that_both_birds_take_without_a_warning(
    routing: Mapping[str, Any], version: str
) -> None:
    """Whatever policy switches on or off, the one dialect holds."""
    bird = find_bird(BirdVersion.parse(version))
    assert bird is not None, f"BIRD {version} is missing; run `make install`"
    for vrps in (None, (VRP,)):
        proof = prove(render(view(routing, vrps=vrps), load_default_templates()), bird=bird)
        assert isinstance(proof, Proven), proof
        assert proof.warnings == ()


def test_snippets_of_an_exchange_stand_in_their_places() -> None:
    """An exchange adds a function of its own, and lines to both filters before a route is accepted."""
    own = {
        "local/top.j2": "define zx_local = {{ view.asn }};\n",
        "local/import.j2": "  if bgp_path.len > 30 then zx_refuse({{ view.as_path_max }});\n",
        "local/export.j2": "  if bgp_path.len > 20 then reject;\n",
    }
    text = render(view(), load_default_templates() | own)
    assert text.index("define zx_local = 64496;") < text.index("function zx_import_ipv4")
    assert text.count("  if bgp_path.len > 30 then zx_refuse(32);\n  accept;\n") == 2
    assert "  if bgp_path.len > 20 then reject;\n  accept;\n" in text
