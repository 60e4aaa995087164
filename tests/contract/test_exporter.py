"""`ztix exporter` as a process over loopback, with a controller that comes and goes.

Everything is awaited by the lines of its own log: a `look` is told of once its numbers are served.
"""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from socket import create_connection, create_server, socket
from threading import Thread, Timer
from typing import IO
from urllib.parse import urlsplit

import pytest

from tests.contract.simulator import running_simulator
from tests.contract.test_command_line import FABRICS, TOKEN
from tests.git_repository import AWAY, GitRepository, new_repository
from tests.token_guard import tells
from tests.unit.exchange_fixture import ADMISSION, EXCHANGE, member_text
from ztix.drivers.metrics_server import CONNECTIONS, MetricsServer
from ztix.errors import Exit, Usage

DEADLINE_S = 120  # for the whole life of an exporter: a test that hangs ends
ROUTE_SERVERS = """\
route_servers:
  - name: rs1
    node: aaaaaaaaa1
    addresses: [192.0.2.1, "2001:db8:64:96::1"]
    router_id: 192.0.2.1
    ssh: {host: 127.0.0.1, port: 1, host_keys: [ssh-ed25519 AAAA]}
"""


def environment(token: str) -> dict[str, str]:
    return {**os.environ, **AWAY, TOKEN: token}


@dataclass
class Exporter:
    """The process, and what it said so far, in a file where the guard over tokens looks too."""

    process: subprocess.Popen[str]
    log: IO[str]

    def line(self) -> dict[str, object]:
        """The next line of its log."""
        assert self.process.stderr is not None
        text = self.process.stderr.readline()
        assert text, f"the exporter ended with {self.process.wait()}"
        self.log.write(text)
        self.log.flush()
        assert not tells(text)
        row = json.loads(text)
        assert isinstance(row, dict)
        return row

    def until(self, event: str, **expected: object) -> dict[str, object]:
        """The first line from now on of this event in which these fields are so."""
        while True:
            row = self.line()
            if row["event"] == event and all(row.get(key) == value for key, value in expected.items()):
                return row

    def url(self) -> str:
        while True:
            words = str(self.until("words")["text"])
            if words.startswith("serving "):
                return words.removeprefix("serving ")

    def stop(self) -> int:
        """Its code after SIGTERM, with the rest of what it says in the file."""
        self.process.send_signal(signal.SIGTERM)
        _, rest = self.process.communicate()
        self.log.write(rest)
        return self.process.returncode


@dataclass
class Answer:
    status: int
    kind: str | None
    text: str

    def values(self) -> dict[str, float]:
        """Each number by its name and labels, without the verb, which is the same in all."""
        lines = (line.rsplit(" ", 1) for line in self.text.splitlines() if not line.startswith("#"))
        return {name.replace('verb="exporter"', "").replace(",}", "}"): float(value) for name, value in lines}


def ask(url: str, path: str = "/metrics", method: str = "GET", body: bytes | None = None) -> Answer:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=DEADLINE_S)
    try:
        connection.request(method, path, body)
        reply = connection.getresponse()
        return Answer(reply.status, reply.getheader("Content-Type"), reply.read().decode())
    finally:
        connection.close()


@pytest.fixture
def exchange(tmp_path: Path) -> GitRepository:
    """Two members and a route server that nobody reaches, not yet committed: the controller is unknown."""
    repo = new_repository(tmp_path / "exchange")
    repo.write("policy/exchange.yaml", EXCHANGE)
    repo.write("policy/route-servers.yaml", ROUTE_SERVERS)
    repo.write("policy/admission.yaml", ADMISSION)
    for asn in (64500, 64501):
        repo.write(f"members/AS{asn}.yaml", member_text(asn))
    return repo


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[ExitStack]:
    with ExitStack() as held:
        yield held


def start(repo: GitRepository, token: str, log: Path, stack: ExitStack) -> Exporter:
    words = ["--log-format", "json", "exporter", "--listen", "127.0.0.1:0", "--every", "1"]
    process = subprocess.Popen(
        [sys.executable, "-m", "ztix", *words],
        cwd=repo.folder,
        env=environment(token),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    stack.enter_context(process)
    stack.callback(process.kill)
    watch = Timer(DEADLINE_S, process.kill)
    watch.start()
    stack.callback(watch.cancel)
    return Exporter(process, stack.enter_context(log.open("w")))


def test_exporter_keeps_what_a_silent_source_said_and_tells_its_age(
    exchange: GitRepository, tmp_path: Path, stack: ExitStack
) -> None:
    """Through a controller that goes and comes, and a policy that breaks, to an end on SIGTERM."""
    controller = stack.enter_context(ExitStack())
    home = tmp_path / "controller"
    home.mkdir()
    simulator = controller.enter_context(running_simulator(home))
    exchange.write("policy/fabrics.yaml", FABRICS.format(url=simulator.url))
    exchange.commit()
    subprocess.run(
        [sys.executable, "-m", "ztix", "reconcile"],
        cwd=exchange.folder,
        env=environment(simulator.token),
        capture_output=True,
        check=False,
    )
    exporter = start(exchange, simulator.token, tmp_path / "exporter.log", stack)
    url = exporter.url()

    first = ask(url)
    assert (first.status, first.kind) == (200, "text/plain; version=0.0.4; charset=utf-8")
    seen = first.values()
    members = {name: value for name, value in seen.items() if name.startswith("ztix_members")}
    assert sum(members.values()) == 2
    assert seen['ztix_source_up{source="fabric/lan"}'] == 1
    assert seen['ztix_source_up{source="route-server/rs1"}'] == 0
    assert 'ztix_source_age_seconds{source="route-server/rs1"}' not in seen
    assert seen['ztix_api_failures{upstream="route-server"}'] > 0
    assert seen["ztix_run_exit_code{}"] == 0
    if promtool := shutil.which("promtool"):
        linted = subprocess.run(
            [promtool, "check", "metrics"], input=first.text, capture_output=True, text=True, check=False
        )
        assert (linted.returncode, linted.stdout, linted.stderr) == (0, "", "")

    assert ask(url, method="HEAD").text == ""
    assert [ask(url, path).status for path in ("/", "/metrics/", "/metrics/..")] == [404] * 3
    assert ask(url, "/metrics?x=1").status == 200
    assert ask(url, "/<script>").text == ""
    assert ask(url, method="POST", body=b"x").status == 501

    controller.close()
    exporter.until("look", exit=0, silent="fabric/lan route-server/rs1")
    silent = ask(url).values()
    assert {name: value for name, value in silent.items() if name.startswith("ztix_members")} == members
    assert silent['ztix_source_up{source="fabric/lan"}'] == 0
    assert silent['ztix_source_age_seconds{source="fabric/lan"}'] > 0
    assert silent['ztix_api_retries{upstream="fabric"}'] > 0

    stack.enter_context(running_simulator(home, port=simulator.port))
    exporter.until("look", exit=0, silent="route-server/rs1")
    assert ask(url).values()['ztix_source_up{source="fabric/lan"}'] == 1

    exchange.write("policy/exchange.yaml", "name: [")
    exchange.commit()
    exporter.until("look", exit=int(Exit.INVALID))
    broken = ask(url).values()
    assert broken["ztix_run_exit_code{}"] == Exit.INVALID
    assert broken['ztix_source_up{source="exchange"}'] == 0
    assert broken['ztix_source_age_seconds{source="exchange"}'] > 0
    assert {name: value for name, value in broken.items() if name.startswith("ztix_members")} == members

    assert exporter.stop() == Exit.DONE
    with pytest.raises(ConnectionRefusedError):
        ask(url)


def test_server_ends_a_connection_that_trickles_and_one_too_many() -> None:
    """Nobody can hold it: a request that is never whole is cut off, and only so many wait at once."""
    short = MetricsServer("127.0.0.1", 0, connection_s=2.0)  # also for the whole request after it
    with closing(short), short.serving(lambda: "x 1\n"), connection(short.url) as slow:
        slow.sendall(b"GET /met")
        assert slow.recv(1) == b""
        assert ask(short.url).text == "x 1\n"
    long = MetricsServer("127.0.0.1", 0, connection_s=DEADLINE_S)
    with closing(long), long.serving(lambda: ""), ExitStack() as held:
        for _ in range(CONNECTIONS):
            held.enter_context(connection(long.url))
        assert held.enter_context(connection(long.url)).recv(1) == b""


def test_server_without_a_thread_to_spare_serves_again_afterwards() -> None:
    """What could not be served takes nobody's turn."""

    def refuse(thread: Thread) -> None:
        raise RuntimeError("can't start new thread")

    server = MetricsServer("127.0.0.1", 0)
    with closing(server), server.serving(lambda: "x 1\n"):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Thread, "start", refuse)
            for _ in range(CONNECTIONS + 1):
                with connection(server.url) as refused:
                    assert refused.recv(1) == b""
        assert ask(server.url).text == "x 1\n"


def test_server_of_ipv6_says_where_it_is() -> None:
    """In brackets, as an address with a port is written."""
    try:
        server = MetricsServer("::1", 0)
    except Usage:
        pytest.skip("this machine has no IPv6")
    with closing(server), server.serving(lambda: "x 1\n"):
        assert server.url.startswith("http://[::1]:")
        assert ask(server.url).text == "x 1\n"


def connection(url: str) -> socket:
    place = urlsplit(url)
    return create_connection((place.hostname, place.port), timeout=DEADLINE_S)


def test_exporter_that_cannot_listen_says_so_before_it_looks(
    exchange: GitRepository, stack: ExitStack
) -> None:
    """A taken port, and an address that is none."""
    exchange.write("policy/fabrics.yaml", FABRICS.format(url="http://127.0.0.1:1"))
    exchange.commit()
    taken = stack.enter_context(create_server(("127.0.0.1", 0)))
    for where, words in (
        (f"127.0.0.1:{taken.getsockname()[1]}", "nothing can listen at `127.0.0.1` port"),
        ("127.0.0.1:99999", "nothing can listen at `127.0.0.1` port 99999"),
        ("9618", "`9618` is no address with a port"),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "ztix", "exporter", "--listen", where],
            cwd=exchange.folder,
            env=environment("x"),
            capture_output=True,
            text=True,
            timeout=DEADLINE_S,
            check=False,
        )
        assert (done.returncode, words in done.stderr) == (Exit.USAGE, True), done.stderr
