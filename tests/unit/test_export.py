"""What a client gets: the steps of the export filter and the communities that members steer by."""

from __future__ import annotations

import re
from pathlib import Path

from ztix.drivers.templates import load_default_templates
from ztix.routeserver import EXPORT_STEPS

ROOT = Path(__file__).parents[2]


def test_export_steps_are_numbered_from_one_without_a_gap() -> None:
    """The number of a step is its place."""
    assert [step.number for step in EXPORT_STEPS] == list(range(1, len(EXPORT_STEPS) + 1))
    assert len({step.name for step in EXPORT_STEPS}) == len(EXPORT_STEPS)


def test_export_steps_have_a_template_each_and_no_template_is_left_over() -> None:
    """A step without its lines, or lines without a step, would be decided by nobody."""
    held = {path for path in load_default_templates() if path.startswith("bird/export/")}
    assert held == {step.template for step in EXPORT_STEPS}


def test_filters_document_tells_the_export_steps_as_they_are() -> None:
    """docs/filters.md has a row for each export step with its number, name and references, and no other."""
    text = (ROOT / "docs" / "filters.md").read_text()
    rows = re.findall(r"^\| ([0-9]+) \| `([a-z-]+)` \| ([^|]+?) \| ([^|]+?) \|$", text, re.M)
    assert rows == [
        (str(step.number), str(step.name), str(step.title), str(step.references)) for step in EXPORT_STEPS
    ]


def test_export_steps_that_withhold_come_before_those_that_amend() -> None:
    """Nothing is amended for a client that does not get the route."""
    kinds = [step.withholds for step in EXPORT_STEPS]
    assert kinds == sorted(kinds, reverse=True)
