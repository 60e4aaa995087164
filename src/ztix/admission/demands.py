"""What must hold for each thing that a submission does, and whether it does.

Law: pure. A demand that an approval can meet is open; one that only the author can meet is refused, and says
how; one that nobody answered about is unknown. `authority` has the table that this file goes by.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ztix.admission.authority import ADMINS, ANYBODY, RIGHTS, Act, first_of, named, roles_words
from ztix.admission.case import Case, MemberChange, accounts
from ztix.admission.methods import LOOKED_UP, METHODS, first_keys, invitation, node, ssh
from ztix.admission.proof import (
    Answer,
    Claimed,
    Disproven,
    Judgement,
    Method,
    NotGiven,
    Proven,
    Question,
    Unbound,
    Undecided,
)
from ztix.admission.token import token
from ztix.admission.verdict import Demand, State
from ztix.admission_policy import AdmissionPolicy
from ztix.amounts import few
from ztix.diagnostics import shown
from ztix.enclosure import SIGNATURE, Enclosure, meant
from ztix.terms import NodeId

PATHS_MAX = 5  # paths that one demand names
OUT, ALONG = "take out ", "commit "  # how advice begins that is the author's before any maintainer's
_ALONE = "a pull request is about one member"
Answers = Mapping[Question, Answer]


@dataclass(frozen=True, slots=True)
class Found:
    """A member's change, with what a method judges: None where the file cannot be read."""

    case: Case
    change: MemberChange
    claimed: Claimed | None

    @property
    def joins(self) -> bool:
        return Act.JOIN in self.change.acts


def proofs(policy: AdmissionPolicy) -> tuple[Method, ...]:
    """The methods that let a member join."""
    names = {"invitation"} if policy.entry == "invited" else set(policy.proofs)
    return tuple(method for method in METHODS if method.name in names)


def asked(found: Found) -> Iterator[tuple[Method, Claimed]]:
    """The methods whose judgement counts here. What proves itself spares the look-ups."""
    claimed = found.claimed
    if claimed is None:
        return
    if found.joins and _vouched(found) is None:
        methods = proofs(found.case.policy.admission)
        if not any(isinstance(method.judge(claimed, {}), Proven) for method in methods):
            yield from ((method, claimed) for method in methods)
    if _signs(found):
        yield _signing(claimed), claimed
    if found.case.policy.admission.node_proof != "off":
        yield node.METHOD, claimed


def _signing(claimed: Claimed) -> Method:
    return ssh.METHOD if ssh.old_keys(claimed) else first_keys.METHOD


def member_demands(found: Found, answers: Answers) -> Iterator[Demand]:
    """All that must hold for what happens to one member."""
    change = found.change
    if change.change is not None and change.change.after is not None and change.member is None:
        yield Demand("file", State.REFUSED, f"`{change.path}` cannot be read: see what is found in it")
    if found.joins:
        yield from _join(found, found.claimed, answers) if found.claimed else ()
    elif Act.EDIT in change.acts or Act.LEAVE in change.acts or not change.acts:
        words = f"account {found.case.submission.author} is named by `{change.path}` as it is merged"
        yield Demand("author", State.READY, words)
    if change.change is not None and change.change.after is None:
        yield from _left_over(found)
    if found.claimed and _signs(found):
        yield _signature(found, found.claimed, answers)
    for act in change.acts:
        if RIGHTS[act].approvers:
            others = len(found.case.members) > 1 and act in (Act.FOREIGN, Act.SEIZE, Act.STRAY)
            out = f"{OUT}`{change.path}` and what lies beside it: {_ALONE}" if others else ""
            if act is Act.STRAY and change.enclosed and change.member is None:
                out = f"{ALONG}`{change.path}` with it: an enclosure counts for the change that it comes with"
            yield _approval(found.case, act, f"`{change.path}`{_speakers(change, act)}", out)
    if found.claimed and change.member is not None and change.change and change.change.after:
        yield from _nodes(found, found.claimed, answers)


def _left_over(found: Found) -> Iterator[Demand]:
    """What stays beside the file of who leaves: it stops nobody, and is told so that it goes too."""
    after = found.case.submission.after
    paths = [
        entry.path
        for entry in after.below("members")
        if (enclosure := Enclosure.parse(entry.path)) and enclosure.asn == found.change.asn
    ]
    if paths:
        told = ", ".join(f"`{path}`" for path in paths[:PATHS_MAX])
        advice = f"delete it too: `git rm {' '.join(paths[:PATHS_MAX])}`"
        yield Demand("enclosures", State.READY, f"{told} stays, and nobody reads it any more", advice)


def other_demands(case: Case) -> Iterator[Demand]:
    """All that must hold for what is no member's."""
    for act, paths in case.others.items():
        what = few([f"`{shown(path)}`" for path in paths], PATHS_MAX)
        misnamed = next(((path, right) for path in paths if (right := meant(path))), None)
        out = f"{OUT}{what}: {_ALONE}" if case.members else ""
        if misnamed:
            kind = "a member's file" if misnamed[1].endswith(".yaml") else "what lies beside one"
            out = f"{OUT}`{misnamed[0]}`, or rename it: {kind} is named `{misnamed[1]}`"
        yield _approval(case, act, what, out)


def _approval(case: Case, act: Act, what: str, out: str) -> Demand:
    """That somebody of the right role approves. out: what an author does who did not mean it."""
    roles = RIGHTS[act].approvers
    account = first_of(case.approved, roles)
    if account is not None:
        words = f"{act.value}: {what}; approved by {named(case.policy.maintainers, account)}"
        return Demand("approval", State.READY, words)
    advice = f"{roles_words(roles)} approves this commit"
    if case.approved:
        lesser = " and ".join(named(case.policy.maintainers, each) for each in case.approved)
        what = f"{what}; that {lesser} approves is not enough"
    if out and case.policy.maintainers.role(case.submission.author) is None:
        advice = f"{out}; or {advice}"
    return Demand("approval", State.OPEN, f"{act.value}: {what}", advice)


def _speakers(change: MemberChange, act: Act) -> str:
    """Which accounts come and go, where that is what needs approval."""
    if act not in (Act.CONTACTS, Act.SEIZE):
        return ""
    before, after = accounts(change.base), accounts(change.member)
    words = [f"account {each} comes" for each in sorted(after - before)]
    words += [f"account {each} goes" for each in sorted(before - after)]
    return f" ({', '.join(words)})" if words else ""


def _vouched(found: Found) -> int | None:
    return first_of(found.case.approved, RIGHTS[Act.JOIN].instead)


def _join(found: Found, claimed: Claimed, answers: Answers) -> Iterator[Demand]:
    """The author is named by the new file and holds the AS number, or a maintainer vouches for both."""
    case, author = found.case, found.case.submission.author
    vouching = _vouched(found)
    if vouching is not None:
        words = f"{named(case.policy.maintainers, vouching)} vouches for {found.change.asn}"
        yield Demand("proof", State.READY, words)
        return
    if author in accounts(found.change.member):
        yield Demand("author", State.READY, f"account {author} is named by the new file")
    else:
        advice = f"add `- github: {{id: {author}, login: …}}` to its contacts, or have a maintainer approve"
        yield Demand("author", State.OPEN, f"the new file does not name account {author}", advice)
    yield from _proven(found, claimed, answers)


def _proven(found: Found, claimed: Claimed, answers: Answers) -> Iterator[Demand]:
    judged = [(each, each.judge(claimed, answers)) for each in proofs(found.case.policy.admission)]
    for method, judgement in judged:
        if isinstance(judgement, Proven):
            yield Demand("proof", State.READY, f"{method.title}: {judgement.words}")
            return
    for method, judgement in judged:
        if isinstance(judgement, Disproven):
            words = f"{method.title}: {judgement.words}"
            yield Demand("proof", State.REFUSED, words, judgement.help)
    copied = [(method, judgement) for method, judgement in judged if isinstance(judgement, Unbound)]
    for method, judgement in copied:
        advice = f"{judgement.help}; or a maintainer who knows account {claimed.account} approves"
        yield Demand("proof", State.OPEN, f"{method.title}: {judgement.words}", advice)
    if copied:
        return
    silent = [judgement.words for _, judgement in judged if isinstance(judgement, Undecided)]
    if silent:
        advice = "run it again later: nobody is refused for what could not be asked"
        if text := _publishing(claimed):
            advice = f"{advice}. Where nothing is published yet, {text}"
        yield Demand("proof", State.UNKNOWN, "; ".join(silent), advice)
    elif any(isinstance(judgement, Disproven) for _, judgement in judged):
        return
    elif found.case.policy.admission.entry == "invited":
        words = f"who joins here is invited, and no invitation comes with {claimed.asn}"
        advice = f"ask a maintainer for one, and save it as `{invitation.path(claimed.asn)}`"
        yield Demand("proof", State.OPEN, words, f"{advice}; or a maintainer approves")
    else:
        words = f"nothing shows yet that account {claimed.account} holds {claimed.asn}"
        command = f"`ztix prove {claimed.asn} --account {claimed.account}`"
        publish = f"{text}, and have it judged again; or " if (text := _publishing(claimed)) else ""
        advice = f"{publish}{command} tells what to do; or a maintainer approves"
        yield Demand("proof", State.OPEN, words, advice)


def _signs(found: Found) -> bool:
    """Whether a key has to sign: one of the merged file, or one that is new to it."""
    change = found.change
    if change.base is None or not any(RIGHTS[act].signature for act in change.acts):
        return False
    return bool(change.base.auth or (change.member and change.member.auth))


def _publishing(claimed: Claimed) -> str:
    """The very text to publish and where, for who has no ztix that tells; nothing where none would do."""
    places = [way.title for way in LOOKED_UP if way.name in claimed.policy.admission.proofs]
    text = token(claimed.policy.exchange, claimed.asn, claimed.account)
    return f"publish `{text}` as {' or '.join(places)}" if places else ""


def uncounted(case: Case) -> Iterator[Demand]:
    """Approvals that count for nothing, so that nobody waits for what they would bring."""
    author, silent = case.submission.author, sorted(case.submission.approvals - case.approved.keys())
    if author in silent:
        words = f"account {author} approves what it offers itself, which counts for owners alone"
        yield Demand("other approval", State.READY, words)
        silent.remove(author)
    if silent:
        who = few([f"account {each}" for each in silent], PATHS_MAX)
        why = "does not count, for `policy/maintainers.yaml` as merged names no such"
        words = f"the approval of {who} {why}"
        yield Demand("other approval", State.READY, words)


def _signature(found: Found, claimed: Claimed, answers: Answers) -> Demand:
    judgement = _signing(claimed).judge(claimed, answers)
    owner = first_of(found.case.approved, RIGHTS[Act.EDIT].instead)
    if isinstance(judgement, NotGiven):
        if owner is not None:
            words = f"{named(found.case.policy.maintainers, owner)} stands in for the signature"
            return Demand("signature", State.READY, words)
        words = f"`{claimed.path}` has keys, and none of them signed this change"
        return Demand("signature", State.REFUSED, words, _sign_advice(claimed))
    return _of("signature", judgement)


def _sign_advice(claimed: Claimed) -> str:
    return f"`ztix sign {claimed.asn} --key FILE`, and commit `members/{claimed.asn}{SIGNATURE}`"


def _nodes(found: Found, claimed: Claimed, answers: Answers) -> Iterator[Demand]:
    """Each node that the change adds signs it, as far as policy asks for that."""
    wanted = found.case.policy.admission.node_proof
    for each in node.new_nodes(claimed) if wanted != "off" else ():
        judgement = node.judge_node(claimed, each, answers)
        if isinstance(judgement, NotGiven):
            yield _unsigned(found.case, each, claimed, required=wanted == "required")
        elif isinstance(judgement, Undecided) and wanted == "advisory":
            yield Demand(f"node {each}", State.READY, f"{judgement.words}; it is not required")
        else:
            yield _of(f"node {each}", judgement)


def _unsigned(case: Case, node_id: NodeId, claimed: Claimed, *, required: bool) -> Demand:
    """A node that did not sign. Its owner may be unable to: then somebody else answers for it."""
    words = f"`{node_id}` has not signed the change"
    if not required:
        return Demand(f"node {node_id}", State.READY, f"{words}; it is not required")
    roles = ANYBODY if claimed.base is None else ADMINS
    account = first_of(case.approved, roles)
    if account is not None:
        words = f"{words}; {named(case.policy.maintainers, account)} answers for it"
        return Demand(f"node {node_id}", State.READY, words)
    advice = f"{node.sign_advice(claimed)}; or {roles_words(roles)} approves"
    return Demand(f"node {node_id}", State.REFUSED, words, advice)


def _of(what: str, judgement: Judgement) -> Demand:
    """A judgement as a demand. NotGiven has been dealt with."""
    match judgement:
        case Proven(_, words):
            return Demand(what, State.READY, words)
        case Disproven(_, words, advice):
            return Demand(what, State.REFUSED, words, advice)
        case Undecided(_, words):
            return Demand(what, State.UNKNOWN, words, "run it again later: nobody is refused for that")
        case _:
            raise AssertionError(judgement)
