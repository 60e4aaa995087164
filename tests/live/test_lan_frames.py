"""Two real nodes of ZeroTier One hold to the rules that ztix wrote: frames arrive at the other, or not."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from pathlib import Path

import httpx
import pytest

from tests.contract.fabric_drivers import driver
from tests.contract.fabric_real import QUIET, URL
from tests.live.frames import EVERYBODY, LAN4, LAN6, Side, frames, lawful
from tests.live.topology import Lan, lan
from ztix.drivers.zerotier_controller import ZeroTierController
from ztix.fabric import Attachment, NetworkSettings
from ztix.lab.daemons import ended, wait_until
from ztix.lan.policy import LanPolicy
from ztix.terms import NodeId

BINARY = os.environ.get("ZTIX_ZEROTIER_ONE", "")
pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root; run `sudo make test`"),
    pytest.mark.skipif(not BINARY, reason="ZTIX_ZEROTIER_ONE names no zerotier-one binary"),
]

SUFFIX = "0a0001"
HOSTS = {"ctl": ("192.0.2.1/24",), "one": ("192.0.2.2/24",), "two": ("192.0.2.3/24",)}
JOIN_S = 90.0
ARRIVE_S = 90.0
PUSH_S = 3.0
ROUNDS = 3
ENDS = Side(EVERYBODY, 1), Side(EVERYBODY, 2)  # their names are the same between any two
EVERY, LAWFUL = frozenset(frames(*ENDS)), frozenset(lawful(*ENDS))
# `docs/lan-rules.md` tells of these: known to pass.
KNOWN = {
    "foreign-advertisement-link-local",
    "foreign-advertisement-options",
    "router-advertisement-fragment",
}
LIFTED = ["igmp", "mdns", "ipv6-router-advertisements"]
CAPABILITY = {"name": "groups", "id": "2", "lifts": LIFTED, "given": ["AS64500"]}
APART = {"drop": [{"name": "other-segment", "apart": "segment"}]}


@dataclass
class Peering:
    """A controller and two nodes, each in a namespace. nodes: their ids; sides: their ends of the LAN."""

    lan: Lan
    homes: dict[str, Path]
    fabric: ZeroTierController
    nodes: dict[str, NodeId]
    devices: dict[str, str]
    sides: dict[str, Side]

    def rule(self, policy: dict[str, object]) -> None:
        """Write the rules that policy asks for, and what they give to the nodes."""
        asked = LanPolicy.model_validate({"fabric": "lan", **policy})
        prefixes = (ip_network(f"{LAN4}.0/24"), ip_network(f"{LAN6}:/64"))
        meant = NetworkSettings("frames", prefixes, 2800, 32, rules=asked.rules())
        assert self.fabric.configure(meant) == meant
        granted = asked.granted()
        for number, name in enumerate(("one", "two"), 1):
            given = granted.to(f"AS6450{number - 1}")
            addresses = (ip_address(f"{LAN4}.{number}"), ip_address(f"{LAN6}:{number}"))
            one = Attachment(
                self.nodes[name], name, addresses, tags=given.tags, capabilities=given.capabilities
            )
            assert self.fabric.write(one) == one

    def heard(self, source: str, sink: str, until: frozenset[str] | None = None) -> frozenset[str]:
        """What of all the frames arrives: of a few rounds, or of as many as it takes until these do."""
        words = self.lan.command(sink, sys.executable, "-m", "tests.live.frames", "hear", self.devices[sink])
        told = self.homes[sink] / "heard"
        with (
            told.open("wb") as file,
            subprocess.Popen(words, stdin=subprocess.PIPE, stdout=file) as listener,
            ended(listener),
        ):
            wait_until(lambda: told.read_text().startswith("ready\n"), JOIN_S, "somebody listens")
            found: frozenset[str] = frozenset()
            deadline, rounds = time.monotonic() + ARRIVE_S, 0
            while (found < until and time.monotonic() < deadline) if until else rounds < ROUNDS:
                self._send(source, sink)
                time.sleep(1.0)  # what is dropped sends no word of it
                found = frozenset(told.read_text().split()[1:])
                rounds += 1
        return found

    def _send(self, source: str, sink: str) -> None:
        own, peer = self.sides[source], self.sides[sink]
        words = [self.devices[source], own.mac, str(own.host), peer.mac, str(peer.host)]
        program = [sys.executable, "-m", "tests.live.frames", "send", *words]
        subprocess.run(self.lan.command(source, *program), check=True, timeout=30)


def _say(*words: str, cwd: Path | None = None) -> str:
    return subprocess.run(words, check=True, capture_output=True, text=True, timeout=30, cwd=cwd).stdout


def _homes(folder: Path) -> dict[str, Path]:
    """A home for each node, with a moon at the controller: the nodes know no other root."""
    homes = {name: folder / name for name in HOSTS}
    settings = QUIET["settings"] | {"interfacePrefixBlacklist": ["zt"]}
    for home in homes.values():
        (home / "moons.d").mkdir(parents=True)
        _say(BINARY, "-i", "generate", str(home / "identity.secret"), str(home / "identity.public"))
        (home / "local.conf").write_text(json.dumps({"settings": settings}))
    moon = json.loads(_say(BINARY, "-i", "initmoon", str(homes["ctl"] / "identity.public")))
    moon["roots"][0]["stableEndpoints"] = ["192.0.2.1/9993"]
    (folder / "moon.json").write_text(json.dumps(moon))
    _say(BINARY, "-i", "genmoon", "moon.json", cwd=folder)
    (made,) = folder.glob("*.moon")
    for home in homes.values():
        shutil.copy(made, home / "moons.d")
    return homes


def _start(stack: ExitStack, underlay: Lan, homes: dict[str, Path], api: Path) -> None:
    words = [sys.executable, "-m", "tests.contract.fabric_real", BINARY, str(homes["ctl"]), str(api)]
    controller = subprocess.Popen(underlay.command("ctl", *words), stdout=subprocess.PIPE)
    stack.enter_context(ended(controller))
    assert controller.stdout is not None
    stack.callback(controller.stdout.close)
    assert controller.stdout.readline() == b"ready\n"
    for name in ("one", "two"):
        node = subprocess.Popen(
            underlay.command(name, BINARY, "-U", "-p9993", str(homes[name])),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        stack.enter_context(ended(node))


@pytest.fixture(scope="module")
def peering(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peering]:
    """Both nodes are on the network, with their addresses."""
    folder = tmp_path_factory.mktemp("frames")
    with ExitStack() as stack:
        underlay = stack.enter_context(lan(HOSTS))
        homes, api = _homes(folder), folder / "api"
        _start(stack, underlay, homes, api)
        token = (homes["ctl"] / "authtoken.secret").read_text("ascii").strip()
        ids = {name: NodeId((home / "identity.public").read_text()[:10]) for name, home in homes.items()}
        fabric = driver(URL, token, SUFFIX, transport=httpx.HTTPTransport(uds=str(api)))
        made = Peering(underlay, homes, fabric, ids, {}, {})
        made.rule({"base": "accept-all"})

        def command(name: str, *words: str) -> str:
            return _say(*underlay.command(name, BINARY, "-q", f"-D{homes[name]}", *words))

        network = f"{ids['ctl']}{SUFFIX}"
        for number, name in enumerate(("one", "two"), 1):
            wait_until((homes[name] / "zerotier-one.port").exists, JOIN_S, f"{name} has started")
            command(name, "join", network)
            command(name, "set", network, "allowGlobal=1")

            def on(name: str = name) -> bool:
                return bool(json.loads(command(name, "-j", "listnetworks"))[0]["status"] == "OK")

            wait_until(on, JOIN_S, f"{name} is on the network")
            shown = json.loads(command(name, "-j", "listnetworks"))[0]
            made.devices[name] = shown["portDeviceName"]
            made.sides[name] = Side(shown["mac"], number)
        assert made.heard("one", "two", EVERY) == EVERY
        assert made.heard("two", "one", EVERY) == EVERY
        yield made


BASE = LAWFUL | KNOWN
HOLDER = BASE | {"igmp", "mdns6", "router-advertisement", "router-advertisement-options"}


@pytest.mark.parametrize(
    ("policy", "there", "back"),
    [
        ({}, BASE, BASE),
        ({"capabilities": [CAPABILITY]}, HOLDER, BASE),
        (
            APART | {"tags": [{"name": "segment", "id": "1", "given": [{"to": "AS64500", "value": "2"}]}]},
            frozenset[str](),
            frozenset[str](),
        ),
        (APART | {"tags": [{"name": "segment", "id": "1"}]}, BASE, BASE),
        ({"base": "accept-all"}, EVERY, EVERY),
    ],
    ids=["base", "capability", "apart", "together", "accept-all"],
)
def test_nodes_under_rules_let_through_what_the_rules_say(
    peering: Peering, policy: dict[str, object], there: frozenset[str], back: frozenset[str]
) -> None:
    """All the frames have just passed both ways without rules; under rules, just those that the rules let."""
    peering.rule(policy)
    time.sleep(PUSH_S)  # the controller tells its members within a tenth of that, and there is no word of it
    assert peering.heard("one", "two") == there
    assert peering.heard("two", "one") == back
