"""What the controller's driver costs beside bare httpx, in the same run: time, requests, memory.

Against the simulator; where ZTIX_ZEROTIER_ONE names a zerotier-one with a controller, also against that, in a
network namespace that has nothing but loopback. `bench/fabric.py URL TOKEN_FILE` measures one that runs. One
line for each measurement. Bare httpx is in its best setting, one connection for each request, and decodes the
JSON; the driver also asks who answers, and makes values. Ratios are of medians of rounds that took turns.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from ipaddress import IPv4Address, IPv6Address, ip_network
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.contract.simulator import running_simulator  # noqa: E402 - after the path to it

from ztix.applied import Applied, Owned, read_applied  # noqa: E402 - as above
from ztix.apply import apply  # noqa: E402 - as above
from ztix.document import read_document  # noqa: E402 - as above
from ztix.drivers.http import RetryBudget  # noqa: E402 - as above
from ztix.drivers.zerotier_controller import ZeroTierController, controller_client  # noqa: E402 - as above
from ztix.exchange import Claim  # noqa: E402 - as above
from ztix.fabric import Amend, Attach, Attachment, Change, NetworkSettings  # noqa: E402 - as above
from ztix.plan import Desired, diff  # noqa: E402 - as above
from ztix.receipt import Done  # noqa: E402 - as above
from ztix.terms import Label, NetworkRef, NodeId, parse_address  # noqa: E402 - as above
from ztix.tree import Entry, Kind  # noqa: E402 - as above

LAN = (ip_network("198.18.0.0/15"), ip_network("2001:db8:64:96::/64"))
SETTINGS = NetworkSettings("bench", LAN, 2800, 1024)
FABRIC = Label("lan")
ROUNDS = int(os.environ.get("ZTIX_BENCH_ROUNDS", "15"))
WRITES = 1_000
PORT = 9993
START_S = 30.0
QUIET = {"portMappingEnabled": False, "allowSecondaryPort": False, "allowTcpFallbackRelay": False}


def crowd(count: int, first: int = 0) -> list[Attachment]:
    """That many members with an address of each family."""
    return [
        Attachment(
            NodeId(f"a1{n:08x}"),
            f"AS64500 r{n}",
            (IPv4Address(int(LAN[0][1]) + n), IPv6Address(int(LAN[1][1]) + n)),
        )
        for n in range(first, first + count)
    ]


def quiet(what: str, done: int, total: int) -> None:
    """Nobody watches."""


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def report(what: str, own: list[float], bare: list[float], each: int = 1) -> None:
    mine, other = statistics.median(own), statistics.median(bare)
    figures = f"ztix {mine * 1e3 / each:9.3f} ms   httpx {other * 1e3 / each:9.3f} ms"
    print(f"{what:<34} {figures}   ratio {mine / other:.2f}", flush=True)


def bare_client(url: str, token: str) -> httpx.Client:
    return httpx.Client(
        base_url=url,
        headers={"X-ZT1-Auth": token, "Connection": "close"},
        limits=httpx.Limits(max_keepalive_connections=0),
        trust_env=False,
        timeout=60,
    )


def open_driver(url: str, token: str, suffix: str) -> ZeroTierController:
    return ZeroTierController(controller_client(url, token), NetworkRef(suffix), RetryBudget(), "TOKEN_FILE")


def populate(url: str, token: str, suffix: str, count: int) -> str:
    """A network with that many members; its path."""
    fabric = open_driver(url, token, suffix)
    fabric.configure(SETTINGS)
    for one in crowd(count):
        fabric.write(one)
    return f"/controller/network/{fabric.observe().network}"


def observing(url: str, token: str, path: str, count: int) -> None:
    """Everything that a run without changes asks of the controller, from a driver that is new each time.

    Before it observes, a run has read the same addresses in git.
    """
    own, bare = [], []
    known = [parse_address(str(address)) for one in crowd(count) for address in one.addresses]
    with bare_client(url, token) as http:
        for _ in range(ROUNDS):
            bare.append(seconds(lambda: http.get(f"/unstable{path}/member").json()))
            own.append(seconds(lambda: open_driver(url, token, path[-6:]).observe()))
    report(f"observe {len(known) // 2:,} members", own, bare)


def amending(url: str, token: str, path: str, count: int) -> None:
    """One change among many, from its plan to the read-back, and the requests that it costs: counted on the
    way out."""
    asked: list[str] = []
    fabric = open_driver(url, token, path[-6:])
    fabric.http.event_hooks["request"].append(lambda sent: asked.append(f"{sent.method} {sent.url.path}"))
    before = fabric.observe().attachments[crowd(1)[0].node]
    after = Attachment(before.node, "AS64500 renamed", before.addresses)
    change = Amend(FABRIC, "AS64500", before, after, None)
    spent = seconds(lambda: _all_done(apply([change], {FABRIC: fabric}, quiet), 1))
    kinds = {
        "bulk reads": sum(one.startswith("GET /unstable/") for one in asked),
        "writes": sum(one.startswith("POST ") for one in asked),
        "other reads": sum(one.startswith("GET /controller") for one in asked),
    }
    told = ", ".join(f"{number} {kind}" for kind, number in kinds.items())
    print(f"{f'apply 1 change of {count:,}':<34} ztix {spent * 1e3:9.3f} ms   {told}", flush=True)


def writing(url: str, token: str) -> None:
    """1,000 new members; the same bodies by both, in networks of their own, then whole with its readings."""
    fabric = open_driver(url, token, "0c0001")
    fabric.configure(SETTINGS)
    network = str(fabric.observe().network)
    other = f"/controller/network/{network[:10]}0c0002"
    own, bare = [], []
    with bare_client(url, token) as http:
        http.post(other, json={"routes": [{"target": str(prefix)} for prefix in LAN]})

        def post(one: Attachment) -> object:
            return http.post(f"{other}/member/{one.node}", json=_body(one)).json()

        for first in range(0, WRITES, 50):  # in turns, so that both meet the same machine
            part = crowd(50, first)
            own.append(seconds(lambda part=part: [fabric.write(one) for one in part]))  # type: ignore[misc] # bound now
            bare.append(seconds(lambda part=part: [post(one) for one in part]))  # type: ignore[misc] # bound now
        report(f"write {WRITES:,} members, each", own, bare, 50)
        third = open_driver(url, token, "0c0003")
        third.configure(SETTINGS)
        changes: list[Change] = [Attach(FABRIC, "AS64500", None, one, None) for one in crowd(WRITES)]
        spent = seconds(lambda: _all_done(apply(changes, {FABRIC: third}, quiet), WRITES))
        report(f"apply {WRITES:,} changes, each", [spent], [statistics.median(bare) / 50 * WRITES], WRITES)
        for suffix in ("0c0001", "0c0002", "0c0003"):
            http.delete(f"/controller/network/{network[:10]}{suffix}")


def _body(one: Attachment) -> dict[str, object]:
    return {
        "authorized": True,
        "ipAssignments": [str(address) for address in one.addresses],
        "noAutoAssignIps": True,
        "activeBridge": False,
        "name": one.name,
        "tags": [],
        "capabilities": [],
        "remoteTraceLevel": 0,
    }


def _all_done(outcomes: Sequence[object], count: int) -> None:
    if sum(isinstance(outcome, Done) for outcome in outcomes) != count:
        sys.exit(f"not all was applied: {outcomes[:3]}")


def remembering(url: str, token: str, path: str, count: int) -> None:
    """Peak memory of a process that compares everything with everything and finds nothing to do."""
    words = [sys.executable, __file__, "--plan", url, path[-6:], str(count)]
    ended = subprocess.run(words, input=token, capture_output=True, text=True, check=True)
    told = json.loads(ended.stdout)
    figures = (
        f"ztix {told['ms']:9.3f} ms   peak {told['mb']:.0f} MB, of which {told['start_mb']:.0f} MB at start"
    )
    print(f"{f'plan nothing for {count:,} members':<34} {figures}", flush=True)


def plan_nothing(url: str, token: str, suffix: str, count: int) -> None:
    """The fabric's stretch of a run without changes, in this process; tells what it took."""
    entry = Entry("members/AS64500.yaml", Kind.FILE, 11, b"asn: 64500\n")
    document, _ = read_document(entry)
    if document is None:
        sys.exit("a document of one line cannot be read")
    claims = tuple(
        Claim("AS64500", FABRIC, one.node, one.name, one.addresses, True, document, (), "asn")
        for one in crowd(count)
    )
    left = Applied(None, {}, {FABRIC: {claim.node: Owned("AS64500", claim.attachment) for claim in claims}})
    text = json.dumps(left.data()).encode()
    del left
    start_mb, started = _peak_mb(), time.perf_counter()
    observed = open_driver(url, token, suffix).observe()
    side = Desired(FABRIC, SETTINGS, document.span(()), claims)
    made = diff([side], {FABRIC: observed}, (), {}, read_applied(text))
    if not made.is_empty:
        sys.exit(f"there is something to do: {made.changes[:2]}")
    spent_ms = (time.perf_counter() - started) * 1e3
    print(json.dumps({"ms": spent_ms, "mb": _peak_mb(), "start_mb": start_mb}))


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(url: str, token: str) -> None:
    for count in (1_000, 10_000):
        path = populate(url, token, f"0b{count:04x}", count)
        observing(url, token, path, count)
        remembering(url, token, path, count)
        amending(url, token, path, count)
        with bare_client(url, token) as http:
            http.delete(path)
    writing(url, token)


@contextmanager
def running_zerotier_one(binary: str) -> Iterator[tuple[str, str]]:
    """A real controller's URL and token; only for a namespace of our own."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    with tempfile.TemporaryDirectory(prefix="ztix-bench-") as home:
        Path(home, "local.conf").write_text(json.dumps({"settings": QUIET}), encoding="ascii")
        process = subprocess.Popen(
            [binary, "-U", f"-p{PORT}", home], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            url, deadline = f"http://127.0.0.1:{PORT}", time.monotonic() + START_S
            while time.monotonic() < deadline:
                time.sleep(0.2)  # a port is open or not: there is no event to wait for
                token_file = Path(home, "authtoken.secret")
                token = token_file.read_text("ascii").strip() if token_file.exists() else ""
                try:
                    if token and httpx.get(f"{url}/status", headers={"X-ZT1-Auth": token}).is_success:
                        break
                except httpx.TransportError:
                    continue
            yield url, token
        finally:
            process.terminate()
            process.wait(START_S)


def main() -> None:
    binary = os.environ.get("ZTIX_ZEROTIER_ONE", "")
    match sys.argv[1:]:
        case ["--plan", url, suffix, count]:
            plan_nothing(url, sys.stdin.read(), suffix, int(count))
        case ["--real"]:
            with running_zerotier_one(binary) as (url, token):
                print(
                    f"against {httpx.get(f'{url}/status', headers={'X-ZT1-Auth': token}).json()['version']}:"
                )
                measure(url, token)
        case [url, token_file]:
            measure(url, Path(token_file).read_text("ascii").strip())
        case _:
            print("against the simulator:")
            with running_simulator() as simulator:
                measure(simulator.url, simulator.token)
            if binary:
                subprocess.run(["unshare", "-rn", sys.executable, __file__, "--real"], check=True)


if __name__ == "__main__":
    main()
