"""A network at ZeroTier Central, over API v1.

Law: talks and translates nothing (`zerotier_central` does). Every answer that is not the one asked for ends
as `Unavailable` or `Refused`; the token gets into no message. Central chooses the ids of networks, so the
network is there before ztix is; members are taken off and never deleted, because a deleted one is forgotten
with all that people wrote beside it. Requests keep below Central's rate, which each answer tells. What was
written shows in reads a little later: reads are repeated until it does, within the run's patience.
Rules, tags and capabilities of the network stay as they are: Central compiles them from a text of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ztix.drivers.http import PASSING, Reply, RetryBudget, client, request, retry_after_s
from ztix.drivers.zerotier_replies import Words
from ztix.errors import Refused
from ztix.fabric import About, Attachment, NetworkSettings, Observed, Sighting
from ztix.terms import NetworkId, NetworkRef, NodeId, Prefix
from ztix.zerotier import differences
from ztix.zerotier_central import (
    Held,
    has_single_sign_on,
    member_body,
    network_body,
    pace_s,
    read_member,
    read_network,
    throttled_s,
)
from ztix.zerotier_sightings import of_central, read_about

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    import httpx

URL = "https://api.zerotier.com/api/v1"
LIST_BYTES = 256 * 1024 * 1024  # a member is about a kilobyte: far above the largest network
FAILING = PASSING | {500}  # Central answers 500 in passing, too
SETTLING_S = (0.5, 1.0, 2.0, 4.0)  # seconds between reads, until what was written shows


def central_client(
    url: str, token: str, *, timeout_s: float = 15.0, transport: httpx.BaseTransport | None = None
) -> httpx.Client:
    """An HTTP client for Central. Raises Usage for a token that no header can carry."""
    return client(
        url.rstrip("/"),
        headers={"Authorization": f"token {token}"},
        timeout_s=timeout_s,
        connections=1,
        verify=url.startswith("https:"),
        trust_environment=True,
        transport=transport,
    )


@dataclass(slots=True)
class ZeroTierCentral:
    """One network at Central; a Fabric.

    http: from `central_client`.  ref: the network as policy names it, which must be a whole id.  token_from:
    where the token was found, for messages.  fabric: its name in policy.
    """

    http: httpx.Client
    ref: NetworkRef
    budget: RetryBudget
    token_from: str
    fabric: str = ""
    _lan: tuple[Prefix, ...] | None = None
    _pause_s: float = 0.0
    _set: NetworkSettings | None = None
    _written: dict[NodeId, Attachment] = field(default_factory=dict)

    def observe(self) -> Observed:
        """The network and all its members, in one read each; again while an own write does not show yet."""
        observed = self._read()
        for wait_s in SETTLING_S:
            if not self._is_behind(observed) or not self.budget.spend(wait_s):
                break
            self.budget.sleep(wait_s)
            observed = self._read()
        self._set = None
        self._written.clear()
        return observed

    def configure(self, settings: NetworkSettings) -> NetworkSettings:
        """Set the network, and compare what Central kept with what was meant. It cannot make one.

        Raises Refused also where single sign-on lets people in: to end that is for a person.
        """
        network_body(settings)  # what is refused is refused before anything is asked
        path = self._path()
        held = self._words.found(self._ask("GET", path))
        if has_single_sign_on(held):
            raise Refused(
                f"single sign-on of network `{self.ref}` lets people in that git does not know",
                help="switch it off on the network's page at Central, then run again",
            )
        had_dns = read_network(held, NetworkId(self.ref)).dns is not None
        body = network_body(settings, had_dns=had_dns)
        kept = read_network(self._words.found(self._put(path, body)), NetworkId(self.ref))
        self._lan = kept.prefixes
        if different := differences(settings, kept):
            raise Refused(
                f"Central kept other settings of network `{self.ref}` than it got: {different}",
                help="write in policy what it keeps",
            )
        self._set = kept
        return kept

    def write(self, attachment: Attachment) -> Attachment:
        """One POST with every field that ztix answers for; Central keeps the others as they are.

        Raises Refused also where it kept automatic addresses or bridging on.
        """
        path = self._path(f"/member/{attachment.node}")
        if self._lan is None:
            found = self._words.found(self._ask("GET", self._path()))
            self._lan = read_network(found, NetworkId(self.ref)).prefixes
        reply = self._put(path, member_body(attachment, self._lan))
        held = read_member(self._words.found(reply))
        if held is None or held.attachment.node != attachment.node:
            raise self._words.strange(reply)
        if not held.own:
            raise Refused(
                f"Central kept automatic addresses or bridging on for node `{attachment.node}`",
                help="switch them off on the member's page at Central",
            )
        self._written[attachment.node] = held.attachment
        return held.attachment

    def sightings(self, nodes: Collection[NodeId]) -> dict[NodeId, Sighting]:
        """What Central tells of these nodes in its list; it may forget when it saw one."""
        records = self._members()
        held = ((read_member(record), record) for record in records)
        return {
            one.attachment.node: of_central(record)
            for one, record in held
            if one and one.attachment.node in nodes and isinstance(record, dict)
        }

    def _members(self) -> list[object]:
        reply = self._ask("GET", self._path("/member"))
        records = self._words.found(reply)
        if not isinstance(records, list):
            raise self._words.strange(reply)
        return records

    def _read(self) -> Observed:
        settings = read_network(self._words.found(self._ask("GET", self._path())), NetworkId(self.ref))
        records = self._members()
        found: list[Held] = []
        while records:  # each record goes as its value comes
            if held := read_member(records.pop()):
                found.append(held)
        found.sort(key=lambda one: one.attachment.node)
        self._lan = settings.prefixes
        return Observed(
            NetworkId(self.ref),
            settings,
            {one.attachment.node: one.attachment for one in found},
            frozenset(one.attachment.node for one in found if one.attachment.authorised and not one.own),
        )

    def _is_behind(self, observed: Observed) -> bool:
        """Whether a read shows less than this run has written."""
        shown = observed.attachments
        return (self._set is not None and observed.settings != self._set) or any(
            shown.get(node) != written for node, written in self._written.items()
        )

    def _put(self, path: str, body: object) -> Reply:
        """A write, to a network that was read before: where it is made but newly, the part that writes may
        not know it yet, and answers 404."""
        reply = self._ask("POST", path, body)
        for wait_s in SETTLING_S:
            if reply.status != 404 or not self.budget.spend(wait_s):
                break
            self.budget.sleep(wait_s)
            reply = self._ask("POST", path, body)
        return reply

    def about(self) -> About:
        """Its version and its time, as far as it tells them."""
        reply = self._ask("GET", "/status")
        return About() if reply.status == 404 else read_about(reply.json())

    def _ask(self, method: str, path: str, body: object = None) -> Reply:
        """One request: an answer with 200 or 404. Every write is whole, so it may be repeated."""
        if self._pause_s:
            self.budget.sleep(self._pause_s)
        reply = request(
            self.http,
            method,
            path,
            service=self._words.service,
            budget=self.budget,
            body=body,
            repeatable=True,
            limit_bytes=LIST_BYTES,
            passing=FAILING,
            wish=_wish,
            fabric=self.fabric,
        )
        self._pause_s = pace_s(reply.headers, self.budget.now())
        return self._words.expected(reply)

    def _path(self, rest: str = "") -> str:
        if len(self.ref) != 16:
            raise Refused(
                f"network `{self.ref}` is the end of an id, and Central has many controllers",
                help="write the network's whole id, 16 digits, as `network` in policy/fabrics.yaml",
            )
        return f"/network/{self.ref}{rest}"

    @property
    def _words(self) -> Words:
        return Words(
            f"ZeroTier Central at `{str(self.http.base_url).rstrip('/')}`",
            {
                401: (
                    "it does not know the token",
                    f"make a token on the account page of Central, and put it into {self.token_from}",
                ),
                403: (
                    "the token's user may not do that",
                    f"give that user the rights to read, modify and authorise on network `{self.ref}`, or"
                    f" put another user's token into {self.token_from}",
                ),
            },
            (
                f"there is no network `{self.ref}` that the token's user may see",
                "make one at Central and write its id as `network` in policy/fabrics.yaml; a new one may"
                " take a minute to show",
            ),
            "Central does not send",
            "run again later; if it stays, check `url` in policy/fabrics.yaml",
            "check `url` in policy/fabrics.yaml, and what stands between here and there",
        )


def _wish(status: int, headers: httpx.Headers, now: datetime) -> float | None:
    asked_s = retry_after_s(headers, now)
    return throttled_s(headers, now) if asked_s is None and status == 429 else asked_s
