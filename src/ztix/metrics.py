"""What a run was and what it saw, as numbers for Prometheus.

Law: pure. Every name that is ever written stands in `METRICS`; the dashboard, the alerts and the driver go by
it. Labels are words of ours, names of policy and states, never what a stranger wrote. Calls and stages are
counted from the same events that the log has.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeAlias

from ztix.diagnostics import Report, Severity
from ztix.events import Called, Event, Staged
from ztix.evidence import Evidence, Found
from ztix.lifecycle import State
from ztix.plan import step_data
from ztix.receipt import Receipt, counts
from ztix.reconcile import Planned
from ztix.rollout import Ended
from ztix.standing import Standings

METRICS: dict[str, str] = {
    "ztix_run_timestamp_seconds": "When the last run of this verb ended.",
    "ztix_run_duration_seconds": "How long the last run of this verb took.",
    "ztix_run_exit_code": "How the last run of this verb ended: the exit codes of the README.",
    "ztix_last_success_timestamp_seconds": "When a run of this verb last ended with exit 0 or 2.",
    "ztix_stage_duration_seconds": "How long each stage of the last run took, without the stages within it.",
    "ztix_api_calls": "Calls to others in the last run, repeats included, by who was called.",
    "ztix_api_retries": "Repeats of calls to others in the last run, by who was called.",
    "ztix_api_failures": "Calls to others in the last run that ended without an answer, by who was called.",
    "ztix_source_up": "Whether a source of the exporter answered its last look.",
    "ztix_source_age_seconds": "How long ago a source of the exporter answered last.",
    "ztix_findings": "Findings of the last check, by severity.",
    "ztix_members": "Members, by state.",
    "ztix_nodes": "Nodes, by state.",
    "ztix_sessions_wanted": "Sessions that git asks for, by route server.",
    "ztix_sessions_up": "Sessions that are established; absent for a route server that does not answer.",
    "ztix_prefixes_accepted": "Routes that import accepted, by route server.",
    "ztix_prefixes_filtered": "Routes that import refused, by route server and reason.",
    "ztix_plan_changes": "Changes of the last plan or drift, by kind.",
    "ztix_plan_refusals": "Gates that the last plan does not pass without approval.",
    "ztix_strangers": "Nodes on a fabric that no file names.",
    "ztix_quarantined_members": "Members whose files have errors.",
    "ztix_outcomes": "Changes of the last run that wrote, by what became of them.",
    "ztix_rollouts": "Rollouts of the last run that wrote, by how they ended.",
    "ztix_evidence_age_seconds": "Age of the oldest evidence of a kind.",
}
"""Every metric with its help."""

STEPS = ("configure", "attach", "amend", "detach", "reassert", "deploy")


@dataclass(frozen=True, slots=True)
class Sample:
    """One number. name: of METRICS."""

    name: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def row(self) -> tuple[str, str, Mapping[str, str], float]:
        """As the driver writes it: name, help, labels, value."""
        return (self.name, METRICS[self.name], self.labels, self.value)


@dataclass(frozen=True, slots=True)
class Ran:
    """One run as it is seen from outside. succeeded: when one last did, in seconds since 1970."""

    verb: str
    ended: float
    duration_s: float
    exit: int
    succeeded: float | None = None
    events: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """One source of the exporter. age_s: since it last answered; None where it never did."""

    name: str
    up: bool
    age_s: float | None


Observed: TypeAlias = Planned | Receipt | Report | Standings | Evidence | Source


def samples(ran: Ran, seen: Iterable[Observed]) -> tuple[Sample, ...]:
    """All numbers of one run. seen: what it came across, in that order.

    Each has the verb among its labels: two verbs write two files, and no collector takes a number twice.
    """
    found = (*_run(ran), *(sample for one in seen for sample in _of(one)))
    return tuple(replace(sample, labels={**sample.labels, "verb": ran.verb}) for sample in found)


def _run(ran: Ran) -> Iterator[Sample]:
    yield Sample("ztix_run_timestamp_seconds", ran.ended)
    yield Sample("ztix_run_duration_seconds", ran.duration_s)
    yield Sample("ztix_run_exit_code", ran.exit)
    if ran.succeeded is not None:
        yield Sample("ztix_last_success_timestamp_seconds", ran.succeeded)
    stages: dict[str, float] = {}
    calls, retries, failures = Counter[str](), Counter[str](), Counter[str]()
    for event in ran.events:
        if isinstance(event, Staged):
            stages[event.stage] = stages.get(event.stage, 0.0) + event.own_s
        elif isinstance(event, Called):
            calls[event.upstream] += 1
            retries[event.upstream] += event.attempt > 1
            failures[event.upstream] += event.failure != ""
    for stage, seconds in stages.items():
        yield Sample("ztix_stage_duration_seconds", seconds, {"stage": str(stage)})
    for upstream in calls:
        label = {"upstream": str(upstream)}
        yield Sample("ztix_api_calls", calls[upstream], label)
        yield Sample("ztix_api_retries", retries[upstream], label)
        yield Sample("ztix_api_failures", failures[upstream], label)


def _of(seen: Observed) -> Iterator[Sample]:
    if isinstance(seen, Planned):
        yield from _planned(seen)
    elif isinstance(seen, Receipt):
        yield from _receipt(seen)
    elif isinstance(seen, Report):
        for severity in Severity:
            yield Sample("ztix_findings", seen.count(severity), {"severity": severity.value})
    elif isinstance(seen, Evidence):
        yield from _ages(seen)
    elif isinstance(seen, Source):
        yield Sample("ztix_source_up", seen.up, {"source": seen.name})
        if seen.age_s is not None:
            yield Sample("ztix_source_age_seconds", seen.age_s, {"source": seen.name})
    else:
        yield from _standings(seen)


def _planned(planned: Planned) -> Iterator[Sample]:
    plan = planned.plan
    steps = Counter(str(step_data(step)["step"]) for step in (*plan.changes, *plan.deploys))
    for step in STEPS:
        yield Sample("ztix_plan_changes", steps[step], {"step": step})
    yield Sample("ztix_plan_refusals", len(planned.refusals))
    yield Sample("ztix_strangers", plan.strangers)
    yield Sample("ztix_quarantined_members", len(planned.gathered.quarantined))
    for name, rendered in planned.gathered.rendered.items():
        yield Sample("ztix_sessions_wanted", len(rendered.view.sessions), {"route_server": name})
    yield from _ages(planned.gathered.evidence)


def _ages(evidence: Evidence) -> Iterator[Sample]:
    networks = [one.fetched_at for one in evidence.networks.values() if isinstance(one, Found)]
    known: dict[str, list[datetime]] = {
        "peeringdb": networks,
        "irr": [expansion.fetched_at for expansion in evidence.expansions.values()],
        "vrps": [evidence.vrps_fetched_at] if evidence.vrps_fetched_at is not None else [],
    }
    for kind, times in known.items():
        if times:
            age_s = (evidence.now - min(times)).total_seconds()
            yield Sample("ztix_evidence_age_seconds", age_s, {"kind": kind})


def _receipt(receipt: Receipt) -> Iterator[Sample]:
    for word, count in zip(("applied", "skipped", "failed"), counts(receipt.outcomes), strict=True):
        yield Sample("ztix_outcomes", count, {"outcome": word})
    ends = Counter(rollout.ended for rollout in receipt.rollouts)
    for ended in Ended:
        yield Sample("ztix_rollouts", ends[ended], {"ended": ended.value})


def _standings(standings: Standings) -> Iterator[Sample]:
    members = Counter(member.state for member in standings.members)
    nodes = Counter(node.state for node in standings.nodes)
    for state in State:
        yield Sample("ztix_members", members[state], {"state": state.value})
        yield Sample("ztix_nodes", nodes[state], {"state": state.value})
    wanted, up, accepted = Counter[str](), Counter[str](), Counter[str]()
    filtered = Counter[tuple[str, int]]()
    for sessions in (sessions for node in standings.nodes for sessions in node.sessions):
        name = str(sessions.route_server)
        wanted[name] += sessions.wanted
        if sessions.held is not None:
            up[name] += sum(session.established for session in sessions.held)
            accepted[name] += sum(session.imported for session in sessions.held)
        for one in sessions.rejected or ():
            filtered[name, one.reason] += one.count
    for metric, found in (("wanted", wanted), ("up", up)):
        for name, count in found.items():
            yield Sample(f"ztix_sessions_{metric}", count, {"route_server": name})
    for name, count in accepted.items():
        yield Sample("ztix_prefixes_accepted", count, {"route_server": name})
    for (name, reason), count in filtered.items():
        yield Sample("ztix_prefixes_filtered", count, {"route_server": name, "reason": str(reason)})
