"""The verb `review`: whether a pull request may be merged, from git objects alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ztix.cli.measuring import measured
from ztix.cli.options import colour, format_option

if TYPE_CHECKING:
    from ztix.admission.proof import Answer, Question
    from ztix.admission.submission import Submission
    from ztix.admission.verdict import Verdict
    from ztix.cli.asking import Asking
    from ztix.console.verdict import VerdictForm
    from ztix.diagnostics import Report
    from ztix.evidence import Evidence
    from ztix.exchange import Exchange
    from ztix.review import Ground
    from ztix.tree import Tree


@click.command(short_help="Say whether a pull request may be merged.")
@click.option("--base", metavar="REF", required=True, help="What it is to be merged into.")
@click.option("--head", metavar="REF", required=True, help="The commit that is offered.")
@click.option(
    "--author-id", "author", metavar="N", type=click.IntRange(min=-1),
    help="Numeric id of the account that offers it; -1 for one that is gone.",
)  # fmt: skip
@click.option(
    "--approved-by", "approvals", metavar="N", type=click.IntRange(min=1), multiple=True,
    help="Numeric id of an account that approves exactly this commit; may be given again.",
)  # fmt: skip
@click.option("--offline", is_flag=True, help="Ask nobody outside of this machine.")
@click.option(
    "--publish", "forge", type=click.Choice(["none", "github"]), default="none", show_default=True,
    help="Tell it to the pull request, which then says who offers and who approves.",
)  # fmt: skip
@click.option("--number", metavar="N", type=click.IntRange(min=1), help="The pull request, for --publish.")
@click.option(
    "--into", metavar="BRANCH", default="main", show_default=True,
    help="The branch that --base is of; with --publish the pull request must be for it.",
)  # fmt: skip
@click.option("--merge", is_flag=True, help="With --publish: merge what policy lets merge by itself.")
@format_option("text", "json", "markdown")
@measured("review")
@click.pass_obj
def review(
    folder: str,
    base: str,
    head: str,
    author: int | None,
    approvals: tuple[int, ...],
    offline: bool,
    forge: str,
    number: int | None,
    into: str,
    merge: bool,
    form: VerdictForm,
) -> int:
    """Say whether a pull request may be merged, and if not, what has to happen first.

    Reads git objects: what a merge of --head into --base would change. Nothing is checked out, nothing that
    is offered is run, and policy, maintainers, contacts and keys are those of --base. Asks for proofs where
    somebody joins. Writes to stdout, and with --publish the comment and the status of the pull request.
    Exits 0 where it is ready, 3 where its files have findings, 4 where it needs a maintainer or policy
    refuses it, 5 where the pull request moved meanwhile, 7 where something could not be checked.
    """
    from ztix.errors import Usage

    root = exchange_root(folder)
    if forge != "none":
        if number is None or author is not None or approvals:
            message = "`--publish` needs `--number`, and neither `--author-id` nor `--approved-by`"
            raise Usage(message, help="name the pull request; who offers and approves is the forge's word")
        verdict = _published(forge, number, root, base, head, offline=offline, into=into, merge=merge)
    elif author is None or number is not None or merge:
        raise Usage(
            "`--author-id` is needed, and `--number` and `--merge` are for `--publish`",
            help="name the account that offers the commit, by its numeric id",
        )
    else:
        verdict = _judged(root, base, head, author, frozenset(approvals), offline=offline)
    from ztix.review import exit_of

    click.echo(_rendered(verdict, form), nl=False)
    return exit_of(verdict)


def _judged(
    root: Path, base: str, head: str, author: int, approvals: frozenset[int], *, offline: bool
) -> Verdict:
    """The verdict. git reads while Python loads what judges."""
    from ztix.cli.ahead import Ahead
    from ztix.drivers.git_changes import changed_since_run, read_submission

    def read() -> tuple[Submission, tuple[str, ...]]:
        submission = read_submission(root, base, head, author, approvals)
        return submission, changed_since_run(root, submission.base.revision)

    reading = Ahead(read)
    from ztix.review import review as judge

    submission, changed = reading.result()
    known = ground(root, base, offline=offline)
    return judge(submission, replace(known, since_run=lambda revision: changed))


def _published(
    forge: str, number: int, root: Path, base: str, head: str, *, offline: bool, into: str, merge: bool
) -> Verdict:
    """The verdict, told on the forge."""
    from ztix.cli.forge import open_forge
    from ztix.drivers.git_changes import read_submission
    from ztix.drivers.main_line import merges
    from ztix.publish import Desk, publish

    def read(account: int, approved: frozenset[int]) -> Submission:
        return read_submission(root, base, head, account, approved)

    known = ground(root, base, offline=offline)
    with open_forge(forge) as opened:
        desk = Desk(known, read, lambda path: merges(root, base, path), into)
        done = publish(opened, number, desk, merge=merge)
    click.echo(f"{'merged' if done.merged else 'told'} #{number}", err=True)
    return done.verdict


def _rendered(verdict: Verdict, form: VerdictForm) -> str:
    if form == "markdown":
        from ztix.console.comment import render_comment

        return render_comment(verdict).text
    from ztix.console.verdict import verdict_json, verdict_text

    return verdict_json(verdict) if form == "json" else verdict_text(verdict, colour=colour())


def exchange_root(folder: str) -> Path:
    """The exchange's folder; the repository itself where it is a bare one, as on a git server."""
    from ztix.drivers.git_tree import find_exchange
    from ztix.errors import Usage

    start = Path(folder).resolve()
    try:
        return find_exchange(start)
    except Usage:
        if (start / "objects").is_dir() and (start / "HEAD").is_file():
            return start
        raise


def ground(root: Path, base: str, *, offline: bool) -> Ground:
    """The ports of a review with the real drivers."""
    from ztix.admission.proof import Checklist, NodeKey, SshSignature
    from ztix.drivers.git_changes import changed_since_run, past_contents
    from ztix.drivers.git_past import GitHistory
    from ztix.review import Ground

    def evidence(exchange: Exchange, tree: Tree) -> tuple[Evidence, Report]:
        from ztix.evidence_files import evidence as read

        return read(tree, datetime.now(UTC))

    @cache
    def asking() -> Asking:
        from ztix.cli.asking import Asking

        return Asking()

    def ask(questions: Sequence[Question]) -> Mapping[Question, Answer]:
        return asking()(
            [q for q in questions if not offline or isinstance(q, SshSignature | Checklist | NodeKey)]
        )

    return Ground(
        evidence=evidence,
        ask=ask,
        past=lambda path: past_contents(root, base, path),
        since_run=lambda revision: changed_since_run(root, revision),
        history=GitHistory(root),
        now=lambda: datetime.now(UTC),
    )
