"""A member with BIRD. `rs client` keeps it from adding its own ASN, so a filter makes the whole path."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

from tests.live.members import SERVER, SERVER_ASN, Announcement, Family, Place, Route, family_of
from ztix.lab.daemons import Bird, running_bird

PROGRAM = Path("/usr/sbin/bird")


class BirdMember:
    """A running BIRD. `session` is what its two sessions say besides, as BIRD writes it."""

    def __init__(self, place: Place, session: str) -> None:
        self.place = place
        self._session = session
        self._said: dict[str, Announcement] = {}
        self.bird: Bird

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
        return self.bird.session_is_up(f"rs{family}")

    def times_up(self, family: Family) -> int:
        """By its log."""
        return (self.place.folder / "bird.err").read_text().count(f"rs{family}: BGP session established\n")

    def received(self, prefix: str) -> Route | None:
        """The route that came over a session."""
        text = self.bird.ask(f"show route {prefix} all where source = RTS_BGP")
        if not re.search(rf"^{re.escape(prefix)}\s", text, re.M):
            return None

        def value(name: str) -> str:
            found = re.search(rf"BGP\.{name}: (.*)", text)
            return found.group(1) if found else ""

        pairs = {
            name: frozenset(re.sub(r",\s*", ":", inner) for inner in re.findall(r"\(([^)]*)\)", value(name)))
            for name in ("community", "large_community")
        }
        path = tuple(map(int, value("as_path").split()))
        return Route(path, value("next_hop"), pairs["community"], pairs["large_community"])

    def text(self) -> str:
        """Its configuration."""
        statics = {4: "", 6: ""}
        for prefix in self._said:
            statics[family_of(prefix)] += f" route {prefix} blackhole;"
        sessions = "".join(
            f"protocol static own{family} {{ ipv{family};{statics[family]} }}\n"
            f"protocol bgp rs{family} {{ local {self.place.addresses[family]} as {self.place.asn};"
            f" neighbor {SERVER[family]} as {SERVER_ASN}; rs client; interpret communities off;"
            " connect delay time 1; connect retry time 1; error wait time 1, 2;\n"
            f" ipv{family} {{ import all; export filter my_announce; }}; {self._session} }}\n"
            for family in SERVER
        )
        cases = "".join(self._case(said) for said in self._said.values())
        return (
            f"log stderr all;\ndebug protocols {{ events }};\nrouter id {self.place.addresses[4]};\n"
            'protocol device { }\nprotocol bfd { interface "lan0" { interval 200 ms; }; }\n'
            f"filter my_announce {{\n if source != RTS_STATIC then reject;\n bgp_path.empty;\n{cases}"
            f" accept;\n}}\n{sessions}"
        )

    def _case(self, said: Announcement) -> str:
        path = "".join(f" bgp_path.prepend({asn});" for asn in reversed(self.place.whole_path(said)))
        standard = "".join(f" bgp_community.add(({c.replace(':', ',')}));" for c in said.communities)
        large = "".join(f" bgp_large_community.add(({c.replace(':', ',')}));" for c in said.large)
        hop = f" bgp_next_hop = {said.next_hop};" if said.next_hop else ""
        return f" if net = {said.prefix} then {{{path}{standard}{large}{hop} }}\n"

    def _configure(self) -> None:
        self.bird.conf.write_text(self.text())
        answer = self.bird.ask("configure")
        assert "Reconfigur" in answer, answer


@contextlib.contextmanager
def bird_member(place: Place, session: str = "") -> Iterator[BirdMember]:
    """A BIRD in this place, until the block ends."""
    member = BirdMember(place, session)
    within = ("ip", "netns", "exec", place.space)
    with running_bird(PROGRAM, place.folder, member.text(), within=within) as member.bird:
        yield member
