"""Whole exchanges in folders: the repository's own and one of real networks, through every verb in memory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.world import NOW, Laboratory
from ztix.console.plan import render_plan
from ztix.console.report import render_report
from ztix.drivers.git_tree import read_work_tree
from ztix.errors import Exit
from ztix.evidence_files import evidence
from ztix.reconcile import check, plan, reconcile

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
EXCHANGES = {"example-ix": ROOT, "evix-2021": ROOT / "examples" / "evix-2021"}
Golden = Callable[[Path, str], None]


@pytest.fixture(scope="module", params=EXCHANGES)
def exchange(request: pytest.FixtureRequest) -> tuple[str, Laboratory]:
    """One exchange from its folder, with its evidence, on an empty network."""
    tree = read_work_tree(EXCHANGES[request.param])
    texts = {path: (entry.content or b"").decode() for path, entry in tree.entries.items()}
    lab = Laboratory(texts)
    lab.evidence, damage = evidence(tree, NOW)
    assert damage.findings == ()
    return request.param, lab


def test_check_of_an_exchange_is_as_recorded(exchange: tuple[str, Laboratory], golden: Golden) -> None:
    """No error, and every finding as it was when somebody last looked."""
    name, lab = exchange
    report = check(lab.world, None)
    assert not report.has_errors
    golden(HERE / "exchanges" / f"{name}.check.txt", render_report(report, form="text"))


def test_plan_of_an_exchange_is_as_recorded(exchange: tuple[str, Laboratory], golden: Golden) -> None:
    """The first plan makes everything, for the places in git that it names."""
    name, lab = exchange
    golden(HERE / "exchanges" / f"{name}.plan.txt", render_plan(plan(lab.world, "HEAD"), "text"))


def test_reconcile_of_an_exchange_is_done_in_one_run(exchange: tuple[str, Laboratory]) -> None:
    """One run makes it live, a second finds nothing to do, its files in another order change no byte."""
    _, lab = exchange
    assert reconcile(lab.world, "HEAD").exit is Exit.DONE
    texts = {name: server.running for name, server in lab.servers.items()}
    lab.files = dict(reversed(lab.files.items()))
    lab.commit()
    again = reconcile(lab.world, "HEAD")
    assert (again.exit, again.planned.plan.is_empty) == (Exit.DONE, True)
    assert {name: server.running for name, server in lab.servers.items()} == texts
