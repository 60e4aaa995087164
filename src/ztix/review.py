"""The verb `review`: may this be merged, and if not, what has to happen first.

Law: reads through its ports and writes nothing. In order: what the merge would change, policy of the base,
the form of the changes, the files beside those they could meet, what must be asked, the verdict. Nothing
that was offered decides about itself, and nothing of it is run.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ztix.admission.case import Case, narrowed, open_case, takes_anything
from ztix.admission.demands import asked
from ztix.admission.form import form_findings
from ztix.admission.inquiry import Ask, inquire
from ztix.admission.judge import Sides, found_in, judge, refused, waiting_words
from ztix.admission.methods.invitation import invitation_id
from ztix.admission.submission import Submission
from ztix.admission.verdict import State, Verdict
from ztix.amounts import plural
from ztix.diagnostics import Report
from ztix.enclosure import INVITATION
from ztix.errors import Exit, Invalid
from ztix.evidence import Evidence
from ztix.exchange import Exchange, read_exchange
from ztix.ledger import NO_LEDGER
from ztix.past import History, Written
from ztix.recall import recall
from ztix.rules import check
from ztix.tree import Tree

WHOLE = 1_000  # members' files; to read so many takes a fifth of a second, and tells what else is found


@dataclass(frozen=True, slots=True)
class Ground:
    """The ports of a review.

    evidence: what is known of an exchange's members.  ask: carries questions to the outside; what it leaves
    out was not answered.  past: every content that a path ever had in the base's history.  since_run: the
    files of the base that changed since the last run.  history: what members' files were.
    """

    evidence: Callable[[Exchange, Tree], tuple[Evidence, Report]]
    ask: Ask
    past: Callable[[str], Sequence[bytes]]
    since_run: Callable[[str], Sequence[str]]
    history: History
    now: Callable[[], datetime]


def review(submission: Submission, ground: Ground, *, whole: int = WHOLE) -> Verdict:
    """The verdict on a submission. Raises Invalid where the base itself has no policy to go by.

    whole: the most members' files that are all read where an error is to be explained.
    """
    # 1. What is merged already decides: its policy, without its members, is all that this step needs.
    base = base_exchange(submission.base)
    case = open_case(submission, base.policy)
    form = Report.of(form_findings(submission))
    waiting = waiting_words(ground.since_run(submission.base.revision))
    if refused(submission) is not None:
        return judge(case, (), None, form, {}, ground.now(), waiting)
    # 2. The files, beside the members that they could meet; beside all where there is an error to explain, or
    #    in a large exchange beside the addresses that all have.
    sides = _sides(case, ground, whole)
    # 3. Who may do this, and what proves it.
    now = ground.now()
    found = found_in(case, spent_invitations(case, ground), now)
    answers = inquire((pair for each in found for pair in asked(each)), ground.ask)
    return judge(case, found, sides, form, answers, now, waiting)


def exit_of(verdict: Verdict) -> Exit:
    """How `ztix review` ends."""
    if verdict.report.has_errors:
        return Exit.INVALID
    match verdict.state:
        case State.READY:
            return Exit.DONE
        case State.UNKNOWN:
            return Exit.UNAVAILABLE
        case _:
            return Exit.REFUSED


def base_exchange(tree: Tree) -> Exchange:
    """The exchange of the base without its members: whose policy decides. Raises Invalid."""
    without = {path: entry for path, entry in tree.entries.items() if not path.startswith("members/")}
    exchange, report = read_exchange(Tree(tree.revision, without))
    if exchange is None:
        findings = plural(len(report), "finding")
        raise Invalid(
            f"the base `{tree.revision[:12]}` has no policy to judge by: {findings} in `policy/`",
            help="`ztix check --ref BASE` shows them; an owner mends them first",
        )
    return exchange


def _sides(case: Case, ground: Ground, whole: int) -> Sides:
    """Both sides as far as they matter. Advice in a finding may need everybody, so an error asks for more."""
    submission, trees = case.submission, narrowed(case.submission)
    if trees is None:
        every = _found(case, ground, submission.after, Written())
        return replace(every, base=read_exchange(submission.base)[0])
    before, after = trees
    near = _own(submission, _found(case, ground, after, None))
    if not near.report.has_errors:
        return replace(near, base=read_exchange(before)[0])
    members = [entry.content for entry in submission.after.below("members") if entry.content]
    if len(members) <= whole:
        before, told = submission.base, _found(case, ground, submission.after, Written())
    else:
        told = _own(submission, _found(case, ground, after, Written.of(members)))
    # No change is told beside an error. But what was before may put a clash on another member alone.
    if any(told.report.errors_in(change.path) for change in submission.changes):
        return told
    return replace(told, base=read_exchange(before)[0])


def _found(case: Case, ground: Ground, tree: Tree, taken: Written | None) -> Sides:
    """What is found in a tree. taken: what others hold that are not in it; None where no advice is wanted."""
    exchange, report = read_exchange(tree)
    if exchange is None:
        return Sides(None, None, report)
    evidence, damage = ground.evidence(exchange, tree)
    ledger, after, tip = NO_LEDGER, case.submission.after, case.submission.base.revision
    if taken is not None:
        ledger = recall(ground.history, exchange, after, evidence.now, revision=tip, taken=taken)
    elif takes_anything(case):
        ledger = recall(ground.history, exchange, after, evidence.now, revision=tip, advise=False)
    report = report + damage + check(exchange, evidence, ledger)
    return Sides(None, exchange, report, ledger.cut)


def _own(submission: Submission, sides: Sides) -> Sides:
    """The same with the findings in changed files alone, where of the others only a part was read: what is
    found in them, or of them in policy, may be wrong."""
    paths = {change.path for change in submission.changes}
    return replace(sides, report=Report.of(found for found in sides.report if found.span.path in paths))


def spent_invitations(case: Case, ground: Ground) -> dict[str, frozenset[str]]:
    """The invitations of each member that were merged before, where one is offered now."""
    spent: dict[str, frozenset[str]] = {}
    for member in case.members:
        if INVITATION in member.enclosed:
            path = member.path.removesuffix(".yaml") + INVITATION
            ids = (invitation_id(content) for content in ground.past(path))
            spent[member.path] = frozenset(filter(None, ids))
    return spent
