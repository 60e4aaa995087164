"""A day in a file of an exchange.

Law: pure; what day it is today, somebody else says.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, TypeAlias

from pydantic import PlainValidator, WithJsonSchema

_FORM = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")  # Python reads other forms of ISO 8601 too


def read_day(value: object) -> date:
    """The day that a text names. Raises ValueError."""
    if isinstance(value, date):
        return value
    if isinstance(value, str) and _FORM.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise ValueError("must be a day of the calendar") from None
    raise ValueError("must be a day such as `2027-01-31`")


DateText: TypeAlias = Annotated[
    date, PlainValidator(read_day), WithJsonSchema({"type": "string", "format": "date"})
]
