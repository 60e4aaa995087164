"""Request bodies: from bytes to JSON, or to the refusal the controller would send. Pure.

The body ends at the first NUL, a byte order mark is skipped, and the text must be strict JSON in
strict UTF-8. Python's reader does the work; `jsonfault` finds the words when it fails.
"""

from __future__ import annotations

import json
import math
import re

from ztix.lab.controller.jsonfault import Overflow, syntax_fault
from ztix.lab.controller.values import U64, Json, Record, Refused

_BOM = b"\xef\xbb\xbf"
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_LOWEST = -(2**63)


def _integer(digits: str) -> int | float:
    """Integers that fit 64 bits stay; longer ones become floating point."""
    number = int(digits) if len(digits) <= len(str(_LOWEST)) else _LOWEST - 1
    return number if _LOWEST <= number <= U64 else _float(digits)


def _float(digits: str) -> float:
    """A finite number, or the refusal of one that does not fit."""
    number = float(digits)
    if not math.isfinite(number):
        raise Refused(Overflow(digits.encode()).description)
    return number


def _constant(name: str) -> Json:
    """NaN and Infinity are Python's, not JSON's."""
    raise ValueError(name)


def read_json(body: bytes) -> Json:
    """The value of a request body. Raises Refused."""
    text = body.partition(b"\0")[0]
    if _SURROGATE.search(text) and (fault := syntax_fault(text)):
        raise Refused(fault)
    try:
        value: Json = json.loads(
            text.removeprefix(_BOM).decode("utf-8"),
            parse_int=_integer,
            parse_float=_float,
            parse_constant=_constant,
        )
    except (ValueError, RecursionError):
        raise Refused(syntax_fault(text) or b"Unknown Exception") from None
    return value


def read_object(body: bytes) -> Record:
    """The object in a request body; any other JSON value counts as an empty one. Raises Refused."""
    value = read_json(body)
    return value if isinstance(value, dict) else {}
