"""Whatever a registry, a website or PeeringDB answers: an answer or none, and never an exception."""

from __future__ import annotations

import json

import httpx
from hypothesis import given, settings
from hypothesis import strategies as st

from ztix.admission.host import website_host
from ztix.admission.proof import Said, Unanswered
from ztix.drivers.http import Reply, RetryBudget
from ztix.drivers.public_web import PublicWeb, fit
from ztix.drivers.rdap import Rdap
from ztix.drivers.well_known import WellKnownFile
from ztix.terms import Asn

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9)
KEYS = st.sampled_from(["remarks", "notices", "description", "type", "title"]) | st.text(max_size=4)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)
AUTNUM = st.fixed_dictionaries(
    {"objectClassName": st.just("autnum"), "startAutnum": st.just(64500), "endAutnum": st.just(64500)},
    optional={"remarks": JSON, "notices": JSON},
)
LIST = st.fixed_dictionaries({}, optional={"services": JSON})
STATUS = st.sampled_from([200, 200, 200, 204, 301, 302, 308, 403, 404, 429, 500])
GOOD_LIST = {"services": [[["64500"], ["https://rdap.example/"]]]}


class Answering(PublicWeb):
    """Gives each answer in turn, and the last again and again."""

    def __init__(self, *answers: tuple[int, bytes, str]) -> None:
        super().__init__()
        object.__setattr__(self, "left", list(answers))

    def get(self, url: str, **_: object) -> Reply:  # type: ignore[override] # the rest is not looked at
        left: list[tuple[int, bytes, str]] = self.left  # type: ignore[attr-defined] # set above
        status, body, location = left.pop(0) if len(left) > 1 else left[0]
        return Reply(status, httpx.Headers({"Location": location}), body, "somebody", f"`GET {url}`")


def budget() -> RetryBudget:
    return RetryBudget(0, 0.0)


@given(AUTNUM | JSON, STATUS, st.sampled_from(["", "/x", "https://[", "https://b.example/"]))
@settings(deadline=None, max_examples=300)
def test_remarks_of_any_object_are_an_answer_or_none(whole: object, status: int, place: str) -> None:
    """Said only in texts, unanswered only with a reason of one line."""
    listed = (200, json.dumps(GOOD_LIST).encode(), "")
    said = Rdap(Answering(listed, (status, json.dumps(whole).encode(), place)), budget()).remarks(Asn(64500))
    match said:
        case Said(texts):
            assert all(isinstance(text, str) for text in texts)
        case Unanswered(reason):
            assert reason


@given(LIST | JSON)
@settings(deadline=None, max_examples=300)
def test_remarks_by_any_list_of_registries_are_an_answer_or_none(whole: object) -> None:
    """The list is IANA's, and may be garbled on its way."""
    answers = (200, json.dumps(whole).encode(), ""), (404, b"", "")
    assert isinstance(Rdap(Answering(*answers), budget()).remarks(Asn(64500)), Said | Unanswered)


@given(st.binary(max_size=300), STATUS, st.text(st.characters(codec="ascii", min_codepoint=33), max_size=30))
@settings(deadline=None, max_examples=300)
def test_file_of_any_bytes_is_an_answer_or_none(body: bytes, status: int, place: str) -> None:
    """Also where it redirects to rubbish."""
    said = WellKnownFile(Answering((status, body, place)), budget).text("example.net")
    assert isinstance(said, Said | Unanswered)


@given(st.text(max_size=60) | st.from_regex(r"https?://[ -~]{0,40}", fullmatch=True))
@settings(deadline=None, max_examples=500)
def test_hosts_of_any_website_can_be_asked(website: str) -> None:
    """What PeeringDB has there either gives a URL that is fit to ask, or nothing."""
    host = website_host(website)
    assert host is None or fit(f"https://{host}/.well-known/ztix-verify")
