"""The daemons under test, by name; one that is not installed is skipped by the tests that want it."""

from __future__ import annotations

import os
import re
from pathlib import Path

from ztix.lab.daemons import Bird

BIRDS = {
    "bird2": Path("/usr/sbin/bird"),
    "bird3": Path(
        os.environ.get("ZTIX_BIRD3", str(Path(__file__).parents[2] / ".tools" / "bird3" / "bin" / "bird"))
    ),
}

SAME_S = 0.05


def up_since(member: Bird, session: str = "upstream") -> float:
    """Since which second of the day a session is up, -1 where it is not.

    BIRD works the time out anew at each question, so two answers may lie a millisecond or two apart: compare
    with SAME_S.
    """
    shown = member.ask(f"show protocols {session}")
    found = re.search(r" (\d\d):(\d\d):(\d\d\.\d+)\s+Established", shown)
    return int(found[1]) * 3600 + int(found[2]) * 60 + float(found[3]) if found else -1.0
