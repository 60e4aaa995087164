"""The stage of the demonstration: an exchange's parts, real but for the controller, and ways to change them.

Law: BIRD daemons behind a real sshd, members' routers in namespaces of their own, the controller simulator
and a git repository. Touches the folder it is given, namespaces and loopback ports; ends all that it started.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ztix.agent import script
from ztix.lab.daemons import Bird, Controller, running_bird, running_controller, running_sshd
from ztix.lab.demo_exchange import (
    LAN4,
    LAN6,
    NETWORK,
    NEWCOMER,
    SPEAKERS,
    Server,
    Speaker,
    evidence_texts,
    member_text,
    policy_texts,
    speaker_text,
)
from ztix.lab.lan import Lan, running_lan
from ztix.schema import schema_files

BIRD2 = Path("/usr/sbin/bird")
BIRD3 = Path(os.environ.get("ZTIX_BIRD3", ".tools/bird3/bin/bird"))
_EMPTY = "log stderr all;\nrouter id {address};\nprotocol device {{}}\n# end of configuration\n"
_SINCE = re.compile(r"^(rs\S+) .* (\d\d):(\d\d):(\d\d\.\d+)\s+Established", re.M)
_SAME_S = 0.05
_GIT = ("-c", "user.name=Maintainer", "-c", "user.email=maintainer@example.net", "-c", "commit.gpgsign=false")


@dataclass(slots=True)
class Stage:
    """What stands while the story is told. agent_words: what sshd runs, with the agent as its words."""

    folder: Path
    lan: Lan
    stack: ExitStack
    controller: Controller
    servers: list[Server] = field(default_factory=list)
    daemons: dict[str, Bird] = field(default_factory=dict)
    agent_words: str = ""

    @property
    def exchange(self) -> Path:
        """The git repository."""
        return self.folder / "exchange"

    def add_route_server(self, name: str, program: Path, *, lease_s: int = 120) -> Server:
        """A BIRD with an empty configuration on the LAN, its agent, and the sshd in front of it."""
        host = len(self.servers) + 1
        folder = self.folder / name
        v4, v6 = LAN4.format(host=host), LAN6.format(host=host)
        within = self.lan.add(name, [f"{v4}/24", f"{v6}/64"])
        text = _EMPTY.format(address=v4)
        self.daemons[name] = self.stack.enter_context(running_bird(program, folder, text, within=within))
        state = folder / "state"
        state.mkdir()
        agent = folder / "ztix-agent"
        agent.write_text(script(), encoding="ascii")
        agent.chmod(0o755)
        (folder / "agent.conf").write_text(
            f"conf {folder}/bird.conf\ncontrol {folder}/bird.ctl\nbird {program}\n"
            f"birdc {program.with_name('birdc')}\nstate {state}\nlease_s {lease_s}\n"
        )
        command = f"{self.agent_words} {agent} {folder}/agent.conf".strip()
        sshd = self.stack.enter_context(running_sshd(folder / "sshd", command))
        said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
        version = (said.stdout + said.stderr).split()[-1]
        server = Server(name, host, f"aaaaaaaa0{host}", version, sshd.port, sshd.host_key, sshd.identity)
        self.servers.append(server)
        return server

    def add_router(self, speaker: Speaker, also: Sequence[str] = ()) -> None:
        """A member's router on the LAN. also: prefixes that it should not announce, but does."""
        name = f"as{speaker.asn}"
        v4, v6 = speaker.addresses
        within = self.lan.add(name, [f"{v4}/24", f"{v6}/64"])
        text = speaker_text(speaker, self.servers, also)
        daemon = running_bird(BIRD2, self.folder / name, text, within=within)
        self.daemons[name] = self.stack.enter_context(daemon)

    def found(self, *, health_timeout_s: int = 30) -> None:
        """The repository with the first members, committed."""
        texts = {
            **policy_texts(self.controller.url, self.controller.token_file, self.servers, health_timeout_s),
            **evidence_texts((*SPEAKERS, NEWCOMER)),
            **schema_files(),
            **{f"members/AS{speaker.asn}.yaml": member_text(speaker) for speaker in SPEAKERS},
        }
        self.exchange.mkdir()
        self.git("init", "--quiet", "--initial-branch=main")
        self.commit("Found the exchange with four members", texts)

    def commit(self, message: str, texts: Mapping[str, str | None]) -> None:
        """Write these files, or (None) remove them, and commit."""
        for name, text in texts.items():
            path = self.exchange / name
            if text is None:
                path.unlink()
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        self.git("add", "--all")
        self.git(*_GIT, "commit", "--quiet", "--message", message)

    def git(self, *words: str) -> str:
        """What git prints."""
        run = subprocess.run(
            ["git", *words], cwd=self.exchange, check=True, stdout=subprocess.PIPE, text=True
        )
        return run.stdout

    def words(self, *words: str) -> list[str]:
        """The command line of the program `ztix`."""
        return [sys.executable, "-m", "ztix", *words]

    def join(self, speakers: Sequence[Speaker]) -> None:
        """The nodes of these speakers and of the route servers are heard from now."""
        for node in (*(speaker.node for speaker in speakers), *(server.node for server in self.servers)):
            self.controller.join(node, f"{self.controller.node_id}{NETWORK}")

    def session_names(self) -> list[str]:
        """The names that each member's router gives its sessions."""
        return [f"{server.name}_v{family}" for server in self.servers for family in (4, 6)]

    def sessions_are_up(self, speaker: Speaker) -> bool:
        """Whether the member has all its sessions, as its own router tells."""
        return all(map(self.daemons[f"as{speaker.asn}"].session_is_up, self.session_names()))

    def up_since(self, speakers: Sequence[Speaker]) -> Mapping[str, float]:
        """For each session of these speakers, since which second of the day it is up, by their own BIRD."""
        return {
            f"{speaker.asn} {name}": int(hours) * 3600 + int(minutes) * 60 + float(seconds)
            for speaker in speakers
            for name, hours, minutes, seconds in _SINCE.findall(
                self.daemons[f"as{speaker.asn}"].ask("show protocols")
            )
        }

    def stayed_up(self, speakers: Sequence[Speaker], before: Mapping[str, float]) -> bool:
        """Whether each session of these speakers is up since when it was before, and there is no other.

        BIRD works the time out anew at each question: two answers may lie milliseconds apart.
        """
        now = self.up_since(speakers)
        return now.keys() == before.keys() and all(abs(now[name] - before[name]) < _SAME_S for name in now)


@contextmanager
def running_stage(folder: Path) -> Iterator[Stage]:
    """A stage with its controller and no route server yet; gone afterwards. Raises Usage without root."""
    with ExitStack() as stack:
        lan = stack.enter_context(running_lan())
        controller = stack.enter_context(running_controller(folder / "controller"))
        yield Stage(folder, lan, stack, controller)
