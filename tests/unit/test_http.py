"""The shared HTTP client: what is repeated and how long, and what stays out of messages and other hosts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from ztix.drivers.http import RetryBudget, client, request
from ztix.errors import Unavailable, Usage

NOW = datetime(2026, 11, 1, tzinfo=UTC)
Answers = list[httpx.Response | Exception]


class Patience:
    """A budget whose waits are written down, and whose dice always fall on the highest number."""

    def __init__(self, retries: int = 12, seconds: float = 300.0) -> None:
        self.waits: list[float] = []
        self.budget = RetryBudget(
            retries, seconds, self.waits.append, lambda _, highest: highest, lambda: NOW
        )


def service(answers: Answers, seen: list[httpx.Request] | None = None) -> httpx.Client:
    """A client whose service gives these answers, one for each call."""
    queue = iter(answers)

    def handle(sent: httpx.Request) -> httpx.Response:
        if seen is not None:
            seen.append(sent)
        answer = next(queue)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return client("http://service.example/api/", transport=httpx.MockTransport(handle))


def get(http: httpx.Client, patience: Patience, method: str = "GET", **more: object) -> bytes:
    return request(http, method, "thing", service="The service", budget=patience.budget, **more).body  # type: ignore[arg-type] # forwarded as written


def failing(status: int, **headers: str) -> httpx.Response:
    return httpx.Response(status, headers={name.replace("_", "-"): text for name, text in headers.items()})


def test_request_when_service_answers_returns_the_body() -> None:
    """A good answer comes back at once."""
    patience, seen = Patience(), list[httpx.Request]()
    assert get(service([httpx.Response(200, content=b"{}")], seen), patience) == b"{}"
    assert patience.waits == []
    assert str(seen[0].url) == "http://service.example/api/thing"
    assert seen[0].headers["User-Agent"].startswith("ztix/")


@pytest.mark.parametrize(
    "failure",
    [
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("late"),
        httpx.RemoteProtocolError("cut"),
        failing(502),
        failing(503),
        failing(504),
    ],
    ids=lambda failure: getattr(failure, "status_code", type(failure).__name__),
)
def test_request_when_failure_passes_asks_again(failure: httpx.Response | Exception) -> None:
    """A failure that may pass costs one wait and no more."""
    patience = Patience()
    assert get(service([failure, httpx.Response(200, content=b"[]")]), patience) == b"[]"
    assert patience.waits == [0.5]


def test_request_when_service_stays_away_ends_unavailable_after_growing_waits() -> None:
    """The bound of the wait doubles, and the fourth failure is the last."""
    patience = Patience()
    with pytest.raises(Unavailable) as caught:
        get(service([failing(503)] * 4), patience)
    assert patience.waits == [0.5, 1.0, 2.0]
    assert (
        caught.value.message
        == "The service did not answer `GET http://service.example/api/thing`: it answered 503"
    )
    assert caught.value.help


@pytest.mark.parametrize("status", [400, 401, 404, 500])
def test_request_when_answer_is_final_leaves_it_to_the_driver(status: int) -> None:
    """What will not pass by waiting is a reply like any other."""
    patience = Patience()
    http = service([failing(status)])
    reply = request(http, "GET", "thing", service="The service", budget=patience.budget)
    assert (reply.status, patience.waits) == (status, [])


def test_request_when_post_fails_is_not_repeated() -> None:
    """A call that may have taken effect is made once."""
    patience = Patience()
    with pytest.raises(Unavailable):
        get(service([failing(503)]), patience, "POST", body={"a": 1})
    assert patience.waits == []


def test_request_when_driver_vouches_for_a_post_repeats_it() -> None:
    """A driver knows better than the method whether twice is as good as once."""
    patience = Patience()
    answers: Answers = [failing(503), httpx.Response(200, content=b"{}")]
    assert get(service(answers), patience, "POST", body={"a": 1}, repeatable=True) == b"{}"


@pytest.mark.parametrize(
    ("text", "wait_s"),
    [
        ("60", 60.5),
        ((NOW + timedelta(seconds=30)).strftime("%a, %d %b %Y %H:%M:%S GMT"), 30.5),
        ((NOW + timedelta(seconds=30)).strftime("%a, %d %b %Y %H:%M:%S -0000"), 30.5),
        ((NOW - timedelta(seconds=30)).strftime("%a, %d %b %Y %H:%M:%S GMT"), 0.5),
        ("soon", 0.5),
        ("", 0.5),
    ],
)
def test_request_when_retry_after_is_given_waits_no_less(text: str, wait_s: float) -> None:
    """Retry-After counts as seconds or as a date; nonsense counts as nothing."""
    patience = Patience()
    get(service([failing(503, Retry_After=text), httpx.Response(200)]), patience)
    assert patience.waits == [wait_s]


@pytest.mark.parametrize(
    ("headers", "wait_s"), [({}, 10.5), ({"Retry_After": "3"}, 10.5), ({"Retry_After": "60"}, 60.5)]
)
def test_request_when_throttled_waits_at_least_ten_seconds(headers: dict[str, str], wait_s: float) -> None:
    """A cache of refusals lives for ten seconds; asking inside it only meets the same refusal."""
    patience = Patience()
    get(service([failing(429, **headers), httpx.Response(200)]), patience)
    assert patience.waits == [wait_s]


def test_request_when_asked_to_wait_for_an_hour_gives_up_at_once() -> None:
    """A wait beyond the cap is neither slept nor cut short, and the message tells of it."""
    patience = Patience()
    with pytest.raises(Unavailable, match="asks to wait 3600 s"):
        get(service([failing(429, Retry_After="3600")]), patience)
    assert patience.waits == []


@pytest.mark.parametrize(
    ("retries", "seconds", "waits"), [(1, 300.0, [0.5]), (12, 1.6, [0.5, 1.0]), (0, 300.0, [])]
)
def test_request_when_budget_is_spent_stops(retries: int, seconds: float, waits: list[float]) -> None:
    """Retries and seconds of one run bound every service together."""
    patience = Patience(retries, seconds)
    with pytest.raises(Unavailable):
        get(service([failing(503)] * 4), patience)
    assert patience.waits == waits
    with pytest.raises(Unavailable):
        get(service([failing(503)] * 4), patience)
    assert patience.waits == waits


def test_request_when_answer_is_too_long_stops_reading() -> None:
    """The limit holds for what is read, and an answer that breaks it is no reason to repeat."""
    patience = Patience()
    with pytest.raises(Unavailable, match="more than 1000 bytes"):
        get(service([httpx.Response(200, content=b"x" * 1001)]), patience, limit_bytes=1000)
    assert patience.waits == []


@pytest.mark.parametrize("body", [b"<html>", b"\xff", b"[" * 200_000], ids=["html", "bytes", "depth"])
def test_reply_when_body_is_no_json_ends_unavailable(body: bytes) -> None:
    """A page of somebody else's is no answer."""
    http = service([httpx.Response(200, content=body)])
    reply = request(http, "GET", "thing", service="The service", budget=Patience().budget)
    with pytest.raises(Unavailable, match="not with JSON"):
        reply.json()


@pytest.mark.parametrize("secret", ["tok\nen", "tokén", "tok\ren"])
def test_client_when_header_cannot_be_sent_names_it_without_its_value(secret: str) -> None:
    """A secret with a stray line break is refused before a library can quote it."""
    with pytest.raises(Usage) as caught:
        client("http://service.example", headers={"X-Token": secret})
    assert "`X-Token`" in caught.value.message
    assert "tok" not in caught.value.message + caught.value.help


def test_request_when_it_fails_tells_no_secret() -> None:
    """Neither headers nor the query get into a message."""
    http = client(
        "http://service.example",
        headers={"Authorization": "Api-Key s3cret"},
        transport=httpx.MockTransport(lambda _: failing(503)),
    )
    with pytest.raises(Unavailable) as caught:
        get(http, Patience(), params={"key": "s3cret"})
    assert "s3cret" not in f"{caught.value.message}{caught.value.help}{caught.value.__cause__}"


def test_request_when_redirected_does_not_follow() -> None:
    """No other host ever sees the request, so it cannot see the credential either."""
    visits: list[str] = []

    def handle(sent: httpx.Request) -> httpx.Response:
        visits.append(sent.url.host)
        return failing(302, Location="http://elsewhere.example/")

    http = client(
        "http://service.example",
        headers={"Authorization": "Api-Key s3cret"},
        transport=httpx.MockTransport(handle),
    )
    with pytest.raises(Unavailable, match="302, a redirect, which is not followed"):
        get(http, Patience())
    assert visits == ["service.example"]


@pytest.mark.parametrize(("keep_alive", "connection"), [(True, "keep-alive"), (False, "close")])
def test_client_when_keep_alive_is_off_says_so(keep_alive: bool, connection: str) -> None:
    """A service that mishandles kept connections is told to close each."""
    seen: list[str | None] = []

    def handle(sent: httpx.Request) -> httpx.Response:
        seen.append(sent.headers.get("Connection"))
        return httpx.Response(200)

    with client(
        "http://service.example", keep_alive=keep_alive, transport=httpx.MockTransport(handle)
    ) as http:
        assert get(http, Patience()) == b""
    assert seen == [connection]


class Trickle(httpx.SyncByteStream):
    """An answer that comes in pieces, each of which takes a minute of the clock it is given."""

    def __init__(self, clock: list[float]) -> None:
        self.clock = clock

    def __iter__(self) -> Iterator[bytes]:
        while True:
            self.clock[0] += 60
            yield b"x"


def test_request_when_answer_trickles_gives_it_up() -> None:
    """A service that sends a byte now and then cannot hold a run for ever."""
    clock = [0.0]
    patience = Patience()
    patience.budget.monotonic = lambda: clock[0]
    with pytest.raises(Unavailable, match="with a trickle of more than 90 s"):
        get(service([httpx.Response(200, stream=Trickle(clock))]), patience)
    assert (clock, patience.waits) == ([120.0], [])


def test_request_when_nobody_listens_ends_unavailable() -> None:
    """A refused connection is told in the system's own words."""
    with client("http://127.0.0.1:9") as http, pytest.raises(Unavailable, match="no connection"):
        get(http, Patience(retries=0))
