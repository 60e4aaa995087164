"""The verb `tell`: writes into the pull requests that runs brought what became of them.

Law: reads receipts and git's main line, writes comments through the Forge, and nothing else. It needs no
secret of a fabric. All that was merged since the last run that ended well is told anew, because a later run
may have brought what an earlier one could not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice

from ztix.console.comment import with_result
from ztix.console.result import render_result, render_waiting
from ztix.errors import Refused
from ztix.forge import Forge
from ztix.receipt_told import Brought, first_well, lines, read_told

RECEIPTS_MAX = 30  # runs that are looked back on

MainLine = Callable[[str | None, str], tuple[Brought, ...]]
"""The commits after one and up to another, the newest first."""


@dataclass(frozen=True, slots=True)
class TellingEnd:
    """told: the pull requests whose comment has the result now.  refused: those that the forge refused."""

    told: tuple[int, ...]
    refused: tuple[Refused, ...]


def tell(forge: Forge, receipts: Iterable[dict[str, object]], main_line: MainLine, tip: str) -> TellingEnd:
    """Tell each pull request of the main line what became of it.

    receipts: the last first.  tip: of the main line.  Raises Unavailable where the forge does not answer.
    """
    read = [told for data in islice(receipts, RECEIPTS_MAX) if (told := read_told(data)) is not None]
    if not read:
        return TellingEnd((), ())
    last, since = read[0], first_well(read)
    ran = {each.commit for each in main_line(since, last.revision)}
    numbers, refused = list[int](), list[Refused]()
    for each in main_line(since, tip):
        number = forge.merged_as(each.commit)
        if number is None:
            continue
        result = render_waiting(each.commit)
        if each.commit in ran:
            result = render_result(last, lines(last, each.members))
        try:
            forge.tell(number, with_result(forge.told(number) or "", result))
            numbers.append(number)
        except Refused as error:  # one that is locked keeps the result from no other
            refused.append(error)
    return TellingEnd(tuple(numbers), tuple(refused))
