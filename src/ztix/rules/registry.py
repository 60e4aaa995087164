"""The one list of rules: what each is called, why it is there, and the function that looks for it.

Law: pure. A rule enters `RULES` when the module that holds it is imported, and `ztix.rules` imports them all.
An id is never used for another rule. A rule function is given the Facts and yields Hits; it looks at every
member once, so that all rules together are linear in the number of members.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

from ztix.diagnostics import Diagnostic, Severity, Span
from ztix.rules.facts import Facts


@dataclass(frozen=True, slots=True)
class Docs:
    """What `ztix explain` tells about a rule.

    what: the law, one or two sentences.  why: what goes wrong without it.  wrong, right: lines of a file.
    remedy: what the reader is to do.
    """

    what: str
    why: str
    wrong: str
    right: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule's answer: where it is broken, and how. `severity` is given where policy makes it milder."""

    message: str
    span: Span
    help: str = ""
    related: tuple[Span, ...] = ()
    severity: Severity | None = None


Search: TypeAlias = Callable[[Facts], Iterator[Hit]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `search` is None where the readers of files find it themselves."""

    id: str
    title: str
    severity: Severity
    docs: Docs
    search: Search | None = None

    def findings(self, facts: Facts) -> Iterator[Diagnostic]:
        """Every place where the exchange breaks this rule."""
        for hit in self.search(facts) if self.search else ():
            severity = hit.severity or self.severity
            yield Diagnostic(self.id, severity, hit.message, hit.span, hit.help, hit.related)


_rules: dict[str, Rule] = {}
RULES: Mapping[str, Rule] = MappingProxyType(_rules)


def enter(entry: Rule) -> None:
    """Puts a rule into the list. Raises ValueError where its id is taken."""
    if entry.id in _rules:
        raise ValueError(f"the rule id `{entry.id}` is taken by `{_rules[entry.id].title}`")
    _rules[entry.id] = entry


def found_by_reader(id: str, title: str, docs: Docs, severity: Severity = Severity.ERROR) -> None:  # noqa: A002 - the field's word
    """Registers a rule that has no search, because whoever reads the files finds it."""
    enter(Rule(id, title, severity, docs))


def rule(
    id: str,  # noqa: A002 - the field's word
    title: str,
    severity: Severity,
    *,
    what: str,
    why: str,
    wrong: str,
    right: str,
    remedy: str,
) -> Callable[[Search], Search]:
    """Registers the function below as the search of a rule."""

    def register(search: Search) -> Search:
        enter(Rule(id, title, severity, Docs(what, why, wrong, right, remedy), search))
        return search

    return register
