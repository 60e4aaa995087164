"""Members' routers of every make behind one protocol, in the field's words.

Law: a driver starts one daemon in a namespace that the test made, keeps its files in a folder of the test's
own, and ends the daemon by its pid. What a daemon knows is asked from it; nothing is assumed.
"""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from ztix.lab.daemons import ended

Family = Literal[4, 6]
SERVER: dict[Family, str] = {4: "192.0.2.1", 6: "2001:db8:64:96::1"}
SERVER_ASN = 64496
TOOLS = Path(__file__).parents[3] / ".tools" / "speakers" / "bin"


def family_of(prefix: str) -> Family:
    """The address family of a prefix or an address."""
    return 6 if ":" in prefix else 4


def tool(name: str) -> str:
    """The path of a speaker's program. Fails, and names the script that brings it, where it is not there."""
    path = TOOLS / name
    assert path.exists(), f"`{name}` is not installed; run scripts/install-speakers"
    return str(path)


@dataclass(frozen=True, slots=True)
class Announcement:
    """What a member says. path: whole, as on the wire, empty for the member's own ASN alone.

    communities and large: `a:b` and `a:b:c`. next_hop: empty for the member's own address.
    """

    prefix: str
    path: tuple[int, ...] = ()
    communities: tuple[str, ...] = ()
    large: tuple[str, ...] = ()
    next_hop: str = ""


@dataclass(frozen=True, slots=True)
class Route:
    """What a member received: the best route to a prefix."""

    path: tuple[int, ...]
    next_hop: str
    communities: frozenset[str] = frozenset()
    large: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a member's router runs, and who it is."""

    space: str
    folder: Path
    asn: int
    addresses: dict[Family, str] = field(default_factory=dict)

    def command(self, *words: str) -> list[str]:
        """The command line that runs these words in the member's namespace."""
        return ["ip", "netns", "exec", self.space, *words]

    @contextlib.contextmanager
    def running(self, words: Sequence[str], log: str = "log") -> Iterator[subprocess.Popen[bytes]]:
        """A daemon in the namespace; what it prints goes to a file in the folder."""
        with (
            (self.folder / log).open("ab") as sink,
            subprocess.Popen(self.command(*words), stdout=sink, stderr=sink, cwd=self.folder) as process,
            ended(process),
        ):
            yield process

    def whole_path(self, said: Announcement) -> tuple[int, ...]:
        """The path as it goes over the wire."""
        return said.path or (self.asn,)

    def next_hop(self, said: Announcement) -> str:
        """The next hop as it goes over the wire."""
        return said.next_hop or self.addresses[family_of(said.prefix)]


class Speaker(Protocol):
    """A member's router. `times_up` counts how often a session came up: more than once is a flap."""

    @property
    def place(self) -> Place: ...

    def announce(self, *said: Announcement) -> None: ...

    def withdraw(self, *prefixes: str) -> None: ...

    def session_is_up(self, family: Family) -> bool: ...

    def times_up(self, family: Family) -> int: ...

    def received(self, prefix: str) -> Route | None: ...
