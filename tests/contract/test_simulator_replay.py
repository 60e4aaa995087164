"""Every recorded request, sent again to the simulator: it answers as the controller did."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.simulator import Simulator, running_simulator
from tests.contract.simulator_differences import DIFFERENCES
from tests.contract.simulator_recorded import Exchange, Replay, Transcript, transcripts, without_times
from tests.contract.simulator_scenes import SCENES, member_file

DOCUMENT = Path(__file__).parents[2] / "docs" / "simulator.md"
# the HTTP layer has its own test: bytes and times
RECORDED = [transcript for transcript in transcripts() if transcript.name != "09-http"]
_EXEMPT = {(one.transcript, number) for one in DIFFERENCES for number in one.exchanges}
_CRASH = ("21-limits-on-the-wire", 6)
_OTHER_SOURCE = {("01-auth", 23): "127.0.0.2"}


@pytest.fixture(params=RECORDED, ids=lambda transcript: transcript.name)
def transcript(request: pytest.FixtureRequest) -> Transcript:
    """One recorded scenario."""
    assert isinstance(request.param, Transcript)
    return request.param


@pytest.fixture
def simulator(transcript: Transcript) -> Iterator[Simulator]:
    """A fresh simulator with the node id of the recorded controller."""
    with running_simulator(node_id=transcript.node_id) as running:
        yield running


def state_on_disk(simulator: Simulator) -> dict[str, int]:
    """The files under `controller.d/network` with the number that a replaced file changes."""
    folder = simulator.home / "controller.d" / "network"
    return {str(path.relative_to(folder)): path.stat().st_ino for path in folder.rglob("*.json")}


def check_disk(simulator: Simulator, exchange: Exchange) -> None:
    """Compare the listing of the files with a recorded one."""
    folder = simulator.home / "controller.d" / "network"
    assert sorted(state_on_disk(simulator)) == exchange["files"]
    folders = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_dir())
    assert folders == exchange["dirs"]


def check_member_files(simulator: Simulator, exchange: Exchange) -> None:
    """Compare what transcript 14 found in the files of the members."""
    if "member_file_text" in exchange:
        text = member_file(simulator, "aaaaaaaa01").read_bytes()
        assert without_times(text) == without_times(str(exchange["member_file_text"]).encode())
    if "name_on_disk" in exchange:
        name = json.loads(member_file(simulator, "aaaaaaaa01").read_text())["name"]
        assert name == exchange["name_on_disk"]
    if "exists" in exchange:
        assert member_file(simulator, "aaaaaaaa02").exists() is exchange["exists"]


def test_simulator_given_a_recorded_scenario_answers_as_recorded(
    transcript: Transcript, simulator: Simulator
) -> None:
    """Status, reason, headers and body of every recorded answer come again."""
    replay = Replay(simulator)
    for exchange in transcript.exchanges:
        number = exchange["n"]
        assert isinstance(number, int)
        where = (transcript.name, number)
        if scene := SCENES.get(where):
            scene(simulator, transcript)
        if "dirs" in exchange:
            check_disk(simulator, exchange)
        check_member_files(simulator, exchange)
        request, response = exchange.get("request"), exchange.get("response")
        if not isinstance(request, dict) or not isinstance(response, dict) or where in _EXEMPT | {_CRASH}:
            continue
        before = state_on_disk(simulator)
        answer = replay.send(request, _OTHER_SOURCE.get(where, "127.0.0.1"))
        try:
            replay.check(response, answer)
        except AssertionError as error:
            error.add_note(f"exchange {number} of {transcript.name}: {exchange.get('note', '')}")
            raise
        if "file_written" in exchange:
            assert (state_on_disk(simulator) != before) is exchange["file_written"], where


def test_simulator_pushing_an_overlong_domain_dies_as_recorded() -> None:
    """The process ends with the head of its answer sent, and dies again when the member asks once more."""
    recorded = next(one for one in RECORDED if one.name == _CRASH[0])
    exchange = recorded.exchanges[_CRASH[1] - 1]
    request = exchange["request"]
    assert isinstance(request, dict)
    network, node = "6fa725440c0a0008", "deb04965b2"
    with running_simulator(node_id=recorded.node_id) as simulator:
        home_of_next = simulator.home
        for number in (1, 2, 4):
            earlier = recorded.exchanges[number - 1]["request"]
            assert isinstance(earlier, dict)
            Replay(simulator).send(earlier)
        simulator.join(node, network)
        with pytest.raises(http.client.IncompleteRead) as cut:
            Replay(simulator).send(request)
        assert repr(cut.value) == exchange["response"]["http.client"]  # type: ignore[index]  # recorded so
        with running_simulator(home_of_next) as again, pytest.raises(http.client.RemoteDisconnected):
            again.join(node, network)


def test_differences_name_recorded_exchanges_only() -> None:
    """A row that exempts nothing does not stay in the table."""
    recorded = {(one.name, exchange["n"]) for one in RECORDED for exchange in one.exchanges}
    assert recorded >= _EXEMPT


def test_differences_in_the_document_equal_those_in_the_test() -> None:
    """`docs/simulator.md` shows the table that the replay goes by."""
    lines = DOCUMENT.read_text(encoding="utf-8").splitlines()
    start = lines.index("| transcript | exchanges | why |") + 2
    shown = []
    for line in lines[start:]:
        if not line.startswith("|"):
            break
        shown.append(line)
    assert shown == [difference.row for difference in DIFFERENCES]
