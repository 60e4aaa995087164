"""docs/communities.md, made from the table in `control`.

Law: pure; returns a string. `rs` stands for the exchange's AS number and `peer` for a member's.
"""

from __future__ import annotations

from ztix.routeserver.communities import WELL_KNOWN
from ztix.routeserver.control import TABLE, Blank, Entry, Part

_PAGE = """# Communities

Made by `ztix` from its own table, and kept equal to it by a test. `rs` is the exchange's AS number, `peer`
that of the member that a route goes to. `ztix explain rs:0:64501` tells what one does, with real numbers.

## For members to set

Put them on what you announce to the route servers. There they are heeded, and taken off before the route goes
out.

| large | standard | what a route server does |
|---|---|---|
{control}

- Without any of them, a route is announced to all.
- "Not to this AS" goes before "to this AS", and that goes before "to nobody".
- What is asked for towards one AS goes before what is asked for towards all; of several prependings the
  longest counts.
- AS numbers above 65535 fit large communities only. `0:rs` holds for members with such a number as well.
- An exchange whose own number is above 65535 has no standard forms at all, and hands them on untouched.
- All sessions of a member have its AS number, so none of them can be steered alone.

To announce to AS64501 and AS65551 only, at AS64496: `64496:0:0`, `64496:1:64501`, `64496:1:65551`.

## Set by the exchange

Members set none of these: they are taken off on the way in, and so is every large one of the exchange whose
second number is 1000 or more. The reason of a rejected route is seen on the route server and goes to nobody.

| large | it says |
|---|---|
{told}

## Well-known ones

| standard | name | what becomes of it |
|---|---|---|
{well_known}
"""


def communities_page() -> str:
    """The page."""
    return _PAGE.format(
        control="\n".join(_row(entry) for entry in TABLE if entry.control),
        told="\n".join(f"| {_large(entry)} | {entry.meaning} |" for entry in TABLE if not entry.control),
        well_known="\n".join(
            f"| `{community}` | {name} | {does} |" for community, (name, does) in WELL_KNOWN.items()
        ),
    )


def _row(entry: Entry) -> str:
    standard = f"`{_part(entry.standard[0])}:{_part(entry.standard[1])}`" if entry.standard else "none"
    return f"| {_large(entry)} | {standard} | {entry.meaning} |"


def _large(entry: Entry) -> str:
    if entry.function is None or entry.argument is None:
        return "none"
    return f"`rs:{entry.function}:{_part(entry.argument)}`"


def _part(part: Part) -> str:
    return part.value if isinstance(part, Blank) else str(part)
