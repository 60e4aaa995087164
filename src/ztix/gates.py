"""Gates: how much a plan may change before a person has to approve exactly this plan.

Law: pure. A gate counts over the whole plan, by number and by share, and half of what is there is never
taken away unapproved, however small the exchange. There is no way around a gate but the plan's own digest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeGuard

from ztix.amounts import few
from ztix.applied import Applied
from ztix.diagnostics import Span
from ztix.digests import key_digest
from ztix.effects import Effect, SessionEffect
from ztix.exchange import Exchange
from ztix.fabric import Amend, Change, Configure, Detach, Observed
from ztix.plan import Desired, Plan
from ztix.policy import Limit, policy_path
from ztix.terms import Label, NodeId

NAMED = 4  # sessions that a refusal names
ALWAYS = "this always needs approval"
HALF = "half or more always needs approval, and no setting changes that"


@dataclass(frozen=True, slots=True)
class Refusal:
    """One gate that a plan does not pass.

    what: what is counted, with the number.  limit: the limit in words.  where: the place that sets it, None
    where no setting does.
    """

    gate: str
    what: str
    limit: str
    where: Span | None

    @property
    def words(self) -> str:
        """What and why in one sentence."""
        return f"{self.what}; {self.limit}" + (f", set at {self.where}" if self.where else "")


def judge(plan: Plan, exchange: Exchange, applied: Applied) -> tuple[Refusal, ...]:
    """The gates that this plan does not pass; empty where it may be applied without approval."""
    return tuple(_judge(plan, exchange, applied))


def _judge(plan: Plan, exchange: Exchange, applied: Applied) -> Iterator[Refusal]:
    gates = exchange.policy.gates
    for fabric in dict.fromkeys(change.fabric for change in plan.changes):
        ours = [change for change in plan.changes if change.fabric == fabric]
        owned = len(applied.on(fabric))
        removed, moved = sum(isinstance(change, Detach) for change in ours), sum(map(_moves, ours))
        what = f"nodes would leave fabric `{fabric}`"
        yield from _counted(exchange, "removals", what, removed, owned, gates.removals)
        what = f"nodes would change address on fabric `{fabric}`"
        yield from _counted(exchange, "readdressed", what, moved, owned, gates.readdressed)
    # One that policy names no more is still everybody's route server until its node is off.
    servers = {server.name for server in exchange.policy.route_servers.route_servers}
    servers |= applied.configurations.keys()
    for change in plan.changes:
        if isinstance(change, Configure) and change.before is not None and change.because is not None:
            what = f"the settings of the network of fabric `{change.fabric}` would change"
            yield Refusal("network", what, ALWAYS, None)
        elif (isinstance(change, Detach) or _moves(change)) and change.owner in servers:
            what = f"the node of route server `{change.owner}` would change"
            yield Refusal("route-server-node", what, ALWAYS, None)
    for deploy in plan.deploys:
        total = len(deploy.removed) + len(deploy.kept)
        what = f"sessions of route server `{deploy.route_server}` would end"
        yield from _counted(exchange, "sessions", what, len(deploy.removed), total, gates.sessions)


def untold(unrecorded: Mapping[Label, object | None]) -> tuple[Refusal, ...]:
    """The route servers that run what no receipt tells of, and do not tell it either: who would end there?"""
    what = "what route server `{}` runs is in no receipt, and it does not tell"
    silent = [server for server, known in unrecorded.items() if known is None]
    return tuple(Refusal("sessions", what.format(server), ALWAYS, None) for server in silent)


def restarts(foreseen: Mapping[Label, Sequence[SessionEffect] | None]) -> tuple[Refusal, ...]:
    """The route servers on which a session that stays would restart: nobody's is, unless a person says so."""
    found = []
    for server, effects in foreseen.items():
        ending = [one for one in effects or () if one.effect is Effect.RESTART]
        if ending:
            which = few([f"`{one.name}` ({', '.join(one.because)})" for one in ending], NAMED)
            plural = "session that stays" if len(ending) == 1 else "sessions that stay"
            what = f"{len(ending)} {plural} on route server `{server}` would restart: {which}"
            found.append(Refusal("restarts", what, ALWAYS, None))
    return tuple(found)


def node_keys(side: Desired, seen: Observed, applied: Applied) -> dict[NodeId, str]:
    """A fingerprint of the key of each node that is to be on, where its controller tells it."""
    nodes = {claim.node for claim in side.claims if claim.active}
    nodes |= {node for node, owned in applied.on(side.fabric).items() if owned.owner in side.frozen}
    return {node: key_digest(seen.keys[node]) for node in sorted(nodes) if node in seen.keys}


def other_keys(
    desired: Sequence[Desired], observed: Mapping[Label, Observed], applied: Applied
) -> tuple[Refusal, ...]:
    """The fabrics where a node has another key than at its first contact.

    A node's id is 40 bits of its key, and its controller holds it to the first key that it met: until it
    loses the record, by a deletion or a restore. Then whoever made a key for the same id may be first.
    """
    found = []
    for side in desired:
        known = applied.keys.get(side.fabric, {})
        now = node_keys(side, observed[side.fabric], applied)
        other = [f"`{node}`" for node, key in now.items() if known.get(node, key) != key]
        if other:
            what = f"another key than at first contact: {few(other, NAMED)} on fabric `{side.fabric}`"
            found.append(Refusal("node-keys", what, f"ask whose node it is now; {ALWAYS}", None))
    return tuple(found)


def _moves(change: Change) -> TypeGuard[Amend]:
    return isinstance(change, Amend) and change.before.addresses != change.after.addresses


def _counted(
    exchange: Exchange, gate: str, what: str, number: int, total: int, limit: Limit
) -> Iterator[Refusal]:
    if not number:
        return
    allowed = max(limit.count, int(limit.share * total))
    where = _where(exchange, gate)
    if number * 2 >= total:
        yield Refusal(gate, f"{number} of {total} {what}", HALF, None)
    elif number > allowed:
        words = f"the limit is {allowed}, the larger of {limit.count} and {limit.share:.0%} of {total}"
        yield Refusal(gate, f"{number} of {total} {what}", words, where)


def _where(exchange: Exchange, gate: str) -> Span:
    document = exchange.documents.get("gates")
    if document is None or gate not in document.value:
        return Span(policy_path("gates"))
    return document.key_span((gate,))
