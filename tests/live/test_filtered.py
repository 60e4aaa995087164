"""What BIRD itself filters, and why a session of it is down, as the agent tells it."""

from __future__ import annotations

import os
import subprocess
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.live.bird import BIRDS
from ztix.agent import script
from ztix.agent.answer import read_answer, read_health
from ztix.agent.filtered import read_filtered
from ztix.health import Filtered
from ztix.lab.daemons import free_port, running_bird, wait_until

pytestmark = pytest.mark.live

SERVER = """\
log stderr all; router id 192.0.2.1; protocol device {{}}
function zx_refuse(int zx_reason) {{ bgp_large_community.add((64496, 1101, zx_reason)); reject; }}
protocol bgp m1 {{
  local 127.0.0.1 port {rs} as 64496; strict bind on; multihop; passive on; rs client;
  neighbor 127.0.0.2 port {m1} as 64500;
  ipv4 {{
    import keep filtered on; export all;
    import filter {{
      if net.len = 28 then zx_refuse(9);
      if net.len = 27 then zx_refuse(13);
      if net.len = 26 then reject;
      accept;
    }};
  }};
}}
protocol bgp m2 {{
  local 127.0.0.1 port {rs} as 64496; strict bind on; multihop; passive on; rs client;
  neighbor 127.0.0.3 port {m2} as 64501; ipv4 {{ import all; export all; }};
}}
"""
MEMBER = """\
log stderr all; router id 192.0.2.{index}; protocol device {{}}
protocol static {{
  ipv4; route 198.51.100.0/28 unreachable; route 198.51.100.16/28 unreachable;
  route 198.51.100.32/27 unreachable; route 198.51.100.64/26 unreachable; route 198.51.100.0/24 unreachable;
}}
protocol bgp upstream {{
  local 127.0.0.{index} port {port} as {asn}; strict bind on; multihop;
  neighbor 127.0.0.1 port {rs} as 64496; enforce first as off;
  connect delay time 1; connect retry time 1; error wait time 1, 2; error forget time 1;
  ipv4 {{ import all; export where source = RTS_STATIC; }};
}}
"""


def ask_there(folder: Path, program: Path, bird: Path, request: str) -> bytes:
    """The agent's answer about the BIRD in this folder."""
    state = folder / "state"
    state.mkdir(exist_ok=True)
    (folder / "ztix-agent").write_text(script())
    rows = {
        "conf": bird / "bird.conf",
        "control": bird / "bird.ctl",
        "bird": program,
        "birdc": program.with_name("birdc"),
        "state": state,
    }
    conf = folder / "agent.conf"
    conf.write_text("".join(f"{key} {value}\n" for key, value in rows.items()))
    environment = {**os.environ, "SSH_ORIGINAL_COMMAND": request}
    words = ["sh", folder / "ztix-agent", conf]
    return subprocess.run(words, env=environment, capture_output=True, check=False, timeout=60).stdout


@pytest.mark.parametrize("name", sorted(BIRDS))
def test_agent_tells_reasons_and_a_wrong_as_number(name: str, tmp_path: Path) -> None:
    """Two reasons, a route without one, and a member that comes with another AS number than expected."""
    program = BIRDS[name]
    if not program.exists():
        pytest.skip(f"{name} is not installed; scripts/install-bird gets it")
    ports = {key: free_port() for key in ("rs", "m1", "m2")}
    with ExitStack() as stack:
        server = stack.enter_context(running_bird(program, tmp_path / "rs", SERVER.format(**ports)))
        for index, (key, asn) in enumerate({"m1": 64500, "m2": 64509}.items(), 2):
            text = MEMBER.format(index=index, port=ports[key], asn=asn, rs=ports["rs"])
            stack.enter_context(running_bird(BIRDS["bird2"], tmp_path / key, text))
        wait_until(lambda: "198.51.100.0/24" in server.ask("show route"), 60, "m1 has announced")
        wait_until(
            lambda: "1 imported, 4 filtered" in server.ask("show protocols all m1"), 60, "and all of it"
        )
        wait_until(lambda: "Bad peer AS" in server.ask("show protocols all m2"), 60, "m2 was refused")
        said = ask_there(tmp_path, program, server.folder, "filtered 64496 1101")
        assert read_filtered(read_answer(said)) == (
            Filtered("m1", 9, 2, "198.51.100.0/28"),
            Filtered("m1", 0, 1, "198.51.100.64/26"),
            Filtered("m1", 13, 1, "198.51.100.32/27"),
        )
        health = read_health(read_answer(ask_there(tmp_path, program, server.folder, "health")))
        assert (health.sessions["m1"].imported, health.sessions["m1"].filtered) == (1, 4)
        assert "Bad peer AS" in health.sessions["m2"].error
        assert health.sessions["m2"].bgp != "Established"
