"""The daemons under test, by name; one that is not installed is skipped by the tests that want it."""

from __future__ import annotations

import os
from pathlib import Path

BIRDS = {
    "bird2": Path("/usr/sbin/bird"),
    "bird3": Path(
        os.environ.get("ZTIX_BIRD3", str(Path(__file__).parents[2] / ".tools" / "bird3" / "bin" / "bird"))
    ),
}
