"""A cache that serves ASPAs over version 2 of RTR (draft-ietf-sidrops-8210bis).

Law: run as a program, inside a namespace: `rtr2.py PORT FILE`. Each line of the file is a customer's AS
number and those of its providers. A file that has changed is sent whole at the router's next question.
"""

from __future__ import annotations

import contextlib
import socketserver
import struct
import sys
from pathlib import Path

VERSION = 2
SERIAL_QUERY, RESET_QUERY, RESPONSE, END, CACHE_RESET, ASPA = 1, 2, 3, 7, 8, 11
SESSION = 7


def pdu(kind: int, field: int, body: bytes = b"") -> bytes:
    return struct.pack(">BBHI", VERSION, kind, field, 8 + len(body)) + body


def aspas(text: str) -> bytes:
    """An announcement for each line."""
    rows = [list(map(int, line.split())) for line in text.splitlines()]
    return b"".join(pdu(ASPA, 0x0100, struct.pack(f">{len(row)}I", *row)) for row in rows)


def whole(text: str) -> bytes:
    timers = struct.pack(">IIII", 1, 3600, 600, 7200)
    return pdu(RESPONSE, SESSION) + aspas(text) + pdu(END, SESSION, timers)


class Router(socketserver.StreamRequestHandler):
    """One router that asks."""

    def handle(self) -> None:
        sent = ""
        with contextlib.suppress(ConnectionError):
            while header := self.rfile.read(8):
                _, kind, _, length = struct.unpack(">BBHI", header)
                self.rfile.read(length - 8)
                text = Path(sys.argv[2]).read_text()
                if kind == SERIAL_QUERY and text != sent:
                    self.wfile.write(pdu(CACHE_RESET, 0))
                elif kind == SERIAL_QUERY:
                    self.wfile.write(whole(""))
                elif kind == RESET_QUERY:
                    self.wfile.write(whole(text))
                    sent = text


class Cache(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


if __name__ == "__main__":
    with Cache(("127.0.0.1", int(sys.argv[1])), Router) as server:
        server.serve_forever()
