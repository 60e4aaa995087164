"""PeeringDB over its API: what it holds about networks.

Law: three outcomes. A network in an answer is found, one that a good answer leaves out is absent, and
everything else is unknown, with a reason: throttling, an outage, a wrong key, an answer that was cut or that
is not about what was asked. Records are read leniently, since fields come and go; what is kept is bounded.

Facts: `asn__in` has no limit of its own; PeeringDB recommends 150 ASNs in a query and two seconds between two
(https://docs.peeringdb.com/howto/work_within_peeringdbs_query_limits/). A filter that it does not know is
ignored, so that the answer is everything. `meta.truncated` is the only sign that rows are missing. `fields`
adds `website` with a wrong empty value, which is of no use here. Any `Authorization` other than `Api-Key` is
an error, which is why nothing else may add one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeAlias, TypeVar

import httpx
from pydantic import SecretStr

from ztix.admission.proof import Answer, Said, Unanswered
from ztix.drivers.http import Reply, RetryBudget, client, request
from ztix.errors import Unavailable
from ztix.events import Upstream
from ztix.evidence import Absent, Found, NetworkLookup, NetworkRecord, Unknown, plain, source_first
from ztix.terms import Asn

# With `www.`: the bare name redirects, and redirects are not followed.
BASE_URL = "https://www.peeringdb.com/api/"
CHUNK = 150  # ASNs in one query
APART_S = 2.0  # seconds between two queries
NOTES_CHUNK = 40  # networks in one query for notes, which may be long
NOTES_FIELDS = "id,org_id,asn,notes,website,status"
FIELDS = (
    "id,org_id,asn,name,aka,irr_as_set,info_prefixes4,info_prefixes6,info_never_via_route_servers,"
    "rir_status,status"
)
ANSWER_BYTES = 2 * 1024 * 1024  # bytes; 150 records of these fields are about 50 kB
FIGURE_MAX = 2**31 - 1


_Row: TypeAlias = dict[str, Any]
T = TypeVar("T")


class _Garbled(Exception):
    """An answer that cannot be taken for what was asked."""


def peeringdb_client(api_key: SecretStr | None = None, base_url: str = BASE_URL) -> httpx.Client:
    """The HTTP client for PeeringDB; without a key the limits are narrower. Raises Usage."""
    headers = {"Authorization": f"Api-Key {api_key.get_secret_value()}"} if api_key else {}
    return client(base_url, headers=headers, timeout_s=30.0, connections=1, trust_environment=True)


@dataclass(slots=True)
class PeeringDb:
    """PeeringDB as one run asks it.

    now: the time that look-ups are marked with.  monotonic: seconds, for the distance between two queries;
    waiting is the budget's.
    """

    http: httpx.Client
    budget: RetryBudget
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    monotonic: Callable[[], float] = time.monotonic
    chunk: int = CHUNK
    apart_s: float = APART_S
    _last: float | None = field(default=None, init=False)

    @property
    def source(self) -> str:
        """Where its look-ups come from, as evidence tells it."""
        return plain(str(self.http.base_url).rstrip("/"))

    def networks(self, asns: Iterable[Asn]) -> dict[Asn, NetworkLookup]:
        """A look-up for each ASN, ascending. Raises nothing."""
        return self._each(asns, FIELDS, self.chunk, self._lookup)

    def notes(self, asns: Iterable[Asn]) -> dict[Asn, Answer]:
        """Notes, website and organisation of each network, Said() where there is none. Raises nothing.

        `notes` is what everybody sees; `notes_private` is another field and nobody is asked for it.
        """
        found = self._each(asns, NOTES_FIELDS, min(self.chunk, NOTES_CHUNK), _notes)
        return {
            asn: Unanswered(said.reason) if isinstance(said, Unknown) else said for asn, said in found.items()
        }

    def _each(
        self, asns: Iterable[Asn], fields: str, size: int, read: Callable[[Asn, _Row | None, datetime], T]
    ) -> dict[Asn, T | Unknown]:
        """What `read` makes of each ASN's record, ascending. Raises nothing.

        After a query that was not answered the rest is not asked: it is unknown for the same reason.
        """
        wanted, found = sorted(set(asns)), dict[Asn, T | Unknown]()
        for chunk in _chunks(wanted, size):
            try:
                found.update(self._chunk(chunk, fields, read))
            except Unavailable as error:
                unknown = Unknown(plain(error.message, 300))
                return {asn: found.get(asn, unknown) for asn in wanted}
        return found

    def _chunk(
        self, asns: tuple[Asn, ...], fields: str, read: Callable[[Asn, _Row | None, datetime], T]
    ) -> dict[Asn, T | Unknown]:
        """The look-ups of one query. Raises Unavailable where the next query would fare no better."""
        self._keep_distance()
        query = {"asn__in": ",".join(str(int(asn)) for asn in asns), "fields": fields}
        try:
            reply = request(
                self.http,
                "GET",
                "net",
                params=query,
                service="PeeringDB",
                budget=self.budget,
                limit_bytes=ANSWER_BYTES,
                upstream=Upstream.PEERINGDB,
            )
        finally:
            self._last = self.monotonic()
        try:
            rows = _rows(reply, frozenset(asns))
        except _Garbled as garbled:
            unknown = Unknown(f"PeeringDB answered {reply.where}, but {garbled}")
            return dict.fromkeys(asns, unknown)
        fetched_at = self.now()
        return {asn: _or_unknown(asn, rows.get(asn), fetched_at, read) for asn in asns}

    def _lookup(self, asn: Asn, row: _Row | None, fetched_at: datetime) -> NetworkLookup:
        if row is None:
            return Absent(self.source, fetched_at)
        return Found(_record(asn, row), self.source, fetched_at)

    def _keep_distance(self) -> None:
        if self._last is not None:
            rest_s = self._last + self.apart_s - self.monotonic()
            if rest_s > 0:
                self.budget.sleep(rest_s)


def _or_unknown(
    asn: Asn, row: _Row | None, fetched_at: datetime, read: Callable[[Asn, _Row | None, datetime], T]
) -> T | Unknown:
    try:
        return read(asn, row, fetched_at)
    except _Garbled as garbled:
        return Unknown(f"PeeringDB's record of `{asn}` {garbled}")


def _chunks(asns: list[Asn], size: int) -> Iterator[tuple[Asn, ...]]:
    return (tuple(asns[start : start + size]) for start in range(0, len(asns), size))


def _rows(reply: Reply, asked: frozenset[Asn]) -> dict[Asn, _Row]:
    """The records in an answer, by ASN. Raises Unavailable for a refusal, _Garbled for a wrong answer."""
    if reply.status != 200:
        raise _refusal(reply)
    try:
        whole = reply.json()
    except Unavailable as error:
        raise _Garbled("not with JSON") from error
    meta = whole.get("meta") if isinstance(whole, dict) else None
    data = whole.get("data") if isinstance(whole, dict) else None
    if not isinstance(meta, dict) or not isinstance(data, list):
        raise _Garbled("not in its own form of `data` and `meta`")
    if meta.get("truncated"):
        raise _Garbled("its answer was cut short")
    if "error" in meta:
        raise _Garbled(f"with the error `{plain(str(meta['error']), 80)}`")
    rows: dict[Asn, _Row] = {}
    for row in data:
        asn = _asn(row)
        if asn not in asked:
            raise _Garbled(f"also with `{asn}`, which was not asked for: it passed over the filter")
        if asn in rows:
            raise _Garbled(f"with two records of `{asn}`")
        if row.get("status", "ok") == "ok":
            rows[asn] = row
    return rows


def _refusal(reply: Reply) -> Unavailable:
    """What an answer other than 200 means for every query of the run."""
    if reply.status in (401, 403):
        return Unavailable(
            f"PeeringDB refuses the API key: it answered {reply.where} with {reply.status}",
            help="put a valid key where the key is configured, or remove it to ask without one",
        )
    try:
        whole = reply.json()
        meta = whole.get("meta") if isinstance(whole, dict) else None
        told = str(meta.get("error", "")) if isinstance(meta, dict) else ""
    except Unavailable:
        told = ""
    words = f": `{plain(told, 80)}`" if told else ""
    return Unavailable(f"PeeringDB answered {reply.where} with {reply.status}{words}", help="run again later")


def _asn(row: object) -> Asn:
    try:
        return Asn(row.get("asn") if isinstance(row, dict) else None)
    except ValueError:
        raise _Garbled("with a record that has no AS number") from None


def _record(asn: Asn, row: _Row) -> NetworkRecord:
    """The part of a record that ztix goes by. Raises _Garbled where a field that decides is not there."""
    name, irr_as_set = row.get("name"), row.get("irr_as_set")
    if not isinstance(name, str) or not isinstance(irr_as_set, str | None):
        raise _Garbled("has no `name` and `irr_as_set`")
    if "rir_status" not in row or not isinstance(row["rir_status"], str | None):
        raise _Garbled("has no `rir_status`")
    aka, org_id = row.get("aka"), row.get("org_id")
    return NetworkRecord(
        asn,
        plain(name),
        plain(aka) if isinstance(aka, str) else "",
        source_first(irr_as_set or ""),
        _figure(row.get("info_prefixes4")),
        _figure(row.get("info_prefixes6")),
        row.get("info_never_via_route_servers") is True,
        None if row["rir_status"] is None else plain(row["rir_status"], 40),
        _figure(org_id),
    )


def _notes(_: Asn, row: _Row | None, __: datetime) -> Answer:
    """What a proof goes by. Raises _Garbled where it is not there: an empty text would be an answer."""
    if row is None:
        return Said()
    notes, website, org_id = row.get("notes"), row.get("website"), _figure(row.get("org_id"))
    if not isinstance(notes, str) or not isinstance(website, str):
        raise _Garbled("has no `notes` and `website`")
    return Said((notes, website, str(org_id or "")))


def _figure(value: object) -> int | None:
    """A positive number; 0 and null both say that the network gives none."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= FIGURE_MAX:
        return None
    return value
