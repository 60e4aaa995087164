"""What is believed of an answer: a change that nobody doubts, and otherwise what was held before."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_network
from typing import Any

import pytest

from ztix.diagnostics import Severity
from ztix.evidence import Absent, Expansion, Found, NetworkLookup, NetworkRecord, PrefixSet, Unknown, Vrp
from ztix.evidence_delta import (
    Outcome,
    Refresh,
    VrpAnswer,
    judge_expansion,
    judge_network,
    judge_vrps,
)
from ztix.irr_policy import IrrPolicy
from ztix.rov_policy import VrpList
from ztix.rules import RULES
from ztix.terms import Asn, AsSet

THEN, NOW = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)
NAME = AsSet("RIPE::AS-EXAMPLE")
POLICY = IrrPolicy()


def expansion(asns: int, ipv4: int, ipv6: int = 0, at: datetime = NOW) -> Expansion:
    """So many of each."""
    origins = tuple(Asn(64500 + number) for number in range(asns))
    texts = tuple(f"10.{number >> 8}.{number & 255}.0/24" for number in range(ipv4))
    texts6 = tuple(f"2001:db8:{number:x}::/48" for number in range(1, ipv6 + 1))
    return Expansion(NAME, origins, PrefixSet(4, texts), PrefixSet(6, texts6), "test", at)


def held(asns: int, ipv4: int, ipv6: int = 0) -> Expansion:
    return expansion(asns, ipv4, ipv6, THEN)


@pytest.mark.parametrize(
    ("before", "after", "outcome"),
    [
        (None, expansion(1, 5000), Outcome.NEW),
        (None, expansion(1, 0), Outcome.NEW),
        (held(1, 2), expansion(1, 2), Outcome.UNCHANGED),
        (held(1, 2), expansion(1, 3), Outcome.CHANGED),
        (held(1, 9), expansion(1, 1), Outcome.CHANGED),
        (held(1, 10), expansion(1, 5), Outcome.CHANGED),
        (held(1, 1), expansion(1, 100), Outcome.CHANGED),
        (held(1, 100), expansion(1, 1000), Outcome.CHANGED),
        (held(1, 0), expansion(1, 0, 3), Outcome.CHANGED),
    ],
)
def test_answer_that_is_plausible_is_taken(
    before: Expansion | None, after: Expansion, outcome: Outcome
) -> None:
    """Small lists change a lot, and new ones have nothing to be measured by; the time is the answer's."""
    judged = judge_expansion(NAME, before, after, POLICY)
    assert (judged.outcome, judged.value, judged.fetched_at) == (outcome, after, NOW)
    assert judged.finding("evidence/irr.json") is None


@pytest.mark.parametrize(
    ("before", "after", "rule", "reason"),
    [
        (held(1, 10), expansion(1, 4), "ZT612", "it shrank from 10 to 4 IPv4 prefixes"),
        (held(1, 1), expansion(1, 0), "ZT612", "it shrank from 1 to 0 IPv4 prefixes"),
        (held(1, 1, 20), expansion(1, 1, 9), "ZT612", "it shrank from 20 to 9 IPv6 prefixes"),
        (held(20, 1), expansion(9, 1), "ZT612", "it shrank from 20 to 9 AS numbers"),
        (held(1, 1), expansion(1, 101), "ZT613", "it grew from 1 to 101 IPv4 prefixes"),
        (held(1, 100), expansion(1, 1001), "ZT613", "it grew from 100 to 1001 IPv4 prefixes"),
        (held(1, 0), expansion(1, 101), "ZT613", "it grew from 0 to 101 IPv4 prefixes"),
    ],
)
def test_change_that_is_doubted_is_taken_only_when_somebody_names_it(
    before: Expansion, after: Expansion, rule: str, reason: str
) -> None:
    """What was held stays with its old time; the finding tells how to take the new."""
    judged = judge_expansion(NAME, before, after, POLICY)
    assert (judged.outcome, judged.value, judged.fetched_at) == (Outcome.KEPT, before, THEN)
    finding = judged.finding("evidence/irr.json")
    assert finding is not None
    assert (finding.rule, finding.severity) == (rule, Severity.WARNING)
    assert finding.message == f"`{NAME}`: {reason}; the last good one stays"
    assert finding.help == "if that is right: `ztix evidence refresh --accept RIPE::AS-EXAMPLE`"
    taken = judge_expansion(NAME, before, after, POLICY, accepted=True)
    assert (taken.outcome, taken.value, taken.doubt) == (Outcome.CHANGED, after, None)


@pytest.mark.parametrize("before", [None, held(1, 5)])
@pytest.mark.parametrize(
    ("answer", "rule", "words"),
    [
        (Unknown("no answer in time"), "ZT610", "the IRR gave no answer (no answer in time)"),
        (expansion(0, 0), "ZT611", "the IRR knows no such set, or none of its AS numbers"),
        (expansion(0, 7), "ZT611", "the IRR knows no such set, or none of its AS numbers"),
    ],
)
def test_answer_that_is_none_is_never_taken(
    before: Expansion | None, answer: Expansion | Unknown, rule: str, words: str
) -> None:
    """Nobody can accept it either: an outage and a slip of the pen would close a member out."""
    judged = judge_expansion(NAME, before, answer, POLICY, accepted=True)
    assert judged.value == before
    assert judged.outcome is (Outcome.KEPT if before else Outcome.UNKNOWN)
    finding = judged.finding("evidence/irr.json")
    assert finding is not None
    assert finding.rule == rule
    end = "the last good one stays" if before else "nothing is known of it"
    assert finding.message == f"`{NAME}`: {words}; {end}"


def test_server_that_lacks_a_source_is_told_by_the_key_to_change() -> None:
    """Asking again would not help."""
    lacking = Unknown("bgpq4 says `ERROR:Invalid source(s) 'RIPE,NOWHERE'`")
    finding = judge_expansion(NAME, None, lacking, POLICY).finding("evidence/irr.json")
    assert finding is not None
    assert "`irr.sources`" in finding.help


FOUND = Found(NetworkRecord(Asn(64500), "Example", irr_as_set="AS-EXAMPLE"), "test", THEN)
AGAIN = Found(FOUND.record, "test", NOW)
OTHER = Found(NetworkRecord(Asn(64500), "Other"), "test", NOW)
GONE, GONE_AGAIN = Absent("test", THEN), Absent("test", NOW)


@pytest.mark.parametrize(
    ("before", "answer", "outcome"),
    [
        (None, AGAIN, Outcome.NEW),
        (Unknown("nobody asked"), AGAIN, Outcome.NEW),
        (None, GONE_AGAIN, Outcome.NEW),
        (FOUND, AGAIN, Outcome.UNCHANGED),
        (GONE, GONE_AGAIN, Outcome.UNCHANGED),
        (FOUND, OTHER, Outcome.CHANGED),
        (GONE, AGAIN, Outcome.CHANGED),
    ],
)
def test_network_that_is_answered_for_is_taken(
    before: NetworkLookup | None, answer: NetworkLookup, outcome: Outcome
) -> None:
    """Its time is the answer's, also where nothing changed."""
    judged = judge_network(Asn(64500), before, answer)
    assert (judged.outcome, judged.value, judged.fetched_at) == (outcome, answer, NOW)


def test_network_that_is_gone_stays_until_somebody_names_it() -> None:
    """PeeringDB has lost live networks before; a person asks the member first."""
    judged = judge_network(Asn(64500), FOUND, GONE_AGAIN)
    assert (judged.outcome, judged.value, judged.fetched_at) == (Outcome.KEPT, FOUND, THEN)
    finding = judged.finding("evidence/peeringdb.json")
    assert finding is not None
    assert (finding.rule, "--accept AS64500`" in finding.help) == ("ZT615", True)
    assert judge_network(Asn(64500), FOUND, GONE_AGAIN, accepted=True).outcome is Outcome.CHANGED


@pytest.mark.parametrize(("before", "value"), [(FOUND, FOUND), (Unknown("nobody asked"), None), (None, None)])
def test_network_without_an_answer_is_as_it_was(
    before: NetworkLookup | None, value: NetworkLookup | None
) -> None:
    """Unknown is never absent."""
    judged = judge_network(Asn(64500), before, Unknown("it answered 503"))
    assert judged.value == value
    assert judged.doubt is not None
    assert judged.doubt.rule == "ZT614"


def vrps(count: int) -> tuple[Vrp, ...]:
    return tuple(Vrp(ip_network(f"10.0.{number}.0/24"), 24, 64500) for number in range(count))


def answer(count: int) -> VrpAnswer:
    return VrpAnswer(vrps(count), "test", NOW)


@pytest.mark.parametrize(
    ("before", "after", "outcome"),
    [
        (None, 3, Outcome.NEW),
        (3, 3, Outcome.UNCHANGED),
        (9, 1, Outcome.CHANGED),
        (100, 90, Outcome.CHANGED),
        (1, 200, Outcome.CHANGED),
    ],
)
def test_list_of_vrps_that_is_plausible_is_taken(before: int | None, after: int, outcome: Outcome) -> None:
    """A list may grow as it likes: more VRPs reject more, and their holders made them."""
    judged = judge_vrps(None if before is None else vrps(before), answer(after), VrpList())
    assert (judged.outcome, judged.value) == (outcome, answer(after))


def test_first_list_of_vrps_that_is_empty_is_taken_only_when_somebody_names_it() -> None:
    """A validator that has just started has none yet, and ROV by that would reject nothing."""
    judged = judge_vrps(None, answer(0), VrpList())
    assert (judged.outcome, judged.value) == (Outcome.UNKNOWN, None)
    assert judged.doubt is not None
    assert (judged.doubt.rule, judged.doubt.reason) == ("ZT617", "the list has no VRP")
    assert judge_vrps(None, answer(0), VrpList(), accepted=True).outcome is Outcome.NEW


def test_list_of_vrps_that_is_another_one_is_taken_only_when_somebody_names_it() -> None:
    """A list of the same length may hold nothing of what was there."""
    others = tuple(replace(vrp, asn=64501) for vrp in vrps(100))
    judged = judge_vrps(vrps(100), VrpAnswer(others, "test", NOW), VrpList())
    assert judged.doubt is not None
    assert (judged.outcome, judged.doubt.reason) == (Outcome.KEPT, "it lost 100 of 100 VRPs")


@pytest.mark.parametrize(
    ("others", "reason"),
    [
        (
            {"ipv4": PrefixSet(4, tuple(f"172.16.{number}.0/24" for number in range(40)))},
            "it lost 20 of 20 IPv4 prefixes",
        ),
        (
            {"ipv4": PrefixSet(4, tuple(f"172.16.{number}.0/24" for number in range(20)))},
            "it lost 20 of 20 IPv4 prefixes",
        ),
        ({"asns": tuple(Asn(65536 + number) for number in range(12))}, "it lost 12 of 12 AS numbers"),
    ],
)
def test_answer_about_another_network_is_taken_only_when_somebody_names_it(
    others: dict[str, Any], reason: str
) -> None:
    """Another registry's set of the same name may be as long; how much of the old is left tells."""
    judged = judge_expansion(NAME, held(12, 20), replace(expansion(12, 20), **others), POLICY)
    assert judged.doubt is not None
    assert (judged.outcome, judged.doubt.rule, judged.doubt.acceptable) == (Outcome.KEPT, "ZT612", True)
    assert judged.doubt.reason == reason


@pytest.mark.parametrize(("before", "after"), [(100, 89), (1, 0)])
def test_list_of_vrps_that_shrank_is_taken_only_when_somebody_names_it(before: int, after: int) -> None:
    """A validator that has lost a repository would let hijacks through."""
    judged = judge_vrps(vrps(before), answer(after), VrpList())
    assert (judged.outcome, judged.value) == (Outcome.KEPT, None)
    finding = judged.finding("evidence/vrps.json")
    assert finding is not None
    assert finding.rule == "ZT617"
    assert judge_vrps(vrps(before), answer(after), VrpList(), accepted=True).outcome is Outcome.CHANGED


@pytest.mark.parametrize(("before", "outcome"), [(None, Outcome.UNKNOWN), ((), Outcome.KEPT)])
def test_list_of_vrps_without_an_answer_is_as_it_was(
    before: tuple[Vrp, ...] | None, outcome: Outcome
) -> None:
    """The file is left alone."""
    judged = judge_vrps(before, Unknown("it answered 503"), VrpList(), accepted=True)
    assert (judged.outcome, judged.value) == (outcome, None)


def test_policy_that_names_a_source_twice_is_refused() -> None:
    """The order decides, so a second place would mean nothing."""
    assert IrrPolicy(sources=("RIPE", "RADB")).sources == ("RIPE", "RADB")
    with pytest.raises(ValueError, match="must have distinct names"):
        IrrPolicy(sources=("RIPE", "RIPE"))


def test_findings_of_a_refresh_stand_by_file_and_are_rules_that_explain_themselves() -> None:
    """Each has an entry in the registry."""
    found = Refresh(
        (judge_network(Asn(64500), FOUND, Unknown("x")), judge_network(Asn(64501), FOUND, GONE_AGAIN)),
        tuple(
            judge_expansion(NAME, held(1, 10), after, POLICY)
            for after in (Unknown("x"), expansion(0, 0), expansion(1, 1), expansion(1, 500))
        ),
        judge_vrps(vrps(1), answer(0), VrpList()),
    )
    rules = [finding.rule for finding in found.findings]
    assert rules == ["ZT610", "ZT611", "ZT612", "ZT613", "ZT614", "ZT615", "ZT617"]
    assert {*rules, "ZT616"} <= set(RULES)
    assert found.outcomes == (Outcome.KEPT,) * 7
    assert Refresh().outcomes == ()
