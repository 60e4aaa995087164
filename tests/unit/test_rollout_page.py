"""The page about rollouts says what the table and the fault matrix say."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.live.fault_rows import ROWS
from tests.rollout_page import diagram, filled, marks
from ztix.rollout import State

PAGE = Path(__file__).resolve().parents[2] / "docs" / "rollout.md"


def test_rollout_page_shows_the_table_and_the_matrix_as_they_are(golden: Callable[[Path, str], None]) -> None:
    """The diagram, the steps and the matrix on the page are made from the code; `--rewrite` writes them."""
    page = PAGE.read_text()
    assert list(marks(page)) == ["diagram", "steps", "matrix"]
    golden(PAGE, filled(page))


def test_rollout_diagram_has_every_state() -> None:
    """No state of the table is missing from the diagram."""
    drawn = diagram()
    assert all(f"--> {state.value.replace('-', '_')}" in drawn for state in State)


def test_fault_matrix_has_each_row_once() -> None:
    """No two rows have one name, so that a failing one is found."""
    names = [row.name for row in ROWS]
    assert len(set(names)) == len(names)
