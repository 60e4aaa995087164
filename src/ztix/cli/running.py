"""Verbs that change what is live: reconcile, apply, deploy. Each holds the lock of the exchange."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ztix.cli.measuring import measure, measured
from ztix.cli.options import colour, format_option, ref_option

if TYPE_CHECKING:
    from ztix.console.receipt import ReceiptForm
    from ztix.plan import Scope
    from ztix.reconcile import Planned
    from ztix.terms import Digest

_APPROVE = click.option(
    "--approve", metavar="DIGEST", help="The digest of the plan that you read and approve."
)
_REPORT = click.option(
    "--report", type=click.Path(dir_okay=False, path_type=Path), help="Also write the receipt here, as JSON."
)
_ENDS = """Exits 0, 3 policy has errors, 4 refused by a gate (prints how to approve), 5 the approved plan is
stale, 6 partly done, 7 a fabric does not answer, 8 another run is at work, 9 a route server is stuck."""


@click.command(short_help="Make what is live exactly what git says.")
@ref_option("HEAD", "The revision to make live.")
@_APPROVE
@_REPORT
@format_option("text", "json")
@measured("reconcile")
@click.pass_obj
def reconcile(folder: str, ref: str, approve: str | None, report: Path | None, form: ReceiptForm) -> int:
    """Make the fabrics' members and the route servers' configurations exactly what git says.

    Reads the exchange at --ref. Writes to the fabrics, to the route servers and to the branch ztix-state; a
    second run finds nothing to do. A member whose file has errors keeps what it has.
    """
    from ztix.plan import EVERYTHING

    return run(folder, ref, approve, None, EVERYTHING, report, form)


@click.command(short_help="Carry out a saved plan, exactly that one.")
@click.argument("plan", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_APPROVE
@_REPORT
@format_option("text", "json")
@measured("apply")
@click.pass_obj
def apply(folder: str, plan: Path, approve: str | None, report: Path | None, form: ReceiptForm) -> int:
    """Carry out the plan that `ztix plan --out PLAN` saved, or refuse where anything moved since.

    Reads PLAN and the exchange at its revision, plans anew, and goes on only where the digest is the same.
    Writes what `reconcile` does. Gates hold as ever.
    """
    from ztix.errors import Usage
    from ztix.plan import EVERYTHING
    from ztix.terms import Digest

    try:
        saved = json.loads(plan.read_bytes())
        digest, revision = Digest(saved["digest"]), str(saved["revision"])
    except (ValueError, KeyError, TypeError):
        raise Usage(
            f"`{plan}` is no saved plan", help="save one with `ztix plan --ref HEAD --out FILE`"
        ) from None
    if revision == "work tree":
        raise Usage(
            f"`{plan}` was made from a work tree, which nobody can review",
            help="commit, then save it with `ztix plan --ref HEAD --out FILE`",
        )
    return run(folder, revision, approve, digest, EVERYTHING, report, form)


@click.command(short_help="Roll out configurations, leave fabrics alone.")
@ref_option("HEAD", "The revision to make live.")
@click.option(
    "--to", metavar="COMMIT|RECEIPT", help="Go back: a revision, or a file that a run's --report wrote."
)
@click.option("--only", metavar="NAME", multiple=True, help="This route server only; may be given again.")
@_APPROVE
@_REPORT
@format_option("text", "json")
@measured("deploy")
@click.pass_obj
def deploy(
    folder: str,
    ref: str,
    to: str | None,
    only: tuple[str, ...],
    approve: str | None,
    report: Path | None,
    form: ReceiptForm,
) -> int:
    """Give the route servers the configurations that git asks for; leave the fabrics alone.

    For a route server that did not answer before, or was built anew. Reads the exchange at --ref. Writes to
    the route servers and to the branch ztix-state, with the gates and the receipt of `reconcile`.

    With --to, gives an earlier configuration back, through the same gates. It holds until the next
    `reconcile`; to keep it, use `git revert`.
    """
    from ztix.errors import Usage
    from ztix.plan import Scope

    if to is not None:
        if ref != "HEAD":
            raise Usage("`--to` and `--ref` both name a revision", help="give one of them")
        ref = _revision(to)
    return run(folder, ref, approve, None, Scope(False, frozenset(only) or None), report, form)


for _command in (reconcile, apply, deploy):
    _command.epilog = _ENDS


def run(
    folder: str,
    ref: str,
    approve: str | None,
    expect: str | None,
    scope: Scope,
    report: Path | None,
    form: ReceiptForm,
) -> int:
    from ztix.cli.outside import open_world
    from ztix.cli.progress import Reporter
    from ztix.console.json_text import json_text
    from ztix.console.plan import render_plan, summary
    from ztix.console.receipt import render_receipt
    from ztix.drivers.claimant import claimed
    from ztix.drivers.files import write_whole
    from ztix.drivers.git_tree import find_exchange
    from ztix.drivers.lock import run_lock
    from ztix.reconcile import reconcile as make_live

    approved, expected = _digest(approve), _digest(expect)
    root = find_exchange(Path(folder).resolve())

    def announce(planned: Planned) -> None:
        _know(planned, scope)
        measure(planned)
        if form == "text":
            click.echo(render_plan(planned, "text", colour=colour()), nl=False)

    with Reporter() as reporter:
        world = open_world(folder, reporter)
        with run_lock(root, world.holder):
            by = claimed(root, os.environ)
            ran = make_live(
                world, ref, approve=approved, expect=expected, scope=scope, announce=announce, by=by
            )
    if ran.receipt is not None:
        measure(ran.receipt)
        click.echo(render_receipt(ran.receipt, form), nl=False)
        if report is not None:
            write_whole(report, render_receipt(ran.receipt, "json"))
    elif form == "json":
        nothing = {"schema": "ztix.nothing.v1", "exit": int(ran.exit), "words": summary(ran.planned.plan)}
        click.echo(json_text(nothing, indent=None), nl=False)
    if ran.unrecorded is not None:
        raise ran.unrecorded
    return ran.exit


def _digest(text: str | None) -> Digest | None:
    """The digest of a plan that an option names."""
    from ztix.errors import Usage
    from ztix.terms import Digest

    try:
        return Digest(text) if text else None
    except ValueError:
        raise Usage(f"`{text}` is no digest", help="copy it whole from `ztix plan`: `sha256:…`") from None


def _revision(to: str) -> str:
    """The revision that a receipt was made from, where this names a file; otherwise it is one itself."""
    from ztix.errors import Usage

    path = Path(to)
    if not path.is_file():
        return to
    try:
        receipt = json.loads(path.read_bytes())
        if receipt["schema"] != "ztix.receipt.v1":
            raise ValueError
        return str(receipt["revision"])
    except (ValueError, KeyError, TypeError):
        raise Usage(
            f"`{path}` is no receipt", help="a run writes one with `--report`; or name a commit"
        ) from None


def _know(planned: Planned, scope: Scope) -> None:
    from ztix.errors import Usage

    unknown = (scope.route_servers or frozenset()) - set(planned.gathered.rendered)
    if unknown:
        known = ", ".join(planned.gathered.rendered) or "there are none"
        raise Usage(f"there is no route server `{min(unknown)}`", help=f"name one of: {known}")
