"""The forms of a report: exact by golden files, and safe whatever a stranger wrote."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.exchange_fixture import good_files, member_text, member_with, tree
from ztix.console.report import Form, render_report, summary
from ztix.console.text import Style, cells, painted, safe, window
from ztix.diagnostics import Diagnostic, Report, Severity, Span
from ztix.exchange import read_exchange
from ztix.rules import RULES, check

GOLDEN = Path(__file__).parents[1] / "golden" / "reports"
FORMS: tuple[Form, ...] = ("text", "github", "json", "sarif")
HOSTILE = (
    "\x1b]0;title\x07\x1b[31m red\r\n::error::x\u202e\u2028##[add-path]/tmp"
    ", a:b%0A`${{ secrets.X }}`\ud800\U000e0041"
)


def mixed_report() -> Report:
    """Findings of every severity, in members and policy, with and without a snippet."""
    files = {
        **good_files(),
        **member_with("192.0.2.10", "192.0.2.11"),
        "members/AS64502.yaml": member_text(64502).replace("name: fra1", "nam: fra1"),
        "members/AS64503.yaml": "name: [Example\n",
        "members/AS64504.yaml": member_text(64504).replace("nodes:", "status: suspended\nnodes:"),
        "members/AS64505.yaml": member_text(64505, "as_set: {ipv4: AS-EXAMPLE}\n"),
        "members/readme.txt": "",
    }
    exchange, report = read_exchange(tree(files))
    assert exchange is not None
    return report + check(exchange, None)


def hostile_report() -> Report:
    """A finding whose every text was written by a stranger."""
    place = Span(f"members/{HOSTILE}", 3, 5, 9, HOSTILE)
    return Report.of([Diagnostic("ZT999", Severity.ERROR, HOSTILE, place, HOSTILE, (place,))])


@pytest.mark.parametrize("form", FORMS)
def test_report_form_is_that_of_its_golden_file(form: Form, golden: Callable[[Path, str], None]) -> None:
    """Each form of a report with all kinds of findings stays what it was."""
    name = {"text": "report.txt", "github": "report.github", "json": "report.json", "sarif": "report.sarif"}
    golden(GOLDEN / name[form], render_report(mixed_report(), form=form))


def test_report_in_colour_says_the_same_words(golden: Callable[[Path, str], None]) -> None:
    """Colour is added to the text and never replaces a word."""
    text = render_report(mixed_report(), form="text", colour=True)
    golden(GOLDEN / "report.colour.txt", text)
    assert re.sub(r"\x1b\[[0-9;]*m", "", text) == render_report(mixed_report(), form="text")


@pytest.mark.parametrize("form", FORMS)
def test_report_of_hostile_texts_lets_nothing_act(form: Form) -> None:
    """No escape, no line of one's own and no workflow command of a stranger gets into any form."""
    text = render_report(hostile_report(), form=form)
    assert not set(text) & set("\x1b\x07\r\u202e\u2028\ud800\U000e0041")
    assert "##[" not in text
    for line in text.splitlines():
        assert line.isprintable()
        assert not line.lstrip().startswith("::") or line.startswith("::error file=members/")
    assert text.count("::error ") == (form == "github")


@settings(deadline=None, max_examples=50)  # the first run compiles tables
@given(st.text(), st.text(), st.integers(1, 50), st.integers(1, 50))
def test_report_of_any_texts_has_as_many_lines_as_its_form_says(
    message: str, line: str, column: int, width: int
) -> None:
    """Whatever a message or a file holds, an annotation is one line and a text finding keeps its frame."""
    place = Span("members/AS64500.yaml", 1, column, column + width, line)
    report = Report.of([Diagnostic("ZT012", Severity.WARNING, message, place)])
    assert render_report(report, form="github").count("\n") == 1
    text = render_report(report, form="text").split("\n")
    assert len(text) == (7 if line else 5)
    assert all(part.isprintable() for part in text)
    assert all(len(part) <= 120 for part in text[1:])
    for form in ("json", "sarif"):
        json.loads(render_report(report, form=form))


def test_github_annotation_escapes_what_its_syntax_uses() -> None:
    """A comma, a colon or a per cent sign in a path or message ends neither property nor command."""
    place = Span("members/a,b:c%.yaml", 2, 3, 4, "text")
    finding = Diagnostic("ZT013", Severity.NOTE, "100 %, so: no", place, "rename", (Span("x", 1, 2),))
    assert render_report(Report.of([finding]), form="github") == (
        "::notice file=members/a%2Cb%3Ac%25.yaml,line=2,col=3,endColumn=4,title=ZT013"
        "::100 %25, so: no%0Aalso: x:1:2%0Ahelp: rename\n"
    )


def test_github_annotation_of_a_file_has_no_column() -> None:
    """A finding about a whole file points at its first line."""
    finding = Diagnostic("ZT001", Severity.WARNING, "too long", Span("members/AS64500.yaml"))
    line = "::warning file=members/AS64500.yaml,line=1,title=ZT001::too long\n"
    assert render_report(Report.of([finding]), form="github") == line


def test_json_keeps_texts_as_they_are() -> None:
    """A program gets the very texts, encoded."""
    document = json.loads(render_report(hostile_report(), form="json"))
    assert document["schema"] == "ztix.report.v1"
    assert document["counts"] == {"error": 1, "warning": 0, "note": 0}
    assert document["findings"][0]["message"] == HOSTILE
    assert document["findings"][0]["place"]["end_column"] == 9


def test_sarif_names_each_rule_once_and_refers_to_it() -> None:
    """The table has the rules that were broken, as the registry has them; results point into it."""
    report = mixed_report()
    run = json.loads(render_report(report, form="sarif"))["runs"][0]
    ids = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert ids == sorted({finding.rule for finding in report})
    assert [rule["shortDescription"]["text"] for rule in run["tool"]["driver"]["rules"]] == [
        RULES[name].title for name in ids
    ]
    assert all(ids[result["ruleIndex"]] == result["ruleId"] for result in run["results"])
    assert (
        "ruleIndex" not in json.loads(render_report(hostile_report(), form="sarif"))["runs"][0]["results"][0]
    )


@pytest.mark.parametrize("form", FORMS)
def test_report_without_findings_is_short(form: Form) -> None:
    """Nothing wrong is said in the form's own way."""
    text = render_report(Report(), form=form)
    if form == "text":
        assert text == "no findings\n"
    elif form == "github":
        assert text == ""
    else:
        assert json.loads(text)


def test_summary_counts_severities_and_files() -> None:
    """The last line counts in words, one and many."""
    place = Span("a")
    findings = [Diagnostic("ZT001", severity, "m", place) for severity in (Severity.ERROR, Severity.NOTE)]
    assert summary(Report.of(findings)) == "1 error, 1 note in 1 file"
    findings += [Diagnostic("ZT002", Severity.ERROR, "m", Span("b"))]
    assert summary(Report.of(findings)) == "2 errors, 1 note in 2 files"


@pytest.mark.parametrize(
    ("line", "start", "end", "shown", "carets"),
    [
        ("abc", 1, 2, "abc", " ^"),
        ("abc", 1, 99, "abc", " ^^"),
        ("abc", 7, 9, "abc", "   ^"),
        ("", 0, 1, "", "^"),
        ("a\tb\x1b[1m", 2, 3, "a b\ufffd[1m", "  ^"),
        ("語語x", 1, 3, "語語x", "  ^^^"),
        ("e\u0301x", 2, 3, "e\u0301x", " ^"),
        ("0123456789" * 3, 0, 2, "0123456789…", "^^"),
        ("0123456789" * 3, 15, 17, "…2345678901…", "    ^^"),
        ("0123456789" * 3, 28, 30, "…0123456789", "         ^^"),
        ("0123456789" * 3, 12, 30, "…9012345678…", "    ^^^^^^^"),
    ],
)
def test_window_when_a_line_is_long_or_odd_keeps_carets_below_the_place(
    line: str, start: int, end: int, shown: str, carets: str
) -> None:
    """A snippet shows the part around the place, ten characters here, with the carets right below it."""
    assert window(line, start, end, 10) == (shown, carets)


def test_painted_when_colour_is_not_asked_for_is_plain() -> None:
    """Colour is the caller's choice."""
    assert painted("x", Style.NOTE, colour=False) == "x"
    assert painted("x", Style.NOTE, colour=True) == "\x1b[1;36mx\x1b[0m"


@given(st.text())
def test_safe_keeps_length_and_is_printable(text: str) -> None:
    """Taking things out moves nothing: columns stay true."""
    assert len(safe(text)) == len(text)
    assert safe(text).isprintable()
    assert cells(safe(text)) <= 2 * len(text)
