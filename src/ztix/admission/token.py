"""The word that a member publishes where only the holder of an AS number can write.

Law: pure. A token binds exchange, ASN and account, so that nobody can point at what somebody else published:
not for another account, not for another AS number, not at another exchange. It is no secret.

    ztix-verify=H   H: the first 40 hex digits of SHA-256 over four lines, each with its end:
                    ztix-verify@v1
                    exchange: NAME NUMBER    the exchange's `name` and `asn`, as policy/exchange.yaml has them
                    asn: NUMBER
                    account: NUMBER          the numeric id of the account
"""

from __future__ import annotations

import hashlib
import re
from enum import Enum

from ztix.policy import ExchangePolicy
from ztix.terms import Asn

MARK = "ztix-verify"
"""What every token begins with; also the DNS label (after `_`) and the file's name in `/.well-known/`."""

_DIGITS = 40
# What editors, registries and name servers put into a long word: line ends, blanks, quotes, backslashes,
# and signs without width. Line ends are not kept to: a wrapped line is indented in many ways.
_FILLING = "[\\s\"'\\\\\u00ad\u200b\u200c\u200d\u2060\ufeff]*"
_HYPHEN = "[-\u2010\u2011\u2012\u2013\u2212]"


class Found(Enum):
    """What a text has. OTHER: a token that is none for this exchange, AS number and account."""

    WANTED = "the token"
    OTHER = "another token"
    NOTHING = "no token"


def token(exchange: ExchangePolicy, asn: Asn, account: int) -> str:
    """The token. Each value is a number or a label, so that no two sets of values give the same lines."""
    lines = (
        f"{MARK}@v1",
        f"exchange: {exchange.name} {int(exchange.asn)}",
        f"asn: {int(asn)}",
        f"account: {account}",
    )
    text = "".join(f"{line}\n" for line in lines)
    return f"{MARK}={hashlib.sha256(text.encode('ascii')).hexdigest()[:_DIGITS]}"


def find(texts: tuple[str, ...], wanted: str) -> Found:
    """What these texts have; the lines of one remark are one text. wanted: as `token` gives it.

    The whole token counts, in whatever case and however it was wrapped; a part of it is none, and so is one
    that more letters or digits follow at once.
    """
    digits = wanted.partition("=")[2]
    if any(digits == _plain(match[1]) for text in texts for match in _WHOLE.finditer(text)):
        return Found.WANTED
    return Found.OTHER if any(_ANY.search(text) for text in texts) else Found.NOTHING


def _plain(digits: str) -> str:
    """Forty digits without what got between them."""
    return "".join(digit for digit in digits.lower() if digit.isalnum())


def _spelling(word: str) -> str:
    """A pattern of a word, with what may have got between its letters."""
    letters = (_HYPHEN if letter == "-" else re.escape(letter) for letter in word)
    return "(?<![0-9A-Za-z_])" + _FILLING.join(letters)


_ANY = re.compile(_spelling(f"{MARK}="), re.IGNORECASE)
_WHOLE = re.compile(f"{_ANY.pattern}((?:{_FILLING}[0-9a-f]){{{_DIGITS}}})(?![0-9A-Za-z])", re.IGNORECASE)
