"""No run tells its token, however it ends; and the guard that says so would see it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.simulator import Simulator, running_simulator
from tests.git_repository import AWAY, GitRepository, new_repository
from tests.token_guard import TokenGuard, made, places, tells
from tests.unit.exchange_fixture import ADMISSION, EXCHANGE, member_text
from ztix.errors import Exit

FABRICS = """\
fabrics:
  - name: lan
    network: "0c0001"
    url: {url}
    token: {{{where}}}
    prefixes: [192.0.2.0/24, "2001:db8:64:96::/64"]
    reserved: [192.0.2.0/29]
"""
WRONG = made("a-wrong-token-that-must-not-be-told")
PLANTED = made("a-token-that-is-planted-where-it-must-not-be")
VERBS = (
    ("check",),
    ("plan", "--ref", "HEAD", "--out", "plan.json"),
    ("plan", "--format", "json"),
    ("reconcile", "--report", "receipt.json"),
    ("status",),
    ("drift",),
    ("fabric", "show", "AS64500"),
    ("fabric", "allow", "1234567890", "--until", "1h"),
    ("fabric", "forget", "1234567890"),
)
LOCKED_OUT = (("plan",), ("reconcile", "--report", "receipt.json"), ("fabric", "list"))
FAULTS: tuple[dict[str, object], ...] = (
    {"status": 500},
    {"status": 401},
    {"garbage": True},
)
CONFTEST = """\
from tests.token_guard import TokenGuard, made
made("planted-" + "token")
def pytest_configure(config):
    guard = TokenGuard()
    guard.watch()
    config.pluginmanager.register(guard)
"""
TESTS = """\
import logging, subprocess, sys
TOKEN = "planted-" + "token"
def test_nothing(tmp_path):
    print("nothing")
def test_stdout():
    print(TOKEN)
def test_stderr():
    sys.stderr.write(TOKEN)
def test_log():
    logging.getLogger("x").warning(TOKEN)
def test_process():
    subprocess.run(["echo", TOKEN], capture_output=True)
def test_receipt(tmp_path):
    (tmp_path / "receipt.json").write_text(TOKEN)
"""


@pytest.fixture
def simulator(tmp_path: Path) -> Iterator[Simulator]:
    with running_simulator(tmp_path / "controller") as running:
        yield running


@pytest.fixture
def repo(simulator: Simulator, tmp_path: Path) -> GitRepository:
    """An exchange of two members without route servers, committed."""
    made_here = new_repository(tmp_path / "ix")
    made_here.write("policy/exchange.yaml", EXCHANGE)
    made_here.write("policy/fabrics.yaml", FABRICS.format(url=simulator.url, where="env: CONTROLLER_TOKEN"))
    made_here.write("policy/route-servers.yaml", "route_servers: []\n")
    made_here.write("policy/admission.yaml", ADMISSION)
    for asn in (64500, 64501):
        made_here.write(f"members/AS{asn}.yaml", member_text(asn))
    made_here.commit()
    return made_here


def ztix(repo: GitRepository, token: str, *words: str) -> subprocess.CompletedProcess[str]:
    """One run."""
    done = subprocess.run(
        [sys.executable, "-m", "ztix", *words],
        cwd=repo.folder,
        env={**os.environ, **AWAY, "CONTROLLER_TOKEN": token},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert not tells(done.stdout + done.stderr), words
    assert "Traceback" not in done.stderr, done.stderr
    return done


def test_no_verb_tells_the_token(repo: GitRepository, simulator: Simulator, tmp_path: Path) -> None:
    """Every verb that meets a controller, its plans, receipts and commits: none has the token."""
    for words in VERBS:
        done = ztix(repo, simulator.token, *words)
        assert done.returncode == Exit.DONE, (words, done.stderr)
    assert (repo.folder / "receipt.json").exists()
    assert "ztix-state" in repo.git("branch", "--list", "ztix-state")
    assert tells(simulator.token)
    assert list(places(tmp_path)) == []


def test_no_failure_tells_the_token(repo: GitRepository, simulator: Simulator, tmp_path: Path) -> None:
    """A refused, missing or misplaced token, and a controller that fails in any way: told without it."""
    for words in LOCKED_OUT:
        assert ztix(repo, WRONG, *words).returncode == Exit.UNAVAILABLE
    assert ztix(repo, f"{WRONG}\nof two lines", "plan").returncode == Exit.USAGE
    for fault in FAULTS:
        simulator.set_faults(fault | {"times": 0})
        assert ztix(repo, simulator.token, "plan").returncode == Exit.UNAVAILABLE
    simulator.set_faults()
    simulator.token_file.chmod(0o644)
    where = f"file: {simulator.token_file}"
    repo.write("policy/fabrics.yaml", FABRICS.format(url=simulator.url, where=where))
    assert ztix(repo, "", "plan").returncode == Exit.REFUSED
    assert list(places(tmp_path)) == []


def test_places_when_a_token_is_planted_names_each(tmp_path: Path) -> None:
    """A receipt, a commit's message, a committed file: each is found; a secret's own file is not."""
    assert list(places(tmp_path)) == []
    planted = tmp_path / "planted"
    repo = new_repository(planted / "message")
    repo.commit(f"Rotate {PLANTED}")
    other = new_repository(planted / "file")
    other.write("state", PLANTED)
    other.commit()
    (planted / "receipt.json").write_text(f'{{"token": "{PLANTED}"}}')
    (planted / "authtoken.secret").write_text(PLANTED)
    found = sorted(place.removeprefix("a git object in ").split("/")[-2:] for place in places(planted))
    assert found == [["file", ".git"], ["message", ".git"], ["planted", "receipt.json"]]
    for path in (repo.folder, other.folder):
        subprocess.run(["rm", "-r", str(path)], check=True)
    (planted / "receipt.json").unlink()


def test_guard_when_tests_tell_a_token_fails_each(tmp_path: Path) -> None:
    """A test that would pass fails, and says where the token is; one that tells nothing passes."""
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_it.py").write_text(TESTS)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), "."],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout
    told = [line.partition("a token is told: ")[2] for line in done.stdout.splitlines()]
    places_told = [line.split(" /")[0].split(" `")[0] for line in told if line and "test_it.py" not in line]
    assert "5 failed, 1 passed" in done.stdout
    for place in ("the captured stdout call", "the captured stderr call", "the captured log call"):
        assert place in places_told
    assert "the output of" in places_told
    assert any("receipt.json" in line for line in told)


def test_guard_is_at_work(pytestconfig: pytest.Config) -> None:
    """This very session is watched."""
    guards = [one for one in pytestconfig.pluginmanager.get_plugins() if isinstance(one, TokenGuard)]
    assert len(guards) == 1
    before = guards[0].watched
    subprocess.run(["true"], check=True, capture_output=True)
    assert guards[0].watched == before + 1
