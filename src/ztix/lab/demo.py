"""The demonstration: an exchange comes to life, changes as merges would change it, and is taken down.

Law: everything is real but the fabric's controller, which is the simulator: two BIRD daemons behind a real
sshd, members' routers in namespaces of their own, and the `ztix` program itself, called as a person would.
Touches a temporary folder, namespaces and loopback ports; ends all that it started.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import click

from ztix.agent import script
from ztix.errors import Usage
from ztix.lab.daemons import (
    Bird,
    Controller,
    free_port,
    running_bird,
    running_controller,
    running_sshd,
    wait_until,
)
from ztix.lab.demo_exchange import (
    LAN4,
    LAN6,
    NEWCOMER,
    SPEAKERS,
    Server,
    Speaker,
    evidence_texts,
    member_text,
    policy_texts,
    speaker_text,
)
from ztix.lab.lan import Lan, running_lan

BIRD2 = Path("/usr/sbin/bird")
BIRD3 = Path(os.environ.get("ZTIX_BIRD3", ".tools/bird3/bin/bird"))
_EMPTY = "log stderr all;\nrouter id {address};\nprotocol device {{}}\n# end of configuration\n"
_GIT = ("-c", "user.name=Maintainer", "-c", "user.email=maintainer@example.net")


@dataclass(slots=True)
class Stage:
    """What stands while the story is told."""

    folder: Path
    lan: Lan
    stack: ExitStack
    servers: list[Server]
    daemons: dict[str, Bird]

    @property
    def exchange(self) -> Path:
        return self.folder / "exchange"


def main(*, keep: bool = False) -> int:
    """Tell the story. Returns 0 where all came out as it should; raises AssertionError where not."""
    if not BIRD2.exists():
        raise Usage(
            "there is no BIRD at /usr/sbin/bird", help="run `make demo`, which installs what is missing"
        )
    began = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="ztix-demo-"))
    try:
        with ExitStack() as stack:
            lan = stack.enter_context(running_lan())
            controller = stack.enter_context(running_controller(folder / "controller"))
            stage = Stage(folder, lan, stack, [], {})
            _build(stage, controller)
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


def _build(stage: Stage, controller: Controller) -> None:
    _say("A controller simulator, two route servers behind sshd, four members' routers, one LAN.")
    for place, (name, program) in enumerate((("rs1", BIRD2), ("rs2", BIRD3 if BIRD3.exists() else BIRD2))):
        stage.servers.append(_route_server(stage, name, place + 1, program.absolute()))
    for speaker in SPEAKERS:
        _router(stage, speaker, also=("192.168.5.0/24",) if speaker.asn == 64501 else ())
    texts = {
        **policy_texts(controller.url, controller.token_file, stage.servers),
        **evidence_texts((*SPEAKERS, NEWCOMER)),
        **{f"members/AS{speaker.asn}.yaml": member_text(speaker) for speaker in SPEAKERS},
    }
    stage.exchange.mkdir()
    _git(stage, "init", "--quiet", "--initial-branch=main")
    _commit(stage, "Found the exchange with four members", texts)


def _route_server(stage: Stage, name: str, host: int, program: Path) -> Server:
    folder = stage.folder / name
    v4, v6 = LAN4.format(host=host), LAN6.format(host=host)
    within = stage.lan.add(name, [f"{v4}/24", f"{v6}/64"])
    text = _EMPTY.format(address=v4)
    stage.daemons[name] = stage.stack.enter_context(running_bird(program, folder, text, within=within))
    state = folder / "state"
    state.mkdir()
    agent = folder / "ztix-agent"
    agent.write_text(script(), encoding="ascii")
    agent.chmod(0o755)
    (folder / "agent.conf").write_text(
        f"conf {folder}/bird.conf\ncontrol {folder}/bird.ctl\nbird {program}\n"
        f"birdc {program.with_name('birdc')}\nstate {state}\n"
    )
    command = f"{agent} {folder}/agent.conf"
    sshd = stage.stack.enter_context(running_sshd(folder / "sshd", command, port=free_port()))
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    version = (said.stdout + said.stderr).split()[-1]
    _say(f"  {name}: BIRD {version} on {v4}, reached through sshd on port {sshd.port}")
    return Server(name, host, f"aaaaaaaa0{host}", version, sshd.port, sshd.host_key, sshd.identity)


def _router(stage: Stage, speaker: Speaker, also: Sequence[str] = ()) -> None:
    name = f"as{speaker.asn}"
    v4, v6 = speaker.addresses
    within = stage.lan.add(name, [f"{v4}/24", f"{v6}/64"])
    text = speaker_text(speaker, stage.servers, also)
    daemon = running_bird(BIRD2, stage.folder / name, text, within=within)
    stage.daemons[name] = stage.stack.enter_context(daemon)


def _first_run(stage: Stage) -> None:
    _say("Is the exchange sound? What would change? Then make it live.")
    _ztix(stage, "check")
    _ztix(stage, "plan", "--ref", "HEAD")
    _ztix(stage, "reconcile")
    _await_sessions(stage, SPEAKERS)
    _ztix(stage, "status")
    wait_until(lambda: stage.daemons["as64502"].has_route("198.51.100.0/24"), 30, "the route arrives")
    _say("AS64502 has AS64500's prefix from the route servers:")
    click.echo(stage.daemons["as64502"].ask("show route 198.51.100.0/24"))
    if stage.daemons["as64502"].has_route("192.168.5.0/24"):
        raise AssertionError("the bogon 192.168.5.0/24 of AS64501 got through")
    _say("AS64501 also announces 192.168.5.0/24, a bogon: it stays at the route server's door.")
    _say("Again: nothing may change now.")
    _ztix(stage, "reconcile")


def _merge(stage: Stage) -> None:
    _say("Three pull requests are merged: AS64504 joins, AS64501 changes a limit, AS64503 leaves.")
    _router(stage, NEWCOMER)
    stayed = [speaker for speaker in SPEAKERS if speaker.asn != 64503]
    before = _ups(stage, stayed)
    (stage.exchange / "members" / "AS64503.yaml").unlink()
    changed = replace(SPEAKERS[1], max_prefixes=80)
    texts = {f"members/AS{speaker.asn}.yaml": member_text(speaker) for speaker in (NEWCOMER, changed)}
    _commit(stage, "Merge: AS64504 joins, AS64501 raises its limit, AS64503 leaves", texts)
    _ztix(stage, "plan", "--ref", "HEAD")
    _ztix(stage, "reconcile")
    _await_sessions(stage, [*stayed, NEWCOMER])
    _ztix(stage, "status")
    if _ups(stage, stayed) != before:
        raise AssertionError("a session of a member that nobody changed was reset")
    _say("The sessions of all other members stayed up through it.")


def _await_sessions(stage: Stage, speakers: Sequence[Speaker]) -> None:
    names = [f"{server.name}_v{family}" for server in stage.servers for family in (4, 6)]
    for speaker in speakers:
        bird = stage.daemons[f"as{speaker.asn}"]
        wait_until(lambda: all(map(bird.session_is_up, names)), 60, f"AS{speaker.asn}'s sessions are up")  # noqa: B023 - called within this turn


def _ups(stage: Stage, speakers: Sequence[Speaker]) -> Mapping[str, str]:
    """For each session of these speakers, since when it is up, as the speakers' own BIRD tells."""
    return {
        f"{speaker.asn} {line.split()[0]}": line.split()[4]
        for speaker in speakers
        for line in stage.daemons[f"as{speaker.asn}"].ask("show protocols").splitlines()
        if line.startswith("rs")
    }


def _ztix(stage: Stage, *words: str) -> None:
    click.secho(f"\n$ ztix {' '.join(words)}", bold=True)
    run = subprocess.run([sys.executable, "-m", "ztix", *words], cwd=stage.exchange, check=False)
    if run.returncode != 0:
        raise AssertionError(f"`ztix {' '.join(words)}` exited with {run.returncode}")


def _commit(stage: Stage, message: str, texts: Mapping[str, str]) -> None:
    for name, text in texts.items():
        path = stage.exchange / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    _git(stage, "add", "--all")
    _git(stage, *_GIT, "commit", "--quiet", "--message", message)


def _git(stage: Stage, *words: str) -> None:
    subprocess.run(["git", *words], cwd=stage.exchange, check=True)


def _say(text: str) -> None:
    click.secho(f"\n{text}" if not text.startswith(" ") else text, fg="cyan")
