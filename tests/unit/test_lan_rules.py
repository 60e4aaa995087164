"""Rules of a LAN: what policy may say, what it means, in which words, and who would be cut off."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
from pydantic import ValidationError

from ztix.lan import (
    ACCEPT_ALL,
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
    difference,
    words,
)
from ztix.lan.base import GUARD_NAMES, GUARDS
from ztix.lan.policy import Grants, LanPolicy, LanRulesPolicy
from ztix.terms import Label

LAN = (ip_network("192.0.2.0/24"), ip_network("2001:db8:64:96::/64"))
ACCEPT = Rule(Action.ACCEPT)


def lan(**keys: object) -> LanPolicy:
    return LanPolicy.model_validate({"fabric": "lan", **keys})


def drop(*tests: Test | Condition) -> Rule:
    conditions = (test if isinstance(test, Condition) else Condition(test) for test in tests)
    return Rule(Action.DROP, tuple(conditions))


def complaint(**keys: object) -> str:
    with pytest.raises(ValidationError) as caught:
        lan(**keys)
    return caught.value.errors()[0]["msg"]


def test_guards_are_numbered_in_order_under_names_of_their_own() -> None:
    """The numbers say the order, and no two guards are one."""
    assert [guard.number for guard in GUARDS] == list(range(1, len(GUARDS) + 1))
    assert len(set(GUARD_NAMES)) == len({guard.conditions for guard in GUARDS}) == len(GUARDS)


def test_lan_when_nothing_is_written_has_the_whole_base() -> None:
    """A fabric that policy does not name, and one named without more, have every guard and then accept."""
    whole = (*(guard.rule() for guard in GUARDS), ACCEPT)
    assert LanRulesPolicy().on(Label("lan")).rules() == lan().rules() == LanRules(whole)
    named = LanRulesPolicy.model_validate({"lans": [{"fabric": "lab", "without": ["igmp"]}]})
    assert len(named.on(Label("lab")).rules().rules) == len(whole) - 1


def test_lan_when_opted_out_has_no_rule() -> None:
    """Everything passes only where policy says so in as many words."""
    assert lan(base="accept-all").rules() == ACCEPT_ALL


def test_lan_when_ethertypes_are_chosen_drops_the_others() -> None:
    """The first guard is of the ethertypes that are there, in one order; it may be left out like others."""
    assert lan(ethertypes=["arp", "ipv4"]).rules().rules[0] == drop(
        Condition(EtherType(0x0800), negated=True), Condition(EtherType(0x0806), negated=True)
    )
    assert lan(without=["other-ethertypes"]).rules().rules[0] == GUARDS[1].rule()


def test_lan_when_a_drop_has_all_conditions_puts_tags_last() -> None:
    """What a node knows of a frame comes first, tags of the other side last, and so among drops."""
    by_tag = {
        "name": "b",
        "family": "ipv4",
        "protocol": "tcp",
        "source": "192.0.2.9/32",
        "destination": "198.51.100.0/24",
        "multicast": "true",
        "ports": "137-139",
        "sender": {"tag": "t", "value": "3"},
        "receiver": {"tag": "t", "value": "4"},
        "apart": "t",
    }
    rules = lan(
        drop=[by_tag, {"name": "a", "protocol": "47"}, {"name": "c", "multicast": "true"}],
        tags=[{"name": "t", "id": "9", "default": "1"}],
    ).rules()
    assert rules.rules[-4:] == (
        drop(Protocol(47)),
        drop(Multicast()),
        drop(
            EtherType(0x0800),
            Protocol(6),
            Source(ip_network("192.0.2.9/32")),
            Destination(ip_network("198.51.100.0/24")),
            Multicast(),
            Ports(137, 139),
            Tagged("sender", 9, 3),
            Tagged("receiver", 9, 4),
            Apart(9),
        ),
        ACCEPT,
    )
    assert rules.tags == (Tag(9, 1),)


def test_lan_when_a_capability_lifts_drops_makes_them_yield_after_all_others() -> None:
    """A lifted drop still drops for everybody else, and a capability keeps what only others lift."""
    rules = lan(
        capabilities=[
            {"name": "b", "id": "2", "lifts": ["pim"]},
            {"name": "a", "id": "1", "lifts": ["igmp"]},
        ]
    ).rules()
    igmp, pim = drop(Protocol(2)).conditions, drop(Protocol(103)).conditions
    assert rules.rules[-4].action is Action.DROP
    assert rules.rules[-3:] == (Rule(Action.BREAK, pim), Rule(Action.BREAK, igmp), ACCEPT)
    assert rules.capabilities == (
        Capability(1, (Rule(Action.DROP, pim), Rule(Action.ACCEPT, igmp))),
        Capability(2, (Rule(Action.DROP, igmp), Rule(Action.ACCEPT, pim))),
    )


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"drop": [{"name": "a"}]}, "must say which frames it drops"),
        ({"drop": [{"name": "a", "multicast": "false"}]}, "must say which frames it drops"),
        ({"drop": [{"name": "a", "ports": "179"}]}, "must have `protocol: tcp`, `udp` or `sctp`"),
        ({"drop": [{"name": "a", "protocol": "gre", "ports": "179"}]}, "must be `icmp`, `igmp`"),
        ({"drop": [{"name": "a", "protocol": "1", "ports": "179"}]}, "must have `protocol: tcp`"),
        ({"drop": [{"name": "a", "protocol": "256"}]}, "or a number from 0 to 255"),
        ({"drop": [{"name": "a", "protocol": "06"}]}, "or a number from 0 to 255"),
        ({"drop": [{"name": "a", "protocol": "tcp", "ports": "0"}]}, "must be a port from 1 to 65535"),
        ({"drop": [{"name": "a", "protocol": "tcp", "ports": "9-8"}]}, "must be a port from 1 to 65535"),
        ({"drop": [{"name": "a", "protocol": "tcp", "ports": "1-2-3"}]}, "must be a port from 1 to 65535"),
        ({"drop": [{"name": "a", "protocol": "tcp", "ports": "1-65536"}]}, "must be a port from 1 to 65535"),
        ({"drop": [{"name": "a", "protocol": "tcp", "ports": "x"}]}, "must be a port from 1 to 65535"),
        (
            {"drop": [{"name": "a", "source": "192.0.2.0/24", "destination": "2001:db8::/32"}]},
            "must be of one family",
        ),
        ({"drop": [{"name": "a", "family": "ipv6", "source": "192.0.2.0/24"}]}, "must be of one family"),
        ({"drop": [{"name": "igmp", "protocol": "2"}]}, "must have drops with names of their own"),
        ({"drop": [{"name": "a", "apart": "t"}]}, "must have the tag `t`, which a drop goes by"),
        (
            {"tags": [{"name": "t", "id": "1"}, {"name": "t", "id": "2"}]},
            "must have tags with different names",
        ),
        ({"tags": [{"name": "t", "id": "1"}, {"name": "u", "id": "1"}]}, "must have tags with different ids"),
        (
            {"capabilities": [{"name": "c", "id": "1", "lifts": ["pim"]}] * 2},
            "must have capabilities with different names",
        ),
        (
            {"capabilities": [{"name": n, "id": "1", "lifts": ["pim"]} for n in ("c", "d")]},
            "must have capabilities with different ids",
        ),
        ({"capabilities": [{"name": "c", "id": "1", "lifts": ["x"]}]}, "must have the drop `x`"),
        (
            {"without": ["pim"], "capabilities": [{"name": "c", "id": "1", "lifts": ["pim"]}]},
            "must have the drop `pim`",
        ),
        (
            {
                "drop": [{"name": "a", "apart": "t"}],
                "tags": [{"name": "t", "id": "1"}],
                "capabilities": [{"name": "c", "id": "1", "lifts": ["a"]}],
            },
            "must not lift `a`: it goes by a tag",
        ),
        ({"base": "accept-all", "without": ["pim"]}, "must have nothing beside `base: accept-all`"),
        ({"without": ["pip"]}, "must be one of `other-ethertypes`"),
    ],
)
def test_lan_when_it_makes_no_sense_says_what_it_must(keys: dict[str, object], words: str) -> None:
    """What would end the network, mean nothing or mean two things is refused in a sentence."""
    assert words in complaint(**keys)


def test_lans_when_a_fabric_stands_twice_are_refused() -> None:
    """Nobody has to guess which of two is meant."""
    with pytest.raises(ValidationError, match="must have each fabric once"):
        LanRulesPolicy.model_validate({"lans": [{"fabric": "lan"}, {"fabric": "lan"}]})


def test_granted_when_a_holder_is_named_has_what_is_given_and_all_defaults() -> None:
    """Every tag has a value for everybody, so that a controller never fills in one of its own."""
    policy = lan(
        tags=[
            {"name": "b", "id": "2", "default": "5"},
            {"name": "a", "id": "1", "given": [{"to": "AS64500", "value": "7"}]},
        ],
        capabilities=[
            {"name": "d", "id": "4", "lifts": ["pim"], "given": ["rs1", "AS64500"]},
            {"name": "c", "id": "3", "lifts": ["igmp"], "given": ["AS64500"]},
        ],
    )
    granted = policy.granted()
    assert policy.grants_anything
    assert granted.to("AS64501") == Grants(((1, 0), (2, 5)), ())
    assert granted.to("AS64500") == Grants(((1, 7), (2, 5)), (3, 4))
    assert granted.to("rs1") == Grants(((1, 0), (2, 5)), (4,))
    assert not lan().grants_anything
    assert lan().granted().to("AS64500") == Grants()


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (ACCEPT, "all else passes"),
        (drop(), "all else is dropped"),
        (drop(EtherType(0x88CC)), "dropped: ethertype 0x88cc"),
        (drop(EtherType(0x0806)), "dropped: ethertype arp"),
        (
            Rule(Action.ACCEPT, drop(Protocol(6), Ports(179, 179)).conditions),
            "passes: protocol tcp and port 179",
        ),
        (drop(Icmp(3, 4), Ports(1, 2)), "dropped: icmp type 3 code 4 and port 1-2"),
        (drop(Icmp(8)), "dropped: icmp type 8"),
        (drop(Condition(Source(LAN[0]), negated=True)), "dropped: not source 192.0.2.0/24"),
        (drop(Destination(LAN[1])), "dropped: destination 2001:db8:64:96::/64"),
        (drop(Assigned(), Multicast()), "dropped: address assigned and multicast"),
        (drop(Tagged("sender", 1, 2), Apart(3)), "dropped: sender tag 1 is 2 and tag 3 differs"),
        (drop(Condition(EtherType(0x0800), negated=True)), "no ethertype but IPv4"),
        (drop(Condition(EtherType(0x88CC), negated=True)), "dropped: not ethertype 0x88cc"),
        (drop(Protocol(2)), "no IGMP"),
        (Rule(Action.BREAK, drop(Protocol(2)).conditions), "no IGMP, unless a capability lifts it"),
        (Foreign("[]"), "a rule that ztix does not know: []"),
        (Foreign("x" * 200), f"a rule that ztix does not know: {'x' * 160}… (200)"),
    ],
)
def test_words_of_a_rule_are_its_title_or_exact(rule: Rule | Foreign, text: str) -> None:
    """A rule of the base is told by its title, any other by all that it says."""
    assert words(rule) == text


def test_difference_when_sets_differ_tells_what_goes_and_what_comes() -> None:
    """One line for each rule, tag and capability; none where both are the same."""
    lifting = Rule(Action.ACCEPT, drop(Protocol(2)).conditions)
    given = Capability(1, (Foreign("x"), drop(Protocol(4)), lifting, ACCEPT), default=True)
    before = LanRules((drop(Protocol(2)), ACCEPT), (Tag(1, None),), (given,))
    after = LanRules((drop(Protocol(103)), ACCEPT), (Tag(1, 4),), (Capability(1, ()),))
    assert difference(before, before) == ()
    assert difference(before, after) == (
        "- no IGMP",
        "- tag 1",
        "- capability 1, given to all that are new: a rule that ztix does not know: x; "
        "keeps `dropped: protocol 4`; lifts `no IGMP`; all else passes",
        "+ no PIM",
        "+ tag 1, by default 4",
        "+ capability 1: nothing",
    )


def test_data_of_rules_is_exact() -> None:
    """What is hashed and saved tells different rules apart, whatever their titles."""
    rules = LanRules((GUARDS[5].rule(), ACCEPT), (Tag(1, None),), (Capability(2, (drop(Protocol(2)),)),))
    assert rules.data() == {
        "rules": [
            "drop ethertype ipv6 and icmp type 136 and not source fe80::/10 and not address assigned",
            "accept everything",
        ],
        "tags": [{"id": 1, "default": None}],
        "capabilities": [{"id": 2, "default": False, "rules": ["drop protocol igmp"]}],
    }


def test_difference_when_only_the_order_differs_says_so() -> None:
    """The same rules in another order are not the same rules."""
    one, other = drop(Protocol(2)), drop(Protocol(103))
    assert difference(LanRules((one, other)), LanRules((other, one))) == (
        "~ the same rules in another order",
    )
