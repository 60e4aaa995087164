"""docs/doctor.md, from the table.

Law: pure; returns a string.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ztix.diagnosis.facts import STEPS
from ztix.diagnosis.table import TABLE


def page() -> str:
    """docs/doctor.md: every diagnosis, in the order of the chain."""
    return "\n".join(_page()) + "\n"


def _page() -> Iterator[str]:
    yield "# What `ztix doctor` finds"
    yield ""
    yield "`ztix doctor AS64500` walks from a member's file to its prefixes, for each node, and stops at the"
    yield "first break: what is wrong, whose turn it is, and what to type. It reads git, `ztix-state`, the"
    yield "fabrics and the route servers, and writes nothing. It exits with 0 where nothing is wrong, 6 where"
    yield "something is, and 7 where something did not answer, so that nobody knows."
    yield ""
    yield "| step | diagnosis | what is wrong | whose turn | what to do |"
    yield "|---|---|---|---|---|"
    for step in STEPS:
        for one in TABLE:
            if one.step == step:
                cells = (step, f"`{one.name}`", _braces(one.says), one.turn, _braces(one.do))
                yield f"| {' | '.join(cells)} |"


def _braces(text: str) -> str:
    return re.sub(r"\{(\w+)\}", lambda match: match[1].upper(), text)
