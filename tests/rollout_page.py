"""The parts of `docs/rollout.md` that are made from the code: the diagram of the table, and the fault matrix.

Law: pure; the page's test compares, and `pytest --rewrite` writes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.live.fault_rows import ROWS, Row
from ztix.rollout import ENDS, Event, State, Step, advance


def diagram() -> str:
    """Every move between two states that some order of events leads to, as Mermaid draws it."""
    lines = ["```mermaid", "stateDiagram-v2", "  [*] --> unlocked: begin"]
    for (before, after), events in _moves().items():
        words = "anything else" if len(events) > len(Event) / 2 else ", ".join(one.value for one in events)
        lines.append(f"  {_id(before)} --> {_id(after)}: {words}")
    lines += [f"  {_id(state)} --> [*]" for state in ENDS]
    return "\n".join([*lines, "```"])


def _moves() -> dict[tuple[State, State], list[Event]]:
    """The events that lead from one state to another, without the ends."""
    moves: dict[tuple[State, State], list[Event]] = {}
    todo, seen = [advance(State.UNLOCKED, Event.BEGIN)[0]], {State.UNLOCKED}
    while todo:
        before = todo.pop(0)
        for event in Event:
            after, _ = advance(before, event)
            if before in ENDS or event is Event.BEGIN:
                continue
            moves.setdefault((before, after), []).append(event)
            if after not in seen:
                seen.add(after)
                todo.append(after)
    return moves


def _id(state: State) -> str:
    return state.value.replace("-", "_")


def steps() -> str:
    """The step that each state begins with, where there is one only."""
    rows = ["| state | what is done there |", "|---|---|"]
    for state in State:
        done = {
            advance(before, event)[1] for before in State for event in Event if _leads(before, event, state)
        }
        words = ", ".join(sorted(step.value for step in done if step is not Step.END))
        rows.append(f"| {state.value} | {words or 'nothing more'} |")
    return "\n".join(rows)


def _leads(before: State, event: Event, after: State) -> bool:
    return advance(before, event)[0] is after and before not in ENDS


def matrix() -> str:
    """The fault matrix, a line for each row."""
    return "\n".join(["| at | what happens | the rollout ends |", "|---|---|---|", *map(_row, ROWS)])


def _row(row: Row) -> str:
    ends = " or ".join(ended.value for ended in row.ends) or "with its client; the next run goes on"
    return f"| {row.step} | {row.fault} | {ends} |"


def filled(page: str) -> str:
    """The page with each made part in its place, between its two marks."""
    parts = {"diagram": diagram(), "steps": steps(), "matrix": matrix()}

    def fill(match: re.Match[str]) -> str:
        name = match[1]
        return f"<!-- begin {name} -->\n{parts[name]}\n<!-- end {name} -->"

    return re.sub(r"<!-- begin (\w+) -->\n.*?<!-- end \1 -->", fill, page, flags=re.DOTALL)


def marks(page: str) -> Iterator[str]:
    """The names of the made parts, in order."""
    return (match[1] for match in re.finditer(r"<!-- begin (\w+) -->", page))
