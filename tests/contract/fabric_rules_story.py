"""What every fabric must do with the rules of its LAN, told as one story.

Law: knows a fabric by its port, and one hand beside it: somebody who sets the network's rules by hand.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

import pytest

from tests.contract.fabric_story import N1, N2, SETTINGS
from ztix.errors import Refused
from ztix.fabric import Fabric
from ztix.lan import ACCEPT_ALL, Action, Condition, LanRules, Protocol, Rule
from ztix.lan.policy import LanPolicy
from ztix.terms import Label

BASE = LanPolicy(fabric=Label("lan")).rules()
RICH = LanPolicy.model_validate(
    {
        "fabric": "lan",
        "without": ["ipv4-router-solicitations"],
        "drop": [
            {"name": "other-segment", "apart": "segment"},
            {"name": "quarantined", "receiver": {"tag": "quarantine", "value": "1"}, "family": "ipv6"},
            {"name": "mndp", "protocol": "udp", "ports": "5678", "multicast": "true"},
            {"name": "gre", "protocol": "47", "source": "192.0.2.0/24", "destination": "198.51.100.0/24"},
            {"name": "mapped", "source": "::ffff:192.0.2.0/120"},
            {"name": "lab", "destination": "2001:db8:2::/48"},
        ],
        "tags": [{"name": "segment", "id": "4294967295"}, {"name": "quarantine", "id": "0", "default": "7"}],
        "capabilities": [
            {"name": "groups", "id": "20", "lifts": ["igmp", "pim", "mndp"]},
            {"name": "discovery", "id": "3", "lifts": ["mdns", "ipv4-multicast"]},
        ],
    }
).rules()
GIVEN = replace(N1, tags=((0, 1), (4294967295, 2)), capabilities=(3, 20))


@dataclass(frozen=True, slots=True)
class Scene:
    """A fabric, and what others do to it. tamper: sets the network's rules by hand to one drop of IGMP."""

    fabric: Fabric
    tamper: Callable[[], object]


Step: TypeAlias = Callable[[Scene], None]


def a_new_network_has_the_rules_that_are_meant(scene: Scene) -> None:
    ruled = replace(SETTINGS, rules=BASE)
    assert scene.fabric.configure(ruled) == ruled
    assert scene.fabric.observe().settings == ruled


def rules_with_tags_and_capabilities_come_back_as_they_were_sent(scene: Scene) -> None:
    ruled = replace(SETTINGS, rules=RICH)
    for _ in range(2):
        assert scene.fabric.configure(ruled) == ruled
        assert scene.fabric.observe().settings == ruled


def a_node_holds_what_it_is_given(scene: Scene) -> None:
    for one in (GIVEN, N2):
        assert scene.fabric.write(one) == one
    assert scene.fabric.observe().attachments == {GIVEN.node: GIVEN, N2.node: N2}


def a_node_loses_what_is_taken_away(scene: Scene) -> None:
    assert scene.fabric.write(N1) == N1
    assert scene.fabric.observe().attachments == {N1.node: N1, N2.node: N2}


def rules_set_by_hand_are_seen_and_put_right(scene: Scene) -> None:
    scene.tamper()
    seen = scene.fabric.observe().settings
    assert seen is not None
    assert seen.rules == LanRules((Rule(Action.DROP, (Condition(Protocol(2)),)),))
    ruled = replace(SETTINGS, rules=BASE)
    assert scene.fabric.configure(ruled) == ruled
    assert scene.fabric.observe().settings == ruled


def rules_that_end_the_network_are_refused_and_change_nothing(scene: Scene) -> None:
    for rules in (LanRules(()), LanRules((Rule(Action.DROP), *BASE.rules)), LanRules(BASE.rules[:-1])):
        with pytest.raises(Refused, match="would not pass"):
            scene.fabric.configure(replace(SETTINGS, rules=rules))
    assert scene.fabric.observe().settings == replace(SETTINGS, rules=BASE)


def rules_are_taken_away(scene: Scene) -> None:
    bare = replace(SETTINGS, rules=ACCEPT_ALL)
    assert scene.fabric.configure(bare) == bare
    assert scene.fabric.observe().settings == bare


RULES_STORY: tuple[Step, ...] = (
    a_new_network_has_the_rules_that_are_meant,
    rules_with_tags_and_capabilities_come_back_as_they_were_sent,
    a_node_holds_what_it_is_given,
    a_node_loses_what_is_taken_away,
    rules_set_by_hand_are_seen_and_put_right,
    rules_that_end_the_network_are_refused_and_change_nothing,
    rules_are_taken_away,
)


def tell_rules(scene: Scene) -> None:
    """Play the steps in their order; the first that fails ends the story under its own name."""
    for step in RULES_STORY:
        step(scene)
