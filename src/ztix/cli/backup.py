"""Verbs about copies of a controller's state: make, prove, put back, and try. No secret is printed."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ztix.cli.measuring import measured
from ztix.cli.options import format_option, ref_option

if TYPE_CHECKING:
    from ztix.backup import Manifest
    from ztix.policy import FabricPolicy
    from ztix.reconcile import Planned

_ARCHIVE = click.argument("archive", type=click.Path(dir_okay=False, path_type=Path))
_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
CONTROLLER_URL = "http://127.0.0.1:9993"
TRIES, PAUSE_S = 5, 0.2


@click.group(short_help="Copy a controller's state, and put it back.")
def backup() -> None:
    """Copy the state of a ZeroTier controller on this machine, prove a copy, put it back, and try it."""


@backup.command(short_help="Copy a controller's home into an archive.")
@click.option("--home", type=_FOLDER, default="/var/lib/zerotier-one", show_default=True, help="ZeroTier's.")
@click.option("--to", type=_FOLDER, required=True, help="The folder of the archives.")
@click.option("--url", default=CONTROLLER_URL, show_default=True, help="Where the controller answers.")
@click.option("--stopped", is_flag=True, help="The controller does not run: ask nobody.")
@click.option("--keep", type=click.IntRange(min=1), help="Delete older archives of this controller.")
@measured("backup create")
def create(home: Path, to: Path, url: str, stopped: bool, keep: int | None) -> int:
    """Copy what a controller cannot be without: identity, token, settings, networks and members.

    Reads the home, and asks the controller that runs on it whether its disk has all that it holds. Writes an
    archive to --to, mode 0600 and not encrypted, reads it back, and prints its path. The secrets are never
    printed. Exits 0, 3 where a record is broken, 4 where the disk lacks what the controller holds or a
    secret is open to others, 5 where the files do not rest, 7 where the controller does not answer, 64 usage.
    """
    from ztix import __version__
    from ztix.backup import describe, in_words, unsound
    from ztix.drivers.controller_backup import prune, read_home, write_archive
    from ztix.errors import Exit, Invalid

    contents, version = (read_home(home), None) if stopped else _compared(home, url)
    if problems := unsound(contents):
        raise Invalid(
            f"`{home}` is not sound: {in_words(problems)}",
            help="docs/recovery.md tells how a record is made anew; a backup of this would not serve",
        )
    manifest = describe(contents, f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", __version__, version)
    path = write_archive(to, manifest, contents)
    click.echo(path)
    _tell(manifest)
    for name in prune(to, manifest.node, keep) if keep else ():
        click.echo(f"deleted {to / name}", err=True)
    return Exit.DONE


@backup.command(short_help="Prove that an archive is whole.")
@_ARCHIVE
@format_option("text", "json")
@measured("backup verify")
def verify(archive: Path, form: str) -> int:
    """Prove that an archive holds what its manifest says, and that a controller would read all of it.

    Reads ARCHIVE, and nothing else; writes its manifest to stdout, without the secrets. Exits 0, 3 where it
    is damaged or holds what no backup holds, 4 where others may read it, 64 where it cannot be read.
    """
    from ztix.console.backup import render_manifest
    from ztix.console.json_text import json_text
    from ztix.drivers.controller_backup import read_archive
    from ztix.errors import Exit

    manifest, _ = read_archive(archive)
    data = manifest.model_dump(mode="json")
    text = json_text(data, sort_keys=True) if form == "json" else render_manifest(manifest)
    click.echo(text, nl=False)
    return Exit.DONE


@backup.command(short_help="Fill an empty home from an archive.")
@_ARCHIVE
@click.option("--home", type=click.Path(path_type=Path), required=True, help="Empty, or not there yet.")
@click.option("--controller", metavar="NODE", help="Refuse the archive of any other controller.")
def restore(archive: Path, home: Path, controller: str | None) -> int:
    """Fill the home of a controller that does not run from an archive, whole or not at all.

    Reads ARCHIVE and proves it first. Writes to --home, in its owner's name; it replaces nothing. Never run a
    controller on it while another one runs with the same identity. Exits 0, 3 where the archive is damaged, 4
    where the home is not empty, the archive is another controller's, or others may read it, 64 usage.
    """
    from ztix.drivers.controller_backup import read_archive
    from ztix.drivers.controller_backup import restore as fill
    from ztix.errors import Exit, Refused

    manifest, contents = read_archive(archive)
    if controller is not None and controller != manifest.node:
        raise Refused(
            f"`{archive}` is of the controller `{manifest.node}`, not of `{controller}`",
            help="name another archive; `ztix backup verify` tells whose it is",
        )
    fill(home, contents)
    _tell(manifest)
    click.echo(f"restored to {home}; start ZeroTier there, then `ztix plan` tells what moved since", err=True)
    return Exit.DONE


@backup.command(short_help="Restore to a temporary folder, and plan against it.")
@_ARCHIVE
@ref_option("HEAD", "The revision that the restored controller shall hold.")
@click.option(
    "--zerotier-one",
    "program",
    envvar="ZTIX_ZEROTIER_ONE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Start this program, apart from all networks, instead of the simulator.",
)
@click.option("--inside", is_flag=True, hidden=True, help="There is nothing but loopback here.")
@measured("backup drill")
@click.pass_obj
def drill(folder: str, archive: Path, ref: str, program: Path | None, inside: bool) -> int:
    """Try an archive: restore it to a temporary folder, start a controller there, and plan against it.

    Reads ARCHIVE, the exchange at --ref and the branch ztix-state; asks no controller but its own, and no
    route server. Writes to a temporary folder alone, and the plan to stdout where there is something to do.
    Exits 0 where there is nothing to do, 3 where the archive is damaged, 4 where it is another controller's,
    5 where git asks for something else, 7 where no controller starts, 64 usage.
    """
    import tempfile

    from ztix.drivers import drill_controller
    from ztix.drivers.controller_backup import read_archive
    from ztix.drivers.controller_backup import restore as fill

    if program is not None and not inside:
        words = ("backup", "drill", str(archive), "--ref", ref, "--zerotier-one", str(program), "--inside")
        return drill_controller.apart(("--exchange", folder, *words))
    manifest, contents = read_archive(archive)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="ztix-drill-") as temporary:
        home = Path(temporary) / "home"
        fill(home, contents)
        with drill_controller.real(program, home) if program else drill_controller.simulated(home) as url:
            planned = _planned(folder, ref, url, home)
    _tell(manifest)
    return _judge(planned, time.monotonic() - started, str(program or "the simulator"))


def _compared(home: Path, url: str) -> tuple[dict[str, bytes], str]:
    """The home's files and the controller's version, once both hold the same. Raises Refused."""
    from ztix.backup import TOKEN, in_words, unwritten
    from ztix.drivers.controller_backup import read_home
    from ztix.drivers.controller_revisions import ask
    from ztix.drivers.fabrics import read_secret
    from ztix.errors import Refused
    from ztix.policy import SecretRef

    token = read_secret(SecretRef(file=str(home / TOKEN)), {})
    problems: tuple[str, ...] = ()
    for number in range(TRIES):  # a record may be on its way to the disk
        time.sleep(PAUSE_S if number else 0)
        contents, running = read_home(home), ask(url, token)
        if not contents["identity.secret"].startswith(running.node.encode()):
            raise Refused(
                f"the controller at `{url}` is `{running.node}`, and `{home}` is of another one",
                help="name its --url, or `--stopped` where none runs on this home",
            )
        problems = unwritten(contents, running.revisions)
        if not problems:
            return contents, running.version
    raise Refused(
        f"the disk of `{home}` does not hold what the controller does: {in_words(problems)}",
        help="look after its disk; then restart it and run `ztix reconcile`: git has what the disk lacks",
    )


def _planned(folder: str, ref: str, url: str, home: Path) -> Planned:
    from dataclasses import replace

    from ztix.cli.outside import open_world
    from ztix.cli.progress import Reporter
    from ztix.drivers.fabrics import CONTROLLER
    from ztix.fabric import Fabric
    from ztix.plan import Scope
    from ztix.policy import SecretRef
    from ztix.reconcile import plan

    with Reporter() as reporter:
        world = open_world(folder, reporter)

        def open_drilled(policy: FabricPolicy) -> Fabric:
            if policy.driver != CONTROLLER:
                return world.open_fabric(policy)
            token = SecretRef(file=str(home / "authtoken.secret"))
            return world.open_fabric(policy.model_copy(update={"url": url, "token": token}))

        return plan(replace(world, open_fabric=open_drilled), ref, scope=Scope(True, frozenset()))


def _judge(planned: Planned, seconds: float, who: str) -> int:
    from ztix.console.plan import render_plan
    from ztix.errors import Exit, Stale

    if not planned.plan.is_empty:
        click.echo(render_plan(planned, "text"), nl=False)
        raise Stale(
            "a controller on this archive is not what git asks for: the plan tells what is missing",
            help="`ztix reconcile` would make it so after a restore; make a new backup, or name its --ref",
        )
    click.echo(f"the drill passed in {seconds:.1f} s with {who}: nothing to do", err=True)
    return Exit.DONE


def _tell(manifest: Manifest) -> None:
    from ztix.console.backup import render_manifest

    click.echo(render_manifest(manifest), nl=False, err=True)
