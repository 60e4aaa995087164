"""The verb doctor: what keeps a member from exchanging routes."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import click

from ztix.cli.options import asn_of, format_option, ref_option

if TYPE_CHECKING:
    from ztix.console.doctor import DoctorForm


@click.command(short_help="Say what keeps a member off, and whose turn it is.")
@click.argument("asn", metavar="ASN")
@ref_option("HEAD", "Read this revision.")
@click.option("--head", metavar="REV", help="Also read this revision, of an open change.")
@format_option("text", "json")
@click.pass_obj
def doctor(folder: str, asn: str, ref: str, head: str | None, form: DoctorForm) -> int:
    """Walk from a member's file to its prefixes; say what is wrong first, whose turn it is, and what to type.

    Reads the exchange, the branch ztix-state, the fabrics and the route servers; writes nothing. Exits 0
    where nothing is wrong, 6 where something is, 7 where what did not answer leaves it unknown, 3 where
    policy has errors, 64 where ASN is no AS number.
    """
    from ztix.cli.outside import open_world
    from ztix.cli.progress import Reporter
    from ztix.console.doctor import render_doctor
    from ztix.console.safe import printable
    from ztix.errors import Exit
    from ztix.examination import examine
    from ztix.survey import survey

    owner = f"AS{asn_of(asn):d}"
    with Reporter() as reporter:
        found = survey(open_world(folder, reporter), ref, head)
    examined = examine(found, owner)
    for note in found.notes if form == "text" else ():
        click.echo(f"note: {printable(note.subject)} {printable(note.text)}", err=True)
    width = min(shutil.get_terminal_size((100, 24)).columns, 100)
    click.echo(render_doctor(examined, found.notes, form, width=width), nl=False)
    breaks = [one.found.diagnosis for one in examined if one.found]
    if all(one.unknown for one in breaks):
        return Exit.UNAVAILABLE if breaks else Exit.DONE
    return Exit.PARTIAL
