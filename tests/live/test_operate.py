"""What operators run each day, on fifty real networks with live sessions: each number is one that was made.

The networks are of examples/evix-2021; 49 of them have a router, one is still to come. Two route servers,
BIRD 2 and BIRD 3, stand behind sshd, and the program is called as a person would.
"""

from __future__ import annotations

import configparser
import csv
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import partial
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from tests.contract.test_export_readers import checked, program
from tests.ixf_importer import import_list
from tests.live.bird import BIRDS
from tests.live.real_networks import by_node, example
from tests.live.real_stage import LENGTHS, RealStage, running_real_stage
from tests.site_links import dead_links
from ztix.lab.daemons import Bird, running_bird, wait_until

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root; run `sudo make test`"),
    pytest.mark.skipif(
        not BIRDS["bird3"].exists(), reason="BIRD 3 is not installed; scripts/install-bird gets it"
    ),
]

NETWORKS = 50
SERVERS = ("rs1", "rs2")


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealStage]:
    """The exchange after its first run: who has a router has its sessions, and every prefix is judged."""
    with running_real_stage(tmp_path_factory.mktemp("operate"), NETWORKS, silent=1) as made:
        made.ztix("reconcile")
        made.settle()
        made.join([voice.claim.node for own in made.speaking.values() for voice in own])
        made.join([row.node for row in example().policy.route_servers.route_servers if row.node])
        yield made


def told(stage: RealStage, *words: str) -> dict[str, Any]:
    """A status as JSON."""
    return dict(json.loads(stage.ztix("status", *words, "--format", "json")))


def test_status_tells_of_every_network_what_it_said(stage: RealStage, tmp_path: Path) -> None:
    """Sessions, accepted prefixes, and filtered ones with their reasons; the same as numbers."""
    status = told(stage, "--metrics", str(tmp_path / "status.prom"))
    assert status["notes"] == []
    rows = {row["node"]: row for row in status["nodes"]}
    for node, voices in by_node(stage.speaking).items():
        row = rows[node]
        assert (row["state"], row["online"], row["version"]) == ("active", True, "1.14.2"), row
        assert [one["route_server"] for one in row["sessions"]] == list(SERVERS)
        for one in row["sessions"]:
            counts = one["wanted"], one["up"], one["accepted"], one["filtered"]
            good, bad = (
                sum(len(part) for part in parts)
                for parts in zip(*((v.good, v.bad) for v in voices), strict=True)
            )
            assert counts == (len(voices), len(voices), good, bad), row
            why = {(reason["example"], reason["reason"]) for reason in one["reasons"]}
            assert why == {(prefix, int(reason)) for voice in voices for prefix, reason in voice.bad.items()}
    for node in by_node(stage.silent):
        assert (rows[node]["state"], rows[node]["online"]) == ("provisioning", False)
    states = [member["state"] for member in status["members"]]
    assert (states.count("active"), states.count("provisioning"), len(states)) == (NETWORKS - 1, 1, NETWORKS)
    _numbers(stage, (tmp_path / "status.prom").read_text())


def _numbers(stage: RealStage, text: str) -> None:
    """The numbers for Prometheus are those of the status."""
    said = [voice for own in stage.speaking.values() for voice in own]
    accepted, up = sum(len(voice.good) for voice in said), len(said)
    for server in SERVERS:
        for name, value in (("sessions_up", up), ("prefixes_accepted", accepted)):
            assert f'ztix_{name}{{route_server="{server}",verb="status"}} {value:.1f}\n' in text
    assert f'ztix_members{{state="active",verb="status"}} {NETWORKS - 1:.1f}\n' in text
    done = subprocess.run(
        [program("promtool"), "check", "metrics"],
        input=text,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_status_in_a_terminal_breaks_no_word(stage: RealStage) -> None:
    """A line for each node in 80 columns, and a sentence that sums it up."""
    lines = stage.ztix("status").splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0].split() == ["member", "node", "state", "seen", "sessions", "accepted", "filtered"]
    assert sum(line.startswith("AS") for line in lines) == len(by_node(stage.voices)) + 1
    said, rest = (sum(len(own) for own in part.values()) for part in (stage.speaking, stage.silent))
    assert lines[-1].startswith(f"{NETWORKS} members: 1 provisioning, {NETWORKS - 1} active; ")
    assert lines[-1].endswith(f"; {2 * said} of {2 * (said + rest)} sessions up.")


def test_doctor_finds_nothing_wrong_with_who_is_up_and_whose_turn_it_is_else(stage: RealStage) -> None:
    """The one that never joined is told the command, with the network's id."""
    (up, *_), (down,) = stage.speaking, stage.silent
    assert "wrong" not in stage.ztix("doctor", f"AS{up}")
    assert f"zerotier-cli join {stage.network}" in stage.ztix("doctor", f"AS{down}", code=6)


def has_one(server: Bird, question: str) -> bool:
    """Whether a session of this route server has brought a prefix, and none that is filtered."""
    return "1 imported, 0 filtered" in server.ask(question)


def test_own_configuration_brings_a_member_up(stage: RealStage, tmp_path: Path) -> None:
    """What `router-config` prints for the one that is still to come is all that its router needs."""
    ((asn, voices),) = stage.silent.items()
    text = stage.ztix("router-config", f"AS{asn}", "--for", "bird2")
    route = f"protocol static {{ ipv6; route {voices[0].good[0]} unreachable; }}\nrouter id 192.0.2.2;\n"
    text = re.sub(r"^protocol kernel .*$", "", text, flags=re.M) + route
    within = stage.lan.add("late", [f"{voice.address}/{LENGTHS[voice.family]}" for voice in voices])
    name = voices[0].address.replace(":", "_")
    with running_bird(BIRDS["bird2"], tmp_path / "late", text, within=within):
        question = f"show protocols all as{asn}_{name}"
        for server in stage.servers.values():
            wait_until(partial(has_one, server, question), 120, f"its prefix is in {server.folder}")
    stage.settle()


@pytest.fixture(scope="module")
def site(stage: RealStage, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The website."""
    folder = tmp_path_factory.mktemp("site")
    stage.ztix("site", "build", "--out", str(folder))
    return folder


def test_list_of_members_is_imported_whole(stage: RealStage, site: Path) -> None:
    """An importer of IX-F makes a record of each pair of addresses and objects to none; the site has them."""
    text = stage.ztix("export", "ixf")
    assert (site / "ixf.json").read_text() == text
    made = import_list(text, (ip_network("206.81.104.0/24"), ip_network("2602:fed2:fff:ffff::/64")))
    assert made.errors == []
    found = {str(one) for record in made.records for one in (record.ipv4, record.ipv6) if one}
    servers = {str(one) for row in example().policy.route_servers.route_servers for one in row.addresses}
    assert found == {voice.address for own in stage.voices.values() for voice in own} | servers


def test_zones_load_and_name_every_address(stage: RealStage, tmp_path: Path) -> None:
    """BIND takes the forward zone and both reverse ones."""
    stage.ztix("export", "dns", "--out", str(tmp_path / "zones"))
    texts = {path.name.removesuffix(".zone"): path.read_text() for path in (tmp_path / "zones").iterdir()}
    assert len(texts) == 3
    for name, text in texts.items():
        done = checked(name, text, tmp_path)
        assert done.returncode == 0, done.stdout
        assert "warning" not in done.stdout
    for own in stage.voices.values():
        for voice in own:
            kind = "A" if voice.family == 4 else "AAAA"
            assert f".as{voice.asn} IN {kind} {voice.address}\n" in texts["lan.evix.example.net"]
    pointers = sum(text.count(" IN PTR ") for text in texts.values())
    assert pointers == sum(len(own) for own in stage.voices.values()) + 2 * len(SERVERS)


def test_other_exports_have_every_node(stage: RealStage) -> None:
    """A table, Prometheus's targets and a looking glass's sources."""
    rows = list(csv.DictReader(stage.ztix("export", "csv").splitlines()))
    assert len(rows) == len(by_node(stage.voices))
    assert {int(row["asn"]) for row in rows} == set(stage.voices)
    groups = json.loads(stage.ztix("export", "prometheus-targets"))
    targets = {
        target for group in groups for target in group["targets"] if group["labels"]["role"] == "member"
    }
    assert targets == {voice.address for own in stage.voices.values() for voice in own}
    glass = configparser.ConfigParser(interpolation=None, delimiters=("=",), allow_no_value=True)
    glass.read_string(stage.ztix("export", "alice-lg"))
    assert [name for name in glass.sections() if re.fullmatch(r"source\.\w+", name)] == [
        "source.rs1",
        "source.rs2",
    ]


def test_site_is_whole(stage: RealStage, site: Path) -> None:
    """A page for every network, no link that leads nowhere, and the run that was."""
    assert {path.stem for path in (site / "members").iterdir()} == {f"AS{asn}" for asn in stage.voices}
    assert dead_links(site) == []
    (run,) = re.findall(r">well</span></td>(.*)</tr>", (site / "status.html").read_text())
    sessions = 2 * sum(len(own) for own in stage.voices.values())
    changes = len(by_node(stage.voices)) + len(SERVERS) + 1  # and the network itself
    assert re.findall(r">([^<]+)</td>", run) == [str(changes), "0", "2 of 2", str(sessions)]


def test_copy_of_the_controller_is_whole_and_leaves_nothing_to_do(stage: RealStage, tmp_path: Path) -> None:
    """The drill starts a controller on the archive, and a plan against it is empty."""
    home, url = stage.folder / "controller", stage.controller.url
    archive = stage.ztix("backup", "create", "--home", str(home), "--to", str(tmp_path), "--url", url).strip()
    stage.ztix("backup", "verify", archive)
    tried = stage.run("backup", "drill", archive)
    assert (tried.returncode, tried.stdout) == (0, ""), tried
    assert "nothing to do" in tried.stderr
    assert f"{len(by_node(stage.voices)) + len(SERVERS)} members" in tried.stderr


def test_audit_is_unbroken_and_tells_when_a_network_went_live(stage: RealStage) -> None:
    """The run of this stage, and that it put the network's node on."""
    assert stage.ztix("audit", "verify").startswith("Unbroken: ")
    (asn, voices), *_ = stage.speaking.items()
    shown = stage.ztix("audit", f"AS{asn}")
    assert f"AS{asn} {voices[0].claim.node} attach applied" in shown


def test_drift_of_what_nobody_touched_is_none(stage: RealStage) -> None:
    """Also with the fabric and both route servers asked."""
    assert "Nothing to do" in stage.ztix("drift", "--detailed-exitcode")


def test_move_of_the_network_asks_every_node(stage: RealStage) -> None:
    """Nobody is forgotten, and each is told its new network."""
    move = json.loads(stage.ztix("migrate-network", "lan", "--to", "1234567890", "--format", "json"))
    assert {one["node"] for one in move["nodes"]} >= set(by_node(stage.voices))
    assert all("zerotier-cli join 12345678902021ab" in one["commands"] for one in move["nodes"])


def files(folder: Path) -> dict[str, bytes]:
    """What stands in a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_route_server_that_talks_garbage_is_unknown_and_nothing_else_is(
    stage: RealStage, site: Path, tmp_path: Path
) -> None:
    """Its column is null with a note, the other one's is as before, and what is published is the same."""
    with stage.talking_garbage("rs2"):
        status = told(stage)
        stage.ztix("site", "build", "--out", str(tmp_path / "site"))
        shown = stage.run("drift")
    assert [note["subject"] for note in status["notes"]] == ["rs2"]
    rows = {row["node"]: row for row in status["nodes"]}
    for node, voices in by_node(stage.speaking).items():
        one, other = rows[node]["sessions"]
        assert (one["up"], other["up"], other["accepted"], other["sessions"]) == (
            len(voices),
            None,
            None,
            None,
        )
        assert rows[node]["state"] == "active"
    assert files(tmp_path / "site") == files(site)
    assert "by hand" not in shown.stdout
    assert "\x1b" not in shown.stdout + shown.stderr


def test_controller_that_talks_garbage_is_unknown_and_nothing_else_is(stage: RealStage) -> None:
    """Who is there is unknown, and the sessions are as they were."""
    stage.controller.strike([{"garbage": True, "times": 0}])
    try:
        status = told(stage)
    finally:
        stage.controller.strike([])
    assert [note["subject"] for note in status["notes"]] == ["lan"]
    rows = {row["node"]: row for row in status["nodes"]}
    for node, voices in by_node(stage.speaking).items():
        assert (rows[node]["presence"], rows[node]["online"]) == ("unknown", None)
        assert [one["up"] for one in rows[node]["sessions"]] == [len(voices)] * 2


def test_member_whose_file_is_broken_is_published_by_its_last_good_one(
    stage: RealStage, site: Path, tmp_path: Path
) -> None:
    """Half of a record goes nowhere: the list and its page are what they were, and the exit code tells it."""
    clone, (asn, *_) = tmp_path / "clone", stage.speaking
    shutil.copytree(stage.exchange, clone)
    path = clone / "members" / f"AS{asn}.yaml"
    path.write_text(
        path.read_text().replace("name: ", "name: <b>half</b> ").replace("fabric: lan", "fabric: no")
    )
    git = ["git", "-c", "user.name=Member", "-c", "user.email=noc@example.net", "-C", str(clone)]
    subprocess.run([*git, "commit", "--quiet", "--all", "--message", "Half a record"], check=True)
    stage.ztix("site", "build", "--out", str(tmp_path / "site"), code=6, at=clone)
    half, whole = (json.loads((folder / "ixf.json").read_text()) for folder in (tmp_path / "site", site))
    assert half["member_list"] == whole["member_list"]
    page = (tmp_path / "site" / "members" / f"AS{asn}.html").read_text()
    assert "half" not in page
    assert all(voice.address in page for voice in stage.speaking[asn])
