"""Many BGP sessions at once, in one process: sends big batches and keeps what each session receives.

Law: sockets that were opened inside a namespace of the caller's; a socket stays in it, so this process need
not. Nothing waits for time to pass: a batch ends when every session has received every other one's marker,
which each sends last and which nobody but a broken route server holds back.
"""

from __future__ import annotations

import ctypes
import os
import selectors
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from pathlib import Path

from tests.live import bgp_wire as wire
from ztix.routeserver.route import Route
from ztix.terms import Address, Prefix

NEW_NET = 0x40000000  # CLONE_NEWNET of setns(2)


def connected_within(space: str, own: Address, server: Address) -> socket.socket:
    """A connection from an address inside of a namespace to port 179 of another."""
    found: list[socket.socket | BaseException] = []

    def connect() -> None:  # setns changes the calling thread alone, and this one ends
        try:
            with Path(f"/run/netns/{space}").open("rb") as namespace:
                if ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), NEW_NET):
                    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
            found.append(socket.create_connection((str(server), 179), 20, (str(own), 0)))
        except BaseException as error:
            found.append(error)

    thread = threading.Thread(target=connect)
    thread.start()
    thread.join()
    (result,) = found
    if isinstance(result, BaseException):
        raise result
    return result


@dataclass(slots=True)
class Client:
    """A member's side of one session. table: what it has received and was not withdrawn."""

    name: str
    asn: int
    address: Address
    connection: socket.socket
    families: tuple[int, ...]
    table: dict[Prefix, Route] = field(default_factory=dict)
    outgoing: bytearray = field(default_factory=bytearray)
    incoming: bytearray = field(default_factory=bytearray)
    is_up: bool = False
    ended: str = ""

    def say(self, *messages: bytes) -> None:
        for item in messages:
            self.outgoing += item

    def open(self, number: int, *, extended: bool = False) -> None:
        """Begin the session. number: makes the router id."""
        self.connection.setblocking(False)
        self.say(wire.opening(self.asn, IPv4Address(0xC6336400 + number), self.families, extended=extended))

    def hear(self, octets: bytes) -> None:
        """Take in what the route server says, whole messages at a time."""
        self.incoming += octets
        place = 0
        while len(self.incoming) - place >= wire.HEADER:
            length, kind = struct.unpack_from(">HB", self.incoming, place + 16)
            if len(self.incoming) - place < length:
                break
            self._heard(kind, bytes(self.incoming[place + wire.HEADER : place + length]))
            place += length
        del self.incoming[:place]

    def _heard(self, kind: int, body: bytes) -> None:
        if kind == wire.NOTIFICATION:
            self.ended = f"notification {body[0]}/{body[1]}"
        elif kind in (wire.OPEN, wire.KEEPALIVE):
            self.is_up = kind == wire.KEEPALIVE
            self.say(wire.message(wire.KEEPALIVE))
        elif kind == wire.UPDATE:
            said = wire.update(body)
            for prefix in said.withdrawn:
                self.table.pop(prefix, None)
            for route in said.announced:
                self.table[route.prefix] = route


@dataclass(slots=True)
class Crowd:
    """All clients of one route server."""

    clients: tuple[Client, ...]
    selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)

    def __post_init__(self) -> None:
        for client in self.clients:
            self.selector.register(client.connection, selectors.EVENT_READ, client)

    def close(self) -> None:
        self.selector.close()
        for client in self.clients:
            client.connection.close()

    def until(self, condition: Callable[[], bool], seconds: float, what: str) -> None:
        """Send and receive until the condition holds. Raises AssertionError where it does not in time."""
        deadline = time.monotonic() + seconds
        while not (self._flush() and condition()):
            for key, _ in self.selector.select(1.0):
                client: Client = key.data
                if key.events & selectors.EVENT_READ:
                    self._receive(client)
            ended = [f"{client.name}: {client.ended}" for client in self.clients if client.ended]
            assert not ended, ended
            assert time.monotonic() < deadline, f"not so after {seconds} s: {what}"

    def _receive(self, client: Client) -> None:
        try:
            octets = client.connection.recv(1 << 18)
        except BlockingIOError:
            return
        if not octets:
            client.ended = client.ended or "closed"
        client.hear(octets)

    def _flush(self) -> bool:
        """Hand the kernel what it takes; whether nothing is left."""
        for client in self.clients:
            waiting = bool(client.outgoing)
            if waiting:
                try:
                    sent = client.connection.send(client.outgoing)
                    del client.outgoing[:sent]
                except BlockingIOError:
                    pass
            events = selectors.EVENT_READ | (selectors.EVENT_WRITE if client.outgoing else 0)
            self.selector.modify(client.connection, events, client)
        return not any(client.outgoing for client in self.clients)

    def batch(
        self,
        gone: Iterable[tuple[Client, Prefix]],
        said: Iterable[tuple[Client, Route]],
        markers: Iterable[tuple[Client, Route]],
        wanted: list[tuple[Client, Route]],
        seconds: float = 120,
    ) -> None:
        """Withdraw, announce, and return when all of it went through the route server and out again.

        markers: what is said last.  wanted: who receives which of them.
        """
        for client, prefix in gone:
            client.say(wire.withdrawal(prefix))
        for client, route in (*said, *markers):
            client.say(wire.announcement(route))

        def arrived() -> bool:
            while wanted:
                client, route = wanted[-1]
                known = client.table.get(route.prefix)
                if known is None or not route.large_communities <= known.large_communities:
                    return False
                wanted.pop()
            return True

        self.until(arrived, seconds, "every marker went round")
