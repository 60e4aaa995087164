"""What is wrong with a node on a fabric, made on the controller's simulator and found by the diagnosis."""

from __future__ import annotations

from tests.contract.fabric_drivers import driver
from tests.contract.fabric_story import NETWORK, SUFFIX
from tests.contract.simulator import running_simulator
from tests.world import Laboratory
from ztix.errors import Exit
from ztix.examination import examine
from ztix.reconcile import reconcile
from ztix.survey import survey
from ztix.terms import NodeId

NODE = NodeId("1a2b364500")


def test_diagnosis_on_the_simulator_follows_a_node_onto_the_fabric() -> None:
    """Never joined, then there; taken off by another hand, not authorised; without a controller, unknown."""
    lab = Laboratory()

    def name() -> str | None:
        found = examine(survey(lab.world, "HEAD"), "AS64500")[0].found
        return found.diagnosis.name if found else None

    with running_simulator(node_id=NETWORK.controller) as simulator:
        lab.fabric = driver(simulator.url, simulator.token, SUFFIX)  # type: ignore[assignment]  # a Fabric as well
        assert name() == "not-applied"
        assert reconcile(lab.world, "HEAD").exit is Exit.DONE
        for server in lab.servers.values():
            server.sessions = frozenset()
        assert name() == "never-joined"
        simulator.join(NODE, NETWORK)
        assert name() not in ("never-joined", "other-network", "not-authorised")
        path = f"/controller/network/{NETWORK}/member/{NODE}"
        assert simulator.request("POST", path, {"authorized": False}).status == 200
        assert name() == "not-authorised"
    assert name() == "fabric-unknown"
