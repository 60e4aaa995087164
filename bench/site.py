"""`ztix site build` of an exchange of 1,000 members with a history: seconds of a cold process.

The floor is what anything costs that tells of a commit: `ztix export csv`, which reads and checks the same
exchange and makes the configurations of its route servers. Prints medians of rounds that took turns.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.reading import MEMBER, POLICY  # noqa: E402 - after the path to it
from bench.review import GIT, ZTIX  # noqa: E402 - after the path to it

ROUNDS = int(os.environ.get("ZTIX_BENCH_ROUNDS", "5"))
MEMBERS = 1_000
AT_ONCE = 20  # members that join with one commit
FIRST = 4_200_000_000


def git(folder: Path, *words: str) -> None:
    subprocess.run([*GIT, *words], cwd=folder, capture_output=True, check=True)


def write(folder: Path) -> None:
    (folder / "policy").mkdir()
    (folder / "members").mkdir()
    git(folder, "init", "--quiet", "--initial-branch=main")
    for name, text in POLICY.items():
        (folder / "policy" / f"{name}.yaml").write_text(text)
    for number in range(MEMBERS):
        text = MEMBER.format(asn=FIRST + number, node=0x1000000000 + number, host=16 + number)
        (folder / "members" / f"AS{FIRST + number}.yaml").write_text(text)
        if (number + 1) % AT_ONCE == 0:
            git(folder, "add", "--all")
            git(folder, "commit", "--quiet", "--message", f"{number + 1} members")


def seconds(folder: Path, *words: str) -> float:
    began = time.perf_counter()
    done = subprocess.run([str(ZTIX), *words], cwd=folder, capture_output=True, check=False)
    if done.returncode != 0:
        sys.exit(done.stderr.decode())
    return time.perf_counter() - began


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        exchange = folder / "ix"
        exchange.mkdir()
        write(exchange)
        rounds = [
            (
                seconds(exchange, "export", "csv"),
                seconds(exchange, "site", "build", "--out", str(folder / f"site-{number}")),
            )
            for number in range(ROUNDS)
        ]
        least, best = (statistics.median(part) for part in zip(*rounds, strict=True))
        print(f"ztix export csv, {MEMBERS} members: {least:.2f} s")
        print(f"ztix site build, {MEMBERS} members: {best:.2f} s, ratio {best / least:.2f} (cold process)")


if __name__ == "__main__":
    main()
