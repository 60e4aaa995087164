"""ZeroTier's words for the rules of a LAN: a flat list of matches, each group ended by an action.

Law: pure. What is written here is the form in which a controller gives it back, so that comparing is
equality: an action has its type alone, a match has `not`, `or` and all its arguments. A controller drops a
match that it does not know and keeps the action behind it, so nothing is ever sent that is not in this file.
Whatever else is read becomes `Foreign` with its exact text.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import TypeAlias, assert_never

from ztix.lan import (
    Action,
    Apart,
    Assigned,
    Capability,
    Condition,
    Destination,
    EtherType,
    Foreign,
    Icmp,
    LanRules,
    Multicast,
    Ports,
    Protocol,
    Rule,
    Source,
    Tag,
    Tagged,
    Test,
    cut_off,
    words,
)
from ztix.terms import Prefix

Entry: TypeAlias = dict[str, object]

ENTRIES_MAX = 1024  # of a network; a node gets no more
CAPABILITY_ENTRIES_MAX = 64  # of one capability
IDS_MAX = 128  # tags, and capabilities
NUMBER = range(2**32)
ASSIGNED, MULTICAST = 1 << 60, 1 << 62
_TRAITS: dict[str, Test] = {f"{ASSIGNED:016x}": Assigned(), f"{MULTICAST:016x}": Multicast()}
_ACTIONS = {f"ACTION_{action.name}": action for action in Action}


def rules_body(rules: LanRules) -> Entry:
    """The fields of a network that hold its rules, but for what is Foreign, which `rules_hazards` tells."""
    return {
        "rules": _entries(rules.rules),
        "capabilities": [
            {"id": one.id, "default": one.default, "rules": _entries(one.rules)} for one in rules.capabilities
        ],
        "tags": [{"id": tag.id, "default": tag.default} for tag in rules.tags],
    }


def rules_hazards(rules: LanRules, prefixes: tuple[Prefix, ...]) -> Iterator[str]:
    """What a controller or a node would not hold to in these rules, or what would end the network."""
    groups = [(rules.rules, ENTRIES_MAX, "its rules"), *_capability_groups(rules)]
    for group, limit, what in groups:
        count = len(_entries(group))
        if count > limit:
            yield f"{what} are {count} entries, more than the {limit} that a node gets"
        yield from (words(rule) for rule in group if isinstance(rule, Foreign))
    for what, ids in (
        ("tag", [tag.id for tag in rules.tags]),
        ("capability", [one.id for one in rules.capabilities]),
    ):
        if len(ids) > IDS_MAX:
            yield f"{len(ids)} different ids of a {what} are more than the {IDS_MAX} that a node gets"
        if ids != sorted(set(ids)) or any(number not in NUMBER for number in ids):
            yield f"the ids of each {what} must be different, ascending, and of 32 bits"
    for frame in cut_off(rules, prefixes):
        yield f"{frame.what} would not pass: {words(frame.by) if frame.by else 'no rule lets it'}"


def grants_hazards(tags: tuple[tuple[int, int], ...], capabilities: tuple[int, ...]) -> Iterator[str]:
    """What a controller would bend in what a member gets."""
    ids = [number for number, _ in tags]
    if ids != sorted(set(ids)) or list(capabilities) != sorted(set(capabilities)):
        yield "its tags and capabilities must be ascending, each once"
    if any(number not in NUMBER for number in (*ids, *(value for _, value in tags), *capabilities)):
        yield "its tags and capabilities must be numbers of 32 bits"


def _capability_groups(rules: LanRules) -> Iterator[tuple[tuple[Rule | Foreign, ...], int, str]]:
    for one in rules.capabilities:
        yield one.rules, CAPABILITY_ENTRIES_MAX, f"the rules of capability {one.id}"


def _entries(rules: Sequence[Rule | Foreign]) -> list[Entry]:
    found: list[Entry] = []
    for rule in rules:
        if isinstance(rule, Rule):
            found += map(_match, rule.conditions)
            found.append({"type": f"ACTION_{rule.action.name}"})
    return found


def _match(condition: Condition) -> Entry:
    """One match. The order of its keys is that of ZeroTier's own rule compiler."""
    kind, arguments = _arguments(condition.test)
    negated = condition.negated != isinstance(condition.test, Apart)
    return {"type": f"MATCH_{kind}", "not": negated, "or": False, **arguments}


def _arguments(test: Test) -> tuple[str, Entry]:
    found: tuple[str, Entry]
    match test:
        case EtherType(number):
            found = "ETHERTYPE", {"etherType": number}
        case Protocol(number):
            found = "IP_PROTOCOL", {"ipProtocol": number}
        case Icmp(kind, code):
            found = "ICMP", {"icmpType": kind, "icmpCode": code}
        case Ports(first, last):
            found = "IP_DEST_PORT_RANGE", {"start": first, "end": last}
        case Source(prefix):
            found = f"IPV{prefix.version}_SOURCE", {"ip": str(prefix)}
        case Destination(prefix):
            found = f"IPV{prefix.version}_DEST", {"ip": str(prefix)}
        case Assigned():
            found = "CHARACTERISTICS", {"mask": f"{ASSIGNED:016x}"}
        case Multicast():
            found = "CHARACTERISTICS", {"mask": f"{MULTICAST:016x}"}
        case Tagged(side, tag, value):
            found = f"TAG_{side.upper()}", {"id": tag, "value": value}
        case Apart(tag):  # a difference of at most 0, negated by `_match`
            found = "TAGS_DIFFERENCE", {"id": tag, "value": 0}
        case _:
            assert_never(test)
    return found


def read_rules(record: Mapping[str, object]) -> LanRules | None:
    """The rules in a network object; None where they are in no form of a controller."""
    rules = _read_entries(record.get("rules"))
    tags, capabilities = record.get("tags"), record.get("capabilities")
    try:
        found = tuple(map(_read_tag, _listed(tags))), tuple(map(_read_capability, _listed(capabilities)))
    except (KeyError, TypeError):
        return None
    return None if rules is None else LanRules(rules, *found)


def _record(value: object) -> Entry:
    if not isinstance(value, dict):
        raise TypeError
    return value


def _read_tag(value: object) -> Tag:
    record = _record(value)
    default = record["default"]
    return Tag(_number(record["id"]), None if default is None else _number(default))


def _read_capability(value: object) -> Capability:
    record = _record(value)
    rules, default = _read_entries(record["rules"]), record["default"]
    if rules is None or not isinstance(default, bool):
        raise TypeError
    return Capability(_number(record["id"]), rules, default)


def read_grants(tags: object, capabilities: object) -> tuple[tuple[tuple[int, int], ...], tuple[int, ...]]:
    """What a member has of both, ascending. Raises TypeError or ValueError for another form."""
    pairs = (map(_number, _listed(pair)) for pair in _listed(tags))
    found = sorted((number, value) for number, value in pairs)
    return tuple(found), tuple(sorted(map(_number, _listed(capabilities))))


def _listed(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError
    return value


def _number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError
    return value


def _read_entries(value: object) -> tuple[Rule | Foreign, ...] | None:
    """The rules in a list of entries: a group ends with its action; one without an action is no rule."""
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        return None
    found: list[Rule | Foreign] = []
    group: list[Entry] = []
    for entry in value:
        group.append(entry)
        if str(entry.get("type")).startswith("ACTION_"):
            found.append(_read_group(group))
            group = []
    if group:
        found.append(_foreign(group))
    return tuple(found)


def _read_group(group: list[Entry]) -> Rule | Foreign:
    *matches, last = group
    action = _ACTIONS.get(str(last["type"]))
    conditions = [_read_match(entry) for entry in matches]
    if action is None or None in conditions:
        return _foreign(group)
    return Rule(action, tuple(condition for condition in conditions if condition))


def _foreign(group: list[Entry]) -> Foreign:
    return Foreign(json.dumps(group, sort_keys=True, separators=(",", ":")))


def _read_match(entry: Entry) -> Condition | None:
    """The condition of a match; None unless it is exactly what this file would write for one."""
    try:
        test = _READERS[str(entry["type"]).removeprefix("MATCH_")](entry)
    except (KeyError, TypeError, ValueError):
        return None
    if isinstance(test, Source | Destination):  # a controller may spell an address in another way
        entry = {**entry, "ip": str(test.prefix)}
    condition = Condition(test, negated=(entry.get("not") is True) != isinstance(test, Apart))
    return condition if _match(condition) == entry else None


def _read_prefix(family: type[IPv4Network | IPv6Network], entry: Entry) -> Prefix:
    prefix = ip_network(str(entry["ip"]))
    if not isinstance(prefix, family):
        raise TypeError
    return prefix


def _read_traits(entry: Entry) -> Test:
    return _TRAITS[str(entry["mask"])]


def _read_icmp(entry: Entry) -> Test:
    code = entry["icmpCode"]
    return Icmp(_number(entry["icmpType"]), None if code is None else _number(code))


def _read_apart(entry: Entry) -> Test:
    return Apart(_number(entry["id"]))


_READERS: dict[str, Callable[[Entry], Test]] = {
    "ETHERTYPE": lambda entry: EtherType(_number(entry["etherType"])),
    "IP_PROTOCOL": lambda entry: Protocol(_number(entry["ipProtocol"])),
    "ICMP": _read_icmp,
    "IP_DEST_PORT_RANGE": lambda entry: Ports(_number(entry["start"]), _number(entry["end"])),
    "IPV4_SOURCE": lambda entry: Source(_read_prefix(IPv4Network, entry)),
    "IPV6_SOURCE": lambda entry: Source(_read_prefix(IPv6Network, entry)),
    "IPV4_DEST": lambda entry: Destination(_read_prefix(IPv4Network, entry)),
    "IPV6_DEST": lambda entry: Destination(_read_prefix(IPv6Network, entry)),
    "CHARACTERISTICS": _read_traits,
    "TAG_SENDER": lambda entry: Tagged("sender", _number(entry["id"]), _number(entry["value"])),
    "TAG_RECEIVER": lambda entry: Tagged("receiver", _number(entry["id"]), _number(entry["value"])),
    "TAGS_DIFFERENCE": _read_apart,
}
