"""The feed of joins and leaves (RFC 4287): its entries as values.

Law: pure. Ids are made from what an entry tells, so that a commit gives the same ones for ever; times are
the commits'.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from ztix.site.history import Event
from ztix.terms import Label

ENTRIES = 50


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """id: a URN.  link: relative to the feed."""

    id: str
    title: str
    updated: str
    link: str


@dataclass(frozen=True, slots=True)
class Feed:
    """id: a URN.  entries: the newest first."""

    id: str
    updated: str
    entries: tuple[FeedEntry, ...]


def feed(exchange: Label, told: tuple[Event, ...], at: datetime) -> Feed:
    """The feed of the newest events. at: when it changed, where there is none."""
    newest = [event for event in reversed(told) if event.seen][:ENTRIES]
    entries = tuple(_entry(exchange, event) for event in newest)
    return Feed(_urn(exchange), entries[0].updated if entries else moment(at), entries)


def moment(at: datetime) -> str:
    """A moment as RFC 3339 has it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _entry(exchange: Label, event: Event) -> FeedEntry:
    word = "joined" if event.joined else "left"
    return FeedEntry(
        _urn(exchange, event.commit, str(event.asn), word),
        f"{event.name} ({event.asn}) {word}",
        moment(event.at),
        f"members/{event.asn}.html" if event.here else "index.html",
    )


def _urn(*parts: str) -> str:
    """A UUID of version 8 (RFC 9562 section 5.8) over these texts."""
    digits = list(sha256("\0".join(parts).encode()).hexdigest()[:32])
    digits[12], digits[16] = "8", "89ab"[int(digits[16], 16) % 4]
    text = "".join(digits)
    return f"urn:uuid:{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
