"""How many connections the driver opens, and what it carries on them."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.contract.fabric_drivers import driver
from tests.contract.fabric_story import NETWORK, SUFFIX
from tests.contract.test_fabric_answers import MEMBER_RECORD, MEMBERS, NETWORK_RECORD
from ztix.drivers.zerotier_controller import CONNECTIONS

NODES = [f"a0000000{n:02d}" for n in range(12)]
LONGEST_WAIT_S = 5.0


class Counter(ThreadingHTTPServer):
    """A controller without bulk lists that holds each read of a member until four are there at once."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answerer)
        self.gate = threading.Condition()
        self.present = self.most = self.connections = self.requests = 0

    def enter(self) -> None:
        with self.gate:
            self.present += 1
            self.most = max(self.most, self.present)
            self.gate.notify_all()
            self.gate.wait_for(lambda: self.most >= CONNECTIONS, LONGEST_WAIT_S)

    def leave(self) -> None:
        with self.gate:
            self.present -= 1


class Answerer(BaseHTTPRequestHandler):
    server: Counter
    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        super().setup()
        self.server.connections += 1

    def do_GET(self) -> None:
        self.server.requests += 1
        bodies: dict[str, object] = {
            "/controller": {"controller": True},
            "/status": {"address": NETWORK.controller},
            f"/controller/network/{NETWORK}": NETWORK_RECORD,
            MEMBERS: dict.fromkeys(NODES, 1),
        }
        node = self.path.removeprefix(f"{MEMBERS}/")
        if node in NODES:
            self.server.enter()
            self.server.leave()  # before the answer: after it, the client's next request may overtake
            self.answer(MEMBER_RECORD | {"id": node})
        else:
            self.answer(bodies.get(self.path))

    def answer(self, value: object) -> None:
        content = b"" if value is None else json.dumps(value).encode()
        self.send_response(404 if value is None else 200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in the class above
        """Says nothing."""


@pytest.fixture
def counter() -> Iterator[Counter]:
    server = Counter()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_driver_when_reading_one_by_one_opens_four_connections_and_no_more(counter: Counter) -> None:
    """Four at a time are used, because one is slow; never more, because the controller's queue is short."""
    fabric = driver(f"http://127.0.0.1:{counter.server_address[1]}", "token", SUFFIX)
    assert sorted(fabric.observe().attachments) == NODES
    assert counter.most == CONNECTIONS


def test_driver_when_asking_opens_one_connection_for_each_request(counter: Counter) -> None:
    """A second request on a connection would wait for a delayed acknowledgement."""
    counter.most = CONNECTIONS
    driver(f"http://127.0.0.1:{counter.server_address[1]}", "token", SUFFIX).observe()
    assert counter.requests == 5 + len(NODES)
    assert counter.connections == counter.requests
