"""Verbs that read git and what is live, and write nothing: plan, drift, status."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ztix.cli.measuring import measure, measured
from ztix.cli.options import asn_of, colour, format_option, ref_option, width

if TYPE_CHECKING:
    from ztix.console.drift_issue import DriftIssue
    from ztix.console.plan import PlanForm
    from ztix.console.status import StatusForm

_DETAILED = click.option("--detailed-exitcode", is_flag=True, help="Exit 2 where there is something to show.")


@click.command(short_help="Show what a run would change.")
@ref_option(None, "Read this revision instead of the work tree.")
@click.option(
    "--from-state", is_flag=True, help="Compare with the last receipt; asks no fabric or route server."
)
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Also save the plan, for `ztix apply`."
)
@_DETAILED
@format_option("text", "markdown", "json", "github")
@measured("plan")
@click.pass_obj
def plan(
    folder: str, ref: str | None, from_state: bool, out: Path | None, detailed_exitcode: bool, form: PlanForm
) -> int:
    """Show what `ztix reconcile` would change, and the digest that approves it.

    Reads the exchange, the branch ztix-state, the fabrics and the route servers; writes nothing but --out.
    Exits 0 (2 with --detailed-exitcode where there are changes), 3 where policy has errors, 7 where a fabric
    does not answer.
    """
    from ztix.cli.outside import open_world
    from ztix.cli.progress import Reporter
    from ztix.console.plan import render_plan
    from ztix.drivers.files import write_whole
    from ztix.errors import Exit
    from ztix.reconcile import plan as make

    with Reporter() as reporter:
        planned = make(open_world(folder, reporter), ref, live=not from_state)
    measure(planned)
    click.echo(render_plan(planned, form, colour=colour()), nl=False)
    if out is not None:
        write_whole(out, render_plan(planned, "json"))
        click.echo(f"wrote {out}", err=True)
    return Exit.CHANGES if detailed_exitcode and not planned.plan.is_empty else Exit.DONE


@click.command(short_help="Show what moved without git.")
@_DETAILED
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Also save what is to be told, for --told."
)
@click.option(
    "--told", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="With --publish: tell what --out saved, and look at nothing.",
)  # fmt: skip
@click.option(
    "--publish", "forge", type=click.Choice(["none", "github"]), default="none", show_default=True,
    help="Keep the one issue about it: open, rewrite or close it.",
)  # fmt: skip
@format_option("text", "markdown", "json", "github")
@measured("drift")
@click.pass_obj
def drift(
    folder: str, detailed_exitcode: bool, out: Path | None, told: Path | None, forge: str, form: PlanForm
) -> int:
    """Show what is live and differs from the last receipt though git did not ask for it.

    Where a route server's file was edited by hand, shows the difference from git's text, and what BIRD runs;
    the next `reconcile` plans to overwrite it. Reads the last reconciled revision, the branch ztix-state, the
    fabrics and the route servers; writes nothing but --out. With --publish it also keeps the issue that
    tells it, by GITHUB_TOKEN and GITHUB_REPOSITORY: what did not answer neither opens nor closes it. Exits 0
    (2 with --detailed-exitcode where something moved), 4 where the forge refuses, 7 where a fabric or the
    forge does not answer.
    """
    from ztix.errors import Exit, Usage

    if told is None:
        issue = _looked(folder, form, out)
    elif forge == "none" or out is not None:
        raise Usage("`--told` is for `--publish`, and looks at nothing", help="say where it is to be told")
    else:
        issue = _saved(told)
    if forge != "none":
        _publish(forge, issue)
    return Exit.CHANGES if detailed_exitcode and issue.moved else Exit.DONE


def _looked(folder: str, form: PlanForm, out: Path | None) -> DriftIssue:
    """What moved, shown and saved."""
    from ztix.cli.outside import open_world
    from ztix.cli.progress import Reporter
    from ztix.console.drift_issue import drift_issue, issue_json
    from ztix.console.plan import render_plan
    from ztix.drift import drift as find
    from ztix.drivers.files import write_whole

    with Reporter() as reporter:
        planned = find(open_world(folder, reporter))
    measure(planned)
    click.echo(render_plan(planned, form, colour=colour()), nl=False)
    issue = drift_issue(planned)
    if out is not None:
        write_whole(out, issue_json(issue))
        click.echo(f"wrote {out}", err=True)
    return issue


def _saved(told: Path) -> DriftIssue:
    from ztix.console.drift_issue import read_issue
    from ztix.errors import Usage

    issue = read_issue(told.read_bytes())
    if issue is None:
        raise Usage(f"`{told}` tells of no drift", help="save one with `ztix drift --out FILE`")
    return issue


def _publish(kind: str, issue: DriftIssue) -> None:
    from ztix.cli.forge import open_forge
    from ztix.drift_watch import watch

    with open_forge(kind) as forge:
        click.echo(watch(forge, issue), err=True)


@click.command(short_help="Show what is live.")
@click.argument("asn", metavar="[ASN]", required=False)
@ref_option("HEAD", "Compare with this revision.")
@click.option("--head", metavar="REV", help="Also show what this revision, of an open change, would bring.")
@format_option("text", "json", "markdown")
@measured("status")
@click.pass_obj
def status(folder: str, asn: str | None, ref: str, head: str | None, form: StatusForm) -> int:
    """Show the state of every node and member, or of one member with each of its sessions.

    A node is pending (in an open change only), approved, provisioning, active, failed, suspended or leaving.
    Reads the exchange, the branch ztix-state, the fabrics and the route servers; writes nothing. What does
    not answer shows as unknown. Exits 0, 3 where policy has errors, 64 where there is no such member.
    """
    from ztix.cli.outside import open_world
    from ztix.cli.progress import Reporter
    from ztix.console.safe import printable
    from ztix.console.status import render_status
    from ztix.errors import Exit, Usage
    from ztix.standing import standings
    from ztix.survey import survey

    owner = f"AS{asn_of(asn):d}" if asn else None
    with Reporter() as reporter:
        found = survey(open_world(folder, reporter), ref, head)
    seen = standings(found.gathered, found.live, found.proposed)
    measure(seen)
    if owner is not None:
        seen = seen.of(owner)
        if not seen.members:
            raise Usage(f"`{owner}` is no member at `{head or ref}`", help="`ztix status` lists all")
    for note in found.notes if form == "text" else ():
        click.echo(f"note: {printable(note.subject)} {printable(note.text)}", err=True)
    text = render_status(seen, found.notes, form, detail=bool(owner), width=width(), colour=colour())
    click.echo(text, nl=False)
    return Exit.DONE
