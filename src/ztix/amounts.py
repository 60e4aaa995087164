"""How much of many things a text tells: their number, the first names, as many whole lines as fit.

Law: pure, and no word of what the things are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def plural(number: int, word: str) -> str:
    """A number with its noun, whose plural ends in s."""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def few(names: Sequence[str], most: int, joint: str = ", ") -> str:
    """The first of the names in one line, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return joint.join(names[:most]) + more


def fitting(parts: Iterable[str], room: int) -> tuple[tuple[str, ...], int]:
    """The first parts that fit whole, and how many do not. room: in characters, with a line end for each."""
    taken, missing, size = list[str](), 0, 0
    for part in parts:
        size += len(part) + 1
        if size > room:
            missing += 1
        else:
            taken.append(part)
    return tuple(taken), missing
