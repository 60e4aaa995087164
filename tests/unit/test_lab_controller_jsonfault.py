"""What the simulator says of a body that is no JSON: checked against the library's own words."""

from __future__ import annotations

import pytest

from ztix.lab.controller.jsonfault import syntax_fault
from ztix.lab.controller.jsontext import read_json
from ztix.lab.controller.values import Refused

VALUE = b"; expected '[', '{', or a literal"

FAULTS = [
    (b"", 1, 1, b"value - unexpected end of input" + VALUE),
    (b"\xef", 1, 2, b"value - invalid BOM; must be 0xEF 0xBB 0xBF if given; last read: '\xef'"),
    (b"\xef\xbb", 1, 3, b"value - invalid BOM; must be 0xEF 0xBB 0xBF if given; last read: '\xef\xbb'"),
    (b"{", 1, 2, b"object key - unexpected end of input; expected string literal"),
    (b'{"a"', 1, 5, b"object separator - unexpected end of input; expected ':'"),
    (b'{"a" 1', 1, 6, b"object separator - unexpected number literal; expected ':'"),
    (b'{"a":1,}', 1, 8, b"object key - unexpected '}'; expected string literal"),
    (b'{"a":1 2}', 1, 8, b"object - unexpected number literal; expected '}'"),
    (b'{"a":[]', 1, 8, b"object - unexpected end of input; expected '}'"),
    (b"[1,]", 1, 4, b"value - unexpected ']'" + VALUE),
    (b"[true false]", 1, 11, b"array - unexpected false literal; expected ']'"),
    (b"[\n  nul]", 2, 6, b"value - invalid literal; last read: '[<U+000A>  nul]'"),
    (b"{} {}", 1, 4, b"value - unexpected '{'; expected end of input"),
    (b"{}x", 1, 3, b"value - invalid literal; last read: '{}x'; expected end of input"),
    (b"-", 1, 2, b"value - invalid number; expected digit after '-'; last read: '-'"),
    (b"1.x", 1, 3, b"value - invalid number; expected digit after '.'; last read: '1.x'"),
    (b"1ex", 1, 3, b"value - invalid number; expected '+', '-', or digit after exponent; last read: '1ex'"),
    (b"1e+x", 1, 4, b"value - invalid number; expected digit after exponent sign; last read: '1e+x'"),
    (b'"a', 1, 3, b"value - invalid string: missing closing quote; last read: '\"a'"),
    (b'"\\x"', 1, 3, b"value - invalid string: forbidden character after backslash; last read: '\"\\x'"),
    (
        b'"\\u12g"',
        1,
        6,
        b"value - invalid string: '\\u' must be followed by 4 hex digits; last read: '\"\\u12g'",
    ),
    (
        b'"\\udc00"',
        1,
        7,
        b"value - invalid string: surrogate U+DC00..U+DFFF must follow U+D800..U+DBFF; "
        b"last read: '\"\\udc00'",
    ),
    (
        b'"\\ud800x"',
        1,
        8,
        b"value - invalid string: surrogate U+D800..U+DBFF must be followed by U+DC00..U+DFFF; "
        b"last read: '\"\\ud800x'",
    ),
    (
        b'"\\ud800\\u0041"',
        1,
        13,
        b"value - invalid string: surrogate U+D800..U+DBFF must be followed by U+DC00..U+DFFF; "
        b"last read: '\"\\ud800\\u0041'",
    ),
    (
        b'"\n"',
        2,
        0,
        b"value - invalid string: control character U+000A (LF) must be escaped to \\u000A or \\n; "
        b"last read: '\"<U+000A>'",
    ),
    (
        b'"\x1f"',
        1,
        2,
        b"value - invalid string: control character U+001F (US) must be escaped to \\u001F; "
        b"last read: '\"<U+001F>'",
    ),
    (b'"\xff"', 1, 2, b"value - invalid string: ill-formed UTF-8 byte; last read: '\"\xff'"),
    (b'"\xc3x"', 1, 3, b"value - invalid string: ill-formed UTF-8 byte; last read: '\"\xc3x'"),
    (b'"\xe2\x82', 1, 4, b"value - invalid string: ill-formed UTF-8 byte; last read: '\"\xe2\x82'"),
]


@pytest.mark.parametrize(("text", "line", "column", "words"), FAULTS)
def test_syntax_fault_given_no_json_speaks_as_the_library(
    text: bytes, line: int, column: int, words: bytes
) -> None:
    """Position, what was met, what was read last, what was expected."""
    head = (
        f"[json.exception.parse_error.101] parse error at line {line}, column {column}: syntax error while "
    )
    assert syntax_fault(text) == head.encode() + b"parsing " + words


@pytest.mark.parametrize(
    "text",
    [
        b' {"a": [1, -0.5e+3, 0, true, false, null], "b": {}, "c": []} ',
        b'"\\u0041\\ud83d\\ude00\\n\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"',
        b"\xef\xbb\xbf[[], {}]",
    ],
)
def test_syntax_fault_given_json_finds_none(text: bytes) -> None:
    """Every kind of token passes."""
    assert syntax_fault(text) is None


@pytest.mark.parametrize("body", [b"1e999", b"[1e999]", b"[1e999\xff]"])
def test_body_with_a_number_too_big_is_refused_as_an_overflow(body: bytes) -> None:
    """The number is quoted, whatever comes after it."""
    with pytest.raises(Refused) as refused:
        read_json(body)
    expected = b"[json.exception.out_of_range.406] number overflow parsing '1e999'"
    assert refused.value.description == expected


@pytest.mark.parametrize("body", [b"NaN", b"{'a':1}", b'"\\ud800"', b'"\xff"', b"[1e400"])
def test_body_that_python_alone_would_accept_or_word_otherwise_is_refused(body: bytes) -> None:
    """Python's leniency and its words stay inside."""
    with pytest.raises(Refused) as refused:
        read_json(body)
    assert refused.value.description.startswith(b"[json.exception.")
