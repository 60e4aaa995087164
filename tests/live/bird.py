"""The daemons under test, by name; one that is not installed is skipped by the tests that want it."""

from __future__ import annotations

import os
import re
from datetime import datetime
from pathlib import Path

from ztix.lab.daemons import Bird

BIRDS = {
    "bird2": Path("/usr/sbin/bird"),
    "bird3": Path(
        os.environ.get("ZTIX_BIRD3", str(Path(__file__).parents[2] / ".tools" / "bird3" / "bin" / "bird"))
    ),
}

SAME_S = 0.25
"""A restart moves the time by far more: who lost a session waits before it asks for another."""


def up_since(member: Bird, session: str = "upstream") -> float:
    """Since which second of the day a session is up, -1 where it is not.

    BIRD works the time out anew at each question, by two clocks that it reads one after the other, so two
    answers may lie milliseconds apart, and more on a machine that is busy: compare with SAME_S.
    """
    shown = member.ask(f"show protocols {session}")
    found = re.search(r" (\d\d):(\d\d):(\d\d\.\d+)\s+Established", shown)
    return int(found[1]) * 3600 + int(found[2]) * 60 + float(found[3]) if found else -1.0


def reconfigured(bird: Bird) -> float:
    """When it last read a configuration, by its own word. To be compared like `up_since`."""
    line = next(line for line in bird.ask("show status").splitlines() if line.startswith("Last reconfig"))
    return datetime.fromisoformat(line.partition(" on ")[2]).timestamp()


def listening(bird: Bird, sessions: str = "") -> int:
    """How many of these sessions can be opened from outside. A daemon that is up need not be that far."""
    return bird.ask(f"show protocols {sessions}").count(" Passive")
