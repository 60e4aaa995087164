"""Strict YAML: one file's text becomes mappings, sequences and texts, and nothing else.

Law: YAML gives shape only. Every scalar stays the text that was written, because YAML's own types turn about
one in 110 node ids into another number. Anchors, aliases, tags, duplicate keys, several documents, control
and bidi characters are findings. All findings of a file come at once as far as its text allows.
Spans are computed on demand by a second walk: an exchange of 10,000 good files never needs them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

import yaml

from ztix.diagnostics import Diagnostic, Severity, Span
from ztix.tree import Entry, Kind, byte_limit

Value: TypeAlias = "str | list[Value] | dict[str, Value]"
Path: TypeAlias = tuple[str | int, ...]
_Loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)

DEPTH_MAX = 12  # levels; no file of an exchange needs more than six
# C0 and C1 controls but tab, LF and CR; bidi marks, embeddings, overrides and isolates; BOM; separators.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]"
)


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML file that has the right shape: its value, and the place of every part of it."""

    path: str
    text: str
    value: dict[str, Value]
    _spans: dict[Path, Span] = field(default_factory=dict, compare=False, repr=False)

    def span(self, path: Path = ()) -> Span:
        """The place of the value at `path`; of its nearest parent where there is none."""
        if not self._spans:
            walk = _Walk(self.path, self.text, spans=self._spans)
            walk.run()
        while path and path not in self._spans:
            path = path[:-1]
        return self._spans.get(path, Span(self.path))

    def key_span(self, path: Path) -> Span:
        """The place of the key that ends `path`."""
        found = self.span((*path, _KEY))
        return found if (*path, _KEY) in self._spans else self.span(path)


_KEY = "\0key"  # cannot be a key of a file: control characters are refused


class _Unreadable(Exception):
    """Ends the walk: what follows in the file cannot be read."""

    def __init__(self, finding: Diagnostic) -> None:
        super().__init__(finding.message)
        self.finding = finding


def read_document(entry: Entry) -> tuple[Document | None, list[Diagnostic]]:
    """The document in a file, or the findings that say why there is none. Raises nothing."""
    refusal = _refuse_entry(entry)
    if refusal is not None or entry.content is None:
        return None, [refusal] if refusal else []
    try:
        text = entry.content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = entry.content.count(b"\n", 0, error.start) + 1
        start = entry.content.rfind(b"\n", 0, error.start) + 1
        place = Span(entry.path, line, error.start - start + 1, error.start - start + 2)
        return None, [_error("ZT002", "the file is not UTF-8 from here on", place, "save it as UTF-8")]
    findings = list(_forbidden_characters(entry.path, text))
    if findings:
        return None, findings
    walk = _Walk(entry.path, text)
    value = walk.run()
    if walk.findings or not isinstance(value, dict):
        return None, walk.findings or [
            _error("ZT007", "the file must be a mapping of keys to values", Span(entry.path))
        ]
    return Document(entry.path, text, value), []


def _error(rule: str, message: str, span: Span, help: str = "") -> Diagnostic:  # noqa: A002 - a finding's word
    return Diagnostic(rule, Severity.ERROR, message, span, help)


def _refuse_entry(entry: Entry) -> Diagnostic | None:
    place = Span(entry.path)
    if entry.kind is not Kind.FILE:
        return _error(
            "ZT001",
            f"this is a {entry.kind.value}, not a regular file",
            place,
            "commit a plain file, mode 100644",
        )
    if entry.content is None:
        limit = byte_limit(entry.path)
        return _error(
            "ZT001", f"the file has {entry.size} bytes, more than {limit}", place, "make it shorter"
        )
    return None


def _forbidden_characters(path: str, text: str) -> Iterator[Diagnostic]:
    for number, line in enumerate(text.split("\n"), start=1):
        for match in _FORBIDDEN.finditer(line):
            yield _error(
                "ZT003",
                f"the character U+{ord(match[0]):04X} is not allowed: it hides what a reviewer sees",
                Span(path, number, match.start() + 1, match.end() + 1, _FORBIDDEN.sub("\ufffd", line)),
                "delete the character",
            )


class _Walk:
    """One pass over the events of a text. Collects findings; fills `spans` where a dict is given."""

    def __init__(self, path: str, text: str, spans: dict[Path, Span] | None = None) -> None:
        self.path = path
        self.text = text
        self.spans = spans
        self.lines = text.split("\n")
        self.findings: list[Diagnostic] = []

    def run(self) -> Value | None:
        try:
            self.events = yaml.parse(self.text, Loader=_Loader)
            next(self.events)  # stream start
            if isinstance(next(self.events), yaml.StreamEndEvent):
                raise _Unreadable(_error("ZT007", "the file is empty", Span(self.path)))
            value = self.node(next(self.events), ())
            next(self.events)  # document end
            after = next(self.events)
            if not isinstance(after, yaml.StreamEndEvent):
                self.finding("ZT005", "a second document starts here", after, "keep one document in a file")
        except _Unreadable as unreadable:
            self.findings.append(unreadable.finding)
            return None
        except yaml.YAMLError as error:
            self.findings.append(self.syntax(error))
            return None
        return value

    def syntax(self, error: yaml.YAMLError) -> Diagnostic:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        problem = getattr(error, "problem", None) or "cannot be read as YAML"
        place = Span(self.path) if mark is None else self.place(mark.line, mark.column, mark.column + 1)
        return _error("ZT004", f"YAML: {problem}", place, "check the indentation, colons and quotes here")

    def place(self, line: int, column: int, end_column: int) -> Span:
        text = self.lines[line] if line < len(self.lines) else ""
        return Span(self.path, line + 1, column + 1, max(end_column, column + 1) + 1, text)

    def of_event(self, event: yaml.Event) -> Span:
        start, end = event.start_mark, event.end_mark
        if start is None or end is None:  # only events that a program makes have no marks
            return Span(self.path)
        if start.line != end.line:
            end_column = len(self.lines[start.line]) if start.line < len(self.lines) else start.column
        else:
            end_column = end.column
        return self.place(start.line, start.column, end_column - 1)

    def finding(self, rule: str, message: str, event: yaml.Event, help: str) -> None:  # noqa: A002 - a finding's word
        self.findings.append(_error(rule, message, self.of_event(event), help))

    def node(self, event: yaml.Event, path: Path) -> Value:
        if self.spans is not None:
            self.spans[path] = self.of_event(event)
        if isinstance(event, yaml.ScalarEvent):
            if event.anchor is not None or event.tag is not None:
                self.refuse_feature(event)
            return str(event.value)
        if isinstance(event, yaml.AliasEvent):
            self.finding("ZT005", f"the alias `*{event.anchor}` is not allowed", event, "write the value out")
            return ""
        if not isinstance(event, yaml.SequenceStartEvent | yaml.MappingStartEvent):
            raise _Unreadable(_error("ZT007", "a value is missing", self.of_event(event)))
        if event.anchor is not None or event.tag is not None:
            self.refuse_feature(event)
        if len(path) >= DEPTH_MAX:
            raise _Unreadable(_error("ZT007", f"nested deeper than {DEPTH_MAX} levels", self.of_event(event)))
        return self.sequence(path) if isinstance(event, yaml.SequenceStartEvent) else self.mapping(path)

    def refuse_feature(self, event: yaml.NodeEvent) -> None:
        what = (
            f"the anchor `&{event.anchor}`"
            if event.anchor is not None
            else f"the tag `{getattr(event, 'tag', '')}`"
        )
        self.finding("ZT005", f"{what} is not allowed", event, "write the plain value")

    def sequence(self, path: Path) -> list[Value]:
        items: list[Value] = []
        for event in self.events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            items.append(self.node(event, (*path, len(items))))
        return items

    def mapping(self, path: Path) -> dict[str, Value]:
        items: dict[str, Value] = {}
        for event in self.events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            if not isinstance(event, yaml.ScalarEvent):
                raise _Unreadable(_error("ZT007", "a key must be a plain word", self.of_event(event)))
            key = str(self.node(event, (*path, _KEY)))
            if key in items:
                self.finding("ZT006", f"the key `{key}` stands here a second time", event, "keep one of them")
            if self.spans is not None:
                self.spans[(*path, key, _KEY)] = self.of_event(event)
            items[key] = self.node(next(self.events), (*path, key))
        return items
