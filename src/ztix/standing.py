"""What is live now: each node of git beside what the last run, the fabric and the route servers say of it.

Law: pure. A source that did not answer gives unknown in its own columns and nothing else; which state follows
from what is known is for the table in `lifecycle`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from ztix.applied import Applied, Owned
from ztix.exchange import Claim, Exchange
from ztix.fabric import UNSEEN, Attachment, Observed, Sighting
from ztix.gather import Gathered
from ztix.health import Filtered, Health, Session
from ztix.lifecycle import Certainty, Facts, Git, State, Up, of_member, state_of
from ztix.receipt_told import LIVE, Told
from ztix.terms import Address, Label, NodeId

Presence: TypeAlias = Literal["attached", "differs", "missing", "suspended", "leaving", "unknown"]
LATELY = timedelta(minutes=5)
"""A node asks its controller for news every minute; Central tells of it a little later."""
_MEMBER = re.compile(r"AS[1-9][0-9]*")


@dataclass(frozen=True, slots=True)
class Live:
    """What was found outside. A fabric, a route server or a count that was not told is not there.

    applied: None where the branch of records could not be read.  told: the last receipt.
    """

    now: datetime
    applied: Applied | None
    told: Told | None = None
    observed: Mapping[Label, Observed] = field(default_factory=dict)
    sightings: Mapping[Label, Mapping[NodeId, Sighting]] = field(default_factory=dict)
    health: Mapping[Label, Health] = field(default_factory=dict)
    filtered: Mapping[Label, Sequence[Filtered]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sessions:
    """A node's sessions with one route server, by name.

    held: what the route server tells of each; None where it did not answer.  rejected: what import refused,
    the most frequent first; None where it does not tell.
    """

    route_server: Label
    names: tuple[str, ...]
    held: tuple[Session, ...] | None
    rejected: tuple[Filtered, ...] | None = None

    @property
    def wanted(self) -> int:
        return len(self.names)

    @property
    def up(self) -> int | None:
        return None if self.held is None else sum(session.established for session in self.held)

    @property
    def accepted(self) -> int | None:
        return None if self.held is None else sum(session.imported for session in self.held)

    @property
    def filtered(self) -> int | None:
        return None if self.held is None else sum(session.filtered for session in self.held)


@dataclass(frozen=True, slots=True)
class Standing:
    """One node. presence: how the fabric's record compares with git's.  online: None where nobody tells."""

    owner: str
    fabric: Label
    node: NodeId
    name: str
    addresses: tuple[Address, ...]
    presence: Presence
    sessions: tuple[Sessions, ...]
    state: State
    because: str
    online: bool | None
    sighting: Sighting


@dataclass(frozen=True, slots=True)
class MemberStanding:
    """One member. because: why it is in this state, where there is something to say."""

    owner: str
    state: State
    because: str


@dataclass(frozen=True, slots=True)
class Standings:
    """All of it. members: by AS number.  nodes: in git's order, then those that git names no more."""

    revision: str
    at: datetime
    members: tuple[MemberStanding, ...]
    nodes: tuple[Standing, ...]

    def of(self, owner: str) -> Standings:
        """Those of one owner alone."""
        members = tuple(one for one in self.members if one.owner == owner)
        return Standings(
            self.revision, self.at, members, tuple(one for one in self.nodes if one.owner == owner)
        )


def standings(gathered: Gathered, live: Live, proposed: Exchange | None = None) -> Standings:
    """Every node and member. proposed: the exchange of an open change."""
    rows = tuple(_Rows(gathered, live).all(proposed))
    return Standings(gathered.exchange.revision, live.now, tuple(_members(gathered, rows, proposed)), rows)


def _members(
    gathered: Gathered, rows: Sequence[Standing], proposed: Exchange | None
) -> Iterator[MemberStanding]:
    told: dict[str, list[tuple[State, str]]] = {}
    for row in rows:
        if _MEMBER.fullmatch(row.owner):
            told.setdefault(row.owner, []).append((row.state, row.because))
    for file in gathered.exchange.members:
        own = told.setdefault(str(file.member.asn), [])
        if not own and file.member.status == "suspended":
            own.append((State.SUSPENDED, "its file says `status: suspended`"))
    for file in proposed.members if proposed else ():
        if str(file.member.asn) not in told:
            told[str(file.member.asn)] = [(State.PENDING, "only the open change has it")]
    for resting in gathered.dormant:
        if all(state is State.SUSPENDED for state, _ in told.get(resting.owner, ())):
            told[resting.owner] = [(State.SUSPENDED, resting.reason)]
    for item in gathered.quarantined:
        told.setdefault(item.member, []).append((State.FAILED, f"quarantined: {item.reason}"))
    for owner in sorted(told, key=lambda owner: (len(owner), owner)):
        yield MemberStanding(owner, *of_member(told[owner]))


class _Rows:
    """Makes a row for each node."""

    def __init__(self, gathered: Gathered, live: Live) -> None:
        self.gathered, self.live = gathered, live
        self.applied = live.applied or Applied()
        self.quarantined = {item.member: f"quarantined: {item.reason}" for item in gathered.quarantined}
        self.dormant = {one.owner: one.reason for one in gathered.dormant}
        self.names: dict[tuple[str, Address], dict[Label, str]] = {}
        for server, rendered in gathered.rendered.items():
            for session in rendered.view.sessions:
                self.names.setdefault((str(session.asn), session.address), {})[server] = session.name
        self.undone = dict(self._undone())

    def all(self, proposed: Exchange | None) -> Iterator[Standing]:
        """Git's nodes, those of the open change alone, and those that git names no more."""
        named = set()
        for claim in self.gathered.exchange.claims():
            named.add((claim.fabric, claim.node))
            yield self._row(claim, "merged" if claim.active else "suspended")
        for claim in proposed.claims() if proposed else ():
            if (claim.fabric, claim.node) not in named and _MEMBER.fullmatch(claim.owner):
                named.add((claim.fabric, claim.node))
                yield self._row(claim, "proposed")
        for fabric, nodes in self.applied.owned.items():
            for node, owned in nodes.items():
                if (fabric, node) not in named and owned.owner not in self.applied.temporary:
                    yield self._left(fabric, owned)

    def _row(self, claim: Claim, git: Git) -> Standing:
        sessions = tuple(self._sessions(claim)) if git != "proposed" else ()
        held = self.applied.on(claim.fabric).get(claim.node)
        rollout = "; ".join(
            self.undone[one.route_server] for one in sessions if one.route_server in self.undone
        )
        facts = Facts(
            git,
            self._applied(held, claim, sessions, rollout),
            sessions=_up(sessions),
            rollout=rollout,
            trouble=self._trouble(claim.owner, claim.fabric, claim.node, claim.attachment),
            dormant=self.dormant.get(claim.owner, ""),
        )
        return self._standing(claim.owner, claim.fabric, claim.attachment, claim.addresses, sessions, facts)

    def _left(self, fabric: Label, owned: Owned) -> Standing:
        git: Git = "merged" if owned.owner in self.gathered.frozen else "gone"
        off = Attachment(owned.attachment.node, "", (), authorised=False)
        trouble = self._trouble(owned.owner, fabric, owned.attachment.node, off)
        facts = Facts(git, "yes", sessions="none wanted", trouble=trouble)
        return self._standing(owned.owner, fabric, owned.attachment, owned.attachment.addresses, (), facts)

    def _standing(
        self,
        owner: str,
        fabric: Label,
        wanted: Attachment,
        addresses: tuple[Address, ...],
        sessions: tuple[Sessions, ...],
        facts: Facts,
    ) -> Standing:
        node, name = wanted.node, wanted.name
        observed = self.live.observed.get(fabric)
        sighting = self.live.sightings.get(fabric, {}).get(node, UNSEEN)
        held = observed.attachments.get(node) if observed else None
        online = _online(sighting, self.live.now)
        on: Certainty = "unknown" if observed is None else "yes" if held and held.authorised else "no"
        seen: Certainty = "unknown" if online is None else "yes" if online else "no"
        state, because = state_of(replace(facts, fabric=on, seen=seen))
        presence = "unknown" if observed is None else _presence(wanted, held, facts.git)
        row = (owner, fabric, node, name, addresses, presence, sessions, state, because, online, sighting)
        return Standing(*row)

    def _sessions(self, claim: Claim) -> Iterator[Sessions]:
        for server in self.gathered.rendered:
            told = [self.names.get((claim.owner, address), {}) for address in claim.addresses]
            names = tuple(one[server] for one in told if server in one)
            if not names:
                continue
            health, filtered = self.live.health.get(server), self.live.filtered.get(server)
            held = None if health is None else tuple(_held(health, name) for name in names)
            rejected = None if filtered is None else tuple(one for one in filtered if one.session in names)
            yield Sessions(server, names, held, rejected)

    def _applied(
        self, held: Owned | None, claim: Claim, sessions: Sequence[Sessions], rollout: str
    ) -> Certainty:
        if self.live.applied is None:
            return "unknown"
        if held is None or held.attachment != claim.attachment:
            return "no"
        configured = (self.applied.configurations.get(one.route_server) for one in sessions)
        pairs = zip(sessions, configured, strict=True)
        known = any(running and set(one.names) & set(running.sessions) for one, running in pairs)
        return "yes" if known or rollout or not sessions else "no"

    def _trouble(self, owner: str, fabric: Label, node: NodeId, wanted: Attachment) -> str:
        """Why it is not as git says; what the last run could not do and is so by now is none."""
        if owner in self.quarantined:
            return self.quarantined[owner]
        observed = self.live.observed.get(fabric)
        seen = observed.attachments.get(node) if observed else None
        if seen == wanted or (seen and not seen.authorised and not wanted.authorised):
            return ""
        outcomes = self.live.told.outcomes if self.live.told else ()
        own = (one for one in outcomes if one.after and one.after.node == node and one.outcome != "applied")
        return next((f"{one.outcome} in the last run: {one.reason}" for one in own), "")

    def _undone(self) -> Iterator[tuple[Label, str]]:
        """The route servers whose last rollout did not end well, unless they run git's text by now."""
        for one in self.live.told.rollouts if self.live.told else ():
            server = next((name for name in self.gathered.rendered if name == one.route_server), None)
            if server is None or one.ended in LIVE:
                continue
            running = self.applied.configurations.get(server)
            if running is None or running.digest != self.gathered.rendered[server].configured.digest:
                yield server, f"{server} {one.ended}" + (f": {one.detail}" if one.detail else "")


def _held(health: Health, name: str) -> Session:
    return health.sessions.get(name, Session(name, established=False))


def _up(sessions: Sequence[Sessions]) -> Up:
    if not sessions:
        return "none wanted"
    known = [one for one in sessions if one.up is not None]
    if not known:
        return "unknown"
    up, wanted = sum(one.up or 0 for one in known), sum(one.wanted for one in known)
    return "all" if up == wanted else "some" if up else "none"


def _online(sighting: Sighting, now: datetime) -> bool | None:
    if sighting.last is not None:
        return now - sighting.last < LATELY
    return False if sighting.silent else None


def _presence(wanted: Attachment, seen: Attachment | None, git: Git) -> Presence:
    if not wanted.authorised or git == "gone":
        return "leaving" if seen is not None and seen.authorised else "suspended"
    if seen is None or not seen.authorised:
        return "missing"
    return "attached" if seen == wanted else "differs"
