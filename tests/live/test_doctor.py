"""Doctor on a whole exchange: each member is cut off in a way of its own, and that way is found.

One BIRD 2 behind sshd and the restricted agent, members' BIRDs in namespaces, the simulated controller and a
git repository. All faults stand at the same time, and a member without one stands beside them.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import click
import httpx
import pytest

from ztix.cli.outside import open_world
from ztix.cli.progress import Reporter
from ztix.errors import Exit
from ztix.examination import Examined, examine
from ztix.lab.daemons import free_port, running_bird, running_sshd, wait_until
from ztix.lab.demo_exchange import NETWORK, Speaker, evidence_texts, member_text, policy_texts, speaker_text
from ztix.lab.stage import BIRD2, Stage, running_stage
from ztix.survey import Surveyed, survey

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root; run `sudo make test`"),
]

PATIENCE_S = 120
WELL, ANOTHER = 64500, "00000f"
DEAD = "dead"
"""A branch on which policy names a port of the route server where nothing listens."""


def as_it_is(text: str) -> str:
    """The router's configuration, without a fault."""
    return text


def instead(old: str, new: str) -> Callable[[str], str]:
    """A configuration with this in place of that."""
    return lambda text: text.replace(old, new)


def in_sessions(option: str) -> Callable[[str], str]:
    """A configuration with one more option in each session."""
    return instead("enforce first as off;", f"enforce first as off; {option};")


@dataclass(frozen=True)
class Fault:
    """One member and what is wrong with it.

    joins: the network that its node asks for, None for none.  router: the addresses that its router has of
    its two, empty where there is no router.  text: what is done to the router's configuration.
    """

    asn: int
    joins: str | None = NETWORK
    router: tuple[int, ...] = (0, 1)
    text: Callable[[str], str] = as_it_is

    @property
    def speaker(self) -> Speaker:
        """As its file and its evidence have it."""
        return Speaker(self.asn, f"1a2b3{self.asn}", self.asn - 64400, (f"2001:db8:{self.asn:x}::/48",), 1)


FAULTS = {
    "never-joined": Fault(64501, joins=None, router=()),
    "other-network": Fault(64502, joins=ANOTHER, router=()),
    "not-authorised": Fault(64503, router=()),
    "no-address": Fault(64504, router=(0,)),
    "no-tcp": Fault(64505, router=()),
    "wrong-asn": Fault(64506, text=instead("as 64506;", "as 65550;")),
    "password": Fault(64507, text=in_sessions('password "another"')),
    "hold-timer": Fault(64508, text=in_sessions("hold time 6; keepalive time 2")),
    "all-filtered": Fault(64509, text=instead("2001:db8:fbfd::/48", "fd00:5::/32")),
    "announces-nothing": Fault(64510, text=instead("route 2001:db8:fbfe::/48 blackhole;", "")),
    "shut-down": Fault(64511),
    "wrong-exchange-asn": Fault(64497, text=instead("as 64496;", "as 65551;")),
    "too-many": Fault(64498, text=instead("ipv6; route", "ipv6; route fd00:5::/32 blackhole; route")),
    "session-down": Fault(64499, text=in_sessions("local role peer")),
}
MEMBERS = (Fault(WELL), *FAULTS.values())


@dataclass
class Exchange:
    """The stage, and what the last look at it told."""

    stage: Stage
    looked: Surveyed | None = None

    def look(self, ref: str = "HEAD") -> Surveyed:
        """Ask everything anew."""
        with click.Context(click.Command("doctor")) as context, context.scope(), Reporter() as reporter:
            return survey(open_world(str(self.stage.exchange), reporter), ref)

    def told(self, fault: Fault) -> Examined:
        """What the last look tells of a member."""
        if self.looked is None:
            self.looked = self.look()
        return examine(self.looked, f"AS{fault.asn}")[0]

    def tells(self, fault: Fault, name: str | None) -> bool:
        """Whether that is this diagnosis; where it is not, the next question looks anew."""
        found = self.told(fault).found
        if (found.diagnosis.name if found else None) == name:
            return True
        self.looked = None
        return False


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exchange]:
    """An exchange after its first run, with all faults made."""
    with running_stage(tmp_path_factory.mktemp("doctor")) as stage:
        server = stage.add_route_server("rs1", BIRD2)
        secrets = stage.folder / "rs1" / "secrets"
        secrets.mkdir()
        (secrets / "as64507.conf").write_text('password "agreed";\n')
        found_exchange(stage)
        assert ztix(stage, "reconcile").returncode == Exit.DONE
        write(stage, ANOTHER, {"private": False})
        for fault in MEMBERS:
            add_router(stage, fault)
            if fault.joins is not None:
                stage.controller.join(fault.speaker.node, f"{stage.controller.node_id}{fault.joins}")
        stage.controller.join(server.node, f"{stage.controller.node_id}{NETWORK}")
        make(stage)
        try:
            yield Exchange(stage)
        finally:
            os.kill(stage.daemons["as64508"].pid, signal.SIGCONT)


def ztix(stage: Stage, *words: str) -> subprocess.CompletedProcess[str]:
    """The program."""
    command = stage.words(*words)
    return subprocess.run(
        command, cwd=stage.exchange, capture_output=True, text=True, timeout=240, check=False
    )


def found_exchange(stage: Stage) -> None:
    """The repository, with a file for each member, and a branch on which the route server is elsewhere."""
    speakers = [fault.speaker for fault in MEMBERS]
    policy = dict(policy_texts(stage.controller.url, stage.controller.token_file, stage.servers))
    policy["policy/routing.yaml"] += "members:\n  - {asn: 64507, sessions: {password: as64507}}\n"
    members = {f"members/AS{speaker.asn}.yaml": member_text(speaker) for speaker in speakers}
    stage.exchange.mkdir()
    stage.git("init", "--quiet", "--initial-branch", DEAD)
    path, port = "policy/route-servers.yaml", f"port: {stage.servers[0].port}"
    away = {path: policy[path].replace(port, f"port: {free_port()}")}
    stage.commit(
        "Look for the route server elsewhere", {**policy, **evidence_texts(speakers), **members, **away}
    )
    agent = stage.stack.enter_context(
        running_sshd(stage.folder / "mute", f"{stage.folder}/rs1/ztix-agent /no")
    )
    identity = f"identity: {{file: {stage.servers[0].identity}}}"
    mute = (
        policy[path].replace(port, f"port: {agent.port}").replace(stage.servers[0].host_key, agent.host_key)
    )
    strange = policy[path].replace(identity, f"identity: {{file: {agent.identity}}}")
    changes = (
        ("route-server-refuses", mute.replace(identity, f"identity: {{file: {agent.identity}}}")),
        ("secret-refused", strange),
        ("main", policy[path]),
    )
    for branch, text in changes:
        stage.git("checkout", "--quiet", "-b", branch)
        stage.commit(f"Look for it as on {branch}", {path: text})


def add_router(stage: Stage, fault: Fault) -> None:
    """The member's router, as its fault has it."""
    if not fault.router:
        return
    name, speaker = f"as{fault.asn}", fault.speaker
    lengths = (f"{speaker.addresses[0]}/24", f"{speaker.addresses[1]}/64")
    within = stage.lan.add(name, [lengths[index] for index in fault.router])
    plain = speaker_text(speaker, stage.servers)
    text = fault.text(plain)
    assert (text == plain) == (fault.text is as_it_is), f"the fault of {name} changes its configuration"
    daemon = running_bird(BIRD2, stage.folder / name, text, within=within)
    stage.daemons[name] = stage.stack.enter_context(daemon)


def make(stage: Stage) -> None:
    """The faults that need a session which was up, and the one that somebody made by hand."""
    silent, disabled = stage.daemons["as64508"], stage.daemons["as64511"]
    for daemon in (stage.daemons[f"as{WELL}"], silent, disabled):
        up = daemon.session_is_up
        wait_until(lambda: up("rs1_v4") and up("rs1_v6"), PATIENCE_S, "sessions are up")  # noqa: B023 - called within this turn
    os.kill(silent.pid, signal.SIGSTOP)
    for name in stage.session_names():
        disabled.ask(f"disable {name}")
    write(stage, f"{NETWORK}/member/{FAULTS['not-authorised'].speaker.node}", {"authorized": False})


def write(stage: Stage, path: str, body: dict[str, object]) -> None:
    """Somebody changes the controller by hand. path: below its networks, without its own digits."""
    url = f"{stage.controller.url}/controller/network/{stage.controller.node_id}{path}"
    token = {"X-ZT1-Auth": stage.controller.token_file.read_text().strip()}
    httpx.post(url, json=body, headers=token, timeout=20, trust_env=False).raise_for_status()


@pytest.mark.parametrize("name", FAULTS)
def test_doctor_of_a_member_finds_the_fault_that_was_made(exchange: Exchange, name: str) -> None:
    """From git, the controller and BIRD by the agent, through the whole chain."""
    fault = FAULTS[name]
    wait_until(
        lambda: exchange.tells(fault, name), PATIENCE_S, f"{name} is found, not {exchange.told(fault)}"
    )


def test_doctor_of_a_member_without_a_fault_finds_none(exchange: Exchange) -> None:
    """What stands beside it does not touch it; its routes have been taken."""
    wait_until(lambda: exchange.tells(Fault(WELL), None), PATIENCE_S, f"{exchange.told(Fault(WELL))}")


UNKNOWN = {"session-unknown": DEAD}


@pytest.mark.parametrize("name", UNKNOWN)
def test_doctor_when_no_route_server_answers_says_that_it_is_unknown(exchange: Exchange, name: str) -> None:
    """Where nothing listens at the port of policy, nothing is known of sessions."""
    found = examine(exchange.look(UNKNOWN[name]), f"AS{WELL}")[0].found
    assert found is not None
    assert found.diagnosis.name == name


def test_doctor_as_a_program_tells_why_all_is_filtered(exchange: Exchange) -> None:
    """The reason with a prefix, whose turn it is, and the command that explains it."""
    fault = FAULTS["all-filtered"]
    wait_until(lambda: exchange.tells(fault, "all-filtered"), PATIENCE_S, "it is found")
    done = ztix(exchange.stage, "doctor", f"AS{fault.asn}")
    assert done.returncode == Exit.PARTIAL
    assert "1 for a bogon prefix, such as fd00:5::/32" in " ".join(done.stdout.split())
    assert "turn: the member's\n  do: ztix explain 64496:1101:" in done.stdout


EXCHANGE_FAULTS = {"machine": "rs1 account", "clock-untold": "clock of rs1", "disk-untold": "disk of rs1"}
BROKEN = {"route-server-refuses": "rs1", "secret-refused": "key of rs1"}
"""On a branch of their own name: an agent without its settings, and a key that sshd does not know."""


def test_doctor_of_the_exchange_reads_its_route_server_by_the_agent(exchange: Exchange) -> None:
    """BIRD and the agent are of the right version; the agent runs as root here, and tells no time."""
    told = rows(exchange.stage)
    assert told["rs1"]["verdict"] == told["rs1 agent"]["verdict"] == told["rs1 version"]["verdict"] == "well"
    assert told["key of rs1"]["verdict"] == told["token of lan"]["verdict"] == "well"
    assert told["clock of fabric lan"]["verdict"] == "well"
    assert {name: told[subject]["diagnosis"] for name, subject in EXCHANGE_FAULTS.items()} == {
        name: name for name in EXCHANGE_FAULTS
    }
    assert told["clock of rs1"]["turn"] == "nobody"


@pytest.mark.parametrize("name", BROKEN)
def test_doctor_of_the_exchange_finds_what_keeps_it_from_a_route_server(
    exchange: Exchange, name: str
) -> None:
    """An agent that cannot do its work, and a key that is not the one; the controller is told of as ever."""
    told = rows(exchange.stage, "--ref", name)
    assert told[BROKEN[name]]["diagnosis"] == name
    assert told["fabric lan"]["verdict"] == "well"


def rows(stage: Stage, *words: str) -> dict[str, dict[str, str]]:
    """What the program tells of the exchange, by subject."""
    told = json.loads(ztix(stage, "doctor", "--format", "json", *words).stdout)
    return {row["subject"]: row for row in told["rows"]}
