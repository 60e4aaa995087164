"""The sessions of one node with route servers, in lines and as JSON.

Law: a route server's own words, and so a member's, pass through `printable`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ztix.console.safe import printable
from ztix.health import Filtered, Session
from ztix.routeserver import STEPS
from ztix.standing import Sessions, Standing

_TITLES = {int(step.reason): str(step.title) for step in STEPS if step.reason is not None}
HANGS = "BIRD never ends it: its daemon has to be started anew (docs/rollout.md)"


def session_lines(row: Standing) -> Iterator[str]:
    """Who and where it is, and each of its sessions."""
    addresses = " ".join(map(str, row.addresses))
    runs = f"; ZeroTier {printable(row.sighting.version, 12)}" if row.sighting.version else ""
    yield f"{printable(row.name)} on {row.fabric}, node {row.node}: {row.presence}; {addresses}{runs}"
    for item in row.sessions:
        if item.held is None:
            yield f"  {item.route_server}: unknown"
            continue
        for session in item.held:
            yield f"  {item.route_server} {printable(session.name)}: {session_words(session)}"
        for one in item.rejected or ():
            yield f"    {one.count} filtered: {reason_words(one.reason)}, such as {printable(one.example)}"
        if item.rejected is None and item.filtered:
            yield f"    {item.filtered} filtered: why is unknown"


def session_words(session: Session) -> str:
    """What a session is, in words."""
    if session.established:
        since = f" since {printable(session.since)}" if session.since else ""
        return f"up{since}, {session.imported} accepted, {session.filtered} filtered"
    if session.state == "flush":
        return f"down in `flush`: {HANGS}"
    why = ", ".join(printable(word) for word in (session.bgp, session.error) if word)
    return f"down: {why or 'why is unknown'}"


def reason_words(reason: int) -> str:
    """A reason by the title of its step."""
    return _TITLES.get(reason, "no reason is told") + (f" ({reason})" if reason in _TITLES else "")


def sessions_data(item: Sessions) -> dict[str, object]:
    """A node's sessions with one route server; null where nobody told."""
    return {
        "route_server": item.route_server,
        "wanted": item.wanted,
        "up": item.up,
        "accepted": item.accepted,
        "filtered": item.filtered,
        "sessions": None if item.held is None else [_session(one) for one in item.held],
        "reasons": None if item.rejected is None else [_reason(one) for one in item.rejected],
    }


def _session(session: Session) -> dict[str, object]:
    return {
        "name": session.name,
        "up": session.established,
        "since": session.since,
        "state": session.state,
        "bgp": session.bgp,
        "error": session.error,
        "accepted": session.imported,
        "filtered": session.filtered,
    }


def _reason(one: Filtered) -> dict[str, object]:
    title = _TITLES.get(one.reason, "")
    return {
        "session": one.session,
        "reason": one.reason,
        "title": title,
        "count": one.count,
        "example": one.example,
    }
