"""The verb that writes the configuration of a member's own router."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ztix.cli.options import ref_option

if TYPE_CHECKING:
    from ztix.routerconfig import RouterText
    from ztix.terms import Asn

MAKES = ("bird2", "bird3", "frr", "openbgpd", "gobgp", "routeros", "junos", "iosxr", "eos")


@click.command("router-config", short_help="Print the configuration of a member's own router.")
@click.argument("asn", metavar="AS64500")
@click.option("--for", "make", type=click.Choice(MAKES), required=True, help="The make of the router.")
@click.option(
    "--node", metavar="NAME", help="This node of the member only; needed where several go to stdout."
)
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), help="Write a file for each node here."
)
@ref_option(None, "Read this revision instead of the work tree.")
@click.pass_obj
def router_config(
    folder: str, asn: str, make: str, node: str | None, out: Path | None, ref: str | None
) -> int:
    """Print a ready, safe configuration for a member's own router: sessions with route servers, and filters.

    Only what the member's AS-SETs cover goes out. What nobody here knows is a place `FILL_IN_...`, which
    the router refuses until it is filled in; stderr lists them. Each node has a router of its own: with
    several, name one, or give a folder. Reads the exchange and its evidence, touches no router. Writes to
    stdout, or with --out to files. Exits 0, 3 where the exchange or the member's file has errors, 64 for an
    unknown member, node or make.
    """
    from ztix.drivers.files import write_files
    from ztix.errors import Exit, Usage

    texts = _texts(folder, asn, make, node, ref)
    if out is not None:
        for path in write_files(out, {text.file: text.text for text in texts}):
            click.echo(f"wrote {path}", err=True)
    elif len(texts) > 1:
        names = ", ".join(f"`{text.node}`" for text in texts)
        raise Usage(
            f"{texts[0].asn} has {len(texts)} nodes, each with a router of its own: {names}",
            help=f"`--node {texts[0].node}` prints one, `--out DIR` writes a file for each",
        )
    else:
        click.echo(texts[0].text, nl=False)
    _tell_gaps(texts)
    return Exit.DONE


def _texts(folder: str, asn: str, make: str, node: str | None, ref: str | None) -> tuple[RouterText, ...]:
    from ztix.applied import Applied
    from ztix.cli.outside import open_world
    from ztix.cli.progress import Reporter
    from ztix.errors import Invalid
    from ztix.gather import gather
    from ztix.render import own_templates
    from ztix.routerconfig import DIALECTS, router_texts

    found = _asn(asn)
    with Reporter() as reporter:
        world = open_world(folder, reporter)
        gathered = gather(world, ref, Applied())
        templates = own_templates(world.read_tree(ref), world.templates)
    for quarantine in gathered.quarantined:
        if quarantine.member == str(found):
            raise Invalid(f"{found}'s file has errors: {quarantine.reason}", help="`ztix check` shows all")
    servers = [item.view for item in gathered.rendered.values()]
    exchange, evidence = gathered.exchange, gathered.evidence
    return router_texts(exchange, evidence, servers, found, DIALECTS[make], templates, node)


def _tell_gaps(texts: tuple[RouterText, ...]) -> None:
    for text in texts:
        for gap in text.gaps:
            lines = ", ".join(map(str, gap.lines))
            word = "line" if len(gap.lines) == 1 else "lines"
            click.echo(f"fill in {gap.place} ({text.file}, {word} {lines}): {gap.meaning}", err=True)


def _asn(text: str) -> Asn:
    from ztix.errors import Usage
    from ztix.terms import Asn

    try:
        return Asn(text.upper().removeprefix("AS"))
    except ValueError as error:
        raise Usage(f"`{text}` {error}", help="name the member, such as AS64500") from None
