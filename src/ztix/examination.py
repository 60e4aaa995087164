"""One member's facts for a diagnosis, from all that a survey found.

Law: pure over what the survey holds; asks nobody.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from ztix.diagnosis import Found, NodeFacts, SessionFacts, diagnose
from ztix.dormant import DENIALS
from ztix.fabric import UNSEEN
from ztix.gather import Gathered
from ztix.health import Filtered, Session
from ztix.joining import join_commands
from ztix.lifecycle import Certainty, State
from ztix.routeserver import REASON_FUNCTION, STEPS
from ztix.routeserver.view import SessionView
from ztix.standing import Sessions, Standing, standings
from ztix.survey import Surveyed
from ztix.terms import Label, NetworkId, NodeId

EVIDENCE = ("ZT3", "ZT4", "ZT6")
"""Families of rules about what others say."""
_TITLES = {int(step.reason): str(step.title) for step in STEPS if step.reason is not None}


@dataclass(frozen=True, slots=True)
class Examined:
    """One node of the member, or the member itself where it has none. found: None where nothing is wrong."""

    name: str
    facts: NodeFacts
    found: Found | None


def examine(surveyed: Surveyed, owner: str) -> tuple[Examined, ...]:
    """Each node of a member with the first break of its chain."""
    whole = _member(surveyed, owner)
    rows = standings(surveyed.gathered, surveyed.live, surveyed.proposed).of(owner).nodes
    own = (row for row in rows if row.state is not State.LEAVING or whole.resting)
    facts = [(row.name, _node(surveyed, row, whole)) for row in own] or [(owner, whole)]
    return tuple(Examined(name, one, diagnose(one)) for name, one in facts)


def _member(surveyed: Surveyed, owner: str) -> NodeFacts:
    gathered, path = surveyed.gathered, f"members/{owner}.yaml"
    errors = (item for item in gathered.report.errors if item.span.path == path)
    first = next((item for item in errors if item.rule not in DENIALS), None)
    file = next((one for one in gathered.exchange.members if str(one.member.asn) == owner), None)
    resting = next((one.reason for one in gathered.dormant if one.owner == owner), "")
    if not resting and file is not None and file.member.status == "suspended":
        resting = "its file says `status: suspended`"
    proposed = surveyed.proposed.members if surveyed.proposed else ()
    return NodeFacts(
        owner,
        merged=file is not None or bool(resting),
        proposed=any(str(one.member.asn) == owner for one in proposed),
        finding="" if first is None else f"{first.span}: {first.rule} {first.message}",
        rule="" if first is None else first.rule,
        evidence=first is not None and first.rule.startswith(EVIDENCE),
        resting=resting,
        exchange_asn=int(gathered.exchange.policy.exchange.asn),
    )


def _node(surveyed: Surveyed, row: Standing, whole: NodeFacts) -> NodeFacts:
    observed = surveyed.live.observed.get(row.fabric)
    policy = next(one for one in surveyed.gathered.exchange.policy.fabrics.fabrics if one.name == row.fabric)
    network = str(observed.network) if observed and observed.network else str(policy.network)
    failed = row.state is State.FAILED and not whole.finding
    kept_off = any(one.member == row.owner for one in surveyed.gathered.quarantined)
    rolled = row.presence == "attached" and not kept_off
    on: Certainty = "unknown" if observed is None else "yes" if row.presence in _ON else "no"
    return replace(
        whole,
        node=str(row.node),
        network=network,
        trouble=row.because if failed and not rolled else "",
        rollout=row.because if failed and rolled else "",
        applied="no" if row.state is State.APPROVED else "yes",
        authorised=on,
        online="unknown" if row.online is None else "yes" if row.online else "no",
        identity=_identity(surveyed, row.fabric, row.node),
        sessions=tuple(_sessions(surveyed.gathered, row)),
    )


_ON = ("attached", "differs", "leaving")


def _identity(surveyed: Surveyed, fabric: Label, node: NodeId) -> Certainty:
    """Whether the node ever asked to join; a controller that does not list its peers tells no absence."""
    observed = surveyed.live.observed.get(fabric)
    sighting = surveyed.live.sightings.get(fabric, {}).get(node, UNSEEN)
    if sighting.identity or (observed and node in observed.keys):
        return "yes"
    return "unknown" if sighting.silent is None else "no"


def _sessions(gathered: Gathered, row: Standing) -> Iterator[SessionFacts]:
    prefixes = next(
        one for one in gathered.exchange.policy.fabrics.fabrics if one.name == row.fabric
    ).prefixes
    for item in row.sessions:
        views = {str(one.name): one for one in gathered.rendered[item.route_server].view.sessions}
        held = {one.name: one for one in item.held or ()}
        for name in item.names:
            view = views[name]
            own = [prefix for prefix in prefixes if view.address in prefix]
            consent = len(join_commands(_ANY, own)) > 1
            yield _session(gathered, item, view, held.get(name), consent=consent)


_ANY = NetworkId("0" * 16)


def _session(
    gathered: Gathered, item: Sessions, view: SessionView, held: Session | None, *, consent: bool
) -> SessionFacts:
    known = held or Session(str(view.name), established=False)
    asn = gathered.exchange.policy.exchange.asn
    return SessionFacts(
        str(item.route_server),
        str(view.name),
        str(view.address),
        view.address.version,
        None if held is None else held.established,
        known.state,
        known.bgp,
        known.error,
        bool(view.secrets),
        consent,
        known.imported,
        known.filtered,
        tuple(_reason(int(asn), one) for one in item.rejected or () if one.session == view.name),
    )


def _reason(asn: int, one: Filtered) -> tuple[str, str, int, str]:
    community = f"{asn}:{REASON_FUNCTION}:{one.reason}" if one.reason in _TITLES else ""
    return community, _TITLES.get(one.reason, "no reason that is told"), one.count, one.example
