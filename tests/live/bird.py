"""One BIRD daemon with its own configuration, control socket, pid file and log, in the foreground.

Law: touches its own folder, and ends what it started, by its pid. The wrapper that runs a newer suite's BIRD
ends in `exec`, so the pid is the daemon's own there too.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

BIRDS = {
    "bird2": Path("/usr/sbin/bird"),
    "bird3": Path(
        os.environ.get("ZTIX_BIRD3", str(Path(__file__).parents[2] / ".tools" / "bird3" / "bin" / "bird"))
    ),
}
"""The daemons under test, by name; one that is not installed is skipped by the tests that want it."""


@dataclass(frozen=True, slots=True)
class Bird:
    """A running BIRD."""

    program: Path
    folder: Path
    pid: int

    @property
    def conf(self) -> Path:
        """The file that it was started with."""
        return self.folder / "bird.conf"

    @property
    def control(self) -> Path:
        """Its control socket."""
        return self.folder / "bird.ctl"

    @property
    def birdc(self) -> Path:
        """The client that came with it."""
        return self.program.with_name("birdc")

    def ask(self, command: str) -> str:
        """What birdc prints for this command."""
        argv = [self.birdc, "-s", self.control, command]
        return subprocess.run(argv, capture_output=True, text=True, timeout=20, check=False).stdout

    def session_is_up(self, name: str) -> bool:
        """Whether the BGP protocol with this name is established."""
        return "Established" in self.ask(f"show protocols {name}")

    def has_route(self, prefix: str) -> bool:
        """Whether there is a route to exactly this prefix."""
        return prefix in self.ask(f"show route {prefix}")


@contextlib.contextmanager
def running_bird(program: Path, folder: Path, text: str | None = None) -> Iterator[Bird]:
    """A daemon that runs `text`, or what its folder's `bird.conf` holds already."""
    folder.mkdir(parents=True, exist_ok=True)
    if text is not None:
        (folder / "bird.conf").write_text(text)
    bird_argv = [
        program,
        "-f",
        "-c",
        folder / "bird.conf",
        "-s",
        folder / "bird.ctl",
        "-P",
        folder / "bird.pid",
    ]
    with (folder / "bird.err").open("ab") as sink, subprocess.Popen(bird_argv, stderr=sink) as process:
        bird = Bird(program, folder, process.pid)
        try:
            wait_until(lambda: "Daemon is up" in bird.ask("show status"), 10, "BIRD is up")
            yield bird
        finally:
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()


def wait_until(condition: Callable[[], bool], seconds: float, what: str) -> None:
    """Return as soon as the condition holds; fail where it does not in this time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not so after {seconds} s: {what}")
        time.sleep(0.05)
