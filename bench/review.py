"""`ztix review` of one changed file in an exchange of 10,000 members: seconds of a cold process.

The floor is what any judge must pay who looks at all members: git lists the tree of the base and gives out
its blobs, in one process each. Three changes: a member edits its file, one joins, and one joins with an
address that is held already, where advice needs all members. Rounds take turns; ratios are of medians.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.reading import MEMBER, MEMBERS, write  # noqa: E402 - after the path to it

ROUNDS = int(os.environ.get("ZTIX_BENCH_ROUNDS", "5"))
ZTIX = Path(sys.executable).with_name("ztix")
FIRST = 4_200_000_000
AUTHOR = FIRST + 5_000  # the member in the middle
JOINING = FIRST + 20_000
GIT = [
    "git",
    "-c",
    "user.name=bench",
    "-c",
    "user.email=bench@localhost",
    "-c",
    "commit.gpgSign=false",
    "-c",
    "gc.auto=0",
]


def git(folder: Path, *words: str, asked: bytes = b"") -> bytes:
    return subprocess.run([*GIT, *words], cwd=folder, input=asked, capture_output=True, check=True).stdout


def offer(folder: Path, name: str, asn: int, text: str) -> None:
    """A branch that changes one member's file."""
    git(folder, "switch", "--quiet", "--create", name, "main")
    (folder / "members" / f"AS{asn}.yaml").write_text(text)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", name)
    git(folder, "switch", "--quiet", "main")


def review(folder: Path, head: str, author: int) -> list[str]:
    return [str(ZTIX), "review", "--base", "main", "--head", head, "--author-id", str(author), "--offline"]


def seconds(folder: Path, words: Sequence[str]) -> float:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    began = time.perf_counter()
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, check=False)
    if done.returncode not in (0, 3, 4, 7):
        sys.exit(done.stderr.decode())
    return time.perf_counter() - began


def floor(folder: Path) -> float:
    began = time.perf_counter()
    listing = git(folder, "ls-tree", "-r", "main", "--", "members").splitlines()
    blobs = b"\n".join(line.split()[2] for line in listing)
    git(folder, "cat-file", "--batch", "--buffer", asked=blobs + b"\n")
    return time.perf_counter() - began


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder)
        git(folder, "init", "--quiet", "--initial-branch=main")
        git(folder, "add", "--all")
        git(folder, "commit", "--quiet", "--message", "10,000 members")
        git(folder, "gc", "--quiet")
        edited = MEMBER.format(asn=AUTHOR, node=0x1000000000 + 5_000, host=16 + 5_000).replace(": 50", ": 60")
        offer(folder, "edit", AUTHOR, edited)
        joins = MEMBER.format(asn=JOINING, node=0x2000000000, host=16 + 20_000)
        offer(folder, "join", JOINING, joins)
        offer(folder, "clash", JOINING, joins.replace(f"::{16 + 20_000:x}", f"::{16 + 5_000:x}"))
        cases = {"edit": AUTHOR, "join": JOINING, "clash": JOINING}
        seconds(folder, review(folder, "edit", AUTHOR))  # leaves the compiled modules
        rounds = [
            {"floor": floor(folder)}
            | {each: seconds(folder, review(folder, each, who)) for each, who in cases.items()}
            for _ in range(ROUNDS)
        ]
        best = {each: min(took[each] for took in rounds) for each in ("floor", *cases)}
        medians = {each: statistics.median(took[each] for took in rounds) for each in ("floor", *cases)}
        print(
            f"git cat-file of {MEMBERS} members: median {medians['floor']:.2f} s, best {best['floor']:.2f} s"
        )
        for each in cases:
            ratio = medians[each] / medians["floor"]
            took = f"median {medians[each]:.2f} s, best {best[each]:.2f} s"
            print(f"ztix review in a cold process, {each}: {took}, ratio {ratio:.1f}")


if __name__ == "__main__":
    main()
