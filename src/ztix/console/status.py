"""What is live, as a table or JSON; returns strings, prints nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Literal, TypeAlias

from ztix.standing import Standing

StatusForm: TypeAlias = Literal["text", "json"]


def render_status(rows: Sequence[Standing], form: StatusForm) -> str:
    """One row for each node, then the counts."""
    if form == "json":
        return (
            json.dumps({"schema": "ztix.status.v1", "nodes": [_data(row) for row in rows]}, indent=1) + "\n"
        )
    cells = [("owner", "node", "name", "fabric", "sessions", "addresses"), *map(_cells, rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(5)]
    lines = [
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=False)) + "  " + row[5]
        for row in cells
    ]
    attached = sum(row.presence == "attached" for row in rows)
    up = sum(item.up or 0 for row in rows for item in row.sessions)
    wanted = sum(item.wanted for row in rows for item in row.sessions)
    lines += ["", f"{attached} of {len(rows)} nodes attached, {up} of {wanted} sessions up."]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _cells(row: Standing) -> tuple[str, ...]:
    label = row.name.removeprefix(row.owner).strip() or row.name
    sessions = ", ".join(
        f"{item.route_server} {'unknown' if item.up is None else f'{item.up}/{item.wanted}'}"
        for item in row.sessions
    )
    return (row.owner, row.node, label, row.presence, sessions or "none", " ".join(map(str, row.addresses)))


def _data(row: Standing) -> dict[str, object]:
    return {
        "owner": row.owner,
        "node": str(row.node),
        "name": row.name,
        "addresses": [str(address) for address in row.addresses],
        "presence": row.presence,
        "sessions": [
            {"route_server": item.route_server, "wanted": item.wanted, "up": item.up} for item in row.sessions
        ],
    }
