"""Verbs about one fabric: who is on it, and break-glass work. The group that other verbs of a fabric join."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from ztix.cli.bootstrap import bootstrap, moon
from ztix.cli.fabric_token import rotate_token
from ztix.cli.measuring import measured
from ztix.cli.options import format_option, ref_option

if TYPE_CHECKING:
    from ztix.terms import NodeId
    from ztix.world import World

_FABRIC = click.option("--fabric", default="lan", show_default=True, help="The fabric, as policy names it.")
_UNITS = {"m": 60, "h": 3600, "d": 86400}


@click.group(short_help="See and mend one fabric by hand.")
def fabric() -> None:
    """See who is on a fabric, and let a node on or off by hand, for a time and on the record."""


fabric.add_command(rotate_token)
fabric.add_command(bootstrap)
fabric.add_command(moon)


@fabric.command("list", short_help="Show the nodes that no file names.")
@ref_option("HEAD", "Compare with this revision.")
@format_option("text", "json")
@measured("fabric list")
@click.pass_obj
def list_(folder: str, ref: str, form: str) -> int:
    """Show every node that a fabric holds and no file names: strangers, and who was allowed by hand.

    With when each was first and last seen, where the controller tells. Reads the exchange, the branch
    ztix-state and the fabrics; writes nothing. Exits 0, 4 where another controller answers than before, 7
    where a fabric does not answer.
    """
    from ztix.breakglass import guests
    from ztix.cli.outside import open_world
    from ztix.cli.progress import Reporter
    from ztix.console.guests import render_guests
    from ztix.errors import Exit

    with Reporter() as reporter:
        rows = guests(open_world(folder, reporter), ref)
    click.echo(render_guests(rows, json_form=form == "json"), nl=False)
    return Exit.DONE


@fabric.command(short_help="Show all that is known of a node.")
@click.argument("who", metavar="NODE|OWNER")
@ref_option("HEAD", "Compare with this revision.")
@format_option("text", "json")
@measured("fabric show")
@click.pass_obj
def show(folder: str, who: str, ref: str, form: str) -> int:
    """Show everything that is known of one node, or of all nodes of a member or a name in policy.

    What git says and where, the controller's record, when it was seen and with which identity, what was
    allowed by hand, what the last run left, and who the controller is. Reads the exchange, the branch
    ztix-state and the fabrics; writes nothing. Exits 0, 4 where another controller answers than before, 7
    where a fabric does not answer, 64 where nothing is known.
    """
    from ztix.cli.outside import open_world
    from ztix.cli.progress import Reporter
    from ztix.console.known import render_known
    from ztix.errors import Exit
    from ztix.known import known

    with Reporter() as reporter:
        found = known(open_world(folder, reporter), ref, who)
    click.echo(render_known(found, json_form=form == "json"), nl=False)
    return Exit.DONE


@fabric.command(short_help="Let a node on for a time.")
@click.argument("node")
@click.option("--until", required=True, metavar="TIME", help="How long: 30m, 2h, 3d; at most 7d.")
@click.option("--address", multiple=True, help="An address for it; may be given again.")
@_FABRIC
@ref_option("HEAD", "Compare with this revision.")
@measured("fabric allow")
@click.pass_obj
def allow(folder: str, node: str, until: str, address: tuple[str, ...], fabric: str, ref: str) -> int:
    """Let a node that no file names onto a fabric, until its time is over.

    Every plan shows it as temporary, and the first run of `ztix reconcile` after its end takes it off.
    Reads the exchange at --ref. Writes to the fabric and to the branch ztix-state. Exits 0, 4 where git
    speaks of the node, 6 where the controller kept something else, 7 where it does not answer, 8 locked,
    64 usage.
    """
    from ztix.breakglass import allow as let_on
    from ztix.errors import Exit, Usage
    from ztix.terms import parse_address

    match = re.fullmatch(r"([1-9][0-9]{0,3})([mhd])", until)
    if match is None:
        raise Usage(f"`{until}` is no length of time", help="write it as 30m, 2h or 3d")
    end = datetime.now(UTC) + timedelta(seconds=int(match[1]) * _UNITS[match[2]])
    try:
        addresses = tuple(parse_address(text) for text in address)
    except ValueError as error:
        raise Usage(f"--address {error}") from None
    with _locked(folder) as world:
        held = let_on(world, ref, fabric, _node(node), addresses, end)
    click.echo(f"{held.node} is on {fabric} until {end:%Y-%m-%d %H:%M} UTC", err=True)
    return Exit.DONE


@fabric.command(short_help="Take a node off that no file names.")
@click.argument("node")
@_FABRIC
@ref_option("HEAD", "Compare with this revision.")
@measured("fabric forget")
@click.pass_obj
def forget(folder: str, node: str, fabric: str, ref: str) -> int:
    """Take a node off a fabric that no file names: a stranger, or one that was allowed by hand.

    Reads the exchange at --ref. Writes to the fabric and to the branch ztix-state. Exits 0, 4 where git
    speaks of the node, 6 where the controller kept something else, 7 where it does not answer, 8 locked, 64
    where the fabric has no record.
    """
    from ztix.breakglass import forget as take_off
    from ztix.errors import Exit

    with _locked(folder) as world:
        held = take_off(world, ref, fabric, _node(node))
    click.echo(f"{held.node} is off {fabric}", err=True)
    return Exit.DONE


@contextmanager
def _locked(folder: str) -> Iterator[World]:
    """The World, with the exchange's lock held."""
    from ztix.cli.outside import find_root, open_world
    from ztix.cli.progress import Reporter
    from ztix.drivers.lock import run_lock

    with Reporter() as reporter:
        world = open_world(folder, reporter)
        with run_lock(find_root(folder), world.holder):
            yield world


def _node(text: str) -> NodeId:
    from ztix.errors import Usage
    from ztix.terms import NodeId

    try:
        return NodeId(text)
    except ValueError as error:
        words = str(error).removesuffix(", quoted")  # which a file needs
        raise Usage(f"NODE `{text}` {words}", help="`zerotier-cli info` on the node shows it") from None
