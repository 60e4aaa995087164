"""Thousands of random stories of a rollout, told against the model of a route server.

`ZTIX_SEEDS=10000` tells so many here; the soak run tells 100,000. A story that fails is told again by its
seed: `check(SEED)` of `tests/simulation/story.py`.
"""

from __future__ import annotations

import os
from collections import Counter

import pytest

from tests.simulation.story import check
from ztix.rollout import Ended

SEEDS = int(os.environ.get("ZTIX_SEEDS", "2000"))


def assert_promises_hold(seeds: range) -> Counter[Ended | None]:
    """Tell the stories; every promise that one broke is shown with its seed."""
    ends: Counter[Ended | None] = Counter()
    broken = {}
    for seed in seeds:
        ended, promises = check(seed)
        ends[ended] += 1
        if promises:
            broken[seed] = promises
    assert broken == {}
    return ends


def test_rollout_in_any_story_leaves_the_route_server_whole() -> None:
    """It runs one of two texts, its file is that text, the receipt says which, a second run converges."""
    ends = assert_promises_hold(range(SEEDS))
    # A change that made every story end early would make the promises cheap.
    assert ends.keys() >= set(Ended) - {Ended.SKIPPED} | {None}
    assert min(ends[Ended.CONFIRMED], ends[Ended.REVERTED]) > SEEDS / 10
    assert ends[Ended.STUCK] < SEEDS / 50


@pytest.mark.soak
def test_rollout_in_very_many_stories_leaves_the_route_server_whole() -> None:
    """The same, for as many stories as a machine tells in two minutes."""
    assert_promises_hold(range(10**6, 10**6 + 100_000))
