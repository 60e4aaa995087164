"""What a community means at an exchange, as `ztix explain` tells it.

Law: pure; returns strings, all from the table in `control`. A community is read in every form that people
write; what has no meaning here is answered with what is near it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TypeAlias

from ztix.diagnostics import shown
from ztix.errors import Usage
from ztix.routeserver.control import SCHEME, TABLE, Blank, Entry, Part
from ztix.routeserver.route import (
    BLACKHOLE,
    GRACEFUL_SHUTDOWN,
    NO_ADVERTISE,
    NO_EXPORT,
    StandardCommunity,
)
from ztix.terms import Asn, LargeCommunity

FORMS = "write `64496:0:64501`, `large:64496:0:64501` or, of two parts, `0:64501`"


Community: TypeAlias = StandardCommunity | LargeCommunity

WELL_KNOWN: dict[StandardCommunity, tuple[str, str]] = {
    GRACEFUL_SHUTDOWN: ("GRACEFUL_SHUTDOWN", "the route is the last choice everywhere (RFC 8326)"),
    BLACKHOLE: ("BLACKHOLE", "traffic to the prefix is dropped, where policy lets you (RFC 7999)"),
    NO_EXPORT: ("NO_EXPORT", "handed on, not heeded; other members heed it (RFC 1997)"),
    NO_ADVERTISE: ("NO_ADVERTISE", "handed on, not heeded; other members heed it (RFC 1997)"),
}

_PREFIXES = re.compile(r"(?:large|lc|lrg|standard|std|community):", re.I)


def looks_like(text: str) -> bool:
    """Whether a word is meant as a community, not as a rule's id."""
    return ":" in text or "," in text or text.lower().startswith("0x") or _named(text) is not None


def parse_community(text: str, asn: Asn) -> Community:
    """The community that a person wrote, in digits or hex, with or without a prefix; `rs` is the exchange.

    Raises Usage, which says what to write.
    """
    named = _named(text)
    if named is not None:
        return named
    words = re.split(r"[:,]\s*", _PREFIXES.sub("", text.strip(), count=1).strip(" ()"))
    try:
        numbers = [int(asn) if word.lower() == "rs" else _number(word) for word in words]
        if len(numbers) == 1 and words[0].lower().startswith("0x"):
            numbers = [numbers[0] >> 16, numbers[0] & 0xFFFF]
        if len(numbers) == 3:
            return LargeCommunity(*numbers)
        if len(numbers) != 2:
            raise ValueError
    except ValueError:
        raise Usage(f"`{shown(text)}` is no community", help=FORMS) from None
    if max(numbers) > 0xFFFF:
        large = next((str(found) for found in _large_forms((numbers[0], numbers[1]), asn)), "")
        advice = f"the large form holds it: `{large}`" if large else FORMS
        raise Usage(
            f"`{shown(text)}` does not fit a standard community, whose halves end at 65535", help=advice
        )
    return StandardCommunity(*numbers)


def explain_community(text: str, asn: Asn, members: Mapping[Asn, str]) -> str:
    """What the community does at the exchange with this AS number. members: names, by AS number.

    Raises Usage where it is none.
    """
    community = parse_community(text, asn)
    kind = "standard" if isinstance(community, StandardCommunity) else "large"
    lines = [f"{community}  {kind} community", "", *_meaning(community, asn, members)]
    return "\n".join(lines) + "\n"


def _named(text: str) -> StandardCommunity | None:
    name = text.strip().upper().replace("-", "_")
    return next((known for known, (word, _) in WELL_KNOWN.items() if word == name), None)


def _number(word: str) -> int:
    digits = re.fullmatch(r"(?:AS)?([0-9]{1,10})|0x([0-9a-f]{1,8})", word, re.I)
    if digits is None:
        raise ValueError
    number = int(digits[1]) if digits[1] else int(digits[2], 16)
    if number > 0xFFFFFFFF:
        raise ValueError
    return number


def _meaning(community: Community, asn: Asn, members: Mapping[Asn, str]) -> Iterator[str]:
    if isinstance(community, StandardCommunity) and community in WELL_KNOWN:
        name, does = WELL_KNOWN[community]
        yield f"{name}: {does}."
        return
    if isinstance(community, StandardCommunity) and asn > 0xFFFF:
        yield f"No meaning here: {asn} fits no standard community, so only large ones steer. It is handed on."
        return
    found = next(((entry, peer) for entry in TABLE for peer in _matches(entry, community, asn)), None)
    if found is None:
        yield from _unknown(community, asn)
        return
    entry, peer = found
    yield _sentence(entry, peer, asn)
    other = _other_form(entry, community, peer, asn)
    if other is not None:
        yield f"The same as `{other}`."
    if not entry.control:
        yield "The exchange sets it; on a route of a member it is taken off."
    elif peer is None:
        yield "The route server takes it off before the route goes out."
    else:
        known = members.get(Asn(peer))
        yield f"AS{peer} is {known}." if known else f"AS{peer} is no member here, so it does nothing."
        yield "The route server takes it off before the route goes out."


def _sentence(entry: Entry, peer: int | None, asn: Asn) -> str:
    text = entry.meaning if peer is None else entry.meaning.replace("this AS", f"AS{peer}")
    text = text.replace("`rs:", f"`{int(asn)}:")
    return f"{text[0].upper()}{text[1:]}."


def _matches(entry: Entry, community: Community, asn: Asn) -> Iterator[int | None]:
    """The AS number in the place of the client, or None where the entry has no such place."""
    if isinstance(community, StandardCommunity):
        pairs = list(zip(entry.standard or (), (community.asn, community.value), strict=False))
    elif entry.function is None or entry.argument is None or community.asn != asn:
        return
    else:
        pairs = [(entry.function, community.function), (entry.argument, community.argument)]
    if pairs and all(_fits(part, number, asn) for part, number in pairs):
        yield next((number for part, number in pairs if part is Blank.PEER), None)


def _fits(part: Part, number: int, asn: Asn) -> bool:
    if part is Blank.RS:
        return number == asn
    if part is Blank.PEER:
        return number not in (0, asn)
    return part == number


def _other_form(entry: Entry, community: Community, peer: int | None, asn: Asn) -> Community | None:
    values = {Blank.RS: int(asn), Blank.PEER: peer or 0}

    def number(part: Part) -> int:
        return values[part] if isinstance(part, Blank) else part

    if isinstance(community, StandardCommunity):
        if entry.function is None or entry.argument is None:
            return None
        return LargeCommunity(int(asn), entry.function, number(entry.argument))
    if entry.standard is None or asn > 0xFFFF or (peer or 0) > 0xFFFF:
        return None
    return StandardCommunity(*map(number, entry.standard))


def _unknown(community: Community, asn: Asn) -> Iterator[str]:
    if isinstance(community, StandardCommunity):
        taken = community.asn in (0, int(asn), *SCHEME.standards)
        yield f"No meaning here: it is {'taken off' if taken else 'handed on untouched'}."
        near = [str(form) for form in _large_forms((community.asn, community.value), asn)]
    elif community.asn != asn:
        yield f"Not of this exchange, whose own begin with {int(asn)}: it is handed on untouched."
        mended = LargeCommunity(int(asn), community.function, community.argument)
        near = [str(mended) for entry in TABLE for _ in _matches(entry, mended, asn)][:1]
    else:
        yield "No meaning here: it is taken off."
        near = [str(form) for form in _nearest(community, asn)]
    if near:
        yield f"Near it: {', '.join(f'`{word}`' for word in near)}."
    yield "docs/communities.md has all."


def _nearest(community: LargeCommunity, asn: Asn) -> list[LargeCommunity]:
    """Three that have a meaning, the nearest function first, then the nearest argument."""
    found: dict[LargeCommunity, None] = {}
    for entry in TABLE:
        if entry.function is not None and entry.argument is not None:
            argument = entry.argument if isinstance(entry.argument, int) else community.argument
            if _fits(entry.argument, argument, asn):
                found[LargeCommunity(int(asn), entry.function, argument)] = None

    def distance(form: LargeCommunity) -> tuple[int, int]:
        return abs(form.function - community.function), abs(form.argument - community.argument)

    return sorted(found, key=distance)[:3]


def _large_forms(halves: tuple[int, int], asn: Asn) -> Iterator[LargeCommunity]:
    """The large form of what two numbers may have meant as a standard one, whatever they fit."""
    first, second = halves
    for entry in TABLE:
        if entry.standard is not None and entry.function is not None and entry.standard[1] is Blank.PEER:
            found = LargeCommunity(int(asn), entry.function, second)
            known = any(True for other in TABLE for _ in _matches(other, found, asn))
            if known and _fits(entry.standard[0], first, asn):
                yield found
