"""A file's text as a tree of parts, each with the comments that belong to it.

Law: pure. The YAML library drops comments, so this file finds them: each begins at a `#` that no scalar
covers. Where one belongs is what people mean by its place: above a part, on its line, or below it and deeper
than what follows. It reads only files that `document` accepted and refuses what could hide a comment.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import TypeAlias, cast

import yaml

from ztix.schema import SCHEMA_LINE

_Loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # the one that `document` reads with
BLANK = ""  # stands for blank lines between comments


class Unsafe(Exception):
    """The text cannot be taken apart and put together again; says why, and on which line (from 1)."""

    def __init__(self, reason: str, line: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line


@dataclass(slots=True)
class Notes:
    """The comments of one part, each from its `#` to the end of its line, and BLANK between them."""

    above: list[str] = field(default_factory=list)
    beside: list[str] = field(default_factory=list)
    below: list[str] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Part:
    """A key with its value, or an item of a sequence (`key` is None)."""

    key: str | None
    start: int
    column: int
    parent: Part | None
    value: Content = ""
    notes: Notes = field(default_factory=Notes)

    def is_within(self, other: Part) -> bool:
        """Whether this part is the other or lies in it."""
        part: Part | None = self
        while part is not None:
            if part is other:
                return True
            part = part.parent
        return False


@dataclass(slots=True)
class Mapping:
    """Parts with keys."""

    parts: list[Part] = field(default_factory=list)


@dataclass(slots=True)
class Sequence:
    """Parts without keys."""

    parts: list[Part] = field(default_factory=list)


Content: TypeAlias = "str | Mapping | Sequence"


@dataclass(slots=True)
class Commented:
    """A whole file. head: comments that a blank line parts from the first key.  tail: after everything."""

    root: Mapping
    head: list[str]
    tail: list[str]


@dataclass(frozen=True, slots=True)
class _Comment:
    """`alone`: nothing but white space or dashes stands before it on its line."""

    start: int
    line: int
    column: int
    text: str
    alone: bool


def read_comments(text: str) -> Commented:
    """The parts and comments of a text without carriage returns. Raises Unsafe."""
    walk = _Walk(text)
    root = walk.run()
    comments = [comment for comment in _comments(text, walk.scalars) if not _names_schema(comment.text)]
    return Commented(root, *_Placement(walk).run(comments))


def comment_texts(text: str) -> list[str]:
    """Every comment of a text in order, but the line that names the schema. Raises as `read_comments`."""
    walk = _Walk(text)
    walk.run()
    texts = (comment.text for comment in _comments(text, walk.scalars))
    return [text for text in texts if text != BLANK and not _names_schema(text)]


def _names_schema(comment: str) -> bool:
    return SCHEMA_LINE.fullmatch(comment) is not None


def _comments(text: str, scalars: list[tuple[int, int]]) -> Iterator[_Comment]:
    """Comments and blank lines, by what no scalar covers."""
    starts = [start for start, _ in scalars]

    def covered(at: int) -> bool:
        before = bisect_right(starts, at) - 1
        return before >= 0 and at < scalars[before][1]

    begin = 0
    for number, line in enumerate(text.split("\n")):
        if not line.strip() and not covered(begin):
            yield _Comment(begin, number, 0, BLANK, alone=True)
        for match in re.finditer(r"(?<!\S)#", line):
            start = begin + match.start()
            if not covered(start):
                before = line[: match.start()]
                column = len(before) - len(before.lstrip())
                alone = not before.strip(" \t-")
                yield _Comment(start, number, column, line[match.start() :].rstrip(), alone)
                break
        begin += len(line) + 1


class _Walk:
    """One pass over the events: the parts in the order of the text, and the places of scalars."""

    def __init__(self, text: str) -> None:
        self.events = yaml.parse(text, Loader=_Loader)
        self.scalars: list[tuple[int, int]] = []
        self.parts: list[Part] = []
        self.closed: dict[int, tuple[Part, int]] = {}
        """By a line's number: the part whose flow value opens and closes on it, and where it closes."""
        self.end: yaml.Mark
        """Where the last collection ended."""

    def run(self) -> Mapping:
        for event in self.events:
            if isinstance(event, yaml.MappingStartEvent):
                return self.mapping(None)
        raise Unsafe("the file is not a mapping", 1)

    def mapping(self, parent: Part | None) -> Mapping:
        found = Mapping()
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key = self.scalar(event)
            self.parts.append(Part(key, _start(event).index, _start(event).column, parent))
            found.parts.append(self.parts[-1])
            found.parts[-1].value = self.content(next(self.events), found.parts[-1])
        self.end = _end(event)
        return found

    def sequence(self, opening: yaml.SequenceStartEvent, parent: Part) -> Sequence:
        found = Sequence()
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            dash = _start(event if opening.flow_style else opening)
            self.parts.append(Part(None, _start(event).index, dash.column, parent))
            found.parts.append(self.parts[-1])
            found.parts[-1].value = self.content(event, found.parts[-1])
        self.end = _end(event)
        return found

    def content(self, event: yaml.Event, part: Part) -> Content:
        if isinstance(event, yaml.MappingStartEvent):
            value: Content = self.mapping(part)
        elif isinstance(event, yaml.SequenceStartEvent):
            value = self.sequence(event, part)
        else:
            return self.scalar(event)
        if event.flow_style and _start(event).line == self.end.line:
            self.closed[self.end.line] = (part, self.end.index)
        return value

    def scalar(self, event: yaml.Event) -> str:
        if not isinstance(event, yaml.ScalarEvent):
            raise Unsafe("a key or value is no plain text", _start(event).line + 1)
        if event.style in ("|", ">"):
            reason = f"a block text (`{event.style}`) stands here: write it on one line"
            raise Unsafe(reason, _start(event).line + 1)
        self.scalars.append((_start(event).index, _end(event).index))
        return str(event.value)


def _start(event: yaml.Event) -> yaml.Mark:
    return cast("yaml.Mark", event.start_mark)  # None only in events that a program makes


def _end(event: yaml.Event) -> yaml.Mark:
    return cast("yaml.Mark", event.end_mark)  # as in `_start`


class _Placement:
    """Gives each comment to a part."""

    def __init__(self, walk: _Walk) -> None:
        self.parts = walk.parts
        self.closed = walk.closed
        self.starts = [part.start for part in walk.parts]

    def run(self, comments: list[_Comment]) -> tuple[list[str], list[str]]:
        """Fills the parts' notes; gives the file's head and tail."""
        alone: list[_Comment] = []
        for comment in comments:
            owner = self.parts[: bisect_right(self.starts, comment.start)][-1:]
            if comment.alone or not owner:
                alone.append(comment)
            else:
                self.beside(comment, owner[0])
        tail: list[str] = []
        for count, group in groupby(alone, key=lambda comment: bisect_right(self.starts, comment.start)):
            tail = self.between(count, list(group))
        above = self.parts[0].notes.above if self.parts else []
        while above[:1] == [BLANK]:
            del above[0]
        if BLANK not in above:
            return [], tail
        last = len(above) - 1 - above[::-1].index(BLANK)
        head, above[:] = above[:last], above[last + 1 :]
        return head, tail

    def beside(self, comment: _Comment, owner: Part) -> None:
        """To the part that stands before it, or to the outermost that a bracket closes on its line."""
        outer, end = self.closed.get(comment.line, (owner, 0))
        (outer if owner.start < end <= comment.start else owner).notes.beside.append(comment.text)

    def between(self, count: int, comments: list[_Comment]) -> list[str]:
        """Comments after the first `count` parts: below a part that ended while they are deeper than what
        follows, then above what follows. What nothing follows is returned."""
        following = self.parts[count] if count < len(self.parts) else None
        placed, column = 0, None
        for index, comment in enumerate(comments):
            if comment.text == BLANK:
                continue
            column = comment.column if column is None else min(column, comment.column)
            owner = self.ended_before(count, following, column)
            if owner is None:
                break
            owner.notes.below += [each.text for each in comments[placed : index + 1]]
            placed = index + 1
        texts = [comment.text for comment in comments[placed:]]
        if following is None:
            return texts
        following.notes.above += texts
        return []

    def ended_before(self, count: int, following: Part | None, column: int) -> Part | None:
        """The part that a comment of this column stands below, if it is deeper than what follows."""
        if column <= (following.column if following else 0):
            return None
        for part in reversed(self.parts[:count]):
            if part.column <= column:
                return None if following and following.is_within(part) else part
        return None
