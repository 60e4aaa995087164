"""`ztix review` of one changed file in an exchange of 10,000 members: seconds of a cold process.

The floor is what any judge must pay who looks at all members: git lists the tree of the base and gives out
its blobs, in one process each. Three changes: a member edits its file, one joins, and one joins with an
address that is held already, where advice needs the addresses of all members. Rounds take turns; ratios are
of medians. CPU time is that of the process and of all that it starts; on a machine that does something else
besides it tells more than the clock.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
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


def review(folder: Path, head: str, author: int) -> None:
    words = [str(ZTIX), "review", "--base", "main", "--head", head, "--author-id", str(author), "--offline"]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, check=False)
    if done.returncode not in (0, 3, 4, 7):
        sys.exit(done.stderr.decode())


def floor(folder: Path) -> None:
    listing = git(folder, "ls-tree", "-r", "main", "--", "members").splitlines()
    blobs = b"\n".join(line.split()[2] for line in listing)
    git(folder, "cat-file", "--batch", "--buffer", asked=blobs + b"\n")


def measured(work: Callable[[], None]) -> tuple[float, float]:
    """Seconds by the clock, and of CPU in child processes."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    work()
    took, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return took, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


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
        cases: dict[str, Callable[[], None]] = {
            "git cat-file": partial(floor, folder),
            "edit": partial(review, folder, "edit", AUTHOR),
            "join": partial(review, folder, "join", JOINING),
            "address clash": partial(review, folder, "clash", JOINING),
        }
        cases["edit"]()  # leaves the compiled modules
        rounds = [{each: measured(work) for each, work in cases.items()} for _ in range(ROUNDS)]
    print(f"{MEMBERS} members, {ROUNDS} rounds; ztix review in a cold process")
    for each in cases:
        for unit, words in enumerate(("by the clock", "of CPU")):
            took = [one[each][unit] for one in rounds]
            ratio = statistics.median(took) / statistics.median(one["git cat-file"][unit] for one in rounds)
            figures = f"median {statistics.median(took):.2f} s, best {min(took):.2f} s, ratio {ratio:.1f}"
            print(f"{each}, {words}: {figures}")


if __name__ == "__main__":
    main()
