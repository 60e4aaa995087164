"""A run that is killed at one of its steps: the next ones make everything whole, by themselves."""

from __future__ import annotations

import os

import pytest

from tests.live.killing import STEPS, Killing, killing
from ztix.lab.stage import BIRD3

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root; run `sudo make test`"),
    pytest.mark.skipif(not BIRD3.exists(), reason="BIRD 3 is not installed; scripts/install-bird gets it"),
]
__all__ = ["killing"]  # the fixture


def test_run_killed_at_a_step_is_made_whole_by_the_next(killing: Killing) -> None:
    """Ahead of and after each verb that a route server is asked for."""
    for step in STEPS:
        killing.change()
        (killing.stage.folder / "kill").write_text(step)
        code, said = killing.run()
        assert code == -9, (step, said)
        killing.converge(step)
        killing.assert_whole(step)


@pytest.mark.parametrize("lines", [("applying: 0 of",), ("rs1: observe",)])
def test_run_killed_around_its_writes_to_the_fabric_is_made_whole(
    killing: Killing, lines: tuple[str, ...]
) -> None:
    """Before the first write to the fabric, and right after the last."""
    killing.change()
    with killing.start() as process:
        assert process.stdout is not None
        for said in process.stdout:
            if said.startswith(lines):
                process.kill()
                break
    assert process.returncode == -9
    killing.converge(lines[0])
    killing.assert_whole(lines[0])
