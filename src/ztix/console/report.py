"""The forms of a Report: text for people, annotations for GitHub, JSON and SARIF for programs.

Law: pure; returns strings that end in a line feed. Paths, messages and lines of files are strangers' text and
go through `safe` or an encoder. Colour is asked for by the caller and repeats what a word says.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, TypeAlias, assert_never
from urllib.parse import quote

from ztix import __version__
from ztix.amounts import plural
from ztix.console.json_text import json_text
from ztix.console.safe import workflow_text, workflow_value
from ztix.console.text import Style, painted, safe, window
from ztix.diagnostics import Diagnostic, Report, Severity, Span
from ztix.rules.registry import RULES

Form: TypeAlias = Literal["text", "github", "json", "sarif"]
Json: TypeAlias = "str | int | list[Json] | dict[str, Json] | None"

SCHEMA = "ztix.report.v1"
WIDTH = 100  # characters of a line of a file that are shown
_STYLES = {Severity.ERROR: Style.ERROR, Severity.WARNING: Style.WARNING, Severity.NOTE: Style.NOTE}
_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def render_report(report: Report, *, form: Form, colour: bool = False) -> str:
    """The report in one of its forms. `colour` counts for text only."""
    match form:
        case "text":
            return _text(report, colour=colour)
        case "github":
            return "".join(_annotation(finding) + "\n" for finding in report)
        case "json":
            return _encoded(_json(report))
        case "sarif":
            return _encoded(_sarif(report))
        case _:
            assert_never(form)


def summary(report: Report) -> str:
    """How many findings of each severity, and in how many files."""
    if not len(report):
        return "no findings"
    counts = [(report.count(severity), severity.value) for severity in Severity]
    files = len({finding.span.path for finding in report})
    found = ", ".join(plural(count, word) for count, word in counts if count)
    return f"{found} in {plural(files, 'file')}"


def _text(report: Report, *, colour: bool) -> str:
    blocks = ["\n".join(finding_lines(finding, colour=colour)) + "\n\n" for finding in report]
    return "".join(blocks) + summary(report) + "\n"


def finding_lines(finding: Diagnostic, *, colour: bool = False) -> Iterator[str]:
    """One finding as text: place, line with what is meant, other places, what to do."""
    severity = painted(finding.severity.value, _STYLES[finding.severity], colour=colour)
    yield f"{safe(str(finding.span))}  {severity} {finding.rule}  {safe(finding.message)}"
    if finding.span.text:
        number = f"{finding.span.line:>6}"
        line, carets = window(finding.span.text, finding.span.column - 1, finding.span.end_column - 1, WIDTH)
        bar = painted("|", Style.FAINT, colour=colour)
        yield f"{number} {bar} {line}".rstrip()
        yield f"{'':>6} {bar} {painted(carets, _STYLES[finding.severity], colour=colour)}"
    for span in finding.related:
        yield f"   also: {safe(str(span))}"
    advice = f"help: {safe(finding.help)}     " if finding.help else ""
    yield painted(f"   {advice}docs: ztix explain {finding.rule}", Style.FAINT, colour=colour)


def _annotation(finding: Diagnostic) -> str:
    """A workflow command of GitHub Actions."""
    span = finding.span
    properties = f"file={workflow_value(safe(span.path))},line={span.line}"
    if span.text:
        properties += f",col={span.column},endColumn={span.end_column}"
    lines = [finding.message]
    lines += [f"also: {span}" for span in finding.related]
    lines += [f"help: {finding.help}"] if finding.help else []
    message = "%0A".join(workflow_text(safe(line)) for line in lines)
    return f"::{_COMMANDS[finding.severity]} {properties},title={finding.rule}::{message}"


def _encoded(value: Json) -> str:
    return json_text(value, indent=2)


def _json(report: Report) -> Json:
    return {
        "schema": SCHEMA,
        "counts": {severity.value: report.count(severity) for severity in Severity},
        "findings": [finding_data(finding) for finding in report],
    }


def finding_data(finding: Diagnostic) -> Json:
    """One finding as JSON; the line that it shows is left out."""
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "message": finding.message,
        "help": finding.help,
        "place": _place(finding.span),
        "related": [_place(span) for span in finding.related],
    }


def _place(span: Span) -> Json:
    return {"path": span.path, "line": span.line, "column": span.column, "end_column": span.end_column}


def _sarif(report: Report) -> Json:
    found = {finding.rule for finding in report}
    ordered = [RULES[name] for name in sorted(found & RULES.keys())]
    ids = {rule.id: index for index, rule in enumerate(ordered)}
    rules: list[Json] = [
        {
            "id": rule.id,
            "shortDescription": {"text": rule.title},
            "fullDescription": {"text": rule.docs.what},
            "help": {"text": f"{rule.docs.why}\n{rule.docs.remedy}"},
            "defaultConfiguration": {"level": rule.severity.value},
        }
        for rule in ordered
    ]
    results: list[Json] = [_result(finding, ids) for finding in report]
    driver: Json = {"name": "ztix", "version": __version__, "rules": rules}
    run: Json = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    }


def _result(finding: Diagnostic, ids: dict[str, int]) -> Json:
    text = f"{finding.message}\n{finding.help}" if finding.help else finding.message
    result: dict[str, Json] = {
        "ruleId": finding.rule,
        "level": finding.severity.value,
        "message": {"text": text},
        "locations": [_location(finding.span)],
    }
    if finding.rule in ids:
        result["ruleIndex"] = ids[finding.rule]
    if finding.related:
        result["relatedLocations"] = [
            {"id": number, **_location(span)} for number, span in enumerate(finding.related, start=1)
        ]
    return result


def _location(span: Span) -> dict[str, Json]:
    region: Json = {"startLine": span.line, "startColumn": span.column, "endColumn": span.end_column}
    uri = quote(span.path, safe="/", errors="replace")
    place: Json = {"artifactLocation": {"uri": uri}, "region": region}
    return {"physicalLocation": place}
