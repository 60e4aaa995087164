"""A run that is killed at any moment: the next ones make everything whole, by themselves."""

from __future__ import annotations

import contextlib
import os
import random
import subprocess

import pytest

from tests.live.killing import MOMENTS, SEED, Killing, killing
from ztix.lab.stage import BIRD3

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root; run `sudo make test`"),
    pytest.mark.skipif(not BIRD3.exists(), reason="BIRD 3 is not installed; scripts/install-bird gets it"),
]
__all__ = ["killing"]  # the fixture


@pytest.mark.parametrize("number", range(MOMENTS))
def test_run_killed_at_any_moment_is_made_whole_by_the_next(killing: Killing, number: int) -> None:
    """Twenty moments spread over the whole of a run, one at random from each stretch."""
    chance = random.Random(SEED + number)  # noqa: S311 - moments, not secrets
    moment = killing.length_s * (number + chance.random()) / MOMENTS
    context = f"ZTIX_SEED={SEED}, moment {number}: {moment:.2f} of {killing.length_s:.2f} s"
    killing.change()
    with killing.start() as process:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=moment)
        process.kill()
    killing.converge(context)
    killing.assert_whole(context)
