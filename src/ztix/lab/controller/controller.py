"""One simulated controller: its records, the nodes it has heard from, its answers. Touches the clock.

`answer` takes a request that passed the HTTP layer and returns what the controller would say. It is
called by one thread at a time.
"""

from __future__ import annotations

import hmac
import re
import secrets
import time
from collections.abc import Callable
from ipaddress import ip_address

from ztix.lab.controller import service
from ztix.lab.controller.home import Home
from ztix.lab.controller.http import Answer, Request
from ztix.lab.controller.jsontext import read_object
from ztix.lab.controller.members import amended_member
from ztix.lab.controller.networks import amended_network
from ztix.lab.controller.nodes import Answered, Asking, Reply, answer_node
from ztix.lab.controller.store import Network, Store
from ztix.lab.controller.values import Record, Refused, as_bool, as_text, as_u64, dump

_NETWORK = "([0-9a-fA-F]{16})"
_MEMBER = "([0-9a-fA-F]{10})"
_LONGEST_DESCRIPTION = 1023
_ONLINE_MS = 120_000
_SUFFIX_BITS = 24
# longer domains overrun a field of the configuration; the controller dies when it pushes one
LONGEST_DOMAIN = 127

_NOT_FOUND = Answer(404, content_type=None)
_BAD_REQUEST = Answer(400, content_type=None)
_UNAUTHORISED = Answer(401, b"{}")


class Crash(Exception):
    """The controller dies here: it pushes a domain that is too long to an online member.

    answer: what it was about to send, None when no request of the API was the cause.
    """

    def __init__(self, answer: Answer | None = None) -> None:
        super().__init__()
        self.answer = answer


def json_answer(text: str, status: int = 200) -> Answer:
    """An answer with JSON text."""
    return Answer(status, text.encode("utf-8", "surrogatepass"))


def refusal(refused: Refused) -> Answer:
    """The 500 of the controller: the quotation is not escaped and the text is cut."""
    body = b'{"error": 500, "description": "' + refused.description.partition(b"\0")[0] + b'"}'
    return Answer(500, body[:_LONGEST_DESCRIPTION])


class Controller:
    """The state of one controller process."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.store = Store(home.directory / "controller.d")
        self.skew_s = 0.0  # by how much its clock is ahead
        self._online: dict[tuple[int, int], tuple[Asking, int]] = {}
        both = ("POST", "PUT")
        read = ("GET", "HEAD")
        self._routes: list[tuple[tuple[str, ...], re.Pattern[str], Callable[..., Answer]]] = [
            (methods, re.compile(pattern), endpoint)
            for methods, pattern, endpoint in (
                (read, "/controller", self._status),
                (read, "/controller/network", self._networks),
                (read, "/unstable/controller/network", self._all_networks),
                (read, f"/controller/network/{_NETWORK}", self._network),
                (both, "/controller/network", self._create),
                (both, f"/controller/network/{_MEMBER}______", self._create_under),
                (both, f"/controller/network/{_NETWORK}", self._amend_network),
                (("DELETE",), f"/controller/network/{_NETWORK}", self._delete_network),
                (read, f"/controller/network/{_NETWORK}/member", self._members),
                (read, f"/unstable/controller/network/{_NETWORK}/member", self._all_members),
                (read, f"/controller/network/{_NETWORK}/member/{_MEMBER}", self._member),
                (both, f"/controller/network/{_NETWORK}/member/{_MEMBER}", self._amend_member),
                (("DELETE",), f"/controller/network/{_NETWORK}/member/{_MEMBER}", self._delete_member),
            )
        ]

    def answer(self, request: Request) -> Answer:
        """What the controller says to a request. Raises Crash."""
        answer = self._answer(request)
        callback = request.query.get("jsonp")
        if callback is None or answer.content_type != "application/json":
            return answer
        wrapped = callback.encode() + b"(" + answer.body + b");"
        return Answer(answer.status, wrapped, "application/javascript")

    def _answer(self, request: Request) -> Answer:
        if not self._allowed(request):
            return _UNAUTHORISED
        for methods, pattern, endpoint in self._routes:
            if request.method in methods and (found := pattern.fullmatch(request.path)):
                try:
                    return endpoint(request, *found.groups())
                except Refused as refused:
                    return refusal(refused)
        if request.method in ("CONNECT", "TRACE", "PRI"):
            return _BAD_REQUEST
        text = service.answer_text(request, self.home.identity, self._now_ms(), self._peers())
        return _NOT_FOUND if text is None else text

    def _allowed(self, request: Request) -> bool:
        """The first token that is present decides; only loopback may ask at all."""
        if not ip_address(request.peer).is_loopback:
            return False
        if request.path == "/health":
            return True
        presented = request.headers.get("x-zt1-auth", request.query.get("auth"))
        if presented is None:
            kind, _, presented = request.headers.get("authorization", "").partition(" ")
            if kind not in ("Bearer", "bearer"):
                return False
        return hmac.compare_digest(presented.encode(), self.home.token.encode())

    # ── networks ──

    def _status(self, request: Request) -> Answer:
        return json_answer(
            f'{{\n\t"controller": true,\n\t"apiVersion": 4,\n\t"clock": {self._now_ms()},'
            '\n\t"databaseReady": true\n}\n'
        )

    def _networks(self, request: Request) -> Answer:
        return json_answer(dump([f"{number:016x}" for number in sorted(self.store.networks)]))

    def _all_networks(self, request: Request) -> Answer:
        data: list[Record] = []
        for number in sorted(self.store.networks):
            network = self.store.networks[number]
            meta: Record = {
                "authorizedMemberCount": _authorized(network),
                "totalMemberCount": len(network.members),
            }
            data.append(network.stored.record | {"meta": meta})
        return json_answer(dump({"data": list(data), "meta": {"networkCount": len(data)}}))

    def _network(self, request: Request, network: str) -> Answer:
        found = self.store.networks.get(int(network, 16))
        return _NOT_FOUND if found is None else json_answer(found.stored.text)

    def _create(self, request: Request) -> Answer:
        """A network with a random suffix; `000000` is avoided."""
        while True:
            number = self.home.node << _SUFFIX_BITS | (secrets.randbits(_SUFFIX_BITS) or 1)
            if number not in self.store.networks:
                return self._amend_network(request, f"{number:016x}")

    def _create_under(self, request: Request, node: str) -> Answer:
        """The older form of a creation; the node id is compared as text."""
        return self._create(request) if node == f"{self.home.node:010x}" else _BAD_REQUEST

    def _amend_network(self, request: Request, network: str) -> Answer:
        number = int(network, 16)
        body = read_object(request.body)
        found = self.store.networks.get(number)
        old = None if found is None else found.stored.record
        answer = json_answer(self.store.save_network(amended_network(old, body, number, self._now_ms())))
        saved = self.store.networks.get(number)
        if saved is not None and saved.stored.record is not old:
            self._push(answer, number, [node for network_, node in self._online if network_ == number])
        return answer

    def _delete_network(self, request: Request, network: str) -> Answer:
        found = self.store.networks.get(int(network, 16))
        if found is None:
            return _NOT_FOUND
        self.store.erase_network(int(network, 16))
        return json_answer(found.stored.text)

    # ── members ──

    def _members(self, request: Request, network: str) -> Answer:
        found = self.store.networks.get(int(network, 16))
        if found is None:
            return _NOT_FOUND
        revisions: Record = {
            as_text(member.record.get("id")): as_u64(member.record.get("revision"), 0)
            for member in found.members.values()
        }
        return json_answer(dump(revisions))

    def _all_members(self, request: Request, network: str) -> Answer:
        """Newest first: the controller promises no order, and its own is close to this one."""
        found = self.store.networks.get(int(network, 16))
        if found is None:
            return _NOT_FOUND
        data = ",".join(member.text for member in reversed(found.members.values()))
        meta = dump({"authorizedCount": _authorized(found), "totalCount": len(found.members)})
        return json_answer(f'{{"data":[{data}],"meta":{meta}}}')

    def _member(self, request: Request, network: str, node: str) -> Answer:
        found = self.store.networks.get(int(network, 16))
        member = None if found is None else found.members.get(int(node, 16))
        return _NOT_FOUND if member is None else json_answer(member.text)

    def _amend_member(self, request: Request, network: str, node: str) -> Answer:
        number, address = int(network, 16), int(node, 16)
        found = self.store.networks.get(number)
        if found is None:
            return _NOT_FOUND
        old = found.members.get(address)
        record = amended_member(
            None if old is None else old.record, read_object(request.body), network, node, self._now_ms()
        )
        answer = json_answer(self.store.save_member(record))
        if found.members.get(address) is not old:
            self._push(answer, number, [address])
        return answer

    def _delete_member(self, request: Request, network: str, node: str) -> Answer:
        number, address = int(network, 16), int(node, 16)
        found = self.store.networks.get(number)
        member = None if found is None else found.members.get(address)
        if member is None:
            return _NOT_FOUND
        self.store.erase_member(number, address)
        return json_answer(member.text)

    # ── nodes ──

    def join(self, number: int, asking: Asking) -> Answered:
        """A node asks for its configuration. Raises Crash."""
        answered = self._ask(number, asking, genuine=True)
        if answered.reply is Reply.OK:
            self._online[number, asking.node] = asking, self._now_ms()
        return answered

    def leave(self, number: int, node: int) -> None:
        """A node falls silent; its record stays."""
        self._online.pop((number, node), None)

    def _push(self, answer: Answer, number: int, nodes: list[int]) -> None:
        """The controller sends members heard from lately their changed configuration. Raises Crash."""
        for node in nodes:
            asking, heard_ms = self._online.get((number, node), (None, 0))
            if asking is not None and self._now_ms() - heard_ms < _ONLINE_MS:
                try:
                    self._ask(number, asking, genuine=False)
                except Crash:
                    raise Crash(answer) from None

    def _ask(self, number: int, asking: Asking, genuine: bool) -> Answered:
        network = self.store.networks.get(number)
        member = None if network is None else network.members.get(asking.node)
        answered = answer_node(
            number,
            None if network is None else network.stored.record,
            None if member is None else member.record,
            asking,
            set() if network is None else _taken(network),
            secrets.randbelow,
            self._now_ms(),
            genuine,
        )
        if answered.record is not None:
            self.store.save_member(answered.record)
        if network is not None and answered.reply is Reply.OK:
            _survives(network.stored.record)
        return answered

    def _peers(self) -> list[tuple[Asking, int]]:
        """The nodes heard from, once each."""
        return list({asking.node: (asking, heard) for asking, heard in self._online.values()}.values())

    def _now_ms(self) -> int:
        return time.time_ns() // 1_000_000 + int(self.skew_s * 1_000)


def _authorized(network: Network) -> int:
    return sum(as_bool(member.record.get("authorized"), False) for member in network.members.values())


def _taken(network: Network) -> set[str]:
    """The addresses that pools may not give again; only looked at when there are pools."""
    if not network.stored.record.get("ipAssignmentPools"):
        return set()
    taken: set[str] = set()
    for member in network.members.values():
        addresses = member.record.get("ipAssignments")
        taken.update(as_text(text) for text in (addresses if isinstance(addresses, list) else []))
    return taken


def _survives(network: Record) -> None:
    """Raises Crash for a domain that overruns its field."""
    dns = network.get("dns")
    if isinstance(dns, dict) and len(as_text(dns.get("domain")).encode()) > LONGEST_DOMAIN:
        raise Crash
