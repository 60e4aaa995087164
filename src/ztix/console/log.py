"""Events as lines of a log: JSON for programs, words for people.

Law: pure. What others wrote is in them, so every value goes through `safe` and is bounded; JSON goes through
`json_text`, as all that gets near a CI log, and a line of words begins with a time.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Literal, TypeAlias

from ztix.console.json_text import json_text
from ztix.console.safe import printable
from ztix.events import Event, told

LogForm: TypeAlias = Literal["json", "text"]

VALUE_MAX = 2000  # characters of one value
_PLAIN = re.compile(r"[A-Za-z0-9_.:/@+-]+")


def log_line(event: Event, at: datetime, run: str, verb: str, form: LogForm) -> str:
    """One line with its end. run: the id of the run, which also holds its locks."""
    time = at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    row = {"time": time, "run": run, "verb": verb, **told(event)}
    clean = {
        key: printable(value, VALUE_MAX) if isinstance(value, str) else value for key, value in row.items()
    }
    if form == "json":
        return json_text(clean, indent=None)
    first = " ".join(str(clean.pop(key)) for key in ("time", "run"))
    verb, name = str(clean.pop("verb")), str(clean.pop("event"))
    rest = "".join(f" {key}={_word(value)}" for key, value in clean.items())
    return f"{first} [{verb}] {name}{rest}\n"


def _word(value: str | float) -> str:
    """The value, in JSON's quotes where it is more than a word."""
    text = str(value)
    return text if _PLAIN.fullmatch(text) else json_text(text, indent=None).rstrip("\n")
