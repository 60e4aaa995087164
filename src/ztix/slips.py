"""What somebody most likely meant who wrote a value of the wrong form, and what to write instead.

Law: pure. A value may be a secret that got here by mistake: what is quoted of it has the form of what belongs
there, or is public by nature as the key of a `.pub` file is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

LONGEST = 60  # characters of a value that is mended; a longer one was no slip
KEYS_MAX = 4  # keys of a mapping that advice shows

_PADDED = re.compile(r"0*[0-9]{1,3}(?:\.0*[0-9]{1,3}){3}")
_WITH_LENGTH = re.compile(r"([0-9A-Fa-f:.]{2,45})/[0-9]{1,3}")
_GROUPED = re.compile(r"[1-9][0-9]{0,2}(?:([_,.' ])[0-9]{3}(?:\1[0-9]{3})*)")
_THOUSANDS = re.compile(r"([1-9][0-9]{0,3})[kK]")
_HEX = re.compile(r"[0-9a-fA-F]+")
_TEN_HEX = re.compile(r"(?<![0-9a-fA-F])[0-9a-fA-F]{10}(?![0-9a-fA-F])")
_LOOK_ALIKES = str.maketrans("oOlIi", "00111")
_SEPARATORS = re.compile(r"[-:. ]")
_LOGIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,37}[A-Za-z0-9])?")
_PUBLIC_KEY = re.compile(r"\s*(?:- *)?[\"']?((?:ssh|ecdsa|sk)-[a-z0-9@.-]{3,40}) +AAAA[A-Za-z0-9+/]+={0,2}")
_NODE_HELP = "the ten digits that `zerotier-cli info` shows on the router, in quotes"
_ACCOUNT_HELP = "the account's number, which https://api.github.com/users/{login} shows as `id`"

_FORMS: tuple[tuple[str, re.Pattern[str], Callable[[str], str]], ...] = (
    ("ZeroTier", re.compile(r"(?i:[0-9a-f]{6}|[0-9a-f]{10}|[0-9a-f]{16})"), str.lower),
    ("must be a label", re.compile(r"(?i:[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?)"), str.lower),
    ("must be an AS-SET", re.compile(r"(?=[\w:-]*[A-Za-z])[\w:-]+", re.ASCII), str.upper),
    ("must be an AS number", re.compile(r"(?i:AS)[1-9][0-9]{0,9}"), lambda text: text[2:]),
    ("must be `true` or `false`", re.compile(r"(?i:true|yes|on)"), lambda _: "true"),
    ("must be `true` or `false`", re.compile(r"(?i:false|no|off)"), lambda _: "false"),
    ("address without a length", _WITH_LENGTH, lambda text: text.partition("/")[0]),
    ("must be a whole number", _GROUPED, lambda text: re.sub(r"\D", "", text)),
    ("must be a whole number", _THOUSANDS, lambda text: f"{text[:-1]}000"),
)


def likely(value: object, sentence: str, key: str = "", keys: Sequence[str] = ()) -> str:
    """What to write instead, where what is meant is plain from the value; else nothing.

    sentence: what the value must be.  key: where it stands.  keys: those of the mapping that belongs there.
    """
    if "SSH public key" in sentence or key == "auth":
        return _public_key(value, sentence)
    if "mapping of keys" in sentence and keys:
        more = ", …" if len(keys) > KEYS_MAX else ""
        shown = ", ".join(f"`{each}: …`" for each in keys[:KEYS_MAX])
        return f"write its keys on lines of their own below, indented: {shown}{more}"
    if sentence == "must be a list":
        if isinstance(value, Mapping):
            return "put `- ` before the first key of each item, and indent its others as far"
        return "write each item on a line of its own below, behind `- `"
    text = value if isinstance(value, str) and len(value) <= LONGEST else ""
    return _mended(text, sentence) or _told(text, sentence, key)


def _mended(text: str, sentence: str) -> str:
    if "address" in sentence and _PADDED.fullmatch(text):
        plain = ".".join(part.lstrip("0") or "0" for part in text.split("."))
        return f"a number in it starts with a zero: write `{plain}`" if plain != text else ""
    for start, form, mend in _FORMS:
        if start in sentence and form.fullmatch(text) and mend(text) != text:
            return f"write `{mend(text)}`"
    return ""


def _told(text: str, sentence: str, key: str) -> str:
    """What belongs there, where the text does not say what was meant."""
    if "ZeroTier node id" in sentence:
        return _node(text)
    if key == "id" and "whole number" in sentence:
        return f"write {_ACCOUNT_HELP.format(login=text if _LOGIN.fullmatch(text) else 'LOGIN')}"
    return ""


def missing(key: str, inside: str) -> str:
    """What to add where a key is missing. inside: the key whose mapping lacks it."""
    if (inside, key) == ("github", "id"):
        return f"add `id:` with {_ACCOUNT_HELP.format(login='LOGIN')}"
    return f"add `{key}:`"


def _node(text: str) -> str:
    """What was meant by a node id that is none."""
    pasted = _TEN_HEX.findall(text)
    bare = _SEPARATORS.sub("", text).translate(_LOOK_ALIKES)
    if pasted == [text]:
        return f"ZeroTier reserves ten zeros and what begins with `ff`: write {_NODE_HELP}"
    if len(pasted) == 1:
        return f"write the id alone: `{pasted[0].lower()}`"
    if len(bare) == 10 and _HEX.fullmatch(bare):
        alike = ": it has the digits 0 and 1, not letters that look like them"
        return f"did you mean `{bare.lower()}`{alike if bare != _SEPARATORS.sub('', text) else ''}?"
    if len(bare) == 16 and _HEX.fullmatch(bare):
        return f"sixteen digits are a network's id: write {_NODE_HELP}"
    if _HEX.fullmatch(bare):
        return f"it has {len(bare)} digits: write {_NODE_HELP}"
    return f"write {_NODE_HELP}"


def _public_key(value: object, sentence: str) -> str:
    """What to do with the line of a `.pub` file that was pasted as it is."""
    if sentence == "must be a list":
        known = _PUBLIC_KEY.match(value) if isinstance(value, str) else None
        form = f"`- {known[1]} AAAA…`" if known else "`- ssh-ed25519 AAAA…`"
        return f"write each key on a line of its own below `auth:`: {form}, without the comment at its end"
    if "SSH public key" not in sentence:
        return ""
    if isinstance(value, str) and "PRIVATE KEY" in value:
        return "this is the private half: make a new pair, and write what its `.pub` file has"
    if isinstance(value, str) and _PUBLIC_KEY.fullmatch(value):
        return "the key is cut short or changed: copy the first two words of the `.pub` file again"
    return "write the first two words of the `.pub` file alone: the kind and the key that begins with `AAAA`"


def pasted_key(line: str) -> str:
    """What to do with the line of a `.pub` file that stands in a file as it is; nothing for another line."""
    known = _PUBLIC_KEY.match(line)
    return (
        f"a public key is an item below `auth:`: `  - {known[1]} AAAA…`, without the comment at its end"
        if known
        else ""
    )
