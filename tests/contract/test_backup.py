"""`ztix backup` as a process: what it refuses while a controller runs, and when a disk is full."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.fabric_real import is_isolating
from tests.contract.recovery_story import Exchange, sound_home
from tests.contract.simulator import Simulator, running_simulator
from tests.idtool import idtool
from tests.unit.exchange_fixture import FABRICS, member_text
from ztix.errors import Exit

OTHER = "1122334455"


@pytest.fixture
def simulator(tmp_path: Path) -> Iterator[Simulator]:
    """A controller with one network and twenty members."""
    with running_simulator(sound_home(tmp_path / "home")) as running:
        network = f"/controller/network/{running.node_id}000001"
        running.request("POST", network, {})
        for number in range(20):
            running.request("POST", f"{network}/member/1a2b3c00{number:02x}", {"authorized": True})
        yield running


def backup(*words: str | Path, limit_kb: int | None = None) -> subprocess.CompletedProcess[str]:
    """limit_kb: the longest file that it can write, as where a disk is full."""
    whole = [sys.executable, "-m", "ztix", "backup", *map(str, words)]
    if limit_kb is not None:
        whole = ["bash", "-c", f'ulimit -f {limit_kb} && exec "$@"', "bash", *whole]
    return subprocess.run(whole, capture_output=True, text=True, timeout=120, check=False)


def create(simulator: Simulator, to: Path, *more: str, limit_kb: int | None = None) -> tuple[int, str]:
    to.mkdir(exist_ok=True)
    place = ("--home", simulator.home, "--to", to)
    done = backup("create", *place, "--url", simulator.url, *more, limit_kb=limit_kb)
    assert simulator.token not in done.stdout + done.stderr
    return done.returncode, done.stdout.strip() or done.stderr


def test_backup_when_the_disk_lacks_what_the_controller_holds_is_refused(
    simulator: Simulator, tmp_path: Path
) -> None:
    """The controller answers as if all were well; the copy of its disk would not be what it says."""
    member = f"/controller/network/{simulator.node_id}000001/member/{OTHER}"
    simulator.set_faults({"disk_full": True, "times": 0, "match": {"method": "POST"}})
    simulator.request("POST", member, {"authorized": True})
    code, told = create(simulator, tmp_path / "to")
    assert (code, list((tmp_path / "to").iterdir())) == (Exit.REFUSED, [])
    assert f"member/{OTHER}.json` is not on disk" in told
    simulator.set_faults()
    simulator.restart()
    assert create(simulator, tmp_path / "to")[0] == Exit.DONE


def test_backup_of_another_home_than_the_controller_s_is_refused(
    simulator: Simulator, tmp_path: Path
) -> None:
    """With the same token, so that nothing but the id tells them apart."""
    with running_simulator(
        node_id="8056c2e21c", options=("--token-file", str(simulator.token_file))
    ) as other:
        done = backup("create", "--home", simulator.home, "--to", tmp_path, "--url", other.url)
    assert (done.returncode, "is of another one" in done.stderr) == (Exit.REFUSED, True), done.stderr


def test_backup_when_nobody_answers_says_how_to_copy_a_stopped_one(
    simulator: Simulator, tmp_path: Path
) -> None:
    """What is on disk cannot be compared with anything then, so it has to be asked for."""
    done = backup("create", "--home", simulator.home, "--to", tmp_path, "--url", "http://127.0.0.1:9")
    assert done.returncode == Exit.UNAVAILABLE
    assert create(simulator, tmp_path / "to", "--stopped")[0] == Exit.DONE


def test_backup_when_something_else_answers_is_unavailable(simulator: Simulator, tmp_path: Path) -> None:
    """A token that opens nothing, and an answer of the wrong shape."""
    simulator.set_faults({"status": 401, "times": 0})
    assert create(simulator, tmp_path / "to")[0] == Exit.UNAVAILABLE
    simulator.set_faults({"status": 200, "times": 0})
    assert create(simulator, tmp_path / "to")[0] == Exit.UNAVAILABLE


def test_backup_of_a_home_with_a_short_record_is_invalid(simulator: Simulator, tmp_path: Path) -> None:
    """After a power cut the controller leaves such a record out, and says nothing."""
    place = simulator.home / "controller.d/network" / f"{simulator.node_id}000001.json"
    place.write_bytes(place.read_bytes()[:100])
    code, told = create(simulator, tmp_path / "to", "--stopped")
    assert (code, "is no whole record" in told) == (Exit.INVALID, True)


def test_backup_on_a_full_disk_leaves_nothing(simulator: Simulator, tmp_path: Path) -> None:
    """Neither half an archive, nor half a home."""
    (simulator.home / "local.conf").write_bytes(os.urandom(8_000))
    assert create(simulator, tmp_path / "to", limit_kb=1)[0] == Exit.USAGE
    assert list((tmp_path / "to").iterdir()) == []
    code, archive = create(simulator, tmp_path / "to")
    assert code == Exit.DONE
    before = sorted(tmp_path.iterdir())
    done = backup("restore", archive, "--home", tmp_path / "new", limit_kb=1)
    assert (done.returncode, sorted(tmp_path.iterdir())) == (Exit.USAGE, before), done.stderr


def test_backup_with_keep_deletes_older_ones(simulator: Simulator, tmp_path: Path) -> None:
    """After the new one is there and read back."""
    (tmp_path / "to").mkdir()
    old = tmp_path / "to" / f"ztix-{simulator.node_id}-20250101T000000Z.tar.gz"
    old.touch()
    code, archive = create(simulator, tmp_path / "to", "--keep", "1")
    assert (code, list((tmp_path / "to").iterdir())) == (Exit.DONE, [Path(archive)])
    assert backup("verify", archive, "--format", "json").stdout.startswith("{")


def test_restore_of_another_controller_s_archive_is_refused(simulator: Simulator, tmp_path: Path) -> None:
    """Where whose it must be was told."""
    _, archive = create(simulator, tmp_path / "to")
    words = ("restore", archive, "--home", tmp_path / "new", "--controller")
    assert backup(*words, "aaaaaaaaa1").returncode == Exit.REFUSED
    assert not (tmp_path / "new").exists()
    assert backup(*words, simulator.node_id).returncode == Exit.DONE


@pytest.fixture
def exchange(simulator: Simulator, tmp_path: Path) -> Exchange:
    """An exchange that this controller was made live for."""
    idtool(tmp_path / "bin")
    made = Exchange(tmp_path / "exchange", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    made.point_at(simulator.url)
    done = made.ztix("fabric", "bootstrap", "lan", token=simulator.token)
    if done.returncode == Exit.REFUSED:  # the network's settings were made by hand here
        digest = done.stderr.partition("--approve ")[2].partition("`")[0]
        done = made.ztix("fabric", "bootstrap", "lan", "--approve", digest, token=simulator.token)
    assert done.returncode == Exit.DONE, done.stderr
    return made


def test_drill_of_an_archive_that_git_has_left_behind_is_stale_and_shows_the_plan(
    simulator: Simulator, exchange: Exchange, tmp_path: Path
) -> None:
    """What the restored controller would lack; at the revision of the copy there is nothing to do."""
    _, archive = create(simulator, tmp_path / "to")
    then = exchange.repo.git("rev-parse", "HEAD")
    exchange.repo.write("members/AS64503.yaml", member_text(64503))
    exchange.repo.commit()
    done = exchange.ztix("backup", "drill", archive)
    assert (done.returncode, "1a2b364503" in done.stdout) == (Exit.STALE, True), done.stderr
    assert exchange.ztix("backup", "drill", archive, "--ref", then).returncode == Exit.DONE


def test_drill_of_another_controller_s_archive_is_refused(exchange: Exchange, tmp_path: Path) -> None:
    """The last run met another one, and so will every member."""
    with running_simulator() as other:
        _, archive = create(other, tmp_path / "to")
    done = exchange.ztix("backup", "drill", archive)
    assert (done.returncode, "which the last run met" in done.stderr) == (Exit.REFUSED, True), done.stderr


def test_drill_with_a_program_that_ends_is_unavailable(
    simulator: Simulator, exchange: Exchange, tmp_path: Path
) -> None:
    """What was started is told, in a place of its own."""
    if not is_isolating():
        pytest.skip("this machine lets us make no network namespace")
    _, archive = create(simulator, tmp_path / "to")
    done = exchange.ztix("backup", "drill", archive, "--zerotier-one", "/bin/false")
    assert (done.returncode, "did not start" in done.stderr) == (Exit.UNAVAILABLE, True), done.stderr


def test_drill_starts_no_real_controller_beside_other_interfaces(
    simulator: Simulator, exchange: Exchange, tmp_path: Path
) -> None:
    """Two controllers with one identity would fight for every member."""
    if not [name for _, name in socket.if_nameindex() if name != "lo"]:
        pytest.skip("this machine has nothing but loopback")
    _, archive = create(simulator, tmp_path / "to")
    done = exchange.ztix("backup", "drill", archive, "--zerotier-one", "/bin/false", "--inside")
    assert (done.returncode, "a second one" in done.stderr) == (Exit.REFUSED, True), done.stderr


def test_controller_rebuilt_from_git_when_a_node_comes_with_another_key_waits_for_approval(
    simulator: Simulator, exchange: Exchange, tmp_path: Path
) -> None:
    """The controller forgot all keys with its records; the branch ztix-state has not."""
    network, node = f"{simulator.node_id}000001", "1a2b364500"
    assert simulator.join(node, network)["status"] == "OK"
    assert exchange.ztix("fabric", "bootstrap", "lan", token=simulator.token).returncode == Exit.DONE
    with running_simulator(sound_home(tmp_path / "new")) as rebuilt:
        exchange.point_at(rebuilt.url)
        assert exchange.ztix("fabric", "bootstrap", "lan", token=rebuilt.token).returncode == Exit.DONE
        assert rebuilt.join(node, network, identity=f"{node}:0:{'7' * 128}")["status"] == "OK"
        exchange.repo.write("members/AS64503.yaml", member_text(64503))
        exchange.repo.commit()
        done = exchange.ztix("fabric", "bootstrap", "lan", token=rebuilt.token)
    assert (done.returncode, "gate `node-keys`" in done.stderr) == (Exit.REFUSED, True), done.stderr


def test_lost_identity_is_moved_as_migrate_network_tells(
    simulator: Simulator, exchange: Exchange, tmp_path: Path
) -> None:
    """Another controller is refused until policy has the line that the verb prints; then it is to get all."""
    with running_simulator(tmp_path / "other", node_id="8056c2e21c") as other:
        exchange.point_at(other.url)
        assert exchange.ztix("plan", token=other.token).returncode == Exit.REFUSED
        told = exchange.ztix("migrate-network", "lan", "--to", other.node_id)
        assert told.returncode == Exit.DONE, told.stderr
        assert f"from network {simulator.node_id}000001 to {other.node_id}000001" in told.stdout
        line = f'controller: "{other.node_id}"'
        assert line in told.stdout
        text = FABRICS.replace("http://127.0.0.1:9993", other.url)
        exchange.repo.write("policy/fabrics.yaml", f"{text}    {line}\n")
        exchange.repo.commit()
        done = exchange.ztix("fabric", "bootstrap", "lan", token=other.token)
        # the made-up identity of a simulator is no sound one: bootstrap says so, reconcile does not ask
        assert "does not follow from this key" in done.stderr
        planned = exchange.ztix("plan", "--format", "json", token=other.token)
        assert planned.returncode == Exit.DONE, planned.stderr
        for asn in (64500, 64501, 64502):
            assert f"AS{asn}" in planned.stdout


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("lan", "--to", "x", "--from", "1234567890000001"), Exit.USAGE, "--to `x`"),
        (("lan", "--to", "8056c2e21c", "--from", "x"), Exit.USAGE, "--from `x`"),
        (("lann", "--to", "8056c2e21c"), Exit.USAGE, "there is no fabric `lann`"),
        (("lan", "--to", "8056c2e21c"), Exit.USAGE, "neither policy nor the last run"),
        (("lan", "--to", "8056c2e21c", "--from", "1234567890000001"), Exit.DONE, ""),
    ],
)
def test_migrate_network_when_something_is_missing_says_what(
    tmp_path: Path, words: tuple[str, ...], code: Exit, told: str
) -> None:
    """Nobody is asked, so all of it can be told before there is a new controller."""
    exchange = Exchange(tmp_path / "exchange")
    exchange.repo.commit()
    done = exchange.ztix("migrate-network", *words)
    assert (done.returncode, told in done.stderr) == (code, True), done.stderr
