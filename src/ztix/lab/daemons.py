"""Real daemons with folders of their own: BIRD, sshd and the controller simulator, in the foreground.

Law: each touches its own folder (and sshd and the simulator one loopback port), and is ended by its pid, also
where the caller fails.
"""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_START_S = 60.0  # a machine that is busy starts them late

_SSHD = """\
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host_key
PidFile none
AuthorizedKeysFile {folder}/authorized_keys
AuthenticationMethods publickey
PermitRootLogin forced-commands-only
PasswordAuthentication no
KbdInteractiveAuthentication no
StrictModes no
UsePAM no
LogLevel VERBOSE
"""


def wait_until(condition: Callable[[], bool], seconds: float, what: str) -> None:
    """Return as soon as the condition holds. Raises AssertionError where it does not in this time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not so after {seconds} s: {what}")
        time.sleep(0.05)


@contextlib.contextmanager
def ended(process: subprocess.Popen[bytes] | subprocess.Popen[str]) -> Iterator[None]:
    """End the process afterwards, first kindly."""
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@dataclass(frozen=True, slots=True)
class Bird:
    """A running BIRD."""

    program: Path
    folder: Path
    pid: int

    @property
    def conf(self) -> Path:
        """The file that it was started with."""
        return self.folder / "bird.conf"

    @property
    def control(self) -> Path:
        """Its control socket."""
        return self.folder / "bird.ctl"

    @property
    def birdc(self) -> Path:
        """The client that came with it."""
        return self.program.with_name("birdc")

    def ask(self, command: str) -> str:
        """What birdc prints for this command."""
        words = [str(self.birdc), "-s", str(self.control), command]
        return subprocess.run(words, capture_output=True, text=True, timeout=20, check=False).stdout

    def session_is_up(self, name: str) -> bool:
        """Whether the BGP protocol with this name is established."""
        return "Established" in self.ask(f"show protocols {name}")

    def has_route(self, prefix: str) -> bool:
        """Whether there is a route to exactly this prefix."""
        return prefix in self.ask(f"show route {prefix}")


@contextlib.contextmanager
def running_bird(
    program: Path, folder: Path, text: str | None = None, *, within: Sequence[str] = ()
) -> Iterator[Bird]:
    """A daemon that runs `text`, or what its folder's `bird.conf` holds already.

    within: words that put a program into a namespace.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if text is not None:
        (folder / "bird.conf").write_text(text, encoding="ascii")
    words = [*within, str(program), "-f"]
    for option, name in (("-c", "bird.conf"), ("-s", "bird.ctl"), ("-P", "bird.pid")):
        words += [option, str(folder / name)]
    with (
        (folder / "bird.err").open("ab") as sink,
        subprocess.Popen(words, stderr=sink, stdout=sink) as process,
    ):
        bird = Bird(program, folder, process.pid)
        with ended(process):
            wait_until(lambda: "Daemon is up" in bird.ask("show status"), _START_S, f"BIRD in {folder} is up")
            yield bird


@dataclass(frozen=True, slots=True)
class Sshd:
    """A running sshd. `host_key` is as policy pins it, `identity` the private key that it lets in."""

    port: int
    pid: int
    host_key: str
    identity: Path
    log: Path


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def new_key(path: Path) -> str:
    """Make an ed25519 key pair at this path, unless it is there; return the public half, type and key."""
    if not path.exists():
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path], check=True)
    return " ".join(path.with_suffix(".pub").read_text().split()[:2])


@contextlib.contextmanager
def running_sshd(folder: Path, command: str, *, port: int | None = None) -> Iterator[Sshd]:
    """An sshd whose only key may run `command` and nothing else."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    host_key, public = new_key(folder / "host_key"), new_key(folder / "identity")
    (folder / "authorized_keys").write_text(f'restrict,command="{command}" {public}\n')
    port = port or free_port()
    config = folder / "sshd_config"
    config.write_text(_SSHD.format(port=port, folder=folder))
    Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # sshd's own, which a service would make
    log = folder / "sshd.log"
    words = ["/usr/sbin/sshd", "-D", "-e", "-f", str(config)]
    with log.open("ab") as sink, subprocess.Popen(words, stderr=sink) as process, ended(process):
        wait_until(lambda: _listens(port) or process.poll() is not None, _START_S, f"sshd listens on {port}")
        yield Sshd(port, process.pid, host_key, folder / "identity", log)


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


@dataclass(frozen=True, slots=True)
class Controller:
    """A running controller simulator."""

    url: str
    node_id: str
    token_file: Path

    def join(self, node: str, network: str) -> None:
        """A node asks for its configuration, as it does when it joins and each minute."""
        self._hook(f"node/{node}/join/{network}", {"version": [1, 14, 2, 13]})

    def strike(self, faults: Sequence[Mapping[str, object]]) -> None:
        """From now on the controller answers with these faults, and with no others."""
        self._hook("faults", faults)

    def _hook(self, name: str, body: object) -> None:
        import httpx

        asked = httpx.post(f"{self.url}/lab/{name}", json=body, timeout=20, trust_env=False)
        asked.raise_for_status()


@contextlib.contextmanager
def running_controller(home: Path) -> Iterator[Controller]:
    """The controller simulator with its files in `home`, where nodes can be made to join."""
    words = [sys.executable, "-m", "ztix.lab.controller", "--home", str(home), "--lab-hooks"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process, ended(process):
        line = process.stdout.readline() if process.stdout else ""
        said = json.loads(line)
        yield Controller(said["url"], said["node_id"], Path(said["token_file"]))
