"""When ZeroTier's controllers saw a node: their clocks, peers and records as our Sighting.

Law: pure. What they tell of it is a hint and nothing to decide by: a controller forgets its peers when it
starts anew, Central may reset its times at any moment. So whatever is in no known form is unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from ztix.fabric import UNSEEN, About, Sighting
from ztix.terms import NodeId

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LATEST_MS = 253_402_300_799_999  # milliseconds; the last that a datetime can hold
LATENCY_MAX = 1_000_000  # milliseconds; -1 is said where it is unknown
TEXT_MAX = 200  # characters of one text; an identity has 141


def moment(value: object) -> datetime | None:
    """The moment of so many milliseconds since 1970; None where it is none, as 0 and -1 are."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= LATEST_MS:
        return None
    return EPOCH + timedelta(milliseconds=value)


def read_peers(value: object) -> dict[NodeId, Sighting]:
    """What a controller's `/peer` tells of the nodes that spoke to it since its start."""
    found: dict[NodeId, Sighting] = {}
    for peer in value if isinstance(value, list) else ():
        get = peer.get if isinstance(peer, dict) else {}.get
        try:
            node = NodeId(get("address"))
        except ValueError:
            continue
        paths = get("paths")
        known = [path for path in paths if isinstance(path, dict)] if isinstance(paths, list) else []
        heard = [(at, path.get("address")) for path in known if (at := moment(path.get("lastReceive")))]
        last, place = max(heard, key=lambda one: one[0], default=(None, None))
        version = _text(get("version"))
        spoken = None if version is None or version.startswith("-1") else version
        latency = _latency(get("latency"))
        silent = False if last else None
        found[node] = Sighting(
            last=last, place=_text(place), version=spoken, latency_ms=latency, silent=silent
        )
    return found


def of_controller(
    created_ms: object, identity: object, peer: Sighting | None, *, listed: bool = False
) -> Sighting:
    """A node's sighting from its record and from what it was as a peer.

    listed: whether the peers are known, so that who is none of them was not heard from.
    """
    known = peer or (replace(UNSEEN, silent=True) if listed else UNSEEN)
    return replace(known, first=moment(created_ms), identity=_text(identity))


def of_central(record: Mapping[str, object]) -> Sighting:
    """A node's sighting from a member object of Central."""
    config = record.get("config")
    held = config if isinstance(config, dict) else {}
    last = moment(record.get("lastSeen")) or moment(record.get("lastOnline"))
    return Sighting(
        moment(held.get("creationTime")),
        last,
        _text(held.get("identity")),
        _text(record.get("physicalAddress")),
        _text(record.get("clientVersion")),
    )


def read_about(value: object) -> About:
    """What a controller's `/status` tells of itself."""
    get = value.get if isinstance(value, dict) else {}.get
    return About(_text(get("version")), moment(get("clock")))


def _latency(value: object) -> int | None:
    return (
        value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < LATENCY_MAX else None
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and 0 < len(value) <= TEXT_MAX else None
