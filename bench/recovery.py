"""Time to recover a controller with 1,000 nodes, beside bare HTTP writes of them in the same run.

`bench/recovery.py [NODES]`. Against the simulator; where ZTIX_ZEROTIER_ONE names a zerotier-one with a
controller, also against that, where there is nothing but loopback. Two ways back: from an archive (proven,
restored, started, until it lists all nodes), and from git alone with the identity kept (`ztix fabric
bootstrap` as a process, from its start to its end: read, check, plan, write, read back, record). Bare writes
are the same bodies by httpx on one connection each, to a network of their own. One run each; no node is
online, so what members need to check in again is not in it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.contract.recovery_story import (  # noqa: E402 - after the path to it
    Exchange,
    Start,
    members,
    sound_home,
    token_of,
    with_identity_alone,
)
from tests.idtool import idtool  # noqa: E402 - as above
from tests.unit.exchange_fixture import FABRICS  # noqa: E402 - as above

from ztix.drivers.controller_backup import read_archive, restore  # noqa: E402 - as above
from ztix.drivers.drill_controller import real, simulated  # noqa: E402 - as above
from ztix.errors import Exit  # noqa: E402 - as above

WIDE = FABRICS.replace("192.0.2.0/24", "100.64.0.0/16").replace("192.0.2.0/29", "100.64.255.0/24")
# As in the exchange of the tests, but with room: a network of 100.64.0.0/16 for all members.
NODE = "  - {{id: {node}, name: n{number}, addresses: [{v4}, '2001:db8:64:96::{number:x}']}}\n"


def populate(exchange: Exchange, count: int) -> None:
    """That many nodes, sixteen to a member."""
    servers = exchange.folder / "policy/route-servers.yaml"
    servers.write_text(servers.read_text().replace("192.0.2.", "100.64.255."))
    for path in (exchange.folder / "members").iterdir():
        path.unlink()
    for first in range(0, count, 16):
        asn = 4200000000 + first // 16
        nodes = "".join(
            NODE.format(
                node=f'"a1{number:08x}"', number=number + 16, v4=f"100.64.{number // 200}.{number % 200 + 1}"
            )
            for number in range(first, min(first + 16, count))
        )
        exchange.repo.write(
            f"members/AS{asn}.yaml",
            f"asn: {asn}\nname: Example {asn}\ncontacts:\n  - github: {{id: {asn}, login: user{asn}}}\n"
            f"    email: noc@example.net\nnodes:\n{nodes}",
        )
    exchange.repo.write(
        "policy/admission.yaml", "reserved_asns_allowed: [4200000000-4200099999]\npeeringdb: advisory\n"
    )


def point_at(exchange: Exchange, url: str) -> None:
    exchange.repo.write("policy/fabrics.yaml", WIDE.replace("http://127.0.0.1:9993", url))
    exchange.repo.commit()


def bootstrap(exchange: Exchange, token: str) -> float:
    """Seconds of the whole process."""
    started = time.perf_counter()
    done = exchange.ztix("fabric", "bootstrap", "lan", token=token)
    if done.returncode != Exit.DONE:
        sys.exit(f"bootstrap ended with {done.returncode}: {done.stderr[-2000:]}")
    return time.perf_counter() - started


def bare(url: str, token: str, bodies: dict[str, dict[str, object]]) -> float:
    """Seconds to write the same records without ztix."""
    limits = httpx.Limits(max_keepalive_connections=0)
    headers = {"X-ZT1-Auth": token, "Connection": "close"}
    with httpx.Client(base_url=url, headers=headers, limits=limits, trust_env=False, timeout=60) as http:
        node = http.get("/status").json()["address"]
        path = f"/controller/network/{node}0c0001"
        http.post(path, json={})
        started = time.perf_counter()
        for one, body in bodies.items():
            http.post(f"{path}/member/{one}", json=body).raise_for_status()
        spent = time.perf_counter() - started
        http.delete(path)
    return spent


def measure(folder: Path, home: Path, path: str, start: Start, count: int) -> None:
    exchange = Exchange(folder / "exchange", path)
    populate(exchange, count)
    with start(home) as url:
        point_at(exchange, url)
        token = token_of(home)
        bootstrap(exchange, token)
        before = members(url, token)
        copied = exchange.ztix("backup", "create", "--home", str(home), "--to", str(folder), "--url", url)
        if copied.returncode != Exit.DONE:
            sys.exit(copied.stderr)
    with start(with_identity_alone(home, folder / "rebuilt")) as url:
        point_at(exchange, url)
        rebuilt = bootstrap(exchange, token)
        if members(url, token) != before:
            sys.exit("git alone made other members than there were")
        plain = bare(url, token, before)
    started = time.perf_counter()
    restore(folder / "restored", read_archive(Path(copied.stdout.strip()))[1])
    with start(folder / "restored") as url:
        if members(url, token) != before:
            sys.exit("the archive has other members than there were")
        restored = time.perf_counter() - started
    for what, seconds in (("from an archive", restored), ("from git alone", rebuilt)):
        figures = f"ztix {seconds:7.2f} s   bare writes {plain:7.2f} s   ratio {seconds / plain:.2f}"
        print(f"{len(before):,} members {what:<16} {figures}", flush=True)


def main() -> None:
    program = os.environ.get("ZTIX_ZEROTIER_ONE", "")
    inside = sys.argv[1:2] == ["--real"]
    count = int(sys.argv[-1]) if sys.argv[1:] and sys.argv[-1].isdigit() else 1_000
    with tempfile.TemporaryDirectory(prefix="ztix-bench-") as name:
        folder = Path(name)
        path = f"{folder / 'bin'}:{os.environ['PATH']}"
        if inside:
            subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
            (folder / "bin").mkdir()
            (folder / "bin/zerotier-idtool").symlink_to(program)  # it is that tool by this name
            (folder / "home").mkdir(mode=0o700)
            print("against a real ZeroTier One:", flush=True)
            measure(folder, folder / "home", path, partial(real, Path(program)), count)
            return
        idtool(folder / "bin")
        print("against the simulator:", flush=True)
        measure(folder, sound_home(folder / "home"), path, simulated, count)
    if program:
        subprocess.run(["unshare", "-rn", sys.executable, __file__, "--real", str(count)], check=True)


if __name__ == "__main__":
    main()
