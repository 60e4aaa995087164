"""READ FIRST. The verbs of ztix: check, plan, reconcile. Each gathers, decides, acts.

Law: this is the order of things and nothing else. Facts come from `gather`, decisions from `plan`, `gates`
and `rollout`, effects go through the World. Joins: claim, authorise, address, then the route servers, the
canary first. Leaves: the reverse, session first, then the node. Whatever happens, a receipt is written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ztix.applied import Applied
from ztix.apply import apply, skip, was_stopped
from ztix.breakglass import expired
from ztix.controller_pin import refuse_others
from ztix.deploy import Job, deploy
from ztix.diagnostics import Report
from ztix.errors import Exit, Invalid, Refused, Stale, ZtixError
from ztix.events import Stage
from ztix.fabric import Change, Detach, Fabric, Observed, Reassert, sightings
from ztix.foresight import Foreseen, foresee
from ztix.gates import Refusal, judge, other_keys, restarts, untold
from ztix.gather import Gathered, check_tree, gather
from ztix.hand_edit import HandEdit
from ztix.happened import of_plan, of_receipt
from ztix.health import Limits
from ztix.leaving import reassertions, reclaimed
from ztix.plan import EVERYTHING, Note, Plan, Scope, diff, presumed
from ztix.receipt import STOPPED, Claimed, Outcome, Receipt
from ztix.refusing import put_on_record
from ztix.rollout import Rollout
from ztix.running import Running
from ztix.running import running as running_there
from ztix.settle import claim, settle
from ztix.terms import Digest, Label
from ztix.world import World, staged


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan and all that it was made from. refusals: gates that it does not pass without approval.

    foreseen: what its rollouts do to the sessions that stay.  edits: what was done by hand, in a drift.
    silent: route servers that did not answer, of which a live plan goes by the last receipt.
    """

    plan: Plan
    gathered: Gathered
    applied: Applied
    observed: Mapping[Label, Observed]
    refusals: tuple[Refusal, ...]
    foreseen: Foreseen = field(default_factory=dict)
    edits: tuple[HandEdit, ...] = ()
    silent: tuple[Label, ...] = ()


@dataclass(frozen=True, slots=True)
class Ran:
    """A run: what was planned, and the receipt; None where there was nothing to do.

    unrecorded: why the receipt could not be recorded where it belongs; it is all the more worth showing.
    """

    planned: Planned
    receipt: Receipt | None
    unrecorded: ZtixError | None = None

    @property
    def exit(self) -> Exit:
        if self.receipt is not None:
            return self.receipt.exit
        return Exit.PARTIAL if self.planned.gathered.quarantined else Exit.DONE


@dataclass(slots=True)
class Deeds:
    """What a run has done so far; what is missing here at its end was not tried. why: the reason."""

    outcomes: list[Outcome] = field(default_factory=list)
    rollouts: list[Rollout] = field(default_factory=list)
    why: str = "not tried: the run ended early"


def check(world: World, ref: str | None) -> Report:
    """Every finding about the exchange at `ref` (None: the work tree), lost proofs too. Reads only."""
    from ztix.admission.recheck import remembered_losses  # no other verb here needs it, and it loads long

    tree = world.read_tree(ref)
    exchange, evidence, report = check_tree(world, tree)
    return report + remembered_losses(exchange, tree, evidence.now) if exchange and evidence else report


@staged(Stage.PLAN)
def plan(
    world: World, ref: str | None, *, live: bool = True, scope: Scope = EVERYTHING, assert_again: bool = True
) -> Planned:
    """What a run would do. Reads only.

    live: observe fabrics and route servers; otherwise go by the last receipt, for runners without secrets.
    assert_again: whether detachments that may not have been heard are part of it.
    Raises Invalid, Refused, Unavailable.
    """
    applied = world.state.read()
    gathered = gather(world, ref, applied)
    notes = [Note(item.member, f"quarantined: {item.reason}") for item in gathered.quarantined]
    notes += [Note(item.owner, f"acts like `suspended`: {item.reason}") for item in gathered.dormant]
    running = running_there(world, gathered, applied, scope, notes) if live else Running()
    fabrics = _fabrics(world, gathered) if live and scope.fabrics else {}
    if live and scope.fabrics:
        with world.stage(Stage.OBSERVE):
            observed = {name: fabric.observe() for name, fabric in fabrics.items()}
        refuse_others(gathered.exchange.policy.fabrics.fabrics, observed, applied.controllers)
    else:
        observed = {side.fabric: presumed(side, applied) for side in gathered.desired()}
    desired = gathered.desired(_guests(world, applied, notes)) if scope.fabrics else ()
    applied = reclaimed(applied, desired, observed)
    configured = [item.configured for name, item in gathered.rendered.items() if scope.covers(name)]
    again, waiting = (
        reassertions(applied, desired, observed, world.now()) if live and assert_again else ((), ())
    )
    for side in desired if fabrics else ():
        seen, ours = (
            observed[side.fabric],
            {claim.node for claim in side.claims} | set(applied.on(side.fabric)),
        )
        told = sightings(fabrics[side.fabric], seen.others(ours))
        observed[side.fabric] = replace(seen, sightings=told)
    known = applied.with_configurations(running.unrecorded)
    made = diff(desired, observed, configured, running.digests, known, (*notes, *waiting), again)
    foreseen = foresee(world, made.deploys, gathered, applied, live=live)
    refusals = (*judge(made, gathered.exchange, applied), *restarts(foreseen))
    refusals += (*other_keys(desired, observed, applied), *untold(running.unrecorded))
    for event in of_plan(made, gathered.exchange.revision, refusals, gathered.quarantined):
        world.tell(event)
    silent = [
        name for name in gathered.rendered if live and scope.covers(name) and name not in running.digests
    ]
    return Planned(made, gathered, applied, observed, refusals, foreseen, silent=tuple(silent))


def reconcile(
    world: World,
    ref: str,
    *,
    approve: Digest | None = None,
    expect: Digest | None = None,
    scope: Scope = EVERYTHING,
    announce: Callable[[Planned], None] = lambda _: None,
    by: Claimed | None = None,
) -> Ran:
    """Make what is live exactly what git says at `ref`.

    approve: the digest of the plan that a person has read; lets this one plan past the gates.
    expect: the digest of a saved plan; any other plan is stale.  scope: what is looked at.
    announce: told the plan before anything is done.  by: who starts it, for the record.
    Raises Invalid, Refused, Stale, Locked, Unavailable before the first write; from then on every outcome,
    good or bad, is in the receipt, and nothing is raised.
    """
    planned = plan(world, ref, scope=scope)
    announce(planned)
    _let_pass(world, planned, approve, expect, by)
    if planned.plan.is_empty:
        settled = settle(planned.applied, planned.gathered, planned.observed, (), (), world.now())
        if not settled.holds_same(planned.applied):
            world.state.write(settled, None, "Take note of what is live")
        return Ran(planned, None)
    _prove(world, planned)
    started = world.now().isoformat(timespec="seconds")
    claimed = claim(planned.applied, planned.plan, planned.gathered)
    world.state.write(claimed, None, f"Begin {planned.plan.digest.short}")
    deeds = Deeds()
    try:
        _act(world, planned, deeds)
    finally:  # also where a bug ends the run: what was done is on record
        ran = _record(world, planned, claimed, deeds, started, by, approved=approve is not None)
    return ran


@staged(Stage.RECORD)
def _record(
    world: World,
    planned: Planned,
    claimed: Applied,
    deeds: Deeds,
    started: str,
    by: Claimed | None,
    *,
    approved: bool,
) -> Ran:
    tried = {id(outcome.change) for outcome in deeds.outcomes}
    rest = [change for change in planned.plan.changes if id(change) not in tried]
    outcomes = (*deeds.outcomes, *skip(rest, deeds.why))
    receipt = Receipt(
        planned.plan.digest,
        planned.gathered.exchange.revision,
        started,
        world.now().isoformat(timespec="seconds"),
        approved and bool(planned.refusals),
        outcomes,
        tuple(deeds.rollouts),
        planned.gathered.quarantined,
        by,
    )
    for event in of_receipt(receipt):
        world.tell(event)
    settled = settle(claimed, planned.gathered, planned.observed, outcomes, deeds.rollouts, world.now())
    try:
        world.state.write(settled, receipt, f"End {planned.plan.digest.short}: {receipt.exit.name.lower()}")
    except ZtixError as error:
        return Ran(planned, receipt, error)
    return Ran(planned, receipt)


def _let_pass(
    world: World, planned: Planned, approve: Digest | None, expect: Digest | None, by: Claimed | None
) -> None:
    """Nothing where the plan may be carried out; a refusal is put on record before it is raised."""
    digest, revision = planned.plan.digest, planned.gathered.exchange.revision
    for read in (approve, expect):
        if read is not None and read != digest:
            lost = ""
            if read is approve:  # an approval is a person's act; a saved plan is only a file
                lost = put_on_record(world, planned.plan, revision, planned.refusals, read, by)
            raise Stale(
                f"the plan that was read, `{read.short}`, is not the plan of now, `{digest.short}`",
                help=f"something moved since; read the new one with `ztix plan`{lost}",
            )
    if planned.refusals and approve is None:
        lost = put_on_record(world, planned.plan, revision, planned.refusals, None, by)
        first = planned.refusals[0]
        more = f" (and {len(planned.refusals) - 1} more)" if len(planned.refusals) > 1 else ""
        raise Refused(
            f"gate `{first.gate}`{more}: {first.words}",
            help=f"read `ztix plan`; if it is meant, run `ztix reconcile --approve {digest}`{lost}",
        )


@staged(Stage.PROVE)
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


def _act(world: World, planned: Planned, deeds: Deeds) -> None:
    fabrics = _fabrics(world, planned.gathered)
    joins = [change for change in planned.plan.changes if not isinstance(change, Detach | Reassert)]
    leaves = [change for change in planned.plan.changes if isinstance(change, Detach | Reassert)]
    deeds.outcomes += _apply(world, joins, fabrics)
    if not was_stopped(deeds.outcomes):
        deeds.rollouts += _deploy(world, planned)
        if not any(rollout.detail == STOPPED for rollout in deeds.rollouts):
            deeds.outcomes += _apply(world, leaves, fabrics)
            return
    deeds.why = STOPPED


@staged(Stage.APPLY)
def _apply(world: World, changes: Sequence[Change], fabrics: Mapping[Label, Fabric]) -> tuple[Outcome, ...]:
    return apply(changes, fabrics, world.watch)


@staged(Stage.ROLLOUT)
def _deploy(world: World, planned: Planned) -> tuple[Rollout, ...]:
    policy = planned.gathered.exchange.policy
    gates = policy.gates
    limits = Limits(gates.min_sessions_share, gates.max_route_loss_share, gates.health_timeout_s)
    servers = {server.name: server for server in policy.route_servers.route_servers}
    jobs = []
    for step in planned.plan.deploys:
        server, rendered = servers[step.route_server], planned.gathered.rendered[step.route_server]
        names = frozenset(rendered.session_names)
        jobs.append(Job(server, rendered.text.encode("utf-8"), names, server.canary, limits))
    return deploy(jobs, world.connect, world.clock, world.report, holder=world.holder)


def _guests(world: World, applied: Applied, notes: list[Note]) -> frozenset[str]:
    """Owners that were allowed by hand and may still stay; each is told of."""
    now = world.now()
    staying = {owner: until for owner, until in applied.temporary.items() if not expired(until, now)}
    notes += [
        Note(owner, f"is temporary: the first run after {until[:16].replace('T', ' ')} UTC takes it off")
        for owner, until in staying.items()
    ]
    return frozenset(staying)


def _fabrics(world: World, gathered: Gathered) -> dict[Label, Fabric]:
    return {policy.name: world.open_fabric(policy) for policy in gathered.exchange.policy.fabrics.fabrics}
