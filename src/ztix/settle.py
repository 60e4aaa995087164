"""What is applied after a run: the third version, made from the second and the outcomes.

Law: pure. What was claimed stays claimed until it is surely gone, so that nothing which ztix made can ever
look like a stranger's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from ztix.applied import Applied, Configuration, Owned
from ztix.controller_pin import remembered
from ztix.digests import settings_digest
from ztix.fabric import Amend, Attach, Attachment, Configure, Detach, Observed, Reassert
from ztix.gates import node_keys
from ztix.gather import Gathered
from ztix.leaving import still_leaving
from ztix.plan import Desired, Plan
from ztix.receipt import Done, Outcome
from ztix.rollout import Ended, Rollout
from ztix.terms import Label, NodeId


def claim(applied: Applied, plan: Plan, gathered: Gathered) -> Applied:
    """Before the first write: every node that the plan is about to attach is ours from now on."""
    for change in plan.changes:
        if isinstance(change, Attach | Amend) and change.after.node not in applied.on(change.fabric):
            owned = Owned(change.owner, _nothing(change.after))
            applied = applied.with_owned(change.fabric, change.after.node, owned)
        elif isinstance(change, Reassert):  # for a moment it is on; if the run dies then, it is still ours
            applied = applied.with_owned(
                change.fabric, change.node, Owned(f"leaving-{change.node}", change.after)
            )
    return replace(applied, revision=applied.revision or gathered.exchange.revision)


def settle(
    applied: Applied,
    gathered: Gathered,
    observed: Mapping[Label, Observed],
    outcomes: Sequence[Outcome],
    rollouts: Sequence[Rollout],
    now: datetime,
) -> Applied:
    """After the last write: what each outcome made of what was owned, and what each route server runs.

    A fabric that nobody asked has taught nothing: nothing about it is forgotten, and the revision stays that
    of the last run that asked all of them, because drift is judged by it.
    """
    asked = {name for name, one in observed.items() if one.network is not None}
    whole = len(asked) == len(observed)
    sides = [side for side in gathered.desired() if side.fabric in asked]
    fabrics = _owned(applied, sides, observed, outcomes)
    owners = {owned.owner for nodes in fabrics.values() for owned in nodes.values()}
    return Applied(
        gathered.exchange.revision if whole else applied.revision,
        gathered.stand_ins if whole else applied.stand_ins,
        fabrics,
        _configurations(applied, gathered, rollouts),
        {owner: until for owner, until in applied.temporary.items() if owner in owners},
        _leaving(applied, outcomes, now),
        remembered(observed, applied.controllers),
        _networks(applied, sides, observed, outcomes),
        _keys(applied, sides, observed),
    )


def _owned(
    applied: Applied,
    sides: Sequence[Desired],
    observed: Mapping[Label, Observed],
    outcomes: Sequence[Outcome],
) -> dict[Label, dict[NodeId, Owned]]:
    fabrics = {name: dict(nodes) for name, nodes in applied.owned.items()}
    unsure = {
        outcome.change.node
        for outcome in outcomes
        if isinstance(outcome.change, Reassert) and not isinstance(outcome, Done)
    }
    for side in sides:
        nodes = fabrics.setdefault(side.fabric, {})
        seen = observed[side.fabric].attachments
        for one in side.claims:
            if one.active and seen.get(one.node) == one.attachment:
                nodes[one.node] = Owned(one.owner, one.attachment)
        _forget(nodes, {one.node for one in side.claims if one.active} | unsure, seen)
    for outcome in outcomes:
        if isinstance(outcome, Done) and isinstance(outcome.change, Attach | Amend | Detach):
            _account(fabrics.setdefault(outcome.change.fabric, {}), outcome.change)
    return fabrics


def _networks(
    applied: Applied,
    sides: Sequence[Desired],
    observed: Mapping[Label, Observed],
    outcomes: Sequence[Outcome],
) -> dict[Label, str]:
    networks = dict(applied.networks)
    for side in sides:
        if observed[side.fabric].settings == side.settings:
            networks[side.fabric] = settings_digest(side.settings)
    for outcome in outcomes:
        if isinstance(outcome, Done) and isinstance(outcome.change, Configure):
            networks[outcome.change.fabric] = settings_digest(outcome.change.after)
    return networks


def _keys(
    applied: Applied, sides: Sequence[Desired], observed: Mapping[Label, Observed]
) -> dict[Label, dict[NodeId, str]]:
    """The keys as they were, and what was met now: another one only gets here by approval."""
    keys = {fabric: dict(nodes) for fabric, nodes in applied.keys.items()}
    for side in sides:
        if met := node_keys(side, observed[side.fabric], applied):
            keys.setdefault(side.fabric, {}).update(met)
    return keys


def _configurations(
    applied: Applied, gathered: Gathered, rollouts: Sequence[Rollout]
) -> dict[Label, Configuration]:
    configurations = {
        name: held for name, held in applied.configurations.items() if name in gathered.rendered
    }
    for rollout in rollouts:
        if rollout.ended in (Ended.CONFIRMED, Ended.UNCHANGED):
            wanted = gathered.rendered[rollout.route_server].configured
            configurations[rollout.route_server] = Configuration(rollout.after, wanted.sessions, wanted.parts)
        elif rollout.running is not None and rollout.route_server in configurations:
            kept = configurations[rollout.route_server]
            configurations[rollout.route_server] = replace(kept, digest=rollout.running)
    return configurations


def _leaving(applied: Applied, outcomes: Sequence[Outcome], now: datetime) -> dict[Label, dict[NodeId, str]]:
    leaving = still_leaving(applied, now)
    for outcome in outcomes:
        change = outcome.change
        if not isinstance(outcome, Done) or isinstance(change, Configure):
            continue
        nodes = leaving.setdefault(change.fabric, {})
        nodes.pop(change.after.node, None)
        if isinstance(change, Detach):
            nodes[change.after.node] = now.isoformat(timespec="seconds")
    return {fabric: nodes for fabric, nodes in leaving.items() if nodes}


def _forget(nodes: dict[NodeId, Owned], wanted: set[NodeId], seen: Mapping[NodeId, Attachment]) -> None:
    for node in list(nodes):
        held = seen.get(node)
        if node not in wanted and (held is None or not (held.authorised or held.addresses)):
            del nodes[node]


def _account(nodes: dict[NodeId, Owned], change: Attach | Amend | Detach) -> None:
    if isinstance(change, Detach):
        nodes.pop(change.after.node, None)
    else:
        nodes[change.after.node] = Owned(change.owner, change.after)


def _nothing(attachment: Attachment) -> Attachment:
    return Attachment(attachment.node, attachment.name, (), authorised=False)
