"""How text gets onto a terminal or into a log without doing anything there.

Law: pure; returns strings. What members, branch names or outside services wrote goes through `safe` first:
control characters move cursors, bidi marks swap words, and `##[` starts a command in a CI log.
"""

from __future__ import annotations

import unicodedata
from enum import Enum

MARK = "\ufffd"  # stands where a character was taken out, so that columns stay what they were
MORE = "…"


class Style(Enum):
    """Colours by meaning. A word always says the same as the colour."""

    ERROR = "\x1b[1;31m"
    WARNING = "\x1b[1;33m"
    NOTE = "\x1b[1;36m"
    FAINT = "\x1b[2m"


def safe(text: str) -> str:
    """The text on one line, as many characters long, with everything that could act on a reader taken out."""
    if not text.isprintable():
        text = "".join(_harmless(character) for character in text)
    return text.replace("##[", "##" + MARK)


def still(line: str) -> str:
    """A line that acts on nobody, and that no CI runner takes for a command, wherever it is printed."""
    line = safe(line)
    return line.replace("::", ": :", 1) if line.lstrip().startswith("::") else line


def _harmless(character: str) -> str:
    if character.isprintable():
        return character
    return " " if character == "\t" else MARK


def painted(text: str, style: Style, *, colour: bool) -> str:
    """The text in a colour, or as it is."""
    return f"{style.value}{text}\x1b[0m" if colour else text


def cells(text: str) -> int:
    """How many columns of a terminal the text takes: wide letters take two, combining marks none."""
    if text.isascii():
        return len(text)
    return sum(_cells(character) for character in text)


def _cells(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def window(line: str, start: int, end: int, width: int) -> tuple[str, str]:
    """The part of a line of at most `width` characters around start:end, and the caret run below it.

    start, end: from 0, end is one past the last; both may lie past the end of the line.
    """
    line = safe(line)
    start = min(start, len(line))
    end = min(max(end, start + 1), max(len(line), start + 1))
    first = 0
    if len(line) > width:
        first = max(0, min(start - width // 3, len(line) - width))
        end = min(end, first + width)
    head = MORE if first else ""
    tail = MORE if first + width < len(line) else ""
    part = line[first : first + width]
    before, marked = part[: start - first], part[start - first : end - first]
    return head + part + tail, " " * (len(head) + cells(before)) + "^" * max(1, cells(marked))
