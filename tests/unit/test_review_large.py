"""A review in an exchange that is too large to be read for one error: the same findings, without others'."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.exchange_fixture import member_text
from tests.unit.submission_fixture import Files, Nothing, Outside, base_files, offered
from ztix.admission.verdict import Verdict
from ztix.diagnostics import Report
from ztix.review import review

JOINING, NEW = "members/AS64503.yaml", member_text(64503)
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
