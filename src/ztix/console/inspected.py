"""How a route server's machine is prepared, as lines or JSON; returns strings, prints nothing."""

from __future__ import annotations

from ztix.console.json_text import json_text
from ztix.console.safe import printable
from ztix.inspection import Inspected
from ztix.remedies import Item

REMEDY_MAX = 1000


def render_inspected(inspected: Inspected, *, json_form: bool) -> str:
    """A line for each item; below one that is not well, what to do."""
    if json_form:
        return json_text(_data(inspected))
    width = max(len(item.name) for item in inspected.items)
    lines = [line for item in inspected.items for line in _lines(item, width)]
    broken = sum(not item.well for item in inspected.items)
    told = f"{broken} of {len(inspected.items)} to mend" if broken else "all is well"
    return "\n".join((*lines, "", f"{inspected.route_server}: {told}.")) + "\n"


def _lines(item: Item, width: int) -> list[str]:
    head = f"{'ok    ' if item.well else 'broken'}  {item.name.ljust(width)}  {printable(item.found)}"
    return [head] if item.well else [head, f"        {' ' * width}  do: {printable(item.remedy, REMEDY_MAX)}"]


def _data(inspected: Inspected) -> dict[str, object]:
    return {
        "schema": "ztix.route-server-check.v1",
        "route_server": inspected.route_server,
        "reached": inspected.reached,
        "items": [
            {"name": item.name, "well": item.well, "found": printable(item.found), "remedy": item.remedy}
            for item in inspected.items
        ],
    }
