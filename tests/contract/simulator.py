"""A simulated controller as a process of its own, for every test that needs one.

`with running_simulator() as simulator:` starts it, waits until it listens, and ends it by its pid.
"""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tests.token_guard import made

LATEST_END_S = 10.0


@dataclass(frozen=True, slots=True)
class Reply:
    """status and body of one answer."""

    status: int
    body: bytes

    def json(self) -> object:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Simulator:
    """A running simulator. url: `http://127.0.0.1:PORT`.  token: for X-ZT1-Auth.  pid: its process."""

    url: str
    token: str
    node_id: str
    home: Path
    pid: int

    @property
    def port(self) -> int:
        """The TCP port it listens on."""
        return urlsplit(self.url).port or 0

    @property
    def token_file(self) -> Path:
        """The file that holds the token."""
        return self.home / "authtoken.secret"

    def request(self, method: str, path: str, body: object = None) -> Reply:
        """Send one request on a connection of its own; `body` is sent as JSON unless it is None."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=90)
        try:
            headers = {"X-ZT1-Auth": self.token, "Connection": "close"}
            content = b"" if body is None else json.dumps(body).encode()
            connection.request(method, path, content, headers)
            response = connection.getresponse()
            return Reply(response.status, response.read())
        finally:
            connection.close()

    def join(self, node: str, network: str, **wish: object) -> dict[str, object]:
        """A node asks for its configuration: `{"status": …, "addresses": […]}`.

        wish: `identity`, `version` (four numbers) or `token`, where the node is not an ordinary one.
        """
        reply = self.request("POST", f"/lab/node/{node}/join/{network}", wish)
        assert reply.status == 200, reply
        answer = reply.json()
        assert isinstance(answer, dict)
        return answer

    def leave(self, node: str, network: str) -> None:
        """A node falls silent: the controller no longer pushes to it."""
        assert self.request("POST", f"/lab/node/{node}/leave/{network}").status == 200

    def set_faults(self, *faults: dict[str, object]) -> None:
        """Replace the faults in force; none clears them."""
        assert self.request("POST", "/lab/faults", list(faults)).status == 200

    def settle(self) -> None:
        """Wait until it has carried out all that a client sent, also what nobody waits for any more."""
        assert self.request("POST", "/lab/quiet").status == 200

    def restart(self) -> None:
        """Forget everything that is not on disk, as a restarted controller would."""
        assert self.request("POST", "/lab/restart").status == 200


@contextmanager
def running_simulator(
    home: Path | None = None,
    *,
    node_id: str | None = None,
    lab_hooks: bool = True,
    port: int = 0,
    options: Sequence[str] = (),
) -> Iterator[Simulator]:
    """Run a simulator until the block ends.

    home: its folder, kept afterwards; a temporary one when None.  node_id: of a new home.
    options: more options of the command line, such as `("--workers", "8")`.
    """
    with tempfile.TemporaryDirectory(prefix="ztix-simulator-") as temporary:
        directory = Path(temporary) if home is None else home
        command = [sys.executable, "-m", "ztix.lab.controller", "--home", str(directory), "--port", str(port)]
        command += ["--node-id", node_id] if node_id else []
        command += ["--lab-hooks"] if lab_hooks else []
        process = subprocess.Popen([*command, *options], stdout=subprocess.PIPE, text=True)
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line, f"the simulator ended with {process.wait()} before it listened"
            ready = json.loads(line)
            token = made(Path(ready["token_file"]).read_text(encoding="utf-8").strip())
            yield Simulator(ready["url"], token, ready["node_id"], directory, process.pid)
        finally:
            process.terminate()
            try:
                process.wait(LATEST_END_S)
            finally:
                process.kill()
                process.wait()
                if process.stdout is not None:
                    process.stdout.close()
