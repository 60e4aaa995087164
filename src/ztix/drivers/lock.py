"""One run at a time on this machine for one exchange.

Touches: one lock file in the repository's git folder. The kernel gives the lock back when the process ends,
however it ends, so a killed run leaves nothing to clean up.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ztix.drivers.repository import repository
from ztix.errors import Locked, Usage


@contextmanager
def run_lock(root: Path, holder: str) -> Iterator[None]:
    """Hold the lock of the exchange at `root`. Raises Locked, naming the holder, where another run has it."""
    path = Path(repository(root).common_dir) / "ztix.lock"
    try:
        file = path.open("a+", encoding="utf-8")
    except OSError as error:
        raise Usage(
            f"the lock file `{path}` cannot be opened: {error.strerror}", help="check who owns it"
        ) from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            name = "".join(c for c in file.read(200) if c.isprintable()) or "a run that has not named itself"
            raise Locked(
                f"another run holds the exchange at `{root}`: {name}", help="wait for its end"
            ) from None
        file.truncate(0)
        file.write(f"{holder}, process {os.getpid()}\n")
        file.flush()
        yield
        file.truncate(0)
