"""The corpus, what is in files and what they are called: each gets its verdict, and none acts on a reader."""

from __future__ import annotations

import pytest

from tests.hostile.conftest import Judge
from tests.hostile.outcome import (
    assert_as_the_row_says,
    assert_each_reason_has_a_next_step,
    assert_harmless,
)
from tests.hostile.pull import Pull
from tests.hostile.rows import CONTENTS
from tests.hostile.rows.injection import PAYLOADS
from ztix.console.comment import render_comment


@pytest.mark.parametrize("pull", CONTENTS, ids=lambda pull: pull.name)
def test_review_of_contents_ends_as_its_row_says(pull: Pull, verdict_on: Judge) -> None:
    """The exit code, the reasons and the advice, and nothing that acts on whoever reads them."""
    verdict, code = verdict_on(pull)
    assert_as_the_row_says(pull, verdict, code)
    assert_each_reason_has_a_next_step(verdict)
    assert_harmless(verdict)


@pytest.mark.parametrize("name", PAYLOADS)
def test_comment_on_an_injection_has_none_of_its_markup_outside_of_code(name: str, verdict_on: Judge) -> None:
    """Word for word, a payload stands in code blocks only."""
    rows = [pull for pull in CONTENTS if pull.name in (f"name-{name}", f"everywhere-{name}", f"file-{name}")]
    assert len(rows) == 3
    for pull in rows:
        comment = render_comment(verdict_on(pull)[0]).text
        in_code = False
        for line in comment.splitlines():
            if line.startswith("```"):
                in_code = not in_code
                continue
            assert in_code or PAYLOADS[name] not in line, line
