"""What PeeringDB said before, in a file of this machine, so that a run asks only for what it does not know.

Law: the cache is a convenience and never a reason to fail: one that is missing, damaged or cannot be written
is told in a note, and the run goes on. It is written whole and then put in place, so that a run that is
killed leaves the old one. Where PeeringDB does not answer, a record that it gave before still counts, with
its old time; what else was known stays unknown, so that no outage makes a network absent.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from ztix.evidence import Absent, Found, NetworkLookup, Unknown
from ztix.evidence_files import networks_text, read_networks
from ztix.terms import Asn

CACHE_BYTES = 64 * 1024 * 1024  # bytes; all networks of PeeringDB are about 10 MB
KEEP = timedelta(days=90)  # records that nobody asked for since are dropped
ABSENT_AGE = timedelta(hours=1)  # who is told that it has no record makes one, and should not wait for long
AHEAD = timedelta(minutes=5)  # a record from further in the future is not believed to be fresh


class NetworkSource(Protocol):
    """Somebody who can be asked about networks."""

    def networks(self, asns: Iterable[Asn]) -> Mapping[Asn, NetworkLookup]:
        """A look-up for each ASN. Raises nothing."""
        ...


def cache_path(environment: Mapping[str, str]) -> Path:
    """Where the cache stands by default: below XDG_CACHE_HOME, which must be absolute, else ~/.cache."""
    stated = Path(environment.get("XDG_CACHE_HOME", ""))
    folder = stated if stated.is_absolute() else Path(environment.get("HOME", "/nonexistent")) / ".cache"
    return folder / "ztix" / "peeringdb.json"


@dataclass(slots=True)
class EvidenceCache:
    """The cache in one file.

    note: takes one line for people, such as a logger's `info`.
    """

    path: Path
    note: Callable[[str], None] = field(default=lambda _: None)
    limit_bytes: int = CACHE_BYTES

    def read(self) -> dict[Asn, NetworkLookup]:
        """What it holds; nothing where there is none or it is damaged. Raises nothing."""
        try:
            with self.path.open("rb") as file:
                content = file.read(self.limit_bytes + 1)
        except FileNotFoundError:
            return {}
        except OSError as error:
            self.note(f"the cache `{self.path}` cannot be read ({error.strerror}); PeeringDB is asked anew")
            return {}
        if len(content) > self.limit_bytes:
            self.note(
                f"the cache `{self.path}` has more than {self.limit_bytes} bytes; PeeringDB is asked anew"
            )
            return {}
        lookups, findings = read_networks(content, str(self.path))
        if findings:
            self.note(f"the cache `{self.path}` is damaged ({findings[0].message}); PeeringDB is asked anew")
            return {}
        return lookups

    def write(self, lookups: Mapping[Asn, NetworkLookup]) -> None:
        """Replaces what it holds, whole or not at all. Raises nothing."""
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor, name = tempfile.mkstemp(dir=self.path.parent, prefix=f".{self.path.name}.")
            beside = Path(name)
            try:
                with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                    file.write(networks_text(lookups))
                    file.flush()
                    os.fsync(file.fileno())
                beside.replace(self.path)
            except BaseException:
                beside.unlink(missing_ok=True)
                raise
        except OSError as error:
            self.note(f"the cache `{self.path}` cannot be written ({error.strerror}); it stays as it was")


def gather(
    asns: Iterable[Asn], cache: EvidenceCache, peeringdb: NetworkSource, now: datetime, max_age: timedelta
) -> dict[Asn, NetworkLookup]:
    """A look-up for each ASN, ascending: the cache's where it is fresh, else PeeringDB's. Raises nothing.

    Where PeeringDB's is unknown, the cache's old record counts, whose `fetched_at` tells its age.
    """
    wanted, held = sorted(set(asns)), cache.read()
    stale = [asn for asn in wanted if not _fresh(held.get(asn), now, max_age)]
    asked = peeringdb.networks(stale) if stale else {}
    learnt = {asn: lookup for asn, lookup in asked.items() if not isinstance(lookup, Unknown)}
    if learnt:
        kept = {asn: lookup for asn, lookup in held.items() if asn in wanted or _fresh(lookup, now, KEEP)}
        cache.write({**kept, **learnt})
    return {asn: _best(held.get(asn), asked.get(asn)) for asn in wanted}


def _best(held: NetworkLookup | None, asked: NetworkLookup | None) -> NetworkLookup:
    """What counts of what was known and what was learnt; nobody was asked about what is fresh."""
    if asked is None:
        return held or Unknown("PeeringDB was not asked")
    return held if isinstance(asked, Unknown) and isinstance(held, Found) else asked


def _fresh(lookup: NetworkLookup | None, now: datetime, max_age: timedelta) -> bool:
    if lookup is None or isinstance(lookup, Unknown):
        return False
    if isinstance(lookup, Absent):
        max_age = min(max_age, ABSENT_AGE)
    return now - max_age <= lookup.fetched_at <= now + AHEAD
