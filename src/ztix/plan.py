"""The difference between git, what is live, and what the last run left: a Plan.

Law: pure and deterministic. No clock, host or run id is hashed or shown, so the same three versions give the
same plan and the same digest, and an approval names exactly one set of changes. Only what we own is touched
(applied or desired); unknown nodes become notes. An unknown is never a difference.

    1. network settings  2. attach and amend what git wants  3. detach what is ours and no longer wanted
    4. notes on strangers  5. route servers whose configuration is another
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias, assert_never

from ztix.applied import Applied
from ztix.diagnostics import Span
from ztix.digests import canonical_digest, key_digest, settings_digest
from ztix.exchange import Claim
from ztix.fabric import (
    Amend,
    Attach,
    Attachment,
    Change,
    Configure,
    Detach,
    NetworkSettings,
    Observed,
    Reassert,
    Sighting,
    seen_words,
)
from ztix.terms import Digest, Label, NodeId


@dataclass(frozen=True, slots=True)
class Deploy:
    """Give a route server another configuration.

    before: digest of what it runs, None where that is unknown.  added, removed: sessions, by protocol name.
    kept: sessions in both.  changed: whose part of the text is another, members by ASN; `shared` is what all
    have in common.
    """

    route_server: Label
    before: Digest | None
    after: Digest
    added: tuple[str, ...]
    removed: tuple[str, ...]
    kept: tuple[str, ...]
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Note:
    """Something to know about that changes nothing. subject: what it is about, such as a node id."""

    subject: str
    text: str


STRANGER = "is on the fabric and in no file"
"""How the note on a node begins that somebody authorised by hand."""
Step: TypeAlias = Change | Deploy


@dataclass(frozen=True, slots=True)
class Scope:
    """What a run looks at. fabrics: whether fabrics are.  route_servers: which of them; None is all."""

    fabrics: bool = True
    route_servers: frozenset[str] | None = None

    def covers(self, route_server: str) -> bool:
        """Whether this route server is looked at."""
        return self.route_servers is None or route_server in self.route_servers


EVERYTHING = Scope()


@dataclass(frozen=True, slots=True)
class Desired:
    """Git's side of one fabric. frozen: owners that are quarantined; what they hold stays as it is."""

    fabric: Label
    settings: NetworkSettings
    settings_because: Span
    claims: tuple[Claim, ...]
    frozen: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Configured:
    """Git's side of one route server: digest of its configuration, sessions' protocol names, digest by part.

    parts: for each member and for `shared`, a digest of its lines.
    """

    route_server: Label
    digest: Digest
    sessions: tuple[str, ...]
    parts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run would do. base: digest of the observed state that it was made from.

    digest: over base and changes; what a reviewer approves.  managed: nodes that we own or want.
    strangers: nodes that are on a fabric and in no file; they are noted and left alone.
    """

    base: Digest
    changes: tuple[Change, ...]
    deploys: tuple[Deploy, ...]
    notes: tuple[Note, ...]
    digest: Digest
    managed: int
    strangers: int = 0

    @property
    def is_empty(self) -> bool:
        return not self.changes and not self.deploys


def step_data(step: Step) -> dict[str, object]:
    """One step as JSON: what is hashed, saved and shown to programs. Places in git are not part of it."""
    match step:
        case Configure(fabric, before, after):
            old = before.data() if before else None
            return {"step": "configure", "fabric": fabric, "before": old, "after": after.data()}
        case (
            Attach(fabric, owner, previous, wanted)
            | Amend(fabric, owner, previous, wanted)
            | Detach(fabric, owner, previous, wanted)
        ):
            return {
                "step": type(step).__name__.lower(),
                "fabric": fabric,
                "owner": owner,
                "before": previous.data() if previous else None,
                "after": wanted.data(),
            }
        case Reassert(fabric, node):
            return {"step": "reassert", "fabric": fabric, "node": node}
        case Deploy():
            return {
                "step": "deploy",
                "route_server": step.route_server,
                "before": step.before,
                "after": step.after,
                "added": list(step.added),
                "removed": list(step.removed),
                "changed": list(step.changed),
            }
        case _:
            assert_never(step)


def diff(
    desired: Sequence[Desired],
    observed: Mapping[Label, Observed],
    configured: Sequence[Configured],
    running: Mapping[Label, Digest | None],
    applied: Applied,
    notes: Sequence[Note] = (),
    reassertions: Sequence[Reassert] = (),
) -> Plan:
    """The plan that leads from what is observed to what is desired.

    observed: every fabric of `desired` by name.  running: the digest that each route server that answered
    runs (None: it runs nothing of ours); one that did not answer is compared with `applied`.
    reassertions: detachments to assert again, see `leaving`.
    Raises nothing. The order of steps is that of the numbered list in this file's head.
    """
    changes: list[Change] = []
    remarks: list[Note] = list(notes)
    base: dict[str, object] = {}
    managed: set[tuple[Label, NodeId]] = set()
    strangers = 0
    for side in desired:
        seen, owned = observed[side.fabric], applied.on(side.fabric)
        ours = {claim.node for claim in side.claims} | set(owned)
        managed |= {(side.fabric, node) for node in ours}
        if seen.settings != side.settings:
            drifted = applied.networks.get(side.fabric) == settings_digest(side.settings)
            because = None if drifted else side.settings_because
            changes.append(Configure(side.fabric, seen.settings, side.settings, because))
        changes += _wanted(side, seen, applied)
        changes += _unwanted(side, seen, applied)
        others = seen.others(ours)
        remarks += _strangers(others, seen.sightings, applied.leaving.get(side.fabric, {}))
        strangers += sum(held.authorised for held in others.values())
        known, keys = applied.keys.get(side.fabric, {}), seen.keys
        other = {
            node: keys[node] for node in sorted(keys) if known.get(node) not in (None, key_digest(keys[node]))
        }
        base[side.fabric] = {
            "settings": seen.settings.data() if seen.settings else None,
            "nodes": [seen.attachments[node].data() for node in sorted(ours) if node in seen.attachments],
        } | ({"keys": other} if other else {})
    changes += reassertions
    deploys = tuple(_deploys(configured, running, applied))
    base["route_servers"] = {deploy.route_server: deploy.before for deploy in deploys}
    ground = canonical_digest(base)
    steps = [step_data(step) for step in (*changes, *deploys)]
    digest = canonical_digest({"schema": "ztix.plan.v1", "base": ground, "steps": steps})
    return Plan(ground, tuple(changes), deploys, tuple(remarks), digest, len(managed), strangers)


def presumed(side: Desired, applied: Applied) -> Observed:
    """What a fabric holds if nothing moved since the last receipt; for runners that may not ask it."""
    if side.fabric not in applied.owned:
        return Observed(None, None)
    attachments = {node: owned.attachment for node, owned in applied.on(side.fabric).items()}
    return Observed(None, side.settings, attachments)


def _wanted(side: Desired, seen: Observed, applied: Applied) -> Iterator[Change]:
    owned = applied.on(side.fabric)
    for claim in side.claims:
        before, after = seen.attachments.get(claim.node), claim.attachment
        if before == after and claim.node not in seen.automatic:
            continue
        if not claim.active:
            if before is not None and _present(before):
                yield Detach(side.fabric, claim.owner, before, after, claim.because)
            continue
        before_run = owned.get(claim.node)
        drifted = before_run is not None and before_run.attachment == after and before is not None
        because = None if drifted else claim.because
        if before is None or not before.authorised:
            yield Attach(side.fabric, claim.owner, before, after, because)
        else:
            yield Amend(side.fabric, claim.owner, before, after, because)


def _unwanted(side: Desired, seen: Observed, applied: Applied) -> Iterator[Change]:
    claimed = {claim.node for claim in side.claims}
    for node, owned in sorted(applied.on(side.fabric).items()):
        before = seen.attachments.get(node)
        if node in claimed or owned.owner in side.frozen or before is None or not _present(before):
            continue
        after = Attachment(node, before.name, (), authorised=False)
        because = Span(f"members/{owned.owner}.yaml") if owned.owner.startswith("AS") else None
        yield Detach(side.fabric, owned.owner, before, after, because)


def _present(attachment: Attachment) -> bool:
    return attachment.authorised or bool(attachment.addresses)


def _strangers(
    others: Mapping[NodeId, Attachment], sightings: Mapping[NodeId, Sighting], leaving: Mapping[NodeId, str]
) -> Iterator[Note]:
    for node, attachment in others.items():
        told = seen_words(sightings.get(node), "; ")
        if attachment.authorised:
            yield Note(node, f"{STRANGER}: left alone; `ztix fabric forget` takes it off{told}")
        elif node not in leaving:
            yield Note(node, f"knocks and is in no file: left alone{told}")


def _deploys(
    configured: Sequence[Configured], running: Mapping[Label, Digest | None], applied: Applied
) -> Iterator[Deploy]:
    for wanted in configured:
        last = applied.configurations.get(wanted.route_server)
        before = running.get(wanted.route_server, last.digest if last else None)
        if before == wanted.digest:
            continue
        old, new = set(last.sessions if last else ()), set(wanted.sessions)
        parts = last.parts if last else {}
        changed = (name for name in parts if parts[name] != wanted.parts.get(name, parts[name]))
        yield Deploy(
            wanted.route_server,
            before,
            wanted.digest,
            tuple(sorted(new - old)),
            tuple(sorted(old - new)),
            tuple(sorted(old & new)),
            tuple(sorted(changed, key=lambda name: (len(name), name))),
        )
