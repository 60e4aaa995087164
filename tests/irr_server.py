"""A small IRR server on loopback: as much of IRRd's `!` protocol as bgpq4 speaks, and the ways it fails.

Law: listens on 127.0.0.1 only, on a port of the system's choice, until the block ends. Replies are
`A<length>`, the text and `C`; `C` alone for nothing; `D` for no such key; `F` and words for an error
(https://irrd.readthedocs.io/en/stable/users/queries/whois/).
"""

from __future__ import annotations

import contextlib
import socket
import socketserver
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

STALL_S = 60.0  # of a query that is not answered
Objects = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Source:
    """One IRR: members of its AS-SETs, and the prefixes of route and route6 objects by origin."""

    as_sets: Objects = field(default_factory=dict)
    routes: Objects = field(default_factory=dict)
    routes6: Objects = field(default_factory=dict)


@dataclass(slots=True)
class Irr:
    """What the server holds and was asked.

    cut: queries that begin with this are answered in part, and then the connection ends.  stall: those are
    not answered at all.  refuse: those are answered with an error.
    """

    sources: Mapping[str, Source]
    cut: str = "-"
    stall: str = "-"
    refuse: str = "-"
    asked: list[str] = field(default_factory=list)
    port: int = 0
    _over: threading.Event = field(default_factory=threading.Event)

    @property
    def host(self) -> str:
        """Its address and port, as bgpq4 takes them."""
        return f"127.0.0.1:{self.port}"

    def stop(self) -> None:
        """Let go of the connections that wait for an answer."""
        self._over.set()

    def wait(self) -> None:
        """Return when the server is about to end."""
        self._over.wait(STALL_S)


class _Session(socketserver.StreamRequestHandler):
    """One connection. chosen: the sources that it asks, the first that has a set wins."""

    irr: Irr
    chosen: list[str]

    def handle(self) -> None:
        assert isinstance(self.server, _Server)
        self.irr = self.server.irr
        self.chosen = list(self.irr.sources)
        with contextlib.suppress(ConnectionError):
            for line in self.rfile:
                query = line.decode("ascii", "replace").strip()
                self.irr.asked.append(query)
                if query == "!q" or not self.answered(query):
                    return

    def answered(self, query: str) -> bool:
        """Whether the connection stays open after this query."""
        if query.startswith(self.irr.stall):
            self.irr.wait()
            return False
        if query.startswith(self.irr.cut):
            self.wfile.write(b"A4096\n192.0.2.0/24 198.51.100.0/24 ")
            self.connection.shutdown(socket.SHUT_WR)
            self.rfile.read()  # a close with questions unread would be a reset, and not the end of an answer
            return False
        if query.startswith(self.irr.refuse):
            self.wfile.write(b"F the database is being loaded\n")
        else:
            self.wfile.write(self.reply(query))
        return True

    def reply(self, query: str) -> bytes:
        """The answer to one query."""
        verb, rest = query[:2].lower(), query[2:].upper()
        replies = {"!s": self.source, "!i": self.set_members, "!a": self.set_routes}
        if verb in replies:
            return replies[verb](rest)
        if verb in ("!g", "!6"):
            return _text(self.routes(rest, "4" if verb == "!g" else "6"))
        return {"!!": b"", "!n": b"C\n"}.get(verb, b"F unrecognized command\n")

    def set_members(self, words: str) -> bytes:
        name, _, recursive = words.partition(",")
        members = self.members(name)
        if members is None:
            return b"D\n"
        return _text(self.origins(name) if recursive == "1" else members)

    def source(self, words: str) -> bytes:
        if words == "-LC":
            return _text([",".join(self.chosen)])
        wanted = words.split(",")
        if any(name not in self.irr.sources for name in wanted):
            return b"F One or more selected sources are unavailable.\n"
        self.chosen = wanted
        return b"C\n"

    def set_routes(self, words: str) -> bytes:
        if not words:
            return b"F Missing required set name for A query\n"
        family, name = (words[0], words[1:]) if words[0] in "46" else ("46", words)
        if self.members(name) is None:
            return b"D\n"
        return _text(
            prefix for asn in self.origins(name) for each in family for prefix in self.routes(asn, each)
        )

    def members(self, name: str) -> Sequence[str] | None:
        sets = (self.irr.sources[source].as_sets for source in self.chosen)
        return next((found[name] for found in sets if name in found), None)

    def origins(self, name: str) -> list[str]:
        """The AS numbers below a set, whose loops end."""
        seen, waiting, found = {name}, [name], dict[str, None]()
        while waiting:
            for member in self.members(waiting.pop()) or ():
                if member.startswith("AS-") or ":" in member:
                    waiting += [member] if member not in seen else []
                    seen.add(member)
                else:
                    found[member] = None
        return sorted(found)

    def routes(self, asn: str, family: str) -> list[str]:
        sources = [self.irr.sources[source] for source in self.chosen]
        objects = [source.routes if family == "4" else source.routes6 for source in sources]
        return sorted({prefix for each in objects for prefix in each.get(asn, ())})


def _text(words: Iterator[str] | Sequence[str]) -> bytes:
    line = " ".join(words).encode("ascii")
    return b"A%d\n%s\nC\n" % (len(line) + 1, line) if line else b"C\n"


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, irr: Irr) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.irr = irr


@contextlib.contextmanager
def irr_server(
    sources: Mapping[str, Source], *, cut: str = "-", stall: str = "-", refuse: str = "-"
) -> Iterator[Irr]:
    """The server, until the block ends."""
    irr = Irr(sources, cut, stall, refuse)
    with _Server(irr) as server:
        irr.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield irr
        finally:
            irr.stop()
            server.shutdown()
            thread.join()
