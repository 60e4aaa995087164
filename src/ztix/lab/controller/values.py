"""JSON values and the controller's coercions between them. Pure.

The controller never refuses a value of the wrong type: it turns it into the type it wants. The
conversions below are measured (transcripts 04 and 06), including the wrap of negative numbers.
"""

from __future__ import annotations

import json
import re
from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Record: TypeAlias = dict[str, Json]

U16 = 0xFFFF
U32 = 0xFFFFFFFF
U64 = 0xFFFFFFFFFFFFFFFF

_DECIMAL = re.compile(r"[ \t\n\v\f\r]*([+-]?)(\d+)", re.ASCII)
_HEX = re.compile(r"[ \t\n\v\f\r]*([+-]?)(?:0[xX](?=[0-9a-fA-F]))?([0-9a-fA-F]+)", re.ASCII)


class Refused(Exception):
    """A body the controller answers with 500. description: what its JSON library says, in raw bytes."""

    def __init__(self, description: bytes) -> None:
        super().__init__(description)
        self.description = description


def not_a_text(value: Json) -> Refused:
    """The refusal of a value that had to be a text, in the words of the controller's JSON library."""
    names = {type(None): "null", bool: "boolean", list: "array", dict: "object"}
    name = names.get(type(value), "number")
    return Refused(f"[json.exception.type_error.302] type must be string, but is {name}".encode())


def until_nul(text: str) -> str:
    """Cut at the first NUL, where a C string ends."""
    return text.partition("\0")[0]


def _strtoull(pattern: re.Pattern[str], base: int, text: str) -> int:
    """C's strtoull: leading digits count, the rest is ignored, too big saturates, minus wraps."""
    found = pattern.match(until_nul(text))
    if found is None:
        return 0
    magnitude = min(int(found[2], base), U64)
    return -magnitude & U64 if found[1] == "-" else magnitude


def decimal(text: str) -> int:
    """The unsigned 64-bit number at the start of a decimal text, 0 if there is none."""
    return _strtoull(_DECIMAL, 10, text)


def hexadecimal(text: str) -> int:
    """The unsigned 64-bit number at the start of a hexadecimal text, 0 if there is none."""
    return _strtoull(_HEX, 16, text)


def as_u64(value: Json, default: int) -> int:
    """Numbers are truncated and wrapped, texts read as decimal, booleans are 0 or 1, others default."""
    if isinstance(value, (bool, int, float)):
        return int(value) & U64
    return decimal(value) if isinstance(value, str) else default


def as_bool(value: Json, default: bool) -> bool:
    """Booleans, numbers above zero, texts that start with t, T or 1; null, lists and objects default."""
    if isinstance(value, bool):
        return value
    if isinstance(value, (int, float)):
        return int(value) & U64 > 0
    return value[:1] in ("t", "T", "1") if isinstance(value, str) else default


def as_text(value: Json) -> str:
    """Texts stay, numbers become unsigned digits, booleans 1 or 0, everything else empty."""
    if isinstance(value, str):
        return value
    return str(int(value) & U64) if isinstance(value, (bool, int, float)) else ""


def same(one: Json, other: Json) -> bool:
    """Equality in which true is not 1, unlike Python's."""
    if one != other or isinstance(one, bool) is not isinstance(other, bool):
        return False
    if isinstance(one, list) and isinstance(other, list):
        return all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return all(same(value, other[key]) for key, value in one.items())
    return True


def dump(value: Json) -> str:
    """Compact text with sorted keys, as the controller sends and stores it."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
