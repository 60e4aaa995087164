"""The verb doctor: what keeps a member from exchanging routes, or what is wrong with the exchange itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ztix.cli.measuring import measured
from ztix.cli.options import asn_of, format_option, ref_option, width

if TYPE_CHECKING:
    from ztix.console.doctor import DoctorForm


@click.command(short_help="Say what keeps a member off, and whose turn it is.")
@click.argument("asn", metavar="[ASN]", required=False)
@ref_option("HEAD", "Read this revision.")
@click.option("--head", metavar="REV", help="Also read this revision, of an open change; with ASN.")
@format_option("text", "json")
@measured("doctor")
@click.pass_obj
def doctor(folder: str, asn: str | None, ref: str, head: str | None, form: DoctorForm) -> int:
    """Walk from a member's file to its prefixes; say what is wrong first, whose turn it is, and what to type.

    Without ASN, look at the exchange itself: programs, tokens and keys, fabrics and route servers, clocks,
    disk, and what must be fresh. No secret is printed.

    Reads the exchange, the branch ztix-state, the fabrics and the route servers; writes nothing. Exits 0
    where nothing is wrong, 6 where something is, 7 where what did not answer leaves it unknown, 3 where
    policy has errors, 64 where ASN is no AS number.
    """
    from ztix.errors import Usage

    if asn is not None:
        return _member(folder, asn, ref, head, form)
    if head is not None:
        raise Usage(
            "`--head` goes with a member", help="name its AS number: `ztix doctor AS64500 --head REV`"
        )
    return _exchange(folder, ref, form)


def _member(folder: str, asn: str, ref: str, head: str | None, form: DoctorForm) -> int:
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
    click.echo(render_doctor(examined, found.notes, form, width=width()), nl=False)
    breaks = [one.found.diagnosis for one in examined if one.found]
    if all(one.unknown for one in breaks):
        return Exit.UNAVAILABLE if breaks else Exit.DONE
    return Exit.PARTIAL


def _exchange(folder: str, ref: str, form: DoctorForm) -> int:
    from ztix.agent import script
    from ztix.checkup import look_round
    from ztix.cli.outside import find_root, open_world
    from ztix.cli.progress import Reporter
    from ztix.console.checkup import render_checkup
    from ztix.diagnosis import check_up, exit_of
    from ztix.digests import text_digest
    from ztix.drivers.workplace import ThisMachine
    from ztix.schema import schema_files

    agent = text_digest(script())
    with Reporter() as reporter:
        world, place = open_world(folder, reporter), ThisMachine(find_root(folder))
        facts = look_round(world, place, ref, agent, schema_files())
    rows = check_up(facts)
    click.echo(render_checkup(rows, form, width=width()), nl=False)
    return exit_of(rows)
