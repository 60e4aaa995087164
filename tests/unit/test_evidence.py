"""Prefix sets and texts of strangers: nothing gets in that could not stand in a router configuration."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from ipaddress import IPv4Network, IPv6Network, ip_network

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ztix.evidence import (
    Evidence,
    Expansion,
    Found,
    NetworkRecord,
    PrefixPattern,
    PrefixSet,
    Unknown,
    plain,
    source_first,
)
from ztix.terms import Asn, AsSet

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def test_prefix_set_when_made_of_patterns_gives_them_back_in_order() -> None:
    """Patterns come back ascending and once each, as values and as the texts that BIRD reads."""
    wide = PrefixPattern(IPv4Network("192.0.2.0/24"), 24, 28)
    exact = PrefixPattern(IPv4Network("192.0.2.0/24"), 24, 24)
    first = PrefixPattern(IPv4Network("0.0.0.0/0"), 0, 32)
    prefixes = PrefixSet.of(4, [wide, first, exact, wide])
    assert prefixes.patterns == (first, exact, wide)
    assert prefixes.texts == ("0.0.0.0/0{0,32}", "192.0.2.0/24", "192.0.2.0/24{24,28}")
    assert len(prefixes) == 3


def test_prefix_set_when_ipv6_orders_by_number_and_not_by_text() -> None:
    """The longest spelling of an address is still that address."""
    prefixes = PrefixSet(6, ("2001:db8:10::/48", "2001:db8:9:0:0:0:0:0/48", "2001:db8:9::/48{48,48}"))
    assert [str(pattern) for pattern in prefixes.patterns] == ["2001:db8:9::/48", "2001:db8:10::/48"]


@pytest.mark.parametrize(
    "text",
    [
        "192.0.2.1/24",
        "192.0.2.0",
        "192.0.2/24",
        "192.0.2.0/33",
        "192.0.2.0/024",
        "192.0.02.0/24",
        "192.0.2.256/32",
        "192.0.2.0/24{23,25}",
        "192.0.2.0/24{26,25}",
        "192.0.2.0/24{24,33}",
        "192.0.2.0/24{24}",
        "192.0.2.0/24{024,025}",
        "192.0.2.0/24+",
        "192.0.2.0/24 ",
        "192.0.2.0/24\n",
        " 192.0.2.0/24",
        "192.0.2.0/٢٤",
        "192.0.٢.0/24",
        "192.0.2.0/24]; } protocol static { route 0.0.0.0/0 blackhole; }",
        "2001:db8::/32",
        "",
        "/",
    ],
)
def test_prefix_set_when_text_is_no_ipv4_pattern_refuses_it(text: str) -> None:
    """Only octets, a length, and bounds in order."""
    with pytest.raises(ValueError, match="must be a prefix without host bits"):
        PrefixSet(4, ("198.51.100.0/24", text))


@pytest.mark.parametrize(
    "text",
    [
        "2001:db8::1/32",
        "2001:db8::",
        "2001:DB8::/32",
        "2001:db8::/129",
        "2001:db8::/32{31,48}",
        "2001:db8::/32{32,129}",
        "2001:db8:::/32",
        "2001::db8::/32",
        ":2001:db8::/32",
        "2001:db8:0:0:0:0:0/48",
        "2001:db8:0:0:0:0:0:0:0/48",
        "2001:db8:0:0:0:0:0::0/128",
        "2001:00db8::/32",
        "2001:0xdb::/32",
        "2001:+db::/32",
        "2001:d_8::/32",
        "::192.0.2.0/120",
        "fe80::%lan/64",
        "192.0.2.0/24",
        ":/0",
        "",
    ],
)
def test_prefix_set_when_text_is_no_ipv6_pattern_refuses_it(text: str) -> None:
    """Only groups of lower-case hex, one gap, a length, and bounds in order."""
    with pytest.raises(ValueError, match="must be a prefix without host bits"):
        PrefixSet(6, (text,))


@given(st.integers(0, 2**32 - 1), st.integers(0, 32), st.data())
def test_prefix_set_when_ipv4_prefix_is_good_agrees_with_ipaddress(
    number: int, length: int, data: st.DataObject
) -> None:
    """What the standard library prints is read as what it means."""
    prefix = IPv4Network((number >> (32 - length) << (32 - length), length))
    shortest = data.draw(st.integers(length, 32))
    pattern = PrefixPattern(prefix, shortest, data.draw(st.integers(shortest, 32)))
    assert PrefixSet.of(4, [pattern]).patterns == (pattern,)


@given(st.integers(0, 2**128 - 1), st.integers(0, 128), st.data())
def test_prefix_set_when_ipv6_prefix_is_good_agrees_with_ipaddress(
    number: int, length: int, data: st.DataObject
) -> None:
    """What the standard library prints is read as what it means, however it shortens zeros."""
    prefix = IPv6Network((number >> (128 - length) << (128 - length), length))
    shortest = data.draw(st.integers(length, 128))
    pattern = PrefixPattern(prefix, shortest, data.draw(st.integers(shortest, 128)))
    assert PrefixSet.of(6, [pattern]).patterns == (pattern,)
    assert PrefixSet(6, (f"{prefix.exploded}{{{shortest},{pattern.longest}}}",)).patterns == (pattern,)


@given(st.text("0123456789abcdef:./", max_size=24))
@example("::/0")
@example("1::/16")
def test_prefix_set_when_ipaddress_refuses_a_text_refuses_it_too(text: str) -> None:
    """Nothing is read that the standard library would not read, and nothing is read as something else."""
    for family in (4, 6):
        try:
            patterns = PrefixSet(6 if family == 6 else 4, (text,)).patterns
        except ValueError:
            continue
        assert patterns[0].prefix == ip_network(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Example Networks", "Example Networks"),
        ("Example\nNetworks\x1b[31m", "Example Networks [31m"),
        ("  a   b  ", "a b"),
        ("a\u202eb", "a b"),
        ("x" * 121, "x" * 119 + "…"),
        ("\x00" * 5000, ""),
        ("Łódź 网络", "Łódź 网络"),
    ],
)
def test_plain_when_text_is_a_strangers_gives_one_printable_line(text: str, shown: str) -> None:
    """A name can neither break a line, turn a terminal's colour, nor fill a page."""
    assert plain(text) == shown


@given(st.text(), st.integers(1, 60))
def test_plain_when_done_twice_changes_nothing(text: str, limit: int) -> None:
    """A text that was made fit to show is fit to show."""
    once = plain(text, limit)
    assert len(once) <= limit
    assert once.isprintable()
    assert plain(once, limit) == once


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ""),
        (" ", ""),
        ("RIPE::AS-EXAMPLE", "RIPE::AS-EXAMPLE"),
        ("AS-EXAMPLE@RIPE", "RIPE::AS-EXAMPLE"),
        ("as-example, AS64500:AS-ALL@radb", "AS-EXAMPLE RADB::AS64500:AS-ALL"),
        ("RIPE::AS-A@RADB", "RIPE::AS-A@RADB"),
        (",AS-A,,AS-B,", "AS-A AS-B"),
    ],
)
def test_source_first_when_given_an_irr_as_set_writes_it_one_way(text: str, words: str) -> None:
    """Commas, case and the older `@` all end in the same words."""
    assert source_first(text) == words


def test_evidence_when_nobody_asked_says_unknown() -> None:
    """No record is not the record of an absence."""
    evidence = Evidence(NOW)
    assert isinstance(evidence.network(Asn(64500)), Unknown)
    assert evidence.record(Asn(64500)) is None


def test_evidence_when_record_was_found_gives_its_figures_by_family() -> None:
    """Figures and prefixes are kept for each family."""
    record = NetworkRecord(Asn(64500), "Example", info_prefixes4=20)
    evidence = Evidence(NOW, {Asn(64500): Found(record, "test", NOW)})
    assert evidence.record(Asn(64500)) == record
    assert (record.info_prefixes(4), record.info_prefixes(6)) == (20, None)
    expansion = Expansion(AsSet("AS-A"), (), PrefixSet(4, ("192.0.2.0/24",)), PrefixSet(6), "test", NOW)
    assert (len(expansion.prefixes(4)), len(expansion.prefixes(6))) == (1, 0)
    assert not re.search("[A-Z]", " ".join(expansion.ipv4.texts))
