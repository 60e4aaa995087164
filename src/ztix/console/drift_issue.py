"""The one issue about drift: what moved without git, in a title and a text.

Law: pure. Names and addresses are foreign text: they stand in a fence that they cannot close, or go through
`safe`. The text is read by everybody, so a file that was edited by hand is counted and not shown. No time is
in it and nothing that moves by itself: the same drift has the same text.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Literal

from pydantic import Field, ValidationError

from ztix.amounts import fitting, plural
from ztix.console.json_text import json_text
from ztix.console.plan import COMMENT_MAX, change_blocks, deploy_line
from ztix.console.safe import fenced, markdown, printable
from ztix.console.text import still
from ztix.digests import canonical_digest
from ztix.drift import has_moved
from ztix.forge import ISSUE_MARK
from ztix.hand_edit import HandEdit
from ztix.plan import STRANGER
from ztix.reconcile import Planned
from ztix.shape import Model

TITLE_MAX = 200  # characters; a title here has about 60
ROOM = COMMENT_MAX - 4_000  # characters of what moved; sentences have the rest
SILENT_NAMED = 20
GONE = "What is live is again what git says: nothing differs any more.\n"
DO = """**What to do**

- Nobody meant it: the next run of `ztix reconcile` puts it back, and a gate that holds it back says so there.
- It is meant: bring it into git by a pull request, or the next run undoes it.
- A node that is in no file stays until `ztix fabric forget NODE`.
- A route server's file: `ztix drift`, where its key is, shows line by line what was edited.

`ztix drift` keeps this issue: it follows what moves, and is closed when nothing differs any more.
"""


class DriftIssue(Model):
    """What is to be told of a drift. moved: whether anything did.  silent: who did not answer, so that of
    them nothing is known.  title, text: of the issue, empty where nothing moved."""

    version: Literal["ztix.drift.v1"] = Field("ztix.drift.v1", alias="schema")
    moved: bool
    silent: tuple[str, ...] = ()
    title: str = Field("", max_length=TITLE_MAX)
    text: str = Field("", max_length=COMMENT_MAX)


def drift_issue(planned: Planned) -> DriftIssue:
    """The issue on a drift."""
    silent = tuple(map(str, planned.silent))
    if not has_moved(planned):
        return DriftIssue(moved=False, silent=silent)
    count = len(planned.plan.changes) + len(planned.plan.deploys)
    parts = [plural(count, "change")] if count else []
    if strangers := planned.plan.strangers:
        parts.append(f"{plural(strangers, 'node')} in no file")
    title = f"What is live is not what git says: {', '.join(parts)}"
    body = _body(planned)
    digest = canonical_digest([title, body])
    return DriftIssue(moved=True, silent=silent, title=title, text=f"{ISSUE_MARK}digest={digest} -->\n{body}")


def issue_json(issue: DriftIssue) -> str:
    """As `read_issue` reads it."""
    return json_text(issue.model_dump(by_alias=True))


def read_issue(text: bytes) -> DriftIssue | None:
    """What `issue_json` wrote; None where it is something else."""
    try:
        found = DriftIssue.model_validate(json.loads(text))
    except (ValueError, ValidationError, RecursionError):
        return None
    marked = found.text.startswith(ISSUE_MARK) and bool(found.title)
    return found if marked == found.moved else None


def _body(planned: Planned) -> str:
    shown, missing = fitting(map(still, _lines(planned)), ROOM)
    revision = markdown(planned.gathered.exchange.revision[:12])
    lines = [
        f"What is live differs from commit <code>{revision}</code>, the last that was made live. To mend it:",
        "",
        fenced("\n".join(shown).strip("\n")),
    ]
    if missing:
        lines += [f"**{plural(missing, 'more line')}; `ztix drift` shows all.**", ""]
    if planned.silent:
        named = ", ".join(f"`{name}`" for name in planned.silent[:SILENT_NAMED])
        lines += [f"**Not known**, because they did not answer: {named}.", ""]
    return "\n".join(lines) + "\n" + DO


def _lines(planned: Planned) -> Iterator[str]:
    for block in change_blocks(planned.plan.changes):
        yield from block
    if planned.plan.deploys:
        yield ""
        yield "route servers"
        yield from map(deploy_line, planned.plan.deploys)
    yield from _edits(planned.edits)
    strangers = [note for note in planned.plan.notes if note.text.startswith(STRANGER)]
    if strangers:
        yield ""
        yield "in no file"
        yield from (f"    {printable(note.subject)} {STRANGER}" for note in strangers)


def _edits(edits: tuple[HandEdit, ...]) -> Iterator[str]:
    """How many lines differ, never which: this text is public, and a secret may be among them."""
    edited = [edit for edit in edits if edit.lines or edit.more]
    if edited:
        yield ""
        yield "by hand"
    for edit in edited:
        count = sum(line[:1] in "+-" for line in edit.lines[2:]) + edit.more
        yield f"    {edit.route_server}: its file was edited, about {plural(count, 'line')}"
