"""A web server and a name server on loopback that do whatever a stranger's might, for the tests of look-ups.

Law: everything stays on 127.0.0.1. `Wire` leads each connection to the server here and notes where it was
meant to go; names resolve by a table.
"""

from __future__ import annotations

import datetime
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from pathlib import Path

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.resolver
import dns.rrset
import httpcore
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ztix.drivers.http import RetryBudget
from ztix.drivers.public_web import LookupFailed, PublicWeb
from ztix.terms import Address

PUBLIC = ip_network("198.51.100.0/24")  # stands for the public Internet
HOSTS = ("www.example.net", "example.net", "rdap.example.net", "rdap2.example.net", "data.example.net")


def patience() -> RetryBudget:
    """No repeats, so that each fault is seen as it is."""
    return RetryBudget(retries=0, seconds=0.0)


def certificate(folder: Path, names: tuple[str, ...] = HOSTS) -> Path:
    """A file with a key and a certificate of its own for these names."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, names[0])])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{names[0]}.pem"
    encoding = serialization.Encoding.PEM
    path.write_bytes(
        key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(encoding)
    )
    return path


Answering = Callable[[socket.socket, threading.Event], None]


def answer(status: int, body: bytes = b"", *headers: str) -> bytes:
    """A whole answer of HTTP/1.1 whose connection ends with it."""
    lines = [f"HTTP/1.1 {status} Status", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


@dataclass
class StrangersWeb:
    """What is answered, by host and path; asked: the heads of the requests that came."""

    port: int
    places: dict[tuple[str, str], bytes | Answering] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def serve(self, connection: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head and (part := connection.recv(4096)):
            head += part
        text = head.decode()
        path = text.split(" ")[1]
        host = next(line[6:] for line in text.split("\r\n") if line.lower().startswith("host: "))
        self.asked.append(text)
        place = self.places.get((host, path), answer(404))
        if isinstance(place, bytes):
            connection.sendall(place)
        else:
            place(connection, self.over)


@contextmanager
def strangers_web(pem: Path) -> Iterator[StrangersWeb]:
    """A server over TLS with this certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        web = StrangersWeb(listening.getsockname()[1])
        threads: list[threading.Thread] = []

        def one(plain: socket.socket) -> None:
            with (
                suppress(OSError, StopIteration, IndexError),
                plain,
                context.wrap_socket(plain, server_side=True) as connection,
            ):
                web.serve(connection)

        def accept() -> None:
            while not web.over.is_set():
                with suppress(OSError):
                    plain, _ = listening.accept()
                    plain.settimeout(30)
                    threads.append(threading.Thread(target=one, args=(plain,)))
                    threads[-1].start()

        listening.settimeout(0.05)
        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield web
        finally:
            web.over.set()
            thread.join()
            for each in threads:
                each.join()


class Wire(httpcore.SyncBackend):
    """Leads to a port on loopback. meant: where each connection was to go.  dead: addresses that refuse."""

    def __init__(self, port: int, dead: tuple[str, ...] = ()) -> None:
        self.port, self.dead, self.meant = port, dead, list[tuple[str, int]]()

    def connect_tcp(self, host: str, port: int, *args: object, **kwargs: object) -> httpcore.NetworkStream:
        self.meant.append((host, port))
        if host in self.dead:
            raise httpcore.ConnectError("refused")
        return super().connect_tcp("127.0.0.1", self.port, *args, **kwargs)  # type: ignore[arg-type] # passed on


@dataclass
class Names:
    """A table of names; one that is not in it has no address, and None stands for servers that fail."""

    table: Mapping[str, tuple[str, ...] | None]
    asked: list[str] = field(default_factory=list)

    def __call__(self, name: str, timeout_s: float) -> tuple[Address, ...]:
        self.asked.append(name)
        found = self.table.get(name, ())
        if found is None:
            raise LookupFailed("the name servers did not answer (Timeout)")
        return tuple(map(ip_address, found))


def public_web(
    port: int,
    pem: Path,
    table: Mapping[str, tuple[str, ...] | None] | None = None,
    dead: tuple[str, ...] = (),
) -> tuple[PublicWeb, Wire, Names]:
    """The way to that server; by default all hosts are at 198.51.100.7."""
    wire, names = Wire(port, dead), Names(table or dict.fromkeys(HOSTS, ("198.51.100.7",)))
    trust = ssl.create_default_context(cafile=str(pem))
    return PublicWeb(names, lambda address: address in PUBLIC, wire, trust), wire, names


# What a name server does with a question over UDP; over TCP all are answered whole.
Zone = Mapping[str, "tuple[str, ...] | str"]


def _reply(zone: Zone, wire: bytes, *, tcp: bool) -> bytes | None:
    question = dns.message.from_wire(wire)
    name = str(question.question[0].name)
    found = zone.get(name)
    reply = dns.message.make_response(question, recursion_available=True)
    match found:
        case None:
            reply.set_rcode(dns.rcode.NXDOMAIN)
        case "silent":
            return None
        case "garbage":
            return b"\x00" * 5
        case "elsewhere":  # an answer to a question that nobody asked
            reply.id = (question.id + 1) % 65536
        case str():
            reply.set_rcode(dns.rcode.from_text(found))
        case tuple():
            kind = dns.rdatatype.to_text(question.question[0].rdtype)
            rows = [text for text in found if kind == "TXT" or (":" in text) == (kind == "AAAA")]
            if rows:
                reply.answer.append(dns.rrset.from_text(name, 60, "IN", kind, *rows))
    sent = reply.to_wire(max_size=65535)
    if not tcp and len(sent) > 1232:
        reply.answer.clear()
        reply.flags |= dns.flags.TC
        sent = reply.to_wire()
    return sent


def _one_port() -> tuple[socket.socket, socket.socket]:
    """A socket of each kind at one port: one that is free for the first kind may be taken for the other."""
    while True:
        tcp = socket.create_server(("127.0.0.1", 0))
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            udp.bind(tcp.getsockname())
        except OSError:
            tcp.close()
            udp.close()
        else:
            return udp, tcp


@contextmanager
def name_server(zone: Zone) -> Iterator[dns.resolver.Resolver]:
    """A resolver that asks a server with this zone: names with their last dot, and TXT records in quotes.

    In place of records: an RCODE, `silent`, `garbage`, or `elsewhere`.
    """
    over = threading.Event()
    udp, tcp = _one_port()
    port = udp.getsockname()[1]
    with udp, tcp:
        udp.settimeout(0.05)
        tcp.settimeout(0.05)

        def by_udp() -> None:
            while not over.is_set():
                with suppress(TimeoutError):
                    wire, peer = udp.recvfrom(4096)
                    if sent := _reply(zone, wire, tcp=False):
                        udp.sendto(sent, peer)

        def by_tcp() -> None:
            while not over.is_set():
                with suppress(TimeoutError, OSError):
                    connection, _ = tcp.accept()
                    with connection:
                        wire = connection.recv(4096)
                        sent = _reply(zone, wire[2:], tcp=True) or b""
                        connection.sendall(len(sent).to_bytes(2, "big") + sent)

        threads = [threading.Thread(target=by_udp), threading.Thread(target=by_tcp)]
        for thread in threads:
            thread.start()
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers, resolver.port = ["127.0.0.1"], port
        try:
            yield resolver
        finally:
            over.set()
            for thread in threads:
                thread.join()
