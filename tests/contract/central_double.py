"""A double of ZeroTier Central: API v1 as its specification and its vendor's clients tell it, on loopback.

Law: what no source tells (the body of a 401, how long a write takes to show) is a switch here and not a
promise. Time is the double's own: a test that waits moves it, and nobody sleeps. `with running_central()`
serves it in a thread until the block ends.
"""

from __future__ import annotations

import copy
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.token_guard import made
from ztix.drivers.http import RetryBudget

NETWORK_PATH = re.compile(
    r"/api/v1/network/(?P<network>[0-9a-f]{16})(?P<member>/member(?:/(?P<node>[0-9a-f]{10}))?)?"
)
TOKEN = "token-of-central"
MEMBER_CONFIG = {
    "activeBridge",
    "authorized",
    "capabilities",
    "ipAssignments",
    "noAutoAssignIps",
    "ssoExempt",
    "tags",
}
NETWORK_TOP = {"description", "rulesSource", "permissions", "ownerId", "capabilitiesByName", "tagsByName"}
MEMBER_TOP = {"hidden", "name", "description"}
OPEN = {
    "private": False,
    "v4AssignMode": {"zt": True},
    "ipAssignmentPools": [{"ipRangeStart": "203.0.113.100", "ipRangeEnd": "203.0.113.110"}],
}
Record = dict[str, Any]


@dataclass(slots=True)
class Answer:
    """What goes out. cut: the connection ends after half of the content."""

    status: int
    content: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False


@dataclass(slots=True)
class Fault:
    """Answers in the place of the right one. times: how often; 0 is for ever.  method: of which requests."""

    answer: Answer
    times: int = 0
    method: str = ""
    path: str = ""


def new_network(network: str) -> Record:
    """A network as Central makes one: private, with an address pool."""
    config = {
        "id": network,
        "name": "furious_euler",
        "private": True,
        "enableBroadcast": True,
        "multicastLimit": 32,
        "mtu": 2800,
        "dns": {"domain": "", "servers": []},
        "routes": [{"target": "198.51.100.0/24", "via": None}],
        "ipAssignmentPools": [{"ipRangeStart": "198.51.100.1", "ipRangeEnd": "198.51.100.254"}],
        "rules": [{"type": "ACTION_ACCEPT"}],
        "capabilities": [],
        "tags": [],
        "v4AssignMode": {"zt": True},
        "v6AssignMode": {"6plane": False, "rfc4193": False, "zt": False},
        "ssoConfig": {"enabled": False, "mode": "default"},
    }
    return {"id": network, "description": "by hand", "rulesSource": "accept;", "config": config}


NETWORK_CONFIG = {*new_network("")["config"]} - {"id"}


def new_member(network: str, node: str) -> Record:
    """A member as it is before anybody wrote to it."""
    config = {
        "id": node,
        "address": node,
        "nwid": network,
        "objtype": "member",
        "authorized": False,
        "activeBridge": False,
        "noAutoAssignIps": False,
        "ipAssignments": [],
        "capabilities": [],
        "tags": [],
        "ssoExempt": False,
        "revision": 0,
    }
    top = {"id": f"{network}-{node}", "type": "Member", "networkId": network, "nodeId": node}
    return top | {"hidden": False, "name": "", "description": "", "physicalAddress": None, "config": config}


class CentralDouble:
    """Central's state. token: opens it; rights: of its user on every network (r, m, a, d).

    lag: so many reads after a write still show what was before.  unborn: so many writes to members answer
    404 at first.  limit: requests in a second.  retry_after: what a 429 says; None: nothing.
    """

    def __init__(self, *networks: str, token: str = TOKEN, limit: int = 20) -> None:
        self.networks: dict[str, Record] = {one: new_network(one) for one in networks}
        self.members: dict[str, dict[str, Record]] = {one: {} for one in networks}
        self.token, self.rights, self.limit = made(token), set("rma"), limit
        self.more: set[str] = set()  # other tokens that open it
        self.lag = self.unborn = 0
        self.retry_after: str | None = None
        self.telling = True  # of the rate, in every answer
        self.faults: list[Fault] = []
        self.asked: list[tuple[str, str]] = []
        self.throttled = 0
        self.time = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
        self.slept: list[float] = []
        self.deleted: set[str] = set()
        self.url = ""
        self._second, self._used, self._behind = self.time, 0, 0
        self._before = copy.deepcopy((self.networks, self.members))

    def sleep(self, seconds: float) -> None:
        """Time goes on."""
        self.slept.append(seconds)
        self.time += timedelta(seconds=seconds)

    def budget(self, retries: int = 12) -> RetryBudget:
        """A run's patience in the double's time; the dice always show the least."""
        return RetryBudget(
            retries=retries, sleep=self.sleep, uniform=lambda low, _: low, now=lambda: self.time
        )

    def open_up(self) -> None:
        """Somebody opens the networks by hand, later than what was written before."""
        self._behind = 0
        for network in self.networks.values():
            network["config"] |= copy.deepcopy(OPEN)

    def knock(self, node: str) -> None:
        """A node asks to join. One that was deleted is not listed again."""
        self._behind = 0
        for network, members in self.members.items():
            if node not in self.deleted:
                members.setdefault(node, new_member(network, node))

    def answer(self, method: str, path: str, shown: str, body: bytes) -> Answer:
        """The answer to one request. shown: its Authorization header."""
        self.asked.append((method, path))
        self.time += timedelta(milliseconds=1)
        answer = self._throttle() or self._fault(method, path) or self._judge(method, path, shown, body)
        if self.telling:
            reset = (self._second + timedelta(seconds=1)).strftime("%a, %d %b %Y %H:%M:%S UTC")
            answer.headers |= {
                "Date": self.time.strftime("%a, %d %b %Y %H:%M:%S GMT"),
                "X-Ratelimit-Limit": str(self.limit),
                "X-Ratelimit-Remaining": str(max(self.limit - self._used, 0)),
                "X-Ratelimit-Reset": reset,
            }
        return answer

    def _throttle(self) -> Answer | None:
        second = self.time.replace(microsecond=0)
        if second != self._second:
            self._second, self._used = second, 0
        self._used += 1
        if self._used <= self.limit:
            return None
        self.throttled += 1
        return Answer(429, headers={"Retry-After": self.retry_after} if self.retry_after else {})

    def _fault(self, method: str, path: str) -> Answer | None:
        for fault in self.faults:
            if fault.method in ("", method) and fault.path in path:
                if fault.times == 1:
                    self.faults.remove(fault)
                fault.times -= fault.times > 0
                return copy.deepcopy(fault.answer)
        return None

    def _judge(self, method: str, path: str, shown: str, body: bytes) -> Answer:
        word, _, token = shown.partition(" ")
        if word not in ("token", "bearer") or token not in {self.token, *self.more}:
            return Answer(401)
        found = NETWORK_PATH.fullmatch(path)
        if found is None or found["network"] not in self.networks:
            return Answer(404)
        needed = {"GET": "r", "POST": "a" if found["member"] else "m", "DELETE": "d"}[method]
        if needed not in self.rights:
            return Answer(403, b'{"type":"internal","message":"Unauthorized"}')
        network, node = found["network"], found["node"]
        if method == "GET":
            return self._read(network, node, is_list=found["member"] is not None)
        self._remember()
        if method == "DELETE":
            self.members[network].pop(node or "", None)
            self.deleted.add(node or "")
            return Answer(200)  # also where there was none
        return self._write(network, node, json.loads(body))

    def _read(self, network: str, node: str | None, *, is_list: bool) -> Answer:
        networks, members = (self.networks, self.members) if not self._behind else self._before
        self._behind -= self._behind > 0
        if node is not None:
            member = members[network].get(node)
            return Answer(404) if member is None else _json(member)
        return _json([*reversed(members[network].values())] if is_list else networks[network])

    def _write(self, network: str, node: str | None, sent: Record) -> Answer:
        if node is None:
            return _json(_merge(self.networks[network], sent, NETWORK_TOP, NETWORK_CONFIG))
        if self.unborn:
            self.unborn -= 1
            return Answer(404)
        member = self.members[network].setdefault(node, new_member(network, node))
        self.deleted.discard(node)
        member["config"]["revision"] = (member["config"]["revision"] or 0) + 1
        return _json(_merge(member, sent, MEMBER_TOP, MEMBER_CONFIG))

    def _remember(self) -> None:
        if self.lag and not self._behind:
            self._before = copy.deepcopy((self.networks, self.members))
        self._behind = self.lag


def _merge(held: Record, sent: Record, top: set[str], config: set[str]) -> Record:
    """What is sent takes the place of what is held, key by key; read-only keys are dropped."""
    held |= {key: value for key, value in sent.items() if key in top}
    held["config"] |= {key: value for key, value in sent.get("config", {}).items() if key in config}
    return held


def _json(value: object) -> Answer:
    return Answer(200, json.dumps(value).encode(), {"Content-Type": "application/json"})


@contextmanager
def running_central(*networks: str, **options: Any) -> Iterator[CentralDouble]:
    """Serve a double that has these networks until the block ends."""
    double = CentralDouble(*networks, **options)
    lock = threading.Lock()

    class Handler(_Handler):
        def reply(self, *asked: Any) -> Answer:
            with lock:
                return double.answer(*asked)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    double.url = f"http://127.0.0.1:{server.server_address[1]}/api/v1"
    try:
        yield double
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    """Carries bytes; one connection for each request, so that none outlives its test."""

    reply: Callable[..., Answer]

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        answer = self.reply(self.command, self.path, self.headers.get("Authorization", ""), body)
        self.send_response_only(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.content)))
        self.end_headers()
        self.wfile.write(answer.content[: len(answer.content) // 2] if answer.cut else answer.content)

    do_GET = do_POST = do_DELETE = _serve  # noqa: N815 - the names that the class above calls

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in the class above
        """Says nothing."""
