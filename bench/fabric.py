"""What the controller's driver costs beside bare httpx, in the same run: reads of all members, 1,000 writes.

Against the simulator, or a real controller: `bench/fabric.py URL TOKEN_FILE`. Prints a line for each
measurement: the driver's median, bare httpx's, and their ratio. Bare httpx is in its best setting, one
connection for each request, and decodes the JSON; the driver also asks who answers, and makes values.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from ipaddress import IPv4Address, IPv6Address, ip_network
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.contract.simulator import running_simulator  # noqa: E402 - after the path to it

from ztix.drivers.http import RetryBudget  # noqa: E402 - as above
from ztix.drivers.zerotier_controller import ZeroTierController, controller_client  # noqa: E402 - as above
from ztix.fabric import Attachment, NetworkSettings  # noqa: E402 - as above
from ztix.terms import NetworkRef, NodeId  # noqa: E402 - as above

LAN = (ip_network("198.18.0.0/15"), ip_network("2001:db8:64:96::/64"))
SETTINGS = NetworkSettings("bench", LAN, 2800, 1024)
ROUNDS = 7
WRITES = 1_000


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


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def report(what: str, own: list[float], bare: list[float], each: int = 1) -> None:
    """One line; the ratio is of medians of rounds that took turns."""
    mine, other = statistics.median(own), statistics.median(bare)
    figures = f"ztix {mine * 1e3 / each:9.3f} ms   httpx {other * 1e3 / each:9.3f} ms"
    print(f"{what:<34} {figures}   ratio {mine / other:.2f}")


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


def observing(url: str, token: str, count: int) -> None:
    """Everything that a run without changes asks of the controller, from a driver that is new each time."""
    suffix = f"0b{count:04x}"
    fabric = open_driver(url, token, suffix)
    fabric.configure(SETTINGS)
    for one in crowd(count):
        fabric.write(one)
    network = fabric.observe().network
    path = f"/unstable/controller/network/{network}/member"
    own, bare = [], []
    with bare_client(url, token) as http:
        for _ in range(ROUNDS):
            bare.append(seconds(lambda: http.get(path).json()))
            own.append(seconds(lambda: open_driver(url, token, suffix).observe()))
        http.delete(f"/controller/network/{network}")
    report(f"observe {count:,} members", own, bare)


def writing(url: str, token: str) -> None:
    """1,000 new members, then 1,000 changed ones; the same bodies by both, in networks of their own."""
    fabric = open_driver(url, token, "0c0001")
    fabric.configure(SETTINGS)
    network = fabric.observe().network
    other = f"/controller/network/{str(network)[:10]}0c0002"
    own, bare = [], []
    with bare_client(url, token) as http:
        http.post(other, json={"routes": [{"target": str(prefix)} for prefix in LAN]})

        def post(one: Attachment) -> object:
            body = {
                "authorized": True,
                "ipAssignments": [str(address) for address in one.addresses],
                "noAutoAssignIps": True,
                "activeBridge": False,
                "name": one.name,
                "remoteTraceLevel": 0,
            }
            return http.post(f"{other}/member/{one.node}", json=body).json()

        for first in range(0, WRITES, 100):  # in turns, so that both meet the same machine
            part = crowd(100, first)
            own.append(seconds(lambda part=part: [fabric.write(one) for one in part]))  # type: ignore[misc] # bound now
            bare.append(seconds(lambda part=part: [post(one) for one in part]))  # type: ignore[misc] # bound now
        for path in (other, f"/controller/network/{network}"):
            http.delete(path)
    report(f"write {WRITES:,} members, each", own, bare, 100)


def main() -> None:
    with ExitStack() as stack:
        if len(sys.argv) == 3:
            url, token = sys.argv[1], Path(sys.argv[2]).read_text("ascii").strip()
        else:
            simulator = stack.enter_context(running_simulator())
            url, token = simulator.url, simulator.token
        for count in (1_000, 10_000):
            observing(url, token, count)
        writing(url, token)


if __name__ == "__main__":
    main()
