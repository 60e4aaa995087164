"""Brings a verdict to its pull request: one comment, one status, and a merge where policy lets it.

Law: writes through the Forge and nothing else. Who asks, who approves and which commit is offered is told by
the forge alone. If any of that moves while the verdict is made, nothing is written: the verdict is of another
commit, or of other approvals, and the run that was started by the move makes its own. Where the branch moved,
it is told, as of the branch as it was, and not merged.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ztix.admission.auto import WAIT, Condition, Standing, conditions, held, may_merge, waits_only
from ztix.admission.case import Case, open_case
from ztix.admission.methods.invitation import accepted
from ztix.admission.submission import Submission
from ztix.admission.verdict import State, Verdict
from ztix.console.comment import Comment, render_comment, status_words
from ztix.diagnostics import shown
from ztix.errors import Refused, Stale
from ztix.forge import Forge, Light, PullRequest
from ztix.policy import Policy
from ztix.review import Ground, base_exchange, review, spent_invitations

LIGHTS = {
    State.READY: Light.SUCCESS,
    State.OPEN: Light.PENDING,
    State.UNKNOWN: Light.ERROR,
    State.REFUSED: Light.FAILURE,
}


@dataclass(frozen=True, slots=True)
class Desk:
    """What publishing needs beside the forge.

    read: the submission as git has it, for this author and these approvals.  merges: when a path was merged
    lately, on the base's main line.  into: the branch that the base is of.
    """

    ground: Ground
    read: Callable[[int, frozenset[int]], Submission]
    merges: Callable[[str], Sequence[datetime]]
    into: str


@dataclass(frozen=True, slots=True)
class Published:
    """What was told. merged: whether it was merged as well."""

    verdict: Verdict
    comment: Comment
    merged: bool = False


def publish(forge: Forge, number: int, desk: Desk, *, merge: bool) -> Published:
    """Judge a pull request, tell it, and (merge) merge it where policy lets it be merged by itself.

    Raises Stale where the forge's head is not git's, or anything moved meanwhile, the branch before a merge
    included; Refused where it is closed or is for another branch; Unavailable where nobody answers.
    """
    # 1. Who asks for what, and who approves: the forge's word.
    found = forge.pull_request(number)
    if not found.open:
        raise Refused(f"pull request {number} is closed", help="open it again, or open another")
    if found.base != desk.into:  # its author may change that at any time, and a merge goes where it says
        raise Refused(
            f"pull request {number} is for the branch `{shown(found.base)}`, and judged is `{desk.into}`",
            help=f"set its base to `{desk.into}`, or judge it with `--into`",
        )
    submission = desk.read(found.author, found.approvals)
    if submission.head != found.head:
        raise _moved(number, submission.head, found.head)
    # 2. The verdict, and whether this needs a person at all.
    verdict = review(submission, desk.ground)
    policy = base_exchange(submission.base).policy
    verdict, comment, waits = _written(verdict, policy, submission, found, desk)
    # 3. Nothing moved meanwhile; only then it is told.
    again = forge.pull_request(number)
    if again != found:
        raise _moved(number, found.head, again.head)
    forge.tell(number, comment.text)
    forge.light(found.head, *_light(verdict, policy, found))
    # 4. A merge is of exactly this head, any other is refused by the forge; and onto what was judged.
    if not (merge and may_merge(waits)):
        return Published(verdict, comment)
    _expect(forge.tip(desk.into), submission.base.revision, number, desk.into)
    forge.merge(number, found.head)
    return Published(verdict, comment, merged=True)


def _expect(tip: str, base: str, number: int, into: str) -> None:
    """What is merged was judged beside what it comes to: two that are ready alone may not be together."""
    if tip != base:
        raise Stale(
            f"`{into}` moved from {base[:12]} to {tip[:12]} while pull request {number} was judged; "
            "it is told, and not merged",
            help=f"fetch `{into}` and run again: it judges beside what is there then",
        )


def _moved(number: int, ours: str, theirs: str) -> Stale:
    what = f"from {ours[:12]} to {theirs[:12]}" if ours != theirs else "in its reviews, labels or statuses"
    return Stale(
        f"pull request {number} moved {what} while it was judged; nothing was written",
        help="run again: it judges what is there then",
    )


def _written(
    verdict: Verdict, policy: Policy, submission: Submission, found: PullRequest, desk: Desk
) -> tuple[Verdict, Comment, tuple[Condition, ...]]:
    """The comment, and the conditions of merging without a maintainer that it tells of."""
    if policy.admission.approval != "auto":
        return verdict, render_comment(verdict), ()
    case = open_case(submission, policy)
    standing = _standing(case, found, desk)
    base = case.members[0].base if len(case.members) == 1 else None

    def judged(truncated: bool) -> tuple[Condition, ...]:
        return conditions(policy, submission, verdict, standing, base=base, truncated=truncated)

    waits = judged(False)
    if waits_only(waits):
        verdict = replace(verdict, next=_next(waits, policy))
    comment = render_comment(verdict, waits)
    if comment.truncated:
        waits = judged(True)
        comment = render_comment(verdict, waits)
    return verdict, comment, waits


def _standing(case: Case, found: PullRequest, desk: Desk) -> Standing:
    now, invited, merges = desk.ground.now(), False, tuple[datetime, ...]()
    if len(case.members) == 1:
        member = case.members[0]
        merges = tuple(desk.merges(member.path))
        spent = spent_invitations(case, desk.ground).get(member.path, frozenset())
        claimed = member.claimed(case.policy, found.author, spent, now)
        said = accepted(claimed) if claimed is not None else None
        invited = said is not None and said.auto_approve
    return Standing(now, found.author_created, found.labels, found.ready_since, merges, invited)


def _next(waits: tuple[Condition, ...], policy: Policy) -> tuple[str, ...]:
    words = next(condition.words for condition in waits if condition.name == WAIT)
    label = policy.admission.auto.hold_label
    return (
        f"ztix: merges it by itself; it waits {words}",
        f"anybody who may set labels: set `{label}` to stop that",
        "ztix: the next run makes it live, and this comment gets the result",
    )


def _light(verdict: Verdict, policy: Policy, found: PullRequest) -> tuple[Light, str]:
    if verdict.state is State.READY and held(policy, found.labels):
        return Light.PENDING, f"held by the label {policy.admission.auto.hold_label}"
    return LIGHTS[verdict.state], status_words(verdict)
