"""Communities: what each does, in every form that people write, and the page that lists them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ztix.errors import Usage
from ztix.routeserver.communities import explain_community, looks_like, parse_community
from ztix.routeserver.communities_page import communities_page
from ztix.routeserver.control import SCHEME, TABLE, Addition, Blank, Prepend
from ztix.routeserver.order import STEPS
from ztix.routeserver.route import StandardCommunity
from ztix.terms import Asn, LargeCommunity

ROOT = Path(__file__).parents[2]
RS = Asn(64496)
MEMBERS = {Asn(64501): "Example Networks"}


def told(text: str, asn: Asn = RS) -> list[str]:
    """What `explain` says below the head."""
    head, empty, *lines = explain_community(text, asn, MEMBERS).splitlines()
    assert head
    assert empty == ""
    return lines


def test_communities_page_is_made_from_the_table(golden: Callable[[Path, str], None]) -> None:
    """docs/communities.md is what the table says; `--rewrite` writes it."""
    golden(ROOT / "docs" / "communities.md", communities_page())


def test_table_names_no_community_twice() -> None:
    """A community has one meaning."""
    large = [(entry.function, entry.argument) for entry in TABLE if entry.function is not None]
    standard = [entry.standard for entry in TABLE if entry.standard is not None]
    assert len(set(large)) == len(large)
    assert len(set(standard)) == len(standard)


def test_table_has_every_reason_and_every_number_that_templates_print() -> None:
    """What a route server does is what the page tells."""
    arguments = {entry.argument for entry in TABLE if entry.function == 1101}
    assert arguments == {int(step.reason) for step in STEPS if step.reason is not None}
    control = {entry.function for entry in TABLE if entry.control and entry.function is not None}
    parts: tuple[Prepend | Addition, ...] = (*SCHEME.prepends, *SCHEME.additions)
    assert control == {SCHEME.not_to, SCHEME.to, *(part.function for part in parts)}
    assert max(control) <= SCHEME.last
    firsts = {entry.standard[0] for entry in TABLE if entry.standard is not None}
    assert firsts == {0, Blank.RS, *SCHEME.standards}


@pytest.mark.parametrize(
    "text",
    [
        "64496:0:64501",
        "large:64496:0:64501",
        "LC:64496:0:64501",
        "(64496, 0, 64501)",
        "64496,0,64501",
        "0xfbf0:0:0xFBF5",
        "rs:0:AS64501",
        "AS64496:0:64501",
    ],
)
def test_parse_community_takes_the_large_form_as_people_write_it(text: str) -> None:
    """Prefix, brackets, hex and the word for the exchange all mean the same."""
    assert looks_like(text)
    assert parse_community(text, RS) == LargeCommunity(64496, 0, 64501)


@pytest.mark.parametrize("text", ["0:64501", "std:0:64501", "standard:0:64501", "0x0000fbf5", "0x0:0xfbf5"])
def test_parse_community_takes_the_standard_form_as_people_write_it(text: str) -> None:
    """Two halves, or one number in hex."""
    assert looks_like(text)
    assert parse_community(text, RS) == StandardCommunity(0, 64501)


@pytest.mark.parametrize("text", ["no-export", "NO_EXPORT", "65535:65281", "0xFFFFFF01"])
def test_parse_community_knows_the_well_known_by_name(text: str) -> None:
    """Routers show names or numbers."""
    assert looks_like(text)
    assert str(parse_community(text, RS)) == "65535:65281"
    assert told(text) == ["NO_EXPORT: handed on, not heeded; other members heed it (RFC 1997)."]


@pytest.mark.parametrize(
    "text", ["1:2:3:4", "foo:bar", ":", "64496:0:4294967296", "0x123456789", "rs:0:\x1b[31m"]
)
def test_parse_community_of_another_form_says_what_to_write(text: str) -> None:
    """What cannot be read ends with the forms that can."""
    with pytest.raises(Usage, match="is no community") as caught:
        parse_community(text, RS)
    assert "64496:0:64501" in caught.value.help
    assert "\x1b" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "form"),
    [("0:65551", "64496:0:65551"), ("rs:65551", "64496:1:65551"), ("65502:65551", "64496:102:65551")],
)
def test_parse_community_of_halves_that_do_not_fit_gives_the_large_form(text: str, form: str) -> None:
    """A member whose AS number has 32 bits is steered by large communities."""
    with pytest.raises(Usage, match="does not fit") as caught:
        parse_community(text, RS)
    assert f"`{form}`" in caught.value.help


def test_parse_community_of_halves_that_do_not_fit_and_mean_nothing_gives_the_forms() -> None:
    """Where nothing is near, the forms are."""
    with pytest.raises(Usage, match="does not fit") as caught:
        parse_community("7:65551", RS)
    assert "large:" in caught.value.help


def test_looks_like_leaves_rules_alone() -> None:
    """`ztix explain ZT204` is still about a rule."""
    assert not looks_like("ZT204")
    assert not looks_like("204")


def test_explain_names_the_member_and_the_other_form() -> None:
    """Both forms say the same and name each other."""
    assert told("64496:0:64501") == [
        "Not announced to AS64501.",
        "The same as `0:64501`.",
        "AS64501 is Example Networks.",
        "The route server takes it off before the route goes out.",
    ]
    assert told("0:64501")[:2] == ["Not announced to AS64501.", "The same as `64496:0:64501`."]


def test_explain_of_one_who_is_no_member_says_so() -> None:
    """A mistyped AS number is found here."""
    assert "AS64509 is no member here, so it does nothing." in told("64496:1:64509")


@pytest.mark.parametrize(
    ("text", "says", "other"),
    [
        ("64496:0:0", "Announced to nobody, save to those that `64496:1:peer` names.", "0:64496"),
        ("0:64496", "Announced to nobody, save to those that `64496:1:peer` names.", "64496:0:0"),
        ("64496:103:0", "Towards all, your AS number is prepended three times.", None),
        ("64496:64496", "Announced to all, as without it.", None),
        ("64496:201:0", "Towards all, NO_EXPORT is added.", None),
        ("65282:64501", "Towards AS64501, NO_ADVERTISE is added.", "64496:202:64501"),
    ],
)
def test_explain_tells_what_each_does(text: str, says: str, other: str | None) -> None:
    """The sentence is that of the table, and the other form is there where there is one."""
    lines = told(text)
    assert lines[0] == says
    assert [line for line in lines if line.startswith("The same")] == (
        [f"The same as `{other}`."] if other else []
    )


def test_explain_of_a_member_above_16_bits_names_no_standard_form() -> None:
    """There is none that would hold it, nor any at an exchange of such a number."""
    assert not any("The same" in line for line in told("64496:0:65551"))
    assert not any("The same" in line for line in told("rs:0:64501", Asn(65551)))
    assert "only large ones steer" in told("0:64501", Asn(65551))[0]


def test_explain_of_what_the_exchange_sets_says_who_sets_it() -> None:
    """An informational community is no way to steer."""
    assert told("64496:1101:9") == [
        "Rejected: a prefix outside the prefix set.",
        "The exchange sets it; on a route of a member it is taken off.",
    ]


@pytest.mark.parametrize(
    ("text", "becomes", "near"),
    [
        ("64496:5:64501", "taken off", "`64496:1:64501`, `64496:0:64501`"),
        ("64496:1:0", "taken off", "`64496:0:0`, `64496:101:0`"),
        ("64496:1101:99", "taken off", "`64496:1101:36`"),
        ("64500:0:64501", "handed on untouched", "`64496:0:64501`"),
        ("64500:7:7", "handed on untouched", None),
        ("64499:1", "handed on untouched", None),
        ("65501:0", "taken off", "`64496:101:0`"),
    ],
)
def test_explain_of_one_without_meaning_says_what_is_near(text: str, becomes: str, near: str | None) -> None:
    """A slip of one digit is answered with what was meant."""
    lines = told(text)
    assert becomes in lines[0]
    assert any(line.startswith("Near it: ") for line in lines) == (near is not None)
    assert near is None or near in lines[1]
    assert lines[-1] == "docs/communities.md has all."
