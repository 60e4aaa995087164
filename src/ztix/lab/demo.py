"""The demonstration: an exchange comes to life, changes as merges would change it, and is taken down.

Law: everything is real but the fabric's controller, which is the simulator (`lab/stage.py`), and the `ztix`
program itself is called as a person would. Touches a temporary folder, and what the stage touches.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from ztix.errors import Usage
from ztix.lab.daemons import wait_until
from ztix.lab.demo_exchange import LAN4, NEWCOMER, SPEAKERS, Speaker, member_text
from ztix.lab.stage import BIRD2, BIRD3, Stage, running_stage

BOGON = "192.168.5.0/24"
REASON = "(64496, 1101, 3)"
"""The large community of a bogon prefix: docs/filters.md lists the reasons."""


def main(*, keep: bool = False) -> int:
    """Tell the story. Returns 0 where all came out as it should; raises AssertionError where not."""
    if not BIRD2.exists():
        raise Usage(
            "there is no BIRD at /usr/sbin/bird", help="run `make demo`, which installs what is missing"
        )
    began = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="ztix-demo-"))
    try:
        with running_stage(folder) as stage:
            _build(stage)
            _first_run(stage)
            _merge(stage)
            _say("Taking everything down.")
    finally:
        if keep:
            _say(f"Kept: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    _say(f"Done in {time.monotonic() - began:.0f} s.")
    return 0


def _build(stage: Stage) -> None:
    _say("A controller simulator, two route servers behind sshd, four members' routers, one LAN.")
    for name, program in (("rs1", BIRD2), ("rs2", BIRD3 if BIRD3.exists() else BIRD2)):
        server = stage.add_route_server(name, program.absolute())
        where = LAN4.format(host=server.host)
        _say(f"  {name}: BIRD {server.bird} on {where}, reached through sshd on port {server.port}")
    for speaker in SPEAKERS:
        stage.add_router(speaker, also=(BOGON,) if speaker.asn == 64501 else ())
    stage.found()


def _first_run(stage: Stage) -> None:
    _say("Is the exchange sound? What would change? Then make it live.")
    _ztix(stage, "check")
    _ztix(stage, "plan", "--ref", "HEAD")
    _reconcile_as_planned(stage)
    _await_sessions(stage, SPEAKERS)
    stage.join(SPEAKERS)
    _ztix(stage, "status")
    wait_until(lambda: stage.daemons["as64502"].has_route("198.51.100.0/24"), 30, "the route arrives")
    _say("AS64502 has AS64500's prefix from the route servers:")
    click.echo(stage.daemons["as64502"].ask("show route 198.51.100.0/24"))
    _show_the_bogon(stage)
    _say("Again: nothing may change now.")
    _ztix(stage, "reconcile")


def _show_the_bogon(stage: Stage) -> None:
    """What a route server rejected is kept there with its reason, and goes to nobody."""
    question = "show route filtered all protocol as64501_192_0_2_11"
    server = stage.daemons["rs1"]
    wait_until(lambda: REASON in server.ask(question), 30, f"rs1 rejects the bogon {BOGON}")
    if stage.daemons["as64502"].has_route(BOGON):
        raise AssertionError(f"the bogon {BOGON} of AS64501 got through")
    _say(f"AS64501 also announces {BOGON}. AS64502 does not have it: rs1 filtered it as a bogon, {REASON}.")
    lines = [line.strip() for line in server.ask(question).splitlines()]
    click.echo("\n".join(line for line in lines if BOGON in line or "large_community" in line))


def _merge(stage: Stage) -> None:
    _say("Three pull requests are merged: AS64504 joins, AS64501 changes a limit, AS64503 leaves.")
    stage.add_router(NEWCOMER)
    stayed = [speaker for speaker in SPEAKERS if speaker.asn != 64503]
    before = stage.up_since(stayed)
    changed = replace(SPEAKERS[1], max_prefixes=80)
    texts = {f"members/AS{speaker.asn}.yaml": member_text(speaker) for speaker in (NEWCOMER, changed)}
    stage.commit(
        "Merge: AS64504 joins, AS64501 raises its limit, AS64503 leaves",
        {**texts, "members/AS64503.yaml": None},
    )
    _ztix(stage, "plan", "--ref", "HEAD")
    _reconcile_as_planned(stage)
    _await_sessions(stage, [*stayed, NEWCOMER])
    stage.join([*stayed, NEWCOMER])
    _ztix(stage, "status")
    if not stage.stayed_up(stayed, before):
        raise AssertionError("a session of a member that nobody changed was reset")
    _say("The sessions of all other members stayed up through it.")


def _await_sessions(stage: Stage, speakers: Sequence[Speaker]) -> None:
    for speaker in speakers:
        wait_until(lambda: stage.sessions_are_up(speaker), 60, f"AS{speaker.asn}'s sessions are up")  # noqa: B023 - called within this turn


def _ztix(stage: Stage, *words: str) -> None:
    click.secho(f"\n$ ztix {' '.join(words)}", bold=True)
    run = subprocess.run(stage.words(*words), cwd=stage.exchange, check=False)
    if run.returncode != 0:
        raise AssertionError(f"`ztix {' '.join(words)}` exited with {run.returncode}")


def _reconcile_as_planned(stage: Stage) -> None:
    """`ztix reconcile` prints the plan that was just shown once more: it is left out here."""
    click.secho("\n$ ztix reconcile", bold=True)
    run = subprocess.run(
        stage.words("reconcile"), cwd=stage.exchange, check=False, stdout=subprocess.PIPE, text=True
    )
    plan, digest, receipt = run.stdout.partition("\nDigest sha256:")
    if run.returncode != 0:
        click.echo(run.stdout)
        raise AssertionError(f"`ztix reconcile` exited with {run.returncode}")
    click.echo(f"(the plan above){digest}{receipt}" if digest else plan, nl=False)


def _say(text: str) -> None:
    click.secho(f"\n{text}" if not text.startswith(" ") else text, fg="cyan")
