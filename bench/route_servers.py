"""What the configuration of a route server costs, beside ARouteServer and a bare floor in the same run.

`bench/route_servers.py [MEMBERS…]`, 1,000 by default: dual-stack, with IRR data as uneven as real ones.
ARouteServer works from a warm cache, ztix and the floor from files. Each figure is of a whole process, the
least of rounds that took turns. Prints, and judges nothing.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.peer import arouteserver  # noqa: E402 - after the path to it
from bench.peer.arouteserver import ARouteServer  # noqa: E402 - as above
from bench.peer.crowd import crowd, write_exchange  # noqa: E402 - as above
from bench.peer.process import Cost, best, run  # noqa: E402 - as above

ROUNDS = 3
PEER_MAX = 2_000  # members; beyond, ARouteServer would take the rest of an hour
TRANSIT_FREE = f"transit_free: [{arouteserver.TRANSIT_FREE}]\n"
ROUTING = (
    TRANSIT_FREE
    + """\
bogon_asns_allowed: ["4200000000-4200099999"]
never_via: [2914, 3491]
blackhole: {members: listed}
irr: {max_age_h: 87600}
rov: {caches: [{host: 127.0.0.1, port: 8282}]}
"""
)
# What parses the texts, the route server that is told so, and the dialect of ARouteServer's that it can read.
BIRDS = (
    ("2.0.12", "rs1", "/usr/sbin/bird", "2.0.11"),
    ("3.1", "rs2", str(ROOT / ".tools/bird3/bin/bird"), "3.0"),
)
ZTIX = Path(sys.executable).with_name("ztix")


def main(counts: list[int]) -> None:
    for count in counts or [1_000]:
        members = crowd(count)
        print(f"{count} members, {2 * count} sessions", flush=True)
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write_exchange(folder / "exchange", members, ROUTING, [bird[0] for bird in BIRDS])
            peer = None
            if count <= PEER_MAX:
                place = arouteserver.environment(ROOT)
                peer = arouteserver.prepare(place, folder / "arouteserver", members)
            write_speed(folder, peer)
            for version, server, bird, target in BIRDS:
                if shutil.which(bird):
                    parse_speed(folder, peer, (version, server, bird, target))
                else:
                    print(f"  `{bird}` is not there; scripts/install-bird brings it")


def render(folder: Path, output: Path, *only: str) -> Cost:
    chosen = [word for name in only for word in ("--only", name)]
    return run([ZTIX, "--exchange", folder / "exchange", "render", *chosen, "--out", output])


def write_speed(folder: Path, peer: ARouteServer | None) -> None:
    theirs_text = folder / "arouteserver.conf"
    if peer:
        run(peer.command("2.0.11", theirs_text))  # fills its cache
    own, floor, theirs = [], [], []
    bare = [sys.executable, ROOT / "bench/peer/floor.py", folder / "exchange", folder / "floor.conf"]
    for _ in range(ROUNDS):
        own.append(render(folder, folder / "out"))
        floor.append(run(bare))
        if peer:
            theirs.append(run(peer.command("2.0.11", theirs_text)))
    mine, least = best(own), best(floor)
    row("write both configurations", "ztix", mine)
    row("write one", "floor", least, f"ratio {mine.wall / least.wall:.2f}")
    if theirs:
        other = best(theirs)
        row("write one", "ARouteServer", other, f"ratio {other.wall / mine.wall:.1f}")


def parse_speed(folder: Path, peer: ARouteServer | None, bird: tuple[str, str, str, str]) -> None:
    version, server, program, target = bird
    own_text, their_text = folder / "out" / f"{server}.conf", folder / f"arouteserver-{target}.conf"
    own, theirs = [], []
    if peer:
        run(peer.command(target, their_text))
    for _ in range(ROUNDS):
        own.append(run([program, "-p", "-c", own_text]))
        if peer:
            theirs.append(run([program, "-p", "-c", their_text]))
    mine, size = best(own), own_text.stat().st_size
    row(f"bird -p, {version}", "ztix", mine, f"{size / 1e6:.1f} MB")
    if theirs:
        other, their_size = best(theirs), their_text.stat().st_size
        row(f"bird -p, {version}", "ARouteServer", other, f"{their_size / 1e6:.1f} MB")
        ratios = mine.wall / other.wall, mine.memory / other.memory, size / their_size
        print("  ratios: time {:.2f}, memory {:.2f}, size {:.2f}".format(*ratios), flush=True)


def row(what: str, who: str, cost: Cost, more: str = "") -> None:
    figures = f"{cost.wall:7.2f} s {cost.cpu:7.2f} s CPU {cost.memory:6.0f} MB"
    print(f"  {what:<26}{who:>12} {figures}   {more}".rstrip(), flush=True)


if __name__ == "__main__":
    main([int(word) for word in sys.argv[1:]])
