"""Verbs that read git and what is live, and write nothing: plan, drift, status."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ztix.cli.options import colour, format_option, ref_option

if TYPE_CHECKING:
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
    click.echo(render_plan(planned, form, colour=colour()), nl=False)
    if out is not None:
        write_whole(out, render_plan(planned, "json"))
        click.echo(f"wrote {out}", err=True)
    return Exit.CHANGES if detailed_exitcode and not planned.plan.is_empty else Exit.DONE


@click.command(short_help="Show what moved without git.")
@_DETAILED
@format_option("text", "markdown", "json", "github")
@click.pass_obj
def drift(folder: str, detailed_exitcode: bool, form: PlanForm) -> int:
    """Show what is live and differs from the last receipt though git did not ask for it.

    Where a route server's file was edited by hand, shows the difference from git's text, and what BIRD runs;
    the next `reconcile` plans to overwrite it. Reads the last reconciled revision, the branch ztix-state, the
    fabrics and the route servers; writes nothing. Exits 0 (2 with --detailed-exitcode where something moved),
    7 where a fabric does not answer.
    """
    from ztix.cli.outside import open_world
    from ztix.cli.progress import Reporter
    from ztix.console.plan import render_plan
    from ztix.drift import drift as find
    from ztix.errors import Exit

    with Reporter() as reporter:
        planned = find(open_world(folder, reporter))
    click.echo(render_plan(planned, form, colour=colour()), nl=False)
    moved = not planned.plan.is_empty or planned.plan.strangers > 0
    return Exit.CHANGES if detailed_exitcode and moved else Exit.DONE


@click.command(short_help="Show what is live.")
@ref_option("HEAD", "Compare with this revision.")
@format_option("text", "json")
@click.pass_obj
def status(folder: str, ref: str, form: StatusForm) -> int:
    """Show every node of the exchange: whether it is on the fabric, and which of its sessions are up.

    Reads the exchange, the fabrics and the route servers; writes nothing. A route server that does not
    answer shows as unknown. Exits 0, 4 where another controller answers than before, 7 where a fabric does
    not answer.
    """
    from ztix.cli.outside import open_world
    from ztix.cli.progress import Reporter
    from ztix.console.status import render_status
    from ztix.errors import Exit
    from ztix.reconcile import status as look

    with Reporter() as reporter:
        rows, notes = look(open_world(folder, reporter), ref)
    for note in notes:
        click.echo(f"note: {note.subject} {note.text}", err=True)
    click.echo(render_status(rows, form), nl=False)
    return Exit.DONE
