"""What members say to a route server, and what becomes of it, on both BIRDs: a test for each scenario.

Law: the scenarios are rows elsewhere. `pytest -k 'bird3 and LAN'` tries those that it names.
"""

from __future__ import annotations

import pytest

from tests.live.round_table import RoundTable, table
from tests.live.scenario import Scenario, holds
from tests.live.scenarios import SCENARIOS

__all__ = ["table"]
pytestmark = pytest.mark.live


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
def test_scenario_when_tried_ends_as_its_row_says(table: RoundTable, scenario: Scenario) -> None:
    """What a member says has the effect that its row tells, from the members' side."""
    holds(table, scenario)


def test_sessions_after_all_scenarios_have_not_flapped(table: RoundTable) -> None:
    """Whatever one member said, no other's session went down."""
    assert set(table.times_up().values()) == {1}
