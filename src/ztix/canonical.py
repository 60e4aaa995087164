"""The one way to write a file of an exchange, comments kept.

Law: pure. Keys stand in the model's order, blocks are indented by two, node ids have quotes and other texts
have them where an editor would read another type, addresses are in the form of RFC 5952. What is written here
is read again, and a file whose meaning or comments would not survive is left alone.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from ztix.comments import (
    BLANK,
    Commented,
    Content,
    Mapping,
    Part,
    Sequence,
    Unsafe,
    comment_texts,
    read_comments,
)
from ztix.diagnostics import Span
from ztix.document import Document, read_document
from ztix.node_address import NodeAddress
from ztix.schema import schema_line, schema_name
from ztix.shape import Model, read_model
from ztix.terms import ControllerPin, NetworkRef, NodeId
from ztix.tree import Entry, Kind, byte_limit

# Texts that YAML 1.1 or 1.2 takes for something else start with a digit, a sign or a dot, or are such words.
_WORDS = frozenset(["null", "true", "false", "yes", "no", "on", "off", "y", "n"])
_PLAIN = re.compile(r"[^\W\d_][^#:]*(?:(?::(?=\S)|(?<=\S)#)[^#:]*)*")


@dataclass(frozen=True, slots=True)
class LeftAlone:
    """Why a file is not rewritten, and where the cause stands."""

    reason: str
    span: Span


def canonical(document: Document, model: type[Model]) -> str | LeftAlone:
    """The file's text in its canonical form. Raises nothing."""
    text = document.text.replace("\r\n", "\n")
    held, findings = read_model(document, model)
    if held is None:
        return LeftAlone("it has findings: mend them first", findings[0].span)
    try:
        written = _Writer(schema_name(document.path)).file(read_comments(text), held)
        if _survives(text, written, document.path, held):
            return written
    except Unsafe as unsafe:
        return LeftAlone(unsafe.reason, Span(document.path, unsafe.line))
    return LeftAlone("it is written in a way that cannot be rewritten safely", Span(document.path))


def scalar_text(text: str) -> str:
    """A text as a YAML scalar: plain where every reader takes it for a text, else in quotes."""
    plain = _PLAIN.fullmatch(text) and text.isprintable() and text == text.strip()
    return text if plain and text.lower() not in _WORDS else json.dumps(text, ensure_ascii=False)


def _survives(text: str, written: str, path: str, held: Model) -> bool:
    content = written.encode()
    if len(content) > byte_limit(path):
        return False
    document, _ = read_document(Entry(path, Kind.FILE, len(content), content))
    if document is None or read_model(document, type(held))[0] != held:
        return False
    return sorted(comment_texts(written)) == sorted(comment_texts(text))


def value_text(text: str, value: object) -> str:
    """A scalar of a file as it is written, by the value that the model made of it."""
    match value:
        case NodeId() | NetworkRef() | ControllerPin():
            return json.dumps(text)
        case IPv4Address() | IPv6Address() | IPv4Network() | IPv6Network():
            shown = str(value)
            number = re.fullmatch(r"[0-9]+(?::[0-9]+)+", shown)  # base 60 to a reader of YAML 1.1
            return json.dumps(shown) if number or shown[0] == ":" or shown[-1] == ":" else shown
        case NodeAddress():
            return value_text(text, value.address)
        case str() | tuple():
            return scalar_text(text)
        case _:  # numbers, flags and ranges of them
            return text


class _Writer:
    """Writes the parts in canonical order, each with its comments."""

    def __init__(self, schema: str | None) -> None:
        self.lines = [schema_line(schema)] if schema else []

    def file(self, commented: Commented, held: Model) -> str:
        self.notes(commented.head, 0, first=True)
        if commented.head:
            self.lines.append(BLANK)
        self.mapping(commented.root, held, 0)
        self.notes(commented.tail, 0, first=not self.lines)
        while self.lines[-1:] == [BLANK]:
            self.lines.pop()
        return "\n".join(self.lines) + "\n"

    def notes(self, texts: list[str], indent: int, *, first: bool) -> None:
        """Comments as lines of their own; blank lines one at a time, and none where a block begins."""
        before = BLANK if first else "#"
        for text in texts:
            if text != BLANK or before != BLANK:
                self.lines.append(" " * indent + text if text else BLANK)
            before = text

    def mapping(
        self, mapping: Mapping, held: object, indent: int, dash: Part | None = None, *, first: bool = True
    ) -> None:
        """A block mapping. dash: the sequence's item that it is, whose dash its first line bears."""
        order = list(type(held).model_fields) if isinstance(held, Model) else []
        parts = sorted(mapping.parts, key=lambda part: order.index(str(part.key)))
        for part in parts:
            opening = dash is not None and part is parts[0]
            above = [*part.notes.above, *part.notes.beside[:-1]]
            if dash is not None and opening:
                above = [*dash.notes.above, *dash.notes.beside, *above]
            self.notes(above, indent - 2 * opening, first=first and part is parts[0])
            lead = " " * (indent - 2) + "- " if opening else " " * indent
            self.value(f"{lead}{part.key}:", part, getattr(held, str(part.key)), indent + 2)
            self.notes(part.notes.below, indent, first=False)

    def sequence(self, sequence: Sequence, held: object, indent: int) -> None:
        """A block sequence, its dashes at `indent`."""
        values = held if isinstance(held, tuple) else ()
        for part, value in zip(sequence.parts, values, strict=True):
            first = part is sequence.parts[0]
            if isinstance(part.value, Mapping) and part.value.parts:
                self.mapping(part.value, value, indent + 2, part, first=first)
            else:
                self.notes([*part.notes.above, *part.notes.beside[:-1]], indent, first=first)
                self.value(" " * indent + "-", part, value, indent + 2)
            self.notes(part.notes.below, indent, first=False)

    def value(self, lead: str, part: Part, held: object, indent: int) -> None:
        """What follows a key or a dash, and the comment beside it."""
        beside = "".join(f"  {text}" for text in part.notes.beside[-1:])
        self.lines.append(f"{lead}{_inline(part.value, held)}{beside}")
        match part.value:
            case Mapping():
                self.mapping(part.value, held, indent)
            case Sequence():
                self.sequence(part.value, held, indent)
            case _:
                pass


def _inline(value: Content, held: object) -> str:
    """The part of a value that stands on its key's line."""
    match value:
        case Mapping():
            return "" if value.parts else " {}"
        case Sequence():
            return "" if value.parts else " []"
        case _:
            return f" {value_text(value, held)}"
