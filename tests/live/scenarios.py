"""All scenarios of announcements, in the order in which they are tried."""

from __future__ import annotations

from tests.live.scenario import Scenario
from tests.live.scenarios_control import ASKED
from tests.live.scenarios_import import TAKEN
from tests.live.scenarios_wire import CRAFTED

SCENARIOS: tuple[Scenario, ...] = (*TAKEN, *ASKED, *CRAFTED)
