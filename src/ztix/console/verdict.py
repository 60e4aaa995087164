"""A verdict as text for people and JSON for programs; returns strings, prints nothing.

Law: the verdict first, what to do next last. Whatever the author wrote goes through `safe` or an encoder.
Meaning never rests on colour: each demand begins with a word.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from typing import Literal, TypeAlias

from ztix.admission.verdict import State, Verdict
from ztix.console.json_text import json_text
from ztix.console.plan import change_blocks
from ztix.console.report import finding_data, finding_lines, summary
from ztix.console.safe import printable
from ztix.console.text import Style, painted
from ztix.plan import step_data

VerdictForm: TypeAlias = Literal["text", "json", "markdown"]
WIDTH = 100  # columns of a line
_STYLES = {
    State.READY: Style.NOTE,
    State.OPEN: Style.WARNING,
    State.UNKNOWN: Style.WARNING,
    State.REFUSED: Style.ERROR,
}
_WORDS = {State.READY: "ok", State.OPEN: "open", State.UNKNOWN: "unknown", State.REFUSED: "refused"}
_INDENT = 27  # columns before what was found
_COLOURS = re.compile("\x1b\\[[0-9;]*m")


def verdict_text(verdict: Verdict, *, colour: bool = False) -> str:
    """The verdict for a terminal."""
    return "".join(f"{line}".rstrip() + "\n" for line in _lines(verdict, colour=colour))


def _lines(verdict: Verdict, *, colour: bool) -> Iterator[str]:
    state = painted(verdict.state.value, _STYLES[verdict.state], colour=colour)
    yield f"{printable(verdict.title, 200)}: {state}"
    yield painted(f"commit {verdict.head[:12]}, merged into {verdict.base[:12]}", Style.FAINT, colour=colour)
    if verdict.demands:
        yield ""
    for demand in verdict.demands:
        word = painted(f"{_WORDS[demand.state]:<8}", _STYLES[demand.state], colour=colour)
        head = f"  {word} {printable(demand.what, 40):<15} "
        yield from _hung(head, demand.words)
        if demand.help:
            lines = _hung(f"{'':>{_INDENT}}help: ", demand.help)
            yield from (painted(line, Style.FAINT, colour=colour) for line in lines)
    if len(verdict.report):
        yield ""
        for finding in verdict.report:
            yield from finding_lines(finding, colour=colour)
        yield summary(verdict.report)
    for block in change_blocks(verdict.changes):
        yield from block
    yield from _aside(verdict)
    if verdict.next:
        yield ""
        yield "Next"
        for number, step in enumerate(verdict.next, start=1):
            yield from _hung(f"  {number}. ", step)


def _hung(head: str, words: str) -> Iterator[str]:
    """The words in lines below each other, the first behind the head. What needs no colour has none."""
    indent = len(_COLOURS.sub("", head))
    lines = textwrap.wrap(printable(words, 1000), WIDTH - indent, break_on_hyphens=False)
    for number, line in enumerate(lines or [""]):
        if number == 0:
            yield f"{head}{line}"
        else:  # a CI runner takes what follows blanks for the beginning of a line
            yield " " * indent + (line.replace("::", ": :", 1) if line.startswith("::") else line)


def _aside(verdict: Verdict) -> Iterator[str]:
    if verdict.waiting or len(verdict.elsewhere):
        yield ""
        yield "Not from this change"
    for words in verdict.waiting:
        yield f"  {printable(words, WIDTH * 2)}"
    for finding in verdict.elsewhere:
        words = f"{finding.span}: {finding.severity.value} {finding.rule} {finding.message}"
        yield f"  {printable(words, WIDTH * 2)}"


def verdict_json(verdict: Verdict) -> str:
    """The verdict for programs: `ztix.verdict.v1`."""
    return json_text(verdict_data(verdict), sort_keys=True)


def verdict_data(verdict: Verdict) -> dict[str, object]:
    """The verdict as JSON."""
    return {
        "schema": "ztix.verdict.v1",
        "base": verdict.base,
        "head": verdict.head,
        "title": verdict.title,
        "state": verdict.state.name.lower(),
        "demands": [
            {
                "what": demand.what,
                "state": demand.state.name.lower(),
                "words": demand.words,
                "help": demand.help,
            }
            for demand in verdict.demands
        ],
        "findings": [finding_data(finding) for finding in verdict.report],
        "elsewhere": [finding_data(finding) for finding in verdict.elsewhere],
        "steps": [step_data(change) for change in verdict.changes],
        "waiting": list(verdict.waiting),
        "next": list(verdict.next),
    }
