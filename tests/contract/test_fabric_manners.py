"""How many connections the driver opens, and what it carries on them."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.contract.fabric_drivers import driver
from tests.contract.fabric_story import N1, N2, N3, NETWORK, SETTINGS, SUFFIX
from tests.contract.simulator import running_simulator
from tests.contract.test_fabric_answers import MEMBER_RECORD, MEMBERS, NETWORK_RECORD
from ztix.apply import apply
from ztix.drivers.zerotier_controller import CONNECTIONS
from ztix.fabric import Amend
from ztix.receipt import Done
from ztix.terms import Label

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


def test_run_of_one_change_costs_one_bulk_read_one_write_and_one_read_back() -> None:
    """However many members there are; before the write, only the node that changes is read again."""
    with running_simulator(node_id=NETWORK.controller) as simulator:
        planning = driver(simulator.url, simulator.token, SUFFIX)
        planning.configure(SETTINGS)
        for one in (N1, N2):
            planning.write(one)
        writing = driver(simulator.url, simulator.token, SUFFIX)
        asked: list[str] = []
        for fabric in (planning, writing):
            fabric.http.event_hooks["request"].append(
                lambda sent: asked.append(f"{sent.method} {sent.url.path}")
            )
        before = planning.observe().attachments[N1.node]
        lan = Label("lan")
        change = Amend(lan, "AS64500", before, replace(before, name="AS64500 other"), None)
        outcomes = apply([change], {lan: writing}, lambda what, done, total: None)
    assert outcomes == (Done(change),)
    every, member = f"GET /unstable{MEMBERS}", f"{MEMBERS}/{N1.node}"
    assert [one for one in asked if MEMBERS in one] == [every, f"GET {member}", f"POST {member}", every]


def test_look_tells_only_of_nodes_with_a_record() -> None:
    """A node that nobody wrote and that never came is left out, as one is in the list of all."""
    with running_simulator(node_id=NETWORK.controller) as simulator:
        fabric = driver(simulator.url, simulator.token, SUFFIX)
        fabric.configure(SETTINGS)
        for one in (N1, N2):
            fabric.write(one)
        assert fabric.look([N1.node, N3.node]) == {N1.node: fabric.observe().attachments[N1.node]}
