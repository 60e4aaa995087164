"""JSON as exports write it.

Law: pure. Nothing in it acts on a page that it is put into: `<`, `>` and `&` are written as numbers, so that
no name ends a script or opens a tag.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TypeAlias

Json: TypeAlias = "bool | int | str | Sequence[Json] | Mapping[str, Json]"

_MARKUP = str.maketrans({sign: f"\\u{ord(sign):04x}" for sign in "<>&"})


def json_text(value: Json) -> str:
    """The value on several lines. Keys keep their order."""
    written = json.dumps(value, indent=2, ensure_ascii=False).translate(_MARKUP)
    return written.replace("##[", "##\\u005b") + "\n"
