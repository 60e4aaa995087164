"""What happened between the recorded requests: nodes that joined, files that were changed, restarts.

A scene is a function by transcript and exchange number; it runs before that exchange is replayed.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

from tests.contract.simulator import Simulator
from tests.contract.simulator_recorded import Transcript

Scene = Callable[[Simulator, Transcript], None]

N1, N2, N3 = "deb04965b2", "7b246fa727", "16aedf3aab"


def identity_of(transcript: Transcript, node: str) -> str:
    """The identity that the recording shows for a node, empty when it shows none."""
    for exchange in transcript.exchanges:
        response = exchange.get("response")
        body = response.get("body") if isinstance(response, dict) else None
        if isinstance(body, dict) and body.get("id") == node and "identity" in body:
            return str(body["identity"])
    return ""


def joined(network: str, *nodes: str) -> Scene:
    """Nodes ask for their configuration."""

    def scene(simulator: Simulator, transcript: Transcript) -> None:
        for node in nodes:
            simulator.join(node, network, identity=identity_of(transcript, node))

    return scene


def waiting(network: str, *nodes: str) -> Scene:
    """Nodes are members of an earlier network of the same id: the new one is pushed to them at once."""

    def scene(simulator: Simulator, transcript: Transcript) -> None:
        simulator.request("POST", f"/controller/network/{network}", {})
        for node in nodes:
            path = f"/controller/network/{network}/member/{node}"
            simulator.request("POST", path, {"authorized": True})
        joined(network, *nodes)(simulator, transcript)
        simulator.request("DELETE", f"/controller/network/{network}")

    return scene


def heard_of(simulator: Simulator, transcript: Transcript) -> None:
    """The controller has heard of a node, so that it is online."""
    network = f"{transcript.node_id}000001"
    simulator.request("POST", f"/controller/network/{network}", {"private": False})
    simulator.join("2222222222", network)


def fourth_revision(simulator: Simulator, transcript: Transcript) -> None:
    """The network of transcript 16 had been changed three times before."""
    for name in ("one", "two", "three", "four"):
        simulator.request("POST", "/controller/network/6fa725440c0a0006", {"name": name})


def restarted(simulator: Simulator, transcript: Transcript) -> None:
    """The controller was restarted."""
    simulator.restart()


def three_members(simulator: Simulator, transcript: Transcript) -> None:
    """The members of transcript 20, of which one is not authorised, had been created in this order."""
    shown = transcript.exchanges[4]["response"]
    assert isinstance(shown, dict)
    for member in reversed(shown["body"]["data"]):
        path = f"/controller/network/{member['nwid']}/member/{member['id']}"
        fields = ("name", "authorized", "ipAssignments", "noAutoAssignIps")
        simulator.request("POST", path, {field: member[field] for field in fields if field in member})


_DISK = "3d286adce9000700"


def member_file(simulator: Simulator, node: str) -> Path:
    """The file of a member of transcript 14."""
    return simulator.home / "controller.d" / "network" / _DISK / "member" / f"{node}.json"


def edited_on_disk(simulator: Simulator, transcript: Transcript) -> None:
    """A member file is edited while the controller runs."""
    path = member_file(simulator, "aaaaaaaa01")
    record = json.loads(path.read_text())
    path.write_text(json.dumps(record | {"name": "EDITED ON DISK", "authorized": False}))


def removed(simulator: Simulator, transcript: Transcript) -> None:
    """A member file is removed while the controller runs."""
    member_file(simulator, "aaaaaaaa02").unlink()


def without_folder(simulator: Simulator, transcript: Transcript) -> None:
    """The folder of the members is removed while the controller runs."""
    shutil.rmtree(member_file(simulator, "x").parent)


def unwritable(simulator: Simulator, transcript: Transcript) -> None:
    """The folder of the members is a file: nothing can be written."""
    folder = member_file(simulator, "x").parent
    shutil.rmtree(folder)
    folder.write_text("")


def restarted_without_members(simulator: Simulator, transcript: Transcript) -> None:
    """The file in the way is removed and the controller restarted."""
    simulator.restart()
    member_file(simulator, "x").parent.unlink()


def edited_while_stopped(simulator: Simulator, transcript: Transcript) -> None:
    """Files are changed, broken and added while the controller is stopped."""
    path = member_file(simulator, "aaaaaaaa01")
    path.write_text(json.dumps(json.loads(path.read_text()) | {"name": "AT REST", "foo": "kept"}))
    broken = member_file(simulator, "aaaaaaaa02")
    broken.write_text(broken.read_text()[:40])
    for name, node in (("bbbbbbbb01", "bbbbbbbb01"), ("bbbbbbbb02", "bbbbbbbb99")):
        record = {"id": node, "nwid": _DISK, "authorized": True}
        member_file(simulator, name).write_text(json.dumps(record))
    (path.parent / "junk.txt").write_text("junk")
    simulator.restart()


def network_corrupted(simulator: Simulator, transcript: Transcript) -> None:
    """The network file is cut while the controller is stopped."""
    path = simulator.home / "controller.d" / "network" / f"{_DISK}.json"
    path.write_text(path.read_text()[:100])
    simulator.restart()


def other_token(simulator: Simulator, transcript: Transcript) -> None:
    """The token file is gone at a start: another token is made."""
    simulator.token_file.unlink()
    simulator.restart()


def token_restored(simulator: Simulator, transcript: Transcript) -> None:
    """The old token is put back and the controller restarted."""
    simulator.token_file.write_text(simulator.token)
    simulator.restart()


def token_edited(simulator: Simulator, transcript: Transcript) -> None:
    """The token file is edited while the controller runs."""
    simulator.token_file.write_text("somethingelse")


def token_with_newline(simulator: Simulator, transcript: Transcript) -> None:
    """The token file ends with a newline at a start."""
    simulator.token_file.write_text(f"{simulator.token}\n")
    simulator.restart()


_E2E, _V6 = "6fa725440c0a0001", "6fa725440c0a0004"
SCENES: dict[tuple[str, int], Scene] = {
    ("11-join-e2e", 1): waiting(_E2E, N1, N2),
    ("11-join-e2e", 10): joined(_E2E, N1, N2),
    ("11-join-e2e", 13): joined(_E2E, N3),
    ("11-join-e2e", 17): joined(_E2E, N3),
    ("11-join-e2e", 34): joined(_E2E, N2),
    ("12-lost-update-race", 1): waiting("6fa725440c0a0002", N1, N2, N3),
    ("13-restart-deauth", 1): waiting("6fa725440c0a0003", N1, N3),
    ("13-restart-deauth", 6): joined("6fa725440c0a0003", N1, N2, N3),
    ("14-disk-state", 6): edited_on_disk,
    ("14-disk-state", 11): removed,
    ("14-disk-state", 14): without_folder,
    ("14-disk-state", 16): unwritable,
    ("14-disk-state", 18): restarted_without_members,
    ("14-disk-state", 23): edited_while_stopped,
    ("14-disk-state", 29): network_corrupted,
    ("14-disk-state", 34): restarted,
    ("14-disk-state", 36): restarted,
    ("14-disk-state", 39): other_token,
    ("14-disk-state", 41): token_restored,
    ("14-disk-state", 42): token_edited,
    ("14-disk-state", 44): token_with_newline,
    ("15-v6-modes", 7): joined(_V6, N1, N2),
    ("15-v6-modes", 24): joined("6fa725440c0a0005", N1),
    ("16-rules-enforced", 1): fourth_revision,
    ("18-service-api", 6): heard_of,
    ("20-bulk-lists", 2): three_members,
    ("21-limits-on-the-wire", 4): joined("6fa725440c0a0008", N1),
}
