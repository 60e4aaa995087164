"""300 live sessions of 50 prefixes on one route server: ztix's configuration beside ARouteServer's.

`bench/convergence.py [SESSIONS]`, as root. Two network namespaces: BIRD as the route server, BIRD as all
members. Prints the seconds of a core that the route server spends until all have all, and then for a new
filter that reaches every session, and how many sessions that ended. ARouteServer's configuration does not
look for bogon AS numbers here, because the members have private ones; ztix's does, with an exception for
them.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.peer import arouteserver  # noqa: E402 - after the path to it
from bench.peer.crowd import (  # noqa: E402 - as above
    LAN4,
    ROUTE_SERVER_ASN,
    Class,
    Someone,
    crowd,
    write_exchange,
)
from bench.peer.process import run  # noqa: E402 - as above
from tests.live.topology import Router, lan  # noqa: E402 - as above

PREFIXES = 50
EQUAL: tuple[Class, ...] = ((1.0, 70, 80, 500, 200),)
ROUTING = """\
bogon_asns_allowed: ["4200000000-4200099999"]
bogon_prefixes_allowed: [10.0.0.0/8]
as_path_max: {longest}
rov: {{caches: [{{host: 127.0.0.1, port: 8282}}]}}
"""
BIRDS = ((Path("/usr/sbin/bird"), "2.0.12", "2.0.11"), (ROOT / ".tools/bird3/bin/bird", "3.1", "3.0"))
# BIRD 2.0 holds one session with a neighbour, whatever address of its own it is from.
MEMBERS_BIRD = BIRDS[1][0]
ZTIX = Path(sys.executable).with_name("ztix")
LIMIT_S = 300


def announced(someone: Someone) -> list[str]:
    """What this member announces: networks that its own patterns cover."""
    own = [p.prefix for p in someone.patterns4 if p.shortest == p.prefix.prefixlen]
    return [str(prefix) for prefix in own[:PREFIXES]]


def members_text(members: tuple[Someone, ...]) -> str:
    """One BIRD that is all members: a table, routes and a session for each."""
    blocks = ["log stderr { fatal, bug };\nrouter id 192.0.2.1;\nprotocol device {}\n"]
    for number, someone in enumerate(members):
        routes = "".join(f"  route {prefix} blackhole;\n" for prefix in announced(someone))
        blocks.append(
            f"ipv4 table t{number};\n"
            f"protocol static s{number} {{\n  ipv4 {{ table t{number}; }};\n{routes}}}\n"
            f"protocol bgp b{number} {{\n"
            f"  local {someone.ipv4} as {int(someone.asn)};\n"
            f"  neighbor {LAN4[1]} as {ROUTE_SERVER_ASN};\n"
            "  enforce first as off;\n  connect delay time 1;\n  connect retry time 5;\n"
            "  error wait time 1, 3;\n"
            f"  ipv4 {{ table t{number}; import all; export where source = RTS_STATIC; }};\n}}\n"
        )
    return "".join(blocks)


def cpu(pid: int) -> float:
    """Seconds of a core that this process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def established(router: Router) -> dict[str, str]:
    """The sessions that are up, each with the time since when."""
    found = re.findall(
        r"^(\S+)\s+BGP\s+\S+\s+up\s+(\S+(?: \S+)?)\s+Established", router.bird.ask("show protocols"), re.M
    )
    return dict(found)


def settle(router: Router, sessions: int) -> None:
    """Return when all sessions are up and the route server has been idle for two seconds."""
    quiet, last = 0, 0.0
    deadline = time.monotonic() + LIMIT_S
    while quiet < 4:
        if time.monotonic() > deadline:
            raise SystemExit(f"after {LIMIT_S} s only {len(established(router))} sessions are up")
        time.sleep(0.5)
        used = cpu(router.bird.pid)
        quiet = quiet + 1 if used - last < 0.06 and len(established(router)) >= sessions else 0
        last = used


def measure(texts: tuple[str, str], program: Path, members: tuple[Someone, ...]) -> tuple[float, float, int]:
    """Seconds of a core to converge and for the second text, and the sessions that it ended."""
    hosts = {
        "rs": (f"{LAN4[1]}/{LAN4.prefixlen}",),
        "all": tuple(f"{someone.ipv4}/{LAN4.prefixlen}" for someone in members),
    }
    with (
        lan(hosts) as place,
        place.running("rs", program, texts[0]) as server,
        place.running("all", MEMBERS_BIRD, members_text(members)),
    ):
        settle(server, len(members))
        converged, before = cpu(server.bird.pid), established(server)
        server.reconfigure(texts[1])
        settle(server, len(members))
        after = established(server)
        flaps = sum(after.get(name) != since for name, since in before.items())
        routes = server.bird.ask("show route count")
        wanted = len({prefix for someone in members for prefix in announced(someone)})
        if f" for {wanted} networks in table master4" not in routes:
            raise SystemExit(f"{wanted} networks were announced; the route server has: {routes}")
        return converged, cpu(server.bird.pid) - converged, flaps


def own_texts(folder: Path, members: tuple[Someone, ...], version: str) -> tuple[str, str]:
    texts = []
    for longest in (32, 33):
        exchange = folder / f"{version}-{longest}"
        write_exchange(exchange, members, ROUTING.format(longest=longest), [version])
        run([ZTIX, "--exchange", exchange, "render", "--out", exchange / "out"])
        texts.append((exchange / "out/rs1.conf").read_text())
    return texts[0], texts[1]


def their_texts(peer: arouteserver.ARouteServer, folder: Path, target: str) -> tuple[str, str]:
    output = folder / f"{target}.conf"
    run(peer.command(target, output))
    # It logs every event of every route, to a file and to syslog; here as little as ztix's text does.
    text = re.sub(r"^(log|debug) .*$", "", output.read_text(), flags=re.M) + "log stderr all;\n"
    other = text.replace("bgp_path.len > 32", "bgp_path.len > 33")
    if other == text:
        raise SystemExit("ARouteServer's text has no bound of the path's length to change")
    return text, other


def main(sessions: int) -> None:
    members = crowd(sessions, EQUAL)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        peer = arouteserver.prepare(
            arouteserver.environment(ROOT), folder / "arouteserver", members, lenient=True
        )
        for program, version, target in BIRDS:
            if not program.exists():
                print(f"`{program}` is not there; scripts/install-bird brings it")
                continue
            mine = measure(own_texts(folder, members, version), program, members)
            theirs = measure(their_texts(peer, folder, target), program, members)
            print(f"BIRD {version}, {sessions} sessions of {PREFIXES} prefixes:")
            for who, (converged, reloaded, flaps) in (("ztix", mine), ("ARouteServer", theirs)):
                times = f"converged {converged:6.2f} s CPU   new filter {reloaded:6.2f} s CPU"
                print(f"  {who:>12}  {times}   {flaps} sessions ended")
            print(f"        ratios  {mine[0] / theirs[0]:.2f}   {mine[1] / theirs[1]:.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 300)
