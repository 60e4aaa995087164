"""The website of the example in this repository: the same bytes as last time."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest

from tests.golden.test_exports import NOW, held
from tests.unit.test_site import applied, receipt
from ztix.drivers.templates import load_default_templates
from ztix.routeserver import views
from ztix.site import Record, Register, Source, Turn, build

SITE = Path(__file__).parent / "site"
START = datetime(2025, 3, 1, tzinfo=UTC)


@cache
def pages() -> dict[str, str]:
    """The example with a past: a member joined each month, and there were six runs."""
    exchange, evidence = held("example-ix")
    asns = [file.member.asn for file in exchange.members]
    turns = tuple(
        Turn(START + timedelta(days=30 * month), f"{month:040x}", asn, True) for month, asn in enumerate(asns)
    )
    records = tuple(
        Record(receipt(f"2026-{month:02}-09T04:05:06Z", 0, "applied"), applied(6 * month))
        for month in range(9, 3, -1)
    )
    exchange = replace(exchange, revision="0" * 40)
    made = Source(exchange, evidence, tuple(views(exchange, evidence)), NOW, Register(turns), records)
    return build(made, load_default_templates())


@pytest.mark.parametrize("file", ["members/AS64501.html", "policy.html", "feed.xml"])
def test_site_of_the_example_is_as_recorded(file: str, golden: Callable[[Path, str], None]) -> None:
    """The bytes that a reviewer has seen."""
    golden(SITE / file.replace("/", "-"), pages()[file])


def test_plots_of_the_example_are_as_recorded(golden: Callable[[Path, str], None]) -> None:
    """Members from git, sessions from the records of runs."""
    plots = re.findall(r"<svg.*?</svg>\n", pages()["status.html"], re.S)
    assert len(plots) == 2
    golden(SITE / "plots.svg", "".join(plots))
