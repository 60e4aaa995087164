"""A member's router that runs a text of `router-config`, with what a namespace needs besides.

Law: as of the drivers beside this file. What is added to a text is where routes come from, which it leaves to
its member, and where a daemon of a test has its files.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

from tests.live.members import Announcement, Family, Place, Route, family_of, tool
from tests.live.members.bird import BirdMember
from tests.live.members.frr import FrrMember
from tests.live.members.gobgp import GoBgpMember
from tests.live.members.openbgpd import OpenBgpdMember, start_script
from ztix.lab.daemons import running_bird, wait_until


class OwnBird(BirdMember):
    """A BIRD whose sessions are called as the text calls them."""

    def __init__(self, place: Place, text: str) -> None:
        super().__init__(place, "")
        self._text = text

    def session_is_up(self, family: Family) -> bool:
        """Whether the session of this family is established."""
        return self.bird.session_is_up(f"ix_test_ix_rs1_{family}")

    def received(self, prefix: str) -> Route | None:
        """The route that came over a session, in the words of BIRD 2 or 3."""
        text = self.bird.ask(f"show route {prefix} all where source = RTS_BGP")
        path = re.search(r"(?:BGP\.as_path|bgp_path): (.*)", text)
        hop = re.search(r"(?:BGP\.next_hop|bgp_next_hop): (\S+)", text)
        return Route(tuple(map(int, path[1].split())), hop[1]) if path and hop else None

    def text(self) -> str:
        """The text, and a route for each announcement; a path is that of somebody it would have come from."""
        statics = "".join(self._static(number, said) for number, said in enumerate(self._said.values()))
        return f"log stderr all;\ndebug protocols {{ events }};\n{self._text}\n{statics}"

    def _static(self, number: int, said: Announcement) -> str:
        asns = reversed(self.place.whole_path(said)[1:])
        prepended = "".join(f"bgp_path.prepend({asn}); " for asn in asns)
        return (
            f"protocol static own{number} {{ ipv{family_of(said.prefix)} {{"
            f" import filter {{ {prepended}accept; }}; }}; route {said.prefix} unreachable; }}\n"
        )


@contextlib.contextmanager
def own_bird(place: Place, text: str, program: Path) -> Iterator[OwnBird]:
    """A BIRD with this text, until the block ends."""
    member = OwnBird(place, text)
    within = ("ip", "netns", "exec", place.space)
    with running_bird(program, place.folder, member.text(), within=within) as member.bird:
        yield member


@contextlib.contextmanager
def own_frr(place: Place, text: str) -> Iterator[FrrMember]:
    """A bgpd of FRR with this text, until the block ends.

    Alone, without zebra, it knows neither an address for its identifier nor where its prefixes are routed.
    """
    folder = place.folder
    folder.mkdir(parents=True, exist_ok=True)
    assert "\n ! bgp router-id " in text
    told = text.replace("\n ! bgp router-id ", "\n bgp router-id ")
    (folder / "bgpd.conf").write_text(f"{told}router bgp {place.asn}\n no bgp network import-check\n")
    files = ("-f", f"{folder}/bgpd.conf", "-i", f"{folder}/bgpd.pid", "--vty_socket", str(folder))
    with place.running([tool("bgpd"), "-Z", "-n", "-S", "-P", "0", *files, "--log", "stdout"]):
        wait_until((folder / "bgpd.vty").is_socket, 60, "bgpd of FRR listens")
        yield FrrMember(place)


class OwnOpenBgpd(OpenBgpdMember):
    """A bgpd of OpenBGPD that runs the text."""

    def __init__(self, place: Place, text: str) -> None:
        super().__init__(place)
        self._text = text

    def text(self) -> str:
        """The text, its files, and its own networks."""
        listen = "".join(f"listen on {address}\n" for address in self.place.addresses.values())
        networks = "".join(f"network {prefix}\n" for prefix in self._said)
        return f'{self._text}\nsocket "{self.place.folder}/bgpd.sock"\n{listen}fib-update no\n{networks}'


@contextlib.contextmanager
def own_openbgpd(place: Place, text: str) -> Iterator[OwnOpenBgpd]:
    """A bgpd of OpenBGPD with this text, until the block ends."""
    tool("openbgpd")
    place.folder.mkdir(parents=True, exist_ok=True)
    member = OwnOpenBgpd(place, text)
    member.write()
    with place.running([start_script(place.folder)]):
        wait_until((place.folder / "bgpd.sock").is_socket, 60, "bgpd of OpenBGPD listens")
        yield member


@contextlib.contextmanager
def own_gobgp(place: Place, text: str) -> Iterator[GoBgpMember]:
    """A gobgpd with this text, until the block ends."""
    folder = place.folder
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "gobgpd.toml").write_text(text)
    words = ("-f", f"{folder}/gobgpd.toml", "--api-hosts", f"unix://{folder}/api.sock", "--pprof-disable")
    with place.running([tool("gobgpd"), *words]):
        wait_until((folder / "api.sock").is_socket, 60, "gobgpd listens")
        yield GoBgpMember(place)
