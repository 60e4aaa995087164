"""ASPA, on the BIRDs that can do it: a path against what its ASes say of their providers is stopped.

Law: the cache is a socket on the loopback of the route server's namespace, and a thread that ends with the
test. It speaks version 2 of RTR (draft-ietf-sidrops-8210bis) as far as these tests need it.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Iterator

import pytest

from tests.live.members import Announcement
from tests.live.members.crafted import inside
from tests.live.round_table import CUSTOMER, RoundTable, Setting, table
from tests.live.scenario import FilteredWith, ReceiveRoute, Scenario, holds
from ztix.lab.daemons import wait_until
from ztix.routeserver import Reason

__all__ = ["table"]
pytestmark = pytest.mark.live

PORT = 8282
CACHE_RESPONSE, END_OF_DATA, ASPA = 3, 7, 11
OWN, OTHER = 64505, 64509
# The customer's only provider is another than the member that announces it here.
SAID = {CUSTOMER: (OTHER,), 64511: (OWN,)}
SETTING = Setting(
    routing={
        "aspa": {"invalid": "reject"},
        "rov": {"caches": [{"host": "127.0.0.1", "port": str(PORT)}]},
        "prefix_sets": "off",
    }
)


def answer() -> bytes:
    """All ASPAs, as the answer to any question."""
    said = b"".join(
        struct.pack(f">BBBBII{len(providers)}I", 2, ASPA, 1, 0, 12 + 4 * len(providers), customer, *providers)
        for customer, providers in SAID.items()
    )
    end = struct.pack(">BBHIIIII", 2, END_OF_DATA, 1, 24, 1, 3600, 600, 7200)
    return struct.pack(">BBHI", 2, CACHE_RESPONSE, 1, 8) + said + end


def _serve(listener: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while True:
            connection, _ = listener.accept()
            _answer(connection)


def _answer(connection: socket.socket) -> None:
    """Until the route server hangs up, which it may in the midst of anything, and comes back."""
    with contextlib.suppress(OSError), connection, connection.makefile("rb") as stream:
        while len(header := stream.read(8)) == 8:
            stream.read(struct.unpack(">I", header[4:])[0] - 8)
            connection.sendall(answer())


@pytest.fixture(autouse=True)
def _cache(table: RoundTable) -> Iterator[None]:
    """A cache that knows the ASPAs above, and a route server that has heard them all before a test begins."""

    def listening() -> socket.socket:
        return socket.create_server(("127.0.0.1", PORT))

    listener = inside(table.lan.hosts["rs"], listening)
    thread = threading.Thread(target=_serve, args=(listener,), daemon=True)
    thread.start()
    table.use(SETTING)
    if "aspa" in SETTING.text(table.bird):
        count, whole = "show route table zx_aspas count", f"{len(SAID)} of {len(SAID)} routes"
        wait_until(lambda: whole in table.server.bird.ask(count), 60, "all ASPAs are there")
    yield
    table.use(Setting())
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(timeout=5)


@pytest.mark.parametrize("prefix", ["203.0.113.64/28", "2001:db8:faa::/48"])
def test_path_that_a_customer_denies_is_stopped_where_bird_can(table: RoundTable, prefix: str) -> None:
    """BIRD 2.0.12 cannot, and hands it on; a later one stops it with its reason."""
    says = Announcement(prefix, (OWN, CUSTOMER))
    able = "aspa" in SETTING.text(table.bird)
    assert able == (table.bird == "bird3")
    then = FilteredWith(Reason.ASPA_INVALID) if able else ReceiveRoute(path=says.path)
    holds(
        table,
        Scenario("a path that a customer denies", ("ASPA",), says, (then,), setting=SETTING, attack=True),
    )


@pytest.mark.parametrize("prefix", ["203.0.113.80/28", "2001:db8:fab::/48"])
def test_path_that_nobody_denies_is_handed_on(table: RoundTable, prefix: str) -> None:
    """A member's own route, which no ASPA can be against."""
    says = Announcement(prefix)
    holds(table, Scenario("an own route", ("ASPA",), says, (ReceiveRoute(path=(OWN,)),), setting=SETTING))
