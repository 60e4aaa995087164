"""Which of many open pull requests are taken when not all can be."""

from __future__ import annotations

import pytest

from ztix.cli.forge import in_turn

MANY = tuple(range(60, 0, -1))


def test_submissions_when_few_are_all_taken_in_their_order() -> None:
    """Nothing is left out without need, whatever the turn."""
    assert in_turn(MANY[:25], 25, 7) == MANY[:25]
    assert in_turn((), 25, 7) == ()


@pytest.mark.parametrize("most", [1, 2, 7, 25, 59])
def test_submissions_when_many_are_all_taken_in_turn(most: int) -> None:
    """What moved last is always among them, and nothing waits for ever."""
    taken = [in_turn(MANY, most, turn) for turn in range(120)]
    assert all(len(set(each)) == len(each) == most for each in taken)
    assert all(each[: most // 2] == MANY[: most // 2] for each in taken)
    assert {number for each in taken for number in each} == set(MANY)
