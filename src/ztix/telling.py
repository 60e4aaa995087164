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
from ztix.console.result import is_live, render_live, render_result, render_waiting
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


def tell(
    forge: Forge,
    receipts: Iterable[dict[str, object]],
    main_line: MainLine,
    tip: str,
    live: str | None = None,
) -> TellingEnd:
    """Tell each pull request of the main line what became of it; one that was told it is live, no more.

    receipts: the last first.  tip: of the main line.  live: the commit from which the run was made that ended
    well just now; it has no receipt where it had nothing to do.  Raises Unavailable where the forge does not
    answer.
    """
    read = [told for data in islice(receipts, RECEIPTS_MAX) if (told := read_told(data)) is not None]
    if not read:
        return TellingEnd((), ())
    last, since = read[0], first_well(read)
    ran = {each.commit for each in main_line(since, last.revision)}
    well = {each.commit for each in main_line(since, live)} if live is not None else set[str]()
    numbers, refused = list[int](), list[Refused]()
    for each in main_line(since, tip):
        number = forge.merged_as(each.commit)
        before = "" if number is None else forge.told(number) or ""
        if number is None or is_live(before):
            continue
        if live is not None and each.commit in well and last.revision != live:
            result = render_live(live, each.members)
        elif each.commit in ran:
            result = render_result(last, lines(last, each.members))
        else:
            result = render_waiting(each.commit)
        try:
            forge.tell(number, with_result(before, result))
            numbers.append(number)
        except Refused as error:  # one that is locked keeps the result from no other
            refused.append(error)
    return TellingEnd(tuple(numbers), tuple(refused))
