"""Doctor over a World in memory: each link of the chain is broken there, and found."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from tests.unit.exchange_fixture import member_text
from tests.world import NOW, Laboratory
from ztix.console.doctor import render_doctor
from ztix.errors import Unavailable
from ztix.examination import Examined, examine
from ztix.fabric import Sighting
from ztix.health import Filtered, Session
from ztix.reconcile import reconcile
from ztix.survey import survey
from ztix.terms import NodeId

NODE = NodeId("1a2b364500")
V4, V6 = "as64500_192_0_2_10", "as64500_2001_db8_64_96__10"
PATH = "members/AS64500.yaml"


@pytest.fixture
def live() -> Laboratory:
    """An exchange after its first run: every node there, every session up with a route."""
    lab = Laboratory()
    reconcile(lab.world, "HEAD")
    lab.fabric.seen = {
        node: Sighting(last=NOW, identity=f"{node}:0:00", silent=False) for node in lab.fabric.attachments
    }
    for server in lab.servers.values():
        server.sessions = frozenset()
        server.told = {name: Session(name, True, "", 1, 0) for name in (V4, V6)}
    return lab


def examined(lab: Laboratory, owner: str = "AS64500", head: str | None = None) -> Examined:
    """The first node's diagnosis."""
    return examine(survey(lab.world, "HEAD", head), owner)[0]


def name(lab: Laboratory, owner: str = "AS64500", head: str | None = None) -> str | None:
    """The name of the diagnosis, None where all is well."""
    found = examined(lab, owner, head).found
    return found.diagnosis.name if found else None


def edit(lab: Laboratory, text: str, path: str = PATH) -> None:
    """Commit a file."""
    lab.files[path] = text
    lab.commit()


def down(lab: Laboratory, family: str, **why: object) -> None:
    """A session of this family goes down on both route servers."""
    for server in lab.servers.values():
        server.told = {**server.told, family: Session(family, False, **why)}  # type: ignore[arg-type]  # its fields


def test_doctor_where_all_is_well_has_nothing_to_say(live: Laboratory) -> None:
    """Every step holds, and it is nobody's turn."""
    one = examined(live)
    assert one.found is None
    assert "turn: nobody's" in render_doctor((one,), (), "text")


def test_doctor_finds_what_is_wrong_in_git(live: Laboratory) -> None:
    """No file, a broken one, one against the evidence, one that only waits, one that rests."""
    assert name(live, "AS64502") == "no-file"
    edit(live, member_text(64503), "members/AS64503.yaml")
    assert name(live, "AS64503") == "not-applied"
    live.files["members/AS64502.yaml"] = member_text(64502)
    assert name(live, "AS64502", live.propose()) == "not-merged"
    edit(live, "asn: 64500\nname: [\n")
    assert name(live) == "broken-file"
    edit(live, member_text(64500, "expires: 2025-12-31\n"))
    assert name(live) == "resting"
    edit(live, member_text(64500, "status: suspended\n"))
    assert name(live) == "resting"
    edit(live, "\n".join(member_text(64500).splitlines()[:5]) + "\n")
    assert name(live) == "no-node"


def test_doctor_finds_what_is_wrong_on_the_fabric(live: Laboratory) -> None:
    """Never there, somewhere else, silent, off, or nobody knows."""
    for server in live.servers.values():
        server.told = {}
    live.fabric.seen[NODE] = Sighting(silent=True)
    assert name(live) == "never-joined"
    live.fabric.seen[NODE] = Sighting(last=NOW, silent=False)
    assert name(live) == "other-network"
    live.fabric.seen[NODE] = Sighting(identity="x", silent=True)
    assert name(live) == "offline"
    live.fabric.seen.pop(NODE)
    assert name(live) == "session-down"
    del live.fabric.attachments[NODE]
    assert name(live) == "not-authorised"
    live.fabric.down = Unavailable("no answer")
    assert name(live) == "fabric-unknown"


def test_doctor_finds_a_write_that_failed() -> None:
    """The last run's own words are told."""
    lab = Laboratory()
    lab.fabric.failing[NODE] = Unavailable("the controller hung up")
    reconcile(lab.world, "HEAD")
    found = examined(lab).found
    assert found is not None
    assert (found.diagnosis.name, "hung up" in found.says) == ("failed", True)


def test_doctor_tells_a_rollout_that_failed_from_a_node_that_is_not_there() -> None:
    """The node is where it belongs; what became of the route server is told, and whose turn it is."""
    lab = Laboratory()
    lab.unreachable = {"rs1", "rs2"}
    reconcile(lab.world, "HEAD")
    found = examined(lab).found
    assert found is not None
    assert found.diagnosis.name == "not-rolled-out"
    assert "rs1 unreachable" in found.says


@pytest.mark.parametrize(
    ("family", "why", "expected"),
    [
        (V6, {"bgp": "Active"}, "no-address"),
        (V4, {"bgp": "Active"}, "no-tcp"),
        (V4, {"bgp": "Active", "error": "BGP Error: Bad peer AS"}, "wrong-asn"),
        (V6, {"bgp": "Active", "error": "BGP Error: Hold timer expired"}, "hold-timer"),
        (V4, {"bgp": "Flush", "state": "flush"}, "hangs"),
    ],
)
def test_doctor_finds_what_is_wrong_with_a_session(
    live: Laboratory, family: str, why: Mapping[str, object], expected: str
) -> None:
    """BIRD's states and last error decide; an IPv6 address that is global needs its owner's consent."""
    down(live, family, **why)
    assert name(live) == expected


def test_doctor_finds_that_all_is_filtered_and_why(live: Laboratory) -> None:
    """The most frequent reason is told with its community, which `explain` knows."""
    for server in live.servers.values():
        server.told = {one: Session(one, True, "", 0, 2) for one in (V4, V6)}
        server.refused = (Filtered(V4, 9, 2, "198.51.100.0/28"), Filtered(V6, 0, 2, "2001:db8::/48"))
    found = examined(live).found
    assert found is not None
    assert found.do == "ztix explain 64496:1101:9"
    assert "198.51.100.0/28" in found.says
    text = render_doctor((examined(live),), (), "text")
    assert "well: file, evidence, admission, fabric, address, session\n" in text
    assert "turn: the member's" in text


def test_doctor_when_no_route_server_answers_says_that_it_is_unknown(live: Laboratory) -> None:
    """Silence is no fault of the member."""
    live.unreachable = {"rs1", "rs2"}
    assert name(live) == "session-unknown"
    assert "unknown: session" in render_doctor((examined(live),), (), "text")


def test_doctor_as_json_has_the_diagnosis_by_name(live: Laboratory) -> None:
    """Programs go by the name and the turn."""
    down(live, V4, bgp="Active")
    one, well = examined(live), examined(live, "AS64502")
    data = json.loads(render_doctor((one, well), survey(live.world, "HEAD").notes, "json"))
    assert data["schema"] == "ztix.doctor.v1"
    assert (data["nodes"][0]["diagnosis"], data["nodes"][0]["turn"]) == ("no-tcp", "member")
