"""Sockets and threads: one thread per connection, one request at a time. Touches sockets and the clock.

Manners are those of the controller's HTTP library; each can be switched.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import socket
import socketserver
import struct
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NoReturn

from ztix.lab.controller.controller import Controller, Crash, json_answer
from ztix.lab.controller.faults import Fault, Kind, strike
from ztix.lab.controller.home import Home, open_home
from ztix.lab.controller.hooks import PREFIX, answer_hook
from ztix.lab.controller.http import (
    Answer,
    BadRequest,
    Gone,
    Request,
    Wire,
    answer_bytes,
    read_body,
    read_head,
)

_QUIET = f"{PREFIX}quiet"
_LONGEST_QUIET_S = 60.0
_NO_LINGER = struct.pack("ii", 1, 0)
_CRASHED = 134
_GARBAGE = b"\x16\x03\x01\x02\x00 this is not HTTP\r\n"


@dataclass(frozen=True, slots=True)
class Manners:
    """How the server treats its connections.

    requests: per connection, 0 for no limit.
    idle_s: silence until a connection is closed or a read given up.
    stall_s: wait before every answer of a connection but the first and the last.
    workers: connections served at once, 0 for no limit.  hooks: whether `/lab` is there.
    """

    requests: int = 5
    idle_s: float = 5.0
    stall_s: float = 0.0
    workers: int = 0
    hooks: bool = False


class Server(socketserver.ThreadingTCPServer):
    """The listening socket on loopback, and what its connections share."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, home: Home, manners: Manners) -> None:
        self._home = home
        self.manners = manners
        self.controller = Controller(home)
        self.faults: list[Fault] = []
        self.lock = threading.Lock()
        self.slots = threading.Semaphore(manners.workers) if manners.workers else contextlib.nullcontext()
        self._open = 0
        self._ended = threading.Condition()
        super().__init__(("127.0.0.1", port), Connection)

    def process_request(
        self, request: socket.socket | tuple[bytes, socket.socket], client_address: object
    ) -> None:
        """Count a connection from the moment on at which it is accepted, in the order of their coming."""
        with self._ended:
            self._open += 1
        super().process_request(request, client_address)

    def process_request_thread(
        self, request: socket.socket | tuple[bytes, socket.socket], client_address: object
    ) -> None:
        """Serve a connection and count it out."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._ended:
                self._open -= 1
                self._ended.notify_all()

    def wait_until_alone(self) -> bool:
        """Wait until no connection is open but the one that asks; False when that takes too long."""
        with self._ended:
            return self._ended.wait_for(lambda: self._open <= 1, _LONGEST_QUIET_S)

    def restart(self) -> None:
        """Forget everything that is not on disk, as a new process would."""
        home = self._home
        self._home = open_home(home.directory, home.node, home.token_file)
        self.controller = Controller(self._home)

    def answer(self, request: Request, struck: Sequence[Fault]) -> Answer:
        """Answer one request, with these faults behind it. Raises Crash where the controller would die."""
        if self.manners.hooks and (request.method, request.path) == ("POST", _QUIET):
            return json_answer("{}", 200 if self.wait_until_alone() else 503)
        with self.lock:
            self.controller.store.disk_is_full = any(fault.kind is Kind.DISK_FULL for fault in struck)
            self.controller.skew_s = sum(fault.number for fault in struck if fault.kind is Kind.SKEW)
            if self.manners.hooks and request.path.startswith(PREFIX):
                return answer_hook(request, self.controller, self.faults, self.restart)
            return self.controller.answer(request)


class Connection(socketserver.BaseRequestHandler):
    """One connection: its requests, one after the other."""

    server: Server
    request: socket.socket

    def handle(self) -> None:
        """Serve the connection until either side has had enough."""
        manners = self.server.manners
        with self.server.slots:
            self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.request.settimeout(manners.idle_s)
            with contextlib.suppress(Gone, OSError):
                for count in itertools.count(1):
                    if not self._serve(count):
                        return

    def _serve(self, count: int) -> bool:
        """Serve one request; whether the connection stays open."""
        last = count == self.server.manners.requests
        wire = Wire(self.request)
        request = None
        try:
            request = read_head(wire, self.client_address[0])
            if request.headers.get("expect") == "100-continue":
                self.request.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            request = replace(request, body=read_body(wire, request))
        except BadRequest as bad:
            self._send(Answer(bad.status, content_type=None), request, last, count)
            return not last and not (request is not None and request.closes)
        struck = self._struck(request)
        if any(fault.kind in (Kind.RESET, Kind.GARBAGE) for fault in struck):
            self._break_off(struck[-1])
            return False
        status = next((int(fault.number) for fault in struck if fault.kind is Kind.STATUS), None)
        try:
            answer = (
                self.server.answer(request, struck) if status is None else Answer(status, content_type=None)
            )
        except Crash as crash:
            self._die(crash, request)
        if any(fault.kind is Kind.HALF_BODY for fault in struck):
            sent = answer_bytes(answer, request, last, self._keep_alive())
            self.request.sendall(sent[: len(sent) - len(answer.body) // 2 - 1])
            return False
        self._send(answer, request, last, count)
        return not last and not request.closes

    def _struck(self, request: Request) -> list[Fault]:
        """The faults that strike this request, their delays already waited for."""
        if request.path.startswith(PREFIX):
            return []
        with self.server.lock:
            struck = strike(self.server.faults, request.method, request.path)
        time.sleep(sum(fault.number for fault in struck if fault.kind is Kind.DELAY))
        return struck

    def _break_off(self, fault: Fault) -> None:
        """Reset the connection, or answer with bytes that are no HTTP."""
        if fault.kind is Kind.GARBAGE:
            self.request.sendall(_GARBAGE)
        else:
            self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
            self.request.close()

    def _die(self, crash: Crash, request: Request) -> NoReturn:
        """End the process as the controller ends: the head of the answer is out, its body is not."""
        if crash.answer is not None:
            sent = answer_bytes(crash.answer, request, False, self._keep_alive())
            self.request.sendall(sent[: len(sent) - len(crash.answer.body)])
        os._exit(_CRASHED)

    def _keep_alive(self) -> str:
        # the recorded values, also where a test shortens the one or lifts the other
        return f"timeout=5, max={self.server.manners.requests or Manners().requests}"

    def _send(self, answer: Answer, request: Request | None, last: bool, count: int) -> None:
        """Send an answer, after the stall of a kept-alive connection."""
        sent = answer_bytes(answer, request, last, self._keep_alive())
        if count > 1 and not last:
            time.sleep(self.server.manners.stall_s)
        self.request.sendall(sent)
