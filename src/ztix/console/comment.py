"""The one comment of ztix on a pull request: the verdict first, then why, then what comes next.

Law: pure. All that a pull request brings is foreign text: it goes through `safe`, or into a fence that it
cannot close. The text always fits a comment. What does not fit is left out by whole parts, and both a
sentence and the mark say so: what nobody could read in full is approved by nobody.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ztix.admission.auto import Condition
from ztix.admission.verdict import ByHand, Demand, State, Verdict
from ztix.amounts import fitting, plural
from ztix.console.plan import COMMENT_MAX, change_blocks
from ztix.console.report import finding_lines
from ztix.console.report import summary as count_findings
from ztix.console.safe import fenced, markdown, printable
from ztix.console.text import still
from ztix.diagnostics import Diagnostic, Report
from ztix.digests import canonical_digest
from ztix.forge import MARK
from ztix.plan import step_data

TITLE_MAX = 100  # characters of a title that are shown
STATUS_MAX = 140  # characters; what a commit status holds
RESULT_MAX = 12_000  # characters; what the result after the merge may take
ROOM = COMMENT_MAX - RESULT_MAX - 6_000  # what the parts may take: heading and sentences have the rest
_SHARES = {
    "demands": 14_000,
    "conditions": 4_000,
    "next": 6_000,
    "elsewhere": 4_000,
    "findings": 10_000,
    "by_hand": 4_000,
}
_HEADINGS = {
    State.READY: "ready",
    State.OPEN: "needs a maintainer",
    State.UNKNOWN: "could not be checked",
    State.REFUSED: "cannot be merged as it is",
}
_RESULTS = {
    State.READY: "ok",
    State.OPEN: "needs a maintainer",
    State.UNKNOWN: "could not be checked",
    State.REFUSED: "**no**",
}
_CODE = re.compile(r"`([^`]+)`")
_BEGIN, _END = "<!-- ztix result -->\n", "<!-- ztix result ends -->\n"
_RESULT = re.compile(f"^{_BEGIN}.*?^{_END}", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Comment:
    """The text, and whether anything of what decides was left out."""

    text: str
    truncated: bool


def render_comment(verdict: Verdict, conditions: Sequence[Condition] = ()) -> Comment:
    """The comment on a verdict. conditions: of merging without a maintainer; empty where policy wants one."""
    demands = _Part.of((_row(demand) for demand in verdict.demands), _SHARES["demands"])
    waits = _Part.of((_condition(condition) for condition in conditions), _SHARES["conditions"])
    coming = _Part.of((f"1. {_spoken(words)}" for words in verdict.next), _SHARES["next"])
    elsewhere = _Part.of(_elsewhere(verdict), _SHARES["elsewhere"])
    findings = _Part.of(map(_block, verdict.report), _SHARES["findings"])
    hands = _Part.of(map(_by_hand, verdict.by_hand), _SHARES["by_hand"])
    used = sum(part.size for part in (demands, waits, coming, elsewhere, findings, hands))
    plan = _Part.of(("\n".join(map(still, block)) for block in change_blocks(verdict.changes)), ROOM - used)
    truncated = any(part.missing for part in (demands, waits, findings, plan))
    text = "\n".join(
        line
        for block in (
            _head(verdict, truncated),
            _table(demands),
            _signing(hands),
            _findings(verdict.report, findings),
            _plan(verdict, plan),
            _listed("Without a maintainer", waits),
            _listed("Not from this pull request", elsewhere),
            _listed("What happens next", coming),
        )
        for line in block
    )
    return Comment(text.rstrip() + "\n", truncated)


def status_words(verdict: Verdict) -> str:
    """The verdict in the few words of a commit status."""
    open_demands = [demand for demand in verdict.demands if demand.state is verdict.state]
    why = f": {open_demands[0].what}" if open_demands and verdict.state is not State.READY else ""
    if verdict.report.has_errors:
        why = f": {count_findings(verdict.report)}"
    return printable(f"{verdict.title[:60]}: {_HEADINGS[verdict.state]}{why}", STATUS_MAX)


def with_result(text: str, result: str) -> str:
    """The comment with this result below its mark, in place of an earlier one. result: Markdown of ours."""
    mark, _, rest = text.partition("\n")
    if not mark.startswith(MARK):
        mark, rest = f"{MARK}v1 -->", text
    block = f"{_BEGIN}{result[:RESULT_MAX].rstrip()}\n{_END}\n"
    return f"{mark}\n{block}{_RESULT.sub('', rest).lstrip()}"[:COMMENT_MAX]


@dataclass(frozen=True, slots=True)
class _Part:
    """As many whole blocks as fit. missing: how many do not."""

    blocks: tuple[str, ...]
    missing: int

    @classmethod
    def of(cls, blocks: Iterator[str], room: int) -> _Part:
        return cls(*fitting(blocks, room))

    @property
    def size(self) -> int:
        """Characters, with a line end for each block."""
        return sum(len(block) + 1 for block in self.blocks)

    @property
    def note(self) -> list[str]:
        """The sentence that says what is left out."""
        if not self.missing:
            return []
        more = f"{self.missing} more {'is' if self.missing == 1 else 'are'} not shown here"
        return ["", f"**{more}; `ztix review` on a clone shows all.**"]


def _head(verdict: Verdict, truncated: bool) -> list[str]:
    head = re.sub(r"[^0-9a-f]", "", verdict.head)[:64]
    digest = canonical_digest(
        {
            "base": verdict.base,
            "head": verdict.head,
            "title": verdict.title,
            "demands": [[demand.what, demand.state.value, demand.words] for demand in verdict.demands],
            "findings": [[f.rule, f.severity.value, str(f.span), f.message] for f in verdict.report],
            "steps": [step_data(change) for change in verdict.changes],
        }
    )
    lines = [
        f"{MARK}v1 head={head} digest={digest} truncated={str(truncated).lower()} -->",
        f"### ztix: {markdown(verdict.title, TITLE_MAX)}: {_HEADINGS[verdict.state]}",
        "",
        f"Commit <code>{head[:12]}</code>, as a merge would leave the exchange now.",
        "",
    ]
    if truncated:
        lines += [
            "**This is longer than a comment and is cut, so nothing is merged by itself on its ground.**",
            "",
        ]
    return lines


def _row(demand: Demand) -> str:
    """One row of the table: nothing of it holds a line end or a bar."""
    advice = f"<br>**To do:** {_spoken(demand.help)}" if demand.help else ""
    return f"| {markdown(demand.what, 80)} | {_RESULTS[demand.state]} | {_spoken(demand.words)}{advice} |"


def _spoken(text: str) -> str:
    """A sentence with what stands between backticks as code: tags of ours around what is escaped as ever."""
    parts = _CODE.split(printable(text))
    return "".join(
        f"<code>{markdown(part)}</code>" if at % 2 else markdown(part) for at, part in enumerate(parts)
    )


def _table(demands: _Part) -> list[str]:
    head = ["| what | result | found |", "|---|---|---|"] if demands.blocks else []
    return [*head, *demands.blocks, *demands.note, ""]


def _condition(condition: Condition) -> str:
    sign = "holds" if condition.holds else "**does not hold**"
    return f"- {markdown(condition.name)}: {sign}: {markdown(condition.words)}"


def _elsewhere(verdict: Verdict) -> Iterator[str]:
    """What a run does or finds besides; none of it counts for or against the author."""
    for words in verdict.waiting:
        yield f"- {markdown(words)}"
    for finding in verdict.elsewhere:
        yield f"- {markdown(f'{finding.span}: {finding.severity.value} {finding.rule} {finding.message}')}"


def _block(finding: Diagnostic) -> str:
    return "\n".join(map(still, finding_lines(finding)))


def _findings(report: Report, part: _Part) -> list[str]:
    if not len(report):
        return []
    return [f"**Findings** {count_findings(report)}", "", fenced("\n".join(part.blocks)), *part.note, ""]


def _by_hand(hand: ByHand) -> str:
    """The lines of a shell that make one enclosure: what no ztix is needed for."""
    where = f"`{hand.path}` gets what these print, {hand.where}:"
    return f"{_spoken(where)}\n\n{fenced(chr(10).join(hand.lines))}"


def _signing(part: _Part) -> list[str]:
    if not part.blocks:
        return []
    words = "Paste it there, and add the file to this branch. A further edit of the member's file changes it."
    more = ["", "`ztix sign` makes the others, on a clone."] if part.missing else []
    return ["**To sign without a clone**", "", *part.blocks, words, *more, ""]


def _plan(verdict: Verdict, part: _Part) -> list[str]:
    if not verdict.changes:
        refused = verdict.state is State.REFUSED
        words = "none: it cannot be merged as it is" if refused else "a merge changes nothing on a fabric"
        return [f"**Plan** {words}.", ""]
    words = f"**Plan** {plural(len(verdict.changes), 'change')} on fabrics"
    body = "\n".join(part.blocks).strip("\n")
    shown = ["", f"<details><summary>{'The changes' if not part.missing else 'The first of them'}</summary>"]
    return [words, *shown, "", fenced(body), "</details>", *part.note, ""]


def _listed(heading: str, part: _Part) -> list[str]:
    return [f"**{heading}**", "", *part.blocks, *part.note, ""] if part.blocks or part.missing else []
