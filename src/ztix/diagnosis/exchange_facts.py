"""What is known of the exchange's own works, as a check-up asks for it.

Law: pure values, and no secret among them: of a token it is known whether it is there, who may read it, and
whether it is taken.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from ztix.lifecycle import Certainty

Area: TypeAlias = Literal[
    "policy", "tools", "secrets", "fabrics", "route servers", "clock", "disk", "freshness"
]
AREAS: tuple[Area, ...] = get_args(Area)


@dataclass(frozen=True, slots=True)
class Files:
    """The exchange's own files. finding: the first error that keeps all from being read, empty for none."""

    subject: str
    finding: str = ""
    remedy: str = "ztix check"


@dataclass(frozen=True, slots=True)
class Tool:
    """A program here. purpose: what needs it.  version: empty where it tells none.  oldest: that will do."""

    subject: str
    purpose: str
    install: str
    there: bool = True
    version: str = ""
    oldest: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """How a secret is held. mode: of its file.  open: whether others than its owner may read that.

    place: in words.  path: of the file, empty where it is none.  reason: why it is not there.
    """

    place: str
    path: str = ""
    there: bool = True
    open: bool = False
    mode: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Secret:
    """A token or a key. user: what it opens.  taken: whether that lets its holder in."""

    subject: str
    user: str
    held: Held
    taken: Certainty = "unknown"
    said: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Service:
    """A fabric's controller or a route server. asked: False without its secret.

    answers: `no` where it answered that this may not be.  said, remedy: its own words where it is not `yes`.
    network: whether there is one; of a route server always.  told: what it is.
    """

    subject: str
    asked: bool = True
    answers: Certainty = "yes"
    said: str = ""
    remedy: str = ""
    network: bool = True
    told: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One thing about a route server's machine, as `ztix route-server check` has it."""

    subject: str
    found: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Watch:
    """Another machine's clock. ahead_s: by how much it is ahead of ours, None where it tells no time."""

    subject: str
    ahead_s: float | None


@dataclass(frozen=True, slots=True)
class Room:
    """What is free on a disk; None where nobody tells."""

    subject: str
    free_mib: int | None


@dataclass(frozen=True, slots=True)
class Age:
    """How old something is that must be made anew. hours: None where there is none of it.

    remedy: what makes it anew.  unread: why nobody knows, empty where somebody does.
    """

    subject: str
    most_hours: int
    remedy: str
    hours: int | None
    unread: str = ""


@dataclass(frozen=True, slots=True)
class Schema:
    """A schema's file. same: whether it is what this version makes."""

    subject: str
    there: bool
    same: bool


@dataclass(frozen=True, slots=True)
class Release:
    """A controller's version; empty where it tells none. advised: the one that docs/recovery.md names."""

    subject: str
    version: str
    advised: str


@dataclass(frozen=True, slots=True)
class ExchangeFacts:
    """All that is known, by kind."""

    files: tuple[Files, ...] = ()
    tools: tuple[Tool, ...] = ()
    secrets: tuple[Secret, ...] = ()
    fabrics: tuple[Service, ...] = ()
    route_servers: tuple[Service, ...] = ()
    parts: tuple[Part, ...] = ()
    watches: tuple[Watch, ...] = ()
    rooms: tuple[Room, ...] = ()
    ages: tuple[Age, ...] = ()
    schemas: tuple[Schema, ...] = ()
    releases: tuple[Release, ...] = ()
