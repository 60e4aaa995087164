"""The verb for what was done: who approved what, when it was applied, and whether its record is whole."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

import click

from ztix.cli.measuring import measured
from ztix.cli.options import asn_of, format_option, ref_option

if TYPE_CHECKING:
    from ztix.console.audit import AuditForm


class _Story(click.Group):
    """A group that tells the story where no other command of it is named."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or (args[0] not in self.commands and args[0] not in ctx.help_option_names):
            args = ["show", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_Story, short_help="Tell who approved what, and what became of it.")
def audit() -> None:
    """Tell who approved what, when it was applied and what happened; `ztix audit AS64500` tells of a member.

    `show` may be left out. The story is made of git's main line and of the branch ztix-state, which has one
    commit for each run; `verify` proves that it is unbroken.
    """


@audit.command(short_help="The story, the newest last.")
@click.argument("asn", metavar="[AS64500]", required=False)
@ref_option("HEAD", "The main line that was merged to.")
@click.option("--since", metavar="DATE", help="From this day or moment on, such as 2026-01-31; in UTC.")
@click.option("--until", metavar="DATE", help="To the end of this day, or before this moment.")
@click.option(
    "--actor", metavar="NAME", help="What this person brought; a part of the name or login will do."
)
@format_option("text", "json")
@click.pass_obj
def show(
    folder: str,
    asn: str | None,
    ref: str,
    since: str | None,
    until: str | None,
    actor: str | None,
    form: AuditForm,
) -> int:
    """Tell who approved what, when it was applied and what happened, the newest last.

    Reads the main line of git and the branch ztix-state of this clone, asks nobody; writes to stdout. Exits
    0, or 64 where the words cannot be carried out.
    """
    from ztix.audit import Wish, trail
    from ztix.cli.outside import find_root
    from ztix.console.audit import render_trail
    from ztix.drivers.audit_trail import read_chain, read_main_line
    from ztix.errors import Exit

    member = None if asn is None else str(asn_of(asn))
    wish = Wish(member, _moment(since), _moment(until, end=True), actor)
    root = find_root(folder)
    chain = read_chain(root)
    if chain.lost is not None:
        click.echo(f"note: nothing before `{chain.lost[0][:12]}` is told: {chain.lost[1]}", err=True)
    click.echo(render_trail(trail(read_main_line(root, ref), chain, wish), form), nl=False)
    return Exit.DONE


@audit.command(short_help="Prove that the chain of records is unbroken.")
@ref_option("HEAD", "The main line that runs were made from.")
@click.option("--tip", metavar="COMMIT", multiple=True, help="A tip that you remember; it must be there.")
@click.option("--remote", metavar="NAME", help="Ask this remote for its tip, which must be there too.")
@format_option("text", "json")
@measured("audit verify")
@click.pass_obj
def verify(folder: str, ref: str, tip: tuple[str, ...], remote: str | None, form: AuditForm) -> int:
    """Prove that every record on the branch ztix-state continues the one before it.

    Whoever may rewrite the branch can write another chain that is whole in itself: only a tip that was
    remembered elsewhere tells them apart. The last line of a good answer is the tip to remember.

    Reads the branch ztix-state and the main line, with --remote a remote's ref; writes to stdout. Exits 0, 3
    with findings, 7 where the remote does not answer, 64 where this clone lacks a part.
    """
    from ztix.cli.outside import find_root
    from ztix.console.audit import render_flaws
    from ztix.diagnostics import shown
    from ztix.drivers.audit_trail import read_chain, read_main, read_tips, remote_tip
    from ztix.errors import Exit, Usage
    from ztix.verify import verify as judge

    root = find_root(folder)
    for one in tip:
        if not re.fullmatch(r"[0-9a-f]{7,64}", one):
            raise Usage(f"`{shown(one)}` is no commit's id", help="give at least 7 of its digits")
    remembered = {f"`--tip {one[:12]}`": one for one in tip}
    asked = remote_tip(root, remote) if remote is not None else {}
    chain, main = read_chain(root), read_main(root, ref)
    if chain.shallow or main is None:
        raise Usage(
            "this clone has not the whole history, so nothing can be proven from it",
            help="`git fetch --unshallow origin` fetches it, and "
            "`git fetch origin ztix-state:ztix-state` the branch",
        )
    flaws = judge(chain, main, read_tips(root) | asked | remembered)
    newest = chain.records[0].commit if chain.records else ""
    click.echo(render_flaws(flaws, len(chain.records), newest, form), nl=False)
    return Exit.INVALID if flaws else Exit.DONE


def _moment(text: str | None, *, end: bool = False) -> datetime | None:
    """The moment that an option names. Raises Usage."""
    from ztix.audit import moment
    from ztix.diagnostics import shown
    from ztix.errors import Usage

    try:
        return None if text is None else moment(text, end=end)
    except ValueError:
        raise Usage(
            f"`{shown(text or '')}` is no date", help="write it as 2026-01-31 or 2026-01-31T12:00"
        ) from None
