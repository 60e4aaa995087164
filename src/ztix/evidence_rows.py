"""One record of an evidence file: a row of JSON, to and from its value.

Law: pure. A row that has not exactly the form it must have raises Damaged or ValueError, whose text goes on
where "record 7 of `networks`" stopped. Keys that are not known are passed over: a later ztix may write more.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TypeAlias, assert_never

from ztix.evidence import (
    AS_SETS_LENGTH,
    NAME_LENGTH,
    Absent,
    Expansion,
    Found,
    NetworkLookup,
    NetworkRecord,
    PrefixPattern,
    PrefixSet,
    Unknown,
    Vrp,
    plain,
)
from ztix.terms import Asn, AsSet, Family

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Row: TypeAlias = "dict[str, Json]"


class Damaged(Exception):
    """A row has not the form that it must have."""


def network_row(asn: Asn, lookup: NetworkLookup) -> Row | None:
    """The row of a look-up; None where nothing is known."""
    match lookup:
        case Found(record, source, fetched_at):
            held = {key: value for key, value in asdict(record).items() if key != "asn"}
            return {
                "asn": int(asn),
                "state": "found",
                **held,
                "source": source,
                "fetched_at": moment_text(fetched_at),
            }
        case Absent(source, fetched_at):
            return {
                "asn": int(asn),
                "state": "absent",
                "source": source,
                "fetched_at": moment_text(fetched_at),
            }
        case Unknown():
            return None
        case _:
            assert_never(lookup)


def expansion_row(expansion: Expansion) -> Row:
    """The row of an expansion."""
    return {
        "as_set": str(expansion.as_set),
        "asns": [int(asn) for asn in expansion.asns],
        "ipv4": list(expansion.ipv4.texts),
        "ipv6": list(expansion.ipv6.texts),
        "source": expansion.source,
        "fetched_at": moment_text(expansion.fetched_at),
    }


def vrps_row(asn: int, vrps: Iterable[Vrp], source: str, fetched_at: datetime) -> Row:
    """The row of all VRPs of one AS number: patterns whose longest length is the VRP's max length."""
    held: dict[int, list[PrefixPattern]] = {4: [], 6: []}
    for vrp in vrps:
        held[vrp.prefix.version].append(PrefixPattern(vrp.prefix, vrp.prefix.prefixlen, vrp.max_length))
    return {
        "asn": asn,
        "ipv4": list(PrefixSet.of(4, held[4]).texts),
        "ipv6": list(PrefixSet.of(6, held[6]).texts),
        "source": source,
        "fetched_at": moment_text(fetched_at),
    }


def moment_text(moment: datetime) -> str:
    """A moment as rows have it: whole seconds, in UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read_network(item: Json) -> tuple[Asn, NetworkLookup]:
    """ASN and look-up of a row. Raises Damaged or ValueError."""
    row = row_of(item)
    asn = Asn(row.get("asn"))
    source, fetched_at = word(row, "source"), moment(row)
    match row.get("state"):
        case "absent":
            return asn, Absent(source, fetched_at)
        case "found":
            return asn, Found(_record(asn, row), source, fetched_at)
        case _:
            raise Damaged("must have `state`: `found` or `absent`")


def _record(asn: Asn, row: Row) -> NetworkRecord:
    never = row.get("never_via_route_servers", False)
    if not isinstance(never, bool):
        raise Damaged("must have `never_via_route_servers`: true or false")
    return NetworkRecord(
        asn,
        word(row, "name"),
        word(row, "aka", ""),
        word(row, "irr_as_set", "", AS_SETS_LENGTH),
        count(row, "info_prefixes4"),
        count(row, "info_prefixes6"),
        never,
        None if row.get("rir_status") is None else word(row, "rir_status"),
        count(row, "org_id"),
    )


def read_expansion(item: Json) -> tuple[AsSet, Expansion]:
    """AS-SET and expansion of a row. Raises Damaged or ValueError."""
    row = row_of(item)
    as_set = AsSet(row.get("as_set"))
    asns = tuple(sorted({Asn(asn) for asn in _list(row, "asns")}))
    ipv4, ipv6 = _prefix_set(row, 4), _prefix_set(row, 6)
    return as_set, Expansion(as_set, asns, ipv4, ipv6, word(row, "source"), moment(row))


def read_vrps_of(item: Json) -> tuple[int, tuple[datetime, tuple[Vrp, ...]]]:
    """AS number of a row, when it was fetched, and its VRPs. Raises Damaged or ValueError."""
    row = row_of(item)
    # AS 0 says that nobody may originate the prefix (RFC 6483 section 4).
    asn = 0 if row.get("asn") == 0 else int(Asn(row.get("asn")))
    patterns = (*_prefix_set(row, 4).patterns, *_prefix_set(row, 6).patterns)
    if any(pattern.shortest != pattern.prefix.prefixlen for pattern in patterns):
        raise Damaged("must have prefixes whose shortest length is their own")
    word(row, "source")
    return asn, (moment(row), tuple(Vrp(pattern.prefix, pattern.longest, asn) for pattern in patterns))


def row_of(item: Json) -> Row:
    """An object. Raises Damaged."""
    if not isinstance(item, dict):
        raise Damaged("must be an object")
    return item


def _list(row: Row, key: str) -> list[Json]:
    value = row.get(key)
    if not isinstance(value, list):
        raise Damaged(f"must have a list `{key}`")
    return value


def _prefix_set(row: Row, family: Family) -> PrefixSet:
    texts = _list(row, f"ipv{family}")
    if set(map(type, texts)) - {str}:
        raise Damaged(f"must have only texts in `ipv{family}`")
    return PrefixSet(family, tuple(texts))  # type: ignore[arg-type] # looked through in the line above


def word(row: Row, key: str, default: str | None = None, limit: int = NAME_LENGTH) -> str:
    """A text of a row. Raises Damaged."""
    value = row.get(key, default)
    if not isinstance(value, str) or value != plain(value, limit):
        raise Damaged(f"must have `{key}`: a text of one line and at most {limit} characters")
    return value


def count(row: Row, key: str, below: int = 2**31) -> int | None:
    """A positive number of a row, or null. Raises Damaged."""
    value = row.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value < below:
        raise Damaged(f"must have `{key}`: a positive number, or null")
    return value


def moment(row: Row, key: str = "fetched_at") -> datetime:
    """A moment of a row, in UTC. Raises Damaged."""
    value = row.get(key)
    try:
        found = datetime.fromisoformat(value if isinstance(value, str) else "")
        if found.tzinfo is not None:
            return found.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise Damaged(f"must have `{key}`: a moment with its zone, such as `2026-11-01T00:00:00Z`")
