"""The HTTP manners of transcript 09, byte by byte, with the time limits shortened in proportion.

No answer has to come within a time here: what takes no time is asked of a simulator whose silence is long,
and what takes its time is counted in whole silences.
"""

from __future__ import annotations

import http.client
import json
import re
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from select import select

import pytest

from tests.contract.simulator import Simulator, running_simulator
from tests.contract.simulator_recorded import (
    Exchange,
    Replay,
    Transcript,
    raw_text,
    transcripts,
    without_times,
)

RECORDED_IDLE_S = 5.0
IDLE_S = 1.2
LONG_S = 600.0  # longer than anything here waits
BLOCKED_S = 0.5
TIMEOUT_S = 60.0
STALL_S = 1.0


def recorded(number: int) -> Exchange:
    """An exchange of transcript 09."""
    return scenario().exchanges[number - 1]


def scenario() -> Transcript:
    """Transcript 09."""
    return next(one for one in transcripts() if one.name == "09-http")


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    """A simulator that waits less long than the controller."""
    with running_simulator(node_id=scenario().node_id, options=("--idle-s", str(IDLE_S))) as running:
        yield running


@pytest.fixture(scope="module")
def patient() -> Iterator[Simulator]:
    """A simulator that ends no connection because it is silent."""
    with running_simulator(node_id=scenario().node_id, options=("--idle-s", str(LONG_S))) as running:
        yield running


def silences(exchange: Exchange, key: str) -> int:
    """A recorded duration, counted in the silences that the controller waited for."""
    seconds = exchange[key]
    assert isinstance(seconds, float)
    return round(seconds / RECORDED_IDLE_S)


def until_closed(connection: socket.socket) -> bytes:
    """Everything the server sends until it closes."""
    received = b""
    while piece := connection.recv(65536):
        received += piece
    return received


def request_of(simulator: Simulator) -> bytes:
    """A request that leaves its connection open."""
    return f"GET /controller HTTP/1.1\r\nX-ZT1-Auth: {simulator.token}\r\n\r\n".encode()


def ask(connection: socket.socket, simulator: Simulator) -> None:
    """One request that is answered; the connection stays."""
    connection.sendall(request_of(simulator))
    assert connection.recv(65536).startswith(b"HTTP/1.1 200 OK")


def test_connection_after_five_requests_is_closed(patient: Simulator) -> None:
    """The headers of the five answers are those recorded, and there is no sixth."""
    connection = http.client.HTTPConnection("127.0.0.1", patient.port, timeout=TIMEOUT_S)
    connection.connect()
    connection.auto_open = 0
    answers: list[dict[str, object]] = []
    for number in range(1, 7):
        try:
            connection.request("GET", "/controller/network", headers={"X-ZT1-Auth": patient.token})
            response = connection.getresponse()
        except http.client.NotConnected as error:
            answers.append({"n": number, "error": repr(error)})
            continue
        response.read()
        headers = [list(header) for header in response.getheaders()]
        answers.append({"n": number, "status": response.status, "headers": headers})
    connection.close()
    assert answers == recorded(1)["responses"]


@pytest.mark.parametrize(("number", "asks"), [(2, True), (3, False)])
def test_connection_that_is_silent_is_closed_in_time(simulator: Simulator, number: int, asks: bool) -> None:
    """A connection is closed after the same silence, whether a request came before or not."""
    start = time.monotonic()
    with socket.create_connection(("127.0.0.1", simulator.port), timeout=TIMEOUT_S) as connection:
        if asks:
            ask(connection, simulator)
        assert until_closed(connection) == b""
    assert int((time.monotonic() - start) / IDLE_S) == silences(recorded(number), "seconds")


RAW = [exchange["n"] for exchange in scenario().exchanges if "raw_request" in exchange]


@pytest.mark.parametrize("number", RAW)
def test_raw_request_is_answered_as_recorded(simulator: Simulator, patient: Simulator, number: int) -> None:
    """The bytes of the answer, the closing, and when it comes."""
    exchange = recorded(number)
    waits = silences(exchange, "elapsed_s")
    simulator = simulator if waits else patient
    network = "/controller/network/3d286adce9000400"
    simulator.request("DELETE", network)
    # exchange 7 creates the network of the others, exchange 8 names it anew
    for name in ("chu", "exp")[: max(0, min(number - 7, 2))]:
        simulator.request("POST", network, {"name": name})
    start = time.monotonic()
    with socket.create_connection(("127.0.0.1", simulator.port), timeout=TIMEOUT_S) as connection:
        text = str(exchange["raw_request"]).replace("REDACTED", simulator.token)
        connection.sendall(raw_text(text) if "bytes)" in text else text.encode("latin-1"))
        received = until_closed(connection)
    assert without_times(received) == without_times(str(exchange["raw_response"]).encode("latin-1"))
    assert exchange["server_closed"] is True
    assert int((time.monotonic() - start) / IDLE_S) == waits or not waits


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("GET /controller HTTP/2.0\r\n\r\n", 400),
        ("GET /controller HTTP/1.1 x\r\n\r\n", 400),
        ("BREW /controller HTTP/1.1\r\n\r\n", 400),
        ("TRACE /controller HTTP/1.1\r\nX-ZT1-Auth: TOKEN\r\n\r\n", 400),
        ("GET /controller HTTP/1.1\r\nX-ZT1-Auth TOKEN\r\n\r\n", 401),
        ("GET /controller HTTP/1.1\r\nno end\nX-ZT1-Auth: TOKEN\r\n\r\n", 200),
        ("GET /controller#part HTTP/1.1\r\nX-ZT1-Auth: TOKEN\r\n\r\n", 200),
        ("GET /controller HTTP/1.1\r\nX-ZT1-Auth: TOKEN\r\nRange: bytes=200-\r\n\r\n", 416),
        ("POST /controller/network HTTP/1.1\r\nX-ZT1-Auth: TOKEN\r\n\r\n{}", 200),
        ("POST /controller/network HTTP/1.1\r\nX-ZT1-Auth: TOKEN\r\nContent-Length: -2\r\n\r\n{}", 400),
        ("POST /controller/network HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", 400),
        ("POST /controller/network HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}x\r\n", 400),
    ],
)
def test_odd_request_gets_the_status_of_the_library(simulator: Simulator, text: str, status: int) -> None:
    """Requests that no recorded exchange shows; a POST without a length is read until silence."""
    with socket.create_connection(("127.0.0.1", simulator.port), timeout=TIMEOUT_S) as connection:
        connection.sendall(text.replace("TOKEN", simulator.token).encode())
        assert connection.recv(65536).startswith(f"HTTP/1.1 {status} ".encode())


def test_connection_without_a_limit_stays_open() -> None:
    """More than five requests, and the headers still say five."""
    with running_simulator(options=("--requests-per-connection", "0", "--idle-s", str(LONG_S))) as simulator:
        connection = http.client.HTTPConnection("127.0.0.1", simulator.port, timeout=TIMEOUT_S)
        connection.connect()
        connection.auto_open = 0
        for _ in range(7):
            connection.request("GET", "/controller", headers={"X-ZT1-Auth": simulator.token})
            response = connection.getresponse()
            assert (response.status, response.getheader("Keep-Alive")) == (200, "timeout=5, max=5")
            response.read()
        connection.close()


def test_large_body_is_stored_up_to_the_longest_array(patient: Simulator) -> None:
    """Of 20,000 rules in 1.5 MB, 16,384 come back, in an answer as long as the recorded one."""
    exchange = recorded(18)
    response = exchange["response"]
    assert isinstance(response, dict)
    rule = {"type": "MATCH_ETHERTYPE", "etherType": 2048, "not": False, "or": False}
    body = json.dumps({"name": "b", "rules": [rule] * 20000})
    assert len(body) == int(re.findall(r"(\d+) bytes", str(exchange["request"]))[0])
    answer = Replay(patient).send(
        {"method": "POST", "path": "/controller/network/3d286adce9000400", "body_text": body}
    )
    assert len(json.loads(answer.body)["rules"]) == 16384
    assert answer.headers == response["headers"]


@pytest.mark.parametrize(("idle", "blocked"), [(7, False), (8, True)])
def test_idle_connections_that_hold_every_worker_block_the_next(idle: int, blocked: bool) -> None:
    """With eight workers, seven idle connections harm nobody and eight stop everybody until one ends."""
    latency = recorded(19)["latency_s"]
    assert isinstance(latency, dict)
    assert (latency[f"{idle} idle keep-alive connections"] > RECORDED_IDLE_S / 2) is blocked
    with (
        running_simulator(options=("--workers", "8", "--idle-s", str(LONG_S))) as simulator,
        ExitStack() as held,
    ):
        place = ("127.0.0.1", simulator.port)
        for _ in range(idle):
            first = held.enter_context(socket.create_connection(place, timeout=TIMEOUT_S))
            ask(first, simulator)  # answered, so that it has its worker
        next_ = held.enter_context(socket.create_connection(place, timeout=TIMEOUT_S))
        next_.sendall(request_of(simulator))
        if blocked:
            assert select([next_], [], [], BLOCKED_S) == ([], [], [])
            first.close()
        assert next_.recv(65536).startswith(b"HTTP/1.1 200 OK")


def test_stall_when_switched_on_slows_requests_two_to_four() -> None:
    """The stall strikes the requests that it strikes in the controller, and not the first."""
    with running_simulator(options=("--stall-s", str(STALL_S), "--idle-s", str(LONG_S))) as simulator:
        connection = http.client.HTTPConnection("127.0.0.1", simulator.port, timeout=TIMEOUT_S)
        seconds = []
        for _ in range(5):
            start = time.monotonic()
            connection.request("GET", "/controller", headers={"X-ZT1-Auth": simulator.token})
            connection.getresponse().read()
            seconds.append(time.monotonic() - start)
        connection.close()
    assert [one >= STALL_S for one in seconds] == [False, True, True, True, False]
