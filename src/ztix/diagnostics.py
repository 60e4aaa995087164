"""Findings: what is wrong or worth knowing, where exactly, and what to do.

Law: values only. This file knows no rule, prints nothing and reads nothing; `console` renders a Report and
`rules` fills one. Order is by place, then id, so that the same tree always gives the same report.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

SHOWN_MAX = 60  # characters of a foreign text that a message quotes


def shown(text: str) -> str:
    """A text from outside as a message may quote it: one short line, nothing that moves a cursor."""
    safe = "".join(letter if letter.isprintable() and letter != "`" else "?" for letter in text[:SHOWN_MAX])
    return safe if len(text) <= SHOWN_MAX else safe[:-1] + "…"


class Severity(Enum):
    """How much a finding weighs: an error stops what it is about, a warning and a note do not."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A place in a file: lines and columns count from 1, in characters; `end_column` is one past the last."""

    path: str
    line: int = 1
    column: int = 1
    end_column: int = 1
    text: str = ""
    """The whole line, for the snippet; empty when the finding is about the file itself."""

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding.

    rule: id in the registry, `ZT` and three digits; never re-used.  message: what is wrong, values in
    backticks, one line.  help: what to do, one line, may be empty.  related: other places that matter, such
    as the file that holds the same address.
    """

    rule: str
    severity: Severity
    message: str
    span: Span
    help: str = ""
    related: tuple[Span, ...] = ()

    @property
    def sort_key(self) -> tuple[str, int, int, str, str]:
        return (self.span.path, self.span.line, self.span.column, self.rule, self.message)


FINDINGS_MAX = 100  # findings about the form of one file; more help nobody


def bounded(findings: list[Diagnostic]) -> list[Diagnostic]:
    """The first findings of one file, by place, and one that tells how many more there are."""
    first = sorted(findings, key=lambda finding: finding.sort_key)[:FINDINGS_MAX]
    return first + more(len(findings) - len(first), first[-1]) if first else []


def more(count: int, last: Diagnostic) -> list[Diagnostic]:
    """One finding for so many that are not told after the last; none for none."""
    what = f"{count} more findings in this file are not shown"
    return [Diagnostic(last.rule, last.severity, what, last.span, "mend these first")] if count else []


@dataclass(frozen=True, slots=True)
class Report:
    """All findings of a run, ordered by place; equal findings appear once."""

    findings: tuple[Diagnostic, ...] = ()

    @classmethod
    def of(cls, findings: Iterable[Diagnostic]) -> Report:
        return cls(tuple(sorted(dict.fromkeys(findings), key=lambda finding: finding.sort_key)))

    def __iter__(self) -> Iterator[Diagnostic]:
        return iter(self.findings)

    def __len__(self) -> int:
        return len(self.findings)

    def __add__(self, other: Report) -> Report:
        return Report.of((*self.findings, *other.findings))

    def count(self, severity: Severity) -> int:
        """How many findings have this severity."""
        return sum(finding.severity is severity for finding in self.findings)

    @property
    def errors(self) -> Iterator[Diagnostic]:
        """The findings of severity error."""
        return (finding for finding in self.findings if finding.severity is Severity.ERROR)

    @property
    def has_errors(self) -> bool:
        return any(self.errors)

    def errors_in(self, path: str) -> bool:
        """Whether a finding of severity error lies in this file."""
        return any(finding.span.path == path for finding in self.errors)
