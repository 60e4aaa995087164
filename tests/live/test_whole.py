"""The whole line on real daemons: git in, BGP sessions and routes out, and nobody flaps who did not change.

Two route servers (BIRD 2 and BIRD 3) behind sshd, members' BIRDs in namespaces, and the program itself.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.live.bird import SAME_S, reconfigured
from ztix.lab.daemons import wait_until
from ztix.lab.demo_exchange import NEWCOMER, SPEAKERS, member_text
from ztix.lab.stage import BIRD2, BIRD3, Stage, running_stage
from ztix.routeserver import Reason

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root; run `sudo make test`"),
    pytest.mark.skipif(not BIRD3.exists(), reason="BIRD 3 is not installed; scripts/install-bird gets it"),
]

BOGON4, BOGON6 = "192.168.5.0/24", "fd00:5::/32"
_TIME = re.compile(r"\d\d:\d\d:\d\d(\.\d+)?")  # worked out anew at each question, milliseconds apart
ELSE = "2001:db8:4500:aa::/64"  # longer than a /48


def ztix(stage: Stage, *words: str) -> str:
    """The program; fails where it does not exit with 0."""
    run = subprocess.run(
        stage.words(*words), cwd=stage.exchange, capture_output=True, text=True, timeout=240, check=False
    )
    assert run.returncode == 0, (run.returncode, run.stdout, run.stderr)
    return run.stdout


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The exchange after its first run, all sessions up. AS64501 announces what it should not, too."""
    with running_stage(tmp_path_factory.mktemp("whole")) as made:
        for name, program in (("rs1", BIRD2), ("rs2", BIRD3)):
            made.add_route_server(name, program.absolute())
        for speaker in SPEAKERS:
            made.add_router(speaker, also=(BOGON4, BOGON6, ELSE) if speaker.asn == 64501 else ())
        made.found()
        ztix(made, "reconcile")
        for speaker in SPEAKERS:
            wait_until(lambda: made.sessions_are_up(speaker), 60, f"AS{speaker.asn} is up")  # noqa: B023 - called within this turn
        yield made


def routes(stage: Stage, name: str, prefix: str) -> list[str]:
    """What BIRD tells of its routes to exactly this prefix, once there is one from each route server."""
    bird = stage.daemons[name]
    wait_until(lambda: len(_routes(bird.ask(f"show route {prefix} all"))) == 2, 60, f"{prefix} at {name}")
    return _routes(bird.ask(f"show route {prefix} all"))


def _routes(text: str) -> list[str]:
    return re.split(r"(?=^.*\bunicast \[)", text, flags=re.M)[1:]


@pytest.mark.parametrize(
    ("prefix", "receiver", "origin", "hop"),
    [
        ("198.51.100.0/24", "as64502", 64500, "192.0.2.10"),
        ("2001:db8:4503::/48", "as64500", 64503, "2001:db8:64:96::d"),
    ],
)
def test_route_of_a_member_arrives_at_another_as_it_was(
    stage: Stage, prefix: str, receiver: str, origin: int, hop: str
) -> None:
    """RFC 7947 section 2.2: next hop and AS path are the member's, without the route servers' ASN."""
    for route in routes(stage, receiver, prefix):
        path = re.search(r"BGP\.as_path: (.*)|bgp_path: (.*)", route)
        assert path is not None, route
        assert (path[1] or path[2]).split() == [str(origin)]
        next_hop = re.search(r"BGP\.next_hop: (.*)|bgp_next_hop: (.*)", route)
        assert next_hop is not None, route
        assert (next_hop[1] or next_hop[2]).split()[0] == hop
        assert "64496" not in re.sub(r"\(64496, ", "(", route).partition("BGP.large_community")[0]


@pytest.mark.parametrize(
    ("prefix", "reason"),
    [(BOGON4, Reason.BOGON_PREFIX), (BOGON6, Reason.BOGON_PREFIX), (ELSE, Reason.PREFIX_TOO_LONG)],
)
def test_route_that_must_not_pass_is_filtered_with_its_reason(
    stage: Stage, prefix: str, reason: Reason
) -> None:
    """It stands at each route server's door with the community that tells why, and no member has it."""
    for name in ("rs1", "rs2"):
        bird = stage.daemons[name]
        wait_until(lambda: prefix in bird.ask(f"show route {prefix} filtered all"), 60, f"{prefix} at {name}")  # noqa: B023 - called within this turn
        found = re.findall(r"\(64496, 1101, (\d+)\)", bird.ask(f"show route {prefix} filtered all"))
        assert set(found) == {str(int(reason))}, bird.ask(f"show route {prefix} filtered all")
    for speaker in SPEAKERS:
        if speaker.asn != 64501:
            assert not stage.daemons[f"as{speaker.asn}"].has_route(prefix), speaker


def everything(stage: Stage) -> dict[str, str]:
    """Each ref, each file of controller and route servers with its time, and the state of each session."""
    found = {"refs": stage.git("for-each-ref")}
    places = [stage.folder / "controller", *(stage.folder / name for name in ("rs1", "rs2"))]
    for place in places:
        for path in sorted(place.rglob("*")):
            if path.is_file() and path.suffix not in {".err", ".log"} and path.name != "mutex":
                status = path.stat()
                digest = hashlib.sha256(path.read_bytes()).hexdigest()
                found[str(path)] = f"{digest} {status.st_mtime_ns} {status.st_ino}"
    for name in ("rs1", "rs2"):
        for line in stage.daemons[name].ask("show protocols").splitlines():
            found[f"{name} {line.split()[0]}"] = _TIME.sub("", line)
    return found


def last_read(stage: Stage) -> dict[str, float]:
    """When each route server last read a configuration."""
    return {name: reconfigured(stage.daemons[name]) for name in ("rs1", "rs2")}


def test_second_run_changes_no_byte_anywhere(stage: Stage) -> None:
    """Git, controller and route servers are the same to the byte and the nanosecond; no session is new."""
    ztix(stage, "reconcile")
    before, since, read = everything(stage), stage.up_since(SPEAKERS), last_read(stage)
    assert "Nothing to do" in ztix(stage, "reconcile")
    assert everything(stage) == before
    assert last_read(stage) == pytest.approx(read, abs=SAME_S)
    assert stage.stayed_up(SPEAKERS, since), (since, stage.up_since(SPEAKERS))


def test_merge_touches_no_session_but_those_it_is_about(stage: Stage) -> None:
    """One joins, one changes a limit, one leaves: the others' sessions stay up, seen from their own side."""
    stage.add_router(NEWCOMER)
    stayed = [speaker for speaker in SPEAKERS if speaker.asn != 64503]
    before = stage.up_since(stayed)
    assert len(before) == 12
    raised = replace(SPEAKERS[1], max_prefixes=80)
    texts = {f"members/AS{speaker.asn}.yaml": member_text(speaker) for speaker in (NEWCOMER, raised)}
    stage.commit("One joins, one changes, one leaves", {**texts, "members/AS64503.yaml": None})
    ztix(stage, "reconcile")
    wait_until(lambda: stage.sessions_are_up(NEWCOMER), 60, "the newcomer is up")
    routes(stage, "as64500", "2001:db8:4504::/48")
    assert stage.stayed_up(stayed, before), (before, stage.up_since(stayed))
    left = stage.daemons["as64503"]
    wait_until(lambda: not any(map(left.session_is_up, stage.session_names())), 60, "AS64503 is gone")
    wait_until(
        lambda: not stage.daemons["as64500"].has_route("2001:db8:4503::/48"), 60, "its prefix is withdrawn"
    )
    assert "80" in stage.daemons["rs1"].ask("show protocols all as64501_192_0_2_11")
    assert "Nothing to do" in ztix(stage, "reconcile")
    assert stage.stayed_up(stayed, before), (before, stage.up_since(stayed))


def test_demonstration_when_run_ends_well() -> None:
    """`ztix lab demo` tells its story to the end, and leaves no namespace behind."""
    spaces = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True).stdout
    run = subprocess.run(
        [sys.executable, "-m", "ztix", "lab", "demo"],
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert run.returncode == 0, (run.stdout[-3000:], run.stderr[-3000:])
    last = [line for line in run.stdout.splitlines() if line][-4:]
    assert last[0] == "4 members: 4 active; 16 of 16 sessions up."
    assert last[1] == "The sessions of all other members stayed up through it."
    assert last[2] == "Taking everything down."
    assert re.fullmatch(r"Done in \d+ s\.", last[3])
    after = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True).stdout
    ours = {line.split()[0] for line in after.splitlines()} - {
        line.split()[0] for line in spaces.splitlines()
    }
    assert not {name for name in ours if name.startswith("ztix")} - set(_of_others())


def _of_others() -> list[str]:
    """Namespaces of labs that run beside this one are named after living processes."""
    listed = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True).stdout
    names = [line.split()[0] for line in listed.splitlines()]
    return [n for n in names if (found := re.match(r"ztix(\d+)x", n)) and Path(f"/proc/{found[1]}").exists()]
