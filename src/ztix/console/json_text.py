"""JSON as the console prints it.

Law: pure. All JSON on stdout is written here, because a run's stdout is a CI log: `##[` is a command anywhere
in one of its lines, so its bracket is written as a number. `::` is one at the beginning of a line, where JSON
has quotes: ends of lines inside of texts are escaped.
"""

from __future__ import annotations

import json


def json_text(value: object, *, indent: int | None = 1, sort_keys: bool = False) -> str:
    """The value in ASCII, with a line feed. value: what JSON has, in dicts, lists and tuples."""
    return json.dumps(value, indent=indent, sort_keys=sort_keys).replace("##[", "##\\u005b") + "\n"
