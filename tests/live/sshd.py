"""A real sshd on a loopback port: own host key, one authorized key, and the forced command that it may run.

Law: touches its own folder and one loopback port, and ends what it started, by its pid.
"""

from __future__ import annotations

import contextlib
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SSHD = Path("/usr/sbin/sshd")

_CONFIG = """\
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
    config.write_text(_CONFIG.format(port=port, folder=folder))
    Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # sshd's own, which a service would make
    log = folder / "sshd.log"
    with log.open("ab") as sink, subprocess.Popen([SSHD, "-D", "-e", "-f", config], stderr=sink) as process:
        try:
            _await_listening(port, process)
            yield Sshd(port, process.pid, host_key, folder / "identity", log)
        finally:
            process.terminate()


def _await_listening(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 10
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.02)
    raise RuntimeError(f"sshd does not listen on port {port}")
