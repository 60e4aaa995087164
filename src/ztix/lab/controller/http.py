"""Requests and answers on the wire, with the manners of the controller's HTTP library. Touches sockets.

Measured (transcript 09): bytes that arrive after a request in the same segment are lost, header values
are percent-decoded, a body shorter than announced is waited for and then refused.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass
from urllib.parse import unquote, unquote_plus

LONGEST_LINE = 8192
LONGEST_FORM = 8192
REASONS = {
    200: "OK",
    206: "Partial Content",
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    413: "Payload Too Large",
    414: "URI Too Long",
    416: "Range Not Satisfiable",
    500: "Internal Server Error",
    503: "Service Unavailable",
}
_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "PRI"))
_WITH_BODY = frozenset(("POST", "PUT", "PATCH", "DELETE", "PRI"))
_SEGMENT = 4096


class Gone(Exception):
    """The client closed the connection, or was silent too long, before a request began."""


class BadRequest(Exception):
    """The request cannot be read. status: what to answer."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


@dataclass(frozen=True, slots=True)
class Request:
    """One request. headers: lower-case names, the first of each.  query: the first of each name."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    version: str
    peer: str
    body: bytes = b""

    @property
    def closes(self) -> bool:
        """Whether the client wants the connection closed afterwards."""
        connection = self.headers.get("connection", "")
        return connection == "close" or (self.version == "HTTP/1.0" and connection != "Keep-Alive")


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer. content_type: None for an answer without content."""

    status: int
    body: bytes = b""
    content_type: str | None = "application/json"


class Wire:
    """A buffered reader of one request; what it read too much is lost with it."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._buffer = bytearray()

    def _more(self) -> bool:
        """Receive once; False at the end of the stream or after the time limit."""
        try:
            received = self._connection.recv(_SEGMENT)
        except OSError:
            return False
        self._buffer += received
        return bool(received)

    def line(self) -> bytes | None:
        """The next line with its end, None when the stream ends before it."""
        searched = 0
        while (at := self._buffer.find(b"\n", searched)) < 0:
            searched = len(self._buffer)
            if not self._more():
                return None
        line = bytes(self._buffer[: at + 1])
        del self._buffer[: at + 1]
        return line

    def exactly(self, length: int) -> bytes:
        """`length` bytes. Raises BadRequest when they do not come."""
        while len(self._buffer) < length:
            if not self._more():
                raise BadRequest(400)
        taken = bytes(self._buffer[:length])
        del self._buffer[:length]
        return taken

    def rest(self) -> bytes:
        """Everything until the client stops sending or is silent too long."""
        while self._more():
            continue
        return bytes(self._buffer)

    def headers(self) -> dict[str, str]:
        """The header lines up to the empty one. Raises BadRequest."""
        headers: dict[str, str] = {}
        while True:
            line = self.line()
            if line is None or len(line) > LONGEST_LINE:
                raise BadRequest(400)
            if line == b"\r\n":
                return headers
            name, colon, value = line.removesuffix(b"\r\n").rstrip(b" \t").partition(b":")
            value = value.lstrip(b" \t")
            # a line without CRLF, name or value is passed over
            if line.endswith(b"\r\n") and name and colon and value:
                text = unquote(value.decode("latin-1"), encoding="latin-1")
                headers.setdefault(name.decode("latin-1").lower(), text)

    def chunks(self) -> bytes:
        """A chunked body. Raises BadRequest."""
        body = bytearray()
        while True:
            size = _number(self.line(), 16)
            if size == 0:
                while self.line() not in (b"\r\n", None):
                    continue
                return bytes(body)
            body += self.exactly(size)
            if self.line() != b"\r\n":
                raise BadRequest(400)


def _number(line: bytes | None, base: int) -> int:
    """A length on the wire. Raises BadRequest."""
    digits = (line or b"").strip()
    if not digits.isalnum():
        raise BadRequest(400)
    try:
        return int(digits, base)
    except ValueError:
        raise BadRequest(400) from None


def read_head(wire: Wire, peer: str) -> Request:
    """The request line and headers. Raises Gone, BadRequest."""
    line = wire.line()
    if line is None:
        raise Gone
    if len(line) > LONGEST_LINE:
        wire.headers()
        raise BadRequest(414)
    parts = line.decode("latin-1").removesuffix("\r\n").split(" ")
    if not line.endswith(b"\r\n") or len(parts) != 3 or parts[0] not in _METHODS:
        raise BadRequest(400)
    method, target, version = parts
    if version not in ("HTTP/1.1", "HTTP/1.0"):
        raise BadRequest(400)
    path, _, query = target.partition("#")[0].partition("?")
    return Request(method, unquote(path), _query(query), wire.headers(), version, peer)


def _query(text: str) -> dict[str, str]:
    """The parameters after the question mark."""
    query: dict[str, str] = {}
    for pair in filter(None, text.split("&")):
        name, _, value = pair.partition("=")
        query.setdefault(unquote_plus(name), unquote_plus(value))
    return query


def read_body(wire: Wire, request: Request) -> bytes:
    """The body of a request that has one. Raises BadRequest."""
    if request.method not in _WITH_BODY:
        return b""
    if request.headers.get("transfer-encoding", "").lower() == "chunked":
        body = wire.chunks()
    elif (length := request.headers.get("content-length")) is not None:
        body = wire.exactly(_number(length.encode("latin-1"), 10))
    elif request.method == "DELETE":
        return b""
    else:
        body = wire.rest()
    form = request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
    if form and len(body) > LONGEST_FORM:
        raise BadRequest(413)
    return body


def _ranged(answer: Answer, request: Request) -> tuple[Answer, list[tuple[str, str]]]:
    """Honour `Range: bytes=A-B`, which the controller's library does for every answer with content."""
    wanted = request.headers.get("range", "")
    first, dash, last = wanted.removeprefix("bytes=").partition("-")
    if not wanted.startswith("bytes=") or not dash or not first.isdigit() or answer.status != 200:
        return answer, []
    size = len(answer.body)
    start, end = int(first), min(int(last), size - 1) if last.isdigit() else size - 1
    if start > end:
        return Answer(416, b"", None), []
    part = Answer(206, answer.body[start : end + 1], answer.content_type)
    return part, [("Content-Range", f"bytes {start}-{end}/{size}")]


def answer_bytes(answer: Answer, request: Request | None, closing: bool, keep_alive: str) -> bytes:
    """The answer as sent. request: None when it could not be read."""
    headers: list[tuple[str, str]] = []
    if request is not None:
        answer, headers = _ranged(answer, request)
        if request.method == "HEAD":
            headers.append(("Accept-Ranges", "bytes"))
    if closing or (request is not None and request.headers.get("connection") == "close"):
        headers.append(("Connection", "close"))
    else:
        headers.append(("Keep-Alive", keep_alive))
    headers.append(("Content-Length", str(len(answer.body))))
    if answer.content_type is not None:
        headers.append(("Content-Type", answer.content_type))
    lines = [f"HTTP/1.1 {answer.status} {REASONS[answer.status]}"]
    lines += [f"{name}: {value}" for name, value in sorted(headers)]
    head = "\r\n".join([*lines, "", ""]).encode("latin-1")
    return head if request is not None and request.method == "HEAD" else head + answer.body
