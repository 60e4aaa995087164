"""What can go wrong between the driver and Central: each ends in one clear error, or passes."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import httpx
import pytest

from tests.contract.central_double import Answer, CentralDouble, Fault, running_central
from tests.contract.fabric_drivers import TOKEN_FROM, at_central
from tests.contract.fabric_story import N1, N2, NETWORK, SETTINGS
from ztix.drivers.zerotier_central import ZeroTierCentral, central_client
from ztix.errors import Refused, Unadmitted, Unavailable, Usage, ZtixError
from ztix.fabric import About
from ztix.terms import NetworkRef

WHOLE = b'{"id": "6fa725440c0a0001", "config": {}}'
FAULTS = [
    (Answer(500), Unavailable, "did not answer .* 500"),
    (Answer(503), Unavailable, "did not answer .* 503"),
    (Answer(429), Unavailable, "did not answer .* 429"),
    (Answer(418), Unavailable, "answered .* with 418"),
    (Answer(302, headers={"Location": "http://127.0.0.2/"}), Unavailable, "a redirect"),
    (Answer(200, b"<html>"), Unavailable, "not with JSON"),
    (Answer(200, b"[1, 2]" * 10), Unavailable, "not with JSON"),
    (Answer(200, b'"text"'), Unavailable, "in no form that its API has"),
    (
        Answer(200, b'{"type":"internal","message":"Unauthorized"}'),
        Unavailable,
        "in no form that its API has",
    ),
    (Answer(200, WHOLE, cut=True), Unavailable, "the connection broke"),
    (Answer(401), Unadmitted, "with 401: it does not know the token"),
    (Answer(403), Unavailable, "with 403: the token's user may not do that"),
]


@pytest.fixture
def central() -> Iterator[CentralDouble]:
    """Central with the story's network."""
    with running_central(NETWORK) as double:
        yield double


def names(fault: object) -> str:
    return f"{fault.status} {fault.content[:6]!r}" if isinstance(fault, Answer) else ""


@pytest.mark.parametrize(("answer", "kind", "words"), FAULTS, ids=names)
@pytest.mark.parametrize("verb", ["observe", "configure", "write", "start"])
def test_driver_when_central_fails_says_so(
    central: CentralDouble, answer: Answer, kind: type[ZtixError], words: str, verb: str
) -> None:
    """Whatever Central does wrong, at the first question or later, ends as one of two errors."""
    fabric = at_central(central, NETWORK, retries=2)
    if verb != "start":
        at_central(central, NETWORK).configure(SETTINGS)
        fabric.observe()
    central.faults.append(Fault(answer))
    calls: dict[str, Callable[[], object]] = {
        "observe": fabric.observe,
        "start": fabric.observe,
        "configure": lambda: fabric.configure(SETTINGS),
        "write": lambda: fabric.write(N1),
    }
    with pytest.raises(ZtixError, match=words) as caught:
        calls[verb]()
    assert type(caught.value) is kind
    assert caught.value.help
    tells_nothing_secret(caught.value, central.token)


def tells_nothing_secret(error: ZtixError, token: str) -> None:
    """No text that could be printed or logged has the token."""
    text = "".join(traceback.format_exception(error)) + repr(error) + error.help
    assert token not in text


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_driver_when_failure_passes_goes_on(central: CentralDouble, status: int, method: str) -> None:
    """A failure that passes costs repeats, and no more: reads and whole writes may both be repeated."""
    fabric = at_central(central, NETWORK)
    fabric.configure(SETTINGS)
    central.faults.append(Fault(Answer(status), times=2, method=method))
    assert fabric.write(N1) == N1
    assert fabric.observe().attachments == {N1.node: N1}
    assert central.faults == []


@pytest.mark.parametrize(
    ("headers", "telling", "least_s", "most_s"),
    [
        ({"Retry-After": "7"}, True, 7.0, 7.0),
        ({"Retry-After": "Fri, 02 Jan 2026 03:04:09 GMT"}, True, 3.9, 4.0),
        ({}, True, 1.0, 2.0),
        ({}, False, 2.0, 2.0),
        ({"Retry-After": "soon"}, True, 1.0, 2.0),
    ],
    ids=str,
)
def test_driver_when_throttled_waits_as_long_as_it_should(
    central: CentralDouble, headers: dict[str, str], telling: bool, least_s: float, most_s: float
) -> None:
    """`Retry-After` is honoured; without it the wait lasts until requests are counted anew."""
    central.telling = telling
    central.faults.append(Fault(Answer(429, headers=headers), times=1))
    at_central(central, NETWORK).observe()
    assert len(central.slept) == 1
    assert least_s <= central.slept[0] <= most_s


def test_driver_when_throttled_for_ever_gives_up_within_the_budget(central: CentralDouble) -> None:
    """The run's patience ends, with an error that says what Central asked for."""
    central.faults.append(Fault(Answer(429, headers={"Retry-After": "60"})))
    with pytest.raises(Unavailable, match="429 and asks to wait 60 s"):
        at_central(central, NETWORK).observe()
    assert sum(central.slept) <= 300


def test_driver_when_rate_is_met_by_others_goes_on(central: CentralDouble) -> None:
    """Central may count another client's requests, too; what it refuses is asked again later."""
    central.telling, central.limit = False, 3
    fabric = at_central(central, NETWORK)
    fabric.configure(SETTINGS)
    for one in (N1, N2):
        assert fabric.write(one) == one
    assert central.throttled > 0


@pytest.mark.parametrize(
    ("rights", "verb"), [("", "observe"), ("r", "configure"), ("r", "write"), ("rm", "write")]
)
def test_driver_when_user_lacks_a_right_names_the_rights(
    central: CentralDouble, rights: str, verb: str
) -> None:
    """A right that the token's user lacks is refused with those that it needs, and where the token is."""
    at_central(central, NETWORK).configure(SETTINGS)
    central.rights = set(rights)
    fabric = at_central(central, NETWORK)
    calls = {"observe": fabric.observe, "write": lambda: fabric.write(N1)}
    calls["configure"] = lambda: fabric.configure(SETTINGS)
    with pytest.raises(Unavailable, match="with 403") as caught:
        calls[verb]()
    assert "read, modify and authorise" in caught.value.help
    assert TOKEN_FROM in caught.value.help
    assert central.members[NETWORK] == {}


def test_driver_when_token_is_wrong_tells_where_to_put_a_new_one(central: CentralDouble) -> None:
    """The remedy names the place of the token, and not the token."""
    http = central_client(central.url, "0123456789wrong")
    fabric = ZeroTierCentral(http, NetworkRef(NETWORK), central.budget(), TOKEN_FROM)
    with pytest.raises(Unavailable, match="with 401") as caught:
        fabric.observe()
    assert TOKEN_FROM in caught.value.help
    tells_nothing_secret(caught.value, "0123456789wrong")


def test_driver_when_token_fits_no_header_is_a_usage_error() -> None:
    """A token with a line break inside is told before anything is sent."""
    with pytest.raises(Usage):
        central_client("http://127.0.0.1:1/api/v1", "two\nlines")


def test_configure_when_central_keeps_another_value_names_it(central: CentralDouble) -> None:
    """A service that clamps a value is told from one that does as it is asked."""
    kept = central.networks[NETWORK]
    central.faults.append(Fault(_json(kept), method="POST"))
    with pytest.raises(Refused, match="`name` is `furious_euler`, not `ztix-e2e`"):
        at_central(central, NETWORK).configure(SETTINGS)


@pytest.mark.parametrize(
    ("record", "kind", "words"),
    [
        ({"nodeId": "1122334455", "config": {}}, Unavailable, "Central does not send"),
        ({"nodeId": "ff00000000", "config": {}}, Unavailable, "Central does not send"),
        ({"nodeId": N1.node, "config": {"noAutoAssignIps": None}}, Refused, "automatic addresses"),
    ],
    ids=str,
)
def test_write_when_central_answers_amiss_is_told(
    central: CentralDouble, record: object, kind: type[ZtixError], words: str
) -> None:
    """An answer about another node says nothing, and one that stays loose is no success."""
    fabric = at_central(central, NETWORK)
    fabric.configure(SETTINGS)
    central.faults.append(Fault(_json(record), method="POST"))
    with pytest.raises(kind, match=words):
        fabric.write(N1)


@pytest.mark.parametrize("value", [{}, "x", 5, None, [5], [{}]], ids=repr)
def test_observe_when_list_has_another_shape_is_unavailable(central: CentralDouble, value: object) -> None:
    """A list of members in no known form is not taken for an empty one."""
    central.faults.append(Fault(_json(value), path="/member"))
    with pytest.raises(Unavailable):
        at_central(central, NETWORK).observe()


def _json(value: object) -> Answer:
    return Answer(200, httpx.Response(200, json=value).content)


def test_about_tells_the_version_and_the_time_of_central() -> None:
    """A Central that has no such page tells nothing, and that is no fault."""
    with running_central(NETWORK) as central:
        fabric = at_central(central, NETWORK)
        assert fabric.about() == About()
        told = json.dumps({"id": "central_status", "clock": 1_795_303_705_230, "version": "1.0.1"}).encode()
        central.faults.append(Fault(Answer(200, told), path="/status"))
        moment = datetime(2026, 11, 21, 23, 28, 25, 230_000, UTC)
        assert fabric.about() == About("1.0.1", moment)
