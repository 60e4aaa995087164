"""A run that is killed, on a stage of its own: what the tests of it share.

Two route servers without members' routers, so that a run is short; the undo timer is shortened on the way to
the agent, and so is the lease of its lock. `ZTIX_SEED` repeats a run of these tests.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from ztix.applied import read_applied
from ztix.drivers.ssh import SshLink, SshTarget
from ztix.lab.demo_exchange import NEWCOMER, SPEAKERS, member_text
from ztix.lab.stage import BIRD2, BIRD3, Stage, running_stage
from ztix.terms import Label

SEED = int(os.environ.get("ZTIX_SEED", secrets.randbelow(10**6)))
UNDO_S = 8
MOMENTS = 20
# Before or after a verb of the agent; the program is killed while it waits for the answer.
STEPS = ("before upload", "after upload", "before arm", "after arm", "after confirm")

# Runs the agent with a short undo timer. Where `kill` names this step, kills the run that `pid` names, once.
WRAPPER = """\
#!/bin/sh
verb=${SSH_ORIGINAL_COMMAND%% *}
SSH_ORIGINAL_COMMAND=$(printf '%s' "$SSH_ORIGINAL_COMMAND" | sed -E 's/^(arm .*) [0-9]+$/\\1 UNDO/')
export SSH_ORIGINAL_COMMAND
kill_at() {
  [ "$(cat FOLDER/kill 2>/dev/null)" = "$1 $verb" ] || return 0
  rm FOLDER/kill
  kill -KILL "$(cat FOLDER/pid)"
}
kill_at before
"$@"
code=$?
kill_at after
exit $code
"""


@dataclass
class Killing:
    """The stage, and the way to kill a run on it. length_s: of a run that has work and is left alone."""

    stage: Stage
    rounds: int = 0
    length_s: float = 0.0

    def change(self) -> None:
        """One member joins or leaves and another changes, so that fabric and route servers have work."""
        self.rounds += 1
        joins = self.rounds % 2 == 1
        changed = replace(SPEAKERS[1], max_prefixes=50 + self.rounds, host=11 + 100 * joins)
        self.stage.commit(
            f"Round {self.rounds}",
            {
                f"members/AS{NEWCOMER.asn}.yaml": member_text(NEWCOMER) if joins else None,
                f"members/AS{changed.asn}.yaml": member_text(changed),
            },
        )

    def start(self) -> subprocess.Popen[str]:
        words = [
            "sh",
            "-c",
            f'echo $$ >{self.stage.folder}/pid; exec "$@"',
            "-",
            *self.stage.words("reconcile"),
        ]
        return subprocess.Popen(
            words, cwd=self.stage.exchange, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def run(self) -> tuple[int, str]:
        with self.start() as process:
            said, _ = process.communicate(timeout=240)
        return process.returncode, said

    def converge(self, context: str) -> int:
        """Run until there is nothing to do; returns how many runs that took."""
        deadline = time.monotonic() + 180
        said = []
        while True:
            code, text = self.run()
            said.append(f"{code}: {text}")
            if code == 0 and "Nothing to do" in text:
                return len(said)
            assert time.monotonic() < deadline, (context, said)
            assert code in (0, 6, 8), (context, said)  # 8: a dead run's lock, until its lease is over

    def assert_whole(self, context: str) -> None:
        """Fabric and route servers are as git says, and the trail has no hole."""
        stage = self.stage
        folder = stage.folder / "rendered"
        words = stage.words("render", "--ref", "HEAD", "--out", str(folder))
        subprocess.run(words, cwd=stage.exchange, capture_output=True, check=True)
        for server in stage.servers:
            rendered = (folder / f"{server.name}.conf").read_bytes()
            bird = stage.daemons[server.name]
            assert bird.conf.read_bytes() == rendered, context
            target = SshTarget(
                Label(server.name), "127.0.0.1", server.port, "root", (server.host_key,), str(server.identity)
            )
            with SshLink(target) as link:
                status = link.status()
            assert (status.running, status.armed) == (status.file, False), context
            joined = self.rounds % 2 == 1
            assert (f"as{NEWCOMER.asn}_" in bird.ask("show protocols")) == joined, context
        chain = stage.git("rev-list", "--first-parent", "ztix-state").split()
        for commit in chain[:4]:
            read_applied(stage.git("cat-file", "blob", f"{commit}:applied.json").encode())
        assert len(chain) == int(stage.git("rev-list", "--count", "ztix-state"))
        stage.git("fsck", "--no-dangling", "--connectivity-only")
        self.assert_fabric(context)

    def assert_fabric(self, context: str) -> None:
        """The controller has exactly the members of git authorised, each with its address."""
        held = {
            member["id"]: set(member["ipAssignments"]) for member in self.members() if member["authorized"]
        }
        wanted = {
            path.stem: sorted(_addresses(path.read_text()))
            for path in (self.stage.exchange / "members").glob("*.yaml")
        }
        addresses = sorted(sorted(item) for item in held.values())
        servers = [sorted((f"192.0.2.{s.host}", f"2001:db8:64:96::{s.host:x}")) for s in self.stage.servers]
        assert addresses == sorted([*wanted.values(), *servers]), context

    def members(self) -> list[dict[str, object]]:
        controller = self.stage.controller
        network = f"{controller.node_id}000001"
        listed = self._get(f"/controller/network/{network}/member")
        return [self._get(f"/controller/network/{network}/member/{node}") for node in listed]

    def _get(self, path: str) -> dict[str, object]:
        controller = self.stage.controller
        request = urllib.request.Request(  # noqa: S310 - the simulator's own URL
            controller.url + path, headers={"X-ZT1-Auth": controller.token_file.read_text().strip()}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - as above
            found: dict[str, object] = json.load(answer)
            return found


def _addresses(text: str) -> list[str]:
    line = next(line for line in text.splitlines() if "addresses:" in line)
    return [part.strip(' "[]') for part in line.partition(":")[2].split(",")]


@pytest.fixture(scope="module")
def killing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Killing]:
    """An exchange that is live, and quick to change."""
    folder = tmp_path_factory.mktemp("kill")
    wrapper = folder / "wrapper"
    wrapper.write_text(WRAPPER.replace("FOLDER", str(folder)).replace("UNDO", str(UNDO_S)))
    wrapper.chmod(0o755)
    with running_stage(folder) as stage:
        stage.agent_words = str(wrapper)
        for name, program in (("rs1", BIRD2), ("rs2", BIRD3)):
            stage.add_route_server(name, program.absolute(), lease_s=1)
        stage.found(health_timeout_s=5)
        made = Killing(stage)
        made.converge("first")
        made.assert_whole("first")
        made.change()
        began = time.monotonic()
        assert made.run()[0] == 0
        made.length_s = time.monotonic() - began
        yield made
