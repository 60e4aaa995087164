"""Doctor on a real git repository, a controller's simulator and real files: each fault is made, and found.

What needs BGP sessions and a route server's machine is in `tests/live/test_doctor.py`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import click
import httpx
import pytest
import respx

from tests.contract.fabric_drivers import driver, impatient
from tests.contract.simulator import Simulator, running_simulator
from tests.git_repository import GitRepository, new_repository
from tests.unit.exchange_fixture import ADMISSION, EXCHANGE, NOW, ROUTE_SERVERS, member_text
from ztix.checkup import look_round
from ztix.cli.outside import open_world
from ztix.cli.progress import Reporter
from ztix.diagnosis import Row, check_up, exit_of
from ztix.drivers.fabrics import open_fabric
from ztix.drivers.workplace import ThisMachine
from ztix.errors import Exit
from ztix.evidence import Absent
from ztix.evidence_files import networks_text
from ztix.examination import examine
from ztix.lab.daemons import free_port, new_key
from ztix.reconcile import reconcile
from ztix.schema import schema_files
from ztix.survey import survey
from ztix.terms import Asn, Digest
from ztix.world import World

FABRICS = """\
fabrics:
  - name: lan
    network: "000001"
    url: {url}
    token: {{file: {token}}}
    prefixes: [192.0.2.0/24, "2001:db8:64:96::/64"]
    reserved: [192.0.2.0/29]
"""
MEMBER, NODE = "members/AS64500.yaml", "1a2b364500"
SHARED = 112  # of the AS112 project (RFC 7534), whose nodes are run by anybody
SCHEMAS = schema_files()
AGENT = Digest(f"sha256:{'0' * 64}")


@dataclass
class Scene:
    """An exchange of one member before its first run, its controller, and the machine that asks.

    owner, head: whom doctor is asked about, and which open change it reads too.  world: what is otherwise
    outside.
    """

    repo: GitRepository
    simulator: Simulator
    machine: ThisMachine
    token: Path
    owner: str = "AS64500"
    head: str | None = None
    world: Callable[[World], World] = field(default=lambda world: world)

    def fabrics(self, url: str = "", more: str = "") -> str:
        return FABRICS.format(url=url or self.simulator.url, token=self.token) + more

    def commit(self, path: str, text: str) -> None:
        self.repo.write(path, text)
        self.repo.commit()

    @contextmanager
    def opened(self) -> Iterator[World]:
        """The real World, but for the patience with a controller."""
        with click.Context(click.Command("doctor")) as context, context.scope(), Reporter() as reporter:
            world = open_world(str(self.repo.folder), reporter)
            short = replace(world, open_fabric=lambda policy: open_fabric(policy, budget=impatient()))
            yield self.world(short)

    def run(self) -> Exit:
        with self.opened() as world:
            return reconcile(world, "HEAD").exit

    def member(self) -> str | None:
        """What is diagnosed of the member."""
        with self.opened() as world:
            found = examine(survey(world, "HEAD", self.head), self.owner)[0].found
        return found.diagnosis.name if found else None

    def rows(self) -> tuple[Row, ...]:
        """What is told of the exchange."""
        with self.opened() as world:
            return check_up(look_round(world, self.machine, "HEAD", AGENT, SCHEMAS))


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with running_simulator(tmp_path / "controller") as simulator:
        repo = new_repository(tmp_path / "exchange")
        made = Scene(repo, simulator, ThisMachine(repo.folder), simulator.token_file)
        repo.write("policy/exchange.yaml", EXCHANGE)
        repo.write("policy/fabrics.yaml", made.fabrics())
        repo.write("policy/route-servers.yaml", "route_servers: []\n")
        repo.write("policy/admission.yaml", ADMISSION)
        repo.write("policy/routing.yaml", "prefix_sets: 'off'\n")
        made.commit(MEMBER, member_text(64500))
        yield made


def no_file(scene: Scene) -> None:
    scene.owner = "AS64502"


def broken_file(scene: Scene) -> None:
    scene.commit(MEMBER, "asn: 64500\nname: [\n")


def evidence(scene: Scene) -> None:
    """PeeringDB is not asked about documentation numbers, so this is one that many share."""
    admission = ADMISSION.replace("advisory", "required") + "peeringdb_max_age_h: 876000\n"
    scene.repo.write("policy/admission.yaml", admission)
    scene.repo.write("evidence/peeringdb.json", networks_text({Asn(SHARED): Absent("PeeringDB", NOW)}))
    scene.owner = f"AS{SHARED}"
    (scene.repo.folder / MEMBER).unlink()
    scene.commit(f"members/{scene.owner}.yaml", member_text(64500).replace("asn: 64500", f"asn: {SHARED}"))


def not_merged(scene: Scene) -> None:
    scene.owner, scene.head = "AS64502", "change"
    scene.repo.git("checkout", "--quiet", "-b", "change")
    scene.commit("members/AS64502.yaml", member_text(64502))
    scene.repo.git("checkout", "--quiet", "main")


def resting(scene: Scene) -> None:
    scene.commit(MEMBER, member_text(64500, "status: suspended\n"))


def no_node(scene: Scene) -> None:
    scene.commit(MEMBER, "\n".join(member_text(64500).splitlines()[:5]) + "\n")


def failed(scene: Scene) -> None:
    match = {"method": "POST", "path_prefix": "/controller/network/"}
    path = f"{match['path_prefix']}{scene.simulator.node_id}000001/member/"
    scene.simulator.set_faults({"status": 400, "times": 0, "match": match | {"path_prefix": path}})
    assert scene.run() is Exit.PARTIAL
    scene.simulator.set_faults()


def not_rolled_out(scene: Scene) -> None:
    dead_route_server(scene)
    assert scene.run() is Exit.PARTIAL
    scene.simulator.join(NODE, f"{scene.simulator.node_id}000001")


def not_applied(scene: Scene) -> None:
    pass  # it is so before the first run


def not_authorised(scene: Scene) -> None:
    assert scene.run() is Exit.DONE
    path = f"/controller/network/{scene.simulator.node_id}000001/member/{NODE}"
    assert scene.simulator.request("POST", path, {"authorized": False}).status == 200


def fabric_unknown(scene: Scene) -> None:
    assert scene.run() is Exit.DONE
    scene.commit("policy/fabrics.yaml", scene.fabrics(f"http://127.0.0.1:{free_port()}"))


def never_joined(scene: Scene) -> None:
    assert scene.run() is Exit.DONE


def offline(scene: Scene) -> None:
    assert scene.run() is Exit.DONE
    scene.simulator.join(NODE, f"{scene.simulator.node_id}000001")
    assert scene.member() is None
    scene.simulator.restart()


FAULTS: dict[str, Callable[[Scene], None]] = {
    "no-file": no_file,
    "broken-file": broken_file,
    "evidence": evidence,
    "not-merged": not_merged,
    "resting": resting,
    "no-node": no_node,
    "failed": failed,
    "not-applied": not_applied,
    "not-authorised": not_authorised,
    "fabric-unknown": fabric_unknown,
    "never-joined": never_joined,
    "offline": offline,
    "not-rolled-out": not_rolled_out,
}


@pytest.mark.parametrize("name", FAULTS)
def test_doctor_of_a_member_finds_the_fault_that_was_made(scene: Scene, name: str) -> None:
    """From a real repository and a controller over HTTP."""
    FAULTS[name](scene)
    assert scene.member() == name


def broken_policy(scene: Scene) -> None:
    scene.commit("policy/exchange.yaml", EXCHANGE.replace("64496", "many"))


def program(scene: Scene, name: str, text: str) -> None:
    """A machine on which nothing is installed but this program."""
    folder = scene.repo.folder.parent / "bin"
    folder.mkdir()
    path = folder / name
    path.write_text(f"#!/bin/sh\necho '{text}'\n")
    path.chmod(0o755)
    scene.machine = ThisMachine(scene.repo.folder, {"PATH": str(folder)}, folders="")


def old_git(scene: Scene) -> None:
    program(scene, "git", "git version 2.9.0")


def no_git(scene: Scene) -> None:
    program(scene, "another", "")


def mute_git(scene: Scene) -> None:
    program(scene, "git", "")


def no_token(scene: Scene) -> None:
    scene.commit("policy/fabrics.yaml", scene.fabrics().replace(str(scene.token), f"{scene.token}.not"))


def open_token(scene: Scene) -> None:
    scene.token.chmod(0o644)


def wrong_token(scene: Scene) -> None:
    other = scene.repo.folder.parent / "token"
    other.touch(mode=0o600)
    other.write_text("another")
    scene.commit("policy/fabrics.yaml", scene.fabrics().replace(str(scene.token), str(other)))


def another_controller(scene: Scene) -> None:
    scene.commit("policy/fabrics.yaml", scene.fabrics(more="    controller: aaaaaaaaaa\n"))


def no_network(scene: Scene) -> None:
    pass  # it is so before the first run


def route_server(scene: Scene, key: str) -> None:
    """A route server at a port where nothing listens."""
    text = ROUTE_SERVERS.partition("  - name: rs2")[0]
    made = new_key(scene.repo.folder.parent / "key")
    ssh = f'{{host: 127.0.0.1, port: {free_port()}, host_keys: ["{made}"], identity: {{file: {key}}}}}'
    text = text.replace("{host: rs1.example.net, host_keys: [ssh-ed25519 AAAA]}", ssh)
    scene.commit("policy/route-servers.yaml", text)


def no_key(scene: Scene) -> None:
    route_server(scene, "/nonexistent/key")


def dead_route_server(scene: Scene) -> None:
    route_server(scene, str(scene.repo.folder.parent / "key"))


def skew(scene: Scene) -> None:
    scene.simulator.set_faults({"skew_s": 300, "times": 0})


def no_room(scene: Scene) -> None:
    scene.machine = ThisMachine(Path("/proc"))  # a file system without any


def no_remote(scene: Scene) -> None:
    scene.repo.git("remote", "add", "origin", str(scene.repo.folder.parent / "nowhere"))


def no_receipt(scene: Scene) -> None:
    pass  # it is so before the first run


def two_days(scene: Scene) -> None:
    assert scene.run() is Exit.DONE
    scene.world = lambda world: replace(world, now=lambda: world.now() + timedelta(days=2))


def no_schemas(scene: Scene) -> None:
    pass  # a tree without them


def old_schema(scene: Scene) -> None:
    for path, text in SCHEMAS.items():
        scene.repo.write(path, text)
    scene.commit("policy/schema/member.json", "{}\n")


EXCHANGE_FAULTS: dict[str, tuple[Callable[[Scene], None], str]] = {
    "policy-broken": (broken_policy, "policy/"),
    "tool-absent": (no_git, "git"),
    "tool-old": (old_git, "git"),
    "tool-untold": (mute_git, "git"),
    "secret-absent": (no_token, "token of lan"),
    "secret-open": (open_token, "token of lan"),
    "secret-refused": (wrong_token, "token of lan"),
    "secret-untried": (fabric_unknown, "token of lan"),
    "fabric-unasked": (wrong_token, "fabric lan"),
    "fabric-silent": (fabric_unknown, "fabric lan"),
    "fabric-refuses": (another_controller, "fabric lan"),
    "network-absent": (no_network, "fabric lan"),
    "route-server-unasked": (no_key, "rs1"),
    "route-server-silent": (dead_route_server, "rs1"),
    "clock-apart": (skew, "clock of fabric lan"),
    "disk-full": (no_room, "disk here"),
    "unread": (no_remote, "the last receipt on ztix-state"),
    "none-yet": (no_receipt, "the last receipt on ztix-state"),
    "old": (two_days, "the last receipt on ztix-state"),
    "schema-absent": (no_schemas, "policy/schema/"),
    "schema-old": (old_schema, "policy/schema/member.json"),
}


@pytest.mark.parametrize("name", EXCHANGE_FAULTS)
def test_doctor_of_the_exchange_finds_the_fault_that_was_made(scene: Scene, name: str) -> None:
    """From real files, programs, git and a controller over HTTP; no token is among what is told."""
    make, subject = EXCHANGE_FAULTS[name]
    make(scene)
    rows = {row.subject: row for row in scene.rows()}
    assert (rows[subject].name, rows[subject].verdict == "well") == (name, False)
    assert scene.simulator.token not in repr(rows)


def test_doctor_of_the_exchange_after_a_run_finds_it_well(scene: Scene) -> None:
    """Its token is taken, its clock agrees, its version is the advised one."""
    for path, text in SCHEMAS.items():
        scene.repo.write(path, text)
    admission = ADMISSION.replace("advisory", "'off'") + "proofs: []\n"
    scene.commit("policy/admission.yaml", admission)
    assert scene.run() is Exit.DONE
    rows = scene.rows()
    assert [row for row in rows if row.verdict != "well"] == []
    assert exit_of(rows) is Exit.DONE


def test_doctor_as_a_program_tells_whose_turn_it_is_and_exits_by_what_it_found(scene: Scene) -> None:
    """The house's exits; the token that it used is told nowhere."""

    def ztix(*words: str) -> tuple[int, str]:
        command = [sys.executable, "-m", "ztix", "doctor", *words]
        done = subprocess.run(command, cwd=scene.repo.folder, capture_output=True, text=True, check=False)
        assert scene.simulator.token not in done.stdout + done.stderr
        return done.returncode, done.stdout

    code, told = ztix()
    assert code == Exit.PARTIAL
    assert "fabrics\n  wrong   fabric lan: its network is not there\n" in told
    assert "          turn: a maintainer's\n          do: ztix reconcile\n" in told
    assert ztix("--head", "main") == (Exit.USAGE, "")
    broken_policy(scene)
    code, told = ztix("--format", "json")
    assert (code, json.loads(told)["exit"]) == (Exit.INVALID, Exit.INVALID)


RELEASES = {"release-other": {"version": "1.16.0"}, "release-untold": {}}


@pytest.mark.parametrize("name", RELEASES)
def test_doctor_of_a_controller_finds_the_release_that_it_tells(scene: Scene, name: str) -> None:
    """A controller of a release that is not advised, and one that does not say which it is."""
    url, own = "http://controller.example.net", "aaaaaaaaaa"
    scene.world = lambda world: replace(world, open_fabric=lambda _: driver(url, "token", "000001"))
    with respx.mock(base_url=url) as router:
        router.get("/controller").respond(json={"controller": True, "databaseReady": True})
        router.get("/status").respond(json={"address": own} | RELEASES[name])
        router.get(f"/controller/network/{own}000001").mock(return_value=httpx.Response(404))
        rows = {row.subject: row.name for row in scene.rows()}
    assert rows["controller of lan"] == name
    assert rows["clock of fabric lan"] == "clock-untold"


def test_this_machine_tells_versions_and_how_secrets_are_held(tmp_path: Path) -> None:
    """A variable that is empty is none; a folder, an empty and a foreign file are none either."""
    from ztix.policy import SecretRef

    machine = ThisMachine(tmp_path, {"SET": "x", "EMPTY": " ", "PATH": os.environ["PATH"]})
    assert machine.version("python")
    assert machine.version("git")
    assert machine.version("no-such-program") is None
    assert [machine.held(SecretRef(env=name)).there for name in ("SET", "EMPTY", "UNSET")] == [
        True,
        False,
        False,
    ]
    assert not machine.held(None).there
    (tmp_path / "empty").touch(mode=0o600)
    reasons = {
        name: machine.held(SecretRef(file=str(tmp_path / name))).reason for name in ("", "empty", "no")
    }
    assert reasons == {
        "": "it is not a regular file",
        "empty": "it is empty",
        "no": "No such file or directory",
    }
    assert machine.free_mib()
    assert ThisMachine(tmp_path / "no").free_mib() is None
    broken = tmp_path / "broken"
    broken.write_text("#!/nonexistent\n")
    broken.chmod(0o755)
    assert ThisMachine(tmp_path, {"PATH": str(tmp_path)}, folders="").version("broken") == ""
