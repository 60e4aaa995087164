"""A member with FRR: bgpd without zebra, asked and told over the socket that its own shell would use."""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Iterator
from typing import Any

from tests.live.members import SERVER, SERVER_ASN, Announcement, Family, Place, Route, family_of, tool
from ztix.lab.daemons import wait_until


class FrrMember:
    """A running bgpd. It adds its own ASN, so what a path has in front must be that."""

    def __init__(self, place: Place) -> None:
        self.place = place

    def announce(self, *said: Announcement) -> None:
        """Announce these, each by a route-map of its own."""
        for one in said:
            path = self.place.whole_path(one)
            assert path[0] == self.place.asn, "FRR adds its own ASN"
            family, name = family_of(one.prefix), one.prefix.replace("/", "_")
            lines = [f"route-map {name} permit 10"]
            if path[1:]:
                lines.append(f"set as-path prepend {' '.join(map(str, path[1:]))}")
            if one.communities:
                lines.append(f"set community {' '.join(one.communities)}")
            if one.large:
                lines.append(f"set large-community {' '.join(one.large)}")
            if one.next_hop:
                lines.append(
                    f"set ip{'v6' if family == 6 else ''} next-hop {self._global(family)}{one.next_hop}"
                )
            self._tell(*lines, "exit", *self._family(family), f"network {one.prefix} route-map {name}")

    @staticmethod
    def _global(family: Family) -> str:
        return "global " if family == 6 else ""

    def withdraw(self, *prefixes: str) -> None:
        """Announce these no more."""
        for prefix in prefixes:
            self._tell(*self._family(family_of(prefix)), f"no network {prefix}")

    def session_is_up(self, family: Family) -> bool:
        """Whether the session of this family is established."""
        return bool(self._neighbor(family)["bgpState"] == "Established")

    def times_up(self, family: Family) -> int:
        """By its own counter."""
        return int(self._neighbor(family)["connectionsEstablished"])

    def received(self, prefix: str) -> Route | None:
        """The best route that came over a session."""
        found = json.loads(self._ask(f"show bgp ipv{family_of(prefix)} unicast {prefix} json") or "{}")
        for path in found.get("paths", []):
            if path["aspath"]["string"] == "Local":
                continue
            hop = next(hop["ip"] for hop in path["nexthops"] if hop.get("scope") != "link-local")
            return Route(
                tuple(map(int, path["aspath"]["string"].split())),
                hop,
                _words(path.get("community")),
                _words(path.get("largeCommunity")),
            )
        return None

    def _neighbor(self, family: Family) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self._ask(f"show bgp neighbors {SERVER[family]} json"))
        return answer[SERVER[family]]  # type: ignore[no-any-return]  # JSON of another program

    def _family(self, family: Family) -> tuple[str, str]:
        return f"router bgp {self.place.asn}", f"address-family ipv{family} unicast"

    def _tell(self, *lines: str) -> None:
        self._ask("configure terminal", *lines)

    def _ask(self, *lines: str) -> str:
        """What bgpd answers to the last line. Each answer ends in three zeros and the result."""
        with socket.socket(socket.AF_UNIX) as shell:
            shell.settimeout(20)
            shell.connect(str(self.place.folder / "bgpd.vty"))
            for line in ("enable", *lines):
                shell.sendall(line.encode() + b"\0")
                answer = b""
                while answer[-4:-1] != b"\0\0\0":
                    more = shell.recv(65536)
                    assert more, f"{line}: bgpd hung up"
                    answer += more
                assert answer[-1] == 0, f"{line}: {answer!r}"
        return answer[:-4].decode()


def _words(value: dict[str, Any] | None) -> frozenset[str]:
    names = {"noExport": "65535:65281", "noAdvertise": "65535:65282", "gracefulShutdown": "65535:0"}
    names["blackhole"] = "65535:666"
    return frozenset(names.get(word, word) for word in (value or {}).get("list", []))


def _configuration(place: Place) -> str:
    neighbors = "".join(
        f" neighbor {server} remote-as {SERVER_ASN}\n neighbor {server} timers connect 1\n"
        f" neighbor {server} advertisement-interval 0\n"
        for server in SERVER.values()
    )
    return (
        f"router bgp {place.asn}\n bgp router-id {place.addresses[4]}\n no bgp ebgp-requires-policy\n"
        f" no bgp network import-check\n no bgp default ipv4-unicast\n{neighbors}"
        f" address-family ipv4 unicast\n  neighbor {SERVER[4]} activate\n"
        f" address-family ipv6 unicast\n  neighbor {SERVER[6]} activate\n"
    )


@contextlib.contextmanager
def frr_member(place: Place) -> Iterator[FrrMember]:
    """A bgpd in this place, until the block ends."""
    folder = place.folder
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "bgpd.conf").write_text(_configuration(place))
    files = ("-f", f"{folder}/bgpd.conf", "-i", f"{folder}/bgpd.pid", "--vty_socket", str(folder))
    # No zebra, no kernel routes, no other user, no port for people.
    with place.running([tool("bgpd"), "-Z", "-n", "-S", "-P", "0", *files, "--log", "stdout"]):
        wait_until((folder / "bgpd.vty").is_socket, 60, "bgpd of FRR listens")
        yield FrrMember(place)
