"""The network object: its defaults and what a POST makes of it. Pure.

Each writable field has one reader; a field of an unusable shape is left as it was. Arrays and
objects are replaced as a whole. Everything else in the body is ignored (transcripts 03, 04).
"""

from __future__ import annotations

from collections.abc import Callable

from ztix.lab.controller.addresses import read_address
from ztix.lab.controller.rules import LONGEST_ARRAY, canonical_rules
from ztix.lab.controller.values import U32, Json, Record, as_bool, as_text, as_u64

DEFAULT_MTU = 2800
_MTU_RANGE = (1280, 10000)
_V6_MODES = ("rfc4193", "zt", "6plane")
_NODE_LENGTH = 10
_COMPUTED = ("clock", "authorizedMemberCount", "activeMemberCount", "totalMemberCount", "lastModified")


class Unusable(Exception):
    """The value has a shape that the controller ignores: keep what is stored."""


def default_network(now_ms: int) -> Record:
    """A network as an empty POST creates it, without ids and revision."""
    return {
        "authTokens": [None],
        "authorizationEndpoint": "",
        "capabilities": [],
        "clientId": "",
        "creationTime": now_ms,
        "dns": [],
        "enableBroadcast": True,
        "ipAssignmentPools": [],
        "mtu": DEFAULT_MTU,
        "multicastLimit": 32,
        "name": "",
        "private": True,
        "remoteTraceTarget": None,
        "routes": [],
        # only this never-written rule carries not and or on an action
        "rules": [{"not": False, "or": False, "type": "ACTION_ACCEPT"}],
        "rulesSource": "",
        "ssoEnabled": False,
        "tags": [],
        "v4AssignMode": {"zt": False},
        "v6AssignMode": dict.fromkeys(_V6_MODES, False),
    }


def trace_target(value: Json) -> Json:
    """A text of ten bytes, else null."""
    text = as_text(value)
    return text if len(text.encode("utf-8", "surrogatepass")) == _NODE_LENGTH else None


def _array(value: Json) -> list[Json]:
    if isinstance(value, list):
        return value
    raise Unusable


def _mtu(value: Json) -> Json:
    lowest, highest = _MTU_RANGE
    return max(min(as_u64(value, DEFAULT_MTU) & U32, highest), lowest)


def _v4_mode(value: Json) -> Json:
    if isinstance(value, str):
        return {"zt": value == "zt"}
    return {"zt": as_bool(value.get("zt"), False) if isinstance(value, dict) else False}


def _v6_mode(value: Json) -> Json:
    if isinstance(value, dict):
        return {mode: as_bool(value[mode], False) for mode in _V6_MODES if mode in value}
    named = value.split(",") if isinstance(value, str) else []
    return {mode: mode in named for mode in _V6_MODES}


def _route(value: Json) -> Json:
    """One route as stored, None when it is dropped. A missing length becomes /0: a default route."""
    if not isinstance(value, dict) or not isinstance(value.get("target"), str):
        return None
    target = read_address(as_text(value["target"]))
    if target is None or not target.bits_valid:
        return None
    wish = value.get("via")
    via = read_address(wish) if isinstance(wish, str) else None
    if via is not None and via.is_ipv4 is not target.is_ipv4:
        via = None
    return {"target": target.text_with_bits, "via": None if via is None else via.text}


def _pool(value: Json) -> Json:
    """One pool as stored, None when it is dropped. A reversed range is kept."""
    if not isinstance(value, dict):
        return None
    start = read_address(as_text(value.get("ipRangeStart")))
    end = read_address(as_text(value.get("ipRangeEnd")))
    if start is None or end is None or start.is_ipv4 is not end.is_ipv4:
        return None
    return {"ipRangeStart": start.text, "ipRangeEnd": end.text}


def _each(read: Callable[[Json], Json]) -> Callable[[Json], Json]:
    """A reader of an array that drops what `read` drops."""

    def read_all(value: Json) -> Json:
        kept: list[Json] = [entry for entry in map(read, _array(value)) if entry is not None]
        return kept[:LONGEST_ARRAY]

    return read_all


def _by_id(read: Callable[[Record], Record]) -> Callable[[Json], Json]:
    """A reader of an array of objects with ids: sorted, the last of a duplicate id wins."""

    def read_all(value: Json) -> Json:
        entries: dict[int, Json] = {}
        for entry in _array(value):
            if isinstance(entry, dict):
                number = as_u64(entry.get("id"), 0)
                entries[number] = {"id": number} | read(entry)
        return [entries[number] for number in sorted(entries)][:LONGEST_ARRAY]

    return read_all


def _capability(entry: Record) -> Record:
    rules = entry.get("rules")
    return {
        "default": as_bool(entry.get("default"), False),
        "rules": canonical_rules(rules if isinstance(rules, list) else []),
    }


def _tag(entry: Record) -> Record:
    default = entry.get("default")
    return {"default": None if default is None else as_u64(default, 0)}


def _dns(value: Json) -> Json:
    """Any object is taken, unvalidated; the default `[]` cannot be written back."""
    if not isinstance(value, dict):
        raise Unusable
    servers = value.get("servers")
    stored: Record = {"domain": value.get("domain")}
    return stored | {"servers": servers} if isinstance(servers, list) else stored


def _auth_tokens(value: Json) -> Json:
    if not isinstance(value, dict):
        return [None]
    kept: Record = {
        token: expiry
        for token, expiry in value.items()
        if isinstance(expiry, (int, float)) and not isinstance(expiry, bool) and expiry >= 0
    }
    return kept or None


_READERS: dict[str, Callable[[Json], Json]] = {
    "name": as_text,
    "private": lambda value: as_bool(value, True),
    "enableBroadcast": lambda value: as_bool(value, False),
    "multicastLimit": lambda value: as_u64(value, 32),
    "mtu": _mtu,
    "remoteTraceTarget": trace_target,
    "remoteTraceLevel": lambda value: as_u64(value, 0),
    "v4AssignMode": _v4_mode,
    "v6AssignMode": _v6_mode,
    "routes": _each(_route),
    "ipAssignmentPools": _each(_pool),
    "rules": lambda value: list(canonical_rules(_array(value))),
    "authTokens": _auth_tokens,
    "capabilities": _by_id(_capability),
    "tags": _by_id(_tag),
    "dns": _dns,
}


def amended_network(stored: Record | None, body: Record, network: int, now_ms: int) -> Record:
    """The network after a POST of `body`, before its revision is counted.

    stored: the record as it is, None for a new network.  Raises Refused.
    A POST without remoteTraceLevel sets it back to 0: the controller looks for a misspelt key.
    """
    record = default_network(now_ms) | (stored or {})
    if "removeTraceLevel" not in record:
        record["remoteTraceLevel"] = 0
    for field, read in _READERS.items():
        if field in body:
            try:
                record[field] = read(body[field])
            except Unusable:
                continue
    record |= {"id": f"{network:016x}", "nwid": f"{network:016x}", "objtype": "network"}
    return {key: value for key, value in record.items() if key not in _COMPUTED}
