"""The simulator as a process: its start and end, its files, its hooks, its faults, its pace."""

from __future__ import annotations

import http.client
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.simulator import Simulator, running_simulator

NODE = "3d286adce9"
NETWORK = f"{NODE}000001"
PATH = f"/controller/network/{NETWORK}"
MEMBER = f"{PATH}/member/1122334455"
LIST_S = 1.0
WRITE_S = 0.005


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """A simulator with one network."""
    with running_simulator(node_id=NODE) as running:
        assert running.request("POST", PATH, {"routes": [{"target": "203.0.113.0/24"}]}).status == 200
        yield running


def record(simulator: Simulator, path: str = MEMBER) -> dict[str, object]:
    """A record as the API shows it."""
    found = simulator.request("GET", path).json()
    assert isinstance(found, dict)
    return found


def run_once(*options: str) -> subprocess.CompletedProcess[str]:
    """Run the command line to its end."""
    command = [sys.executable, "-m", "ztix.lab.controller", *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)


def test_home_when_new_holds_what_a_node_has(tmp_path: Path) -> None:
    """Identity and token, readable by their owner alone, and the folders of the records."""
    with running_simulator(tmp_path, node_id=NODE) as simulator:
        assert (tmp_path / "identity.public").read_text().startswith(f"{NODE}:0:")
        assert re.fullmatch("[a-z0-9]{24}", (tmp_path / "authtoken.secret").read_text())
        for name in ("identity.secret", "authtoken.secret"):
            assert (tmp_path / name).stat().st_mode & 0o777 == 0o600
        assert sorted(path.name for path in (tmp_path / "controller.d").iterdir()) == ["network", "trace"]
        assert simulator.node_id == NODE


def test_home_of_a_former_run_keeps_identity_token_and_records(tmp_path: Path) -> None:
    """A second process takes over where the first one ended."""
    with running_simulator(tmp_path) as first:
        created = first.request("POST", "/controller/network", {"name": "kept"}).json()
    with running_simulator(tmp_path) as second:
        assert (second.node_id, second.token) == (first.node_id, first.token)
        assert isinstance(created, dict)
        assert record(second, f"/controller/network/{created['id']}") == created


def test_home_of_another_node_is_refused(tmp_path: Path) -> None:
    """The message names both nodes and what to do."""
    with running_simulator(tmp_path, node_id=NODE):
        pass
    ended = run_once("--home", str(tmp_path), "--node-id", "1122334455")
    assert ended.returncode == 1
    assert f"belongs to node `{NODE}`, not `1122334455`: choose another --home" in ended.stderr


def test_node_id_of_the_wrong_length_is_refused(tmp_path: Path) -> None:
    """Ten digits, neither more nor fewer."""
    ended = run_once("--home", str(tmp_path), "--node-id", "112233")
    assert ended.returncode == 2
    assert "`112233` has 6 digits" in ended.stderr


def test_process_told_to_terminate_ends_cleanly(tmp_path: Path) -> None:
    """SIGTERM gives exit 0, also with a connection open."""
    command = [sys.executable, "-m", "ztix.lab.controller", "--home", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        connection = http.client.HTTPConnection(ready["url"].removeprefix("http://"), timeout=10)
        connection.connect()
        process.terminate()
        assert process.wait(10) == 0
        connection.close()


def test_hooks_when_not_asked_for_are_not_there() -> None:
    """Without the option `/lab` is a path like any unknown one."""
    with running_simulator(lab_hooks=False) as simulator:
        assert simulator.request("POST", f"/lab/node/1122334455/join/{NETWORK}").status == 404


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/lab/faults", None, 404),
        ("POST", "/lab/unknown", None, 404),
        ("POST", "/lab/faults", [{}], 400),
        ("POST", "/lab/faults", None, 400),
    ],
)
def test_hook_that_makes_no_sense_is_refused(
    simulator: Simulator, method: str, path: str, body: object, status: int
) -> None:
    """Mistakes of a test do not pass in silence."""
    assert simulator.request(method, path, body).status == status


def test_node_joining_without_a_record_is_recorded_and_refused(simulator: Simulator) -> None:
    """Authorising it afterwards lets it in; its versions and address come with the next request."""
    assert simulator.join("1122334455", NETWORK) == {"status": "ACCESS_DENIED", "addresses": []}
    assert record(simulator)["authorized"] is False
    simulator.request("POST", MEMBER, {"authorized": True, "ipAssignments": ["203.0.113.7"]})
    assert simulator.join("1122334455", NETWORK) == {"status": "OK", "addresses": ["203.0.113.7/24"]}
    assert record(simulator)["revision"] == 3


def test_node_joining_another_key_than_the_pinned_one_is_refused(simulator: Simulator) -> None:
    """DELETE forgets the pin; the record that returns has the new key and no authorisation."""
    simulator.request("POST", MEMBER, {"authorized": True})
    assert simulator.join("1122334455", NETWORK)["status"] == "OK"
    stranger = "1122334455:0:" + "b" * 128
    assert simulator.join("1122334455", NETWORK, identity=stranger)["status"] == "ACCESS_DENIED"
    simulator.request("DELETE", MEMBER)
    simulator.join("1122334455", NETWORK, identity=stranger)
    assert (record(simulator)["identity"], record(simulator)["authorized"]) == (stranger, False)


def test_node_joining_with_a_version_shows_it_and_is_a_peer(simulator: Simulator) -> None:
    """An update of the node's software moves the revision without any write of ours."""
    simulator.request("POST", MEMBER, {"authorized": True})
    simulator.join("1122334455", NETWORK, version=[1, 12, 0, 12])
    before = record(simulator)
    simulator.join("1122334455", NETWORK, version=[1, 14, 2, 12])
    assert record(simulator)["revision"] == before["revision"] + 1  # type: ignore[operator]  # a number
    peer = record(simulator, "/peer/1122334455")
    assert (peer["role"], peer["version"]) == ("LEAF", "1.14.2")
    assert simulator.request("GET", "/peer").json() == [peer]


def test_node_joining_no_network_is_told_so(simulator: Simulator) -> None:
    """Nothing is recorded."""
    assert simulator.join("1122334455", f"{NODE}ffffff")["status"] == "NOT_FOUND"


def test_public_network_authorises_an_online_member_again_until_it_leaves(simulator: Simulator) -> None:
    """A change is pushed, and the push undoes it; a node that fell silent gets no push."""
    simulator.request("POST", PATH, {"private": False})
    simulator.join("1122334455", NETWORK)
    simulator.request("POST", MEMBER, {"authorized": False})
    assert record(simulator)["authorized"] is True
    simulator.leave("1122334455", NETWORK)
    simulator.request("POST", MEMBER, {"authorized": False})
    assert record(simulator)["authorized"] is False


def test_fault_status_answers_in_place_of_the_controller(simulator: Simulator) -> None:
    """The request has no effect."""
    simulator.set_faults({"status": 503, "times": 2, "match": {"method": "POST"}})
    assert simulator.request("GET", PATH).status == 200
    assert [simulator.request("POST", MEMBER, {}).status for _ in range(3)] == [503, 503, 200]


def test_fault_reset_breaks_the_connection(simulator: Simulator) -> None:
    """The client sees a reset and no byte."""
    simulator.set_faults({"reset": True})
    with pytest.raises(ConnectionResetError):
        simulator.request("POST", MEMBER, {})
    assert simulator.request("GET", MEMBER).status == 404


def test_fault_garbage_is_no_http(simulator: Simulator) -> None:
    """The client cannot read a status."""
    simulator.set_faults({"garbage": True})
    with pytest.raises(http.client.BadStatusLine):
        simulator.request("GET", PATH)


def test_fault_half_body_ends_the_answer_after_the_request_took_effect(simulator: Simulator) -> None:
    """What the client does not know, the controller has stored."""
    simulator.set_faults({"half_body": True})
    with pytest.raises(http.client.IncompleteRead):
        simulator.request("POST", MEMBER, {"authorized": True})
    assert record(simulator)["authorized"] is True


def test_fault_delay_holds_the_answer_back(simulator: Simulator) -> None:
    """The answer is the ordinary one, later."""
    simulator.set_faults({"delay_s": 0.2})
    start = time.monotonic()
    assert simulator.request("GET", PATH).status == 200
    assert time.monotonic() - start >= 0.2


def test_hook_quiet_answers_after_what_a_client_no_longer_waits_for(simulator: Simulator) -> None:
    """A write that is late is carried out all the same, and not in the middle of the next test."""
    simulator.set_faults({"delay_s": 0.5})
    hasty = http.client.HTTPConnection("127.0.0.1", simulator.port, timeout=0.1)
    hasty.request("POST", MEMBER, b"{}", {"X-ZT1-Auth": simulator.token, "Connection": "close"})
    with pytest.raises(TimeoutError):
        hasty.getresponse()
    hasty.close()
    simulator.settle()
    assert simulator.request("GET", MEMBER).status == 200


def test_write_that_fails_is_answered_as_done_and_lost_at_a_restart(simulator: Simulator) -> None:
    """The controller only complains on stderr."""
    (simulator.home / "controller.d" / "network" / NETWORK).write_text("in the way")
    assert simulator.request("POST", MEMBER, {"authorized": True}).status == 200
    assert record(simulator)["revision"] == 1
    simulator.restart()
    assert simulator.request("GET", MEMBER).status == 404


def test_fault_disk_full_is_answered_as_done_and_lost_at_a_restart(simulator: Simulator) -> None:
    """While it strikes, nothing gets to the disk; whoever reads sees the change until the restart."""
    simulator.request("POST", MEMBER, {"name": "before"})
    simulator.set_faults({"disk_full": True, "times": 0, "match": {"method": "POST"}})
    assert simulator.request("POST", MEMBER, {"name": "after"}).status == 200
    assert record(simulator)["name"] == "after"
    simulator.restart()
    assert record(simulator)["name"] == "before"
    simulator.set_faults()
    simulator.request("POST", MEMBER, {"name": "later"})
    simulator.restart()
    assert record(simulator)["name"] == "later"


def test_fault_skew_moves_the_clock_of_the_controller(simulator: Simulator) -> None:
    """What the controller dates is dated by its own clock."""
    simulator.set_faults({"skew_s": -86_400}, {"skew_s": 3_600})
    simulator.request("POST", MEMBER, {})
    simulator.request("POST", f"{MEMBER[:-1]}6", {})
    first, second = (record(simulator, path)["creationTime"] for path in (MEMBER, f"{MEMBER[:-1]}6"))
    assert isinstance(first, int)
    assert isinstance(second, int)
    now = time.time() * 1_000
    assert first - now == pytest.approx(-82_800_000, abs=60_000)
    assert second == pytest.approx(now, abs=60_000)


def test_files_hold_what_the_api_answers_and_nothing_temporary(simulator: Simulator) -> None:
    """One file per record, in the text of the answer."""
    answered = simulator.request("POST", MEMBER, {"name": "é"}).body
    folder = simulator.home / "controller.d" / "network"
    files = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert files == {f"{NETWORK}.json", f"{NETWORK}/member/1122334455.json"}
    assert (folder / NETWORK / "member" / "1122334455.json").read_bytes() == answered


def test_ten_thousand_members_are_listed_and_written_fast(simulator: Simulator) -> None:
    """The bulk list and single writes do not slow down with the number of members."""
    simulator.request("POST", MEMBER, {"authorized": True})
    template = record(simulator)
    folder = simulator.home / "controller.d" / "network" / NETWORK / "member"
    for number in range(10_000):
        node = f"a{number:09x}"
        (folder / f"{node}.json").write_text(json.dumps(template | {"id": node, "address": node}))
    simulator.restart()
    lists, writes = [], []
    for _ in range(5):
        start = time.monotonic()
        listed = simulator.request("GET", f"/unstable{PATH}/member").json()
        lists.append(time.monotonic() - start)
    assert isinstance(listed, dict)
    assert listed["meta"] == {"authorizedCount": 10_001, "totalCount": 10_001}
    for number in range(100):
        start = time.monotonic()
        simulator.request("POST", f"{PATH}/member/a{number:09x}", {"name": "n"})
        writes.append(time.monotonic() - start)
    # the quickest: what others do on this machine makes some slow, and the number of members all
    assert min(lists) < LIST_S
    assert min(writes) < WRITE_S
