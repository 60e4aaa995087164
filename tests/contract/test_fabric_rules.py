"""The rules of a LAN on every fabric that holds to them, and on what a real controller was seen to keep."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import respx

from tests.contract.fabric_drivers import driver
from tests.contract.fabric_real import is_isolating, running_zerotier_one
from tests.contract.fabric_replay import Replay, recorded
from tests.contract.fabric_rules_story import BASE, RICH, Scene, tell_rules
from tests.contract.fabric_story import NETWORK, SETTINGS, SUFFIX
from tests.contract.simulator import running_simulator
from ztix.drivers.memory_fabric import MemoryFabric
from ztix.fabric import NetworkSettings
from ztix.lan import Action, Condition, Foreign, LanRules, Protocol, Rule
from ztix.zerotier_rules import read_rules, rules_body

BINARY = os.environ.get("ZTIX_ZEROTIER_ONE", "")
URL = "http://127.0.0.1:9993"
PATH = f"/controller/network/{NETWORK}"
TAMPERED = {
    "rules": [
        {"type": "MATCH_IP_PROTOCOL", "not": False, "or": False, "ipProtocol": 2},
        {"type": "ACTION_DROP"},
    ],
    "tags": [],
    "capabilities": [],
}


def test_rules_story_in_memory_is_told_to_its_end() -> None:
    """The fabric in memory does what a controller does."""
    fabric = MemoryFabric(NETWORK)

    def tamper() -> None:
        assert fabric.settings is not None
        tampered = LanRules((Rule(Action.DROP, (Condition(Protocol(2)),)),))
        fabric.settings = replace(fabric.settings, rules=tampered)

    tell_rules(Scene(fabric, tamper))


def test_rules_story_on_the_simulator_is_told_to_its_end() -> None:
    """The driver does it on the simulated controller."""
    with running_simulator(node_id=NETWORK.controller) as simulator:
        fabric = driver(simulator.url, simulator.token, SUFFIX)
        tell_rules(Scene(fabric, lambda: simulator.request("POST", PATH, TAMPERED)))


@pytest.mark.skipif(not BINARY, reason="ZTIX_ZEROTIER_ONE names no zerotier-one binary")
def test_rules_story_on_a_real_controller_is_told_to_its_end() -> None:
    """The driver does it on a real ZeroTier One, in a namespace without a way out."""
    if not is_isolating():
        pytest.skip("a real ZeroTier One runs only in a network namespace, and none can be made here")
    with running_zerotier_one(Path(BINARY)) as one:
        network = f"/controller/network/{one.node_id}{SUFFIX}"
        tell_rules(Scene(one.fabric(SUFFIX), lambda: one.post(network, TAMPERED)))


def test_rules_when_written_twice_move_no_revision() -> None:
    """What a controller keeps is what was sent, so that the second write is none."""
    with running_simulator(node_id=NETWORK.controller) as simulator:
        fabric = driver(simulator.url, simulator.token, SUFFIX)
        revisions = []
        for _ in range(2):
            fabric.configure(replace(SETTINGS, rules=RICH))
            revisions.append(simulator.request("GET", PATH).json()["revision"])
    assert revisions[0] == revisions[1]


def kept() -> list[dict[str, Any]]:
    """Every set of rules that the recorded controller answered with."""
    bodies = [one["response"].get("body") for one in recorded("10-rules") + recorded("16-rules-enforced")]
    return [body for body in bodies if isinstance(body, dict) and isinstance(body.get("rules"), list)]


def test_rules_when_recorded_are_read_without_loss() -> None:
    """What a real controller kept is read as rules that are written in the same form, or as its own words."""
    assert len(kept()) > 50
    ours = 0
    for body in kept():
        rules = read_rules(body)
        assert rules is not None
        if not any(isinstance(rule, Foreign) for rule in rules.rules):
            ours += 1
            written = [{"type": "ACTION_ACCEPT"}] if rules == LanRules() else body["rules"]
            assert rules_body(rules)["rules"] == written
    assert ours > 10


def test_base_when_recorded_is_what_was_sent_and_what_came_back() -> None:
    """The set whose enforcement was measured on real nodes is the base, entry for entry."""
    enforced = next(one for one in recorded("16-rules-enforced") if one.get("note") == "IX base rules")
    assert rules_body(BASE)["rules"] == enforced["request"]["body"]["rules"]
    assert read_rules(enforced["response"]["body"]) == BASE


def test_driver_on_recorded_rules_writes_and_reads_the_base() -> None:
    """The driver sets the base on what a real controller of version 1.14.1 answered, and sees it again."""
    replay = Replay("16-rules-enforced", NETWORK.controller)
    before = replay.left[0]["response"]["body"]
    network = f"/controller/network/{before['id']}"
    replay.state[network] = before
    with respx.mock(base_url=URL) as router:
        router.route().mock(side_effect=replay)
        fabric = driver(URL, "token", before["id"][10:])
        seen = fabric.observe().settings
        assert seen is not None
        assert seen == NetworkSettings("rules", seen.prefixes, 2800, 32)
        wanted = replace(seen, rules=BASE)
        assert fabric.configure(wanted) == wanted
        assert fabric.observe().settings == wanted
