"""Who would be cut off from a LAN by its rules: they are tried on the frames that an exchange lives by."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from ztix.lan import (
    ACCEPT_ALL,
    Action,
    Apart,
    Assigned,
    Condition,
    CutOff,
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
)
from ztix.lan.base import GUARD_NAMES
from ztix.lan.policy import LanPolicy, LanRulesPolicy
from ztix.terms import Label

LAN = (ip_network("192.0.2.0/24"), ip_network("2001:db8:64:96::/64"))
ACCEPT = Rule(Action.ACCEPT)
NOT_MINE = Condition(Assigned(), negated=True)


def lan(**keys: object) -> LanPolicy:
    return LanPolicy.model_validate({"fabric": "lan", **keys})


def drop(*tests: Test | Condition) -> Rule:
    conditions = (test if isinstance(test, Condition) else Condition(test) for test in tests)
    return Rule(Action.DROP, tuple(conditions))


@pytest.mark.parametrize(
    "rules",
    [
        LanRulesPolicy().on(Label("lan")).rules(),
        ACCEPT_ALL,
        lan(without=list(GUARD_NAMES)).rules(),
        LanRules((drop(Condition(Protocol(6), negated=True), Ports(1, 2)), ACCEPT)),
        LanRules((drop(Condition(Icmp(135, 0), negated=True)), ACCEPT)),
        LanRules((drop(Condition(Source(LAN[0]), negated=True), Assigned()), ACCEPT)),
        LanRules((drop(Condition(Source(ip_network("198.18.0.0/15")), negated=True), EtherType(1)), ACCEPT)),
        LanRules((drop(Tagged("sender", 1, 0)), ACCEPT)),
        LanRules((drop(Condition(Apart(1), negated=True)), ACCEPT)),
        LanRules((drop(Tagged("sender", 1, 0), Apart(1)), ACCEPT), (Tag(1, None),)),
        LanRules((drop(Tagged("sender", 1, 2), Apart(1)), ACCEPT), (Tag(1, 3),)),
        LanRules((Foreign("x"), ACCEPT)),
    ],
)
def test_cut_off_when_nobody_is_says_nothing(rules: LanRules) -> None:
    """The base cuts nobody off, and neither does a rule that no vital frame meets."""
    assert list(cut_off(rules, LAN)) == []


@pytest.mark.parametrize(
    ("rules", "what"),
    [
        (LanRules(()), "an ARP request"),
        (LanRules((drop(),)), "an ARP reply"),
        (
            LanRules((drop(NOT_MINE), ACCEPT)),
            "IPv4 between networks behind members",
        ),
        (LanRules((drop(EtherType(0x0806), Multicast()), ACCEPT)), "an ARP request"),
        (LanRules((drop(EtherType(0x86DD), Multicast()), ACCEPT)), "a neighbour solicitation"),
        (LanRules((drop(Icmp(136)), ACCEPT)), "a neighbour advertisement"),
        (LanRules((drop(Protocol(6), Ports(179, 179)), ACCEPT)), "BGP over IPv6"),
        (LanRules((drop(Source(ip_network("192.0.2.0/24"))), ACCEPT)), "BGP over IPv4"),
        (LanRules((drop(Destination(ip_network("fe80::/10"))), ACCEPT)), "a neighbour solicitation"),
        (LanRules((drop(Tagged("receiver", 1, 2)), ACCEPT), (Tag(1, 2),)), "BGP's answer over IPv4"),
        (LanRules((drop(Condition(Apart(1), negated=True)), ACCEPT), (Tag(1, 2),)), "BGP over IPv4"),
        (LanRules((Rule(Action.BREAK), ACCEPT)), "IPv6 between networks behind members"),
    ],
)
def test_cut_off_when_a_vital_frame_is_dropped_names_it_and_the_rule(rules: LanRules, what: str) -> None:
    """Address resolution, BGP and packets from behind members must pass; the rule in the way is told."""
    assert CutOff(what, rules.rules[0] if rules.rules else None) in list(cut_off(rules, LAN))  # type: ignore[arg-type] # none of these is Foreign


def test_cut_off_when_lan_has_one_family_tries_that_alone() -> None:
    """A LAN without IPv4 needs no ARP, and the smallest prefix has addresses enough."""
    no_arp = LanRules((drop(EtherType(0x0806)), drop(EtherType(0x0800)), ACCEPT))
    assert list(cut_off(no_arp, LAN[1:])) == []
    assert list(cut_off(no_arp, (ip_network("192.0.2.9/32"),))) != []
