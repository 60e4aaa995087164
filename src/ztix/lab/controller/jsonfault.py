"""Where a text stops being JSON, in the words of the controller's JSON library. Pure.

Only texts that failed come here. Position and quotation follow the library: the column counts bytes,
the end of the text counts as one, and the quotation starts at the last text or number begun.
"""

from __future__ import annotations

import math

from ztix.lab.controller.jsonlex import END, LITERALS, NUMBER, TEXT, Fault, Reader

VALUE = "'[', '{', or a literal"


class Overflow(Exception):
    """A number that no double can hold. description: what the library says of it."""

    def __init__(self, digits: bytes) -> None:
        super().__init__(digits)
        self.description = b"[json.exception.out_of_range.406] number overflow parsing '" + digits + b"'"


class _Unexpected(Exception):
    """The text cannot go on like this. context: what was being read.  fault: None for a good token."""

    def __init__(self, context: str, expected: str | None, found: str, fault: Fault | None) -> None:
        super().__init__(context)
        self.context, self.expected, self.found, self.fault = context, expected, found, fault


def _next(reader: Reader, context: str, expected: str | None, *allowed: str) -> str:
    """The next token, which must be one of `allowed`."""
    try:
        token = reader.token()
    except Fault as fault:
        raise _Unexpected(context, expected, "", fault) from None
    if token in allowed:
        return token
    raise _Unexpected(context, expected, token, None)


def _value(reader: Reader, *also: str) -> str:
    """The first token of a value, or one of `also`."""
    literals = [f"{word.decode()} literal" for word in LITERALS.values()]
    allowed = ("'['", "'{'", TEXT, NUMBER, *literals, *also)
    try:
        found = _next(reader, "value", VALUE, *allowed)
    except _Unexpected as unexpected:
        # a broken token in the place of a value is reported without what was expected
        unexpected.expected = None if unexpected.fault else VALUE
        raise
    digits = reader.text[reader.start : reader.end]
    if found == NUMBER and not math.isfinite(float(digits)):
        raise Overflow(digits)
    return found


def _key(reader: Reader, *also: str) -> str:
    """A key and its colon, or one of `also`."""
    token = _next(reader, "object key", TEXT, TEXT, *also)
    if token == TEXT:
        _next(reader, "object separator", "':'", "':'")
    return token


def _document(reader: Reader) -> None:
    """Read one value and the end of the text."""
    closers: list[str] = []
    found = _value(reader)
    while True:
        if found == "'{'":
            if _key(reader, "'}'") == TEXT:
                closers.append("'}'")
                found = _value(reader)
                continue
        elif found == "'['":
            found = _value(reader, "']'")
            if found != "']'":
                closers.append("']'")
                continue
        while closers:
            closer = closers[-1]
            if _next(reader, "array" if closer == "']'" else "object", closer, "','", closer) == "','":
                break
            closers.pop()
        else:
            _next(reader, "value", END, END)
            return
        if closer == "'}'":
            _key(reader)
        found = _value(reader)


def _quotation(text: bytes) -> bytes:
    """Control characters are spelled out in a quotation."""
    return b"".join(b"<U+%04X>" % byte if byte < 0x20 else bytes((byte,)) for byte in text)


def syntax_fault(text: bytes) -> bytes | None:
    """The library's description of the first fault in `text`, None when it is JSON."""
    reader = Reader(text)
    try:
        _document(reader)
    except _Unexpected as unexpected:
        fault = unexpected.fault or Fault(f"unexpected {unexpected.found}", reader.end, -1)
        return _description(text, fault, unexpected.context, unexpected.expected)
    except Overflow as overflow:
        return overflow.description
    return None


def _description(text: bytes, fault: Fault, context: str, expected: str | None) -> bytes:
    """Put a fault into the library's sentence; a start below 0 means there is nothing to quote."""
    end = fault.end
    line = text[:end].count(b"\n") + 1
    column = end - (text[:end].rfind(b"\n") + 1)
    head = f"[json.exception.parse_error.101] parse error at line {line}, column {column}: "
    sentence = f"{head}syntax error while parsing {context} - {fault.message}".encode()
    if fault.start >= 0:
        sentence += b"; last read: '" + _quotation(text[fault.start : end]) + b"'"
    return sentence + (f"; expected {expected}".encode() if expected else b"")
