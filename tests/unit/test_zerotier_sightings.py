"""When a node was seen: what controllers and Central tell, and that anything else is unknown."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ztix.drivers.memory_fabric import MemoryFabric
from ztix.errors import Unavailable
from ztix.fabric import UNSEEN, About, Fabric, Sighting, seen_words, sightings
from ztix.terms import NetworkId, NodeId
from ztix.zerotier_sightings import moment, of_central, of_controller, read_about, read_peers

NODE = NodeId("16aedf3aab")
AT = datetime(2026, 11, 21, 23, 28, 25, 230_000, UTC)
AT_MS = 1795303705230
PATH = {"address": "10.123.0.5/9993", "lastReceive": AT_MS}
PEER = {"address": str(NODE), "paths": [PATH], "version": "1.14.1"}
KEY = f"{NODE}:0:{'ab' * 64}"


@pytest.mark.parametrize("value", [None, 0, -1, True, "1795303705230", 1.5, 10**18])
def test_moment_when_it_is_none_is_unknown(value: object) -> None:
    """Zero is what a controller says of a moment that never was."""
    assert moment(value) is None


def test_read_peers_when_recorded_gives_the_latest_of_its_paths() -> None:
    """A node that is heard on several paths was last heard on the latest."""
    heard = Sighting(None, AT, None, "10.123.0.5/9993", "1.14.1", silent=False)
    assert read_peers([PEER]) == {NODE: heard}
    assert read_peers([PEER | {"latency": 14}]) == {NODE: replace(heard, latency_ms=14)}
    assert read_peers([PEER | {"latency": -1}]) == read_peers([PEER | {"latency": True}]) == {NODE: heard}
    earlier = PATH | {"lastReceive": AT_MS - 5, "address": "192.0.2.1/9993"}
    assert read_peers([PEER | {"paths": [earlier, PATH, {}, None]}]) == read_peers([PEER])


@pytest.mark.parametrize(
    ("value", "seen"),
    [
        (None, {}),
        ({}, {}),
        ([None, {}, {"address": "x"}], {}),
        ([{"address": str(NODE)}], {NODE: UNSEEN}),
        ([{"address": str(NODE), "paths": [], "version": "-1.-1.-1"}], {NODE: UNSEEN}),
        ([{"address": str(NODE), "paths": [{"lastReceive": 0}], "version": 5}], {NODE: UNSEEN}),
        (
            [PEER | {"paths": [PATH | {"address": "x" * 201}]}],
            {NODE: Sighting(last=AT, version="1.14.1", silent=False)},
        ),
    ],
)
def test_read_peers_when_in_another_form_is_unknown(value: object, seen: dict[NodeId, Sighting]) -> None:
    """Nothing is decided by it, so nothing fails by it."""
    assert read_peers(value) == seen


def test_of_controller_when_node_is_no_peer_has_its_record_alone() -> None:
    """The record tells the first contact, the peer the last."""
    assert of_controller(AT_MS, KEY, None) == Sighting(AT, None, KEY)
    assert of_controller(None, None, Sighting(last=AT), listed=True) == Sighting(last=AT)


def test_of_controller_when_node_is_not_among_the_peers_it_is_silent() -> None:
    """A list of peers without it says that it was not heard; no list says nothing."""
    assert of_controller(AT_MS, KEY, None, listed=True).silent is True
    assert of_controller(AT_MS, KEY, None).silent is None


def test_of_central_when_it_tells_has_all_and_else_nothing() -> None:
    """`lastSeen` comes before the older `lastOnline`; null and 0 are unknown."""
    record = {
        "config": {"creationTime": AT_MS, "identity": KEY},
        "lastSeen": 0,
        "lastOnline": AT_MS,
        "physicalAddress": "192.0.2.7",
        "clientVersion": "1.6.5",
    }
    assert of_central(record) == Sighting(AT, AT, KEY, "192.0.2.7", "1.6.5")
    assert of_central({"config": None}) == of_central({}) == UNSEEN


def test_seen_words_when_half_is_unknown_says_so() -> None:
    """A moment that is not told is `unknown`; where nothing is told, nothing is said."""
    assert seen_words(Sighting(AT, AT), "; ") == (
        "; first seen 2026-11-21 23:28 UTC, last seen 2026-11-21 23:28 UTC"
    )
    assert seen_words(Sighting(first=AT)) == "first seen 2026-11-21 23:28 UTC, last seen unknown"
    assert seen_words(Sighting(last=AT)) == "first seen unknown, last seen 2026-11-21 23:28 UTC"
    assert seen_words(UNSEEN) == seen_words(None) == ""


class Mute:
    """A fabric that tells of no sightings: what every fabric must do is not asked here."""

    def __init__(self, fabric: Fabric) -> None:
        self.observe, self.configure, self.write = fabric.observe, fabric.configure, fabric.write


def test_sightings_when_nobody_tells_are_none() -> None:
    """A fabric that cannot tell, and one that does not answer, leave them unknown; nobody asks for nobody."""
    fabric = MemoryFabric(NetworkId("6fa725440c0a0001"), seen={NODE: Sighting(AT)})
    assert sightings(fabric, [NODE]) == {NODE: Sighting(AT)}
    assert sightings(fabric, [NodeId("1122334455")]) == {}
    assert sightings(Mute(fabric), [NODE]) == {}
    fabric.down = Unavailable("down")
    nobody: Collection[NodeId] = []
    assert sightings(fabric, nobody) == sightings(fabric, [NODE]) == {}


def test_read_about_when_recorded_gives_version_and_time() -> None:
    """What is in no known form is unknown, each for itself."""
    assert read_about({"version": "1.14.1", "clock": AT_MS}) == About("1.14.1", AT)
    assert read_about({"version": 114, "clock": AT_MS}) == About(None, AT)
    assert read_about([]) == About()
