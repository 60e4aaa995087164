"""One pull request of the corpus as data, how it becomes commits, and how it is judged.

Law: real git objects, the real verb with a fixed time, and stand-ins for everything outside. The rows are in
`rows/`; a row says all that is particular about it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import TypeAlias

from tests.hostile.objects import File, Objects
from tests.hostile.scene import BASE, LATELY, LONG_AGO
from tests.unit.exchange_fixture import NOW
from ztix.admission.proof import Answer, NodeKey, Question, Said, SshSignature
from ztix.admission.submission import Submission
from ztix.admission.verdict import Verdict
from ztix.cli.asking import who_signed
from ztix.diagnostics import Report
from ztix.drivers.git_changes import past_contents, read_submission
from ztix.drivers.git_past import GitHistory
from ztix.errors import Exit
from ztix.evidence import Evidence
from ztix.exchange import Exchange
from ztix.review import Ground, exit_of, review
from ztix.tree import Tree

Content: TypeAlias = "str | bytes | File | None"
Changes: TypeAlias = Mapping[str, Content]
Outside: TypeAlias = Mapping[type[Question], "Answer | Callable[[Question], Answer]"]
DAY = LATELY


class Must(Enum):
    """How a verdict must end."""

    PASS = Exit.DONE
    WAIT = Exit.REFUSED  # a maintainer has to approve, or it is refused outright: the row's words tell which
    FAIL = Exit.INVALID
    ASK_AGAIN = Exit.UNAVAILABLE


@dataclass(frozen=True, slots=True)
class Pull:
    """A pull request.

    does: what its branch changes; None takes a file away.  says: each must be in what was found.  helps: must
    be in what is to be done.  refused: whether no approval of a maintainer could let it pass.  past: what was
    merged before it was begun, commit by commit, lately.  since: what was merged after that.  merged: whether
    its head is a merge of the base into the branch, and `does` is hidden in that.  orphan: without a parent.
    """

    name: str
    must: Must
    does: Changes
    says: tuple[str, ...] = ()
    helps: str = ""
    author: int = 64502
    approvals: tuple[int, ...] = ()
    refused: bool | None = None
    outside: Outside = field(default_factory=dict)
    past: tuple[Changes, ...] = ()
    since: Changes = field(default_factory=dict)
    merged: bool = False
    orphan: bool = False
    at: datetime = DAY


@dataclass(frozen=True, slots=True)
class Built:
    """Where a row's commits are."""

    folder: Path
    base: str
    head: str


def changed(files: Mapping[str, File], changes: Changes) -> dict[str, File]:
    """Files after changes."""
    after = dict(files)
    for path, content in changes.items():
        if content is None:
            del after[path]
        elif isinstance(content, File):
            after[path] = content
        else:
            after[path] = File(content.encode() if isinstance(content, str) else content)
    return after


def build(pull: Pull, folder: Path) -> Built:
    """The row's commits, in a repository of its own, so that no row sees another's objects."""
    objects = Objects.new(folder)
    files = changed({}, BASE)
    fork = objects.commit(files, (), LONG_AGO)
    for step in pull.past:
        files = changed(files, step)
        fork = objects.commit(files, (fork,), pull.at)
    base, onto = fork, files
    if pull.since:
        onto = changed(files, pull.since)
        base = objects.commit(onto, (fork,), pull.at)
    if pull.merged:
        branch = objects.commit(changed(files, {"docs/note.md": "a note\n"}), (fork,), NOW)
        head = objects.commit(changed(onto, pull.does), (branch, base), NOW)
    else:
        head = objects.commit(changed(files, pull.does), () if pull.orphan else (fork,), NOW)
    return Built(objects.folder, base, head)


@dataclass(slots=True)
class World:
    """Who answers. asked: what was asked."""

    outside: Outside
    asked: list[Question] = field(default_factory=list)

    def __call__(self, questions: Sequence[Question]) -> Mapping[Question, Answer]:
        self.asked += questions
        return {question: self._answer(question) for question in questions}

    def _answer(self, question: Question) -> Answer:
        said = self.outside.get(type(question))
        if said is not None:
            return said(question) if callable(said) else said
        match question:
            case SshSignature():
                return who_signed(question)
            case NodeKey(identity):
                return Said((identity[:10],))
            case _:
                return Said()


def ground(built: Built, world: World) -> Ground:
    """The ports of a review: git is real, the rest is the row's."""

    def evidence(exchange: Exchange, tree: Tree) -> tuple[Evidence, Report]:
        from ztix.evidence_files import evidence as read

        return read(tree, NOW)

    return Ground(
        evidence=evidence,
        ask=world,
        past=lambda path: past_contents(built.folder, built.base, path),
        since_run=lambda _: (),  # nothing of what is offered gets there
        history=GitHistory(built.folder),
        now=lambda: NOW,
    )


def submitted(pull: Pull, built: Built) -> Submission:
    """The row as git has it."""
    return read_submission(built.folder, built.base, built.head, pull.author, frozenset(pull.approvals))


def judged(pull: Pull, built: Built) -> tuple[Verdict, Exit]:
    """The verdict, and how `ztix review` ends. In a large exchange it lacks others' findings alone."""
    submission = submitted(pull, built)
    verdict = review(submission, ground(built, World(pull.outside)))
    if verdict.report.has_errors:
        large = review(submission, ground(built, World(pull.outside)), whole=0)
        assert replace(large, elsewhere=verdict.elsewhere) == verdict
    return verdict, exit_of(verdict)
