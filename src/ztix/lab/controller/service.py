"""The endpoints of the node that runs the controller, as far as a client of ours looks at them. Pure."""

from __future__ import annotations

import re

from ztix.lab.controller.http import Answer, Request
from ztix.lab.controller.nodes import Asking
from ztix.lab.controller.values import Json, Record, dump

_VERSION: Record = {
    "version": "1.14.1",
    "versionBuild": 0,
    "versionMajor": 1,
    "versionMinor": 14,
    "versionRev": 1,
}
_JOINED = re.compile("/network/[0-9a-fA-F]{16}")
_EMPTY_LISTS = ("/network", "/moon")


def answer_text(
    request: Request, identity: str, now_ms: int, peers: list[tuple[Asking, int]]
) -> Answer | None:
    """The answer of a service endpoint, None when there is none at this path.

    peers: the nodes heard from, with the time of it.
    """
    if _JOINED.fullmatch(request.path):
        # the simulated node never joins a network itself
        return {"GET": Answer(404, b"{}"), "DELETE": Answer(200, b"{}")}.get(request.method)
    if request.method not in ("GET", "HEAD"):
        return None
    if request.path == "/metrics":
        return Answer(200, b"# HELP controller_network_count simulated\n", "text/plain")
    value = _value(request.path, identity, now_ms, peers)
    return None if value is None else Answer(200, dump(value).encode())


def _value(path: str, identity: str, now_ms: int, peers: list[tuple[Asking, int]]) -> Json:
    if path in _EMPTY_LISTS:
        return []
    if path == "/peer":
        return [_peer(asking, heard_ms) for asking, heard_ms in peers]
    if path.startswith("/peer/"):
        wanted = path.removeprefix("/peer/")
        return next((_peer(a, heard) for a, heard in peers if f"{a.node:010x}" == wanted), {})
    if path == "/health":
        return {"clock": now_ms, "online": bool(peers)} | _VERSION
    if path == "/config":
        return {"settings": {"allowSecondaryPort": False}}
    return _status(identity, now_ms, bool(peers)) if path == "/status" else None


def _status(identity: str, now_ms: int, online: bool) -> Record:
    own: Record = {
        "address": identity[:10],
        "clock": now_ms,
        "config": {"settings": {"allowSecondaryPort": False, "softwareUpdate": "disable"}},
        "online": online,
        "planetWorldId": 0,
        "planetWorldTimestamp": 0,
        "publicIdentity": identity,
        "tcpFallbackActive": False,
    }
    return own | _VERSION


def _peer(asking: Asking, heard_ms: int) -> Record:
    major, minor, revision, _ = asking.version
    path: Record = {
        "active": True,
        # an address of the documentation range: the simulator has no wire
        "address": f"192.0.2.{asking.node % 254 + 1}/9993",
        "expired": False,
        "lastReceive": heard_ms,
        "lastSend": heard_ms,
        "localPort": 0,
        "localSocket": 0,
        "preferred": True,
        "trustedPathId": 0,
    }
    return {
        "address": f"{asking.node:010x}",
        "isBonded": False,
        "latency": 0,
        "paths": [path],
        "role": "LEAF",
        "tunneled": False,
        "version": f"{major}.{minor}.{revision}",
        "versionMajor": major,
        "versionMinor": minor,
        "versionRev": revision,
    }
