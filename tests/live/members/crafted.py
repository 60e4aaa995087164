"""A member that says what no router would: our own speaker, its sockets in the member's namespace.

Law: a session is a socket and a thread that reads it; both end with the block that opened them.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.live.members import SERVER, Announcement, Family, Place, Route, family_of
from tests.live.members.wire import (
    KEEPALIVE,
    NOTIFICATION,
    OPEN,
    Attributes,
    attributes,
    message,
    opening,
    update,
    withdrawal,
)
from ztix.lab.daemons import wait_until

CLONE_NEWNET = 0x40000000
TCP_MD5SIG = 14
PORT = 179


def inside(space: str, make: Callable[[], socket.socket]) -> socket.socket:
    """The socket that `make` returns, made by a thread of its own that entered the namespace."""
    made: list[socket.socket | OSError] = []

    def enter() -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        with Path("/run/netns", space).open() as handle:
            assert libc.setns(handle.fileno(), CLONE_NEWNET) == 0, os.strerror(ctypes.get_errno())
        try:
            made.append(make())
        except OSError as failure:
            made.append(failure)

    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    (result,) = made
    if isinstance(result, OSError):
        raise result
    return result


def connected(own: str, server: str, *, ttl: int = 1, password: str = "") -> socket.socket:
    """A connection from this address to the route server's BGP port."""
    kind = socket.AF_INET6 if ":" in own else socket.AF_INET
    connection = socket.socket(kind)
    connection.settimeout(3)
    if kind == socket.AF_INET6:
        connection.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, ttl)
    else:
        connection.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, ttl)
    if password:
        connection.setsockopt(socket.IPPROTO_TCP, TCP_MD5SIG, _md5(server, password))
    try:
        connection.bind((own, 0))
        connection.connect((server, PORT))
    except OSError:
        connection.close()
        raise
    return connection


def _md5(server: str, password: str) -> bytes:
    """struct tcp_md5sig of linux/tcp.h: a sockaddr_storage, the key's length, the key."""
    if ":" in server:
        peer = struct.pack("=HHI16sI", socket.AF_INET6, 0, 0, socket.inet_pton(socket.AF_INET6, server), 0)
    else:
        peer = struct.pack("=HH4s", socket.AF_INET, 0, socket.inet_aton(server))
    return struct.pack("=128sBBHi80s", peer, 0, 0, len(password), 0, password.encode())


@dataclass
class Session:
    """One session. notification: the code and subcode that the route server ended it with."""

    connection: socket.socket
    up: bool = False
    times_up: int = 0
    ended: bool = False
    notification: tuple[int, int] | None = None
    updates: list[bytes] = field(default_factory=list)

    def send(self, *messages: bytes) -> None:
        """Send these as they are. A session that was ended takes nothing more."""
        with contextlib.suppress(OSError):
            self.connection.sendall(b"".join(messages))

    def listen(self) -> None:
        """Read until the end. Each KEEPALIVE is answered with one, which keeps both timers."""
        with contextlib.suppress(OSError), self.connection.makefile("rb") as stream:
            while len(header := stream.read(19)) == 19:  # an end may cut a message
                length, kind = struct.unpack(">HB", header[16:])
                if len(body := stream.read(length - 19)) < length - 19:
                    break
                if kind in (OPEN, KEEPALIVE):
                    self.send(message(KEEPALIVE))
                if kind == KEEPALIVE and not self.up:
                    self.up, self.times_up = True, self.times_up + 1
                if kind == NOTIFICATION:
                    self.notification = (body[0], body[1])
                self.updates += [body] if kind == 2 else []
        self.up, self.ended = False, True


@dataclass
class CraftedMember:
    """Our own speaker with a session for each family that was opened."""

    place: Place
    stack: contextlib.ExitStack
    sessions: dict[Family, Session] = field(default_factory=dict)

    def open(
        self, family: Family, first: bytes = b"", *, own: str = "", ttl: int = 1, password: str = ""
    ) -> Session:
        """Connect and say OPEN, or what is to be said in its place. The session may never come up."""
        address = own or self.place.addresses[family]
        connection = inside(
            self.place.space, lambda: connected(address, SERVER[family], ttl=ttl, password=password)
        )
        connection.settimeout(None)
        session = Session(connection)
        thread = threading.Thread(target=session.listen, daemon=True)
        self.stack.callback(_close, connection, thread)
        # Before the thread reads: it would answer the other's OPEN with a KEEPALIVE that must not come first.
        session.send(first or opening(self.place.asn, family, router_id=self.place.addresses[4]))
        thread.start()
        self.sessions[family] = session
        return session

    def come_up(self, *families: Family) -> None:
        """Open sessions that are down, and wait until they are up."""
        for family in families:
            if not self.session_is_up(family):
                wait_until(lambda family=family: self._came_up(family), 90, f"session {family} is up")  # type: ignore[misc]

    def _came_up(self, family: Family) -> bool:
        # A route server that waits after an error hangs up at once; so it is asked again. One that is only
        # slow is not: it would hang up on each later connection, in favour of the first.
        with contextlib.suppress(OSError):
            session = self.open(family)
            with contextlib.suppress(AssertionError):
                wait_until(lambda: session.up or session.ended, 30, "an answer")
            return session.up
        return False

    def announce(self, *said: Announcement) -> None:
        """Announce these."""
        for one in said:
            self.send(one.prefix, self.attributes(one))

    def attributes(self, said: Announcement) -> Attributes:
        """The attributes of an announcement, for whoever wants to spoil them."""
        return attributes(said, self.place.whole_path(said), self.place.next_hop(said))

    def send(self, prefix: str, found: Attributes) -> None:
        """Send an UPDATE with these attributes."""
        family = family_of(prefix)
        self.sessions[family].send(update(found, (prefix,) if family == 4 else ()))

    def withdraw(self, *prefixes: str) -> None:
        """Announce these no more."""
        for prefix in prefixes:
            self.sessions[family_of(prefix)].send(withdrawal(prefix))

    def session_is_up(self, family: Family) -> bool:
        """Whether the session of this family is established."""
        return family in self.sessions and self.sessions[family].up

    def times_up(self, family: Family) -> int:
        """How often the session at hand came up: never, or once."""
        return self.sessions[family].times_up

    def received(self, prefix: str) -> Route | None:
        """It keeps no table."""
        raise NotImplementedError(f"the crafted member does not read routes, so not {prefix}")


def _close(connection: socket.socket, thread: threading.Thread) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    thread.join(timeout=5)
    connection.close()


@contextlib.contextmanager
def crafted_member(place: Place) -> Iterator[CraftedMember]:
    """Our own speaker in this place, without a session yet."""
    with contextlib.ExitStack() as stack:
        yield CraftedMember(place, stack)
