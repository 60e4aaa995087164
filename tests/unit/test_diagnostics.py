"""Findings as values: order, counting, bounds, and quoting what strangers wrote."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ztix.diagnostics import (
    FINDINGS_MAX,
    SHOWN_MAX,
    Diagnostic,
    Report,
    Severity,
    Span,
    bounded,
    more,
    shown,
)
from ztix.errors import EXIT_MEANINGS, Exit, Invalid, ZtixError


def finding(path: str, line: int = 1, rule: str = "ZT001", severity: Severity = Severity.ERROR) -> Diagnostic:
    """A finding at a place."""
    return Diagnostic(rule, severity, "message", Span(path, line))


def test_report_orders_findings_by_place_and_drops_repeats() -> None:
    """The order is that of files, lines and ids, whatever came first."""
    first, second, third = finding("a", 2), finding("a", 10), finding("b", 1)
    report = Report.of([third, second, first, second])
    assert tuple(report) == (first, second, third)
    assert len(report) == 3
    assert Report.of([third]) + Report.of([first, third]) == Report.of([first, third])


def test_report_counts_and_knows_where_errors_are() -> None:
    """Only severity error makes a file bad."""
    report = Report.of(
        [finding("a"), finding("b", severity=Severity.WARNING), finding("b", 2, "ZT002", Severity.NOTE)]
    )
    assert [report.count(severity) for severity in Severity] == [1, 1, 1]
    assert report.has_errors
    assert report.errors_in("a")
    assert not report.errors_in("b")
    assert not Report.of([finding("b", severity=Severity.NOTE)]).has_errors
    assert not Report()


def test_span_prints_as_editors_read_it() -> None:
    """A place is path, line and column."""
    assert str(Span("members/AS64500.yaml", 3, 7, 9, "text")) == "members/AS64500.yaml:3:7"


def test_bounded_when_there_are_too_many_keeps_the_first_by_place() -> None:
    """A hundred findings and a count are all that a file gets."""
    findings = [finding("a", line) for line in range(FINDINGS_MAX + 5, 0, -1)]
    kept = bounded(findings)
    assert [one.span.line for one in kept[:-1]] == list(range(1, FINDINGS_MAX + 1))
    assert kept[-1].message == "5 more findings in this file are not shown"
    assert bounded([]) == []
    assert bounded(findings[:3]) == findings[2::-1]
    assert more(0, findings[0]) == []


@given(st.text())
def test_shown_is_short_printable_and_without_backtick(text: str) -> None:
    """A quoted text cannot end its quotation or act on a terminal."""
    assert len(shown(text)) <= SHOWN_MAX
    assert shown(text).isprintable()
    assert "`" not in shown(text)


def test_shown_when_short_and_plain_is_the_text() -> None:
    """What is harmless stays as it is."""
    assert shown("Example Ltd") == "Example Ltd"
    assert shown("a" * SHOWN_MAX) == "a" * SHOWN_MAX
    assert shown("a" * (SHOWN_MAX + 1)) == "a" * (SHOWN_MAX - 1) + "…"


def test_errors_each_have_an_exit_code_of_their_own() -> None:
    """One exit code is one reading, and each is explained."""
    kinds = ZtixError.__subclasses__()
    assert len({kind.exit for kind in kinds}) == len(kinds) == 7
    assert Exit.BUG not in {kind.exit for kind in kinds}
    assert set(EXIT_MEANINGS) == set(Exit)


def test_error_says_what_and_what_to_do() -> None:
    """The message is the exception's text; the help stands beside it."""
    with pytest.raises(ZtixError, match=r"^two findings$") as raised:
        raise Invalid("two findings", help="mend them")
    assert (raised.value.message, raised.value.help) == ("two findings", "mend them")
    assert Invalid("x").help == ""
