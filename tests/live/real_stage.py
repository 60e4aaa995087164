"""Networks of examples/evix-2021 made live: two route servers behind sshd, and one BIRD that is all networks.

Law: the files are the example's; only where controller and route servers are reached is written anew. Real
addresses and AS numbers stay in namespaces of this stage's own, and no BIRD gives a route to a kernel.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.live.bird import BIRDS
from tests.live.real_networks import EXAMPLE, Voice, example, voices
from ztix.agent import script
from ztix.lab.daemons import (
    Bird,
    Controller,
    Sshd,
    running_bird,
    running_controller,
    running_sshd,
    wait_until,
)
from ztix.lab.lan import Lan, running_lan
from ztix.policy import RouteServerPolicy

DAEMONS = {"rs1": "bird2", "rs2": "bird3"}
LENGTHS = {4: 24, 6: 64}
NETWORK = "2021ab"
_EMPTY = "log stderr all;\nrouter id {address};\nprotocol device {{}}\n# end of configuration\n"
_EVERYBODY = "log stderr { fatal, bug };\nrouter id 192.0.2.1;\nprotocol device {}\n"
_GARBAGE = (
    "#!/bin/sh\nprintf 'BIRD 9 ready.\\n\\033[31m<b>up</b> 99999999999999999999 Established\\n\\377\\n'\n"
)
_GIT = ("-c", "user.name=Maintainer", "-c", "user.email=maintainer@example.net", "-c", "commit.gpgsign=false")


@dataclass(slots=True)
class RealStage:
    """All of it. speaking, silent: the networks with a router and without, by AS number."""

    folder: Path
    lan: Lan
    controller: Controller
    speaking: dict[int, tuple[Voice, ...]]
    silent: dict[int, tuple[Voice, ...]]
    servers: dict[str, Bird] = field(default_factory=dict)

    @property
    def voices(self) -> dict[int, tuple[Voice, ...]]:
        """Every network's."""
        return {**self.speaking, **self.silent}

    @property
    def exchange(self) -> Path:
        """The git repository."""
        return self.folder / "exchange"

    @property
    def network(self) -> str:
        """The network's id."""
        return f"{self.controller.node_id}{NETWORK}"

    def git(self, *words: str) -> str:
        """What git prints."""
        done = subprocess.run(["git", *words], cwd=self.exchange, check=True, capture_output=True, text=True)
        return done.stdout

    def commit(self, message: str) -> None:
        self.git("add", "--all")
        self.git(*_GIT, "commit", "--quiet", "--message", message)

    def ztix(self, *words: str, code: int = 0, at: Path | None = None) -> str:
        """What the program says on stdout, in a terminal of 80 columns. code: what it has to exit with."""
        run = self.run(*words, at=at)
        assert run.returncode == code, (words, run.returncode, run.stdout[-2000:], run.stderr[-2000:])
        return run.stdout

    def run(self, *words: str, at: Path | None = None) -> subprocess.CompletedProcess[str]:
        """The program, as an operator calls it. at: another clone of the repository."""
        return subprocess.run(
            [sys.executable, "-m", "ztix", *words],
            cwd=at or self.exchange,
            env={**os.environ, "COLUMNS": "80"},
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )

    def join(self, nodes: Sequence[str]) -> None:
        """These nodes are heard from now."""
        for node in nodes:
            self.controller.join(node, self.network)

    @contextmanager
    def talking_garbage(self, server: str) -> Iterator[None]:
        """The `birdc` of this route server says what no BIRD says."""
        conf = self.folder / server / "agent.conf"
        sound, babble = conf.read_text(), self.folder / server / "babble"
        babble.write_text(_GARBAGE)
        babble.chmod(0o755)
        conf.write_text(re.sub(r"^birdc .*$", f"birdc {babble}", sound, flags=re.M))
        try:
            yield
        finally:
            conf.write_text(sound)

    def settle(self, seconds: float = 120) -> None:
        """Return when each route server has every session, and has judged every prefix."""
        said = [voice for own in self.speaking.values() for voice in own]
        wanted = len(said), sum(len(voice.good) for voice in said), sum(len(voice.bad) for voice in said)
        for server in self.servers:
            wait_until(lambda: self._counts(server) == wanted, seconds, f"{server} has {wanted}")  # noqa: B023 - called within this turn

    def _counts(self, server: str) -> tuple[int, int, int]:
        """Sessions that are up, and prefixes that are accepted and filtered."""
        told = self.servers[server].ask("show protocols all")
        routes = re.findall(r"Routes: +(\d+) imported, (\d+) filtered", told)
        up = told.count("BGP state:          Established")
        return up, sum(int(one) for one, _ in routes), sum(int(one) for _, one in routes)


@contextmanager
def running_real_stage(folder: Path, count: int, *, silent: int = 0) -> Iterator[RealStage]:
    """The first so many networks of the example, of which the last `silent` have no router. Needs root."""
    with ExitStack() as stack:
        lan = stack.enter_context(running_lan())
        controller = stack.enter_context(running_controller(folder / "controller"))
        said = list(voices(count).items())
        made = RealStage(folder, lan, controller, dict(said[: count - silent]), dict(said[count - silent :]))
        rows = []
        for row in example().policy.route_servers.route_servers:
            bird, sshd = _route_server(stack, lan, folder / row.name, row)
            made.servers[row.name] = bird
            rows.append(_row(row, bird, sshd))
        _found(made, rows)
        stack.enter_context(
            _crowd(lan, folder / "all", [one for own in made.speaking.values() for one in own])
        )
        yield made


def _route_server(stack: ExitStack, lan: Lan, folder: Path, row: RouteServerPolicy) -> tuple[Bird, Sshd]:
    """A BIRD with an empty configuration at its real addresses, its agent, and the sshd in front of it."""
    program = BIRDS[DAEMONS[row.name]]
    within = lan.add(row.name, [f"{one}/{LENGTHS[one.version]}" for one in row.addresses])
    text = _EMPTY.format(address=row.router_id)
    bird = stack.enter_context(running_bird(program, folder, text, within=within))
    (folder / "state").mkdir()
    (folder / "ztix-agent").write_text(script(), encoding="ascii")
    (folder / "ztix-agent").chmod(0o755)
    (folder / "agent.conf").write_text(
        f"conf {bird.conf}\ncontrol {bird.control}\nbird {program}\nbirdc {bird.birdc}\n"
        f"state {folder}/state\nlease_s 120\n"
    )
    command = f"{folder}/ztix-agent {folder}/agent.conf"
    return bird, stack.enter_context(running_sshd(folder / "sshd", command))


def _row(row: RouteServerPolicy, bird: Bird, sshd: Sshd) -> str:
    """The route server as policy names it."""
    said = subprocess.run([bird.program, "--version"], capture_output=True, text=True, check=True)
    addresses = ", ".join(f'"{one}"' for one in row.addresses)
    return f"""\
  - name: {row.name}
    node: "{row.node}"
    fabric: lan
    addresses: [{addresses}]
    router_id: {row.router_id}
    bird: "{(said.stdout + said.stderr).split()[-1]}"
    canary: {str(row.canary).lower()}
    ssh:
      host: 127.0.0.1
      port: {sshd.port}
      user: root
      host_keys: ["{sshd.host_key}"]
      identity: {{file: {sshd.identity}}}
"""


def _found(stage: RealStage, rows: Sequence[str]) -> None:
    """The repository: the example with the members that are on stage."""
    shutil.copytree(EXAMPLE, stage.exchange)
    for path in (stage.exchange / "members").iterdir():
        if int(path.stem.removeprefix("AS")) not in stage.voices:
            path.unlink()
    policy = stage.exchange / "policy"
    (policy / "route-servers.yaml").write_text(f"route_servers:\n{''.join(rows)}")
    text = (policy / "fabrics.yaml").read_text("utf-8")
    text = text.replace("http://127.0.0.1:9993", stage.controller.url)
    text = text.replace("env: ZTIX_CONTROLLER_TOKEN", f"file: {stage.controller.token_file}")
    (policy / "fabrics.yaml").write_text(text, "utf-8")
    stage.git("init", "--quiet", "--initial-branch=main")
    stage.commit("Found the exchange")


def _crowd(lan: Lan, folder: Path, said: Sequence[Voice]) -> AbstractContextManager[Bird]:
    """One BIRD with every network's addresses. BIRD 3, since 2 holds one session with a neighbour."""
    within = lan.add("all", [f"{voice.address}/{LENGTHS[voice.family]}" for voice in said])
    there = {
        str(row.name): tuple(map(str, row.addresses)) for row in example().policy.route_servers.route_servers
    }
    text = _EVERYBODY + "".join(voice.text(there) for voice in said)
    return running_bird(BIRDS["bird3"], folder, text, within=within)
