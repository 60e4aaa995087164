"""What a rollout to eight route servers costs beside the same by hand, in one run, over sshd on loopback.

By hand: for one route server after the other `scp`, `bird -p` and `birdc configure`, each over a connection
of its own. By ztix: the whole way, with lock, proof, undo timer, watch and confirmation. Each of them gets a
configuration of 10 MB. Prints both times, their ratio, the ssh connections, and what a second run costs that
finds nothing to do. `bench/rollout.py ROUTE_SERVERS MEGABYTES` measures another size.
"""

from __future__ import annotations

import getpass
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from ztix.agent import script
from ztix.deploy import Job, deploy
from ztix.drivers.clock import SystemClock
from ztix.drivers.ssh import SshLink, SshTarget
from ztix.health import Limits
from ztix.lab.daemons import Bird, Sshd, running_bird, running_sshd
from ztix.link import END_MARKER
from ztix.rollout import Ended
from ztix.terms import Label

BIRD = Path("/usr/sbin/bird")
LIMITS = Limits(health_timeout_s=30, settle_s=0)
ROUNDS = 3


@dataclass
class Server:
    """One route server. shell: an sshd that runs anything, as by hand; agent: one that runs the agent."""

    name: Label
    bird: Bird
    shell: Sshd
    agent: Sshd

    @property
    def target(self) -> SshTarget:
        sshd = self.agent
        key = str(sshd.identity)
        return SshTarget(self.name, "127.0.0.1", sshd.port, getpass.getuser(), (sshd.host_key,), key)


def text(megabytes: float, number: int) -> bytes:
    """A configuration of that size: prefix sets, as route servers have them; `number` makes it another."""
    lines = [f"router id 192.0.2.1;\ndefine zx_number = {number};\nprotocol device {{ }}\n"]
    per_set, sets = 1000, max(1, int(megabytes * 1_000_000 / 1000 / 17.4))
    for index in range(sets):
        prefixes = ",\n".join(
            f"  {10 + index % 200}.{index // 200}.{i // 64}.{i % 64 * 4}/30" for i in range(per_set)
        )
        lines.append(f"define zx_set{index} = [\n{prefixes}\n];\n")
    return ("".join(lines) + END_MARKER + "\n").encode()


def by_hand(server: Server, path: Path) -> None:
    """What an operator types."""
    sshd, conf = server.shell, server.bird.conf
    options = ["-F", "/dev/null", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"]
    options += ["-o", "LogLevel=ERROR", "-o", "Compression=yes", "-i", str(sshd.identity)]
    place = f"{getpass.getuser()}@127.0.0.1"
    run = lambda *words: subprocess.run(words, check=True, capture_output=True)  # noqa: E731 - three lines use it
    run("scp", "-O", *options, "-P", str(sshd.port), str(path), f"{place}:{conf}")
    run("ssh", *options, "-p", str(sshd.port), place, f"{BIRD} -p -c {conf}")
    birdc = f"{server.bird.birdc} -s {server.bird.control}"
    run("ssh", *options, "-p", str(sshd.port), place, f"{birdc} configure")


def by_ztix(servers: list[Server], new: bytes, ended: Ended) -> None:
    jobs = [Job(server.target, new, frozenset(), limits=LIMITS) for server in servers]
    rollouts = deploy(jobs, SshLink, SystemClock(), lambda progress: None, holder="bench")
    if {rollout.ended for rollout in rollouts} != {ended}:
        raise SystemExit(f"the rollouts ended otherwise: {rollouts}")


def seconds(work: object, *words: object) -> float:
    began = time.perf_counter()
    work(*words)  # type: ignore[operator] - one of the functions above
    return time.perf_counter() - began


def start(stack: ExitStack, folder: Path, name: str) -> Server:
    """A daemon with both ways to it."""
    place = folder / name
    place.mkdir()
    (place / "state").mkdir()
    (place / "ztix-agent").write_text(script())
    bird = stack.enter_context(running_bird(BIRD, place / "bird", text(0.1, 0).decode()))
    words = {"conf": bird.conf, "control": bird.control, "bird": BIRD, "birdc": bird.birdc}
    lines = "".join(f"{key} {value}\n" for key, value in (words | {"state": place / "state"}).items())
    (place / "agent.conf").write_text(lines)
    agent = running_sshd(place / "agent", f"/bin/sh {place}/ztix-agent {place}/agent.conf")
    shell = running_sshd(place / "shell", '/bin/sh -c \\"$SSH_ORIGINAL_COMMAND\\"')
    return Server(Label(name), bird, stack.enter_context(shell), stack.enter_context(agent))


def main(count: int, megabytes: float) -> None:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ztix-bench-")))
        servers = [start(stack, folder, f"rs{number}") for number in range(1, count + 1)]
        hand, own, again = [], [], []
        for number in range(1, ROUNDS + 1):
            (folder / "new").write_bytes(text(megabytes, 2 * number))
            hand.append(sum(seconds(by_hand, server, folder / "new") for server in servers))
            new = text(megabytes, 2 * number + 1)
            own.append(seconds(by_ztix, servers, new, Ended.CONFIRMED))
            again.append(seconds(by_ztix, servers, new, Ended.UNCHANGED))
        logs = [server.agent.log.read_text().count("Accepted publickey") for server in servers]
        what = f"{count} route servers, {len(new) / 1e6:.1f} MB each"
        print(f"{what}: ztix {min(own):.2f} s   by hand {min(hand):.2f} s   ratio {min(own) / min(hand):.2f}")
        print(f"nothing to do: {min(again) / count * 1e3:.0f} ms a route server")
        print(f"ssh connections for each run and route server: {max(logs) / ROUNDS / 2:.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 8, float(sys.argv[2]) if len(sys.argv) > 2 else 10.0)
