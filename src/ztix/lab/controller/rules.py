"""Flow rules in the form in which the controller stores them. Pure.

A rule is read into numbers and written again: unknown keys go, unknown types vanish with their
whole line, actions lose `not` and `or`, matches always carry both (transcript 10).
"""

from __future__ import annotations

from collections.abc import Callable

from ztix.lab.controller.addresses import LaxAddress, read_address
from ztix.lab.controller.values import (
    U16,
    U32,
    U64,
    Json,
    Record,
    as_bool,
    as_text,
    as_u64,
    hexadecimal,
    not_a_text,
)

LONGEST_ARRAY = 16384

_NODE = 0xFFFFFFFFFF
_MAC_OCTETS = 6


def _node(value: Json) -> str:
    """A node id: the low 40 bits of a hexadecimal text."""
    return f"{hexadecimal(as_text(value)) & _NODE:010x}"


def _number(mask: int) -> Callable[[Json], Json]:
    """A reader of one number that keeps the bits of `mask`."""
    return lambda value: as_u64(value, 0) & mask


def _mac(value: Json) -> Json:
    """Six octets from whatever hexadecimal digits there are; what is missing is zero."""
    digits = "".join(one for one in as_text(value) if one in "0123456789abcdefABCDEF")
    octets = bytes.fromhex(digits[: len(digits) // 2 * 2])[:_MAC_OCTETS].ljust(_MAC_OCTETS, b"\0")
    return octets.hex(":")


def _prefix(octets: int) -> Callable[[Json], Json]:
    """A reader of one prefix; without a length it becomes /0 and matches everything."""

    def read(value: Json) -> Json:
        found = read_address(as_text(value)) or LaxAddress(bytes(octets), 0)
        packed = found.packed if len(found.packed) == octets else bytes(octets)
        return LaxAddress(packed, min(found.bits & 0xFF, octets * 8)).text_with_bits

    return read


def _mask(value: Json) -> str:
    """The mask of MATCH_CHARACTERISTICS: a number or hexadecimal text, and nothing else."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return f"{int(value) & U64:016x}"
    if not isinstance(value, str):
        raise not_a_text(value)
    return f"{hexadecimal(value):016x}"


_TAG = {"id": _number(U32), "value": _number(U32)}
_FIELDS: dict[str, dict[str, Callable[[Json], Json]]] = {
    "MATCH_SOURCE_ZEROTIER_ADDRESS": {"zt": _node},
    "MATCH_DEST_ZEROTIER_ADDRESS": {"zt": _node},
    "MATCH_VLAN_ID": {"vlanId": _number(U16)},
    "MATCH_VLAN_PCP": {"vlanPcp": _number(0xFF)},
    "MATCH_VLAN_DEI": {"vlanDei": _number(0xFF)},
    "MATCH_MAC_SOURCE": {"mac": _mac},
    "MATCH_MAC_DEST": {"mac": _mac},
    "MATCH_IPV4_SOURCE": {"ip": _prefix(4)},
    "MATCH_IPV4_DEST": {"ip": _prefix(4)},
    "MATCH_IPV6_SOURCE": {"ip": _prefix(16)},
    "MATCH_IPV6_DEST": {"ip": _prefix(16)},
    "MATCH_IP_TOS": {"mask": _number(0xFF), "start": _number(0xFF), "end": _number(0xFF)},
    "MATCH_IP_PROTOCOL": {"ipProtocol": _number(0xFF)},
    "MATCH_ETHERTYPE": {"etherType": _number(U16)},
    "MATCH_RANDOM": {"probability": _number(U32)},
    "MATCH_TAGS_DIFFERENCE": _TAG,
    "MATCH_TAGS_BITWISE_AND": _TAG,
    "MATCH_TAGS_BITWISE_OR": _TAG,
    "MATCH_TAGS_BITWISE_XOR": _TAG,
    "MATCH_TAGS_EQUAL": _TAG,
    "MATCH_TAG_SENDER": _TAG,
    "MATCH_TAG_RECEIVER": _TAG,
}
_RANGES = ("MATCH_IP_SOURCE_PORT_RANGE", "MATCH_IP_DEST_PORT_RANGE", "MATCH_FRAME_SIZE_RANGE")
_PLAIN_ACTIONS = ("ACTION_DROP", "ACTION_ACCEPT", "ACTION_BREAK")
_FORWARDING = ("ACTION_TEE", "ACTION_WATCH", "ACTION_REDIRECT")


def _match_fields(kind: str, rule: Record) -> Record | None:
    """The arguments of a match, None when the controller does not know `kind`."""
    if kind in _FIELDS:
        return {key: read(rule.get(key)) for key, read in _FIELDS[kind].items()}
    if kind in _RANGES:
        start = as_u64(rule.get("start"), 0) & U16
        return {"start": start, "end": as_u64(rule.get("end"), start) & U16}
    if kind == "MATCH_ICMP":
        code = rule.get("icmpCode")
        return {
            "icmpType": as_u64(rule.get("icmpType"), 0) & 0xFF,
            "icmpCode": None if code is None else as_u64(code, 0) & 0xFF,
        }
    if kind == "MATCH_CHARACTERISTICS":
        return {"mask": _mask(rule["mask"]) if "mask" in rule else f"{0:016x}"}
    return None


def canonical_rule(rule: Json) -> Record | None:
    """One rule as it is stored, None when it is dropped. Raises Refused for a mask of another type."""
    if not isinstance(rule, dict):
        return None
    kind = as_text(rule.get("type"))
    if kind in _PLAIN_ACTIONS:
        return {"type": kind}
    if kind in _FORWARDING:
        stored: Record = {
            "type": kind,
            "address": _node(rule.get("address")),
            "flags": as_u64(rule.get("flags"), 0) & U32,
        }
        return (
            stored if kind == "ACTION_REDIRECT" else stored | {"length": as_u64(rule.get("length"), 0) & U16}
        )
    fields = _match_fields(kind, rule)
    if fields is None:
        return None
    signs: Record = {
        "type": kind,
        "not": as_bool(rule.get("not"), False),
        "or": as_bool(rule.get("or"), False),
    }
    return signs | fields


def canonical_rules(rules: list[Json]) -> list[Json]:
    """The stored form of a rule set, at most 16,384 entries. Raises Refused."""
    stored: list[Json] = []
    for rule in rules:
        canonical = canonical_rule(rule)
        if canonical is not None:
            stored.append(canonical)
        if len(stored) == LONGEST_ARRAY:
            break
    return stored
