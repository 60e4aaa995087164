"""How a row of the fault matrix is played, on a real sshd and a real BIRD.

Law: `play` is the only place that judges a row. The tests are in a file for each BIRD, because the whole run
waits for them longest, and one process has one file.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.live.bird import BIRDS, SAME_S
from tests.live.fault_rows import ROWS, Row
from tests.live.matrix_lab import MatrixLab, running_matrix_lab
from tests.live.rollout_lab import digest
from ztix.lab.daemons import wait_until
from ztix.rollout import Ended

needs_root = pytest.mark.skipif(
    os.geteuid() != 0, reason="a disk of its own needs root; run `sudo make test`"
)
each_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)


@pytest.fixture(scope="module")
def matrix_lab(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[MatrixLab]:
    """One lab for all rows, with the daemon that the file of tests names in BIRD."""
    program = BIRDS[request.module.BIRD]
    if not program.exists():
        pytest.skip(f"{request.module.BIRD} is not installed; scripts/install-bird gets it")
    with running_matrix_lab(program, tmp_path_factory.mktemp("matrix")) as lab:
        yield lab


def play(lab: MatrixLab, row: Row) -> None:
    """It runs one of two texts, its file is that text, the receipt names no other, a next run converges."""
    lab.wait_for_members()
    old, new = lab.on_disk(), lab.text(row.text)
    stood = {name: lab.since(name) for name in lab.members if name not in row.flaps}
    rollout = lab.play(row, new)
    lab.mend()
    status = lab.settled()
    runs = lab.on_disk()
    assert runs in (old, new)
    assert lab.runs(runs)
    assert (lab.runs(old), lab.runs(new)) == (runs == old, runs == new)
    assert status.file == digest(runs)
    if rollout is not None:
        assert rollout.ended in row.ends, rollout
        assert rollout.running in (None, digest(runs)), rollout
        assert rollout.detail.isprintable()
        assert (runs == new) == (rollout.ended is Ended.CONFIRMED), rollout
    good = new if row.text == "good" else lab.text("good")
    again = lab.deploy(good, holder="run-2")
    assert again.ended in (Ended.CONFIRMED, Ended.UNCHANGED), again
    assert (lab.on_disk(), lab.runs(good), lab.status().running) == (good, True, digest(good))
    stands = {name: lab.since(name) for name in stood}
    assert stands == pytest.approx(stood, abs=SAME_S), "a session of a member flapped"
    wait_until(lambda: lab.status().holder is None, 60, "the lock is given back")
