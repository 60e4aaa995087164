"""A controller on a restored home, for a drill: the simulator, or a real ZeroTier One that reaches nobody.

Touches: the home, one port of loopback, and a process that it ends by its pid. Law: two controllers with one
identity must never meet the same network. The simulator speaks to no node at all; a real one is started only
where there is no interface but loopback.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ztix.errors import Refused, Unavailable, Usage

PORT = 9993
START_S = 30.0
QUIET = {
    "settings": {
        "portMappingEnabled": False,
        "allowSecondaryPort": False,
        "allowTcpFallbackRelay": False,
        "softwareUpdate": "disable",
    }
}


@contextmanager
def simulated(home: Path) -> Iterator[str]:
    """The simulator serving this home; its URL. Raises Unavailable."""
    words = [sys.executable, "-m", "ztix.lab.controller", "--home", str(home)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)  # noqa: S603 - ourselves
    try:
        line = process.stdout.readline() if process.stdout else ""
        if not line:
            raise Unavailable("the simulator did not start on the restored home", help="see what it says")
        yield str(json.loads(line)["url"])
    finally:
        _end(process)
        if process.stdout is not None:
            process.stdout.close()


@contextmanager
def real(program: Path, home: Path) -> Iterator[str]:
    """A real ZeroTier One serving this home, inside of `apart`; its URL. Raises Refused, Unavailable."""
    others = [name for _, name in socket.if_nameindex() if name != "lo"]
    if others:
        raise Refused(
            f"a real controller is not started beside the interface `{others[0]}`: it would be a second one",
            help="leave out --inside; the drill makes a namespace by itself",
        )
    # its own settings may name other ports and hosts, which a drill has no use for
    (home / "local.conf").write_text(json.dumps(QUIET), encoding="ascii")
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)  # noqa: S607 - the one of whoever runs this
    words = [str(program), "-U", f"-p{PORT}", str(home)]
    process = subprocess.Popen(words, stdout=sys.stderr)  # noqa: S603 - a program that the operator names
    try:
        _wait(process)
        yield f"http://127.0.0.1:{PORT}"
    finally:
        _end(process)


def apart(words: Sequence[str]) -> int:
    """Run ztix with these words where there is nothing but loopback; its exit code. Raises Usage."""
    for tool in ("unshare", "ip"):
        if shutil.which(tool) is None:
            raise Usage(f"`{tool}` is not on this machine", help="a drill without --zerotier-one needs none")
    outer = ["unshare", "--map-root-user", "--net"] if os.geteuid() else ["unshare", "--net"]
    whole = [*outer, sys.executable, "-m", "ztix", *words]
    return subprocess.run(whole, check=False).returncode  # noqa: S603 - ourselves, without a shell


def _wait(process: subprocess.Popen[bytes]) -> None:
    """There is no event to wait for: a port is open or not."""
    deadline = time.monotonic() + START_S
    while process.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", PORT), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise Unavailable("ZeroTier One did not start on the restored home", help="see what it says above")


def _end(process: subprocess.Popen[bytes] | subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
