"""A submission made ready to be judged: what it does, member by member, beside what is merged already.

Law: pure. Policy, maintainers, contacts and keys are those of the base. Only enclosures that the submission
itself brings count: one that lay there before was about an earlier change.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from ztix.admission.authority import Act, act_of_path, approving
from ztix.admission.neighbours import neighbours
from ztix.admission.proof import Claimed
from ztix.admission.submission import FileChange, Submission
from ztix.document import read_document
from ztix.enclosure import Enclosure
from ztix.maintainers_policy import Role
from ztix.member import MEMBER_PATH, Member, member_path
from ztix.policy import Policy
from ztix.shape import read_model
from ztix.terms import Address, Asn, Label
from ztix.tree import Entry, Tree

NARROW = "members/"


@dataclass(frozen=True, slots=True)
class MemberChange:
    """What happens to one member. change: of its file; None where only enclosures come.

    base, member: as merged, and as it would be; None where there is none or none that can be read.
    enclosed: what comes with it, by suffix.  acts: what it does, none where its file cannot be read.
    """

    asn: Asn
    change: FileChange | None
    base: Member | None
    member: Member | None
    enclosed: Mapping[str, bytes]
    acts: tuple[Act, ...]

    @property
    def path(self) -> str:
        """Of the member's file."""
        return member_path(self.asn)

    def claimed(self, policy: Policy, account: int, spent: frozenset[str], now: datetime) -> Claimed | None:
        """What a method judges; None where there is no member to speak of."""
        member = self.member or self.base
        if member is None or self.change is None:
            return None
        before, after = self.change.before, self.change.after
        return Claimed(
            policy,
            self.asn,
            account,
            member,
            self.base,
            self.path,
            before.content if before else None,
            after.content if after else None,
            self.enclosed,
            spent,
            now,
        )


@dataclass(frozen=True, slots=True)
class Case:
    """All that a verdict is made from, but for the answers.

    members: by AS number.  others: paths that are no member's and no enclosure's, by what changing them is.
    approved: the maintainers who approve.
    """

    submission: Submission
    policy: Policy
    members: tuple[MemberChange, ...]
    others: Mapping[Act, tuple[str, ...]]
    approved: Mapping[int, Role] = field(default_factory=dict)


def open_case(submission: Submission, policy: Policy) -> Case:
    """What a submission does. policy: of the base. Raises nothing."""
    files: dict[Asn, dict[str, FileChange]] = {}
    others: dict[Act, list[str]] = {}
    for change in submission.changes:
        enclosure, asn = Enclosure.parse(change.path), _asn(change.path)
        if asn is not None:
            files.setdefault(asn, {})[""] = change
        elif enclosure is not None:
            files.setdefault(enclosure.asn, {})[enclosure.suffix] = change
        else:
            others.setdefault(act_of_path(change.path), []).append(change.path)
    members = tuple(_member_change(submission, asn, found) for asn, found in sorted(files.items()))
    approved = approving(policy.maintainers, submission.author, submission.approvals)
    return Case(submission, policy, members, {act: tuple(paths) for act, paths in others.items()}, approved)


def _asn(path: str) -> Asn | None:
    match = MEMBER_PATH.fullmatch(path)
    try:
        return Asn(match["asn"]) if match else None
    except ValueError:  # a number above 32 bits: no member's name
        return None


def _member_change(submission: Submission, asn: Asn, files: Mapping[str, FileChange]) -> MemberChange:
    change = files.get("")
    before = change.before if change else submission.base.get(member_path(asn))
    base, member = _member(before), _member(change.after if change else before)
    enclosed = {
        suffix: each.after.content
        for suffix, each in files.items()
        if suffix and each.after is not None and each.after.content is not None
    }
    acts = tuple(_acts(submission.author, change, base, member))
    return MemberChange(asn, change, base, member, enclosed, acts)


def _member(entry: Entry | None) -> Member | None:
    document, _ = read_document(entry) if entry else (None, [])
    return read_model(document, Member)[0] if document else None


def accounts(member: Member | None) -> frozenset[int]:
    """The accounts that speak for a member."""
    return (
        frozenset(contact.github.id for contact in member.contacts if contact.github)
        if member
        else frozenset()
    )


def _acts(
    author: int, change: FileChange | None, base: Member | None, member: Member | None
) -> Iterator[Act]:
    if change is None:
        if author not in accounts(base):
            yield Act.STRAY
        return
    if change.before is None:
        yield Act.JOIN
        return
    if author not in accounts(base):
        seized = change.after is not None and (
            base is None or member is None or _speakers_differ(base, member)
        )
        yield Act.SEIZE if seized else Act.FOREIGN
        return
    if change.after is None or base is None:
        yield Act.LEAVE
        if base is not None and base.status == "suspended":  # who left comes back as if nothing had been
            yield Act.RETURN
        return
    yield Act.EDIT
    if member is not None:
        if accounts(base) != accounts(member):
            yield Act.CONTACTS
        if set(base.auth) != set(member.auth):
            yield Act.KEYS
        if base.status == "suspended" != member.status:
            yield Act.RETURN


def _speakers_differ(base: Member, member: Member) -> bool:
    return accounts(base) != accounts(member) or set(base.auth) != set(member.auth)


def takes_anything(case: Case) -> bool:
    """Whether a member joins, or gets an address that it does not hold yet: then what was before matters."""
    return any(_held(each.member) - _held(each.base) or Act.JOIN in each.acts for each in case.members)


def _held(member: Member | None) -> frozenset[tuple[Label, Address]]:
    nodes = member.nodes if member else ()
    return frozenset((node.fabric, address) for node in nodes for address in node.addresses)


def narrowed(submission: Submission) -> tuple[Tree, Tree] | None:
    """The two trees with those members only that the changes could meet; None where all may matter.

    All matter where policy or evidence changes. What is left out is a member's file that no rule could bring
    together with a changed one; evidence about those is left out too.
    """
    if not all(change.path.startswith(NARROW) for change in submission.changes):
        return None
    changed = [change.path for change in submission.changes]
    # With an enclosure goes the file that it is about, or it would seem to be left over.
    beside = (member_path(found.asn) for path in changed if (found := Enclosure.parse(path)))
    own = frozenset((*changed, *beside))
    members = [_member(change.after) for change in submission.changes if _asn(change.path) is not None]
    kept = own | neighbours(submission.after, [member for member in members if member], own)
    return _only(submission.base, kept), _only(submission.after, kept)


def _only(tree: Tree, kept: frozenset[str]) -> Tree:
    entries = {
        path: entry for path, entry in tree.entries.items() if path in kept or not path.startswith(NARROW)
    }
    return replace(tree, entries=entries)
