"""The registry itself: every rule is documented and tested, and what people read comes from it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit import (
    test_rules_addresses,
    test_rules_ages,
    test_rules_contacts,
    test_rules_fabrics,
    test_rules_history,
    test_rules_identity,
    test_rules_lan_rules,
    test_rules_maintainers,
    test_rules_member_policy,
    test_rules_nodes,
    test_rules_peeringdb,
    test_rules_route_servers,
    test_rules_routing,
    test_rules_routing_policy,
    test_rules_sessions,
)
from tests.unit.exchange_fixture import FABRICS, NOW, found, good_exchange, good_files, member_text, read
from tests.unit.test_rules_routing import expanding
from ztix.diagnostics import Severity
from ztix.errors import Usage
from ztix.evidence import Evidence
from ztix.reserved import reserved_as
from ztix.rules import RULES, check, explain
from ztix.rules.facts import Facts
from ztix.rules.page import FAMILIES, rules_page
from ztix.rules.registry import Docs, Rule, enter
from ztix.terms import Asn, Label

TABLES = (
    test_rules_addresses,
    test_rules_ages,
    test_rules_contacts,
    test_rules_fabrics,
    test_rules_history,
    test_rules_identity,
    test_rules_lan_rules,
    test_rules_maintainers,
    test_rules_member_policy,
    test_rules_nodes,
    test_rules_peeringdb,
    test_rules_route_servers,
    test_rules_routing,
    test_rules_routing_policy,
    test_rules_sessions,
)


def test_rules_that_search_have_a_case_that_breaks_them_and_one_that_keeps_them() -> None:
    """No rule goes untested: each stands in a table of breaches and in one of what only looks like it."""
    searching = {rule.id for rule in RULES.values() if rule.search}
    assert len(searching) >= 25
    assert {case[0] for table in TABLES for case in table.BROKEN} == searching
    assert {case[0] for table in TABLES for case in table.KEPT} == searching


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
def test_rule_docs_tell_all_that_explain_prints(rule: Rule) -> None:
    """Each rule says what, why, a wrong and a right example and what to do, in whole sentences."""
    assert rule.id[:3] in FAMILIES
    assert not rule.title.endswith((".", " "))
    for sentence in (rule.docs.what, rule.docs.why, rule.docs.remedy):
        assert sentence.endswith(".")
    assert rule.docs.wrong != rule.docs.right
    text = explain(rule.id.lower())
    assert all(
        part.split("\n")[0] in text for part in (rule.id, rule.title, rule.docs.wrong, rule.docs.right)
    )


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("zt299", "near it are `ZT214`, "),
        ("ZT899", "`ztix explain` lists all"),
        ("zt20", "`ztix explain` lists all"),
        ("\x1b[31m`", "`ztix explain` lists all"),
    ],
)
def test_explain_when_there_is_no_such_rule_names_near_ones(name: str, advice: str) -> None:
    """A mistyped id is a usage error that names its family's nearest, and is not printed as it came."""
    with pytest.raises(Usage) as raised:
        explain(name)
    assert raised.value.help.startswith(advice)
    assert raised.value.message.isprintable()


@pytest.mark.parametrize("rule", RULES)
def test_explain_wraps_sentences_at_the_width(rule: str) -> None:
    """No sentence is wider than the terminal, and no word of it is lost; what to copy stays as it is."""
    narrow, wide = explain(rule, 60), explain(rule, 10_000)
    assert narrow.split() == wide.split()
    assert all(
        len(line) <= 60 or " " not in line for line in narrow.splitlines() if not line.startswith("    ")
    )


def test_enter_when_an_id_is_taken_refuses_it() -> None:
    """An id is never given to a second rule."""
    with pytest.raises(ValueError, match="the rule id `ZT204` is taken by"):
        enter(Rule("ZT204", "another", Severity.NOTE, Docs("", "", "", "", "")))
    assert RULES["ZT204"].title != "another"


def test_rules_page_is_what_docs_hold(golden: Callable[[Path, str], None]) -> None:
    """docs/rules.md is made from the registry."""
    golden(Path(__file__).parents[2] / "docs" / "rules.md", rules_page())


def test_check_when_nothing_is_wrong_finds_nothing() -> None:
    """A good exchange has no findings, with evidence and without."""
    exchange = good_exchange()
    assert check(exchange, None).findings == ()
    networks = {Asn(asn): found(asn) for asn in (64500, 64501)}
    known = Evidence(NOW, networks, expanding(64500, "192.0.2.0/24").expansions)
    assert check(exchange, known).findings == ()


def test_check_when_files_come_in_another_order_reports_the_same() -> None:
    """Findings depend on places, not on the order of reading."""
    files = {**good_files(), "members/AS64502.yaml": member_text(64500)}
    backwards = dict(reversed(files.items()))
    assert check(read(files), None) == check(read(backwards), None)
    assert check(read(files), None).has_errors


def test_free_address_when_low_ones_are_held_or_reserved_passes_them() -> None:
    """The proposal skips the network's address, reserved ranges and what is held."""
    facts = Facts.of(good_exchange(), None)
    assert str(facts.free_address(Label("lan"), 4)) == "192.0.2.8"
    assert str(facts.free_address(Label("lan"), 6)) == "2001:db8:64:96::3"


def test_free_address_when_none_is_left_is_none() -> None:
    """A full fabric, or one without the family, has no address to propose."""
    text = FABRICS.replace("192.0.2.0/24, ", "").replace("[192.0.2.0/29]", '["2001:db8:64:96::/64"]')
    facts = Facts.of(read({**good_files(), "policy/fabrics.yaml": text}), None)
    assert facts.free_address(Label("lan"), 4) is None
    assert facts.free_address(Label("lan"), 6) is None
    advice = {finding.help for finding in check(facts.exchange, None) if finding.rule == "ZT206"}
    assert advice == {"`ztix new` proposes a free one"}


@pytest.mark.parametrize(
    ("asn", "reserved"), [(1, False), (23456, True), (64495, False), (64496, True), (131072, False)]
)
def test_reserved_as_tells_what_a_number_is_set_aside_for(asn: int, reserved: bool) -> None:
    """The edges of the registry's blocks."""
    assert (reserved_as(asn) is not None) is reserved


def test_check_when_one_address_is_claimed_by_thousands_ends_soon() -> None:
    """A conflict of many is not the square of many."""
    files = good_files()
    for asn in range(131072, 133072):
        files[f"members/AS{asn}.yaml"] = member_text(64500).replace("asn: 64500", f"asn: {asn}")
    exchange = read(files)
    started = time.process_time()
    report = check(exchange, None)
    assert time.process_time() - started < 10
    assert sum(finding.rule == "ZT204" for finding in report) == 2 * 2001
    assert max(len(finding.related) for finding in report) == 5
