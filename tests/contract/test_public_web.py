"""The way to hosts that strangers name: to public addresses only, and never for long."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path

import pytest

from tests.contract.strangers_web import (
    StrangersWeb,
    answer,
    certificate,
    name_server,
    patience,
    public_web,
    strangers_web,
)
from ztix.drivers import public_web as driver
from ztix.drivers.http import Reply
from ztix.drivers.public_web import LookupFailed, NoAddress, PublicWeb, fit, is_public, look_up
from ztix.errors import Unavailable

URL = "https://example.net/file"
STALL_S = 60.0
PLACE = ("example.net", "/file")


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def web(pem: Path) -> Iterator[StrangersWeb]:
    with strangers_web(pem) as server:
        yield server


def get(way: PublicWeb, url: str = URL, timeout_s: float = 60.0) -> Reply:
    return way.get(url, service="the website", budget=patience(), limit_bytes=1000, timeout_s=timeout_s)


def refused(way: PublicWeb, url: str = URL, timeout_s: float = 60.0) -> str:
    with pytest.raises(Unavailable) as caught:
        get(way, url, timeout_s)
    return caught.value.message


def test_get_goes_to_the_address_that_was_looked_up(web: StrangersWeb, pem: Path) -> None:
    """The name is asked for once; port 443 of that address, with the name in TLS and in the request."""
    web.places[PLACE] = answer(200, b"hello")
    way, wire, names = public_web(web.port, pem)
    reply = get(way)
    assert (reply.status, reply.body) == (200, b"hello")
    assert wire.meant == [("198.51.100.7", 443)]
    assert names.asked == ["example.net"]
    head = web.asked[0].lower()
    assert "host: example.net\r\n" in head
    assert not any(f"\r\n{name}:" in head for name in ("cookie", "authorization", "referer"))


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "fd00::1"])
def test_get_when_the_address_is_of_somebodys_own_network_connects_to_nothing(
    web: StrangersWeb, pem: Path, address: str
) -> None:
    """A name may lead anywhere; the connection does not."""
    way, wire, _ = public_web(web.port, pem, {"example.net": (address,)})
    assert refused(way) == "the host `example.net` has no public address"
    assert wire.meant == []


def test_get_when_some_addresses_are_public_takes_these(web: StrangersWeb, pem: Path) -> None:
    """The others are passed over, also when a public one does not answer."""
    web.places[PLACE] = answer(200, b"hello")
    table = {"example.net": ("127.0.0.1", "198.51.100.8", "10.0.0.1", "198.51.100.9")}
    way, wire, _ = public_web(web.port, pem, table, dead=("198.51.100.8",))
    assert get(way).body == b"hello"
    assert wire.meant == [("198.51.100.8", 443), ("198.51.100.9", 443)]


def test_get_when_no_address_answers_is_unavailable(web: StrangersWeb, pem: Path) -> None:
    """After a few of them: a stranger may name a thousand."""
    crowd = tuple(f"198.51.100.{number}" for number in range(1, 60))
    way, wire, _ = public_web(web.port, pem, {"example.net": crowd}, dead=crowd)
    assert "no connection (refused)" in refused(way)
    assert len(wire.meant) == 4


def test_get_when_the_name_has_no_address_says_so(web: StrangersWeb, pem: Path) -> None:
    """That is an answer of the name servers, and their silence is none."""
    way, _, _ = public_web(web.port, pem, {"www.example.net": None})
    with pytest.raises(NoAddress):
        get(way)
    assert "the name servers did not answer" in refused(way, "https://www.example.net/")


@pytest.mark.parametrize(
    "url",
    [
        "http://example.net/file",
        "https://example.net:8443/file",
        "https://user@example.net/file",
        "https://127.0.0.1/file",
        "https://[::1]/file",
        "https://localhost/file",
        "https:///file",
        "file:///etc/passwd",
        "https://exa mple.net/",
        "https://example.net:99999/",
    ],
)
def test_get_when_the_address_is_of_another_form_asks_nobody(web: StrangersWeb, pem: Path, url: str) -> None:
    """Redirects and lists of registries bring such addresses."""
    way, wire, names = public_web(web.port, pem)
    assert not fit(url)
    assert "no address of the form" in refused(way, url)
    assert (wire.meant, names.asked) == ([], [])


def test_get_when_the_certificate_is_anothers_is_unavailable(tmp_path: Path, pem: Path) -> None:
    """Of another name, or by nobody who is trusted."""
    other = certificate(tmp_path, ("other.example",))
    with strangers_web(other) as server:
        for trusted in (other, pem):
            assert "no connection" in refused(public_web(server.port, trusted)[0])
        assert server.asked == []


def test_get_when_redirected_tells_it_and_goes_nowhere(web: StrangersWeb, pem: Path) -> None:
    """The caller decides."""
    web.places[PLACE] = answer(302, b"", "Location: https://www.example.net/", "Set-Cookie: a=b")
    way, wire, _ = public_web(web.port, pem)
    assert get(way).status == 302
    assert len(wire.meant) == 1
    get(way)
    assert "cookie" not in web.asked[1].lower()


def test_get_when_the_environment_names_a_proxy_goes_its_own_way(
    web: StrangersWeb, pem: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy would look the name up itself."""
    for name in ("HTTPS_PROXY", "ALL_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    web.places[PLACE] = answer(200, b"hello")
    assert get(public_web(web.port, pem)[0]).body == b"hello"


def _trickle_head(connection: socket.socket, over: threading.Event) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while not over.wait(0.02):
        connection.sendall(b"X-Slow: 1\r\n")


def _trickle_body(connection: socket.socket, over: threading.Event) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n")
    while not over.wait(0.02):
        connection.sendall(b".")


def _silence(_: socket.socket, over: threading.Event) -> None:
    over.wait(STALL_S)


@pytest.mark.parametrize("stalling", [_trickle_head, _trickle_body, _silence])
def test_get_when_the_server_stalls_ends_in_time(web: StrangersWeb, pem: Path, stalling: object) -> None:
    """However it does it: the time is for the whole."""
    web.places[PLACE] = stalling  # type: ignore[assignment] # one of the three above
    started = time.monotonic()
    assert "no answer in time" in refused(public_web(web.port, pem)[0], timeout_s=0.4)
    assert time.monotonic() - started < STALL_S / 2
    web.over.set()


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (b"", "the connection broke"),
        (b"SSH-2.0-OpenSSH\r\n\r\n", "the connection broke"),
        (answer(200, b"." * 1001), "more than 1000 bytes"),
        (answer(200, b"")[:-4] + b"\r\nX: " + b"x" * 200_000, "the connection broke"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", "the connection broke"),
        (answer(200, b"\x1f\x8b", "Content-Encoding: gzip"), "the connection broke"),
        (answer(429), "it answered 429"),
        (answer(503), "it answered 503"),
    ],
)
def test_get_when_the_answer_is_none_is_unavailable(
    web: StrangersWeb, pem: Path, place: bytes, words: str
) -> None:
    """Cut, endless, compressed, or of another protocol."""
    web.places[PLACE] = place
    assert words in refused(public_web(web.port, pem)[0])


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("198.41.0.4", True),
        ("2001:503:ba3e::2:30", True),
        ("127.0.0.1", False),
        ("0.0.0.1", False),
        ("100.64.0.1", False),
        ("172.31.255.255", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("192.0.2.1", False),
        ("::", False),
        ("::1", False),
        ("::ffff:198.41.0.4", False),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b:1::1", False),
        ("2001::1", False),
        ("2002:7f00:1::", False),
        ("fe80::1", False),
        ("fec0::1", False),
        ("fd00:ec2::254", False),
        ("ff02::1", False),
    ],
)
def test_is_public_of_addresses_that_lead_home(address: str, public: bool) -> None:
    """Also of those that carry another address inside of them."""
    assert is_public(ip_address(address)) is public


def test_look_up_asks_for_both_families(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name without addresses, one that is not there, and servers that fail are three things."""
    zone = {
        "both.example.": ("198.51.100.1", "2001:db8::1"),
        "six.example.": ("2001:db8::1",),
        "none.example.": (),
        "failing.example.": "SERVFAIL",
    }
    with name_server(zone) as resolver:
        monkeypatch.setattr(driver.dns.resolver, "Resolver", lambda: resolver)
        assert [str(address) for address in look_up("both.example", 30)] == ["198.51.100.1", "2001:db8::1"]
        assert [str(address) for address in look_up("six.example", 30)] == ["2001:db8::1"]
        assert look_up("none.example", 30) == ()
        assert look_up("missing.example", 30) == ()
        with pytest.raises(LookupFailed):
            look_up("failing.example", 30)
