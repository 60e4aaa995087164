"""The PeeringDB driver against recorded answers: found, absent, and everything else unknown."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx
from pydantic import SecretStr

from ztix.drivers.http import RetryBudget
from ztix.drivers.peeringdb import BASE_URL, CHUNK, FIELDS, PeeringDb, peeringdb_client
from ztix.errors import Usage
from ztix.evidence import Absent, Found, NetworkLookup, NetworkRecord, Unknown
from ztix.terms import Asn

RECORDED: dict[str, dict[str, Any]] = json.loads(
    (Path(__file__).parent / "peeringdb" / "exchanges.json").read_text(encoding="utf-8")
)
NOW = datetime(2026, 11, 1, tzinfo=UTC)
SOURCE = "https://www.peeringdb.com/api"
A, B, C = Asn(64500), Asn(64501), Asn(64502)


class Time:
    """A clock that moves only by the sleep that is taken from it."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.waits: list[float] = []

    def sleep(self, wait_s: float) -> None:
        self.waits.append(wait_s)
        self.seconds += wait_s


@pytest.fixture
def api() -> Iterator[respx.Route]:
    """PeeringDB's list of networks; any other address is an error."""
    with respx.mock(assert_all_called=False) as router:
        yield router.get(url__startswith=f"{BASE_URL}net")


def peeringdb(
    clock: Time | None = None, *, key: str | None = None, chunk: int = 150, retries: int = 12
) -> PeeringDb:
    clock = clock or Time()
    budget = RetryBudget(retries, 300.0, clock.sleep, lambda lowest, _: lowest, lambda: NOW)
    http = peeringdb_client(SecretStr(key) if key else None)
    return PeeringDb(http, budget, lambda: NOW, lambda: clock.seconds, chunk)


def recorded(name: str) -> httpx.Response:
    answer = RECORDED[name]
    return httpx.Response(answer["status"], headers=answer["headers"], json=answer["body"])


def changed(change: Callable[[dict[str, Any]], object]) -> httpx.Response:
    """The recorded answer of a bulk query with a change to its body."""
    body = json.loads(json.dumps(RECORDED["bulk"]["body"]))
    change(body)
    return httpx.Response(200, json=body)


def row(**fields: object) -> httpx.Response:
    """The recorded answer of a bulk query with these fields in its record; `...` takes a field away."""

    def change(body: dict[str, Any]) -> None:
        for name, value in fields.items():
            if value is ...:
                del body["data"][0][name]
            else:
                body["data"][0][name] = value

    return changed(change)


def record(lookup: NetworkLookup) -> NetworkRecord:
    assert isinstance(lookup, Found)
    return lookup.record


def reason(lookup: NetworkLookup) -> str:
    assert isinstance(lookup, Unknown)
    return lookup.reason


def test_networks_when_some_are_missing_tells_found_from_absent(api: respx.Route) -> None:
    """A good answer speaks about every ASN that was asked for: what it leaves out is not there."""
    api.mock(return_value=recorded("bulk"))
    expected = NetworkRecord(A, "Example Net", "", "RIPE::AS-EXAMPLE", 20, None, False, "ok", 1)
    assert peeringdb().networks([C, A, B, A]) == {
        A: Found(expected, SOURCE, NOW),
        B: Absent(SOURCE, NOW),
        C: Absent(SOURCE, NOW),
    }


def test_networks_when_asked_sends_clean_numbers_once_each(api: respx.Route) -> None:
    """PeeringDB answers a blank, a comma too many or `AS` with an error, so none of them is sent."""
    api.mock(return_value=recorded("bulk"))
    peeringdb().networks([B, A, B])
    query = api.calls.last.request.url.params
    assert dict(query) == {"asn__in": "64500,64501", "fields": FIELDS}
    assert "Authorization" not in api.calls.last.request.headers
    assert not api.calls.last.request.headers["User-Agent"].startswith("PeeringDB/")


def test_networks_when_nothing_is_wanted_asks_nothing(api: respx.Route) -> None:
    """An empty list is an error of PeeringDB's."""
    assert peeringdb().networks([]) == {}
    assert api.call_count == 0


def test_networks_when_there_is_a_key_sends_it_in_its_own_form(api: respx.Route) -> None:
    """`Api-Key` is the only scheme that PeeringDB knows."""
    api.mock(return_value=recorded("bulk"))
    peeringdb(key="abc.def").networks([A])
    assert api.calls.last.request.headers["Authorization"] == "Api-Key abc.def"


def test_peeringdb_client_when_key_has_a_line_break_does_not_tell_it() -> None:
    """A key read with its line's end is a mistake of configuration and stays secret."""
    with pytest.raises(Usage) as caught:
        peeringdb_client(SecretStr("abc.def\n"))
    assert "abc" not in caught.value.message


def test_networks_when_many_are_wanted_asks_in_chunks_two_seconds_apart(api: respx.Route) -> None:
    """No query has more than its share, and one does not follow another sooner than is asked for."""
    api.mock(return_value=recorded("none"))
    clock = Time()
    wanted = [*map(Asn, range(64496, 64512)), *map(Asn, range(65536, 65552))]
    found = peeringdb(clock, chunk=15).networks(wanted)
    assert [len(call.request.url.params["asn__in"].split(",")) for call in api.calls] == [15, 15, 2]
    assert clock.waits == [2.0, 2.0]
    assert list(found) == wanted
    assert CHUNK <= 150


def test_networks_when_asked_a_second_time_late_does_not_wait(api: respx.Route) -> None:
    """Only what is missing of the two seconds is waited."""
    api.mock(return_value=recorded("none"))
    clock = Time()
    source = peeringdb(clock)
    source.networks([A])
    clock.seconds += 1.5
    source.networks([A])
    clock.seconds += 5
    source.networks([A])
    assert clock.waits == [0.5]


def test_networks_when_throttled_waits_as_told_and_asks_again(api: respx.Route) -> None:
    """The header counts; the words in the body say "0 hours" for a minute."""
    api.mock(side_effect=[recorded("throttled"), recorded("bulk")])
    clock = Time()
    assert record(peeringdb(clock).networks([A])[A]).name == "Example Net"
    assert clock.waits == [60.0]


def test_networks_when_throttled_without_a_header_waits_ten_seconds(api: respx.Route) -> None:
    """A refusal from PeeringDB's cache has no Retry-After and lives for ten seconds."""
    api.mock(side_effect=[recorded("throttled_again"), recorded("bulk")])
    clock = Time()
    assert record(peeringdb(clock).networks([A])[A]).name == "Example Net"
    assert clock.waits == [10.0]


def test_networks_when_throttled_for_good_is_unknown_and_asks_no_more(api: respx.Route) -> None:
    """A throttled network is not an absent one, and further queries would only prolong it."""
    api.mock(side_effect=[recorded("bulk"), *[recorded("throttled_again")] * 4])
    found = peeringdb(chunk=1).networks([A, B, C])
    assert record(found[A]).asn == A
    assert found[B] == found[C]
    assert reason(found[B]) == (
        f"PeeringDB did not answer `GET {SOURCE}/net`: it answered 429 and asks to wait 10 s"
    )
    assert api.call_count == 5


@pytest.mark.parametrize(
    "failure",
    [
        httpx.Response(500),
        httpx.Response(502),
        httpx.Response(503, text="<html>maintenance</html>"),
        httpx.Response(504),
        httpx.Response(520),
        httpx.Response(404, text="<html>no such page</html>"),
        httpx.Response(302, headers={"Location": "https://peeringdb.example/"}),
        httpx.ConnectError("refused"),
        httpx.ConnectTimeout("late"),
        httpx.ReadTimeout("late"),
        httpx.RemoteProtocolError("cut"),
    ],
    ids=lambda failure: str(getattr(failure, "status_code", type(failure).__name__)),
)
def test_networks_when_peeringdb_is_away_are_unknown(
    api: respx.Route, failure: httpx.Response | Exception
) -> None:
    """An outage says nothing about a network, whatever form it takes."""
    api.mock(side_effect=[failure] * 4)
    assert reason(peeringdb().networks([A])[A]).startswith("PeeringDB ")


@pytest.mark.parametrize("name", ["single_absent", "single_deleted"])
def test_networks_when_answer_is_not_found_are_unknown(api: respx.Route, name: str) -> None:
    """A list is never answered with 404, so such an answer is not to the question."""
    api.mock(return_value=recorded(name))
    assert "with 404: `Entity not found`" in reason(peeringdb().networks([A])[A])


@pytest.mark.parametrize("name", ["bad_key", "bad_key_again"])
def test_networks_when_key_is_refused_are_unknown_and_tell_why(api: respx.Route, name: str) -> None:
    """A wrong key is told in words that do not hold it."""
    api.mock(return_value=recorded(name))
    told = reason(peeringdb(key="abc.def").networks([A])[A])
    assert told.startswith("PeeringDB refuses the API key")
    assert "abc.def" not in told


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("foreign_authorization", "Unknown authorization method"),
        ("bad_value", "'ValueError' object is not subscriptable"),
        ("trailing_comma", "'ValueError' object is not subscriptable"),
        ("bad_limit", "'limit' needs to be a number"),
    ],
)
def test_networks_when_query_is_refused_are_unknown_in_its_words(
    api: respx.Route, name: str, words: str
) -> None:
    """What PeeringDB says of a bad query is handed on."""
    api.mock(return_value=recorded(name))
    assert reason(peeringdb().networks([A])[A]).endswith(f"with 400: `{words}`")


def test_networks_when_filter_was_passed_over_are_unknown(api: respx.Route) -> None:
    """PeeringDB ignores a filter that it does not know: a network nobody asked for gives that away."""
    api.mock(return_value=recorded("unknown_filter"))
    found = peeringdb().networks([B, C])
    assert "also with `AS64500`, which was not asked for" in reason(found[B])
    assert found[B] == found[C]


def test_networks_when_answer_was_truncated_are_unknown(api: respx.Route) -> None:
    """Rows that were cut off would look absent."""
    api.mock(return_value=changed(lambda body: body["meta"].update(truncated="Your search query...")))
    assert reason(peeringdb().networks([A, B])[B]).endswith("its answer was cut short")


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, text="<html>hello</html>"),
        httpx.Response(200, content=b""),
        httpx.Response(200, json=[]),
        httpx.Response(200, json={"data": []}),
        httpx.Response(200, json={"data": {}, "meta": {}}),
        httpx.Response(200, json={"data": [5], "meta": {}}),
        httpx.Response(200, json={"data": [{"asn": "64500"}, {"asn": True}], "meta": {}}),
        httpx.Response(200, json={"data": [], "meta": {"error": "Entity not found"}}),
        changed(lambda body: body["data"].append(body["data"][0])),
    ],
    ids=["html", "empty", "list", "no meta", "no list", "no object", "no asn", "error", "twice"],
)
def test_networks_when_answer_has_not_its_form_are_unknown(api: respx.Route, answer: httpx.Response) -> None:
    """An answer is taken only as a whole."""
    api.mock(return_value=answer)
    found = peeringdb().networks([A, B])
    assert reason(found[A]).startswith("PeeringDB answered `GET https://www.peeringdb.com/api/net`, but ")
    assert found[A] == found[B]


def test_networks_when_one_chunk_is_garbled_go_on_with_the_next(api: respx.Route) -> None:
    """A chunk that went wrong costs itself only."""
    api.mock(side_effect=[recorded("unknown_filter"), recorded("none")])
    found = peeringdb(chunk=1).networks([B, C])
    assert isinstance(found[B], Unknown)
    assert found[C] == Absent(SOURCE, NOW)


def test_networks_when_answer_is_too_long_are_unknown(api: respx.Route) -> None:
    """An answer of everything is not even read."""
    api.mock(return_value=httpx.Response(200, content=b" " * (2 * 1024 * 1024 + 1)))
    assert "more than 2097152 bytes" in reason(peeringdb().networks([A])[A])


def test_networks_when_record_was_deleted_are_absent(api: respx.Route) -> None:
    """A record of another status than `ok` is history."""
    api.mock(return_value=recorded("deleted_with_since"))
    assert peeringdb().networks([B]) == {B: Absent(SOURCE, NOW)}


@pytest.mark.parametrize("status", ["ok", ...])
def test_networks_when_fields_add_and_lose_others_read_what_matters(api: respx.Route, status: object) -> None:
    """Fields that nobody asked for, new ones, and a status that was not sent change nothing."""
    api.mock(return_value=row(website="", brand_new={"a": [1]}, logo=..., status=status))
    assert record(peeringdb().networks([A])[A]).name == "Example Net"


@pytest.mark.parametrize(
    ("value", "figure"), [(20, 20), (0, None), (None, None), (True, None), ("20", None), (-1, None)]
)
def test_networks_when_prefix_figures_are_null_or_nought_give_none(
    api: respx.Route, value: object, figure: int | None
) -> None:
    """0 and null both mean that the network recommends nothing; a limit of 0 would shut its session."""
    api.mock(return_value=row(info_prefixes4=value))
    assert record(peeringdb().networks([A])[A]).info_prefixes4 == figure


@pytest.mark.parametrize(("value", "ok"), [("ok", "ok"), (None, None), ("pending", "pending")])
def test_networks_when_rir_status_is_null_keep_that(api: respx.Route, value: object, ok: str | None) -> None:
    """Null is a statement: no RIR lists the ASN as allocated."""
    api.mock(return_value=row(rir_status=value))
    assert record(peeringdb().networks([A])[A]).rir_status == ok


@pytest.mark.parametrize(
    "fields", [{"rir_status": ...}, {"rir_status": 5}, {"name": ...}, {"name": None}, {"irr_as_set": 5}]
)
def test_networks_when_a_deciding_field_is_not_sent_are_unknown(
    api: respx.Route, fields: dict[str, object]
) -> None:
    """A field that went away is not the same as a field that says no."""
    api.mock(return_value=row(**fields))
    assert reason(peeringdb().networks([A])[A]).startswith("PeeringDB's record of `AS64500` has no ")


@pytest.mark.parametrize(
    ("irr_as_set", "words"),
    [
        ("", ""),
        (None, ""),
        ("AS-EXAMPLE@RIPE", "RIPE::AS-EXAMPLE"),
        ("AS-A, AS-B", "AS-A AS-B"),
        ("RIPE::AS-A RIPE::AS-A6", "RIPE::AS-A RIPE::AS-A6"),
        ("AS64500:AS-CUSTOMER AS64500:RS-CUSTOMER", "AS64500:AS-CUSTOMER AS64500:RS-CUSTOMER"),
    ],
)
def test_networks_when_as_set_has_an_older_form_write_it_one_way(
    api: respx.Route, irr_as_set: str | None, words: str
) -> None:
    """`NAME@SOURCE`, commas and blanks all come out as `SOURCE::NAME` with one blank between."""
    api.mock(return_value=row(irr_as_set=irr_as_set))
    assert record(peeringdb().networks([A])[A]).irr_as_set == words


def test_networks_when_name_is_hostile_show_one_printable_line(api: respx.Route) -> None:
    """Anybody can register a network under any name."""
    api.mock(
        return_value=row(name="Evil\x1b[2J\nNet\u202e" + "x" * 500, aka=5, info_never_via_route_servers=True)
    )
    found = record(peeringdb().networks([A])[A])
    assert found.name.startswith("Evil [2J Net x")
    assert (len(found.name), found.name.isprintable(), found.aka) == (120, True, "")
    assert found.never_via_route_servers is True


def test_networks_when_budget_is_spent_elsewhere_do_not_wait(api: respx.Route) -> None:
    """A run's patience is shared: what another service used up is gone."""
    api.mock(side_effect=[httpx.Response(503)])
    clock = Time()
    assert isinstance(peeringdb(clock, retries=0).networks([A])[A], Unknown)
    assert clock.waits == []
