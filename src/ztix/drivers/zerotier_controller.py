"""A network on a self-hosted ZeroTier One controller, over the HTTP API of its own machine.

Law: talks and translates nothing (`zerotier` does). Every answer that is not the one asked for ends as
`Unavailable` or `Refused`; the token gets into no message. Manners, measured on version 1.14.1: each request
has a connection of its own, because a second one on the same connection waits 43 ms for a delayed
acknowledgement; never more than four at a time, because the listen queue holds five and an overflow costs a
second; one write a node a run with all fields, because two writes in a row may undo each other.
"""

from __future__ import annotations

import gc
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ztix.drivers.http import Reply, RetryBudget, client, request
from ztix.drivers.zerotier_replies import Words
from ztix.errors import Refused, Unavailable
from ztix.fabric import About, Attachment, NetworkSettings, Observed, Sighting
from ztix.terms import ControllerPin, NetworkId, NetworkRef, NodeId, Prefix
from ztix.zerotier import (
    Held,
    differences,
    member_body,
    network_body,
    read_controller,
    read_member,
    read_network,
    read_trace,
)
from ztix.zerotier_sightings import of_controller, read_about, read_peers

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    import httpx

CONNECTIONS = 4
LIST_BYTES = 256 * 1024 * 1024  # a member is 550 bytes: far above the largest network
CONTROLLER = "install ZeroTier One 1.14.x there: releases from 1.16 on come without the controller"


def controller_client(
    url: str, token: str, *, timeout_s: float = 15.0, transport: httpx.BaseTransport | None = None
) -> httpx.Client:
    """An HTTP client with the manners of this file's head. Raises Usage for a token no header can carry."""
    return client(
        url.rstrip("/"),
        headers={"X-ZT1-Auth": token},
        timeout_s=timeout_s,
        keep_alive=False,
        connections=CONNECTIONS,
        verify=url.startswith("https:"),  # loading the authorities takes longer than a whole plain run
        transport=transport,
    )


@contextmanager
def _uncollected() -> Iterator[None]:
    """No search for cycles meanwhile: JSON has none, and looking for them among 10,000 records takes long."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


@dataclass(slots=True)
class ZeroTierController:
    """One network on one controller; a Fabric.

    http: from `controller_client`.  ref: the network as policy names it.  token_from: where the token was
    found, for messages.  fabric: its name in policy.  The controller is asked who it is before the first use.
    """

    http: httpx.Client
    ref: NetworkRef
    budget: RetryBudget
    token_from: str
    fabric: str = ""
    _network: NetworkId | None = None
    _own: ControllerPin | None = None
    _lan: tuple[Prefix, ...] | None = None
    _held: dict[NodeId, Held] = field(default_factory=dict)

    def observe(self) -> Observed:
        """The network and all its members: one read each, where the controller has the bulk list.

        Records of ids that no node can have are left out: they can neither join nor be asked for.
        """
        network = self._ready()
        reply = self._ask("GET", self._path())
        if reply.status == 404:
            self._lan = None
            return Observed(network, None, controller=self._own)
        settings = read_network(reply.json())
        held = sorted(self._members(), key=lambda one: one.attachment.node)
        self._lan = settings.prefixes
        self._held = {one.attachment.node: one for one in held}
        return Observed(
            network,
            settings,
            {one.attachment.node: one.attachment for one in held},
            frozenset(one.attachment.node for one in held if one.attachment.authorised and not one.own),
            self._own,
            keys={one.attachment.node: one.identity for one in held if isinstance(one.identity, str)},
        )

    def configure(self, settings: NetworkSettings) -> NetworkSettings:
        """Create the network or set it, and compare what the controller kept with what was meant.

        A value that it kept otherwise is `Refused`, not `Unavailable`: it answered, in its own form, and
        asking again changes nothing; someone has to choose another value.
        """
        self._ready()
        body = network_body(settings)
        before = self._ask("GET", self._path())
        if before.status != 404:
            held = before.json()
            body = network_body(settings, read_trace(held), had_dns=read_network(held).dns is not None)
        kept = read_network(self._words.found(self._ask("POST", self._path(), body)))
        self._lan = kept.prefixes
        if different := differences(settings, kept):
            raise Refused(
                f"the controller kept other settings of network `{self._network}` than it got: {different}",
                help="write in policy what it keeps, or check its version: ztix knows 1.14",
            )
        return kept

    def write(self, attachment: Attachment) -> Attachment:
        """One POST with every field; what the controller then holds is for the caller to compare.

        Raises Refused also where it kept automatic addresses or bridging on, which an Attachment cannot say.
        """
        self._ready()
        if self._lan is None:
            self._lan = read_network(self._words.found(self._ask("GET", self._path()))).prefixes
        before = self._held.get(attachment.node)
        body = member_body(attachment, self._lan, before.trace if before else 0)
        reply = self._ask("POST", self._path(f"/member/{attachment.node}"), body)
        held = read_member(self._words.found(reply))
        if held is None or held.attachment.node != attachment.node:
            raise self._words.strange(reply)
        if not held.own:
            raise Refused(
                f"the controller kept automatic addresses or bridging on for node `{attachment.node}`",
                help="check its version: ztix knows 1.14",
            )
        return held.attachment

    def look(self, nodes: Collection[NodeId]) -> dict[NodeId, Attachment]:
        """One read for each of these nodes."""
        self._ready()
        replies = [self._ask("GET", self._path(f"/member/{node}")) for node in nodes]
        found = [read_member(reply.json()) for reply in replies if reply.status != 404]
        held = {one.attachment.node: one for one in found if one}
        self._held |= held
        return {node: one.attachment for node, one in held.items()}

    def sightings(self, nodes: Collection[NodeId]) -> dict[NodeId, Sighting]:
        """First contacts as the last observation had them, and who spoke to it since its start."""
        self._ready()
        told = self._ask("GET", "/peer").json()
        peers, listed = read_peers(told), isinstance(told, list)
        held = {node: self._held[node] for node in nodes if node in self._held}
        return {
            node: of_controller(one.created_ms, one.identity, peers.get(node), listed=listed)
            for node, one in held.items()
        }

    def about(self) -> About:
        """Its version and its time."""
        self._ready()
        return read_about(self._ask("GET", "/status").json())

    def _members(self) -> list[Held]:
        reply = self._ask("GET", "/unstable" + self._path("/member"))
        if reply.status == 404:
            return self._members_each()
        found: list[Held] = []
        with _uncollected():
            value = reply.json()
            records = value.get("data") if isinstance(value, dict) else None
            if not isinstance(records, list):
                raise self._words.strange(reply)
            while records:  # each record goes as its value comes, so that no more than one of both is there
                if held := read_member(records.pop()):
                    found.append(held)
        return found

    def _members_each(self) -> list[Held]:
        """The members by the map of their ids and one read for each: older controllers have no bulk list."""
        from concurrent.futures import ThreadPoolExecutor

        reply = self._ask("GET", self._path("/member"))
        nodes = self._words.found(reply)
        if not isinstance(nodes, dict):
            raise self._words.strange(reply)
        with ThreadPoolExecutor(CONNECTIONS) as pool:
            replies = list(pool.map(lambda node: self._ask("GET", self._path(f"/member/{node}")), nodes))
        # a record that is gone by now was deleted since the map was read
        present = [read_member(one.json()) for one in replies if one.status != 404]
        return [held for held in present if held]

    def _ready(self) -> NetworkId:
        """The network's full id, after asking the controller once who it is and whether it can answer."""
        if self._network is not None:
            return self._network
        probe = self._ask("GET", "/controller")
        if probe.status == 404:
            raise Unavailable(
                f"{self._words.service} has no controller: it answered {probe.where} with 404",
                help=CONTROLLER,
            )
        state = probe.json()
        if not isinstance(state, dict) or state.get("controller") is not True:
            raise self._words.strange(probe)
        if state.get("databaseReady", True) is not True:
            raise Unavailable(
                f"the database of {self._words.service} is not ready", help="run again in a minute"
            )
        status = self._ask("GET", "/status")
        try:
            self._own = read_controller(status.json())
        except ValueError:
            raise self._words.strange(status) from None
        own = self._own.node
        network = self.ref.resolve(own)
        if network.controller != own:
            raise Refused(
                f"network `{network}` is not of {self._words.service}, whose id is `{own}`",
                help=f'write `network: "{network[10:]}"` in policy/fabrics.yaml, or its controller\'s `url`',
            )
        self._network = network
        return network

    def _ask(self, method: str, path: str, body: object = None) -> Reply:
        """One request: an answer with 200 or 404. Every write is whole, so it may be repeated."""
        reply = request(
            self.http,
            method,
            path,
            service=self._words.service,
            budget=self.budget,
            body=body,
            repeatable=True,
            limit_bytes=LIST_BYTES,
            fabric=self.fabric,
        )
        return self._words.expected(reply)

    def _path(self, rest: str = "") -> str:
        return f"/controller/network/{self._network}{rest}"

    @property
    def _words(self) -> Words:
        where = f"the controller at `{str(self.http.base_url).rstrip('/')}`"
        return Words(
            where,
            {
                401: (
                    "not its token, or not a host that may ask",
                    f"compare {self.token_from} with its authtoken.secret; a host other than its own needs"
                    " `allowManagementFrom` in its local.conf",
                ),
                403: (
                    "no controller says that, but what stands in front of it",
                    "let this host and its requests through there, or reach the controller by a tunnel",
                ),
            },
            (
                f"network `{self._network}` is not there",
                "`ztix reconcile` creates it; if it was there before, ask who deleted it",
            ),
            "no ZeroTier controller sends",
            "look at its log, and check that a ZeroTier controller answers there",
            "check the address in policy/fabrics.yaml, and what stands between here and there",
        )
