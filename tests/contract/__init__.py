"""Contracts with the outside: what real services answer, and what our doubles of them answer."""

import pytest

# comparisons live outside the test modules; a failing one shows its values only when rewritten
pytest.register_assert_rewrite("tests.contract.simulator_recorded")
