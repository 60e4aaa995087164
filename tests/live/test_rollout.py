"""A rollout on real parts: ssh to a real sshd, the agent behind its forced command, a live BIRD with members.

Each daemon under test gets one lab for all scenarios. What a scenario asserts in the end is always the same:
the route server runs one of the two texts, whole, and the file on its disk is the one that it runs.
"""

from __future__ import annotations

import getpass
import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from tests.live.bird import BIRDS, Bird, running_bird, wait_until
from tests.live.sshd import Sshd, free_port, new_key, running_sshd
from ztix.agent import script
from ztix.deploy import Job, Progress, deploy
from ztix.drivers.clock import SystemClock
from ztix.drivers.ssh import SshLink, SshTarget
from ztix.errors import Locked, Refused
from ztix.health import Limits
from ztix.rollout import END_MARKER, Ended, Rollout, Step
from ztix.terms import Digest, Label

pytestmark = pytest.mark.live

QUICK = Limits(health_timeout_s=6, settle_s=0.5, margin_s=4)
SESSIONS = frozenset({"m1", "m2"})


def digest(text: bytes) -> Digest:
    """The digest of a text."""
    return Digest(f"sha256:{hashlib.sha256(text).hexdigest()}")


@dataclass
class Lab:
    """One route server with two members, and the way to it."""

    bird: Bird
    sshd: Sshd
    ports: dict[str, int]
    seen: list[Progress] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        return self.bird.folder

    @property
    def target(self) -> SshTarget:
        sshd = self.sshd
        user = getpass.getuser()
        return SshTarget(Label("rs1"), "127.0.0.1", sshd.port, user, (sshd.host_key,), str(sshd.identity))

    def text(self, comment: str, *, broken: str = "", extra: str = "") -> bytes:
        """A configuration; the session named `broken` expects another ASN than its member has."""
        return route_server_text(self.ports, comment, broken, extra)

    def run(self, text: bytes, *, limits: Limits = QUICK, holder: str = "run-1") -> Rollout:
        """Roll a text out on this route server alone."""
        self.seen.clear()
        job = Job(self.target, text, SESSIONS, canary=True, limits=limits)
        (rollout,) = deploy([job], SshLink, SystemClock(), self.seen.append, holder=holder)
        return rollout

    def on_disk(self) -> bytes:
        return self.bird.conf.read_bytes()

    def runs(self, text: bytes) -> bool:
        """Whether BIRD runs this text: a comment cannot be asked for, the constant of each text can."""
        constant = text.split(b"define ", 1)[1].split(b" ", 1)[0].decode()
        return self.bird.ask(f"eval {constant}").splitlines()[-1].strip() == "1"

    def reconfigured(self) -> str:
        return next(line for line in self.bird.ask("show status").splitlines() if "reconfig" in line)


def route_server_text(ports: dict[str, int], comment: str, broken: str = "", extra: str = "") -> bytes:
    """A route server for the members at these ports; `comment` names this text among others."""
    sessions = "".join(
        f"protocol bgp {name} {{\n"
        f"  local 127.0.0.1 port {ports['rs']} as 64496; strict bind on; multihop; passive on; rs client;\n"
        f"  neighbor 127.0.0.{index} port {ports[name]} as {64499 if name == broken else 64499 + index};\n"
        "  ipv4 { import all; export all; import keep filtered on; };\n}\n"
        for index, name in ((2, "m1"), (3, "m2"))
    )
    return (
        f"log stderr all;\nrouter id 192.0.2.1;\ndefine zx_{comment} = 1;\n"
        f"protocol device {{}}\n{sessions}{extra}{END_MARKER}\n"
    ).encode()


def member_text(ports: dict[str, int], name: str, index: int) -> str:
    """A member that announces one prefix."""
    return (
        f"log stderr all;\nrouter id 192.0.2.{index};\nprotocol device {{}}\n"
        f"protocol static {{ ipv4; route 198.51.100.{index * 16}/28 unreachable; }}\n"
        f"protocol bgp upstream {{\n"
        f"  local 127.0.0.{index} port {ports[name]} as {64499 + index}; strict bind on; multihop;\n"
        f"  neighbor 127.0.0.1 port {ports['rs']} as 64496; enforce first as off;\n"
        "  connect delay time 1; connect retry time 1; error wait time 1, 2; error forget time 1;\n"
        "  ipv4 { import all; export where source = RTS_STATIC; };\n}\n"
    )


@pytest.fixture(scope="module", params=sorted(BIRDS))
def shared_lab(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """The daemons of one lab, up and converged."""
    program = BIRDS[request.param]
    if not program.exists():
        pytest.skip(f"{request.param} is not installed; scripts/install-bird gets it")
    folder = tmp_path_factory.mktemp("rs")
    ports = {name: free_port() for name in ("rs", "m1", "m2")}
    agent = folder / "ztix-agent"
    agent.write_text(script())
    agent.chmod(0o755)
    (folder / "state").mkdir()
    with ExitStack() as stack:
        sshd = stack.enter_context(running_sshd(folder / "ssh", f"{agent} {folder}/agent.conf"))
        bird = stack.enter_context(
            running_bird(program, folder / "bird", route_server_text(ports, "first").decode())
        )
        for index, name in ((2, "m1"), (3, "m2")):
            text = member_text(ports, name, index)
            stack.enter_context(running_bird(BIRDS["bird2"], folder / name, text))
        lab = Lab(bird, sshd, ports)
        wait_for_members(lab)
        yield lab


@pytest.fixture
def lab(shared_lab: Lab) -> Lab:
    """The lab with its agent set up afresh and its members' routes there."""
    write_agent_conf(shared_lab)
    wait_for_members(shared_lab)
    return shared_lab


def write_agent_conf(lab: Lab, **changes: str) -> None:
    bird = lab.bird
    words = {
        "conf": str(bird.conf),
        "control": str(bird.control),
        "bird": str(bird.program),
        "birdc": str(bird.birdc),
        "state": str(bird.folder.parent / "state"),
        "lease_s": "2",
    } | changes
    (bird.folder.parent / "agent.conf").write_text("".join(f"{k} {v}\n" for k, v in words.items()))


def wait_for_members(lab: Lab) -> None:
    for name, prefix in (("m1", "198.51.100.32/28"), ("m2", "198.51.100.48/28")):
        wait_until(lambda name=name: lab.bird.session_is_up(name), 20, f"{name} is up")
        wait_until(lambda prefix=prefix: lab.bird.has_route(prefix), 10, f"{prefix} is there")


def assert_runs(lab: Lab, text: bytes, *, not_running: bytes) -> None:
    """The route server runs this text, whole, and its file is the same."""
    assert lab.on_disk() == text
    assert lab.runs(text)
    assert not lab.runs(not_running)
    with SshLink(lab.target) as link:
        status = link.status()
    assert (status.file, status.running, status.armed) == (digest(text), digest(text), False)


def test_rollout_when_all_is_well_is_confirmed(lab: Lab) -> None:
    """A text that keeps every session ends confirmed, and neither session is restarted."""
    old, new = lab.on_disk(), lab.text("well")
    since = [line for line in lab.bird.ask("show protocols").splitlines() if " BGP " in line]
    rollout = lab.run(new)
    assert rollout == Rollout(Label("rs1"), Ended.CONFIRMED, digest(old), digest(new), digest(new))
    assert_runs(lab, new, not_running=old)
    assert [line for line in lab.bird.ask("show protocols").splitlines() if " BGP " in line] == since
    assert "unconfirmed" not in lab.bird.ask("configure status")


def test_rollout_of_the_running_text_touches_nothing(lab: Lab) -> None:
    """A second run of the same text asks once and leaves the file and the daemon as they are."""
    text = lab.text("twice")
    assert lab.run(text).ended is Ended.CONFIRMED
    stood = lab.bird.conf.stat().st_mtime_ns, lab.bird.conf.stat().st_ino, lab.reconfigured()
    assert lab.run(text).ended is Ended.UNCHANGED
    assert [progress.step for progress in lab.seen] == [Step.OBSERVE]
    assert (lab.bird.conf.stat().st_mtime_ns, lab.bird.conf.stat().st_ino, lab.reconfigured()) == stood


def test_rollout_when_only_the_servers_bird_refuses_is_refused(lab: Lab) -> None:
    """A text that the route server's own BIRD cannot parse is refused with its line; nothing is touched."""
    old, stood = lab.on_disk(), lab.reconfigured()
    new = lab.text("unparsable", extra="protocol nonsense {}\n")
    rollout = lab.run(new)
    assert rollout.ended is Ended.REFUSED
    assert "`rs1`: bird -p: candidate:15:" in rollout.detail
    assert lab.on_disk() == old
    assert lab.reconfigured() == stood


def test_rollout_without_an_end_marker_is_refused(lab: Lab) -> None:
    """A text that was cut at a line that still parses is refused."""
    old = lab.on_disk()
    rollout = lab.run(lab.text("cut").removesuffix(f"{END_MARKER}\n".encode()))
    assert (rollout.ended, lab.on_disk()) == (Ended.REFUSED, old)
    assert "end marker" in rollout.detail


def test_rollout_when_the_daemon_refuses_is_refused(lab: Lab) -> None:
    """Where the parser accepts what the running daemon does not, the old file and the old text stay."""
    old, stood = lab.on_disk(), lab.reconfigured()
    write_agent_conf(lab, bird="/bin/true")
    rollout = lab.run(lab.text("refused", extra="protocol nonsense {}\n"))
    assert rollout.ended is Ended.REFUSED
    assert "configure: candidate:15:" in rollout.detail
    assert (lab.on_disk(), lab.reconfigured()) == (old, stood)


def test_rollout_when_a_session_stays_down_is_reverted(lab: Lab) -> None:
    """A text under which a session does not come back is undone, on disk too, and the session returns."""
    old, new = lab.on_disk(), lab.text("broken", broken="m2")
    rollout = lab.run(new, limits=replace(QUICK, health_timeout_s=2))
    assert (rollout.ended, rollout.running) == (Ended.REVERTED, digest(old))
    assert "1 of 2 sessions are not back: `m2`" in rollout.detail
    assert_runs(lab, old, not_running=new)
    wait_for_members(lab)


CLIENT = """
import sys
from ztix.deploy import Job, deploy
from ztix.drivers.clock import SystemClock
from ztix.drivers.ssh import SshLink, SshTarget
from ztix.health import Limits
from ztix.terms import Label
host, port, user, key, identity, path = sys.argv[1:]
target = SshTarget(Label("rs1"), host, int(port), user, (key,), identity)
limits = Limits(health_timeout_s=2, settle_s=60, margin_s=2)
job = Job(target, open(path, "rb").read(), frozenset({"m1"}), True, limits)
deploy([job], SshLink, SystemClock(), lambda p: print(p.step.value, flush=True), holder="killed-run")
"""


def test_rollout_when_its_client_is_killed_while_armed_converges(lab: Lab, tmp_path: Path) -> None:
    """BIRD undoes what nobody confirms, the next run puts the file back, and then it goes on as ever."""
    old, new = lab.on_disk(), lab.text("killed")
    (tmp_path / "text").write_bytes(new)
    t = lab.target
    argv = [t.host, str(t.port), t.user, t.host_keys[0], str(t.identity_file), str(tmp_path / "text")]
    with subprocess.Popen([sys.executable, "-c", CLIENT, *argv], stdout=subprocess.PIPE, text=True) as client:
        assert client.stdout is not None
        assert any(line.strip() == Step.PROBE.value for line in client.stdout)
        os.kill(client.pid, signal.SIGKILL)
    assert lab.runs(new)
    with SshLink(lab.target) as link:
        assert link.status().armed
        with pytest.raises(Locked, match="killed-run"):
            link.lock("run-2")
        wait_until(lambda: lab.runs(old), 10, "BIRD has undone it")
        assert lab.on_disk() == new  # BIRD itself leaves the file
        wait_until(lambda: link.status().restored, 10, "the agent has put the file back")
        assert lab.on_disk() == old
        wait_until(lambda: link.status().holder is None, 10, "the lock of the dead run has expired")
    assert_runs(lab, old, not_running=new)
    assert lab.run(new, holder="run-2").ended is Ended.CONFIRMED
    assert_runs(lab, new, not_running=old)


def test_rollout_when_another_run_holds_the_lock_is_locked(lab: Lab) -> None:
    """A second run at the same time changes nothing and names the first; its verbs are refused too."""
    write_agent_conf(lab, lease_s="60")
    old = lab.on_disk()
    with SshLink(lab.target) as first, SshLink(lab.target) as second:
        first.lock("alice-laptop")
        rollout = lab.run(lab.text("second"), holder="bob-laptop")
        assert (rollout.ended, lab.on_disk()) == (Ended.LOCKED, old)
        assert "locked by `alice-laptop`" in rollout.detail
        for verb in (lambda: second.upload(old), second.prove, lambda: second.arm(5), second.confirm):
            with pytest.raises(Locked):
                verb()
        second.unlock("bob-laptop")
        with pytest.raises(Locked):
            second.lock("bob-laptop")
        first.unlock("alice-laptop")
        second.lock("bob-laptop")
        second.unlock("bob-laptop")


def test_rollout_when_the_host_key_is_another_is_unreachable(lab: Lab, tmp_path: Path) -> None:
    """A machine that shows another host key than the pinned one is not spoken to."""
    old = lab.on_disk()
    target = replace(lab.target, host_keys=(new_key(tmp_path / "other"),))
    job = Job(target, lab.text("other"), SESSIONS)
    (rollout,) = deploy([job], SshLink, SystemClock(), lab.seen.append, holder="run-1")
    assert (rollout.ended, lab.on_disk()) == (Ended.UNREACHABLE, old)
    assert "shows another host key than the pinned ones" in rollout.detail


def test_rollout_with_a_key_that_is_not_let_in_is_unreachable(lab: Lab, tmp_path: Path) -> None:
    """A key that the route server does not know ends in a sentence that says where to look."""
    new_key(tmp_path / "stranger")
    job = Job(replace(lab.target, identity_file=str(tmp_path / "stranger")), lab.text("other"), SESSIONS)
    (rollout,) = deploy([job], SshLink, SystemClock(), lab.seen.append, holder="run-1")
    assert rollout.ended is Ended.UNREACHABLE
    assert "does not let" in rollout.detail


def test_rollout_when_nothing_listens_is_unreachable(lab: Lab) -> None:
    """A closed port is told from a slow machine."""
    job = Job(replace(lab.target, port=free_port()), lab.text("other"), SESSIONS)
    (rollout,) = deploy([job], SshLink, SystemClock(), lab.seen.append, holder="run-1")
    assert rollout.ended is Ended.UNREACHABLE
    assert "nothing listens at" in rollout.detail


@pytest.mark.parametrize(
    "command",
    [
        "sh -c id",
        "scp -t /tmp",
        "internal-sftp",
        "",
        "status; id",
        "status\nid",
        "status $(id)",
        "lock ../../tmp/x",
        "lock *",
        "fetch /etc/passwd",
        "upload run-1 10 /etc/passwd",
        f"upload run-1 99999999 {'0' * 64}",
        "arm run-1 5 /etc/passwd",
        "arm run-1 -1",
        "status " * 100,
    ],
)
def test_agent_when_asked_for_anything_else_refuses(lab: Lab, command: str) -> None:
    """The key opens the agent's verbs and nothing else: no shell, no file, no path."""
    before = sorted(path.name for path in lab.bird.folder.iterdir())
    out = raw_ssh(lab, command)
    assert out.startswith(b"ztix-agent 1\nend failed ")
    assert b"uid=" not in out
    assert b"root:" not in out
    assert sorted(path.name for path in lab.bird.folder.iterdir()) == before


def raw_ssh(lab: Lab, command: str, stdin: bytes = b"") -> bytes:
    """What an ssh of one's own gets to read."""
    sshd = lab.sshd
    argv = ["ssh", "-F", "/dev/null", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"]
    argv += [
        "-o",
        "IdentitiesOnly=yes",
        "-o",
        "LogLevel=ERROR",
        "-i",
        str(sshd.identity),
        "-p",
        str(sshd.port),
    ]
    argv += ["127.0.0.1", command]
    return subprocess.run(argv, input=stdin, capture_output=True, timeout=30, check=False).stdout


def test_agent_when_an_upload_is_cut_keeps_no_part(lab: Lab) -> None:
    """Fewer bytes than announced, or other ones, are refused, and what was stored before stays."""
    text = lab.text("cut")
    with SshLink(lab.target) as link:
        link.lock("run-1")
        link.upload(text)
        sum_of = hashlib.sha256(text).hexdigest()
        for size, sent in ((len(text), text[:-1]), (len(text), text[:-1] + b"x"), (len(text) - 1, text)):
            assert b"\nend failed cut " in raw_ssh(lab, f"upload run-1 {size} {sum_of}", sent)
        assert (lab.bird.folder / "bird.conf.candidate").read_bytes() == text
        assert not list(lab.bird.folder.glob("*.upload.*"))
        with pytest.raises(Refused, match="not proven"):
            link.arm(5)
        link.unlock("run-1")


def test_agent_when_asked_to_fetch_gives_the_live_file(lab: Lab) -> None:
    """The live file comes whole, whatever bytes are in it."""
    with SshLink(lab.target) as link:
        assert link.fetch() == lab.on_disk()
