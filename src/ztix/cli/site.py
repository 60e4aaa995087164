"""The verb that makes the exchange's website."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ztix.cli.measuring import measured
from ztix.cli.options import ref_option

if TYPE_CHECKING:
    from ztix.cli.export import Published


@click.group(short_help="Make the exchange's website.")
def site() -> None:
    """The exchange's website: plain files, made from a commit and the records of runs."""


@site.command(short_help="Write the website to a folder.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("site"),
    show_default=True,
    help="The folder: a new or empty one, or one that this verb wrote.",
)
@ref_option("HEAD", "The commit that is published.")
@measured("site build")
@click.pass_obj
def build(folder: str, out: Path, ref: str) -> int:
    """Write the website: members, route servers, policy, status, how to join, the IX-F list and a feed.

    Reads the exchange, its history and its evidence at a commit, and the records of runs on branch
    `ztix-state`; the same of these gives the same bytes. A member whose file has errors is told by its last
    good file, or left out. Writes to the folder: pages of members that left are deleted there, and other
    files are not touched. Exits 0, 3 where the exchange has errors, 6 where a member is quarantined, 64 where
    the folder is another's.
    """
    from ztix.cli.export import read_published
    from ztix.cli.outside import find_root
    from ztix.drivers.files import write_folder

    source = read_published(folder, ref)
    texts = _texts(find_root(folder), source)
    count = sum(1 for _ in write_folder(out, texts))
    click.echo(f"wrote {count} files to {out}", err=True)
    return source.exit


def _texts(root: Path, source: Published) -> dict[str, str]:
    from ztix.drivers.git_tree import read_revision
    from ztix.drivers.membership import records, register
    from ztix.drivers.state_branch import REF
    from ztix.drivers.templates import load_default_templates
    from ztix.render import own_templates
    from ztix.site import Source, build

    gathered = source.gathered
    commit = gathered.exchange.revision
    made = Source(
        gathered.exchange,
        gathered.evidence,
        tuple(item.view for item in gathered.rendered.values()),
        source.at,
        register(root, commit),
        records(root, REF),
        _ixf(source),
    )
    return build(made, own_templates(read_revision(root, commit), load_default_templates()))


def _ixf(source: Published) -> str | None:
    """The list of members by IX-F; None where policy has no block for it."""
    from ztix.export.ixf import member_list

    gathered = source.gathered
    if gathered.exchange.policy.exchange.publication.ixf is None:
        click.echo("note: without `publication.ixf` in policy/exchange.yaml there is no ixf.json", err=True)
        return None
    return member_list(gathered.exchange, gathered.evidence, source.at).text
