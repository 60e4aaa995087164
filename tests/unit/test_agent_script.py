"""The remote end's script with a birdc by hand: what it takes for the same moment."""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path

import pytest

from ztix.agent import script

TEXT = "protocol device {}\n# end of configuration\n"
DIGEST = hashlib.sha256(TEXT.encode()).hexdigest()
RECORDED = "2026-01-02 03:04:05.000"
BIRDC = """\
#!/bin/sh
cat <<'END'
BIRD 2.0.12
Last reboot on {reboot}
Last reconfiguration on {now}
Daemon is up and running
END
"""


def status(folder: Path, now: str, reboot: str = "2025-12-31 00:00:00.000") -> dict[str, str]:
    """What the agent says of itself when birdc tells these times, and the state has RECORDED."""
    (folder / "state").mkdir()
    (folder / "state" / "running").write_text(f"{DIGEST} {RECORDED}\n")
    (folder / "bird.conf").write_text(TEXT)
    (folder / "birdc").write_text(BIRDC.format(now=now, reboot=reboot))
    (folder / "birdc").chmod(0o755)
    (folder / "ztix-agent").write_text(script())
    lines = {"conf": "bird.conf", "control": "bird.ctl", "bird": "birdc", "birdc": "birdc", "state": "state"}
    (folder / "agent.conf").write_text("".join(f"{key} {folder}/{name}\n" for key, name in lines.items()))
    said = subprocess.run(
        ["sh", folder / "ztix-agent", folder / "agent.conf"],
        env={**os.environ, "SSH_ORIGINAL_COMMAND": "status"},
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    ).stdout
    return dict(line.split(" ", 1) for line in said.splitlines() if " " in line)


@pytest.mark.parametrize("now", [RECORDED, "2026-01-02 03:04:05.001", "2026-01-02 03:04:04.999"])
def test_agent_takes_times_a_millisecond_apart_for_one(tmp_path: Path, now: str) -> None:
    """BIRD works its times out anew for each question; what runs is still what was recorded."""
    assert status(tmp_path, now)["running"] == DIGEST


@pytest.mark.parametrize(
    "now", ["2026-01-02 03:04:05.100", "2026-01-02 03:04:06.000", "03:04:05.000 oops", "x"]
)
def test_agent_takes_any_other_time_for_another_configuration(tmp_path: Path, now: str) -> None:
    """Somebody else's `configure` leaves another time, and then nobody knows what runs."""
    assert status(tmp_path, now)["running"] == "none"


def test_agent_takes_a_daemon_started_anew_for_what_is_on_disk(tmp_path: Path) -> None:
    """A daemon whose start is its last reconfiguration, within a millisecond, has read the file."""
    answer = status(tmp_path, "2026-01-03 00:00:00.000", reboot="2026-01-02 23:59:59.999")
    assert answer["running"] == DIGEST
