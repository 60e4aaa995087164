"""The verb `review`: may this be merged, and if not, what has to happen first.

Law: reads through its ports and writes nothing. In order: what the merge would change, policy of the base,
the form of the changes, the files beside those they could meet, what must be asked, the verdict. Nothing
that was offered decides about itself, and nothing of it is run.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from ztix.admission.case import Case, narrowed, open_case, takes_anything
from ztix.admission.demands import asked
from ztix.admission.form import form_findings
from ztix.admission.inquiry import Ask, inquire
from ztix.admission.judge import Sides, found_in, judge, refused, waiting_words
from ztix.admission.methods.invitation import invitation_id
from ztix.admission.submission import Submission
from ztix.admission.verdict import State, Verdict
from ztix.diagnostics import Report
from ztix.enclosure import INVITATION
from ztix.errors import Exit, Invalid
from ztix.evidence import Evidence
from ztix.exchange import Exchange, read_exchange
from ztix.ledger import NO_LEDGER
from ztix.past import History
from ztix.recall import recall
from ztix.rules import check
from ztix.tree import Tree


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


def review(submission: Submission, ground: Ground) -> Verdict:
    """The verdict on a submission. Raises Invalid where the base itself has no policy to go by."""
    # 1. What is merged already decides: its policy, without its members, is all that this step needs.
    base = base_exchange(submission.base)
    case = open_case(submission, base.policy)
    form = Report.of(form_findings(submission))
    waiting = waiting_words(ground.since_run(submission.base.revision))
    if refused(submission) is not None:
        return judge(case, (), None, form, {}, ground.now(), waiting)
    # 2. The files, beside the members that they could meet; beside all where there is an error to explain.
    sides = _sides(case, ground, narrow=True)
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
        raise Invalid(
            f"the base `{tree.revision[:12]}` has no policy to judge by: {len(report)} findings in `policy/`",
            help="`ztix check --ref BASE` shows them; an owner mends them first",
        )
    return exchange


def _sides(case: Case, ground: Ground, *, narrow: bool) -> Sides:
    """Both sides as far as they matter. Advice in a finding may need everybody, so an error asks for all."""
    submission, ledger = case.submission, NO_LEDGER
    trees = narrowed(submission) if narrow else None
    before, after = trees or (submission.base, submission.after)
    # Where there are errors no change is told, so the base need not be read a second time.
    base = read_exchange(before)[0] if narrow else None
    exchange, report = read_exchange(after)
    if exchange is not None:
        evidence, damage = ground.evidence(exchange, after)
        if trees is None or takes_anything(case):
            tip, advise = submission.base.revision, trees is None
            ledger = recall(
                ground.history, exchange, submission.after, evidence.now, revision=tip, advise=advise
            )
        report = report + damage + check(exchange, evidence, ledger)
    changed = {change.path for change in submission.changes}
    if trees is None:
        return Sides(base, exchange, report, ledger.cut)
    if any(report.errors_in(path) for path in changed):
        return _sides(case, ground, narrow=False)
    # Of the others only a part was read: what is found in them, or of them in policy, may be wrong.
    return Sides(base, exchange, Report.of(f for f in report if f.span.path in changed), ledger.cut)


def spent_invitations(case: Case, ground: Ground) -> dict[str, frozenset[str]]:
    """The invitations of each member that were merged before, where one is offered now."""
    spent: dict[str, frozenset[str]] = {}
    for member in case.members:
        if INVITATION in member.enclosed:
            path = member.path.removesuffix(".yaml") + INVITATION
            ids = (invitation_id(content) for content in ground.past(path))
            spent[member.path] = frozenset(filter(None, ids))
    return spent
