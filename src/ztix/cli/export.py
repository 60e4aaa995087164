"""The verbs for outsiders: each prints one form of what git says, for others to read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ztix.cli.measuring import measured
from ztix.cli.options import ref_option

if TYPE_CHECKING:
    from ztix.errors import Exit
    from ztix.gather import Gathered

_ref = ref_option("HEAD", "The commit that is published.")
_out = click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write this file instead.")


@click.group(short_help="Print what outsiders read of the exchange.")
def export() -> None:
    """What outsiders read: the list of members, targets, zones, a looking glass's configuration, a table.

    Every one is made from a commit, byte for byte the same until another day ends somebody's membership;
    `publication` in policy/exchange.yaml has what members' files do not. A member whose file has errors is
    quarantined: its last good file stands in, as in a run, or it is left out.
    """


@export.command(short_help="The list of members by IX-F.")
@_ref
@_out
@measured("export ixf")
@click.pass_obj
def ixf(folder: str, ref: str, out: Path | None) -> int:
    """Print the list of members in the form of IX-F, which PeeringDB and others fetch.

    Reads the exchange and its evidence at a commit, whose time is the list's. Writes to stdout, or with --out
    to a file, and remarks to stderr. Exits 0, 3 where the exchange has errors or policy lacks something, 6
    where a member is quarantined.
    """
    from ztix.export.ixf import member_list

    source = read_published(folder, ref)
    made = member_list(source.gathered.exchange, source.gathered.evidence, source.at)
    for remark in made.remarks:
        click.echo(f"note: {remark}", err=True)
    return _give(source, made.text, out)


@export.command("prometheus-targets", short_help="Targets for Prometheus.")
@_ref
@_out
@measured("export prometheus-targets")
@click.pass_obj
def prometheus_targets(folder: str, ref: str, out: Path | None) -> int:
    """Print all addresses on the LAN as targets for Prometheus, in the form of `file_sd_configs`.

    Reads the exchange at a commit. Writes to stdout, or with --out to a file. Exits 0, 3 where the exchange
    has errors, 6 where a member is quarantined.
    """
    from ztix.export.prometheus_targets import prometheus_targets as targets

    source = read_published(folder, ref)
    return _give(source, targets(source.gathered.exchange), out)


@export.command("alice-lg", short_help="The configuration of the looking glass Alice.")
@_ref
@_out
@measured("export alice-lg")
@click.pass_obj
def alice_lg(folder: str, ref: str, out: Path | None) -> int:
    """Print the configuration of the looking glass Alice: one source for each route server.

    Reads the exchange at a commit. Writes to stdout, or with --out to a file. Exits 0, 3 where the exchange
    has errors or policy lacks something, 6 where a member is quarantined.
    """
    from ztix.export.alice_lg import alice_lg as configuration

    source = read_published(folder, ref)
    return _give(source, configuration(source.gathered.exchange), out)


@export.command(short_help="Zones of the LAN for a name server.")
@click.argument("zone", required=False)
@_ref
@click.option(
    "--serial",
    type=click.IntRange(0, 2**32 - 1),
    help="Serial of the SOA records.  [default: the commit's time in seconds since 1970]",
)
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), help="Write all zones to this folder."
)
@measured("export dns")
@click.pass_obj
def dns(folder: str, zone: str | None, ref: str, serial: int | None, out: Path | None) -> int:
    """Print one zone of the LAN, or without its name the names of all, the forward one first.

    Reads the exchange at a commit. Writes to stdout, or with --out all zones to a folder, each to NAME.zone.
    Exits 0, 3 where the exchange has errors or policy lacks something, 6 where a member is quarantined, 64
    for an unknown zone.
    """
    from ztix.drivers.files import write_files
    from ztix.errors import Usage
    from ztix.export.dns_zones import zone_file, zones

    source = read_published(folder, ref)
    made = zones(source.gathered.exchange, int(source.at.timestamp()) if serial is None else serial)
    if zone is not None and zone not in made:
        raise Usage(f"there is no zone `{zone}`", help=f"name one of: {', '.join(made)}")
    if out is not None:
        chosen = {zone_file(name): text for name, text in made.items() if zone in (None, name)}
        for path in write_files(out, chosen):
            click.echo(f"wrote {path}", err=True)
        return source.exit
    return _give(source, "".join(f"{name}\n" for name in made) if zone is None else made[zone], None)


@export.command("csv", short_help="The members as a table.")
@_ref
@_out
@measured("export csv")
@click.pass_obj
def csv(folder: str, ref: str, out: Path | None) -> int:
    """Print the members as a table for spreadsheets: a line for each node.

    Reads the exchange at a commit. Writes to stdout, or with --out to a file. Exits 0, 3 where the exchange
    has errors, 6 where a member is quarantined.
    """
    from ztix.export.csv_table import csv_table

    source = read_published(folder, ref)
    return _give(source, csv_table(source.gathered.exchange), out)


@dataclass(frozen=True, slots=True)
class Published:
    """What is published, and as of when."""

    gathered: Gathered
    at: datetime

    @property
    def exit(self) -> Exit:
        from ztix.errors import Exit

        return Exit.PARTIAL if self.gathered.quarantined else Exit.DONE


def read_published(folder: str, ref: str) -> Published:
    """The exchange at a commit, as a run would go by it. Tells who is quarantined, and who is dormant."""
    from ztix.cli.outside import find_root, open_world
    from ztix.cli.progress import Reporter
    from ztix.console.safe import printable
    from ztix.drivers.git_tree import committed_at, resolve
    from ztix.export.moment import moment
    from ztix.gather import gather

    root = find_root(folder)
    commit = resolve(root, ref)
    with Reporter() as reporter:
        world = open_world(folder, reporter)
        gathered = gather(world, commit, world.state.read())
    for item in gathered.quarantined:
        kept = "is left out" if item.member in gathered.frozen else "is told by its last good file"
        click.echo(f"note: {item.member} {kept}: {printable(item.reason)}", err=True)
    for rest in gathered.dormant:
        click.echo(f"note: {rest.owner} is told as if suspended: {printable(rest.reason)}", err=True)
    return Published(gathered, moment(gathered.exchange, committed_at(root, commit), gathered.evidence.now))


def _give(source: Published, text: str, out: Path | None) -> int:
    from ztix.drivers.files import write_whole

    if out is None:
        click.echo(text, nl=False)
    else:
        write_whole(out, text)
        click.echo(f"wrote {out}", err=True)
    return source.exit
