"""What a route server for an exchange can be asked to do, and what proves that ours does: docs/scenarios.md.

Law: pure; `page` makes the page, and a test keeps it. A feature without a proof names the decision to leave
it out, so no row is empty.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.live.scenario import Scenario

LIVE, UNIT, CONTRACT = "tests/live/test_", "tests/unit/test_", "tests/contract/test_"
GOLDEN, PROPERTY = "tests/golden/test_", "tests/property/test_"


@dataclass(frozen=True, slots=True)
class Feature:
    """One row. tests: `file::test` besides the scenarios.  decision: what in docs/adr leaves it out."""

    name: str
    tests: tuple[str, ...] = ()
    decision: str = ""


def _choice(*names: str) -> tuple[str, ...]:
    return tuple(f"{LIVE}choices.py::test_{name}" for name in names)


def _attack(*names: str) -> tuple[str, ...]:
    return tuple(f"{LIVE}attacks_on_sessions.py::test_session_{name}" for name in names)


LET_IN = _choice("route_that_policy_lets_in_is_handed_on_and_stopped_without_it")

FEATURES: tuple[Feature, ...] = (
    Feature("transparent route server (RFC 7947)"),
    Feature("prefix length"),
    Feature("bogon prefixes"),
    Feature("peering LAN, prefixes denied"),
    Feature("bogon and private ASNs"),
    Feature("first AS"),
    Feature("next hop", LET_IN),
    Feature("link-local address beside a next hop"),
    Feature("transit-free networks"),
    Feature("never via a route server"),
    Feature("AS_PATH length"),
    Feature("AS_SET in the path"),
    Feature("malformed attributes"),
    Feature("origin in the AS-SET"),
    Feature("prefix in the AS-SET"),
    Feature("origin and prefix as a pair", decision="0036-pairs-of-prefix-and-origin-by-rov.md"),
    Feature(
        "source of an AS-SET",
        (
            "tests/contract/test_bgpq4.py::test_set_with_its_source_expands_through_a_loop_in_its_own_registry",
        ),
    ),
    Feature(
        "an IRR that fails",
        (
            f"{CONTRACT}evidence_refresh.py::test_refresh_when_the_server_is_gone_keeps_all_and_says_so_in_json",
        ),
    ),
    Feature(
        "an AS-SET that became empty",
        (f"{CONTRACT}evidence_refresh.py::test_refresh_when_a_set_shrinks_keeps_it_until_somebody_names_it",),
    ),
    Feature(
        "ROV by RTR",
        (f"{LIVE}rov.py::test_roa_that_is_added_or_revoked_changes_what_is_accepted_and_flaps_nobody",),
    ),
    Feature("ROV by a list of VRPs", (f"{LIVE}no_flap.py::test_changed_vrps_take_a_route_and_flap_nobody",)),
    Feature("ROV invalid: rejected or told", LET_IN),
    Feature("ROV valid in place of a prefix in the AS-SET", LET_IN),
    Feature("ASPA", (f"{LIVE}aspa.py::test_path_that_a_customer_denies_is_stopped_where_bird_can",)),
    Feature("ARIN's whois and NIC.BR as sources", decision="0033-irr-by-one-protocol.md"),
    Feature(
        "limits on prefixes",
        (*_attack("that_floods_ends_and_its_routes_are_gone"), *_choice("limit_that_warns_ends_nothing")),
    ),
    Feature("control communities, standard and large"),
    Feature("prepending"),
    Feature("control by round-trip time", decision="0032-no-control-by-round-trip-time.md"),
    Feature("NO_EXPORT and NO_ADVERTISE"),
    Feature("blackholing (RFC 7999)"),
    Feature("graceful shutdown (RFC 8326)", _choice("path_that_is_shut_down_gives_way_to_a_longer_one")),
    Feature(
        "roles and OTC (RFC 9234)",
        _choice("role_of_the_route_server_marks_what_it_hands_on", "strict_roles_refuse_who_tells_none"),
    ),
    Feature(
        "IPv4 over IPv6 next hops (RFC 8950)",
        _choice("ipv4_route_with_an_ipv6_next_hop_goes_to_those_only_who_can_send_to_it"),
    ),
    Feature("all paths (RFC 7911)", _choice("member_that_wants_all_paths_gets_all")),
    Feature(
        "no path hidden (RFC 7947 section 2.3)", _choice("path_that_is_kept_from_one_hides_no_other_from_it")
    ),
    Feature(
        "passive sessions, only from a member's address",
        _attack(
            "from_a_strangers_address_is_hung_up_without_a_word", "when_its_opening_is_wrong_never_comes_up"
        ),
    ),
    Feature("GTSM (RFC 5082)", _attack("with_gtsm_takes_only_packets_of_the_lan")),
    Feature("multihop", decision="0039-no-multihop-sessions.md"),
    Feature("TCP MD5 (RFC 2385)", _attack("with_md5_takes_only_who_knows_the_password")),
    Feature("TCP-AO (RFC 5925)", decision="0040-tcp-ao-waits-for-kernels.md"),
    Feature("BFD (RFC 5880)", _choice("bfd_for_one_member_flaps_nobody_until_it_is_taken_away")),
    Feature("informational communities"),
    Feature("looking glass", decision="0037-a-looking-glass-is-another-program.md"),
    Feature("filters that members choose", decision="0034-members-choose-by-communities.md"),
    Feature(
        "own lines of an exchange",
        (f"{UNIT}own_templates.py::test_check_of_templates_that_render_finds_nothing",),
    ),
    Feature(
        "one daemon for both families",
        (f"{GOLDEN}configs.py::test_example_exchange_renders_the_golden_configuration",),
    ),
    Feature("several versions of BIRD", (f"{GOLDEN}configs.py::test_exchange_is_proven_without_a_warning",)),
    Feature("OpenBGPD as route server", decision="0035-bird-alone-as-route-server.md"),
    Feature(
        "members' words in a configuration",
        (f"{PROPERTY}render_properties.py::test_render_whatever_a_member_calls_itself_changes_no_byte",),
    ),
    Feature(
        "rollout and going back", (f"{LIVE}rollout.py::test_rollout_when_a_session_stays_down_is_reverted",)
    ),
    Feature(
        "sessions that keep still",
        (
            f"{LIVE}no_flap.py::test_irr_refresh_takes_a_members_routes_and_flaps_nobody",
            f"{LIVE}no_flap.py::test_random_changes_in_a_row_flap_nobody",
        ),
    ),
    Feature(
        "a page of what members can ask for",
        (f"{UNIT}communities.py::test_communities_page_is_made_from_the_table",),
    ),
    Feature(
        "export for IX-F",
        (f"{UNIT}export_ixf.py::test_member_list_when_imported_gives_a_record_for_each_port",),
    ),
)

HEAD = """\
# What is proven of the route servers, and by what

Each scenario runs in network namespaces with BIRD 2 and with BIRD 3 as route server, and with BIRD, FRR,
GoBGP, OpenBGPD, ExaBGP and a speaker of our own as members: `pytest tests/live/test_scenarios.py`. An
asterisk marks what an attacker would try. This page is made from the scenarios, and a test keeps it equal to
them; a row without any cites the decision to leave the feature out.

| feature | scenarios, tests and decisions |
|---|---|
"""


def names(feature: Feature, scenarios: tuple[Scenario, ...]) -> list[str]:
    """The names of a feature's scenarios, each once, in their order."""
    found = (s.name + (" \\*" if s.attack else "") for s in scenarios if feature.name in s.features)
    return list(dict.fromkeys(found))


def proofs(feature: Feature, scenarios: tuple[Scenario, ...]) -> list[str]:
    """All that proves a feature, as the page writes it."""
    tests = [f"`{test}`" for test in feature.tests]
    decision = [f"[left out](adr/{feature.decision})"] if feature.decision else []
    return [*names(feature, scenarios), *tests, *decision]


def page(scenarios: tuple[Scenario, ...]) -> str:
    """The page."""
    rows = (f"| {feature.name} | {'; '.join(proofs(feature, scenarios))} |\n" for feature in FEATURES)
    return HEAD + "".join(rows)
