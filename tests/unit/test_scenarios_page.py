"""docs/scenarios.md is made from the live scenarios, and no feature is without a proof or a decision."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.live.feature_table import FEATURES, Feature, page, proofs
from tests.live.scenarios import SCENARIOS

ROOT = Path(__file__).parents[2]


def test_scenarios_page_is_made_from_the_scenarios(golden: Callable[[Path, str], None]) -> None:
    """`pytest --rewrite` writes it."""
    golden(ROOT / "docs" / "scenarios.md", page(SCENARIOS))


@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.name)
def test_feature_has_a_proof_or_a_decision(feature: Feature) -> None:
    """A row has scenarios or tests, or the decision to leave it out; what it names is there."""
    assert proofs(feature, SCENARIOS)
    assert bool(feature.decision) != bool(
        [p for p in proofs(feature, SCENARIOS) if not p.startswith("[left out]")]
    )
    assert not feature.decision or (ROOT / "docs" / "adr" / feature.decision).exists()
    for test in feature.tests:
        file, name = test.split("::")
        assert re.search(rf"^def {name}\(", (ROOT / file).read_text(), re.M), test


def test_scenarios_stand_for_features_of_the_table() -> None:
    """No scenario stands for something that the table does not have, and no two have one name."""
    known = {feature.name for feature in FEATURES}
    assert {name for scenario in SCENARIOS for name in scenario.features} <= known
    assert len({str(scenario) for scenario in SCENARIOS}) == len(SCENARIOS)


def test_scenarios_of_attackers_are_many() -> None:
    """At least thirty things that an attacker would try, not counting the second family."""
    assert len({scenario.name for scenario in SCENARIOS if scenario.attack}) >= 30
