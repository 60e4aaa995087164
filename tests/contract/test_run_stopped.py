"""The program is stopped or killed while it applies a thousand changes: what it tells, and what comes after.

No route server is there, so nothing needs root; `tests/live/test_kill.py` kills whole runs.
"""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.contract.simulator import Simulator, running_simulator
from tests.contract.test_command_line import FABRICS, TOKEN
from tests.git_repository import AWAY, GitRepository, new_repository
from tests.unit.exchange_fixture import ADMISSION, EXCHANGE
from ztix.applied import read_applied
from ztix.errors import Exit
from ztix.terms import Label

NODES = 1_000
EACH = 10  # nodes of a member
FIRST = 4_200_000_000  # private AS numbers: no documentation range has a thousand addresses of its own
STRIKE_AT = 300  # members that are there when the signal comes
LAST_S = 120


@dataclass
class Crowd:
    """An exchange of a thousand nodes before its first run, and its controller."""

    repo: GitRepository
    simulator: Simulator

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, **AWAY, TOKEN: self.simulator.token}

    @property
    def words(self) -> list[str]:
        return [sys.executable, "-m", "ztix", "reconcile"]

    def run(self) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.words,
            cwd=self.repo.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=LAST_S,
            check=False,
        )

    def records(self) -> dict[str, bool]:
        """Every member that the controller holds, and whether it is authorised."""
        path = f"/unstable/controller/network/{self.simulator.node_id}000001/member"
        reply = self.simulator.request("GET", path)
        listed: object = reply.json() if reply.status == 200 else {}
        assert isinstance(listed, dict)
        return {record["id"]: record["authorized"] for record in listed.get("data", [])}

    def strike(self, signal_number: int) -> tuple[int, str, str]:
        """A run that gets a signal in the middle of its writes: its code, and what it said."""
        said, progress = self.simulator.home / "said", self.simulator.home / "progress"
        with (
            said.open("wb") as stdout,
            progress.open("wb") as stderr,
            subprocess.Popen(
                self.words, cwd=self.repo.folder, env=self.environment, stdout=stdout, stderr=stderr
            ) as process,
        ):
            while len(self.records()) < STRIKE_AT and process.poll() is None:
                time.sleep(0.02)  # the controller sends no word of its members
            process.send_signal(signal_number)
            process.wait(LAST_S)
        return process.returncode, said.read_text(), progress.read_text()

    def receipts(self) -> list[dict[str, object]]:
        """The receipts on record, the newest first."""
        shown = self.repo.git("log", "--format=%H", "ztix-state").split()
        found = []
        for commit in shown:
            with suppress(AssertionError):  # a claim has none
                found.append(json.loads(self.repo.git("show", f"{commit}:receipt.json")))
        return found


def member_text(number: int) -> str:
    nodes = "".join(
        f'  - id: "{0xA000000000 + number * EACH + place:010x}"\n    name: r{place}\n'
        f'    addresses: ["2001:db8:64:96::{number * EACH + place + 1:x}"]\n'
        for place in range(EACH)
    )
    contact = f"  - github: {{id: {number + 1}, login: u{number}}}\n    email: noc@as{number}.example.net\n"
    return f"asn: {FIRST + number}\nname: Example {number}\ncontacts:\n{contact}nodes:\n{nodes}"


@pytest.fixture
def crowd(tmp_path: Path) -> Iterator[Crowd]:
    repo = new_repository(tmp_path / "exchange")
    with running_simulator() as simulator:
        repo.write("policy/exchange.yaml", EXCHANGE)
        repo.write("policy/fabrics.yaml", FABRICS.format(url=simulator.url))
        repo.write("policy/route-servers.yaml", "route_servers: []\n")
        repo.write("policy/admission.yaml", ADMISSION.replace("64496-64511", f"64496, {FIRST}-{FIRST + 99}"))
        for number in range(NODES // EACH):
            repo.write(f"members/AS{FIRST + number}.yaml", member_text(number))
        repo.commit()
        yield Crowd(repo, simulator)


def applied_nodes(crowd: Crowd) -> set[str]:
    text = crowd.repo.git("show", "ztix-state:applied.json").encode()
    return {str(node) for node in read_applied(text).on(Label("lan"))}


def assert_whole_after_the_next(crowd: Crowd) -> None:
    """The next run makes all that is missing, and the one after it has nothing to do."""
    assert crowd.run().returncode == Exit.DONE
    assert list(crowd.records().values()) == [True] * NODES
    last = crowd.run()
    assert (last.returncode, "Nothing to do" in last.stdout) == (Exit.DONE, True)


def test_run_stopped_in_the_middle_of_a_thousand_leaves_a_true_receipt(crowd: Crowd) -> None:
    """What was written is told as applied, the one under way as failed, and the rest as not tried."""
    code, said, progress = crowd.strike(signal.SIGINT)
    assert code == Exit.PARTIAL, (said[-500:], progress[-500:])
    assert "applying: 0 of 1001" in progress
    receipt = crowd.receipts()[0]
    outcomes = receipt["outcomes"]
    assert isinstance(outcomes, list)
    assert len(outcomes) == NODES + 1
    attached = {one["after"]["node"]: one["outcome"] for one in outcomes if one["step"] == "attach"}
    held = crowd.records()
    kinds = [one["outcome"] for one in outcomes]
    done = kinds.count("applied")
    assert STRIKE_AT <= done < NODES
    assert kinds == ["applied"] * done + ["failed"] * (kinds.count("failed")) + ["skipped"] * kinds.count(
        "skipped"
    )
    assert kinds.count("failed") <= 1
    assert {node for node, outcome in attached.items() if outcome == "applied"} <= held.keys()
    assert not {node for node, outcome in attached.items() if outcome == "skipped"} & held.keys()
    assert_whole_after_the_next(crowd)


def test_run_killed_in_the_middle_of_a_thousand_owns_what_it_made(crowd: Crowd) -> None:
    """Nothing could be written down any more; all that is on was claimed before, and the next run goes on."""
    code, _, _ = crowd.strike(signal.SIGKILL)
    assert code == -signal.SIGKILL
    held = crowd.records()
    assert STRIKE_AT <= len(held) < NODES
    assert held.keys() <= applied_nodes(crowd)
    assert crowd.receipts() == []
    assert_whole_after_the_next(crowd)


def test_run_on_a_terminal_shows_how_far_it_is(crowd: Crowd) -> None:
    """A bar with its share, on stderr alone; it is gone when the work is done."""
    ours, theirs = pty.openpty()
    shown = b""
    with subprocess.Popen(
        crowd.words,
        cwd=crowd.repo.folder,
        env=crowd.environment | {"TERM": "xterm", "COLUMNS": "100"},
        stdout=subprocess.DEVNULL,
        stderr=theirs,
    ) as process:
        os.close(theirs)
        with suppress(OSError):  # the end of a terminal is an error
            while part := os.read(ours, 65536):
                shown += part
    os.close(ours)
    assert process.returncode == Exit.DONE
    shares = set(re.findall(rb"(\d+)%", shown))
    assert b"applying" in shown
    assert len(shares) > 3
