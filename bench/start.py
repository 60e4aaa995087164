"""What it takes to start: `ztix --help` beside `import click`, the library it starts with, in the same run.

Prints the median of both and their ratio; the machine's speed cancels out.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

ROUNDS = 15
OWN = [sys.executable, "-m", "ztix", "--help"]
BARE = [sys.executable, "-c", "import click"]


def seconds(words: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def main() -> None:
    """Both in turns, so that a change of the machine's load meets both."""
    own, bare = [], []
    for _ in range(ROUNDS):
        own.append(seconds(OWN))
        bare.append(seconds(BARE))
    mine, other = statistics.median(own), statistics.median(bare)
    figures = f"ztix {mine * 1e3:9.3f} ms   click {other * 1e3:9.3f} ms"
    print(f"{'ztix --help':<34} {figures}   ratio {mine / other:.2f}")


if __name__ == "__main__":
    main()
