"""The controller's coercions, its reader of addresses and its reader of bodies."""

from __future__ import annotations

import pytest

from ztix.lab.controller.addresses import read_address
from ztix.lab.controller.jsontext import read_json, read_object
from ztix.lab.controller.values import (
    U64,
    Json,
    Refused,
    as_bool,
    as_text,
    as_u64,
    decimal,
    dump,
    hexadecimal,
    not_a_text,
    same,
)


@pytest.mark.parametrize(
    ("text", "number"),
    [("12", 12), (" \t12x", 12), ("-1", U64), ("+3", 3), ("abc", 0), ("", 0), ("9" * 30, U64), ("1\x002", 1)],
)
def test_decimal_given_a_text_reads_its_leading_digits(text: str, number: int) -> None:
    """Digits at the start count, minus wraps, too much saturates."""
    assert decimal(text) == number


@pytest.mark.parametrize(
    ("text", "number"), [("0x1F", 31), ("ff", 255), ("0x", 0), ("0xg", 0), ("g", 0), ("-1", U64)]
)
def test_hexadecimal_given_a_text_reads_its_leading_digits(text: str, number: int) -> None:
    """A prefix of 0x is passed over when a digit follows."""
    assert hexadecimal(text) == number


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (7, 7),
        (-1, U64),
        (1.9, 1),
        (-1.5, U64),
        (True, 1),
        (False, 0),
        ("12", 12),
        (None, 5),
        ([], 5),
        ({}, 5),
    ],
)
def test_as_u64_given_any_value_gives_a_number(value: Json, number: int) -> None:
    """Null, lists and objects give the default."""
    assert as_u64(value, 5) == number


@pytest.mark.parametrize(
    ("value", "truth"),
    [
        (True, True),
        (1, True),
        (0, False),
        (0.5, False),
        (-1, True),
        ("true", True),
        ("T", True),
        ("yes", False),
    ],
)
def test_as_bool_given_a_scalar_ignores_the_default(value: Json, truth: bool) -> None:
    """Only texts that start with t, T or 1 are true."""
    assert as_bool(value, not truth) is truth


@pytest.mark.parametrize("value", [None, [], {}])
def test_as_bool_given_no_scalar_gives_the_default(value: Json) -> None:
    """Null, lists and objects say nothing."""
    assert as_bool(value, True) is True
    assert as_bool(value, False) is False


@pytest.mark.parametrize(
    ("value", "text"),
    [("a", "a"), (5, "5"), (-5, str(U64 - 4)), (1.9, "1"), (True, "1"), (None, ""), (["a"], "")],
)
def test_as_text_given_any_value_gives_a_text(value: Json, text: str) -> None:
    """Numbers become unsigned digits."""
    assert as_text(value) == text


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        (1, 1, True),
        (1, True, False),
        ([1], [True], False),
        ({"a": 1}, {"a": True}, False),
        ({"a": [None]}, {"a": [None]}, True),
        ({"a": 1}, {"b": 1}, False),
        ("a", "a", True),
    ],
)
def test_same_tells_true_from_one(one: Json, other: Json, equal: bool) -> None:
    """Equality is JSON's, not Python's."""
    assert same(one, other) is equal


@pytest.mark.parametrize(
    ("value", "name"),
    [(None, "null"), (True, "boolean"), ([], "array"), ({}, "object"), (5, "number"), (0.5, "number")],
)
def test_not_a_text_names_the_type_it_met(value: Json, name: str) -> None:
    """The words are those of the controller's JSON library."""
    expected = f"[json.exception.type_error.302] type must be string, but is {name}"
    assert not_a_text(value).description == expected.encode()


def test_dump_sorts_keys_and_keeps_letters() -> None:
    """The text is compact, sorted and not escaped to ASCII."""
    assert dump({"b": 1, "a": "é"}) == '{"a":"é","b":1}'


@pytest.mark.parametrize(
    ("text", "with_bits"),
    [
        ("203.0.113.7", "203.0.113.7/0"),
        ("203.0.113.7/24", "203.0.113.7/24"),
        ("203.0.113.7/x", "203.0.113.7/0"),
        ("203.0.113.7/-1", "203.0.113.7/65535"),
        ("203.0.113.256/24", "0.0.0.0/24"),
        ("203.0.113.é", "0.0.0.0/0"),
        ("2001:DB8::0001/64", "2001:db8::1/64"),
        ("2001:db8::g", "::/0"),
        ("203.0.113.7\0:", "203.0.113.7/0"),
    ],
)
def test_read_address_given_a_dot_or_colon_reads_something(text: str, with_bits: str) -> None:
    """What cannot be read becomes the unspecified address of its family."""
    address = read_address(text)
    assert address is not None
    assert address.text_with_bits == with_bits


@pytest.mark.parametrize("text", ["", "banana", "/24", "x" * 63 + ".", "1"])
def test_read_address_given_neither_dot_nor_colon_finds_none(text: str) -> None:
    """Texts of more than 63 bytes are none either."""
    assert read_address(text) is None


@pytest.mark.parametrize(
    ("prefix", "address", "inside"),
    [
        ("203.0.113.0/24", "203.0.113.9", True),
        ("203.0.113.7/24", "203.0.113.9", True),
        ("203.0.113.0/24", "198.51.100.9", False),
        ("2001:db8::/64", "2001:db8::9", True),
        ("2001:db8::5/64", "2001:db8::9", False),
        ("203.0.113.0/24", "2001:db8::9", False),
        ("0.0.0.0/0", "203.0.113.9", True),
    ],
)
def test_prefix_contains_what_the_controller_thinks_it_does(prefix: str, address: str, inside: bool) -> None:
    """Host bits are harmless in IPv4 and empty the prefix in IPv6."""
    one, other = read_address(prefix), read_address(address)
    assert one is not None
    assert other is not None
    assert one.contains(other) is inside


def test_body_with_a_mark_and_a_nul_is_read_between_them() -> None:
    """A byte order mark is skipped and the text ends at the first NUL."""
    assert read_json(b'\xef\xbb\xbf{"a":1}\0garbage') == {"a": 1}


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b"18446744073709551615", U64),
        (b"18446744073709551616", 1.8446744073709552e19),
        (b"-9223372036854775809", -9.223372036854775808e18),
        (b"1" + b"0" * 40, 1e40),
        (b'"\\ud83d\\ude00"', "\U0001f600"),
    ],
)
def test_body_with_an_unusual_value_is_read(body: bytes, value: Json) -> None:
    """Integers over 64 bits become floating point; escaped pairs become one character."""
    assert read_json(body) == value


@pytest.mark.parametrize("body", [b"null", b"[]", b'"x"', b"5", b"true"])
def test_body_that_is_no_object_counts_as_an_empty_one(body: bytes) -> None:
    """Any JSON value is accepted."""
    assert read_object(body) == {}


def test_body_nested_too_deep_is_refused() -> None:
    """Python's reader gives up where the controller's does not; the double says so."""
    with pytest.raises(Refused) as refused:
        read_json(b"[" * 200_000 + b"]" * 200_000)
    assert refused.value.description == b"Unknown Exception"
