"""Every diagnosis is created by a fault somewhere: on real BIRDs, on a controller, in real files.

Law: reads the tables of those tests and runs none of them. Each of their rows is keyed by the diagnosis that
it must lead to, and the test that takes the row says so.
"""

from __future__ import annotations

import ast
import inspect
from types import ModuleType

import pytest

from tests.contract import test_doctor as in_files
from tests.live import test_diagnosis as on_loopback
from tests.live import test_doctor as on_stage
from ztix.diagnosis import CHECKS, TABLE

MEMBER: tuple[tuple[ModuleType, str], ...] = (
    (on_stage, "FAULTS"),
    (on_stage, "UNKNOWN"),
    (on_loopback, "FAULTS"),
    (on_loopback, "NEVER_ENDS"),
    (in_files, "FAULTS"),
)
EXCHANGE: tuple[tuple[ModuleType, str], ...] = (
    (on_stage, "EXCHANGE_FAULTS"),
    (on_stage, "BROKEN"),
    (in_files, "EXCHANGE_FAULTS"),
    (in_files, "RELEASES"),
)


def created(tables: tuple[tuple[ModuleType, str], ...]) -> set[str]:
    """The names that these tables' rows must lead to."""
    return {name for module, table in tables for name in getattr(module, table)}


def test_every_diagnosis_of_a_member_is_created_by_a_fault_somewhere() -> None:
    """A new diagnosis needs a fault that leads to it, and no row is of one that is gone."""
    assert created(MEMBER) == {one.name for one in TABLE}


def test_every_diagnosis_of_the_exchange_is_created_by_a_fault_somewhere() -> None:
    """As for members."""
    assert created(EXCHANGE) == {fault.name for checks in CHECKS for fault in checks.faults}


@pytest.mark.parametrize(("module", "table"), [*MEMBER, *EXCHANGE])
def test_table_of_faults_is_taken_by_a_test(module: ModuleType, table: str) -> None:
    """A row that no test takes would create nothing."""
    functions = [one for one in ast.parse(inspect.getsource(module)).body if isinstance(one, ast.FunctionDef)]
    tests = [one for one in functions if one.name.startswith("test_")]
    names = {node.id for one in tests for node in ast.walk(one) if isinstance(node, ast.Name)}
    assert table in names
