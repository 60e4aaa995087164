"""A peering LAN of network namespaces: one bridge, one namespace for each router, real BIRDs in them.

Law: touches only namespaces that it made itself, named after its own process, and takes them away again.
Nothing in them reaches the machine's own network.
"""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from ztix.lab.daemons import Bird, running_bird, wait_until

_serial = count()


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True, timeout=60)


@dataclass(frozen=True, slots=True)
class Lan:
    """The LAN. hosts: the namespace of each router by its name."""

    hosts: Mapping[str, str]
    folder: Path

    @contextlib.contextmanager
    def running(self, host: str, program: Path, text: str) -> Iterator[Router]:
        """A BIRD in the namespace of `host`, until the block ends."""
        folder = self.folder / host
        wrapper = folder / "bin" / "bird"
        wrapper.parent.mkdir(parents=True, exist_ok=True)
        wrapper.write_text(
            f'#!/bin/sh\nexec ip netns exec {self.hosts[host]} {shlex.quote(str(program))} "$@"\n'
        )
        wrapper.chmod(0o755)
        with contextlib.suppress(FileExistsError):
            (wrapper.parent / "birdc").symlink_to(program.with_name("birdc"))
        with running_bird(wrapper, folder, text) as bird:
            yield Router(bird, self.hosts[host])

    def command(self, host: str, *words: str) -> list[str]:
        """The command line that runs these words in the namespace of `host`."""
        return ["ip", "netns", "exec", self.hosts[host], *words]


@contextlib.contextmanager
def lan(addresses: Mapping[str, tuple[str, ...]]) -> Iterator[Lan]:
    """A LAN with these routers and their addresses, each with its length."""
    stem = f"zx{os.getpid()}n{next(_serial)}"
    bridge = f"{stem}br"
    hosts = {host: f"{stem}{host}" for host in addresses}
    made: list[str] = []
    with tempfile.TemporaryDirectory(prefix="zx-") as folder:
        try:
            for space in (bridge, *hosts.values()):
                _ip("netns", "add", space)
                made.append(space)
                _ip("-n", space, "link", "set", "lo", "up")
            _ip("-n", bridge, "link", "add", "br0", "type", "bridge")
            _ip("-n", bridge, "link", "set", "br0", "up")
            for number, (host, space) in enumerate(hosts.items()):
                port = f"p{number}"
                _ip(
                    "link",
                    "add",
                    "lan0",
                    "netns",
                    space,
                    "type",
                    "veth",
                    "peer",
                    "name",
                    port,
                    "netns",
                    bridge,
                )
                _ip("-n", bridge, "link", "set", port, "master", "br0", "up")
                for address in addresses[host]:
                    _ip(
                        "-n",
                        space,
                        "addr",
                        "add",
                        address,
                        "dev",
                        "lan0",
                        *(["nodad"] if ":" in address else []),
                    )
                _ip("-n", space, "link", "set", "lan0", "up")
            yield Lan(hosts, Path(folder))
        finally:
            for space in made:
                subprocess.run(["ip", "netns", "del", space], check=False, capture_output=True, timeout=60)


@dataclass(frozen=True, slots=True)
class Router:
    """A BIRD on the LAN, asked in the field's words."""

    bird: Bird
    space: str

    def session_is_up(self, name: str) -> bool:
        """Whether this session is established."""
        return self.bird.session_is_up(name)

    def wait_for_session(self, name: str) -> None:
        """Return when the session is established; fail after a minute."""
        wait_until(lambda: self.session_is_up(name), 60, f"session {name} is up")

    def times_up(self, name: str) -> int:
        """How often the session has come up so far, by the log: more than once is a flap."""
        return (self.bird.folder / "bird.err").read_text().count(f"{name}: BGP session established\n")

    def route(self, prefix: str) -> str:
        """All that BIRD shows of its routes to exactly this prefix; empty where there is none."""
        text = self.bird.ask(f"show route {prefix} all")
        return text if re.search(rf"^{re.escape(prefix)}\s", text, re.M) else ""

    def receive_route(self, prefix: str) -> str:
        """The route, as soon as it is there."""
        found: list[str] = []

        def there() -> bool:
            found.append(self.route(prefix))
            return bool(found[-1])

        wait_until(there, 60, f"a route to {prefix}")
        return found[-1]

    def filtered(self, prefix: str) -> str:
        """All that BIRD shows of the routes to this prefix that its filters rejected."""
        return self.bird.ask(f"show route {prefix} filtered all")

    def filtered_with(self, prefix: str, community: str) -> None:
        """Return when the prefix was rejected with this large community; fail where it is not."""
        wait_until(lambda: community in self.filtered(prefix), 60, f"{prefix} is filtered with {community}")

    def reconfigure(self, text: str) -> str:
        """Give it another configuration, and return what it answered."""
        self.bird.conf.write_text(text)
        answer = self.bird.ask("configure")
        assert "Reconfigur" in answer, answer
        wait_until(
            lambda: "in progress" not in self.bird.ask("show status"), 60, "the configuration is taken"
        )
        return answer
