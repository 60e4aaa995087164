"""A review in an exchange that is too large to be read for one error: the same findings, without others'."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.unit.exchange_fixture import NOW, member_text
from tests.unit.submission_fixture import Files, Nothing, Outside, base_files, offered
from ztix.admission.verdict import Verdict
from ztix.diagnostics import Report
from ztix.fabric import Amend
from ztix.past import Past, Step, Version
from ztix.review import review

JOINING, NEW = "members/AS64503.yaml", member_text(64503)
LATE = "members/AS64501.yaml"
CLASH = NEW.replace("192.0.2.13", "192.0.2.10")


def both(text: str, base: Files) -> tuple[Verdict, Verdict]:
    """The verdict with every member read, and in a large exchange."""
    submission = offered({JOINING: text}, author=64503, base=base)
    few, many = (review(submission, Outside().ground, whole=whole) for whole in (1_000, 0))
    return few, many


@pytest.mark.parametrize(
    "text",
    [
        CLASH,
        CLASH.replace("2001:db8:64:96::13", "2001:db8:64:96:0::10"),
        NEW.replace("1a2b364503", "1a2b364500"),
        NEW.replace("2001:db8:64:96::13", "2001:db8:1::1"),
        NEW.replace("asn:", "asnn:"),
    ],
)
def test_error_in_a_large_exchange_has_the_same_findings_and_advice(text: str) -> None:
    """Addresses, a node, a place outside of the LAN, and a file that cannot be read."""
    few, many = both(text, base_files())
    assert few.report.has_errors
    assert many == replace(few, elsewhere=Report())


def test_advice_in_a_large_exchange_passes_over_what_others_hold() -> None:
    """Of the members that were not read the addresses are known, in whatever spelling they have them."""
    path = "members/AS64501.yaml"
    base = {**base_files(), path: member_text(64501).replace("192.0.2.11", "192.0.2.8")}
    few, many = both(CLASH, base)
    assert [each.help for each in many.report] == ["the lowest free one is `192.0.2.9`"]
    assert many == replace(few, elsewhere=Report())


def test_advice_in_a_large_exchange_looks_back_for_what_it_proposes() -> None:
    """An address that rests is proposed to nobody, so the past of the first free ones is asked for."""
    history = Nothing()
    submission = offered({JOINING: CLASH}, author=64503)
    review(submission, Outside(history=history).ground, whole=0)
    assert history.asked == ["suspects", "b" * 40] * 2


def test_error_without_a_cool_down_is_advised_too() -> None:
    """Where the past does not matter, what others hold does."""
    free = "address_cooldown_days: 0\nasn_cooldown_days: 0\n"
    path = "policy/admission.yaml"
    base = {**base_files(), path: f"{base_files()[path]!s}{free}"}
    outside = NEW.replace("192.0.2.13", "198.51.100.1")
    few, many = both(outside, base)
    assert [each.help for each in many.report] == ["the lowest free one is `192.0.2.8`"]
    assert many == replace(few, elsewhere=Report())


class Latecomer(Nothing):
    """A history in which AS64501 came a hundred days ago, and all others were always there."""

    def __init__(self, base: Files) -> None:
        super().__init__()
        self.tip = {path: str(text).encode() for path, text in base.items()}

    def past(self, revision: str, since: datetime | None, paths: frozenset[str]) -> Past:
        joined = Version(LATE, None, self.tip[LATE])
        tip = {path: self.tip.get(path) for path in paths}
        return Past((Step(0, NOW - timedelta(days=100), (joined,)),) if LATE in paths else (), tip)


@pytest.mark.parametrize("whole", [1_000, 0])
def test_change_of_who_was_first_is_told_where_another_member_clashes_with_it(whole: int) -> None:
    """The clash was merged by hand: it is the other one's error, and hides nothing of what changes here."""
    base = {**base_files(), LATE: member_text(64501).replace("192.0.2.11", "192.0.2.10")}
    first = "members/AS64500.yaml"
    submission = offered({first: member_text(64500).replace("fra1", "fra2")}, base=base)
    verdict = review(submission, Outside(history=Latecomer(base)).ground, whole=whole)
    assert not verdict.report.has_errors
    assert [change.owner for change in verdict.changes if isinstance(change, Amend)] == ["AS64500"]
    assert len(verdict.changes) == 1


@pytest.mark.parametrize(
    "spelled",
    [
        '"2001:0DB8:0064:0096:0000:0000:0000:0013"',
        "'2001:db8:64:96::0.0.0.19'",
        '"\\x32001:db8:64:96::13"',
        '"2001:db8:64:96::\\\n      13"',
        "2001:DB8:64:96:0:0::13",
    ],
)
def test_clash_in_a_large_exchange_is_an_error_in_whatever_spelling(spelled: str) -> None:
    """Zeros, capitals, a dotted end, escapes and a broken line are all one address."""
    theirs = member_text(64501).replace('"2001:db8:64:96::11"', spelled)
    few, many = both(NEW, {**base_files(), LATE: theirs})
    assert [each.rule for each in many.report] == ["ZT204"]
    assert many == replace(few, elsewhere=Report())
