"""Nodes that were just taken off a fabric, and may not know it yet.

Law: pure. ZeroTier's controller tells of a revocation only to members that it has heard from since its own
start. After a restart that can be nobody, and the node goes on talking until its credentials run out. Nobody
can ask a controller when it started; so every detachment is asserted once more by a later run, when members
have had time to check in: on and off again, which sends the revocation anew. After the credentials' time
nothing needs to be said any more. Who is on again by then is ours as before: a controller whose disk is full
loses a detachment when it restarts, and says nothing of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from ztix.applied import Applied, Owned
from ztix.fabric import Attachment, Observed, Reassert
from ztix.plan import Desired, Note
from ztix.terms import Label, NodeId

CHECK_IN = timedelta(seconds=120)
"""By then every member that is on has asked the controller for news (it does so every 60 s)."""
CREDENTIALS = timedelta(minutes=35)
"""A node's credentials hold for 30 minutes; a clock may be a little wrong."""


def reassertions(
    applied: Applied, desired: Sequence[Desired], observed: Mapping[Label, Observed], now: datetime
) -> tuple[tuple[Reassert, ...], tuple[Note, ...]]:
    """What to assert again now, and a note for each node whose time has not come."""
    changes, notes = [], []
    for side in desired:
        wanted = {claim.node for claim in side.claims if claim.active}
        for node, since in sorted(applied.leaving.get(side.fabric, {}).items()):
            held = observed[side.fabric].attachments.get(node)
            if node in wanted or held is None or held.authorised or held.addresses:
                continue
            age = now - datetime.fromisoformat(since)
            if age < CHECK_IN:
                notes.append(
                    Note(node, f"is leaving since {since}; a run in {CHECK_IN.seconds} s makes sure")
                )
            elif age < CREDENTIALS:
                changes.append(Reassert(side.fabric, node, held, held))
    return tuple(changes), tuple(notes)


def reclaimed(applied: Applied, desired: Sequence[Desired], observed: Mapping[Label, Observed]) -> Applied:
    """The same with those who were taken off and are on again as ours, so that they are taken off again."""
    for side in desired:
        known = {claim.node for claim in side.claims} | set(applied.on(side.fabric))
        for node in applied.leaving.get(side.fabric, {}):
            held = observed[side.fabric].attachments.get(node)
            if held is not None and node not in known and (held.authorised or held.addresses):
                off = Attachment(node, held.name, (), authorised=False)
                applied = applied.with_owned(side.fabric, node, Owned(f"leaving-{node}", off))
    return applied


def still_leaving(applied: Applied, now: datetime) -> dict[Label, dict[NodeId, str]]:
    """Who of them may still have credentials."""
    kept = {
        fabric: {
            node: since for node, since in nodes.items() if now - datetime.fromisoformat(since) < CREDENTIALS
        }
        for fabric, nodes in applied.leaving.items()
    }
    return {fabric: nodes for fabric, nodes in kept.items() if nodes}
