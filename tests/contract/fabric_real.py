"""A real ZeroTier One for a test, in a network namespace of its own that has nothing but loopback.

Law: it can reach nothing outside, and nothing outside can reach it: its API comes out through a Unix socket.
Run as a program inside the namespace, this file starts it and carries bytes between the socket and its port.
"""

from __future__ import annotations

import json
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.contract.fabric_drivers import driver
from ztix.drivers.zerotier_controller import ZeroTierController

PORT = 9993
URL = f"http://127.0.0.1:{PORT}"
START_S = 30.0
QUIET = {
    "settings": {
        "portMappingEnabled": False,
        "allowSecondaryPort": False,
        "allowTcpFallbackRelay": False,
        "softwareUpdate": "disable",
    }
}


@dataclass(frozen=True, slots=True)
class ZeroTierOne:
    """A running ZeroTier One. version: as it says itself."""

    node_id: str
    version: str
    token: str
    socket: Path

    def fabric(self, suffix: str) -> ZeroTierController:
        """The driver of one of its networks."""
        return driver(URL, self.token, suffix, transport=httpx.HTTPTransport(uds=str(self.socket)))

    def post(self, path: str, body: object) -> None:
        """A write by somebody else."""
        transport = httpx.HTTPTransport(uds=str(self.socket))
        with httpx.Client(transport=transport, base_url=URL, headers={"X-ZT1-Auth": self.token}) as http:
            assert http.post(path, json=body).status_code == 200


def is_isolating() -> bool:
    """Whether this machine lets us make a network namespace."""
    if shutil.which("unshare") is None or shutil.which("ip") is None:
        return False
    return subprocess.run(["unshare", "-rn", "true"], check=False, capture_output=True).returncode == 0


@contextmanager
def running_zerotier_one(binary: Path) -> Iterator[ZeroTierOne]:
    """Run the binary until the block ends, in a temporary home."""
    with tempfile.TemporaryDirectory(prefix="ztix-one-") as temporary:
        home, path = Path(temporary) / "home", Path(temporary) / "api"
        home.mkdir()
        (home / "local.conf").write_text(json.dumps(QUIET), encoding="ascii")
        command = ["unshare", "-rn", sys.executable, "-m", "tests.contract.fabric_real"]
        process = subprocess.Popen([*command, str(binary), str(home), str(path)], stdout=subprocess.PIPE)
        try:
            assert process.stdout is not None
            assert process.stdout.readline(), "ZeroTier One ended before it answered"
            token = (home / "authtoken.secret").read_text("ascii").strip()
            transport = httpx.HTTPTransport(uds=str(path))
            with httpx.Client(transport=transport, base_url=URL, headers={"X-ZT1-Auth": token}) as http:
                status = http.get("/status").json()
            yield ZeroTierOne(status["address"], status["version"], token, path)
        finally:
            process.terminate()
            process.wait(START_S)
            if process.stdout is not None:
                process.stdout.close()


def _carry(source: socket.socket, sink: socket.socket) -> None:
    """Bytes from one end to the other until the source ends."""
    with suppress(OSError):
        while received := source.recv(1 << 16):
            sink.sendall(received)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


def _serve(listener: socket.socket) -> None:
    while True:
        near, _ = listener.accept()
        far = socket.create_connection(("127.0.0.1", PORT))
        for ends in ((near, far), (far, near)):
            threading.Thread(target=_carry, args=ends, daemon=True).start()


def _wait_until_it_listens(process: subprocess.Popen[bytes]) -> None:
    """There is no event to wait for: a port is open or not."""
    deadline = time.monotonic() + START_S
    while process.poll() is None and time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", PORT)):
            return
        time.sleep(0.05)
    sys.exit("ZeroTier One does not listen")


def main() -> None:
    """Start it, tell when it listens, and carry bytes until SIGTERM."""
    binary, home, path = sys.argv[1:]
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    process = subprocess.Popen([binary, "-U", f"-p{PORT}", home], stdout=sys.stderr)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        _wait_until_it_listens(process)
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(path)
            listener.listen()
            sys.stdout.write("ready\n")
            sys.stdout.flush()
            _serve(listener)
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    main()
