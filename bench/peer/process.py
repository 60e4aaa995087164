"""A child process with what it cost: seconds of the clock, seconds of a core, peak memory.

Run as a program it is the parent of that child: peak memory counts from the fork on, so a parent must be
small.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Cost:
    """wall and cpu in seconds (with children that ended); memory in MB, of the process itself at its peak."""

    wall: float
    cpu: float
    memory: float


def run(command: Sequence[str | Path]) -> Cost:
    """Run it to its end. Raises SystemExit with its last words where it fails."""
    parent = [sys.executable, "-I", "-S", __file__]
    done = subprocess.run([*parent, *command], check=False, capture_output=True, text=True, errors="replace")
    if done.returncode:
        raise SystemExit(f"{command[0]} ended with {done.returncode}: {done.stderr[-2000:]}")
    return Cost(**json.loads(done.stdout))


def best(costs: Sequence[Cost]) -> Cost:
    """The least of each figure: other work on the machine only adds."""
    return Cost(*(min(getattr(cost, name) for cost in costs) for name in ("wall", "cpu", "memory")))


def main(command: list[str]) -> int:
    began = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    wall, cpu = time.perf_counter() - began, usage.ru_utime + usage.ru_stime
    print(json.dumps({"wall": wall, "cpu": cpu, "memory": usage.ru_maxrss / 1024}))
    return child.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
