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
from bench.peer.crowd import Someone, crowd, write_exchange  # noqa: E402 - as above
from bench.peer.process import Cost, best, run  # noqa: E402 - as above

ROUNDS = 3
TRANSIT_FREE = f"transit_free: [{arouteserver.TRANSIT_FREE}]\n"
ROUTING = """\
bogon_asns_allowed: ["4200000000-4200099999"]
rov: {caches: [{host: 127.0.0.1, port: 8282}]}
"""
# What parses the texts, and the dialect of ARouteServer's that it can read.
BIRDS = (("/usr/sbin/bird", "2.0.11"), (str(ROOT / ".tools/bird3/bin/bird"), "3.0"))
ZTIX = Path(sys.executable).with_name("ztix")


def main(counts: list[int]) -> None:
    environment = arouteserver.environment(ROOT)
    for count in counts or [1_000]:
        with tempfile.TemporaryDirectory() as name:
            measure(Path(name), environment, crowd(count))


def measure(folder: Path, environment: Path, members: tuple[Someone, ...]) -> None:
    print(f"{len(members)} members, {2 * len(members)} sessions")
    exchange = folder / "exchange"
    write_exchange(exchange, members, ROUTING, ["2.0.12", "3.1"])
    peer = arouteserver.prepare(environment, folder / "arouteserver", members)
    write_speed(folder, exchange, peer)
    for bird, target in BIRDS:
        parse_speed(folder, peer, bird, target)


def render(exchange: Path, output: Path, *only: str) -> Cost:
    chosen = [word for name in only for word in ("--only", name)]
    return run([ZTIX, "--exchange", exchange, "render", *chosen, "--out", output])


def write_speed(folder: Path, exchange: Path, peer: arouteserver.ARouteServer) -> None:
    theirs_text = folder / "arouteserver.conf"
    run(peer.command("2.0.11", theirs_text))  # fills its cache
    one, two, floor, theirs = [], [], [], []
    for _ in range(ROUNDS):
        one.append(render(exchange, folder / "one", "rs1"))
        two.append(render(exchange, folder / "two"))
        floor.append(run([sys.executable, ROOT / "bench/peer/floor.py", exchange, folder / "floor.conf"]))
        theirs.append(run(peer.command("2.0.11", theirs_text)))
    own, bare, other = best(one), best(floor), best(theirs)
    print(f"  write one configuration       ztix {shown(own)}")
    print(f"                               floor {shown(bare)}   ratio {own.wall / bare.wall:.2f}")
    print(f"                        ARouteServer {shown(other)}   ratio {other.wall / own.wall:.1f}")
    print(f"  and a second route server     ztix {best(two).wall - own.wall:.2f} s more")


def parse_speed(folder: Path, peer: arouteserver.ARouteServer, bird: str, target: str) -> None:
    version = Path(bird).parts[-3] if ".tools" in bird else "bird2"
    if not shutil.which(bird):
        print(f"  `{bird}` is not there; scripts/install-bird brings it")
        return
    name = "rs1" if target.startswith("2") else "rs2"
    own_text, their_text = folder / "two" / f"{name}.conf", folder / f"arouteserver-{target}.conf"
    run(peer.command(target, their_text))
    own, other = [], []
    for _ in range(ROUNDS):
        own.append(run([bird, "-p", "-c", own_text]))
        other.append(run([bird, "-p", "-c", their_text]))
    mine, theirs = best(own), best(other)
    size, their_size = own_text.stat().st_size, their_text.stat().st_size
    print(f"  bird -p ({version})               ztix {shown(mine)}   {size / 1e6:.1f} MB")
    print(f"                        ARouteServer {shown(theirs)}   {their_size / 1e6:.1f} MB")
    time, memory = mine.wall / theirs.wall, mine.memory / theirs.memory
    ratios = f"time {time:.2f}, memory {memory:.2f}, size {size / their_size:.2f}"
    print(f"                              ratios {ratios}")


def shown(cost: Cost) -> str:
    return f"{cost.wall:6.2f} s  {cost.cpu:6.2f} s CPU  {cost.memory:5.0f} MB"


if __name__ == "__main__":
    main([int(word) for word in sys.argv[1:]])
