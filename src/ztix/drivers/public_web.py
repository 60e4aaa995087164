"""HTTPS to hosts whose names strangers wrote, without a way into anybody's own network.

Touches: the name servers of this machine, and port 443 of public addresses.

Law: only `https`, only port 443, only host names. The name is looked up once and the connection goes to that
very address if it is a public one, so that a name that changes its mind leads nowhere else. No proxy and no
credential of the environment, no cookie; a redirect is told and not followed. One deadline covers all of it:
names, TLS, headers that trickle, repeats.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from ipaddress import ip_address
from typing import TypeAlias

import dns.exception
import dns.resolver
import httpcore
import httpx

from ztix.admission.host import website_host
from ztix.drivers.http import Reply, RetryBudget, client, request
from ztix.errors import Unavailable
from ztix.events import Upstream
from ztix.reserved import BOGON_PREFIXES
from ztix.terms import Address

PORT = 443
TIMEOUT_S = 20.0  # for one look-up, all told
ADDRESSES_MAX = 4  # of a host that are tried

Lookup: TypeAlias = Callable[[str, float], tuple[Address, ...]]
"""The addresses of a name, given seconds to find them: none where it has none. Raises LookupFailed."""


class LookupFailed(Exception):
    """The name servers did not answer. Its text says how."""


class NoAddress(Unavailable):
    """The host has no address, and its name servers say so."""


def is_public(address: Address) -> bool:
    """Whether an address is one of the public Internet: no one's own network, no tunnel, no group."""
    if not address.is_global or address.is_multicast or address.is_reserved:
        return False
    return not any(address.version == part.version and address in part for part in BOGON_PREFIXES)


def look_up(name: str, timeout_s: float) -> tuple[Address, ...]:
    """The addresses of a name, IPv4 first, from the name servers that this machine is set to."""
    resolver = dns.resolver.Resolver()
    end, found = time.monotonic() + timeout_s, list[Address]()
    for kind in ("A", "AAAA"):
        try:
            answer = resolver.resolve(
                f"{name}.", kind, lifetime=max(0.1, end - time.monotonic()), raise_on_no_answer=False
            )
        except dns.resolver.NXDOMAIN:
            return ()
        except dns.exception.DNSException as error:
            if found:  # an answer for one family is enough
                break
            raise LookupFailed(f"the name servers did not answer ({type(error).__name__})") from None
        found.extend(ip_address(record.address) for record in answer.rrset or ())
    return tuple(found)


@cache
def _trust() -> ssl.SSLContext:
    """The public authorities. One for all, because making it takes longer than a handshake."""
    return httpx.create_ssl_context(trust_env=False)


@dataclass(frozen=True, slots=True)
class PublicWeb:
    """The way to the web that strangers name.

    look_up, public, wire, trust: the outside, so that tests stay at home.  monotonic: seconds.
    """

    look_up: Lookup = look_up
    public: Callable[[Address], bool] = is_public
    wire: httpcore.NetworkBackend = field(default_factory=httpcore.SyncBackend)
    trust: ssl.SSLContext | None = None
    monotonic: Callable[[], float] = time.monotonic

    def get(
        self,
        url: str,
        *,
        service: str,
        budget: RetryBudget,
        limit_bytes: int,
        accept: str = "text/plain",
        timeout_s: float = TIMEOUT_S,
        upstream: Upstream = Upstream.WEBSITE,
    ) -> Reply:
        """What is there, redirects included. Raises Unavailable, NoAddress where there is no such host."""
        if not fit(url):
            raise Unavailable(f"{service} is at no address of the form `https://HOST/PATH`", help="mend it")
        way = _Way(self, self.monotonic() + timeout_s)
        pool = httpcore.ConnectionPool(
            ssl_context=self.trust or _trust(), max_keepalive_connections=0, network_backend=way
        )
        with client(
            "", headers={"Accept": accept}, timeout_s=timeout_s, keep_alive=False, transport=_Transport(pool)
        ) as http:
            return request(
                http,
                "GET",
                url,
                service=service,
                budget=budget,
                limit_bytes=limit_bytes,
                redirects=True,
                upstream=upstream,
            )


def fit(url: str) -> bool:
    """Whether a URL is one that is asked: `https`, a host that is a name, no user, no other port.

    Two readers must agree on the host, because it is where readers of URLs differ.
    """
    try:
        parts = httpx.URL(url)
    except (httpx.InvalidURL, ValueError):
        return False
    plain = parts.scheme == "https" and parts.port in (None, PORT) and not parts.userinfo
    return plain and website_host(url) == parts.raw_host.decode()


@dataclass(slots=True)
class _Way(httpcore.NetworkBackend):
    """Connects to public addresses only, until its time is over."""

    web: PublicWeb
    end: float

    def left_s(self) -> float:
        left_s = self.end - self.web.monotonic()
        if left_s <= 0:
            raise httpcore.ReadTimeout("the time for this look-up is over")
        return left_s

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        failure: Exception = httpcore.ConnectError("no address answered")
        for address in self._addresses(host)[:ADDRESSES_MAX]:
            try:
                stream = self.web.wire.connect_tcp(str(address), port, self.left_s(), None, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return _Stream(stream, self)
        raise failure

    def _addresses(self, host: str) -> list[Address]:
        try:
            found = self.web.look_up(host, self.left_s())
        except LookupFailed as error:
            raise httpcore.ConnectError(str(error)) from None
        if not found:
            raise NoAddress(f"the host `{host}` has no address", help="check its name")
        public = [address for address in found if self.web.public(address)]
        if not public:
            raise Unavailable(f"the host `{host}` has no public address", help="nothing else is connected to")
        return public


@dataclass(slots=True)
class _Stream(httpcore.NetworkStream):
    """A connection whose every wait ends with the look-up's time."""

    inner: httpcore.NetworkStream
    way: _Way

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self.inner.read(max_bytes, self.way.left_s())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.inner.write(buffer, self.way.left_s())

    def close(self) -> None:
        self.inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Stream(self.inner.start_tls(ssl_context, server_hostname, self.way.left_s()), self.way)

    def get_extra_info(self, info: str) -> object:
        return self.inner.get_extra_info(info)


@dataclass(slots=True)
class _Transport(httpx.BaseTransport):
    """httpx over that way. What it raises is httpx's, as the client of all services expects."""

    pool: httpcore.ConnectionPool

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        sent = httpcore.Request(
            request.method,
            httpcore.URL(
                scheme=request.url.raw_scheme,
                host=request.url.raw_host,
                port=request.url.port,
                target=request.url.raw_path,
            ),
            headers=request.headers.raw,
        )
        with _as_httpx():
            answer = self.pool.handle_request(sent)
        headers = httpx.Headers(answer.headers)
        if headers.get("Content-Encoding", "identity").lower() != "identity":
            answer.close()  # nobody asked for it, and a little of it could be a gigabyte
            raise httpx.DecodingError("compressed")
        return httpx.Response(answer.status, headers=headers, stream=_Body(answer))

    def close(self) -> None:
        self.pool.close()


@dataclass(slots=True)
class _Body(httpx.SyncByteStream):
    answer: httpcore.Response

    def __iter__(self) -> Iterator[bytes]:
        with _as_httpx():
            yield from self.answer.iter_stream()

    def close(self) -> None:
        self.answer.close()


@contextmanager
def _as_httpx() -> Iterator[None]:
    try:
        yield
    except httpcore.TimeoutException:
        raise httpx.ReadTimeout("no answer in time") from None
    except httpcore.ConnectError as error:
        raise httpx.ConnectError(str(error)) from None
    except (httpcore.NetworkError, httpcore.ProtocolError) as error:
        raise httpx.RemoteProtocolError(type(error).__name__) from None
