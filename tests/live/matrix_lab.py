"""A route server on loopback to which anything can be done around any verb of its agent.

Law: as of `rollout_lab.py`. Between sshd and the agent stands a script that does, once, what the file `deed`
says: `WHEN VERB: WORDS`. BIRD's live file and the agent's state are on a file system of their own, a small
one, so that it can be full or read-only; what BIRD tells of times can be shifted, as a clock that jumps does.
"""

from __future__ import annotations

import contextlib
import getpass
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from tests.live.bird import BIRDS, up_since
from tests.live.fault_rows import Row
from tests.live.rollout_lab import digest, member_text, route_server_text
from ztix.agent import script
from ztix.deploy import Job, deploy
from ztix.drivers.clock import SystemClock
from ztix.drivers.ssh import SshLink, SshTarget
from ztix.errors import ZtixError
from ztix.health import Limits
from ztix.lab.daemons import Bird, Sshd, free_port, new_key, running_bird, running_sshd, wait_until
from ztix.link import Status
from ztix.rollout import Ended, Rollout
from ztix.terms import Label

LIMITS = Limits(health_timeout_s=2, settle_s=0.3, margin_s=6)
PATIENT = Limits(health_timeout_s=60, settle_s=0.3, margin_s=60)
"""Where nobody waits for the undo timer: on a machine that is slow just then it must not fire either."""
SESSIONS = frozenset({"m1", "m2"})
PREFIXES = {"m1": "198.51.100.32/28", "m2": "198.51.100.48/28"}

WRAPPER = r"""#!/bin/sh
cd LAB || exit
verb=${SSH_ORIGINAL_COMMAND%% *} deed=$(cat deed 2>/dev/null) when='' what=''
[ "$verb" != health ] || [ ! -f live/state/armed ] || verb=probe
case $deed in
  "before $verb: "* | "during $verb: "* | "after $verb: "*) when=${deed%% *} what=${deed#*: } && rm deed ;;
esac
cut() { # the connection breaks: the process that serves it is gone
  p=$$
  while [ "$p" -gt 1 ]; do
    case $(cat "/proc/$p/comm") in sshd*) break ;; esac
    p=$(cut_field "/proc/$p/stat")
  done
  kill -KILL "$p"
}
cut_field() { awk '{ print $4 }' "$1"; }
pid() { cat bird.pid; }
stop_bird() { kill -KILL "$(pid)"; while kill -0 "$(pid)" 2>/dev/null; do sleep 0.02; done; }
start_bird() { ./start-bird; }
act() {
  case $1 in
    cut) cut && exit ;;
    'stop BIRD') stop_bird ;;
    'restart BIRD') stop_bird && start_bird ;;
    'hang BIRD') kill -STOP "$(pid)"; (sleep 3; kill -CONT "$(pid)") >/dev/null 2>&1 </dev/null & ;;
    'restart machine')
      sed -i 's/^[^ ]*/another-boot/' live/state/armed live/state/lock
      stop_bird && start_bird
      ;;
    'configure by hand') BIRDC -s bird.ctl 'configure' >/dev/null ;;
    'fill disk') dd if=/dev/zero of=live/filler bs=1k >/dev/null 2>&1 ;;
    read-only) mount -o remount,ro live ;;
    'clock ahead') echo 31536000 >clock ;;
    'clock back') echo -3600 >clock ;;
    'kill client') kill -KILL "$(cat client.pid)" ;;
    'answer garbage') echo 'Welcome to Debian GNU/Linux' ;;
    'answer nothing') ;;
    'answer megabytes') yes | head -c 9000000 ;;
    'answer escapes') printf 'ztix-agent 1\nend failed storage \033[2J\033]0;owned\007\n' ;;
    *) exit 99 ;;
  esac
}
agent() { ./ztix-agent LAB/agent.conf; }
case $when-$what in
  before-truncate) head -c 100 | agent ;;
  before-*) act "$what"; agent ;;
  during-cut)
    if [ "$verb" = upload ]; then { head -c 100; cut; } | agent; exit; fi
    agent >/dev/null &
    sleep 0.05
    cut
    wait
    ;;
  after-*) agent >/dev/null; act "$what" ;;
  *) agent ;;
esac
"""
START = """#!/bin/sh
BIRDD -c LAB/bird.conf -s LAB/bird.ctl -P LAB/bird.pid >>LAB/bird.err 2>&1 </dev/null
"""
BIRDC = r"""#!/bin/sh
if [ ! -s LAB/clock ]; then exec BIRDC "$@"; fi
BIRDC "$@" | while IFS= read -r line; do
  for words in 'Current server time is' 'Last reboot on' 'Last reconfiguration on'; do
    case $line in
      "$words "*)
        ms=$(($(date -d "${line#"$words "}" +%s%3N) + $(cat LAB/clock) * 1000))
        line="$words $(date -d "@${ms%???}.${ms#"${ms%???}"}" '+%F %T.%3N')"
        ;;
    esac
  done
  printf '%s\n' "$line"
done
"""
CLIENT = """
import sys
from pathlib import Path
from tests.live.matrix_lab import LIMITS, SESSIONS
from ztix.deploy import Job, deploy
from ztix.drivers.clock import SystemClock
from ztix.drivers.ssh import SshLink, SshTarget
from ztix.terms import Label
port, user, key, identity, path = sys.argv[1:]
target = SshTarget(Label("rs1"), "127.0.0.1", int(port), user, (key,), identity)
job = Job(target, Path(path).read_bytes(), SESSIONS, True, LIMITS)
deploy([job], lambda t: SshLink(t, idle_s=1), SystemClock(), lambda p: None, holder="killed-run")
"""


def _script(path: Path, text: str, lab: Path, program: Path) -> None:
    text = text.replace("BIRDC", str(program.with_name("birdc"))).replace("BIRDD", str(program))
    path.write_text(text.replace("LAB", str(lab)))
    path.chmod(0o755)


@dataclass
class MatrixLab:
    """One route server with two members, and the way to it."""

    folder: Path
    program: Path
    sshd: Sshd
    ports: dict[str, int]
    members: dict[str, Bird]
    number: int = 0

    @property
    def target(self) -> SshTarget:
        sshd = self.sshd
        keys = (sshd.host_key,)
        return SshTarget(Label("rs1"), "127.0.0.1", sshd.port, getpass.getuser(), keys, str(sshd.identity))

    def text(self, kind: str) -> bytes:
        """A text that is like no other before it."""
        self.number += 1
        comment = f"n{self.number}"
        match kind:
            case "good":
                text = route_server_text(self.ports, comment)
            case "unparsable":
                text = route_server_text(self.ports, comment, extra="protocol nonsense {}\n")
            case "loses a session":
                text = route_server_text(self.ports, comment, broken="m2")
            case "loses routes":
                text = route_server_text(self.ports, comment).replace(b"import all", b"import none")
            case _:
                raise AssertionError(kind)
        # As in a real one: with what came in at hand, a new filter tells at once.
        return text.replace(b"import keep filtered on;", b"import keep filtered on; import table on;")

    def ask(self, command: str) -> str:
        """What BIRD itself says."""
        words = [str(self.program.with_name("birdc")), "-s", str(self.folder / "bird.ctl"), command]
        return subprocess.run(words, capture_output=True, text=True, timeout=20, check=False).stdout

    def runs(self, text: bytes) -> bool:
        """Whether BIRD runs this text: a comment cannot be asked for, the constant of each text can."""
        constant = text.split(b"define ", 1)[1].split(b" ", 1)[0].decode()
        return self.ask(f"eval {constant}").splitlines()[-1:] == ["1"]

    def on_disk(self) -> bytes:
        return (self.folder / "live" / "bird.conf").read_bytes()

    def status(self) -> Status:
        with SshLink(self.target) as link:
            return link.status()

    def deploy(
        self,
        text: bytes,
        target: SshTarget | None = None,
        holder: str = "run-1",
        limits: Limits = PATIENT,
    ) -> Rollout:
        """Roll a text out, by the real way."""
        job = Job(target or self.target, text, SESSIONS, canary=True, limits=limits)
        (rollout,) = deploy([job], SshLink, SystemClock(), lambda progress: None, holder=holder)
        return rollout

    def play(self, row: Row, text: bytes) -> Rollout | None:
        """Do what the row says while this text is rolled out; None where the client dies of it."""
        if ": " in row.deed:
            (self.folder / "deed").write_text(row.deed)
        match row.deed:
            case "other host key":
                return self.deploy(text, replace(self.target, host_keys=(new_key(self.folder / "other"),)))
            case "other user":
                return self.deploy(text, replace(self.target, user="nobody"))
            case "proof is blind":
                self.write_conf(bird="/bin/true")
            case "other run":
                self.write_conf(lease_s=60)
                with SshLink(self.target) as link:
                    link.lock("run-of-alice")
                    try:
                        return self.deploy(text)
                    finally:
                        link.unlock("run-of-alice")
        if not row.ends:
            return self.die(text)
        return self.deploy(text, limits=PATIENT if row.ends == (Ended.CONFIRMED,) else LIMITS)

    def die(self, text: bytes) -> None:
        """Roll a text out in a process of its own, which the row kills."""
        (self.folder / "text").write_bytes(text)
        t = self.target
        words = [str(t.port), t.user, t.host_keys[0], str(t.identity_file), str(self.folder / "text")]
        short = self.folder / "tmp"
        short.mkdir(exist_ok=True)
        begin = f'echo $$ >{self.folder}/client.pid; exec "$@"'
        argv = ["sh", "-c", begin, "-", sys.executable, "-c", CLIENT, *words]
        assert subprocess.run(argv, check=False, timeout=60).returncode == -signal.SIGKILL

    def mend(self) -> None:
        """Whatever was broken on the machine is repaired, as its operator would."""
        live = self.folder / "live"
        subprocess.run(["mount", "-o", "remount,rw", live], check=True)
        for left in (live / "filler", self.folder / "deed", self.folder / "clock"):
            left.unlink(missing_ok=True)
        self.write_conf()
        if "Daemon is up" not in self.ask("show status"):
            self.start_bird()

    def start_bird(self) -> None:
        subprocess.run([self.folder / "start-bird"], check=True)
        wait_until(lambda: "Daemon is up" in self.ask("show status"), 60, "BIRD is up")

    def stop_bird(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            os.kill(int((self.folder / "bird.pid").read_text()), signal.SIGKILL)

    def settled(self) -> Status:
        """What the agent says when nothing waits for time any more."""
        found: list[Status | str] = []

        def is_quiet() -> bool:
            try:
                status = self.status()
            except ZtixError as error:
                found.append(error.message)
                return False
            found.append(status)
            return status.bird is not None and not status.armed and status.holder is None

        try:
            wait_until(is_quiet, 60, "nothing is armed and nothing locked")
        except AssertionError:
            raise AssertionError(found) from None
        last = found[-1]
        assert isinstance(last, Status)
        return last

    def wait_for_members(self) -> None:
        """Sessions are up and routes are there."""
        for name, prefix in PREFIXES.items():
            wait_until(lambda name=name: "Established" in self.ask(f"show protocols {name}"), 60, name)
            wait_until(lambda prefix=prefix: prefix in self.ask(f"show route {prefix}"), 60, prefix)

    def since(self, name: str) -> float:
        """Since when a member's own router has its session."""
        return up_since(self.members[name])

    def write_conf(self, bird: str = "", lease_s: int = 2) -> None:
        """The agent's configuration."""
        words = {
            "conf": self.folder / "live" / "bird.conf",
            "control": self.folder / "bird.ctl",
            "bird": bird or self.program,
            "birdc": self.folder / "birdc",
            "state": self.folder / "live" / "state",
            "lease_s": lease_s,
            "wait_s": 2,
        }
        (self.folder / "agent.conf").write_text("".join(f"{k} {v}\n" for k, v in words.items()))


@contextlib.contextmanager
def running_matrix_lab(program: Path, folder: Path) -> Iterator[MatrixLab]:
    """The daemons of one lab, up and converged."""
    ports = {name: free_port() for name in ("rs", "m1", "m2")}
    live = folder / "live"
    live.mkdir()
    _script(folder / "ztix-agent", script(), folder, program)
    _script(folder / "wrapper", WRAPPER, folder, program)
    _script(folder / "birdc", BIRDC, folder, program)
    _script(folder / "start-bird", START, folder, program)
    (folder / "bird.conf").write_text(f'include "{live}/bird.conf";\n')
    with ExitStack() as stack:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=128k,mode=755", "none", live], check=True)
        stack.callback(subprocess.run, ["umount", live], check=True)
        (live / "state").mkdir()
        sshd = stack.enter_context(running_sshd(folder / "ssh", str(folder / "wrapper")))
        members = {}
        lab = MatrixLab(folder, program, sshd, ports, members)
        (live / "bird.conf").write_bytes(lab.text("good"))
        lab.write_conf()
        stack.callback(lab.stop_bird)
        lab.start_bird()
        for index, name in ((2, "m1"), (3, "m2")):
            text = member_text(ports, name, index)
            members[name] = stack.enter_context(running_bird(BIRDS["bird2"], folder / name, text))
        lab.wait_for_members()
        assert lab.deploy(lab.text("good")).running == digest(lab.on_disk())
        yield lab
