"""The token that proves who holds an AS number: bound to all it speaks of, found however it was wrapped."""

from __future__ import annotations

import hashlib
import textwrap

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.exchange_fixture import good_files, read
from ztix.admission.token import Found, find, token
from ztix.policy import ExchangePolicy
from ztix.terms import ASN_MAX, Asn, Label

EXCHANGE = read(good_files()).policy.exchange
TOKEN = token(EXCHANGE, Asn(64500), 583231)
OTHER = token(EXCHANGE, Asn(64501), 583231)

NUMBERS = st.integers(1, ASN_MAX)
SIGNS = st.text(st.sampled_from(" \t\r\n\"'\\\u00a0\u200b\u00ad"), max_size=4)
BORDERS = st.text(st.characters(exclude_categories=["L", "N", "Cs"], exclude_characters="_"), max_size=9)


def exchange(name: str, asn: int) -> ExchangePolicy:
    return ExchangePolicy(name=Label(name), title="Example", asn=Asn(asn))


def test_token_is_the_hash_that_its_page_describes() -> None:
    """Anybody can compute it with a shell: four lines and the first forty digits."""
    lines = b"ztix-verify@v1\nexchange: example-ix 64496\nasn: 64500\naccount: 583231\n"
    assert f"ztix-verify={hashlib.sha256(lines).hexdigest()[:40]}" == TOKEN


def test_token_when_any_part_differs_is_another() -> None:
    """Exchange, its number, AS number and account are each bound."""
    tokens = {
        token(exchange(name, number), Asn(asn), account)
        for name, number, asn, account in [
            ("a", 64496, 64500, 1),
            ("b", 64496, 64500, 1),
            ("a", 64497, 64500, 1),
            ("a", 64496, 64501, 1),
            ("a", 64496, 64500, 11),
            ("a", 64496, 6450, 1),
        ]
    }
    assert len(tokens) == 6


@settings(deadline=None)
@given(st.tuples(NUMBERS, NUMBERS, NUMBERS), st.tuples(NUMBERS, NUMBERS, NUMBERS))
def test_token_when_numbers_run_together_stays_unambiguous(
    one: tuple[int, int, int], two: tuple[int, int, int]
) -> None:
    """No two sets of values share a token, wherever one number ends and the next begins."""
    first, second = (token(exchange("a", x), Asn(y), z) for x, y, z in (one, two))
    assert (first == second) == (one == two)


@settings(deadline=None)
@given(BORDERS, BORDERS, st.lists(SIGNS, min_size=len(TOKEN) - 1, max_size=len(TOKEN) - 1), st.booleans())
def test_find_when_token_is_wrapped_and_quoted_finds_it(
    before: str, after: str, signs: list[str], capitals: bool
) -> None:
    """Line ends, blanks, quotes and case are the registry's, not the member's."""
    wrapped = "".join(letter + sign for letter, sign in zip(TOKEN, [*signs, ""], strict=True))
    assert find((before + (wrapped.upper() if capitals else wrapped) + after,), TOKEN) is Found.WANTED


@settings(deadline=None)
@given(st.integers(0, len(TOKEN) - 1), st.sampled_from("\n ."))
def test_find_when_a_part_is_missing_finds_it_not(end: int, after: str) -> None:
    """A beginning of the token, however long, is not the token."""
    assert find((TOKEN[:end] + after,), TOKEN) is not Found.WANTED


@settings(deadline=None)
@given(st.integers(len("ztix-verify="), len(TOKEN) - 1), st.sampled_from("0123456789abcdef"))
def test_find_when_one_digit_differs_tells_another_token(place: int, digit: str) -> None:
    """Forty digits, each of them counts."""
    spoilt = TOKEN[:place] + digit + TOKEN[place + 1 :]
    assert find((spoilt,), TOKEN) is (Found.WANTED if spoilt == TOKEN else Found.OTHER)


@settings(deadline=None)
@given(st.text(max_size=200))
def test_find_in_any_text_finds_no_token_that_is_not_there(text: str) -> None:
    """Whatever strangers write, it is no token by chance."""
    assert find((text,), TOKEN) is not Found.WANTED


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        ((), Found.NOTHING),
        (("",), Found.NOTHING),
        (("We peer with everybody.",), Found.NOTHING),
        ((TOKEN,), Found.WANTED),
        (("Notes", f"... {OTHER}\n{TOKEN}\n..."), Found.WANTED),
        ((f"`{TOKEN}`",), Found.WANTED),
        ((f"remarks: {TOKEN}; do not remove",), Found.WANTED),
        (("\n".join(textwrap.wrap(TOKEN, 20)),), Found.WANTED),
        ((TOKEN.replace("-", "\u2011"),), Found.WANTED),
        ((TOKEN.replace("-", "\\-"),), Found.WANTED),
        ((TOKEN + "00",), Found.OTHER),
        ((TOKEN + "x",), Found.OTHER),
        ((f"x{TOKEN}",), Found.NOTHING),
        ((f"my_{TOKEN}",), Found.NOTHING),
        ((OTHER,), Found.OTHER),
        (("ztix-verify=",), Found.OTHER),
        (("ztix-verify",), Found.NOTHING),
        ((TOKEN.split("=")[0], TOKEN.split("=")[1]), Found.NOTHING),
        ((TOKEN.split("=")[1],), Found.NOTHING),
    ],
)
def test_find_in_what_people_publish(texts: tuple[str, ...], found: Found) -> None:
    """The token alone counts; another one is told apart from none, because its owner needs other help."""
    assert find(texts, TOKEN) is found


def test_find_in_a_long_text_takes_no_long_time() -> None:
    """Sixteen KiB of what nearly is a token is read as quickly as any other text."""
    for text in ("ztix-verify" + " " * 16_000, "z t i x - v e r i f y " * 1500, "z" * 64_000, "z " * 64_000):
        assert find((text,), TOKEN) is Found.NOTHING
