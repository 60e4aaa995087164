"""A LAN of network namespaces on this machine: one bridge, one namespace for each speaker.

Law: makes namespaces with a prefix of its own and removes exactly those. Needs root. Nothing of the machine's
own network is touched, and no packet leaves the namespaces.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import subprocess
from collections.abc import Iterator, Sequence

from ztix.errors import Usage

_BRIDGE = "lan"


class Lan:
    """A bridge and the namespaces on it. Make one with `running_lan`."""

    def __init__(self) -> None:
        self._name = f"ztix{os.getpid()}x{secrets.token_hex(2)}"
        self._made: list[str] = []

    def namespace(self, name: str) -> str:
        """The namespace's own name for a speaker's."""
        return f"{self._name}-{name}"

    def add(self, name: str, addresses: Sequence[str]) -> list[str]:
        """Put a speaker on the LAN, addresses with length; returns the words that run a program there."""
        space = self.namespace(name)
        self._netns(name)
        port = f"p{len(self._made)}"
        hub = self.namespace(_BRIDGE)
        self._ip(hub, f"link add {port} type veth peer name lan0 netns {space}")
        self._ip(hub, f"link set {port} master {_BRIDGE} up")
        self._ip(space, "link set lan0 up")
        for address in addresses:
            nodad = " nodad" if ":" in address else ""  # nobody else is here, so there is nothing to wait for
            self._ip(space, f"address add {address} dev lan0{nodad}")
        return ["ip", "netns", "exec", space]

    def start(self) -> None:
        self._netns(_BRIDGE)
        self._ip(self.namespace(_BRIDGE), f"link add {_BRIDGE} type bridge forward_delay 0")
        self._ip(self.namespace(_BRIDGE), f"link set {_BRIDGE} up")

    def stop(self) -> None:
        for space in reversed(self._made):
            subprocess.run(["ip", "netns", "delete", space], check=False, capture_output=True)

    def _netns(self, name: str) -> None:
        space = self.namespace(name)
        subprocess.run(["ip", "netns", "add", space], check=True)
        self._made.append(space)
        self._ip(space, "link set lo up")

    def _ip(self, space: str, words: str) -> None:
        subprocess.run(["ip", "-n", space, *words.split()], check=True)


@contextlib.contextmanager
def running_lan() -> Iterator[Lan]:
    """A LAN that is gone afterwards. Raises Usage without root."""
    if os.geteuid() != 0:
        raise Usage(
            "network namespaces with BGP speakers in them need root",
            help="run it as root, for instance `sudo make demo`; nothing of the machine's network is touched",
        )
    lan = Lan()
    try:
        lan.start()
        yield lan
    finally:
        lan.stop()
