"""How much of many things a text tells: numbers, first names, what fits."""

from __future__ import annotations

import pytest

from ztix.amounts import few, fitting, plural


@pytest.mark.parametrize(("number", "text"), [(0, "0 nodes"), (1, "1 node"), (2, "2 nodes")])
def test_number_is_counted_with_its_noun(number: int, text: str) -> None:
    """Only one is singular."""
    assert plural(number, "node") == text


@pytest.mark.parametrize(("most", "text"), [(1, "a and 2 more"), (2, "a, b and 1 more"), (3, "a, b, c")])
def test_names_when_more_than_one_line_has_are_counted(most: int, text: str) -> None:
    """The first ones are named, and nothing is said of more where there are none."""
    assert few(["a", "b", "c"], most) == text


def test_names_are_joined_as_asked() -> None:
    """A space does where names have no comma between them."""
    assert few(["a", "b", "c"], 2, " ") == "a b and 1 more"


@pytest.mark.parametrize(
    ("room", "taken", "missing"),
    [(0, (), 3), (3, ("ab",), 2), (8, ("ab", "cdef"), 1), (10, ("ab", "cdef", "g"), 0)],
)
def test_parts_that_fit_are_taken_whole(room: int, taken: tuple[str, ...], missing: int) -> None:
    """Each takes its characters and a line end, and after the first that does not fit there is none."""
    assert fitting(["ab", "cdef", "g"], room) == (taken, missing)


def test_parts_when_a_long_one_does_not_fit_lack_the_short_ones_behind_it() -> None:
    """What is left out is an end, so that nobody takes a text with a hole for the whole."""
    assert fitting(["a", "long", "b"], 5) == (("a",), 2)
