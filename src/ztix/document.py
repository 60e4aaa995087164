"""Strict YAML: one file's text becomes mappings, sequences and texts, and nothing else.

Law: YAML gives shape only. Every scalar stays the text that was written, because YAML's own types turn about
one in 110 node ids into another number. Anchors, aliases, tags, duplicate keys, several documents, control
and bidi characters are findings. All findings of a file come at once as far as its text allows.
Two readings of one grammar: `_plain` is quick and accepts only what is beyond doubt, `_Walk` knows every
place and says what is wrong. An exchange of 10,000 good files never needs the second one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, TypeAlias, cast

import yaml

from ztix.diagnostics import FINDINGS_MAX, Diagnostic, Severity, Span, bounded, shown
from ztix.slips import pasted_key
from ztix.tree import Entry, Kind, byte_limit

Value: TypeAlias = "str | list[Value] | dict[str, Value]"
Path: TypeAlias = tuple[str | int, ...]
if TYPE_CHECKING:
    from yaml import BaseLoader as _Loader
else:
    _Loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)

DEPTH_MAX = 12  # levels; no file of an exchange needs more than six
SNIPPET_COLUMNS = 500  # characters before and after a forbidden one that its finding keeps
QUICK_CHARACTERS = 4096  # the longest text for `_plain`: composing recurses, and this bounds how deep
# C0 and C1 controls but tab and LF, a CR that ends no line, bidi marks, embeddings, overrides and isolates,
# BOM, separators, letters without width, tags, and what is no character at all.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff"
    "\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]|\r(?!\n)"
)
_BOM = "\ufeff"  # a byte order mark, where it is the first character
_FEATURES = re.compile("[&*!%]")  # without these no text has an anchor, an alias, a tag or a directive


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


_KEY = -1  # ends the path of a key's own place; no sequence has such an index


class _Unreadable(Exception):
    """Ends the walk: what follows in the file cannot be read."""

    def __init__(self, finding: Diagnostic) -> None:
        super().__init__(finding.message)
        self.finding = finding


def read_document(entry: Entry) -> tuple[Document | None, list[Diagnostic]]:
    """The document in a file, or the findings that say why there is none. Raises nothing."""
    refusals = refused_entry(entry)
    if refusals or entry.content is None:
        return None, refusals
    hidden = hidden_characters(entry.path, entry.content)
    if hidden:
        return None, hidden
    text = entry.content.decode("utf-8")
    value = _plain(text)
    if value is not None:
        return Document(entry.path, text, value), []
    walk = _Walk(entry.path, text)
    found = walk.run()
    if walk.findings or not isinstance(found, dict):
        return None, bounded(walk.findings) or [
            _error("ZT007", "the file must be a mapping of keys to values", Span(entry.path))
        ]
    return Document(entry.path, text, found), []


def hidden_characters(path: str, content: bytes) -> list[Diagnostic]:
    """Where bytes are no UTF-8, or have characters that hide what a reviewer sees. Raises nothing."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        start = content.rfind(b"\n", 0, error.start) + 1
        place = Span(path, line, error.start - start + 1, error.start - start + 2)
        return [_error("ZT002", "the file is not UTF-8 from here on", place, "save it as UTF-8")]
    return list(_forbidden_characters(path, text)) if _FORBIDDEN.search(text) else []


def _error(rule: str, message: str, span: Span, help: str = "") -> Diagnostic:  # noqa: A002 - a finding's word
    return Diagnostic(rule, Severity.ERROR, message, span, help)


def refused_entry(entry: Entry) -> list[Diagnostic]:
    """The finding that a path is no regular file, or a long one; none where its content was read."""
    place = Span(entry.path)
    if entry.kind is not Kind.FILE:
        what = f"this is {entry.kind.one}, not a regular file"
        return [_error("ZT001", what, place, "commit a plain file, mode 100644")]
    if entry.content is None:
        what = f"the file has {entry.size} bytes, more than {byte_limit(entry.path)}"
        return [_error("ZT001", what, place, "make it shorter")]
    return []


def _forbidden_characters(path: str, text: str) -> Iterator[Diagnostic]:
    matches = _FORBIDDEN.finditer(text)
    for match in islice(matches, FINDINGS_MAX):
        start = text.rfind("\n", 0, match.start()) + 1
        column = match.start() - start + 1
        line = ""
        if column <= SNIPPET_COLUMNS:  # a line may be as long as the file
            end = text.find("\n", match.end(), match.end() + SNIPPET_COLUMNS)
            line = text[start : end if end >= 0 else match.end() + SNIPPET_COLUMNS].removesuffix(
                "\r" if end >= 0 else ""
            )
        yield _error(
            "ZT003",
            f"the character U+{ord(match[0]):04X} is not allowed: it hides what a reviewer sees",
            Span(path, text.count("\n", 0, start) + 1, column, column + 1, _FORBIDDEN.sub("\ufffd", line)),
            "save the file as UTF-8 without BOM" if match.start() == 0 and match[0] == _BOM else "delete it",
        )
    if next(matches, None):
        yield _error("ZT003", "more such characters are not shown", Span(path), "delete them all")


class _Quick(_Loader):
    """Composes nodes without asking what type a scalar looks like."""

    def resolve(self, kind: object, value: object, implicit: object) -> str:
        return "plain"

    def descend_resolver(self, current_node: object, current_index: object) -> None:
        return

    def ascend_resolver(self) -> None:
        return


class _Doubtful(Exception):
    """Something that only `_Walk` can tell."""


def _plain(text: str) -> dict[str, Value] | None:
    """The mapping in a short text without anything unusual; None where in doubt."""
    if len(text) > QUICK_CHARACTERS or _FEATURES.search(text):
        return None
    loader = _Quick(text)
    try:
        node = loader.get_single_node()
        value = _built(node, 0)
    except (yaml.YAMLError, RecursionError, _Doubtful):
        return None
    finally:
        loader.dispose()
    return value if isinstance(value, dict) else None


def _built(node: yaml.Node | None, depth: int) -> Value:
    if isinstance(node, yaml.ScalarNode):
        return str(node.value)
    if depth >= DEPTH_MAX or node is None:
        raise _Doubtful
    if isinstance(node, yaml.SequenceNode):
        return [_built(item, depth + 1) for item in node.value]
    items: dict[str, Value] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode) or key.value in items:
            raise _Doubtful
        items[key.value] = _built(value, depth + 1)
    return items


class _Walk:
    """One pass over the events of a text. Collects findings; fills `spans` where a dict is given."""

    def __init__(self, path: str, text: str, spans: dict[Path, Span] | None = None) -> None:
        self.path = path
        self.text = text
        self.spans = spans
        self.lines = text.replace("\r\n", "\n").split("\n")
        self.findings: list[Diagnostic] = []

    def run(self) -> Value | None:
        try:
            self.events = yaml.parse(self.text, Loader=_Loader)
            next(self.events)  # stream start
            if isinstance(next(self.events), yaml.StreamEndEvent):
                advice = "write the keys, or delete the file"
                raise _Unreadable(_error("ZT007", "the file is empty", Span(self.path), advice))
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
        problem = getattr(error, "problem", None) or "this cannot be read"
        marks = [getattr(error, name, None) for name in ("problem_mark", "context_mark")]
        places = [self.place(mark.line, mark.column, mark.column + 1) for mark in marks if mark is not None]
        # The end of a file shows nothing: where the unfinished part begins, or the last sign, tells more.
        place = next((place for place in places if place.text.strip()), self.last_sign())
        if "\t" in place.text[: len(place.text) - len(place.text.lstrip())]:
            what = "YAML: the line is indented with a tab"
            return _error("ZT004", what, place, "indent it with blanks: YAML takes no tabs there")
        advice = pasted_key(place.text) or "check the indentation, colons and quotes here"
        return _error("ZT004", f"YAML: {shown(problem)}", place, advice)

    def last_sign(self) -> Span:
        text = "\n".join(self.lines).rstrip()
        column = max(len(text) - text.rfind("\n") - 2, 0)
        return self.place(text.count("\n"), column, column + 1)

    def place(self, line: int, column: int, end: int) -> Span:
        """The span from column to end, both from 0; `end` is one past the last."""
        text = self.lines[line] if line < len(self.lines) else ""
        return Span(self.path, line + 1, column + 1, max(end, column + 1) + 1, text)

    def of_event(self, event: yaml.Event) -> Span:
        start, end = cast("yaml.Mark", event.start_mark), cast("yaml.Mark", event.end_mark)
        if start.line == end.line:
            return self.place(start.line, start.column, end.column)
        return self.place(start.line, start.column, len(self.lines[start.line].rstrip()))

    def finding(self, rule: str, message: str, event: yaml.Event, help: str) -> None:  # noqa: A002 - a finding's word
        self.findings.append(_error(rule, message, self.of_event(event), help))

    def node(self, event: yaml.Event, path: Path) -> Value:
        if self.spans is not None:
            self.spans[path] = self.of_event(event)
        if isinstance(event, yaml.ScalarEvent):
            self.refuse_features(event)
            return str(event.value)
        if isinstance(event, yaml.AliasEvent):
            what = f"the alias `*{shown(str(event.anchor))}` is not allowed"
            self.finding("ZT005", what, event, "write the value out")
            return ""
        self.refuse_features(cast("yaml.CollectionStartEvent", event))
        if len(path) >= DEPTH_MAX:
            what = f"nested deeper than {DEPTH_MAX} levels"
            advice = "write it as `ztix explain ZT007` shows"
            raise _Unreadable(_error("ZT007", what, self.of_event(event), advice))
        return self.sequence(path) if isinstance(event, yaml.SequenceStartEvent) else self.mapping(path)

    def refuse_features(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> None:
        for mark, name, kind in (("&", event.anchor, "anchor"), ("", event.tag, "tag")):
            if name is not None:
                what = f"the {kind} `{mark}{shown(str(name))}` is not allowed"
                self.finding("ZT005", what, event, "write the plain value")

    def sequence(self, path: Path) -> list[Value]:
        items: list[Value] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            items.append(self.node(event, (*path, len(items))))
        return items

    def mapping(self, path: Path) -> dict[str, Value]:
        items: dict[str, Value] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                raise _Unreadable(_error("ZT007", "a key must be a plain word", self.of_event(event)))
            self.refuse_features(event)
            key = str(event.value)
            if key in items:
                what = f"the key `{shown(key)}` stands here a second time"
                self.finding("ZT006", what, event, "keep one of them")
            if self.spans is not None:
                self.spans[(*path, key, _KEY)] = self.of_event(event)
            items[key] = self.node(next(self.events), (*path, key))
        return items
