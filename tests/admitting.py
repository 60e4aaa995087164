"""Verdicts, submissions and a forge in memory, for tests of what is told and merged.

Law: no network. `MemoryForge` keeps what it was told, and fails where a test says so.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from ipaddress import ip_address

from ztix.admission.verdict import Demand, State, Verdict
from ztix.diagnostics import Diagnostic, Report, Severity, Span
from ztix.errors import Refused, ZtixError
from ztix.fabric import Attach, Attachment
from ztix.forge import Issue, Light, PullRequest
from ztix.terms import Label, NodeId

BASE, HEAD, OTHER = "b" * 40, "a" * 40, "c" * 40
PATH = "members/AS64500.yaml"
AUTHOR = 64500
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
OLD = datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)
LAN, NODE = Label("lan"), NodeId("1a2b364500")
AT = Attachment(NODE, "AS64500 fra1", (ip_address("192.0.2.10"), ip_address("2001:db8:64:96::10")))
JOIN = Attach(LAN, "AS64500", None, AT, Span(PATH, 6, 9))


def finding(message: str = "a value", path: str = PATH, *, severity: Severity = Severity.ERROR) -> Diagnostic:
    """A finding in the file."""
    return Diagnostic("ZT204", severity, message, Span(path, 6, 9, 12, "  - id: x"), "do this")


def verdict(
    *states: State, title: str = "AS64500 joins", head: str = HEAD, findings: tuple[Diagnostic, ...] = ()
) -> Verdict:
    """A verdict with a demand for each state."""
    demands = tuple(Demand(f"demand {i}", state, f"words {i}", f"do {i}") for i, state in enumerate(states))
    return Verdict(BASE, head, title, demands, Report.of(findings))


@dataclass(slots=True)
class MemoryForge:
    """A Forge as a test wants it. comments, lights, merged: what it was told.  fault: what calls raise."""

    pulls: dict[int, PullRequest] = field(default_factory=dict)
    comments: dict[int, str] = field(default_factory=dict)
    lights: list[tuple[str, Light, str]] = field(default_factory=list)
    merged: list[tuple[int, str]] = field(default_factory=list)
    merges: dict[str, int] = field(default_factory=dict)
    tips: dict[str, str] = field(default_factory=lambda: {"main": BASE})
    moves_to: str | None = None
    fault: ZtixError | None = None
    open_issues: dict[int, Issue] = field(default_factory=dict)
    closed: dict[int, str] = field(default_factory=dict)

    def pull_request(self, number: int) -> PullRequest:
        self._ask()
        if number not in self.pulls:
            raise Refused(f"there is no pull request `{number}`")
        found = self.pulls[number]
        if self.moves_to is not None:
            self.pulls[number] = replace(found, head=self.moves_to)
        return found

    def open_numbers(self, base: str) -> tuple[int, ...]:
        self._ask()
        return tuple(n for n, found in self.pulls.items() if found.open and found.base == base)

    def tip(self, branch: str) -> str:
        self._ask()
        return self.tips[branch]

    def told(self, number: int) -> str | None:
        self._ask()
        return self.comments.get(number)

    def tell(self, number: int, text: str) -> None:
        self._ask()
        self.comments[number] = text

    def light(self, head: str, light: Light, words: str) -> None:
        self._ask()
        self.lights.append((head, light, words))

    def merge(self, number: int, head: str) -> None:
        self._ask()
        if self.pulls[number].head != head:
            raise Refused("the head moved")
        self.merged.append((number, head))

    def merged_as(self, commit: str) -> int | None:
        self._ask()
        return self.merges.get(commit)

    def issues(self) -> tuple[Issue, ...]:
        self._ask()
        return tuple(sorted(self.open_issues.values(), key=lambda issue: issue.number))

    def open_issue(self, title: str, text: str) -> int:
        self._ask()
        number = 1 + max([*self.open_issues, *self.closed, 20])
        self.open_issues[number] = Issue(number, title, text)
        return number

    def edit_issue(self, number: int, title: str, text: str) -> None:
        self._ask()
        self.open_issues[number] = Issue(number, title, text)

    def close_issue(self, number: int, words: str) -> None:
        self._ask()
        del self.open_issues[number]
        self.closed[number] = words

    def _ask(self) -> None:
        if self.fault is not None:
            raise self.fault


def pull(number: int = 7, head: str = HEAD, **changes: object) -> PullRequest:
    """An open pull request of the member's own account."""
    found = PullRequest(number, AUTHOR, OLD, "main", head, True, frozenset(), frozenset())
    return replace(found, **changes)  # type: ignore[arg-type]  # the test names fields of it
