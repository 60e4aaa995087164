"""The fabric's story on every fabric there is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import respx

from tests.contract.fabric_drivers import driver
from tests.contract.fabric_real import is_isolating, running_zerotier_one
from tests.contract.fabric_replay import Replay
from tests.contract.fabric_story import NETWORK, RECORDED, SUFFIX, Scene, tell
from tests.contract.simulator import Simulator, running_simulator
from ztix.drivers.memory_fabric import MemoryFabric
from ztix.terms import NodeId

OPEN = {
    "private": False,
    "v4AssignMode": {"zt": True},
    "ipAssignmentPools": [{"ipRangeStart": "203.0.113.100", "ipRangeEnd": "203.0.113.110"}],
}
BINARY = os.environ.get("ZTIX_ZEROTIER_ONE", "")


def told(simulator: Simulator, node: NodeId) -> set[str] | None:
    """What the node is told when it asks."""
    answer = simulator.join(node, NETWORK)
    addresses = answer["addresses"]
    assert isinstance(addresses, list)
    return set(addresses) if answer["status"] == "OK" else None


def test_story_in_memory_is_told_to_its_end() -> None:
    """The fabric in memory does what a controller does."""
    fabric = MemoryFabric(NETWORK)
    tell(Scene(fabric, fabric.knock, fabric.open_up))


def test_story_on_the_simulator_is_told_to_its_end() -> None:
    """The driver does it on the simulated controller."""
    with running_simulator(node_id=NETWORK.controller) as simulator:
        fabric = driver(simulator.url, simulator.token, SUFFIX)
        tell(
            Scene(
                fabric,
                lambda node: simulator.join(node, NETWORK),
                lambda: simulator.request("POST", f"/controller/network/{NETWORK}", OPEN),
                lambda node: told(simulator, node),
            )
        )


def test_story_on_a_controller_without_bulk_lists_is_told_to_its_end() -> None:
    """The driver does it where members have to be read one by one."""
    with running_simulator(node_id=NETWORK.controller) as simulator:
        simulator.set_faults({"status": 404, "times": 0, "match": {"path_prefix": "/unstable"}})
        fabric = driver(simulator.url, simulator.token, NETWORK)
        tell(
            Scene(
                fabric,
                lambda node: simulator.join(node, NETWORK),
                lambda: simulator.request("POST", f"/controller/network/{NETWORK}", OPEN),
                lambda node: told(simulator, node),
            )
        )


def test_story_on_recorded_answers_is_told_as_far_as_they_go() -> None:
    """The driver does it on what a real controller of version 1.14.1 answered."""
    replay = Replay("11-join-e2e", NETWORK.controller)
    with respx.mock(base_url="http://127.0.0.1:9993") as router:
        router.route().mock(side_effect=replay)
        fabric = driver("http://127.0.0.1:9993", "token", SUFFIX)
        knock = lambda node: replay.learn(f"/controller/network/{NETWORK}/member/{node}")  # noqa: E731 - a hand
        tell(Scene(fabric, knock, lambda: None), RECORDED)


@pytest.mark.skipif(not BINARY, reason="ZTIX_ZEROTIER_ONE names no zerotier-one binary")
def test_story_on_a_real_controller_is_told_to_its_end() -> None:
    """The driver does it on a real ZeroTier One, in a namespace without a way out."""
    if not is_isolating():
        pytest.skip("a real ZeroTier One runs only in a network namespace, and none can be made here")
    with running_zerotier_one(Path(BINARY)) as one:
        network = f"/controller/network/{one.node_id}{SUFFIX}"
        tell(
            Scene(
                one.fabric(SUFFIX),
                lambda node: one.post(f"{network}/member/{node}", {}),
                lambda: one.post(network, OPEN),
            )
        )
