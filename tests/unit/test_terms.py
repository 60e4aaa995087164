"""The words of the field: what each type accepts, and that it refuses everything else."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from ztix.terms import (
    Asn,
    AsnRange,
    AsSet,
    Digest,
    Label,
    LargeCommunity,
    NetworkId,
    NetworkRef,
    NodeId,
    Word,
    parse_address,
    parse_prefix,
)

SHA = "sha256:" + "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("word", "text"),
    [
        (NodeId, "1a2b3c4d5e"),
        (NodeId, "1234567890"),
        (NodeId, "fe00000000"),
        (NetworkId, "8056c2e21c000001"),
        (NetworkRef, "000001"),
        (NetworkRef, "8056c2e21c000001"),
        (Label, "a"),
        (Label, "fra-1"),
        (Label, "a" * 32),
        (AsSet, "AS64500"),
        (AsSet, "AS-EXAMPLE"),
        (AsSet, "RIPE::AS-EXAMPLE"),
        (AsSet, "RIPE::AS64500:AS-ALL:AS-V6"),
        (Digest, SHA),
    ],
)
def test_word_when_well_formed_is_the_text(word: type[Word], text: str) -> None:
    """A word is its own text, and survives what a text survives."""
    assert word(text) == text
    assert isinstance(word(text), word)
    assert pickle.loads(pickle.dumps(word(text))) == text  # noqa: S301 - our own bytes


@pytest.mark.parametrize(
    ("word", "text"),
    [
        *((word, "") for word in (NodeId, NetworkId, NetworkRef, Label, AsSet, Digest)),
        *((word, None) for word in (NodeId, Label, AsSet)),
        (NodeId, 1234567890),
        (NodeId, "0000000000"),
        (NodeId, "ff00000000"),
        (NodeId, "1A2B3C4D5E"),
        (NodeId, "1a2b3c4d5"),
        (NodeId, "1a2b3c4d5e\n"),
        (NodeId, "\uff11a2b3c4d5e"),
        (NetworkId, "8056c2e21c00000"),
        (NetworkRef, "00001"),
        (Label, "-a"),
        (Label, "a-"),
        (Label, "A"),
        (Label, "a" * 33),
        (Label, "a b"),
        (Label, "a;"),
        (Label, "a\n"),
        (AsSet, "as-example"),
        (AsSet, "AS0"),
        (AsSet, "RS-EXAMPLE"),
        (AsSet, "AS-EXAMPLE@RIPE"),
        (AsSet, "AS1:AS2:AS3:AS4"),
        (AsSet, 'AS-A"; }'),
        (Digest, SHA[:-1]),
        (Digest, SHA.upper()),
    ],
)
def test_word_when_malformed_is_refused_in_words(word: type[Word], text: object) -> None:
    """Anything else is a ValueError that says what the word must be."""
    with pytest.raises(ValueError, match=r"^must be "):
        word(text)


def test_word_in_a_model_is_checked_and_described() -> None:
    """Pydantic knows the words, keeps their type and writes them as texts."""

    class Node(BaseModel):
        id: NodeId
        asn: Asn

    node = Node.model_validate({"id": "1a2b3c4d5e", "asn": "64500"})
    assert isinstance(node.id, NodeId)
    assert isinstance(node.asn, Asn)
    assert node.model_dump_json() == '{"id":"1a2b3c4d5e","asn":64500}'
    with pytest.raises(ValidationError, match="must be a ZeroTier node id"):
        Node.model_validate({"id": "x", "asn": "64500"})
    properties = Node.model_json_schema()["properties"]
    assert properties["id"]["pattern"] == "^(?:(?!0{10}|ff)[0-9a-f]{10})$"
    assert properties["asn"]["maximum"] == 4294967295


def test_network_parts_are_those_of_its_controller() -> None:
    """A network id begins with its controller, and a short reference is completed by one."""
    assert NetworkId("8056c2e21c000001").controller == "8056c2e21c"
    assert NetworkRef("000001").resolve("8056c2e21c") == NetworkId("8056c2e21c000001")
    assert NetworkRef("1111111111000001").resolve("8056c2e21c") == NetworkId("1111111111000001")


@pytest.mark.parametrize(
    ("text", "source", "name"),
    [("RIPE::AS-A", "RIPE", "AS-A"), ("AS-A", None, "AS-A"), ("AS1:AS-A", None, "AS1:AS-A")],
)
def test_as_set_knows_source_and_name(text: str, source: str | None, name: str) -> None:
    """The source is what stands before the double colon, if there is one."""
    assert (AsSet(text).source, AsSet(text).name) == (source, name)


def test_digest_short_is_what_people_compare() -> None:
    """The short form keeps the algorithm and twelve digits."""
    assert Digest(SHA).short == "sha256:0123456789ab"


@pytest.mark.parametrize("value", [1, 4294967295, "1", "64500", Asn(64500)])
def test_asn_when_in_range_is_a_number_that_prints_as_one(value: object) -> None:
    """An AS number counts as a number and prints with its prefix."""
    asn = Asn(value)
    assert str(asn) == repr(asn) == f"AS{int(asn)}"


@pytest.mark.parametrize(
    "value", [0, -1, 2**32, True, 1.0, None, "", "0", "01", "AS1", "1.1", "4294967296", "\u0661"]
)
def test_asn_when_out_of_range_or_no_number_is_refused(value: object) -> None:
    """AS 0, more than 32 bits, flags, fractions and other writings are refused."""
    with pytest.raises(ValueError, match=r"^must be an AS number"):
        Asn(value)


def test_asn_range_holds_both_ends() -> None:
    """A range is inclusive and prints as it is written."""
    part = AsnRange.parse("64496-64511")
    assert [asn in part for asn in (64495, 64496, 64511, 64512)] == [False, True, True, False]
    assert str(part) == "64496-64511"
    assert str(AsnRange.parse("64500")) == "64500"


@pytest.mark.parametrize("text", ["", "1-", "-1", "2-1", "a-b", "0-5", "1-2-3", 5, None])
def test_asn_range_when_malformed_is_refused(text: object) -> None:
    """Half a range, a range that runs backwards and what is no text are refused."""
    with pytest.raises(ValueError, match=r"^must be "):
        AsnRange.parse(text)


def test_large_community_prints_its_parts() -> None:
    """A large community is three numbers of 32 bits."""
    assert str(LargeCommunity(64496, 1, 4294967295)) == "64496:1:4294967295"
    for parts in ((-1, 0, 0), (0, 2**32, 0), (0, 0, -1)):
        with pytest.raises(ValueError, match="three numbers of 32 bits"):
            LargeCommunity(*parts)


@pytest.mark.parametrize("text", ["192.0.2.1", "2001:db8::1", "2001:DB8:0::1", "::ffff:192.0.2.1"])
def test_address_when_well_formed_is_that_address(text: str) -> None:
    """An address is read once and passes through unchanged."""
    assert parse_address(text) == ip_address(text)
    assert parse_address(parse_address(text)) is not None


@pytest.mark.parametrize(
    "text", ["", "192.0.2.01", "192.0.2.0/24", "fe80::1%eth0", "::1/128", "x", 3221225985, None, ":"]
)
def test_address_when_malformed_is_refused(text: object) -> None:
    """Leading zeros, lengths, zones and numbers are refused."""
    with pytest.raises(ValueError, match=r"^must be an IPv4 or IPv6 address without a length"):
        parse_address(text)


@pytest.mark.parametrize("text", ["192.0.2.0/24", "2001:db8::/32", "0.0.0.0/0"])
def test_prefix_when_well_formed_is_that_prefix(text: str) -> None:
    """A prefix is read once and passes through unchanged."""
    assert parse_prefix(text) == ip_network(text)
    assert parse_prefix(parse_prefix(text)) == ip_network(text)


@pytest.mark.parametrize(
    "text",
    ["", "192.0.2.0", "192.0.2.1/24", "192.0.2.0/33", "fe80::%1/64", "2001:db8::/129", 24, None, "/24"],
)
def test_prefix_when_malformed_is_refused(text: object) -> None:
    """A prefix without a length, with host bits or with a zone is refused."""
    with pytest.raises(ValueError, match=r"^must be a prefix with its length"):
        parse_prefix(text)


@given(st.text())
@pytest.mark.parametrize(
    "read",
    [NodeId, NetworkId, NetworkRef, Label, AsSet, Digest, Asn, AsnRange.parse, parse_address, parse_prefix],
)
def test_reading_any_text_gives_a_value_or_a_sentence(read: Callable[[object], object], text: str) -> None:
    """Whatever the text, there is a value that prints without anything dangerous, or a ValueError."""
    try:
        value = str(read(text))
    except ValueError as error:
        value = str(error).removeprefix("must be ").partition(" ")[0]
    assert not set(value) & set(" \n\r\t\"'`;{}%$\\")
