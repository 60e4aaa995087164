"""The tokens of a text that stops being JSON, up to the first broken one. Pure.

A broken token is reported with the words of the controller's JSON library. Column and quotation need
two positions: how many bytes were read, and where the last text or number began.
"""

from __future__ import annotations

import re

_SPACE = b" \t\n\r"
_MARKS = {
    b"[": "'['",
    b"]": "']'",
    b"{": "'{'",
    b"}": "'}'",
    b":": "':'",
    b",": "','",
}
LITERALS = {b"t": b"true", b"f": b"false", b"n": b"null"}
_PLAIN = re.compile(rb'[^"\\\x00-\x1f\x80-\xff]*')
_HEX4 = re.compile(rb"[0-9a-fA-F]{4}")
_CONTROLS = (
    "NUL SOH STX ETX EOT ENQ ACK BEL BS HT LF VT FF CR SO SI "
    "DLE DC1 DC2 DC3 DC4 NAK SYN ETB CAN EM SUB ESC FS GS RS US"
)
_SHORT = {0x08: "b", 0x09: "t", 0x0A: "n", 0x0C: "f", 0x0D: "r"}

TEXT, NUMBER, END = "string literal", "number literal", "end of input"


class Fault(Exception):
    """message: what is wrong.  end: bytes read.  start: where the quotation starts."""

    def __init__(self, message: str, end: int, start: int) -> None:
        super().__init__(message)
        self.message, self.end, self.start = message, end, start


class Reader:
    """A cursor over the text: `end` bytes are read, the token being quoted began at `start`."""

    def __init__(self, text: bytes) -> None:
        self.text = text
        self.start = 0
        self.end = 0

    def fault(self, message: str, end: int) -> Fault:
        """A fault after `end` bytes."""
        return Fault(message, end, self.start)

    def token(self) -> str:
        """The name of the next token."""
        text, at = self.text, self.end
        if at == 0 and text[:1] == b"\xef":
            if text[:3] != b"\xef\xbb\xbf":
                raise self.fault("invalid BOM; must be 0xEF 0xBB 0xBF if given", 2 + (text[1:2] == b"\xbb"))
            at = 3
        while text[at : at + 1] and text[at] in _SPACE:
            at += 1
        first = text[at : at + 1]
        self.end = at + 1
        if not first:
            return END
        if first in _MARKS:
            return _MARKS[first]
        if first in LITERALS:
            return self._literal(LITERALS[first], at)
        if first == b'"':
            self.start = at
            return self._text(at + 1)
        if first in b"-0123456789":
            self.start = at
            return self._number(at)
        raise self.fault("invalid literal", at + 1)

    def _literal(self, word: bytes, at: int) -> str:
        for offset in range(1, len(word)):
            if self.text[at + offset : at + offset + 1] != word[offset : offset + 1]:
                raise self.fault("invalid literal", at + offset + 1)
        self.end = at + len(word)
        return f"{word.decode()} literal"

    def _digits(self, at: int, missing: str) -> int:
        """The end of the digits at `at`, of which there must be one."""
        end = at
        while self.text[end : end + 1].isdigit():
            end += 1
        if end == at:
            raise self.fault(f"invalid number; expected {missing}", at + 1)
        return end

    def _number(self, at: int) -> str:
        text = self.text
        at += text[at : at + 1] == b"-"
        at = at + 1 if text[at : at + 1] == b"0" else self._digits(at, "digit after '-'")
        if text[at : at + 1] == b".":
            at = self._digits(at + 1, "digit after '.'")
        if text[at : at + 1] in (b"e", b"E"):
            signed = text[at + 1 : at + 2] in (b"+", b"-")
            missing = "digit after exponent sign" if signed else "'+', '-', or digit after exponent"
            at = self._digits(at + 1 + signed, missing)
        self.end = at
        return NUMBER

    def _text(self, at: int) -> str:
        while True:
            plain = _PLAIN.match(self.text, at)
            at = plain.end() if plain else at
            first = self.text[at : at + 1]
            if not first:
                raise self.fault("invalid string: missing closing quote", at + 1)
            if first == b'"':
                self.end = at + 1
                return TEXT
            if first == b"\\":
                at = self._escape(at + 1)
            elif first[0] < 0x20:
                raise self.fault(_control(first[0]), at + 1)
            else:
                at = self._character(at)

    def _escape(self, at: int) -> int:
        first = self.text[at : at + 1]
        if first and first in b'"\\/bfnrt':
            return at + 1
        if first != b"u":
            raise self.fault("invalid string: forbidden character after backslash", at + 1)
        unit, at = self._unit(at + 1)
        if 0xDC00 <= unit <= 0xDFFF:
            raise self.fault("invalid string: surrogate U+DC00..U+DFFF must follow U+D800..U+DBFF", at)
        if 0xD800 <= unit <= 0xDBFF:
            message = "invalid string: surrogate U+D800..U+DBFF must be followed by U+DC00..U+DFFF"
            for expected in (b"\\", b"u"):
                at += 1
                if self.text[at - 1 : at] != expected:
                    raise self.fault(message, at)
            low, at = self._unit(at)
            if not 0xDC00 <= low <= 0xDFFF:
                raise self.fault(message, at)
        return at

    def _unit(self, at: int) -> tuple[int, int]:
        """Four hexadecimal digits and where they end."""
        found = _HEX4.match(self.text, at)
        if found is None:
            bad = next(i for i in range(4) if not re.match(rb"[0-9a-fA-F]", self.text[at + i : at + i + 1]))
            raise self.fault("invalid string: '\\u' must be followed by 4 hex digits", at + bad + 1)
        return int(found[0], 16), at + 4

    def _character(self, at: int) -> int:
        """The end of the UTF-8 sequence at `at`."""
        for length in (2, 3, 4):
            try:
                self.text[at : at + length].decode("utf-8")
            except UnicodeDecodeError as error:
                wrong = error
            else:
                return at + length
        lead = wrong.reason == "invalid start byte"
        raise self.fault("invalid string: ill-formed UTF-8 byte", at + 1 if lead else at + wrong.end + 1)


def _control(code: int) -> str:
    """The library's words for a bare control character."""
    short = f" or \\{_SHORT[code]}" if code in _SHORT else ""
    return (
        f"invalid string: control character U+{code:04X} ({_CONTROLS.split()[code]}) "
        f"must be escaped to \\u{code:04X}{short}"
    )
