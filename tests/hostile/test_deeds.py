"""The corpus, what people do: each pull request gets its verdict, and each verdict says what to do next."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.hostile.conftest import Judge
from tests.hostile.outcome import (
    assert_as_the_row_says,
    assert_each_reason_has_a_next_step,
    assert_harmless,
)
from tests.hostile.pull import Must, Pull
from tests.hostile.rows import DEEDS, PULLS


@pytest.mark.parametrize("pull", DEEDS, ids=lambda pull: pull.name)
def test_review_of_a_deed_ends_as_its_row_says(pull: Pull, verdict_on: Judge) -> None:
    """The exit code, the reasons and the advice, and nothing that acts on whoever reads them."""
    verdict, code = verdict_on(pull)
    assert_as_the_row_says(pull, verdict, code)
    assert_each_reason_has_a_next_step(verdict)
    assert_harmless(verdict)


def test_corpus_has_many_rows_of_each_end() -> None:
    """It could not be green by refusing all, nor by letting all pass."""
    assert len({pull.name for pull in PULLS}) == len(PULLS) >= 500
    ends = Counter(pull.must for pull in PULLS)
    assert ends[Must.PASS] >= 90
    assert min(ends[each] for each in Must) >= 20
    assert all(pull.says or pull.must is Must.PASS for pull in PULLS)
