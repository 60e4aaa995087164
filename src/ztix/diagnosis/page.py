"""docs/doctor.md, from the tables.

Law: pure; returns a string.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ztix.diagnosis.exchange_table import CHECKS
from ztix.diagnosis.facts import STEPS
from ztix.diagnosis.table import TABLE


def page() -> str:
    """docs/doctor.md: every diagnosis of a member in the order of the chain, and of the exchange."""
    return "\n".join((*_member(), "", *_exchange())) + "\n"


def _member() -> Iterator[str]:
    yield "# What `ztix doctor` finds"
    yield ""
    yield "It exits with 0 where nothing is wrong, 6 where something is, and 7 where something did not"
    yield "answer, so that nobody knows. It writes nothing."
    yield ""
    yield "## A member"
    yield ""
    yield "`ztix doctor AS64500` walks from a member's file to its prefixes, for each node, and stops at the"
    yield "first break: what is wrong, whose turn it is, and what to type. It reads git, `ztix-state`, the"
    yield "fabrics and the route servers."
    yield ""
    yield "| step | diagnosis | what is wrong | whose turn | what to do |"
    yield "|---|---|---|---|---|"
    for step in STEPS:
        for one in TABLE:
            if one.step == step:
                cells = (step, f"`{one.name}`", _braces(one.says), one.turn, _braces(one.do))
                yield f"| {' | '.join(cells)} |"


def _exchange() -> Iterator[str]:
    yield "## The exchange"
    yield ""
    yield "`ztix doctor` without a member looks at what the exchange itself goes by, and tells all of it: a"
    yield "row for each thing, well, wrong or unknown. What nobody can tell, as an agent the time of its"
    yield "machine, is unknown and nobody's turn, and changes no exit. Where policy has errors it exits with"
    yield "3, and looks at what it can without. Secrets open what they are for, and are never printed; of"
    yield "their files it tells who may read them."
    yield ""
    yield "| area | diagnosis | what is wrong | whose turn | what to do |"
    yield "|---|---|---|---|---|"
    for checks in CHECKS:
        for fault in checks.faults:
            name = f"`{fault.name}`" + (" (unknown)" if fault.unknown else "")
            yield f"| {checks.area} | {name} | {_braces(fault.says)} | {fault.turn} | {_braces(fault.do)} |"


def _braces(text: str) -> str:
    return re.sub(r"\{(?:\w+\.)?(\w+)(?::[^}]*)?\}", lambda match: match[1].upper(), text)
