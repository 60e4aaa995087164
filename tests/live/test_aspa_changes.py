"""ASPA, live: a path that its networks did not authorise is rejected, as soon as they say so."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.live.bird import BIRDS
from tests.live.test_route_server import speaker
from tests.live.topology import Router, lan
from tests.route_servers import LABORATORY, evidence, exchange, expansion, member, server
from ztix.drivers.templates import load_default_templates
from ztix.lab.daemons import ended, wait_until
from ztix.render import render
from ztix.routeserver import views

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root; run `sudo make test`"),
    pytest.mark.skipif(not BIRDS["bird3"].exists(), reason="BIRD 3 is not here; `scripts/install-bird`"),
]

ADDRESSES = {
    "rs": ("192.0.2.1/24", "2001:db8:64:96::1/64"),
    "m10": ("192.0.2.10/24", "2001:db8:64:96::a/64"),
    "m11": ("192.0.2.11/24", "2001:db8:64:96::b/64"),
}
PORT = 8283
OWN, CUSTOMERS = "198.51.100.0/26", "198.51.100.64/26"


def configuration() -> str:
    """A route server that goes by ASPAs of one cache."""
    cache = {"host": "127.0.0.1", "port": str(PORT), "refresh_s": "1", "retry_s": "1"}
    policy = LABORATORY | {"rov": {"caches": [cache]}, "aspa": {"invalid": "reject"}}
    known = expansion("AS64500:AS-ALL", [64500, 64505], ["198.51.100.0/24{24,28}"], [])
    held = exchange(member(64500, 10), member(64501, 11), routing=policy, servers=[server(1, bird="3.1")])
    (view,) = views(held, evidence(known))
    return render(view, load_default_templates())


@dataclass
class Scene:
    """A route server, a member that announces its own and its customer's prefix, and one that listens."""

    server: Router
    teller: Router
    listener: Router
    file: Path


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    """AS64505 is behind AS64500."""
    announced = {OWN: "", CUSTOMERS: "bgp_path.prepend(64505);"}
    with lan(ADDRESSES) as wires, contextlib.ExitStack() as stack:
        file = wires.folder / "aspas"
        file.write_text("")
        program = str(Path(__file__).with_name("rtr2.py"))
        command = wires.command("rs", sys.executable, program, str(PORT), str(file))
        stack.enter_context(ended(subprocess.Popen(command)))
        server = stack.enter_context(wires.running("rs", BIRDS["bird3"], configuration()))
        members = [
            stack.enter_context(wires.running(host, BIRDS["bird2"], speaker(host, prefixes)))
            for host, prefixes in (("m10", announced), ("m11", {}))
        ]
        for router in members:
            router.wait_for_session("rs4")
        yield Scene(server, *members, file)


def test_path_that_a_customer_did_not_authorise_is_rejected_until_it_does(scene: Scene) -> None:
    """No ASPA is no objection; one that names another provider is; nobody flaps."""
    scene.listener.receive_route(CUSTOMERS)
    scene.listener.receive_route(OWN)
    scene.file.write_text("64505 64501\n")
    scene.server.filtered_with(CUSTOMERS, "(64496, 1101, 36)")
    wait_until(lambda: not scene.listener.route(CUSTOMERS), 60, "it is withdrawn")
    assert scene.listener.route(OWN)
    scene.file.write_text("64505 64500 64501\n")
    scene.listener.receive_route(CUSTOMERS)
    assert all(router.times_up("rs4") == 1 for router in (scene.teller, scene.listener))
