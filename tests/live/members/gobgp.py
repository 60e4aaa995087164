"""A member with GoBGP, told by its own client over a socket in the member's folder."""

from __future__ import annotations

import contextlib
import json
import subprocess
from collections.abc import Iterator

from tests.live.members import SERVER, SERVER_ASN, Announcement, Family, Place, Route, family_of, tool
from ztix.lab.daemons import wait_until

ESTABLISHED = 6


class GoBgpMember:
    """A running gobgpd. It adds its own ASN, so what a path has in front must be that."""

    def __init__(self, place: Place) -> None:
        self.place = place

    def announce(self, *said: Announcement) -> None:
        """Announce these."""
        for one in said:
            path = self.place.whole_path(one)
            assert path[0] == self.place.asn, "GoBGP adds its own ASN"
            words = [one.prefix, "nexthop", self.place.next_hop(one)]
            for name, values in (
                ("aspath", tuple(map(str, path[1:]))),
                ("community", one.communities),
                ("large-community", one.large),
            ):
                words += [name, ",".join(values)] if values else []
            self._ask("global", "rib", "add", "-a", f"ipv{family_of(one.prefix)}", *words)

    def withdraw(self, *prefixes: str) -> None:
        """Announce these no more."""
        for prefix in prefixes:
            self._ask("global", "rib", "del", "-a", f"ipv{family_of(prefix)}", prefix)

    def session_is_up(self, family: Family) -> bool:
        """Whether the session of this family is established."""
        # It listens before it has read its neighbours, and has none until then.
        text = self._ask("neighbor", SERVER[family], "-j", check=False)
        return text.startswith("{") and json.loads(text)["state"].get("session_state") == ESTABLISHED

    def times_up(self, family: Family) -> int:
        """By its log."""
        lines = (self.place.folder / "log").read_text().splitlines()
        return sum('"msg":"Peer Up"' in line and f'"Key":"{SERVER[family]}"' in line for line in lines)

    def received(self, prefix: str) -> Route | None:
        """The best route that came over a session."""
        text = self._ask("global", "rib", "-a", f"ipv{family_of(prefix)}", prefix, "-j", check=False)
        for path in json.loads(text).get(prefix, []) if text.startswith("{") else []:
            attributes = {attribute["type"]: attribute for attribute in path["attrs"]}
            if path.get("source-id", "0.0.0.0") in ("0.0.0.0", "<nil>", ""):  # noqa: S104 - GoBGP's word for itself
                continue
            asns = [asn for segment in attributes[2].get("as_paths", []) for asn in segment["asns"]]
            return Route(
                tuple(asns),
                attributes[14 if 14 in attributes else 3]["nexthop"],
                frozenset(f"{c >> 16}:{c & 0xFFFF}" for c in attributes.get(8, {}).get("communities", [])),
                frozenset(
                    f"{c['ASN']}:{c['LocalData1']}:{c['LocalData2']}"
                    for c in attributes.get(32, {}).get("value", [])
                ),
            )
        return None

    def _ask(self, *words: str, check: bool = True) -> str:
        target = f"unix://{self.place.folder}/api.sock"
        command = [tool("gobgp"), "--target", target, *words]
        return subprocess.run(command, capture_output=True, text=True, timeout=20, check=check).stdout


def _configuration(place: Place) -> str:
    neighbors = "".join(
        f'[[neighbors]]\n[neighbors.config]\nneighbor-address = "{server}"\npeer-as = {SERVER_ASN}\n'
        f'[neighbors.transport.config]\nlocal-address = "{place.addresses[family]}"\n'
        "[neighbors.timers.config]\nconnect-retry = 1\nidle-hold-time-after-reset = 1\nhold-time = 240\n"
        f'[[neighbors.afi-safis]]\n[neighbors.afi-safis.config]\nafi-safi-name = "ipv{family}-unicast"\n'
        for family, server in SERVER.items()
    )
    local = ", ".join(f'"{address}"' for address in place.addresses.values())
    return (
        f'[global.config]\nas = {place.asn}\nrouter-id = "{place.addresses[4]}"\n'
        f"local-address-list = [{local}]\n{neighbors}"
    )


@contextlib.contextmanager
def gobgp_member(place: Place) -> Iterator[GoBgpMember]:
    """A gobgpd in this place, until the block ends."""
    folder = place.folder
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "gobgpd.toml").write_text(_configuration(place))
    words = ("-f", f"{folder}/gobgpd.toml", "--api-hosts", f"unix://{folder}/api.sock", "--pprof-disable")
    with place.running([tool("gobgpd"), *words]):
        wait_until((folder / "api.sock").is_socket, 60, "gobgpd listens")
        yield GoBgpMember(place)
