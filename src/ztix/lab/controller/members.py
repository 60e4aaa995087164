"""The member object: its defaults and what a POST makes of it. Pure.

`authorized: null` deauthorises, ids are stored as spelled in the path, and one element that is no
text in ipAssignments refuses the whole body (transcript 06).
"""

from __future__ import annotations

from collections.abc import Callable

from ztix.lab.controller.addresses import read_address
from ztix.lab.controller.networks import trace_target
from ztix.lab.controller.rules import LONGEST_ARRAY
from ztix.lab.controller.values import U32, Json, Record, as_bool, as_text, as_u64, not_a_text

_COMPUTED = (
    "clock",
    "physicalAddr",
    "recentLog",
    "lastModified",
    "lastRequestMetaData",
    "authenticationURL",
    "authenticationClientID",
)


def with_defaults(stored: Record | None, now_ms: int) -> Record:
    """A copy of the record with every default that it lacks, as before any change of a member."""
    record: Record = {
        "activeBridge": False,
        "authenticationExpiryTime": 0,
        "authorized": False,
        "capabilities": [],
        "creationTime": now_ms,
        "ipAssignments": [],
        "lastAuthorizedCredential": None,
        "lastAuthorizedCredentialType": None,
        "lastAuthorizedTime": 0,
        "lastDeauthorizedTime": 0,
        "noAutoAssignIps": False,
        "remoteTraceTarget": None,
        "revision": 0,
        "ssoExempt": False,
        "tags": [],
        "vMajor": -1,
        "vMinor": -1,
        "vProto": -1,
        "vRev": -1,
    }
    record |= stored or {}
    if "removeTraceLevel" not in record:
        record["remoteTraceLevel"] = 0
    record["objtype"] = "member"
    return record


def without_computed(record: Record) -> Record:
    """The record without the keys that are never stored."""
    return {key: value for key, value in record.items() if key not in _COMPUTED}


def _addresses(values: list[Json]) -> list[Json]:
    """What is left of a list of addresses; prefix lengths go. Raises Refused."""
    stored: list[Json] = []
    for value in values:
        if not isinstance(value, str):
            raise not_a_text(value)
        address = read_address(value)
        if address is not None:
            stored.append(address.text)
        if len(stored) == LONGEST_ARRAY:
            break
    return stored


def _tags(values: list[Json]) -> list[Json]:
    """Pairs of 32-bit numbers, sorted; the last of a duplicate id wins."""
    pairs = {
        as_u64(value[0], 0) & U32: as_u64(value[1], 0) & U32
        for value in values
        if isinstance(value, list) and len(value) == 2
    }
    stored: list[Json] = [[number, pairs[number]] for number in sorted(pairs)]
    return stored[:LONGEST_ARRAY]


def _capabilities(values: list[Json]) -> list[Json]:
    """Numbers, sorted, each once."""
    numbers: list[Json] = []
    numbers += sorted({as_u64(value, 0) for value in values[:LONGEST_ARRAY]})
    return numbers


_SCALARS: dict[str, Callable[[Json], Json]] = {
    "activeBridge": lambda value: as_bool(value, False),
    "noAutoAssignIps": lambda value: as_bool(value, False),
    "authenticationExpiryTime": lambda value: as_u64(value, 0),
    "name": as_text,
    "remoteTraceTarget": trace_target,
    "remoteTraceLevel": lambda value: as_u64(value, 0),
}
_ARRAYS: dict[str, Callable[[list[Json]], list[Json]]] = {
    "ipAssignments": _addresses,
    "tags": _tags,
    "capabilities": _capabilities,
}


def _authorisation(record: Record, wish: Json, now_ms: int) -> Record:
    """The keys that change with `authorized`; none when it stays as it is."""
    authorized = as_bool(wish, False)
    if authorized is as_bool(record["authorized"], False):
        return {}
    if not authorized:
        return {"authorized": False, "lastDeauthorizedTime": now_ms}
    return {
        "authorized": True,
        "lastAuthorizedTime": now_ms,
        "lastAuthorizedCredentialType": "api",
        "lastAuthorizedCredential": None,
    }


def amended_member(stored: Record | None, body: Record, network: str, node: str, now_ms: int) -> Record:
    """The member after a POST of `body`, before its revision is counted.

    stored: the record as it is, None for a new member.  network, node: as spelled in the path.
    Raises Refused.
    """
    record = with_defaults(stored, now_ms)
    for field, read in _SCALARS.items():
        if field in body:
            record[field] = read(body[field])
    if "authorized" in body:
        record |= _authorisation(record, body["authorized"], now_ms)
    for field, read_all in _ARRAYS.items():
        values = body.get(field)
        if isinstance(values, list):
            record[field] = read_all(values)
    record |= {"id": node, "address": node, "nwid": network}
    return without_computed(record)
