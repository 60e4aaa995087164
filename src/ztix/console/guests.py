"""Nodes that no file names, as text or JSON; returns strings, prints nothing."""

from __future__ import annotations

from collections.abc import Sequence

from ztix.breakglass import Guest
from ztix.console.json_text import json_text
from ztix.console.safe import printable
from ztix.fabric import seen_words


def render_guests(guests: Sequence[Guest], *, json_form: bool) -> str:
    """Three lines for each node, which fit a terminal: how it stands, what it holds, when it was seen."""
    if json_form:
        return json_text({"schema": "ztix.guests.v1", "nodes": [_data(guest) for guest in guests]})
    if not guests:
        return "Every node that a fabric holds is in a file.\n"
    return "".join(f"{_line(guest)}\n" for guest in guests)


def _line(guest: Guest) -> str:
    held = guest.attachment
    if guest.until is not None:
        standing = f"allowed by hand until {guest.until:%Y-%m-%d %H:%M} UTC"
    else:
        standing = "authorised by somebody else" if held.authorised else "knocks"
    addresses = " ".join(map(str, held.addresses)) or "no address"
    seen = seen_words(guest.sighting) or "first and last seen unknown"
    named = f"{addresses}  {printable(held.name, 60)}".rstrip()
    return f"{guest.fabric}  {held.node}  {standing}\n    {named}\n    {seen}"


def _data(guest: Guest) -> dict[str, object]:
    moments = {
        "until": guest.until,
        "first_seen": guest.sighting.first,
        "last_seen": guest.sighting.last,
    }
    told = {name: at.isoformat(timespec="seconds") if at else None for name, at in moments.items()}
    return {"fabric": str(guest.fabric), **told, **guest.attachment.data()}
