"""How often a run logs in to a route server: once, whatever it does there."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ztix.lab.stage import BIRD2, Stage, running_stage

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root; run `sudo make test`"),
]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """An exchange with a route server that nothing was rolled out to, without routers of members."""
    with running_stage(tmp_path_factory.mktemp("one")) as made:
        made.add_route_server("rs1", BIRD2)
        made.found()
        yield made


def asked(stage: Stage, *words: str) -> tuple[int, int]:
    """How many connections and how many requests a run of the program makes."""
    log = stage.folder / "rs1" / "sshd" / "sshd.log"
    before = log.read_text()
    done = subprocess.run(
        stage.words(*words), cwd=stage.exchange, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, (done.stdout, done.stderr)
    said = log.read_text()[len(before) :]
    return said.count("Accepted publickey"), said.count("Starting session:")


def test_run_logs_in_once_and_asks_an_unchanged_server_once(stage: Stage) -> None:
    """Plan and rollout share the connection; where there is nothing to do, one round trip tells."""
    connections, requests = asked(stage, "reconcile")
    assert connections == 1
    assert requests > 5
    assert asked(stage, "reconcile") == (1, 1)
    assert asked(stage, "plan", "--ref", "HEAD") == (1, 1)
    assert Path(stage.folder / "rs1" / "bird.conf").stat().st_size > 1000
