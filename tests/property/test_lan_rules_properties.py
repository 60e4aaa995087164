"""For all rules of a LAN: written ones come back the same, and a capability lifts what it names alone."""

from __future__ import annotations

import json
from ipaddress import ip_network
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ztix.lab.controller.networks import amended_network
from ztix.lan import Action, Foreign, LanRules, Rule, cut_off
from ztix.lan.base import GUARD_NAMES
from ztix.lan.frame import Frame, decided
from ztix.lan.policy import LanPolicy
from ztix.lan.rule import ARP, IPV4, IPV6
from ztix.zerotier_rules import read_rules, rules_body, rules_hazards

NETWORK = 0x6FA725440C0A0001
LAN = (ip_network("192.0.2.0/24"), ip_network("2001:db8:64:96::/64"))
TAGS = [{"name": "segment", "id": "7"}, {"name": "quarantine", "id": "1", "default": "3"}]

numbers = st.integers(0, 2**32 - 1).map(str)
ports = st.tuples(st.integers(1, 65535), st.integers(0, 50)).map(
    lambda pair: f"{pair[0]}-{min(pair[0] + pair[1], 65535)}"
)
prefixes = st.sampled_from(["192.0.2.0/25", "198.51.100.0/24"])
tagged = st.fixed_dictionaries({"tag": st.sampled_from(["segment", "quarantine"]), "value": numbers})
conditions = st.one_of(
    st.fixed_dictionaries(
        {"protocol": st.sampled_from(["tcp", "udp", "132"])},
        optional={"ports": ports, "family": st.sampled_from(["ipv4", "ipv6"]), "multicast": st.just("true")},
    ),
    st.fixed_dictionaries({"source": prefixes}, optional={"destination": prefixes, "sender": tagged}),
    st.fixed_dictionaries({"protocol": st.integers(0, 255).map(str)}, optional={"receiver": tagged}),
    st.just({"apart": "segment"}),
)


@st.composite
def policies(draw: st.DrawFn) -> LanPolicy:
    """Any LAN that policy can describe."""
    without = draw(st.sets(st.sampled_from(GUARD_NAMES), max_size=8))
    drops = [{"name": f"d{n}", **one} for n, one in enumerate(draw(st.lists(conditions, max_size=4)))]
    plain = [one["name"] for one in drops if not {"sender", "receiver", "apart"} & set(one)]
    liftable = sorted({*GUARD_NAMES} - without) + plain
    lifted = st.lists(st.sampled_from(liftable), min_size=1, max_size=3, unique=True)
    capabilities: list[dict[str, Any]] = [
        {"name": f"c{n}", "id": str(100 - n), "lifts": lifts}
        for n, lifts in enumerate(draw(st.lists(lifted, max_size=3)))
    ]
    given_keys = {"without": sorted(without), "drop": drops, "tags": TAGS, "capabilities": capabilities}
    return LanPolicy.model_validate({"fabric": "lan", **given_keys})


frames = st.builds(
    Frame,
    st.just("a frame"),
    st.sampled_from([IPV4, IPV6, ARP, 0x88CC]),
    protocol=st.sampled_from([None, 2, 6, 17, 58, 89, 103, 112]),
    port=st.sampled_from([None, 67, 137, 443, 520, 1900, 5353, 5678]),
    icmp=st.sampled_from([None, 5, 133, 134, 136]),
    assigned=st.booleans(),
    multicast=st.booleans(),
)


@given(policies())
def test_rules_when_written_are_kept_by_a_controller_exactly(policy: LanPolicy) -> None:
    """What policy can say comes back as it was sent: the second write is none."""
    rules = policy.rules()
    sent = json.loads(json.dumps(rules_body(rules)))
    kept = amended_network(None, sent, NETWORK, 0)
    assert {key: kept[key] for key in sent} == sent
    assert read_rules(kept) == rules
    assert amended_network(kept, sent, NETWORK, 0) == kept


@given(policies())
def test_base_without_own_drops_never_cuts_anybody_off(policy: LanPolicy) -> None:
    """Only a drop that policy adds can be in the way of what an exchange lives by."""
    own = policy.model_copy(update={"drop": (), "capabilities": ()})
    assert list(cut_off(own.rules(), LAN)) == []
    assert list(rules_hazards(own.rules(), LAN)) == []


def passes(rules: LanRules, frame: Frame, capability: int | None) -> bool:
    """Whether a node sends the frame: what a BREAK ends, the sender's capability may let pass."""
    tags = {tag.id: tag.default for tag in rules.tags}
    rule = decided(rules.rules, frame, tags)
    if rule is not None and rule.action is not Action.BREAK:
        return rule.action is Action.ACCEPT
    held = [one for one in rules.capabilities if one.id == capability]
    lifted = decided(held[0].rules, frame, tags) if held else None
    return lifted is not None and lifted.action is Action.ACCEPT


@given(policies(), frames)
def test_capability_when_held_lifts_exactly_what_it_names(policy: LanPolicy, frame: Frame) -> None:
    """A frame passes if no drop meets it, or if its sender's capability lifts every drop that does."""
    rules = policy.rules()
    everything = policy.model_copy(update={"capabilities": ()}).rules()
    tags = {tag.id: tag.default for tag in rules.tags}
    met = [rule for rule in everything.rules[:-1] if decided((rule,), frame, tags)]
    assert passes(rules, frame, None) is (not met)
    for capability in rules.capabilities:
        lifted = {
            one.conditions
            for one in capability.rules
            if isinstance(one, Rule) and one.action is Action.ACCEPT
        }
        expected = all(not isinstance(rule, Foreign) and rule.conditions in lifted for rule in met)
        assert passes(rules, frame, capability.id) is expected
