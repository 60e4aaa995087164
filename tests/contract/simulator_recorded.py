"""The recorded exchanges, and how an answer of the simulator is compared with a recorded one.

Only clocks, random ids and random pool addresses may differ. Everything is compared as sent: status,
reason, every header, Content-Length included, and the body.
"""

from __future__ import annotations

import http.client
import json
import re
from dataclasses import dataclass, field
from pathlib import Path

from tests.contract.simulator import Simulator

TRANSCRIPTS = Path(__file__).parent / "transcripts"

Value = object
Exchange = dict[str, Value]

_TIMES = ("clock", "creationTime", "lastAuthorizedTime", "lastDeauthorizedTime", "lastReceive", "lastSend")
_TIME_TEXT = re.compile(rb'("(?:clock|creationTime|last(?:A|Dea)uthorizedTime)": ?)\d{13}')
# the pool of transcript 15, from which the controller draws at random
_POOL_ADDRESS = re.compile(r"^2001:db8:42::1[0-9a-f]{2}$")
_REPEATED = re.compile(r"^<(\d+) x (.)>$")
_CUT = re.compile(r"(.)\.\.\.\((\d+) bytes\)$")


@dataclass(frozen=True, slots=True)
class Transcript:
    """One recorded scenario: its name, the node that was the controller, what was exchanged."""

    name: str
    node_id: str
    exchanges: tuple[Exchange, ...]


def transcripts() -> list[Transcript]:
    """Every recorded scenario that has exchanges."""
    found = []
    for path in sorted(TRANSCRIPTS.glob("*.json")):
        recorded = json.loads(path.read_text(encoding="utf-8"))
        if "exchanges" in recorded:
            node = recorded["controller"]["node_id"]
            found.append(Transcript(path.stem, node, tuple(recorded["exchanges"])))
    return found


def spelled_out(value: Value) -> Value:
    """Values that the recording abbreviates, such as `<9000 x x>`, at their full length."""
    if isinstance(value, str) and (found := _REPEATED.match(value)):
        return found[2] * int(found[1])
    if isinstance(value, list):
        return [spelled_out(entry) for entry in value]
    if isinstance(value, dict):
        return {key: spelled_out(entry) for key, entry in value.items()}
    return value


def raw_text(text: str) -> bytes:
    """A text that the recording cut, at its full length; `\\xff` stands for that byte."""
    if found := _CUT.search(text):
        whole, repeated = int(found[2]), found[1]
        kept = text[: found.start() + 1]
        tail = "\r\n\r\n" if "HTTP/1.1" in kept else " HTTP/1.1\r\nHost: x\r\n\r\n"
        text = kept + repeated * (whole - len(kept) - len(tail)) + tail
    return text.encode("latin-1" if "\r\n" in text else "utf-8").replace(b"\\xff", b"\xff")


@dataclass(frozen=True, slots=True)
class Received:
    """One answer as it came: headers in their order, the body in bytes."""

    status: int
    reason: str
    headers: list[list[str]]
    body: bytes


@dataclass(slots=True)
class Replay:
    """One transcript against one simulator. ids: recorded random ids to the simulator's.

    times: the last recorded and own time by where it stood; a time that stayed must stay here too.
    """

    simulator: Simulator
    ids: dict[str, str] = field(default_factory=dict)
    times: dict[tuple[str, str], tuple[Value, Value]] = field(default_factory=dict)

    def with_own_ids(self, text: str) -> str:
        """A recorded text with the simulator's token and random ids."""
        text = text.replace("REDACTED", self.simulator.token)
        for recorded, own in self.ids.items():
            text = text.replace(recorded, own)
        return text

    def send(self, request: dict[str, Value], source: str = "127.0.0.1") -> Received:
        """Send a recorded request on a connection of its own."""
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.simulator.port, timeout=30, source_address=(source, 0)
        )
        headers = request.get("headers", {"X-ZT1-Auth": "REDACTED"})
        assert isinstance(headers, dict)
        connection.putrequest(str(request["method"]), self.with_own_ids(str(request["path"])))
        content = self.content(request)
        for name, value in headers.items():
            connection.putheader(name, self.with_own_ids(str(value)))
        if content is not None or request["method"] in ("POST", "PUT", "PATCH"):
            connection.putheader("Content-Length", str(len(content or b"")))
        connection.endheaders(content)
        try:
            response = connection.getresponse()
            headers_ = [list(header) for header in response.getheaders()]
            return Received(response.status, response.reason, headers_, response.read())
        finally:
            connection.close()

    def content(self, request: dict[str, Value]) -> bytes | None:
        """The body of a recorded request."""
        if "body" in request:
            return json.dumps(spelled_out(request["body"])).encode()
        text = request.get("body_text")
        return None if text is None else raw_text(str(text))

    def check(self, recorded: dict[str, Value], received: Received) -> None:
        """Compare an answer with the recorded one."""
        body = received.body
        assert (received.status, received.reason) == (recorded["status"], recorded["reason"])
        assert received.headers == recorded["headers"]
        if "body_text" in recorded:
            assert body == raw_text(str(recorded["body_text"])) or (
                without_times(body) == without_times(raw_text(str(recorded["body_text"])))
            )
            return
        own = json.loads(body)
        self.learn_id(recorded["body"], own)
        assert self.comparable(own, own=True) == self.comparable(recorded["body"])
        self.check_times(recorded["body"], own)

    def learn_id(self, recorded: Value, own: Value) -> None:
        """Note the simulator's random id of a network that the recording created at random."""
        if not isinstance(recorded, dict) or not isinstance(own, dict) or "objtype" not in recorded:
            return
        if recorded["objtype"] == "network" and self.ids.get(recorded["id"], recorded["id"]) != own["id"]:
            assert recorded["id"][:10] == own["id"][:10]
            assert recorded["id"] not in self.ids
            self.ids[recorded["id"]] = own["id"]

    def comparable(self, value: Value, *, own: bool = False) -> Value:
        """A body without its times, with the simulator's ids; lists of random ids in any order."""
        if isinstance(value, dict):
            return {
                key: bool(entry) if key in _TIMES else self.comparable(entry, own=own)
                for key, entry in value.items()
            }
        if isinstance(value, list):
            entries = [self.comparable(entry, own=own) for entry in value]
            ids = bool(entries) and any(
                entry in self.ids.values() for entry in entries if isinstance(entry, str)
            )
            return sorted(entries, key=str) if ids else entries
        if isinstance(value, str) and _POOL_ADDRESS.match(value):
            return "an address of the pool"
        if isinstance(value, str) and not own:
            return self.with_own_ids(str(spelled_out(value)))
        return value

    def check_times(self, recorded: Value, own: Value) -> None:
        """A time that did not move between two recorded answers does not move here either."""
        if not isinstance(recorded, dict) or not isinstance(own, dict) or "id" not in recorded:
            return
        for key in set(_TIMES) & set(recorded) - {"clock"}:
            where = (str(recorded["id"]).lower(), key)
            before = self.times.get(where)
            if before is not None and before[0] == recorded[key]:
                assert own[key] == before[1], f"`{key}` moved"
            self.times[where] = (recorded[key], own[key])


def without_times(body: bytes) -> bytes:
    """A raw answer with its clocks blanked."""
    return _TIME_TEXT.sub(rb"\1TIME", body)
