"""Verbs about one route server's machine: how it is prepared, and whether it is."""

from __future__ import annotations

from pathlib import Path

import click

from ztix.cli.measuring import measured
from ztix.cli.options import format_option, ref_option


@click.group("route-server", short_help="Prepare a route server's machine, and look at it.")
def route_server() -> None:
    """Prepare the machine of a route server for ztix, and see whether it is prepared."""


@route_server.command(short_help="See whether a machine is prepared.")
@click.argument("name")
@ref_option(None, "Read this revision instead of the work tree.")
@format_option("text", "json")
@measured("route-server check")
@click.pass_obj
def check(folder: str, name: str, ref: str | None, form: str) -> int:
    """See whether the machine of route server NAME is prepared, each thing with what to do about it.

    Over ssh, as its rollouts: the host key, the agent and its account, the folders and files, the control
    socket, BIRD's version and the file that it starts with, and the files of passwords that policy names.
    Reads the exchange and what the agent tells; writes nothing. Exits 0, 3 where something is to be mended or
    policy has errors, 7 where it does not answer, 64 usage.
    """
    from ztix.agent import script
    from ztix.cli.outside import open_world
    from ztix.cli.progress import Reporter
    from ztix.console.inspected import render_inspected
    from ztix.digests import text_digest
    from ztix.inspection import inspect

    agent = text_digest(script())
    with Reporter() as reporter:
        inspected = inspect(open_world(folder, reporter), ref, name, agent)
    click.echo(render_inspected(inspected, json_form=form == "json"), nl=False)
    return inspected.exit


@route_server.command(short_help="Print the script that prepares a machine.")
@click.argument("name")
@click.option(
    "--key",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    help="The public key of ztix, such as KEY.pub.",
)
@ref_option(None, "Read this revision instead of the work tree.")
@click.pass_obj
def setup(folder: str, name: str, key: Path, ref: str | None) -> int:
    """Print the script that prepares a fresh Debian as route server NAME. Read it, then run it there as root.

    The account and its key, the agent, the folder that it may write, BIRD's include and systemd's drop-in.
    It connects to nothing itself: pipe it into `ssh root@HOST sh`. Reads the exchange and the key; writes
    nothing. Exits 0, 3 where policy has errors, 64 where the file is no public key.
    """
    from ztix.agent import script as agent
    from ztix.cli.outside import open_tree
    from ztix.errors import Exit, Usage
    from ztix.exchange import read_exchange
    from ztix.inspection import route_server as find
    from ztix.preparation import PUBLIC_KEY, script

    exchange, _ = read_exchange(open_tree(folder, ref))
    server = find(exchange, name)
    match = PUBLIC_KEY.fullmatch(key.read_text("utf-8", "replace"))
    if match is None:
        raise Usage(
            f"`{key}` is no public key", help="make a pair by `ssh-keygen -t ed25519 -f KEY` and name KEY.pub"
        )
    click.echo(script(server, match[1], agent()), nl=False)
    return Exit.DONE
