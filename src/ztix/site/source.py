"""What a site is made from.

Law: values; drivers and the command line fill them. Nothing here hangs on a clock: the moment is the
commit's, what is told of runs is what branch `ztix-state` holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ztix.evidence import Evidence
from ztix.exchange import Exchange
from ztix.routeserver import RouteServerView
from ztix.terms import Asn


@dataclass(frozen=True, slots=True)
class Turn:
    """A member's file came or went with a commit of the main line. before: what went, where that was read."""

    at: datetime
    commit: str
    asn: Asn
    joined: bool
    before: bytes | None = None


@dataclass(frozen=True, slots=True)
class Register:
    """Every turn, the oldest first. cut: the commit in which this clone's history begins too late; all that
    seems to come with it was there before."""

    turns: tuple[Turn, ...] = ()
    cut: str | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """What one run left on branch `ztix-state`: the texts of receipt.json and applied.json."""

    receipt: bytes
    applied: bytes


@dataclass(frozen=True, slots=True)
class Source:
    """An exchange as a run goes by it, and its past.

    at: as of when.  records: the newest first.  ixf: the list of members by IX-F, where policy has it.
    """

    exchange: Exchange
    evidence: Evidence
    views: tuple[RouteServerView, ...]
    at: datetime
    register: Register = Register()
    records: tuple[Record, ...] = ()
    ixf: str | None = None
