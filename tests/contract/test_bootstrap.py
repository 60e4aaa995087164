"""`ztix fabric bootstrap` as a process: from a controller that was just started to a network."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.contract.simulator import Simulator, running_simulator
from tests.git_repository import AWAY, GitRepository, new_repository
from tests.idtool import PUBLIC, idtool
from tests.unit.exchange_fixture import ADMISSION, EXCHANGE, FABRICS, ROUTE_SERVERS, member_text
from ztix.errors import Exit


@dataclass
class Fresh:
    """A controller that knows nothing, and an exchange for it."""

    simulator: Simulator
    repo: GitRepository
    path: str

    def run(self, *words: str, token: str | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "ztix", "fabric", "bootstrap", *words],
            cwd=self.repo.folder,
            env={**os.environ, **AWAY, "CONTROLLER_TOKEN": token or self.simulator.token, "PATH": self.path},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Fresh]:
    """With the recorded identity, which is sound, and the recorded tool's word for it."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "identity.public").write_text(PUBLIC)
    idtool(tmp_path / "bin")
    with running_simulator(home) as simulator:
        repo = new_repository(tmp_path / "exchange")
        repo.write("policy/exchange.yaml", EXCHANGE)
        repo.write("policy/fabrics.yaml", FABRICS.replace("http://127.0.0.1:9993", simulator.url))
        repo.write("policy/route-servers.yaml", ROUTE_SERVERS)
        repo.write("policy/admission.yaml", ADMISSION)
        repo.write("members/AS64500.yaml", member_text(64500))
        repo.commit()
        yield Fresh(simulator, repo, f"{tmp_path / 'bin'}:{os.environ['PATH']}")


def test_bootstrap_on_a_fresh_controller_makes_the_network_and_tells_how_to_join(fresh: Fresh) -> None:
    """The network is there with its members, route servers were not asked, and the controller is known."""
    done = fresh.run("lan")
    network = f"{fresh.simulator.node_id}000001"
    assert done.returncode == Exit.DONE, done.stderr
    assert f"network {network} is not there yet" in done.stderr
    assert f'controller: "{fresh.simulator.node_id}"' in done.stderr
    assert done.stdout.endswith(
        f"On each node of fabric lan:\n  zerotier-cli join {network}\n"
        f"  zerotier-cli set {network} allowGlobal=1\nThe nodes:\n"
        "  1a2b364500  AS64500 fra1\n  aaaaaaaaa1  rs1\n  aaaaaaaaa2  rs2\n"
    )
    member = fresh.simulator.request("GET", f"/controller/network/{network}/member/1a2b364500").json()
    assert isinstance(member, dict)
    assert member["authorized"] is True
    assert f'"lan": "{fresh.simulator.node_id}:0:' in fresh.repo.git("show", "ztix-state:applied.json")
    again = fresh.run("lan")
    assert (again.returncode, f"network {network} is there" in again.stderr) == (Exit.DONE, True)


def test_bootstrap_when_the_identity_is_not_sound_writes_nothing(fresh: Fresh) -> None:
    """A controller whose identity is made up is none to build on."""
    with running_simulator() as simulator:
        fresh.simulator = simulator
        fresh.repo.write("policy/fabrics.yaml", FABRICS.replace("http://127.0.0.1:9993", simulator.url))
        fresh.repo.commit()
        done = fresh.run("lan")
        assert done.returncode == Exit.INVALID
        assert "does not follow from this key" in done.stderr
        assert simulator.request("GET", "/controller/network").json() == []


@pytest.mark.parametrize(
    ("fabric", "token", "code", "words"),
    [
        ("lan", "wrong", Exit.UNAVAILABLE, "with 401"),
        ("lann", None, Exit.USAGE, "there is no fabric `lann`"),
    ],
)
def test_bootstrap_when_something_is_missing_says_what(
    fresh: Fresh, fabric: str, token: str | None, code: Exit, words: str
) -> None:
    """A wrong token and a wrong name are told before anything is planned."""
    done = fresh.run(fabric, token=token)
    assert (done.returncode, words in done.stderr, done.stdout) == (code, True, ""), done.stderr


def test_bootstrap_when_policy_has_errors_is_invalid(fresh: Fresh) -> None:
    """There is nothing to go by."""
    fresh.repo.write("policy/fabrics.yaml", "fabrics: []\n")
    fresh.repo.commit()
    assert fresh.run("lan").returncode == Exit.INVALID


def test_bootstrap_when_no_controller_answers_is_unavailable(fresh: Fresh) -> None:
    """Not ready, not reachable: unknown, and nothing is written."""
    fresh.repo.write("policy/fabrics.yaml", FABRICS.replace("http://127.0.0.1:9993", "http://127.0.0.1:9"))
    fresh.repo.commit()
    assert fresh.run("lan").returncode == Exit.UNAVAILABLE
