"""A member with OpenBGPD. It reads its file again for each change, and can only prepend its own ASN."""

from __future__ import annotations

import contextlib
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.live.members import SERVER, SERVER_ASN, TOOLS, Announcement, Family, Place, Route, tool
from ztix.lab.daemons import wait_until

USER = "_openbgpd:x:65533:65533::{home}:/usr/sbin/nologin\n"


class OpenBgpdMember:
    """A running bgpd of OpenBGPD."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self._said: dict[str, Announcement] = {}

    def announce(self, *said: Announcement) -> None:
        """Announce these, besides what is announced already."""
        self._said |= {one.prefix: one for one in said}
        self._configure()

    def withdraw(self, *prefixes: str) -> None:
        """Announce these no more."""
        for prefix in prefixes:
            self._said.pop(prefix, None)
        self._configure()

    def session_is_up(self, family: Family) -> bool:
        """Whether the session of this family is established."""
        neighbors = json.loads(self._ask("show", "summary") or "{}").get("neighbors", [])
        return any(n["remote_addr"] == SERVER[family] and n["state"] == "Established" for n in neighbors)

    def times_up(self, family: Family) -> int:
        """By its log."""
        lines = (self.place.folder / "log").read_text().splitlines()
        return sum(f"neighbor {SERVER[family]}:" in line and "-> Established" in line for line in lines)

    def received(self, prefix: str) -> Route | None:
        """The best route that came over a session."""
        for found in json.loads(self._ask("show", "rib", "detail", prefix) or "{}").get("rib", []):
            if found["prefix"] == prefix and found["source"] == "external":
                return _route(found)
        return None

    def text(self) -> str:
        """Its configuration."""
        neighbors = "".join(
            f"neighbor {server} {{\n remote-as {SERVER_ASN}\n"
            f" local-address {self.place.addresses[family]}\n"
            f" announce IPv{family} unicast\n enforce neighbor-as no\n"
            " transparent-as yes\n holdtime 240\n}\n"
            for family, server in SERVER.items()
        )
        listen = "".join(f"listen on {address}\n" for address in self.place.addresses.values())
        return (
            f"AS {self.place.asn}\nrouter-id {self.place.addresses[4]}\n"
            f'socket "{self.place.folder}/bgpd.sock"\n'
            f"{listen}fib-update no\n{neighbors}{''.join(map(self._network, self._said.values()))}"
            "allow from any\nallow to any\n"
        )

    def _network(self, said: Announcement) -> str:
        path = self.place.whole_path(said)
        assert set(path) == {self.place.asn}, "OpenBGPD prepends only its own ASN"
        # `transparent-as` leaves its own ASN off; every one of the path is prepended.
        words = [f"prepend-self {len(path)}"]
        words += [f"community {community}" for community in said.communities]
        words += [f"large-community {community}" for community in said.large]
        words += [f"nexthop {said.next_hop}"] if said.next_hop else []
        return f"network {said.prefix} set {{ {' '.join(words)} }}\n"

    def write(self) -> None:
        """Write its file; bgpd refuses one that others may write."""
        path = self.place.folder / "bgpd.conf"
        path.write_text(self.text())
        path.chmod(0o600)

    def _configure(self) -> None:
        self.write()
        # It refuses while it is still at the reload of before.
        wait_until(lambda: "request processed" in self._ask("reload"), 60, "bgpd has read its file")

    def _ask(self, *words: str) -> str:
        command = [tool("bgpctl"), "-s", str(self.place.folder / "bgpd.sock")]
        command += ["-j", *words] if words[0] == "show" else words
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
        return done.stdout


def _route(found: dict[str, Any]) -> Route:
    names = {"NO_EXPORT": "65535:65281", "NO_ADVERTISE": "65535:65282", "GRACEFUL_SHUTDOWN": "65535:0"}
    names["BLACKHOLE"] = "65535:666"
    communities = frozenset(names.get(word, word) for word in found.get("communities", []))
    path = tuple(map(int, found["aspath"].split()))
    return Route(path, found["exit_nexthop"], communities, frozenset(found.get("large_communities", [])))


def start_script(folder: Path) -> str:
    """A program that starts bgpd where its user is known: in a mount namespace with user lists of its own."""
    home = folder / "empty"
    home.mkdir(mode=0o755, exist_ok=True)
    folder.chmod(0o755)
    (folder / "passwd").write_text(Path("/etc/passwd").read_text() + USER.format(home=home))
    (folder / "group").write_text(Path("/etc/group").read_text() + "_openbgpd:x:65533:\n")
    script = folder / "start"
    script.write_text(
        f"#!/bin/sh\nset -e\nmount --bind {folder}/passwd /etc/passwd\n"
        f"mount --bind {folder}/group /etc/group\n"
        # It starts itself again for each of its parts, by its name.
        f"PATH={TOOLS}:$PATH exec openbgpd -d -v -f {folder}/bgpd.conf\n"
    )
    script.chmod(0o755)
    return str(script)


@contextlib.contextmanager
def openbgpd_member(place: Place) -> Iterator[OpenBgpdMember]:
    """A bgpd of OpenBGPD in this place, until the block ends."""
    tool("openbgpd")
    place.folder.mkdir(parents=True, exist_ok=True)
    member = OpenBgpdMember(place)
    member.write()
    # `ip netns exec` makes a mount namespace, which the binds stay in.
    with place.running([start_script(place.folder)]):
        wait_until((place.folder / "bgpd.sock").is_socket, 60, "bgpd of OpenBGPD listens")
        yield member
