"""A route server on loopback: a live BIRD, its members' BIRDs, and a real sshd in front of the agent.

Law: everything is in a folder of the test's own and on 127.0.0.0/8. One lab of each daemon serves every
scenario of the run; a scenario leaves it converged and whole, which is what most of them assert.
"""

from __future__ import annotations

import contextlib
import getpass
import hashlib
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.live.bird import BIRDS, reconfigured
from ztix.agent import script
from ztix.deploy import Job, Progress, deploy
from ztix.drivers.clock import SystemClock
from ztix.drivers.ssh import SshLink, SshTarget
from ztix.health import Limits
from ztix.lab.daemons import Bird, Sshd, free_port, running_bird, running_sshd, wait_until
from ztix.link import END_MARKER
from ztix.rollout import Rollout
from ztix.terms import Digest, Label

QUICK = Limits(health_timeout_s=6, settle_s=0.5, margin_s=10)
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

    def reconfigured(self) -> float:
        """When BIRD last read a configuration; worked out anew at each question, so compare with SAME_S."""
        return reconfigured(self.bird)


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


@pytest.fixture(scope="session", params=sorted(BIRDS))
def shared_lab(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """The daemons of one lab, up and converged."""
    program = BIRDS[request.param]
    if not program.exists():
        pytest.skip(f"{request.param} is not installed; scripts/install-bird gets it")
    with running_lab(program, tmp_path_factory.mktemp("rs")) as lab:
        yield lab


@contextlib.contextmanager
def running_lab(program: Path, folder: Path, extra: str = "") -> Iterator[Lab]:
    """A lab whose route server has these lines besides."""
    ports = {name: free_port() for name in ("rs", "m1", "m2")}
    agent = folder / "ztix-agent"
    agent.write_text(script())
    agent.chmod(0o755)
    (folder / "state").mkdir()
    with ExitStack() as stack:
        sshd = stack.enter_context(running_sshd(folder / "ssh", f"{agent} {folder}/agent.conf"))
        bird = stack.enter_context(
            running_bird(program, folder / "bird", route_server_text(ports, "first", extra=extra).decode())
        )
        for index, name in ((2, "m1"), (3, "m2")):
            text = member_text(ports, name, index)
            stack.enter_context(running_bird(BIRDS["bird2"], folder / name, text))
        lab = Lab(bird, sshd, ports)
        wait_for_members(lab)
        yield lab


@pytest.fixture
def lone_lab(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Lab]:
    """A route server without members, whose daemon the test starts itself."""
    ports = {name: free_port() for name in ("rs", "m1", "m2")}
    bird = Bird(BIRDS[request.param], tmp_path / "bird", 0)
    if not bird.program.exists():
        pytest.skip(f"{request.param} is not installed; scripts/install-bird gets it")
    agent = tmp_path / "ztix-agent"
    agent.write_text(script())
    agent.chmod(0o755)
    (tmp_path / "state").mkdir()
    bird.folder.mkdir()
    bird.conf.write_bytes(route_server_text(ports, "first"))
    with running_sshd(tmp_path / "ssh", f"{agent} {tmp_path}/agent.conf") as sshd:
        lab = Lab(bird, sshd, ports)
        write_agent_conf(lab)
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
        wait_until(lambda name=name: lab.bird.session_is_up(name), 60, f"{name} is up")
        wait_until(lambda prefix=prefix: lab.bird.has_route(prefix), 60, f"{prefix} is there")


def assert_runs(lab: Lab, text: bytes, *, not_running: bytes) -> None:
    """The route server runs this text, whole, and its file is the same."""
    assert lab.on_disk() == text
    assert lab.runs(text)
    assert not lab.runs(not_running)
    with SshLink(lab.target) as link:
        status = link.status()
    assert (status.file, status.running, status.armed) == (digest(text), digest(text), False)
