"""Submissions in memory: two sets of files become what a driver reads from git.

Law: documentation numbers only, and no file is read. Who answers, and what was before, are plain values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from tests.unit.exchange_fixture import NOW, POLICY, member_text
from ztix.admission.proof import Answer, Question
from ztix.admission.submission import CHANGES_MAX, FileChange, Submission
from ztix.admission.verdict import Demand, State, Verdict
from ztix.diagnostics import Report
from ztix.evidence import Evidence
from ztix.exchange import Exchange
from ztix.past import Past
from ztix.review import Ground, review
from ztix.tree import Entry, Kind, Tree, byte_limit

OWNER, ADMIN, REVIEWER, STRANGER = 1, 2, 3, 99
MAINTAINERS = """\
maintainers:
  - github: {id: 1, login: ann}
    role: owner
  - github: {id: 2, login: ben}
    role: admin
  - github: {id: 3, login: cay}
    role: reviewer
"""
ADMISSION = (
    "reserved_asns_allowed: [64496-64511]\npeeringdb: advisory\nnode_proof: 'off'\nproofs: [invitation]\n"
)
FOLDERS = ("members/", "policy/", "templates/", "evidence/")
Files = Mapping[str, str | bytes | Entry]


def base_files() -> dict[str, str | bytes | Entry]:
    """Policy with an owner, an admin and a reviewer, and the members AS64500 to AS64502."""
    members = {f"members/AS{asn}.yaml": member_text(asn) for asn in (64500, 64501, 64502)}
    policy = {"policy/maintainers.yaml": MAINTAINERS, "policy/admission.yaml": ADMISSION}
    return {**POLICY, **policy, **members}


def entry(path: str, content: str | bytes | Entry) -> Entry:
    """A regular file; content that is too long is not read."""
    if isinstance(content, Entry):
        return content
    octets = content.encode() if isinstance(content, str) else content
    read = path.startswith(FOLDERS) and len(octets) <= byte_limit(path)
    return Entry(path, Kind.FILE, len(octets), octets if read else None)


def special(path: str, kind: Kind, size: int = 10) -> Entry:
    """What is no regular file."""
    return Entry(path, kind, size, None)


def tree(files: Files, revision: str) -> Tree:
    """The files of an exchange, the others left out."""
    entries = {
        path: entry(path, content) for path, content in sorted(files.items()) if path.startswith(FOLDERS)
    }
    return Tree(revision, entries)


def offered(
    changes: Mapping[str, str | bytes | Entry | None],
    *,
    author: int = 64500,
    approvals: Iterable[int] = (),
    base: Files | None = None,
) -> Submission:
    """A submission by the author: the base's files with these changed; None deletes one."""
    before = base_files() if base is None else dict(base)
    after = {path: content for path, content in {**before, **changes}.items() if content is not None}
    few = len(changes) <= CHANGES_MAX
    found = []
    for path in sorted(changes):
        old = entry(path, before[path]) if path in before else None
        new = entry(path, after[path]) if path in after else None
        if not few:
            old, new = (each and Entry(path, each.kind, each.size, None) for each in (old, new))
        if old != new:
            found.append(FileChange(path, old, new))
    return Submission(
        tree(before, "b" * 40), tree(after, "a" * 40), "a" * 40, tuple(found), author, frozenset(approvals)
    )


@dataclass
class Nothing:
    """A history without a past; cut: since when it is there, where not from the beginning."""

    cut: datetime | None = None
    asked: list[str] = field(default_factory=list)

    def suspects(self, paths_of: Callable[[bytes], frozenset[str]], known: Iterable[bytes]) -> frozenset[str]:
        self.asked.append("suspects")
        return frozenset()

    def past(self, revision: str, since: datetime | None, paths: frozenset[str]) -> Past:
        self.asked.append(revision)
        return Past(cut=self.cut)


@dataclass
class Outside:
    """What a review meets: answers to its questions, merged contents by path, and the moment."""

    answers: Mapping[Question, Answer] = field(default_factory=dict)
    merged: Mapping[str, tuple[bytes, ...]] = field(default_factory=dict)
    since_run: tuple[str, ...] = ()
    now: datetime = NOW
    history: Nothing = field(default_factory=Nothing)
    evidence: Evidence | None = None
    asked: list[Question] = field(default_factory=list)

    @property
    def ground(self) -> Ground:
        return Ground(
            evidence=self.known,
            ask=self.ask,
            past=lambda path: self.merged.get(path, ()),
            since_run=lambda _: self.since_run,
            history=self.history,
            now=lambda: self.now,
        )

    def known(self, exchange: Exchange, found: Tree) -> tuple[Evidence, Report]:
        return self.evidence or Evidence(self.now), Report()

    def ask(self, questions: Sequence[Question]) -> Mapping[Question, Answer]:
        self.asked += questions
        return {question: self.answers[question] for question in questions if question in self.answers}


def judged(submission: Submission, outside: Outside | None = None) -> Verdict:
    """The verdict on it."""
    return review(submission, (outside or Outside()).ground)


def state_of(verdict: Verdict, what: str) -> State | None:
    """The state of its demand of that name; None where there is none."""
    found: list[Demand] = [demand for demand in verdict.demands if demand.what == what]
    return found[0].state if found else None


def rules_of(verdict: Verdict) -> list[str]:
    """The ids of its findings of severity error."""
    return [finding.rule for finding in verdict.report if finding.severity.value == "error"]
