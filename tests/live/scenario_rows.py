"""How rows of scenarios are written: once for both families, with a prefix of their own.

Law: pure. The crafting member may announce 203.0.113.0/24 and 2001:db8:f00::/40, and what is more specific.
"""

from __future__ import annotations

from itertools import count

from tests.live.members import Announcement, Family
from tests.live.members.wire import AS_PATH, WELL_KNOWN, Attributes
from tests.live.round_table import FAMILIES
from tests.live.scenario import Check, Scenario, Spoil

OWN = 64505
VICTIM = "m11"
# Eight /28 that no VRP covers, two of them free for markers and for the prefix of the start.
_V4 = tuple(f"203.0.113.{16 * place}/28" for place in range(2, 8))
_serial = count(1)


def free(family: Family) -> str:
    """A prefix that the crafting member may announce; over IPv6 one that no other scenario has."""
    serial = next(_serial)
    return f"2001:db8:f{serial % 0x70 + 0x10:02x}::/48" if family == 6 else _V4[serial % len(_V4)]


def each(
    name: str,
    features: tuple[str, ...],
    *then: Check,
    path: tuple[int, ...] = (),
    attack: bool = True,
    spoil: Spoil | None = None,
    communities: tuple[str, ...] = (),
    more: tuple[str, ...] = (),
    prefixes: tuple[str, str] | None = None,
    next_hops: tuple[str, str] = ("", ""),
    by: str = "m15",
) -> list[Scenario]:
    """The same scenario over both families."""
    found = []
    for family, hop in zip(FAMILIES, next_hops, strict=True):
        prefix = prefixes[FAMILIES.index(family)] if prefixes else free(family)
        says = Announcement(prefix, path, communities, more, hop)
        found.append(Scenario(name, features, says, then, by, spoil, attack))
    return found


def only(
    name: str,
    features: tuple[str, ...],
    says: Announcement,
    *then: Check,
    spoil: Spoil | None = None,
    attack: bool = True,
    last: bool = False,
) -> list[Scenario]:
    """A scenario that there is over one family only."""
    return [Scenario(name, features, says, then, spoil=spoil, attack=attack, last=last)]


def with_path(*parts: bytes) -> Spoil:
    """Another AS_PATH, as bytes."""

    def spoil(found: Attributes) -> Attributes:
        return found | {AS_PATH: (WELL_KNOWN, b"".join(parts))}

    return spoil


def with_attribute(kind: int, flags: int, value: bytes) -> Spoil:
    """One more attribute, or another in the place of one."""
    return lambda found: found | {kind: (flags, value)}


def without(kind: int) -> Spoil:
    """An attribute less."""
    return lambda found: {one: value for one, value in found.items() if one != kind}
