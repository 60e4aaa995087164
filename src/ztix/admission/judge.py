"""The verdict on a submission: its demands, what its files have, what a merge would change, who is next.

Law: pure. The verb in `review` reads both sides and asks what must be asked; here it is decided. A verdict
counts for one head on one base.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ztix.admission.authority import Act
from ztix.admission.by_hand import by_hand
from ztix.admission.case import Case, MemberChange
from ztix.admission.demands import ALONG, OUT, Found, member_demands, other_demands, uncounted
from ztix.admission.form import KEY_RULE
from ztix.admission.proof import Answer, Question
from ztix.admission.submission import CHANGES_MAX, SPLIT, Submission
from ztix.admission.verdict import ByHand, Demand, State, Verdict
from ztix.amounts import few
from ztix.applied import Applied, Owned
from ztix.diagnostics import Report, Severity, shown
from ztix.dormant import put_to_rest
from ztix.enclosure import SIGNATURE
from ztix.exchange import Claim, Exchange
from ztix.fabric import Change, Observed
from ztix.ledger import oldest_of_interest
from ztix.plan import Desired, diff
from ztix.policy import Policy
from ztix.terms import Label

TITLE_PARTS = 3  # things that a title names
NAMED = 8  # members that one line names
_MEMBER = re.compile(r"members/AS[1-9][0-9]*")
_TITLES: Mapping[Act, str] = {
    Act.JOIN: "joins",
    Act.LEAVE: "leaves",
    Act.KEYS: "changes its keys",
    Act.CONTACTS: "changes its contacts",
    Act.RETURN: "comes back",
    Act.EDIT: "changes its file",
    Act.FOREIGN: "is changed by somebody else",
    Act.SEIZE: "is to be somebody else's",
    Act.STRAY: "gets an enclosure",
}
_OTHERS: Mapping[Act, str] = {
    Act.EVIDENCE: "evidence",
    Act.DOCS: "texts",
    Act.POLICY: "policy",
    Act.MAINTAINERS: "maintainers",
    Act.TEMPLATES: "templates",
    Act.WORKFLOWS: "workflows",
    Act.SOURCE: "other files",
}


@dataclass(frozen=True, slots=True)
class Sides:
    """What was read of both sides. base, after: the exchanges; None where the policy has errors.

    report: every finding of the merged tree.  cut: when the history begins that could be looked at, where it
    lacks what was before; None where it has all.
    """

    base: Exchange | None
    after: Exchange | None
    report: Report
    cut: datetime | None = None


def found_in(case: Case, spent: Mapping[str, frozenset[str]], now: datetime) -> tuple[Found, ...]:
    """Each member's change with what methods judge. spent: merged invitations, by the member file's path."""
    author = case.submission.author
    return tuple(
        Found(case, each, each.claimed(case.policy, author, spent.get(each.path, frozenset()), now))
        for each in case.members
    )


def refused(submission: Submission) -> Demand | None:
    """Why nothing can be judged at all; None where it can."""
    if submission.conflicts:
        paths = ", ".join(f"`{shown(path)}`" for path in submission.conflicts[:TITLE_PARTS])
        words = f"it does not merge: both sides changed {paths}"
        advice = "bring your branch up to date: `git fetch`, `git merge` the base, settle these, push again"
        return Demand("merge", State.REFUSED, words, advice)
    if not submission.changes:
        advice = "commit the file to the branch that you offer; perhaps it was merged already"
        return Demand("merge", State.REFUSED, "a merge would change nothing", advice)
    if len(submission.changes) > CHANGES_MAX:
        words = f"{len(submission.changes)} files are changed, more than {CHANGES_MAX}"
        return Demand("size", State.REFUSED, words, SPLIT)
    return None


def judge(
    case: Case,
    found: Sequence[Found],
    sides: Sides | None,
    form: Report,
    answers: Mapping[Question, Answer],
    now: datetime,
    waiting: tuple[str, ...] = (),
) -> Verdict:
    """The verdict. sides: None where nothing was read, as nothing can be judged.  form: findings about it."""
    submission = case.submission
    demands, hands = _demands(case, found, answers)
    if sides and sides.cut and (since := _needed(case.policy, now)) and sides.cut > since:
        demands.append(_unknown_past(sides.cut, since))
    paths = {change.path for change in submission.changes}
    report = sides.report if sides else Report()
    keys = {finding.span.path for finding in form if finding.rule == KEY_RULE}  # no other finding quotes them
    own = Report.of([*form, *(finding for finding in report if finding.span.path in paths - keys)])
    elsewhere = Report.of(
        finding
        for finding in report
        if finding.span.path not in paths and finding.severity is not Severity.NOTE
    )
    changes: tuple[Change, ...] = ()
    if sides and sides.base and sides.after and not own.has_errors:
        changes = steps(put_to_rest(sides.base, now)[0], put_to_rest(sides.after, now)[0])
    verdict = Verdict(
        submission.base.revision,
        submission.head,
        title(case),
        tuple(demands),
        own,
        elsewhere,
        changes,
        waiting,
        by_hand=() if own.has_errors else tuple(hands),
    )
    signed = any(_is_signature(suffix) for each in case.members for suffix in each.enclosed)
    return replace(verdict, next=tuple(dict.fromkeys(_next(verdict, signed=signed))))


def _demands(
    case: Case, found: Sequence[Found], answers: Mapping[Question, Answer]
) -> tuple[list[Demand], list[ByHand]]:
    """All that must hold, and how to sign by hand what is not signed."""
    hopeless = refused(case.submission)
    demands, hands = ([hopeless] if hopeless else []), list[ByHand]()
    for each in found if hopeless is None else ():
        asked = tuple(member_demands(each, answers))
        demands += [_of(each, demand, case) for demand in asked]
        hands += by_hand(each.claimed, asked) if each.claimed else ()
    if not case.submission.conflicts:
        demands += other_demands(case)
    demands += uncounted(case)
    return demands, hands


def _of(found: Found, demand: Demand, case: Case) -> Demand:
    """The demand, with whom it is about where there are several."""
    asn = found.change.asn
    if len(case.members) == 1 or str(asn) in demand.words:
        return demand
    return replace(demand, words=f"{asn}: {demand.words}")


def _needed(policy: Policy, now: datetime) -> datetime | None:
    """Since when the past matters."""
    return oldest_of_interest(now, policy.admission.address_cooldown_days, policy.admission.asn_cooldown_days)


def _unknown_past(cut: datetime, since: datetime) -> Demand:
    words = f"this clone's history begins on {cut:%Y-%m-%d}, and cool-downs on {since:%Y-%m-%d}"
    advice = "have the whole history: `git fetch --unshallow`, or check out with `fetch-depth: 0`"
    return Demand("history", State.UNKNOWN, f"{words}: who held what is unknown", advice)


def waiting_words(paths: Sequence[str]) -> tuple[str, ...]:
    """What the next run does besides, by the files that changed since the last one."""
    members = sorted({match[0] for path in paths if (match := _MEMBER.match(path))})
    others = sorted({path.partition("/")[0] for path in paths if not path.startswith("members/")})
    told = [few([name.removeprefix("members/") for name in members], NAMED)] if members else []
    return tuple(
        f"changed since the last run, and live with the next one: {each}" for each in (*told, *others)
    )


def title(case: Case) -> str:
    """What is done, in a few words."""
    parts = [f"{each.asn} {_TITLES[act]}" for each in case.members if (act := _foremost(each)) is not None]
    others = [_OTHERS[act] for act in case.others]
    if others:
        parts.append(f"{' and '.join(others)} change")
    if not parts:
        return "Nothing changes" if not case.submission.conflicts else "It does not merge"
    text = few(parts, TITLE_PARTS)
    return text[0].upper() + text[1:]


def _foremost(change: MemberChange) -> Act | None:
    """The act that a title names: the order of the table above."""
    if not change.acts:
        return Act.STRAY if change.change is None else None
    return next(act for act in _TITLES if act in change.acts)


def _is_signature(suffix: str) -> bool:
    return suffix == SIGNATURE or suffix.startswith(".node-")


def _next(verdict: Verdict, *, signed: bool) -> Iterator[str]:
    """Who does what now, the author first. signed: whether a signature is enclosed."""
    if verdict.report.has_errors:
        again = "sign again, as what you signed changes, and push" if signed else "and push again"
        yield f"author: mend the errors in your files, {again}; each push is judged anew"
    for demand in verdict.demands:
        if demand.state is State.REFUSED and demand.help:
            yield f"author: {demand.help}"
    for demand in verdict.demands:
        if demand.state is State.UNKNOWN:
            yield f"anybody: {demand.help or 'run it again later'}"
    for demand in verdict.demands:
        if demand.state is State.OPEN and demand.help:
            authors = demand.what in ("author", "proof") or demand.help.startswith((OUT, ALONG))
            yield f"{'author' if authors else 'maintainer'}: {demand.help}"
    for demand in verdict.demands:
        if demand.state is State.READY and demand.help:
            yield f"author: {demand.help}"
    if verdict.state is State.READY:
        yield "maintainer: look at it, and merge it"
        yield "ztix: the next run makes it live"


def steps(base: Exchange, after: Exchange) -> tuple[Change, ...]:
    """What a run changes on fabrics to get from one exchange to the other, if nothing else moved."""
    owned = {fabric.name: tuple(_claims(base, fabric.name)) for fabric in base.policy.fabrics.fabrics}
    observed: dict[Label, Observed] = {}
    desired: list[Desired] = []
    document = after.documents["fabrics"]
    settings = {fabric.name: base.settings(fabric) for fabric in base.policy.fabrics.fabrics}
    for index, fabric in enumerate(after.policy.fabrics.fabrics):
        because = document.span(("fabrics", index, "name"))
        claims = tuple(_claims(after, fabric.name))
        desired.append(Desired(fabric.name, after.settings(fabric), because, claims))
        held = {claim.node: claim.attachment for claim in owned.get(fabric.name, ())}
        observed[fabric.name] = Observed(None, settings.get(fabric.name), held)
    applied = Applied(
        owned={
            name: {claim.node: Owned(claim.owner, claim.attachment) for claim in claims}
            for name, claims in owned.items()
        }
    )
    return diff(desired, observed, (), {}, applied).changes


def _claims(exchange: Exchange, fabric: str) -> Iterator[Claim]:
    return (claim for claim in exchange.claims() if claim.fabric == fabric)
