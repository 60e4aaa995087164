"""Backup, drill, loss and return of a controller, against the simulator and a real ZeroTier One."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.contract.fabric_real import is_isolating
from tests.contract.recovery_story import told_with_the_simulator
from ztix.drivers.drill_controller import simulated


def test_controller_that_is_lost_comes_back_by_its_copy_and_by_git_alone(tmp_path: Path) -> None:
    """Every member is as before, the drill finds nothing to do, and no token is printed."""
    told_with_the_simulator(tmp_path, simulated)


def test_real_controller_that_is_lost_comes_back_too(tmp_path: Path) -> None:
    """The same story, where there is nothing but loopback, with the drill in a place of its own."""
    program = os.environ.get("ZTIX_ZEROTIER_ONE")
    if not program:
        pytest.skip("ZTIX_ZEROTIER_ONE names no zerotier-one")
    if not is_isolating():
        pytest.skip("this machine lets us make no network namespace")
    words = ["unshare", "-rn", sys.executable, "-m", "tests.contract.recovery_story", str(tmp_path), program]
    told = subprocess.run(words, capture_output=True, text=True, timeout=300, check=False)
    assert told.returncode == 0, told.stderr
