"""What is wrong with a session, made with real BIRDs on loopback and found by the diagnosis."""

from __future__ import annotations

import os
import signal
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from tests.live.bird import BIRDS, listening
from tests.live.test_filtered import ask_there
from tests.live.test_hung_sessions import HOP, LONG, announced, client, installed, say
from ztix.agent.answer import read_answer, read_health
from ztix.diagnosis import NodeFacts, SessionFacts, diagnose
from ztix.health import Session
from ztix.lab.daemons import Bird, free_port, running_bird, wait_until

pytestmark = pytest.mark.live

SERVER = """\
log stderr all; router id 192.0.2.1; protocol device {{}}
protocol bgp m1 {{
  local 127.0.0.1 port {rs} as 64496; strict bind on; multihop; passive {passive}; rs client; hold time 3;
  connect delay time 1; connect retry time 1;
  {secret} neighbor 127.0.0.2 port {m1} as 64500; ipv4 {{ import all; export all; }};
}}
"""
MEMBER = """\
log stderr all; router id 192.0.2.2; protocol device {{}}
protocol bgp upstream {{
  local 127.0.0.2 port {m1} as {own}; strict bind on; multihop; hold time 3;
  neighbor 127.0.0.1 port {rs} as {other}; enforce first as off; error wait time 1, 2; error forget time 1;
  connect delay time 1; connect retry time 1; ipv4 {{ import all; export all; }};
}}
"""
FAULTS: dict[str, dict[str, object]] = {
    "wrong-asn": {"own": 64509},
    "wrong-exchange-asn": {"other": 64498},
    "hold-timer": {},
    "shut-down": {},
    "password": {"secret": 'password "x";'},
    "no-tcp": {},
    "refused": {"passive": "off"},
}
ALONE = ("no-tcp", "refused")
"""Faults of a member that is not there."""


@pytest.mark.parametrize("bird", sorted(BIRDS))
@pytest.mark.parametrize("fault", FAULTS)
def test_diagnosis_of_a_session_is_the_fault_that_was_made(fault: str, bird: str, tmp_path: Path) -> None:
    """BIRD's own last error, through the agent, leads to the diagnosis."""
    program = BIRDS[bird]
    if not program.exists():
        pytest.skip(f"{bird} is not installed; scripts/install-bird gets it")
    words = {
        "own": 64500,
        "other": 64496,
        "secret": "",
        "passive": "on",
        "rs": free_port(),
        "m1": free_port(),
    } | FAULTS[fault]
    with ExitStack() as stack:
        server = stack.enter_context(running_bird(program, tmp_path / "rs", SERVER.format(**words)))
        if fault not in ALONE:
            member = stack.enter_context(
                running_bird(BIRDS["bird2"], tmp_path / "m1", MEMBER.format(**words))
            )
            stack.enter_context(made(fault, server, member))

        def told() -> str | None:
            return found(tmp_path, server, password=bool(words["secret"]))

        wait_until(lambda: told() == fault, 60, f"{fault} is found, not {told()}")


NEVER_ENDS = {"hangs": announced(HOP, LONG)}
"""A malformed prefix leaves a session of BIRD 3 in `flush`; such a daemon has to be killed."""


@pytest.mark.parametrize("fault", NEVER_ENDS)
def test_diagnosis_of_a_session_that_bird_3_never_ends_is_hangs(fault: str, tmp_path: Path) -> None:
    """The state that BIRD tells of it, through the agent, leads to the diagnosis."""
    port = free_port()
    text = "log stderr all;\nrouter id 192.0.2.1;\nprotocol device {}\n" + client("m1", "127.0.0.2")
    with running_bird(installed("bird3"), tmp_path / "rs", text.replace("PORT", str(port))) as server:
        wait_until(lambda: listening(server) == 1, 60, "the session can be opened")
        say(port, "127.0.0.2", NEVER_ENDS[fault])
        try:
            wait_until(lambda: found(tmp_path, server) == fault, 60, f"{fault} is found")
        finally:
            os.kill(server.pid, signal.SIGKILL)


def found(folder: Path, server: Bird, *, password: bool = False) -> str | None:
    """What is diagnosed of the one session, from what the agent tells."""
    health = read_health(read_answer(ask_there(folder, server.program, server.folder, "health")))
    told = diagnose(facts(health.sessions["m1"], password=password))
    return told.diagnosis.name if told else None


def made(fault: str, server: Bird, member: Bird) -> ExitStack:
    """Make what is done to a session that was up; undone with the stack."""
    stack = ExitStack()
    if fault in ("hold-timer", "shut-down"):
        wait_until(lambda: server.session_is_up("m1"), 60, "the session is up")
    if fault == "hold-timer":
        os.kill(member.pid, signal.SIGSTOP)
        stack.callback(os.kill, member.pid, signal.SIGCONT)
    if fault == "shut-down":
        member.ask("disable upstream")
    return stack


def facts(session: Session, *, password: bool) -> NodeFacts:
    """A node that is well up to this session."""
    told = SessionFacts("rs1", session.name, "192.0.2.10", 4, session.established, password=password)
    return NodeFacts(
        "AS64500",
        "1a2b364500",
        exchange_asn=64496,
        sessions=(replace(told, state=session.state, bgp=session.bgp, error=session.error),),
    )
