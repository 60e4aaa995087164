"""A web server of one page: the numbers of `ztix exporter`.

Touches: one listening socket, on the address that it is given, and a few threads, one for each connection.

Law: answers GET and HEAD of `/metrics` and nothing else. No body of a request is read, nothing of a request
is repeated or logged. A connection ends after one answer or ten seconds, however it trickles; one too many is
ended at once.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import BoundedSemaphore, Thread, Timer
from typing import Any

from ztix.errors import Usage

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"  # of Prometheus' text format
CONNECTION_S = 10.0
CONNECTIONS = 16


class MetricsServer:
    """Listens from the start, so that a taken port is found at once; answers while it is `serving`."""

    def __init__(self, host: str, port: int, connection_s: float = CONNECTION_S) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        kind = type("Server", (_Server,), {"address_family": family, "connection_s": connection_s})
        try:
            self._server: _Server = kind((host, port), _Handler)
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise Usage(
                f"nothing can listen at `{host}` port {port}: {reason}",
                help="free the port, or name another address and port by `--listen`",
            ) from None

    @property
    def url(self) -> str:
        """Where the page is; the port is the real one where 0 was asked for."""
        host, port = self._server.server_address[:2]
        shown = f"[{host!s}]" if ":" in str(host) else str(host)
        return f"http://{shown}:{port}/metrics"

    @contextmanager
    def serving(self, text: Callable[[], str]) -> Iterator[None]:
        """Answer with this text, made anew for each request, until the end of the block."""
        self._server.text = text
        thread = Thread(target=self._server.serve_forever, args=(0.1,), name="metrics", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._server.shutdown()
            thread.join()

    def close(self) -> None:
        """Listen no more."""
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    connection_s: float
    text: Callable[[], str]

    def __init__(self, *words: Any) -> None:
        super().__init__(*words)
        self._turns = BoundedSemaphore(CONNECTIONS)

    def process_request(self, request: Any, client_address: Any) -> None:
        if not self._turns.acquire(blocking=False):
            self.shutdown_request(request)
            return
        try:
            super().process_request(request, client_address)
        except BaseException:  # no thread is to be had: the turn is nobody's
            self._turns.release()
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        end = Timer(self.connection_s, _cut, [request])
        end.daemon = True
        try:
            end.start()
            super().process_request_thread(request, client_address)
        finally:
            end.cancel()
            self._turns.release()

    def handle_error(self, request: object, client_address: object) -> None:
        """A reader that leaves or says nonsense is its own affair."""


def _cut(request: socket.socket) -> None:
    with suppress(OSError):  # it has ended by itself meanwhile
        request.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    server_version, sys_version = "ztix", ""

    def do_GET(self) -> None:
        """The page, or nothing."""
        if self.path.partition("?")[0] != "/metrics":
            self.send_error(404)
            return
        body = self.server.text().encode("utf-8")
        self.send_response(200)
        self.send_header("Content-Type", CONTENT_TYPE)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    do_HEAD = do_GET  # noqa: N815 - http.server finds it by this name

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """A code alone: the words of the library repeat what was asked."""
        self.send_response(code, "no")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *words: object) -> None:  # noqa: A002 - the library's name for it
        """Nothing: requests are strangers' words."""
