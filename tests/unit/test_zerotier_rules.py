"""ZeroTier's form of a LAN's rules: what is written comes back the same, what is read loses nothing."""

from __future__ import annotations

import json
from ipaddress import ip_network

import pytest

from ztix.lan import (
    ACCEPT_ALL,
    Action,
    Capability,
    Condition,
    EtherType,
    Foreign,
    Icmp,
    LanRules,
    Protocol,
    Rule,
    Source,
    Tag,
)
from ztix.lan.policy import LanPolicy
from ztix.terms import Label
from ztix.zerotier_rules import grants_hazards, read_grants, read_rules, rules_body, rules_hazards

LAN = (ip_network("192.0.2.0/24"), ip_network("2001:db8:64:96::/64"))
ACCEPT = Rule(Action.ACCEPT)
BASE = LanPolicy(fabric=Label("lan")).rules()


def record(*entries: object, **more: object) -> dict[str, object]:
    """A network object with these rules."""
    return {"rules": list(entries), "tags": [], "capabilities": [], **more}


def match(kind: str, **arguments: object) -> dict[str, object]:
    return {"type": f"MATCH_{kind}", "not": False, "or": False, **arguments}


DROP = {"type": "ACTION_DROP"}


def test_read_rules_when_network_was_never_set_lets_everything_pass() -> None:
    """The default's action carries `not` and `or`, which mean nothing."""
    assert read_rules(record({"type": "ACTION_ACCEPT", "not": False, "or": False})) == ACCEPT_ALL


@pytest.mark.parametrize(
    "entry",
    [
        match("ETHERTYPE", etherType=2048) | {"or": True},
        match("ETHERTYPE", etherType="2048"),
        match("ETHERTYPE", etherType=True),
        match("ETHERTYPE"),
        match("ETHERTYPE", etherType=2048, more=1),
        match("MAC_SOURCE", mac="aa:bb:cc:dd:ee:ff"),
        match("CHARACTERISTICS", mask="0000000000000002"),
        match("IPV4_SOURCE", ip="203.0.113.9/24"),
        match("IPV4_SOURCE", ip="2001:db8::/32"),
        match("IPV6_DEST", ip="203.0.113.0/24"),
        match("TAGS_DIFFERENCE", id=1, value=1) | {"not": True},
        match("TAGS_EQUAL", id=1, value=0),
        {"type": 5},
        {},
    ],
)
def test_read_rules_when_a_match_is_not_ours_keeps_its_text(entry: dict[str, object]) -> None:
    """What ztix would not write is no rule of ours, also where it looks like one."""
    found = read_rules(record(entry, DROP, {"type": "ACTION_ACCEPT"}))
    assert found is not None
    foreign, last = found.rules
    assert isinstance(foreign, Foreign)
    assert json.loads(foreign.text) == [entry, DROP]
    assert last == ACCEPT


@pytest.mark.parametrize(
    "entries",
    [
        [{"type": "ACTION_TEE", "address": "1a2b3c4d5e", "flags": 0, "length": 128}],
        [match("ETHERTYPE", etherType=2048)],
    ],
)
def test_read_rules_when_an_action_is_foreign_or_missing_keeps_the_text(entries: list[object]) -> None:
    """A copy to somebody, and matches that end without an action, are told and not taken for rules."""
    found = read_rules(record(*entries))
    assert found is not None
    assert [type(rule) for rule in found.rules] == [Foreign]


def test_read_rules_when_an_address_is_spelled_otherwise_is_the_same_rule() -> None:
    """A controller's C library and Python disagree about mapped addresses; they mean one prefix."""
    found = read_rules(record(match("IPV6_SOURCE", ip="::ffff:192.0.2.0/120"), DROP))
    source = Condition(Source(ip_network("::ffff:c000:200/120")))
    assert found == LanRules((Rule(Action.DROP, (source,)),))


@pytest.mark.parametrize(
    "broken",
    [
        {},
        record() | {"rules": None},
        record() | {"rules": [5]},
        record() | {"tags": None},
        record() | {"tags": [5]},
        record() | {"tags": [{"id": 1}]},
        record() | {"tags": [{"id": "1", "default": None}]},
        record() | {"capabilities": {}},
        record() | {"capabilities": [{"id": 1, "default": False}]},
        record() | {"capabilities": [{"id": 1, "default": 0, "rules": []}]},
        record() | {"capabilities": [{"id": 1, "default": False, "rules": 5}]},
    ],
)
def test_read_rules_when_record_is_in_no_form_is_none(broken: dict[str, object]) -> None:
    """What no controller answers says nothing."""
    assert read_rules(broken) is None


def test_rules_hazards_when_rules_are_the_base_finds_none() -> None:
    """The base, and everything passing, can be written."""
    assert list(rules_hazards(BASE, LAN)) == []
    assert list(rules_hazards(ACCEPT_ALL, LAN)) == []


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        (LanRules(()), "an ARP request would not pass: no rule lets it"),
        (LanRules((Rule(Action.DROP), ACCEPT)), "an ARP request would not pass: all else is dropped"),
        (
            LanRules((Rule(Action.DROP, (Condition(EtherType(0x86DD)),)), ACCEPT)),
            "BGP over IPv6 would not pass: dropped: ethertype ipv6",
        ),
        (LanRules((Foreign("x"), ACCEPT)), "a rule that ztix does not know: x"),
        (LanRules((ACCEPT,), (), (Capability(1, (Foreign("y"),)),)), "a rule that ztix does not know: y"),
        (LanRules((ACCEPT,) * 1025), "its rules are 1025 entries, more than the 1024 that a node gets"),
        (
            LanRules((ACCEPT,), (), (Capability(7, (ACCEPT,) * 65),)),
            "the rules of capability 7 are 65 entries, more than the 64 that a node gets",
        ),
        (LanRules((ACCEPT,), tuple(Tag(n, None) for n in range(129))), "129 different ids of a tag"),
        (LanRules((ACCEPT,), (Tag(2, 0), Tag(1, 0))), "the ids of each tag must be different"),
        (LanRules((ACCEPT,), (Tag(1, 0), Tag(1, 1))), "the ids of each tag must be different"),
        (LanRules((ACCEPT,), (Tag(2**32, 0),)), "the ids of each tag must be different"),
        (LanRules((ACCEPT,), (), (Capability(-1, ()),)), "the ids of each capability must be different"),
    ],
)
def test_rules_hazards_when_rules_would_be_bent_or_end_the_network_tells(rules: LanRules, words: str) -> None:
    """What a controller or a node would not hold to, and what would cut members off."""
    assert any(words in hazard for hazard in rules_hazards(rules, LAN))


def test_read_grants_when_in_a_controller_s_form_are_ascending() -> None:
    """Pairs and numbers; their order means nothing."""
    assert read_grants([[2, 0], [1, 5]], [4, 3]) == (((1, 5), (2, 0)), (3, 4))


@pytest.mark.parametrize(
    ("tags", "capabilities"),
    [({}, []), ([1], []), ([[1]], []), ([[1, 2, 3]], []), ([["1", 2]], []), ([], None), ([], [True])],
)
def test_read_grants_when_in_no_form_raise(tags: object, capabilities: object) -> None:
    """What no controller answers says nothing."""
    with pytest.raises((TypeError, ValueError)):
        read_grants(tags, capabilities)


@pytest.mark.parametrize(
    ("tags", "capabilities", "count"),
    [
        (((1, 2), (2, 0)), (3, 4), 0),
        (((1, 2), (1, 0)), (), 1),
        ((), (4, 3), 1),
        (((1, 2**32),), (), 1),
        ((), (-1,), 1),
    ],
)
def test_grants_hazards_tell_what_would_be_bent(
    tags: tuple[tuple[int, int], ...], capabilities: tuple[int, ...], count: int
) -> None:
    """A controller sorts, merges, and cuts to 32 bits."""
    assert len(list(grants_hazards(tags, capabilities))) == count


def test_rules_body_when_a_condition_has_no_code_says_null() -> None:
    """An absent code is null, never left out: the body is what comes back."""
    rules = LanRules((Rule(Action.BREAK, (Condition(Icmp(134)), Condition(Protocol(58), negated=True))),))
    assert rules_body(rules)["rules"] == [
        match("ICMP", icmpType=134, icmpCode=None),
        match("IP_PROTOCOL", ipProtocol=58) | {"not": True},
        {"type": "ACTION_BREAK"},
    ]
