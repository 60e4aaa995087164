"""When strangers were seen, as a controller and Central tell it."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.contract.central_double import running_central
from tests.contract.fabric_drivers import at_central, driver
from tests.contract.fabric_real import is_isolating, running_zerotier_one
from tests.contract.fabric_story import N1, N2, N3, NETWORK, SETTINGS, SUFFIX
from tests.contract.simulator import running_simulator
from ztix.fabric import Sighting

BINARY = os.environ.get("ZTIX_ZEROTIER_ONE", "")
LATELY = timedelta(minutes=1)


def test_sightings_on_the_simulator_tell_of_a_knock_and_of_a_hand() -> None:
    """Who knocks was there, with a key; who was only written has a record, and was never heard from."""
    with running_simulator(node_id=NETWORK.controller) as simulator:
        fabric = driver(simulator.url, simulator.token, SUFFIX)
        fabric.configure(SETTINGS)
        fabric.write(N1)
        simulator.join(N3.node, NETWORK)
        fabric.observe()
        seen = fabric.sightings([N1.node, N2.node, N3.node])
    assert seen.keys() == {N1.node, N3.node}
    written, knocked = seen[N1.node], seen[N3.node]
    assert (written.last, written.identity, written.place) == (None, None, None)
    assert written.silent is True
    assert knocked.identity is not None
    assert knocked.identity.startswith(f"{N3.node}:0:")
    now = datetime.now(UTC)
    for moment in (written.first, knocked.first):
        assert moment is not None
        assert abs(now - moment) < LATELY


def test_sightings_at_central_tell_what_it_has() -> None:
    """Central knows when it saw a node, until it forgets."""
    with running_central(NETWORK) as central:
        fabric = at_central(central, NETWORK)
        for node in (N1.node, N2.node):
            central.knock(node)
        record = central.members[NETWORK][N1.node]
        record |= {"lastSeen": 1_620_113_745_684, "physicalAddress": "192.0.2.7", "clientVersion": "1.6.5"}
        record["config"]["creationTime"] = 1_618_832_522_157
        seen = fabric.sightings([N1.node])
    assert seen == {
        N1.node: Sighting(
            datetime(2021, 4, 19, 11, 42, 2, 157_000, UTC),
            datetime(2021, 5, 4, 7, 35, 45, 684_000, UTC),
            place="192.0.2.7",
            version="1.6.5",
        )
    }


@pytest.mark.skipif(not BINARY, reason="ZTIX_ZEROTIER_ONE names no zerotier-one binary")
def test_sightings_on_a_real_controller_tell_of_a_record_and_no_contact() -> None:
    """Who never came has the moment of its record, no key, and was never heard from."""
    if not is_isolating():
        pytest.skip("a real ZeroTier One runs only in a network namespace, and none can be made here")
    with running_zerotier_one(Path(BINARY)) as one:
        fabric = one.fabric(SUFFIX)
        fabric.configure(SETTINGS)
        fabric.write(N1)
        fabric.observe()
        (seen,) = fabric.sightings([N1.node, N2.node]).values()
    assert seen.first is not None
    assert abs(datetime.now(UTC) - seen.first) < LATELY
    assert (seen.last, seen.identity, seen.place, seen.version) == (None, None, None, None)
