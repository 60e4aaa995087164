"""The cache of look-ups: it spares questions, outlives outages, and is never in the way."""

from __future__ import annotations

import stat
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ztix.drivers.evidence_cache import EvidenceCache, cache_path, gather
from ztix.evidence import Absent, Found, NetworkLookup, NetworkRecord, Unknown
from ztix.terms import Asn

NOW = datetime(2026, 11, 1, tzinfo=UTC)
DAY = timedelta(days=1)
A, B, C = Asn(64500), Asn(64501), Asn(64502)
AWAY = Unknown("PeeringDB did not answer")


def found(asn: Asn, name: str = "Example", at: datetime = NOW) -> Found:
    return Found(NetworkRecord(asn, name), "peeringdb", at)


class Source:
    """A PeeringDB that knows these networks, and writes down what it is asked."""

    def __init__(self, lookups: Mapping[Asn, NetworkLookup] | None = None) -> None:
        self.lookups = lookups or {}
        self.asked: list[tuple[Asn, ...]] = []

    def networks(self, asns: Iterable[Asn]) -> Mapping[Asn, NetworkLookup]:
        wanted = tuple(asns)
        self.asked.append(wanted)
        return {asn: self.lookups.get(asn, AWAY) for asn in wanted}


class Shelf:
    """A cache in a folder of the test, and the notes that it gave."""

    def __init__(self, folder: Path) -> None:
        self.notes: list[str] = []
        self.cache = EvidenceCache(folder / "cache" / "peeringdb.json", self.notes.append)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


def test_gather_when_cache_is_empty_asks_and_keeps_the_answer(shelf: Shelf) -> None:
    """The second run asks nothing."""
    source = Source({A: found(A), B: Absent("peeringdb", NOW)})
    first = gather([B, A, B], shelf.cache, source, NOW, DAY)
    second = gather([A, B], shelf.cache, Source(), NOW, DAY)
    assert first == second == {A: found(A), B: Absent("peeringdb", NOW)}
    assert source.asked == [(A, B)]
    assert shelf.notes == []


def test_gather_when_some_are_old_asks_for_those_only(shelf: Shelf) -> None:
    """A record as old as allowed is fresh; one older is asked for again."""
    shelf.cache.write({A: found(A, at=NOW - DAY), B: found(B, at=NOW - DAY - timedelta(seconds=1))})
    source = Source({B: found(B, "New name"), C: found(C)})
    gathered = gather([A, B, C], shelf.cache, source, NOW, DAY)
    assert source.asked == [(B, C)]
    assert gathered == {A: found(A, at=NOW - DAY), B: found(B, "New name"), C: found(C)}


def test_gather_when_network_was_absent_asks_again_after_an_hour(shelf: Shelf) -> None:
    """Who makes the missing record should not wait for a day."""
    shelf.cache.write({A: Absent("peeringdb", NOW)})
    soon, later = Source(), Source({A: found(A)})
    assert gather([A], shelf.cache, soon, NOW + timedelta(minutes=59), DAY) == {A: Absent("peeringdb", NOW)}
    assert gather([A], shelf.cache, later, NOW + timedelta(minutes=61), DAY) == {A: found(A)}
    assert (soon.asked, later.asked) == ([], [(A,)])


def test_gather_when_record_is_from_the_future_asks_again(shelf: Shelf) -> None:
    """A clock that was wrong once does not keep a record fresh for years."""
    shelf.cache.write({A: found(A, at=NOW + DAY)})
    source = Source({A: found(A)})
    assert gather([A], shelf.cache, source, NOW, DAY) == {A: found(A)}


def test_gather_when_peeringdb_is_away_goes_by_the_old_record(shelf: Shelf) -> None:
    """What was known keeps its time, so that its age can be judged; what was not known stays unknown."""
    old = NOW - 30 * DAY
    shelf.cache.write({A: found(A, at=old), B: Absent("peeringdb", old)})
    assert gather([A, B, C], shelf.cache, Source(), NOW, DAY) == {A: found(A, at=old), B: AWAY, C: AWAY}


def test_gather_when_peeringdb_is_away_does_not_touch_the_file(shelf: Shelf) -> None:
    """An outage teaches nothing, so nothing is written."""
    gather([A], shelf.cache, Source(), NOW, DAY)
    assert not shelf.cache.path.exists()


def test_gather_when_record_is_gone_from_peeringdb_is_absent(shelf: Shelf) -> None:
    """An answer that there is none counts more than what was there before."""
    shelf.cache.write({A: found(A, at=NOW - 30 * DAY)})
    assert gather([A], shelf.cache, Source({A: Absent("peeringdb", NOW)}), NOW, DAY) == {
        A: Absent("peeringdb", NOW)
    }


def test_gather_when_records_are_not_asked_for_in_months_drops_them(shelf: Shelf) -> None:
    """The cache does not grow with every network that was ever looked up."""
    shelf.cache.write({A: found(A, at=NOW - 91 * DAY), B: found(B, at=NOW - 89 * DAY)})
    gather([C], shelf.cache, Source({C: found(C)}), NOW, DAY)
    assert set(shelf.cache.read()) == {B, C}


def test_gather_when_source_leaves_one_out_it_is_unknown(shelf: Shelf) -> None:
    """Nothing said is nothing known."""

    class Silent(Source):
        def networks(self, asns: Iterable[Asn]) -> Mapping[Asn, NetworkLookup]:
            return {}

    assert isinstance(gather([A], shelf.cache, Silent(), NOW, DAY)[A], Unknown)


@pytest.mark.parametrize(
    "content", [b"", b"\xff", b"{}", b'{"schema": "ztix.evidence.peeringdb.v1", "networks": [1]}']
)
def test_cache_when_file_is_damaged_is_passed_over_with_a_note(shelf: Shelf, content: bytes) -> None:
    """A damaged cache costs one question, and the answer mends it."""
    shelf.cache.path.parent.mkdir()
    shelf.cache.path.write_bytes(content)
    assert gather([A], shelf.cache, Source({A: found(A)}), NOW, DAY) == {A: found(A)}
    (note,) = shelf.notes
    assert note.startswith(f"the cache `{shelf.cache.path}` is damaged (")
    assert shelf.cache.read() == {A: found(A)}


def test_cache_when_file_is_too_long_is_passed_over_with_a_note(shelf: Shelf) -> None:
    """Something else under that name is not read to its end."""
    shelf.cache.limit_bytes = 10
    shelf.cache.write({A: found(A)})
    assert shelf.cache.read() == {}
    assert "has more than 10 bytes" in shelf.notes[0]


def test_cache_when_path_is_a_folder_is_passed_over_with_notes(shelf: Shelf) -> None:
    """Neither reading nor writing ends the run, and nothing is left beside it."""
    shelf.cache.path.mkdir(parents=True)
    assert gather([A], shelf.cache, Source({A: found(A)}), NOW, DAY) == {A: found(A)}
    assert ["cannot be read" in shelf.notes[0], "cannot be written" in shelf.notes[1]] == [True, True]
    assert [entry.name for entry in shelf.cache.path.parent.iterdir()] == ["peeringdb.json"]


def test_cache_when_written_is_for_its_owner_only(shelf: Shelf) -> None:
    """Whom an exchange looks up is nobody else's business."""
    shelf.cache.write({A: found(A)})
    assert stat.S_IMODE(shelf.cache.path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("environment", "path"),
    [
        ({"XDG_CACHE_HOME": "/var/cache/me", "HOME": "/home/me"}, "/var/cache/me/ztix/peeringdb.json"),
        ({"XDG_CACHE_HOME": "relative", "HOME": "/home/me"}, "/home/me/.cache/ztix/peeringdb.json"),
        ({"HOME": "/home/me"}, "/home/me/.cache/ztix/peeringdb.json"),
        ({}, "/nonexistent/.cache/ztix/peeringdb.json"),
    ],
)
def test_cache_path_when_environment_says_so_follows_it(environment: dict[str, str], path: str) -> None:
    """The place is the desktop's convention, which counts only absolute paths."""
    assert cache_path(environment) == Path(path)
