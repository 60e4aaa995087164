"""What a new configuration does to each session that stays: nothing, a new filter, or a restart.

Law: pure. It compares two texts, the one that runs and the one that shall, by their top-level blocks: each a
line without indent, up to the line that closes it. BIRD decides by the same: options one by one, filters by
all that they reach. What is not in the tables here counts as a restart: an option nobody thought of is
a question to a person, not a flap. The tables were tried one by one on BIRD (`tests/live/test_effects.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum


class Effect(IntEnum):
    """What becomes of a session, the gravest last."""

    NOTHING = 0
    REFILTER = 1
    RESTART = 2


@dataclass(frozen=True, slots=True)
class SessionEffect:
    """One session. because: the options, or what its filters reach, that are another; at most a few."""

    name: str
    effect: Effect
    because: tuple[str, ...]


NAMED = 4
_NOTHING = (
    "description",
    "debug",
    "check link",
    "import limit",
    "export limit",
    "receive limit",
    "mandatory",
    "next hop keep",
    "rpki reload",
)
_REFILTER = ("import", "export", "preference", "cost", "next hop self")
_KEYS = (
    *(
        "import limit",
        "export limit",
        "receive limit",
        "import keep filtered",
        "import table",
        "export table",
    ),
    *("next hop keep", "next hop self", "next hop address", "check link", "rpki reload", "local role"),
    *("allow local as", "allow as sets", "allow bgp_local_pref", "graceful restart", "long lived"),
    *("enforce first as", "strict bind", "hold time", "startup hold time", "keepalive time", "connect delay"),
    *("connect retry", "error wait", "error forget", "rs client", "add paths", "extended next hop"),
    *("ttl security", "interpret communities", "source address", "bfd", "missing lladdr", "send hold time"),
)
"""Options of more than one word; any other is known by its first. `import` itself is the filter."""
_GLOBAL = {"router": (2,), "hostname": (2, 17)}
"""Statements for the whole daemon that restart every session, each with the first version that does."""

_TOKEN = re.compile(r'"[^"\n]*"|#[^\n]*|[{};]|[^\s{};"#]+')
_NAME = re.compile(r"[A-Za-z_]\w*")
_HEAD = re.compile(r"(?:(protocol|template)\s+(\w+)|(function|filter|define))\s+('?[\w.:-]+'?)")


def effects(old: str, new: str, bird: str) -> tuple[SessionEffect, ...]:
    """The sessions in both texts that are not left alone, by name.

    bird: the version of the daemon, such as `2.0.12`.  Raises ValueError where a text is not in blocks.
    """
    version = tuple(int(part) for part in re.findall(r"\d+", bird)[:2])
    before, after = _Text.of(old), _Text.of(new)
    return tuple(_effects(before, after, version))


def sessions(text: str) -> tuple[str, ...]:
    """The names of the BGP protocols in a text, ascending. Raises ValueError where it is not in blocks."""
    return tuple(sorted(_Text.of(text).sessions))


def _effects(before: _Text, after: _Text, version: tuple[int, ...]) -> Iterator[SessionEffect]:
    everywhere = [
        word
        for word, since in _GLOBAL.items()
        if version >= since and before.globals.get(word) != after.globals.get(word)
    ]
    for name in sorted(before.sessions.keys() & after.sessions.keys()):
        if everywhere:
            yield SessionEffect(name, Effect.RESTART, tuple(everywhere))
            continue
        causes = list(_causes(before, after, name, version))
        worst = max((effect for effect, _ in causes), default=Effect.NOTHING)
        if worst is not Effect.NOTHING:
            because = dict.fromkeys(why for effect, why in causes if effect is worst)
            yield SessionEffect(name, worst, tuple(because)[:NAMED])


def _causes(before: _Text, after: _Text, name: str, version: tuple[int, ...]) -> Iterator[tuple[Effect, str]]:
    if before.expanded(name) != after.expanded(name):
        one, other = _options(before.expanded(name)), _options(after.expanded(name))
        for key in dict.fromkeys([*one, *other]):
            if one.get(key) != other.get(key):
                yield _weight(key, one, other, version), key[-1] or key[0]
    if another := before.reached(name) & after.changed_from(before):
        yield Effect.REFILTER, min(another)
    elif after.reached(name) & after.changed_from(before):
        yield Effect.REFILTER, min(after.reached(name) & after.changed_from(before))
    tables = {table for text in (before, after) for table in text.reached(name)}
    for table in sorted(tables):
        if before.tables.get(table) != after.tables.get(table):
            yield Effect.RESTART, f"table {table}"


def _weight(
    key: tuple[str, str],
    one: Mapping[tuple[str, str], object],
    other: Mapping[tuple[str, str], object],
    version: tuple[int, ...],
) -> Effect:
    channel, option = key
    if "bfd" in key:
        # Taken away, the member's router takes the silence for a path that is gone, a few seconds later.
        return Effect.RESTART if _has_bfd(one) and not _has_bfd(other) else Effect.NOTHING
    if not option or (channel and ((channel, "") in one) != ((channel, "") in other)):
        return Effect.RESTART  # a channel comes or goes, and with it a capability
    if option in _NOTHING or (option == "import keep filtered" and version < (3,)):
        return Effect.NOTHING
    if option in _REFILTER or (option == "next hop address" and version < (2, 17)):
        return Effect.REFILTER
    return Effect.RESTART


def _has_bfd(options: Mapping[tuple[str, str], object]) -> bool:
    return ("bfd", "") in options or options.get(("", "bfd"), ("bfd", "off")) != ("bfd", "off")


@dataclass
class _Text:
    """A configuration in blocks: each block's text by its name."""

    sessions: dict[str, str] = field(default_factory=dict)
    templates: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    tables: dict[str, str] = field(default_factory=dict)
    globals: dict[str, str] = field(default_factory=dict)
    _reached: dict[str, frozenset[str]] = field(default_factory=dict)
    _changed: dict[int, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, text: str) -> _Text:
        made = cls()
        for block in _blocks(text):
            made._add(block)
        return made

    def _add(self, block: str) -> None:
        head = _HEAD.match(block)
        if head is None:
            words = block.split(None, 3)
            if len(words) > 2 and words[1] == "table":
                self.tables[words[2].rstrip(";")] = block
            else:
                self.globals[words[0]] = self.globals.get(words[0], "") + block
        elif head[3]:
            self.names[head[4]] = block
        elif head[2] == "bgp":
            (self.sessions if head[1] == "protocol" else self.templates)[head[4]] = block

    def expanded(self, name: str) -> tuple[str, ...]:
        """The texts that a session's options come from: its templates, the furthest first, then its own."""
        chain = [self.sessions[name]]
        while found := re.match(r"\w+\s+bgp\s+\S+\s+from\s+('?[\w.:-]+'?)", chain[0]):
            parent = self.templates.get(found[1])
            if parent is None or parent in chain:
                raise ValueError(f"template `{found[1]}` is not there")
            chain.insert(0, parent)
        return tuple(chain)

    def reached(self, name: str) -> frozenset[str]:
        """Every name that a session's own text and its templates lead to."""
        return frozenset().union(*(self._reach(text) for text in self.expanded(name)))

    def _reach(self, text: str) -> frozenset[str]:
        if text not in self._reached:
            found: set[str] = set()
            todo = [text]
            while todo:
                for word in set(_NAME.findall(todo.pop())) - found:
                    if word in self.names or word in self.tables:
                        found.add(word)
                        todo += [self.names[word]] if word in self.names else []
            self._reached[text] = frozenset(found)
        return self._reached[text]

    def changed_from(self, before: _Text) -> frozenset[str]:
        """The functions, filters and constants that are another than before."""
        if id(before) not in self._changed:
            every = self.names.keys() | before.names.keys()
            self._changed[id(before)] = frozenset(
                name for name in every if self.names.get(name) != before.names.get(name)
            )
        return self._changed[id(before)]


def _blocks(text: str) -> Iterator[str]:
    """The top-level blocks, without comments. Raises ValueError where one is not closed."""
    held: list[str] = []
    depth = 0
    for line in text.splitlines():
        bare = line.rstrip() if '"' in line else line.partition("#")[0].rstrip()
        if not bare or bare.lstrip().startswith("#"):
            continue
        held.append(bare)
        depth += bare.count("{") + bare.count("[") - bare.count("}") - bare.count("]")
        if depth == 0 and bare[-1] in ";}":
            yield "\n".join(held)
            held = []
    if held or depth:
        raise ValueError("the last block is not closed")


def _options(texts: tuple[str, ...]) -> dict[tuple[str, str], tuple[str, ...]]:
    """Each option with its words, by channel (`` for the session's own) and name; the last one counts."""
    options: dict[tuple[str, str], tuple[str, ...]] = {}
    for text in texts:
        words = _TOKEN.findall(text)
        start = words.index("{") + 1
        _read(words[start:-1] if words[-1] == "}" else words[start:-2], "", options)
    return options


def _read(words: list[str], channel: str, options: dict[tuple[str, str], tuple[str, ...]]) -> None:
    held: list[str] = []
    depth = 0
    for word in words:
        held.append(word)
        depth += (word == "{") - (word == "}")
        if depth or word not in (";", "}"):
            continue
        if held == [";"]:
            held = []
            continue
        if not channel and len(held) > 1 and held[1] == "{":
            options[held[0], ""] = ()
            _read(held[2:-1], held[0], options)
        else:
            line = tuple(held if word == "}" else held[:-1])
            options[channel, _key(line)] = line
        held = []


def _key(line: tuple[str, ...]) -> str:
    joined = " ".join(line[:4])
    return next((key for key in _KEYS if joined == key or joined.startswith(f"{key} ")), line[0])
