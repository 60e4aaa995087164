"""READ FIRST. The verbs of ztix: check, plan, reconcile. Each gathers, decides, acts.

Law: this is the order of things and nothing else. Facts come from `gather`, decisions from `plan`, `gates`
and `rollout`, effects go through the World. Joins: claim, authorise, address, then the route servers, the
canary first. Leaves: the reverse, session first, then the node. Whatever happens, a receipt is written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ztix.applied import Applied
from ztix.apply import apply
from ztix.deploy import Job, deploy
from ztix.diagnostics import Report
from ztix.errors import Exit, Invalid, Refused, Stale, Unavailable, ZtixError
from ztix.fabric import Detach, Fabric, Observed
from ztix.gates import Refusal, judge
from ztix.gather import Gathered, check_tree, gather
from ztix.health import Limits
from ztix.plan import Deploy, Note, Plan, diff, presumed
from ztix.receipt import Outcome, Receipt
from ztix.rollout import Rollout
from ztix.settle import claim, settle
from ztix.terms import Digest, Label
from ztix.world import World


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan and all that it was made from. refusals: gates that it does not pass without approval."""

    plan: Plan
    gathered: Gathered
    applied: Applied
    observed: Mapping[Label, Observed]
    refusals: tuple[Refusal, ...]


@dataclass(frozen=True, slots=True)
class Ran:
    """A run: what was planned, and the receipt; None where there was nothing to do."""

    planned: Planned
    receipt: Receipt | None

    @property
    def exit(self) -> Exit:
        if self.receipt is not None:
            return self.receipt.exit
        return Exit.PARTIAL if self.planned.gathered.quarantined else Exit.DONE


def check(world: World, ref: str | None) -> Report:
    """Every finding about the exchange at `ref` (None: the work tree). Reads only."""
    _, _, report = check_tree(world, world.read_tree(ref))
    return report


def plan(world: World, ref: str | None, *, live: bool = True) -> Planned:
    """What a run would do. Reads only.

    live: observe fabrics and route servers; otherwise go by the last receipt, for runners without secrets.
    Raises Invalid, Refused, Unavailable.
    """
    applied = world.state.read()
    gathered = gather(world, ref, applied)
    notes = [Note(item.member, f"quarantined: {item.reason}") for item in gathered.quarantined]
    running: dict[Label, Digest | None] = {}
    if live:
        observed = {name: fabric.observe() for name, fabric in _fabrics(world, gathered).items()}
        running = _running(world, gathered, notes)
    else:
        observed = {side.fabric: presumed(side, applied) for side in gathered.desired()}
    configured = [rendered.configured for rendered in gathered.rendered.values()]
    made = diff(gathered.desired(), observed, configured, running, applied, notes)
    return Planned(made, gathered, applied, observed, judge(made, gathered.exchange, applied))


def reconcile(world: World, ref: str, approve: Digest | None = None) -> Ran:
    """Make what is live exactly what git says at `ref`.

    approve: the digest of the plan that a person has read; lets this one plan past the gates.
    Raises Invalid, Refused, Stale, Locked, Unavailable before the first write; from then on every outcome,
    good or bad, is in the receipt.
    """
    planned = plan(world, ref)
    _let_pass(planned, approve)
    if planned.plan.is_empty:
        settled = settle(planned.applied, planned.gathered, planned.observed, (), ())
        if not settled.holds_same(planned.applied):
            world.state.write(settled, None, "Take note of what is live")
        return Ran(planned, None)
    _prove(world, planned)
    started = world.now().isoformat(timespec="seconds")
    claimed = claim(planned.applied, planned.plan, planned.gathered)
    world.state.write(claimed, None, f"Begin {planned.plan.digest.short}")
    outcomes, rollouts = _act(world, planned)
    finished = world.now().isoformat(timespec="seconds")
    receipt = Receipt(
        planned.plan.digest,
        planned.gathered.exchange.revision,
        started,
        finished,
        approve is not None and bool(planned.refusals),
        outcomes,
        rollouts,
        planned.gathered.quarantined,
    )
    settled = settle(claimed, planned.gathered, planned.observed, outcomes, rollouts)
    world.state.write(settled, receipt, f"End {planned.plan.digest.short}: {receipt.exit.name.lower()}")
    return Ran(planned, receipt)


def _let_pass(planned: Planned, approve: Digest | None) -> None:
    digest = planned.plan.digest
    if approve is not None and approve != digest:
        raise Stale(
            f"the approved plan `{approve.short}` is not the plan of now, `{digest.short}`: something moved",
            help="read the new one with `ztix plan`, then approve its digest",
        )
    if planned.refusals and approve is None:
        first = planned.refusals[0]
        more = f" (and {len(planned.refusals) - 1} more)" if len(planned.refusals) > 1 else ""
        raise Refused(
            f"gate `{first.gate}`{more}: {first.what}; the limit is {first.limit}, set at {first.where}",
            help=f"read `ztix plan`; if it is meant, run `ztix reconcile --approve {digest}`",
        )


def _prove(world: World, planned: Planned) -> None:
    """Proof by a BIRD at hand, before anything is touched; each route server proves it again itself."""
    for change in planned.plan.deploys:
        rendered = planned.gathered.rendered[change.route_server]
        objection = world.prove(rendered.view, rendered.text)
        if objection is not None:
            raise Invalid(
                f"BIRD refuses the configuration of `{change.route_server}`, line {objection.line}: "
                f"{objection.message}{rendered.blame(objection.line)}",
                help=f"`ztix render --only {change.route_server}` shows the text; a template is at fault",
            )


def _act(world: World, planned: Planned) -> tuple[tuple[Outcome, ...], tuple[Rollout, ...]]:
    fabrics = _fabrics(world, planned.gathered)
    joins = [change for change in planned.plan.changes if not isinstance(change, Detach)]
    leaves = [change for change in planned.plan.changes if isinstance(change, Detach)]
    outcomes = apply(joins, fabrics, world.watch)
    rollouts = deploy_all(world, planned.gathered, planned.plan.deploys)
    return outcomes + apply(leaves, fabrics, world.watch), rollouts


def deploy_all(world: World, gathered: Gathered, deploys: Sequence[Deploy]) -> tuple[Rollout, ...]:
    """Roll the configurations out, the canary first. Never raises for a route server's trouble."""
    policy = gathered.exchange.policy
    limits = Limits(
        policy.gates.min_sessions_share, policy.gates.max_route_loss_share, policy.gates.health_timeout_s
    )
    servers = {server.name: server for server in policy.route_servers.route_servers}
    jobs = [
        Job(
            servers[change.route_server],
            gathered.rendered[change.route_server].text.encode("utf-8"),
            frozenset(gathered.rendered[change.route_server].view.session_names),
            servers[change.route_server].canary,
            limits,
        )
        for change in deploys
    ]
    return deploy(jobs, world.connect, world.clock, world.watch)


def _fabrics(world: World, gathered: Gathered) -> dict[Label, Fabric]:
    return {policy.name: world.open_fabric(policy) for policy in gathered.exchange.policy.fabrics.fabrics}


def _running(world: World, gathered: Gathered, notes: list[Note]) -> dict[Label, Digest | None]:
    """What each route server runs. One that does not answer is left out: unknown, not absent."""
    running: dict[Label, Digest | None] = {}
    for server in gathered.exchange.policy.route_servers.route_servers:
        try:
            with world.connect(server) as link:
                running[server.name] = link.status().running
        except (Unavailable, ZtixError) as error:
            text = f"is compared with the last receipt, because {error.message}"
            notes.append(Note(server.name, text))
    return running
