"""What versions of a member's file held, and from when until when."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.unit.exchange_fixture import NOW, member_text
from ztix.past import (
    ALWAYS,
    NEWEST,
    OLDEST,
    Absence,
    Course,
    Held,
    Past,
    Spell,
    Step,
    Version,
    Written,
    held,
    mentions,
)
from ztix.terms import Label, NodeId

LAN = Label("lan")
PATH = "members/AS64500.yaml"
NODE = NodeId("1a2b364500")
V4, V6 = (LAN, 4, 0xC000020A), (LAN, 6, 0x20010DB8006400960000000000000010)
FULL = member_text(64500).encode()
WITHOUT_V4 = member_text(64500).replace("192.0.2.10, ", "").encode()


def step(position: int, before: bytes | None, after: bytes | None) -> Step:
    """A commit, as many days ago as its position."""
    return Step(position, NOW - timedelta(days=position), (Version(PATH, before, after),))


def course(*steps: Step, tip: bytes | None, now: bytes | None) -> Course:
    return Course.of(PATH, Past(steps, {PATH: tip}), now, NOW)


def test_held_of_a_member_file_has_nodes_addresses_and_accounts() -> None:
    """What others may not have besides is read from a version, with the default fabric."""
    assert held(FULL) == Held(frozenset({NODE, V4, V6}), frozenset({64500}))


def test_held_of_a_node_that_is_named_by_its_address_has_the_node() -> None:
    """`ipv6` names the node as well as `id`."""
    text = FULL.replace(b"id: 1a2b364500", b"ipv6: fd80:56c2:e21c:0:199:931a:2b36:4500")
    assert held(text) == held(FULL)


def test_held_of_a_contact_without_an_account_has_none() -> None:
    """An e-mail address is nobody's account."""
    assert held(b"contacts: [{email: a@example.net}]") == Held(frozenset(), frozenset())


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"asn: [",
        b"asn: 64500\n",
        b"contacts: nobody\n",
        b"contacts: [nobody]\n",
        b"contacts: [{github: somebody}]\n",
        b"contacts: [{github: {id: x}}]\n",
        b"contacts: [{github: {id: " + b"9" * 5000 + b"}}]\n",
        FULL.replace(b"addresses:", b"adresses:"),
        FULL.replace(b"addresses: [", b"addresses: x # ["),
        FULL.replace(b"192.0.2.10", b"192.0.2.1000"),
        FULL.replace(b"id: 1a2b364500", b"id: 1A"),
        FULL.replace(b"id: 1a2b364500", b"node: 1a2b364500"),
        FULL.replace(b"    name: fra1", b"    fabric: [lan]"),
    ],
)
def test_held_of_what_cannot_be_read_is_unknown(content: bytes) -> None:
    """A slip in a file gives nothing up."""
    assert held(content) is None


def test_mentions_finds_addresses_in_any_spelling() -> None:
    """Words that may be addresses are told as they are usually written."""
    found = mentions(b'asn: "64500"\na: [{github: {"id": 7}}]\nb: [2001:DB8:0:0::1, 192.0.2.7, de:0, dead]\n')
    assert found is not None
    asn, words, numbers = found
    assert (asn, numbers) == (64500, frozenset({7}))
    assert {b"2001:db8::1", b"192.0.2.7"} <= words


def test_written_has_addresses_in_any_spelling_and_nothing_else() -> None:
    """Also those of comments, for nobody is to get one by chance; what only looks like one is passed over."""
    texts = [b"a: [192.0.2.10, 2001:DB8:64:0096::0010]\n# 2001:db8::b", b"1.2.3.999 12:30:59 a::b::c", b""]
    written = Written.of(texts)
    assert V4 in written
    assert V6 in written
    assert (LAN, 6, (0x20010DB8 << 96) + 0xB) in written
    assert len(written.numbers) == 3
    assert "192.0.2.10" not in written
    assert V4 not in Written()


def test_mentions_of_what_names_no_as_number_is_nothing() -> None:
    """Most files of a repository are no member's."""
    assert mentions(b"# 2001:db8::1") is None


def test_mentions_of_a_hostile_text_takes_no_time() -> None:
    """A long run of digits is looked at once."""
    assert mentions(b"asn: 1\n" + b"a" * 16_000) is not None


def test_course_without_a_change_holds_all_from_the_beginning() -> None:
    """What nobody touched is as old as anything."""
    found = course(tip=FULL, now=FULL)
    assert found.spells == {thing: [Spell(OLDEST)] for thing in (NODE, V4, V6)}
    assert found.absence is None


def test_course_of_what_was_given_up_and_taken_again_has_two_spells() -> None:
    """A break ends a spell, and the new one is younger."""
    steps = (step(1, WITHOUT_V4, FULL), step(3, FULL, WITHOUT_V4))
    assert course(*steps, tip=FULL, now=FULL).spells[V4] == [
        Spell(OLDEST, 3, NOW - timedelta(days=3)),
        Spell(1),
    ]


def test_course_across_a_broken_version_goes_on() -> None:
    """A file that could not be read for a while gave nothing up, and a mended one is not younger."""
    steps = (step(1, b"asn: [", FULL), step(3, FULL, b"asn: ["))
    assert course(*steps, tip=FULL, now=FULL).spells[V4] == [Spell(OLDEST)]


def test_course_of_a_deleted_file_tells_whose_it_was() -> None:
    """All is given up at once, and the accounts of the last version are known."""
    found = course(step(2, FULL, None), tip=None, now=None)
    ago = NOW - timedelta(days=2)
    assert found.spells[NODE] == [Spell(OLDEST, 2, ago)]
    assert found.absence == Absence(2, ago, frozenset({64500}))


def test_course_of_a_new_file_has_an_absence_of_nobody() -> None:
    """Before its first commit a file was nobody's."""
    found = course(step(2, None, FULL), tip=FULL, now=FULL)
    assert (found.absence, found.spells[NODE]) == (Absence(OLDEST, ALWAYS, frozenset()), [Spell(2)])


def test_course_ahead_of_the_main_line_is_the_newest_step() -> None:
    """What is to be merged counts as done now."""
    found = course(tip=FULL, now=WITHOUT_V4)
    assert found.spells[V4] == [Spell(OLDEST, NEWEST, NOW)]
