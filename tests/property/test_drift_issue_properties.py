"""Whatever somebody named a node or wrote beside a network, the issue about drift is text."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.property.test_comment_properties import ACTS, CHANGE, HOSTILE, LINKS, outside_fences, read
from tests.world import Laboratory
from ztix.console.drift_issue import drift_issue, issue_json, read_issue
from ztix.console.plan import COMMENT_MAX
from ztix.drift import drift
from ztix.forge import ISSUE_MARK
from ztix.hand_edit import HandEdit, Runs
from ztix.plan import STRANGER, Note
from ztix.reconcile import Planned, reconcile
from ztix.terms import Label

NOTES = st.lists(st.builds(Note, HOSTILE, HOSTILE.map(lambda text: f"{STRANGER}{text}")), max_size=3)
EDITS = st.lists(
    st.builds(HandEdit, st.just(Label("rs1")), st.sampled_from(Runs), st.lists(HOSTILE).map(tuple)),
    max_size=2,
)


@cache
def live() -> Planned:
    """A drift of nothing."""
    lab = Laboratory()
    reconcile(lab.world, "HEAD")
    return drift(lab.world)


@settings(max_examples=60, deadline=None)
@given(st.lists(CHANGE, min_size=1, max_size=4), NOTES, EDITS, st.integers(1, 200))
def test_issue_when_all_of_it_is_hostile_is_text(
    changes: list[object], notes: list[Note], edits: list[HandEdit], times: int
) -> None:
    """No mention, link, tag or command comes out of it, its fence holds, and it fits an issue."""
    planned = live()
    made = replace(
        planned.plan,
        changes=tuple(changes) * times,  # type: ignore[arg-type]  # changes, as the strategy builds them
        notes=tuple(notes),
        strangers=len(notes),
    )
    found = drift_issue(replace(planned, plan=made, edits=tuple(edits)))
    text, tokens = found.text, read(found.text)
    assert len(text) <= COMMENT_MAX
    assert read_issue(issue_json(found).encode()) == found
    html = [t.content for t in tokens if t.type == "html_block"]
    assert len(html) == 1
    assert html[0].startswith(ISSUE_MARK)
    assert [t.type for t in tokens].count("fence") == 1
    inline = [child for token in tokens for child in token.children or ()]
    tags = [t.content for t in inline if t.type == "html_inline"]
    assert tags == ["<code>", "</code>"]
    assert not {t.type for t in inline} & {"link_open", "image"}
    assert not any(ACTS.search(t.content) for t in inline if t.type == "text")
    assert not LINKS.search(outside_fences(text))
    assert not any(line.lstrip().startswith("::") for line in text.splitlines())
    assert "##[" not in text
    assert all(line.isprintable() for line in text.split("\n"))
