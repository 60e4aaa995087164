"""The proofs that are looked up: what each asks, and what it makes of every kind of answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType

import pytest

from tests.unit.exchange_fixture import good_files, read
from ztix.admission.host import domain, website_host
from ztix.admission.methods import dns, peeringdb_notes, registry, website
from ztix.admission.proof import (
    Answer,
    Claimed,
    Disproven,
    DnsTxt,
    Judgement,
    Method,
    NotGiven,
    PeeringDbNet,
    Proven,
    Question,
    Remarks,
    Said,
    Unanswered,
    Undecided,
    WellKnown,
)
from ztix.admission.token import token
from ztix.terms import Asn

EXCHANGE = read(good_files())
FILE = EXCHANGE.members[0]
ASN = FILE.member.asn
CLAIM = Claimed(
    policy=EXCHANGE.policy,
    asn=ASN,
    account=583231,
    member=FILE.member,
    base=None,
    path=FILE.path,
    before=None,
    after=b"",
    enclosed=MappingProxyType({}),
    spent=frozenset(),
    now=datetime(2026, 11, 1, tzinfo=UTC),
)
TOKEN = token(EXCHANGE.policy.exchange, ASN, 583231)
OTHER = token(EXCHANGE.policy.exchange, ASN, 99)
NET, REMARKS = PeeringDbNet(ASN), Remarks(ASN)
BELOW, AT, FILE_AT = DnsTxt("_ztix-verify.example.net"), DnsTxt("example.net"), WellKnown("www.example.net")
SITE = Said(("", "https://www.example.net/peering", "1"))
DOWN = Unanswered("it answered 503")
METHODS: dict[str, Method] = {
    module.METHOD.name: module.METHOD for module in (peeringdb_notes, registry, dns, website)
}


def judge(name: str, answers: Mapping[Question, Answer]) -> Judgement:
    return METHODS[name].judge(CLAIM, answers)


def asked(name: str, answers: Mapping[Question, Answer]) -> tuple[Question, ...]:
    return METHODS[name].questions(CLAIM, answers)


def test_methods_are_those_that_policy_names() -> None:
    """The names stand in policy, so they never change."""
    assert list(METHODS) == ["peeringdb-notes", "registry", "dns", "website"]


@pytest.mark.parametrize("name", METHODS)
def test_instructions_have_the_very_text_to_publish(name: str) -> None:
    """Who follows them copies one line and has nothing to compute."""
    text = METHODS[name].instructions(CLAIM)
    assert TOKEN in text
    assert all(len(line) <= 110 for line in text.splitlines())


@pytest.mark.parametrize(
    ("name", "answers", "questions"),
    [
        ("peeringdb-notes", {}, (NET,)),
        ("peeringdb-notes", {NET: DOWN}, ()),
        ("registry", {}, (REMARKS,)),
        ("registry", {REMARKS: Said()}, ()),
        ("dns", {}, (NET,)),
        ("dns", {NET: SITE}, (BELOW, AT)),
        ("dns", {NET: SITE, BELOW: Said()}, (AT,)),
        ("dns", {NET: Said(("", "", "1"))}, ()),
        ("dns", {NET: Said()}, ()),
        ("dns", {NET: DOWN}, ()),
        ("website", {}, (NET,)),
        ("website", {NET: SITE}, (FILE_AT,)),
        ("website", {NET: SITE, FILE_AT: DOWN}, ()),
        ("website", {NET: Said(("", "http://localhost/", "1"))}, ()),
    ],
)
def test_questions_follow_from_the_answers_so_far(
    name: str, answers: dict[Question, Answer], questions: tuple[Question, ...]
) -> None:
    """The website's host is known only once PeeringDB answered, and nothing is asked twice."""
    assert asked(name, answers) == questions


@pytest.mark.parametrize(
    ("name", "answers"),
    [
        ("peeringdb-notes", {NET: Said((f"Hello.\n{TOKEN}\n", "", "1"))}),
        ("registry", {REMARKS: Said((f"a\n{TOKEN.upper()}",))}),
        ("dns", {NET: SITE, BELOW: Said(("v=spf1 -all", TOKEN)), AT: Said()}),
        ("dns", {NET: SITE, BELOW: DOWN, AT: Said((TOKEN,))}),
        ("dns", {NET: SITE, BELOW: Said((TOKEN,)), AT: DOWN}),
        ("website", {NET: SITE, FILE_AT: Said((f"{TOKEN}\n",))}),
    ],
)
def test_judge_when_the_token_stands_there_is_proven(name: str, answers: dict[Question, Answer]) -> None:
    """One place that has it is enough, whatever the others say."""
    assert isinstance(judge(name, answers), Proven)


@pytest.mark.parametrize(
    ("name", "answers"),
    [
        ("peeringdb-notes", {NET: Said()}),
        ("peeringdb-notes", {NET: Said(("Hello.", "", "1"))}),
        ("registry", {REMARKS: Said()}),
        ("registry", {REMARKS: Said(("descr",))}),
        ("dns", {NET: Said()}),
        ("dns", {NET: Said(("", "", "1"))}),
        ("dns", {NET: Said((TOKEN,))}),
        ("dns", {NET: SITE, BELOW: Said(), AT: Said(("v=spf1 -all",))}),
        ("website", {NET: Said(("", "http://192.0.2.1/", "1"))}),
        ("website", {NET: SITE, FILE_AT: Said()}),
        # The token counts where it was asked for, and not in another field of the same record.
        ("peeringdb-notes", {NET: Said(("", f"https://example.net/{TOKEN}", "1"))}),
    ],
)
def test_judge_when_nobody_tried_is_not_given(name: str, answers: dict[Question, Answer]) -> None:
    """A record without a token is no false proof: somebody may prove it otherwise."""
    assert judge(name, answers) == NotGiven(METHODS[name].name)


@pytest.mark.parametrize(
    ("name", "answers", "place"),
    [
        ("peeringdb-notes", {NET: Said((OTHER, "", "1"))}, "PeeringDB's notes"),
        ("registry", {REMARKS: Said((TOKEN[:-1],))}, "the remarks at the AS number's registry"),
        ("dns", {NET: SITE, BELOW: Said(), AT: Said((OTHER,))}, "the TXT records of `example.net`"),
        (
            "website",
            {NET: SITE, FILE_AT: Said((OTHER,))},
            "`https://www.example.net/.well-known/ztix-verify`",
        ),
    ],
)
def test_judge_when_another_token_stands_there_tells_the_right_one(
    name: str, answers: dict[Question, Answer], place: str
) -> None:
    """Of another account, or cut short: the reader gets the line to publish."""
    found = judge(name, answers)
    assert isinstance(found, Disproven)
    assert place in found.words
    assert f"`{TOKEN}`" in found.help


@pytest.mark.parametrize(
    ("name", "answers"),
    [
        ("peeringdb-notes", {}),
        ("peeringdb-notes", {NET: DOWN}),
        ("registry", {}),
        ("registry", {REMARKS: DOWN}),
        ("dns", {}),
        ("dns", {NET: DOWN}),
        ("dns", {NET: SITE}),
        ("dns", {NET: SITE, BELOW: DOWN, AT: DOWN}),
        ("dns", {NET: SITE, BELOW: DOWN, AT: Said()}),
        ("dns", {NET: SITE, BELOW: Said((OTHER,)), AT: DOWN}),
        ("website", {NET: DOWN, FILE_AT: Said((TOKEN,))}),
        ("website", {NET: SITE, FILE_AT: DOWN}),
    ],
)
def test_judge_when_somebody_was_silent_is_undecided(name: str, answers: dict[Question, Answer]) -> None:
    """An outage denies nobody and admits nobody, also when the rest of the answers would deny."""
    found = judge(name, answers)
    assert isinstance(found, Undecided)
    assert found.words.startswith("could not check ")


def test_judge_when_the_reason_is_long_tells_one_line() -> None:
    """Reasons may hold a stranger's words."""
    found = judge("registry", {REMARKS: Unanswered("a\nb\x1b[2J" + "c" * 999)})
    assert isinstance(found, Undecided)
    assert found.words.isprintable()
    assert len(found.words) < 400


def test_judge_when_account_is_another_does_not_take_the_token() -> None:
    """Who points at somebody else's published token proves nothing."""
    stranger = replace(CLAIM, account=99)
    said: dict[Question, Answer] = {NET: Said((TOKEN, "", "1"))}
    assert isinstance(METHODS["peeringdb-notes"].judge(stranger, said), Disproven)


def test_judge_when_asn_is_another_asks_about_that_one() -> None:
    """The answer about one network says nothing of another."""
    other = replace(CLAIM, asn=Asn(64501))
    said: dict[Question, Answer] = {NET: Said((TOKEN, "", "1"))}
    assert isinstance(METHODS["peeringdb-notes"].judge(other, said), Undecided)


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("https://www.example.net/", "www.example.net"),
        ("HTTP://Example.NET:8080/a?b#c", "example.net"),
        ("  example.net/path ", "example.net"),
        ("//example.net.", "example.net"),
        ("https://user@example.net/", "example.net"),
        ("https://example.net@evil.example/", "evil.example"),
        ("https://xn--bcher-kva.example/", "xn--bcher-kva.example"),
        ("", None),
        ("https://", None),
        ("https://localhost/", None),
        ("https://192.0.2.1/", None),
        ("https://0x7f.1/", None),
        ("https://127.1/", None),
        ("https://[2001:db8::1]/", None),
        ("https://[broken/", None),
        ("https://b\u00fccher.example/", None),
        ("https://a_b.example/", None),
        ("https://-a.example/", None),
        ("https://a..example/", None),
        ("https://exa mple.net/", None),
        (f"https://{'a' * 64}.example/", None),
        (f"https://{'a.' * 120}example/", None),
        ("javascript:alert(1)", None),
        ("mailto:noc@example.net", "example.net"),
    ],
)
def test_website_host_of_what_people_write(text: str, host: str | None) -> None:
    """Only a name that anybody can look up leaves."""
    assert website_host(text) == host


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("www.example.net", "example.net"),
        ("example.net", "example.net"),
        ("a.b.example", "a.b.example"),
        ("www.example", "www.example"),
    ],
)
def test_domain_is_never_a_parent(host: str, expected: str) -> None:
    """Who has `a.b.example` need not have `b.example`; only `www.` is known to be the same people's."""
    assert domain(host) == expected
