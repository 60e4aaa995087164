"""A fresh Debian of a test's own: namespaces with folders of their own over those of this machine.

Law: what is written there goes away with it; processes in it end with its first one. Its sshd listens on a
port of 127.0.0.1. In place of systemd it has a `systemctl` that does what the unit and its drop-in say.
"""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ztix.lab.daemons import free_port, new_key, wait_until

_MOUNTS = """\
set -e
mount -t tmpfs none {own}
for place in etc var/lib usr/local; do
  mkdir -p "{own}/$place/new" "{own}/$place/work"
  mount -t overlay overlay -o "lowerdir=/$place,upperdir={own}/$place/new,workdir={own}/$place/work" "/$place"
done
mount -t tmpfs -o mode=755 none /run
mkdir -m 755 /run/sshd
cp {folder}/systemctl /usr/local/bin/systemctl
chmod 755 /usr/local/bin/systemctl
mount --bind {folder}/bird /usr/sbin/bird
mount --bind {folder}/birdc /usr/sbin/birdc
exec /usr/sbin/sshd -D -e -f {folder}/sshd_config 2>{folder}/sshd.log
"""
_SYSTEMCTL = """\
#!/bin/sh
case "$1 $2 ${3-}" in
  'daemon-reload  ') ;;
  'enable --now bird')
    [ ! -e /run/bird/bird.pid ] || ! kill -0 "$(cat /run/bird/bird.pid)" 2>/dev/null || exit 0
    /usr/lib/bird/prepare-environment
    sed -n 's/^ExecStartPre=-//p' /etc/systemd/system/bird.service.d/*.conf 2>/dev/null | sh
    /usr/sbin/bird -u bird -g bird -P /run/bird/bird.pid
    ;;
  *) exit 64 ;;
esac
"""
_SSHD = """\
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host_key
PidFile none
AuthenticationMethods publickey
UsePAM no
LogLevel VERBOSE
"""


@dataclass(frozen=True, slots=True)
class Machine:
    """One machine. first: the process that it ends with."""

    folder: Path
    first: int
    port: int
    host_key: str
    identity: Path

    def sh(self, script: str, *, check: bool = True) -> str:
        """What a script says that root runs there."""
        words = ["nsenter", f"--target={self.first}", "--mount", "--pid", "sh", "-eu"]
        done = subprocess.run(
            words, input=script, capture_output=True, text=True, cwd="/", timeout=60, check=False
        )
        assert done.returncode == 0 or not check, (script[-300:], done.stdout, done.stderr)
        return done.stdout + done.stderr


@contextlib.contextmanager
def running_machine(folder: Path, program: Path) -> Iterator[Machine]:
    """A machine on which this BIRD is installed and nothing is set up."""
    folder.mkdir(mode=0o755)
    host_key, _ = new_key(folder / "host_key"), new_key(folder / "identity")
    port = free_port()
    (folder / "systemctl").write_text(_SYSTEMCTL)
    (folder / "sshd_config").write_text(_SSHD.format(port=port, folder=folder))
    (folder / "own").mkdir()
    words = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c"]
    _stand_in(folder / "bird", program)
    _stand_in(folder / "birdc", program.with_name("birdc"))
    text = _MOUNTS.format(own=folder / "own", folder=folder)
    with subprocess.Popen([*words, text]) as process:
        try:
            log = folder / "sshd.log"
            ready = lambda: log.exists() and "Server listening" in log.read_text()  # noqa: E731 - named for the next line
            wait_until(lambda: ready() or process.poll() is not None, 60, "the machine is up")
            children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
            yield Machine(folder, int(children[0]), port, host_key, folder / "identity")
        finally:
            process.kill()


def _stand_in(path: Path, program: Path) -> None:
    """What is found at the program's usual place: the program itself, or a script that starts it."""
    if program.parent == Path("/usr/sbin"):
        path.write_bytes(program.read_bytes())
    else:
        path.write_text(f'#!/bin/sh\nexec {program} "$@"\n')
    path.chmod(0o755)
