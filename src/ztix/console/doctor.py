"""What a diagnosis found, as text or JSON; returns strings, prints nothing.

Law: what members and route servers wrote passes through `printable`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import Literal, TypeAlias

from ztix.console.json_text import json_text
from ztix.console.safe import printable
from ztix.diagnosis import STEPS
from ztix.examination import Examined
from ztix.plan import Note

DoctorForm: TypeAlias = Literal["text", "json"]
TURNS = {"member": "the member's", "maintainer": "a maintainer's", "nobody": "nobody's"}


def render_doctor(
    examined: Sequence[Examined], notes: Sequence[Note], form: DoctorForm, *, width: int = 100
) -> str:
    """Each node's chain up to its first break, and what to do there."""
    if form == "json":
        return json_text(_data(examined, notes))
    return "".join(f"{line}\n" for line in _lines(examined, width))


def _lines(examined: Sequence[Examined], width: int) -> Iterator[str]:
    for one in examined:
        node = f", node {one.facts.node}" if one.facts.node else ""
        yield f"{printable(one.name)}{node}"
        if one.found is None:
            yield f"  well: {', '.join(STEPS)}"
            yield f"  turn: {TURNS['nobody']}"
            continue
        row = one.found.diagnosis
        before = STEPS[: STEPS.index(row.step)]
        if before:
            yield f"  well: {', '.join(before)}"
        word = "unknown" if row.unknown else "wrong"
        yield from _wrapped(f"{word}: {row.step}: {printable(one.found.says)}", width)
        yield f"  turn: {TURNS[row.turn]}"
        yield from _wrapped(f"do: {printable(one.found.do)}", width)


def _wrapped(text: str, width: int) -> list[str]:
    return wrap(text, width, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False)


def _data(examined: Sequence[Examined], notes: Sequence[Note]) -> dict[str, object]:
    return {
        "schema": "ztix.doctor.v1",
        "nodes": [_node(one) for one in examined],
        "notes": [{"subject": note.subject, "text": note.text} for note in notes],
    }


def _node(one: Examined) -> dict[str, object]:
    found = one.found
    return {
        "name": one.name,
        "node": one.facts.node or None,
        "diagnosis": found.diagnosis.name if found else None,
        "step": found.diagnosis.step if found else None,
        "turn": found.diagnosis.turn if found else None,
        "says": found.says if found else None,
        "do": found.do if found else None,
    }
