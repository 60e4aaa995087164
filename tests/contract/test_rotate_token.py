"""`ztix fabric rotate-token` as a process: what a person does, and what ztix does meanwhile."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.contract.central_double import CentralDouble, running_central
from tests.contract.simulator import Simulator, running_simulator
from tests.git_repository import AWAY, GitRepository, new_repository
from tests.token_guard import made
from tests.unit.exchange_fixture import EXCHANGE
from ztix.errors import Exit

FABRICS = """\
fabrics:
  - name: lan
    driver: {driver}
    network: "8056c2e21c000001"
    url: {url}
    token: {{env: THE_TOKEN}}
    prefixes: [192.0.2.0/24]
"""
NEW = made("new-token-0123456789")


@dataclass
class Bench:
    """An exchange with one fabric. new: the file with the new token."""

    repo: GitRepository
    old: str
    new: Path

    def start(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "ztix", "fabric", "rotate-token", "lan", *words],
            cwd=self.repo.folder,
            env={**os.environ, **AWAY, "THE_TOKEN": self.old, "NEW_TOKEN": NEW},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def ends(self, code: Exit, *words: str) -> str:
        """What it says until it ends with this code; neither token is in it."""
        with self.start(*words) as process:
            out, told = process.communicate(timeout=60)
        assert (process.returncode, out) == (code, ""), told
        return self.told(told)

    def told(self, text: str) -> str:
        assert "Traceback" not in text
        assert self.old not in text
        assert NEW not in text
        return text

    def audit(self) -> str:
        """Everything on the state branch: messages and files."""
        return self.repo.git("log", "--patch", "--format=%B", "ztix-state")


def exchange(folder: Path, driver: str, url: str) -> GitRepository:
    repo = new_repository(folder)
    repo.write("policy/exchange.yaml", EXCHANGE)
    repo.write("policy/fabrics.yaml", FABRICS.format(driver=driver, url=url))
    repo.write("policy/route-servers.yaml", "route_servers: []\n")
    repo.commit()
    return repo


@pytest.fixture
def controller(tmp_path: Path) -> Iterator[Simulator]:
    """A controller of its own: its token changes."""
    with running_simulator(tmp_path / "home", node_id="8056c2e21c") as simulator:
        yield simulator


@pytest.fixture
def central() -> Iterator[CentralDouble]:
    """Central, with the exchange's network and another token beside the old one."""
    with running_central("8056c2e21c000001") as double:
        yield double


@pytest.fixture
def bench(controller: Simulator, tmp_path: Path) -> Bench:
    """The exchange on a controller."""
    new = tmp_path / "new"
    new.touch(mode=0o600)
    new.write_text(NEW + "\n")
    return Bench(exchange(tmp_path / "ix", "zerotier-controller", controller.url), controller.token, new)


def status(controller: Simulator, token: str) -> int:
    return Simulator(controller.url, token, "", controller.home, 0).request("GET", "/controller").status


def wait_for_steps(process: subprocess.Popen[str]) -> str:
    """What it tells a person to do."""
    assert process.stderr is not None
    told = ""
    while "Waiting" not in told:
        line = process.stderr.readline()
        assert line, told
        told += line
    return told


def test_rotate_token_from_afar_waits_for_the_restart(bench: Bench, controller: Simulator) -> None:
    """A person puts the token into its file and restarts; ztix sees both doors, and records it."""
    with bench.start("--token-file", str(bench.new)) as process:
        steps = bench.told(wait_for_steps(process))
        assert "`authtoken.secret`" in steps
        assert "systemctl restart zerotier-one" in steps
        controller.token_file.write_text(NEW)
        controller.restart()
        _, rest = process.communicate(timeout=60)
    assert process.returncode == Exit.DONE, rest
    assert "refuses the old one" in bench.told(rest)
    assert "the variable `THE_TOKEN`" in rest
    assert (status(controller, bench.old), status(controller, NEW)) == (401, 200)
    assert "Rotate the token of lan" in bench.told(bench.audit())


def test_rotate_token_when_nobody_restarts_is_partial_and_recorded_nowhere(bench: Bench) -> None:
    """Time runs out; run again after the restart, it only checks and records."""
    told = bench.ends(Exit.PARTIAL, "--token-env", "NEW_TOKEN", "--wait", "0")
    assert "it still accepts the old token" in told
    assert "refs/heads/ztix-state" not in bench.repo.refs()


def test_rotate_token_after_the_restart_checks_and_records(bench: Bench, controller: Simulator) -> None:
    """Who did the steps before is told none."""
    controller.token_file.write_text(NEW)
    controller.restart()
    told = bench.ends(Exit.DONE, "--token-env", "NEW_TOKEN")
    assert "Waiting" not in told
    assert "Rotate the token of lan" in bench.told(bench.audit())


@pytest.mark.parametrize("where", ["away", "home"])
def test_rotate_token_when_another_controller_answers_refuses(
    bench: Bench, controller: Simulator, where: str
) -> None:
    """Who is not the controller that policy pins is shown no new token; nothing is written or recorded."""
    path = bench.repo.folder / "policy/fabrics.yaml"
    bench.repo.write("policy/fabrics.yaml", path.read_text().replace("8056c2e21c000001", "000001"))
    bench.repo.write("policy/fabrics.yaml", path.read_text() + '    controller: "1a2b3c4d5e"\n')
    bench.repo.commit()
    words = ("--home", str(controller.home)) if where == "home" else ()
    told = bench.ends(Exit.REFUSED, "--token-env", "NEW_TOKEN", *words)
    assert "is `8056c2e21c`, and not `1a2b3c4d5e`, which policy/fabrics.yaml pins" in told
    assert controller.token_file.read_text() == bench.old
    assert "refs/heads/ztix-state" not in bench.repo.refs()


def test_rotate_token_at_home_writes_the_file(bench: Bench, controller: Simulator) -> None:
    """On the controller's own host nothing is left to do but the restart; the token is made here."""
    home = str(controller.home)
    with bench.start("--home", home) as process:
        wait_for_steps(process)
        written = made(controller.token_file.read_text())
        assert written != bench.old
        assert controller.token_file.stat().st_mode & 0o777 == 0o600
        controller.restart()
        _, rest = process.communicate(timeout=60)
    assert process.returncode == Exit.DONE, rest
    assert (status(controller, bench.old), status(controller, written)) == (401, 200)
    for text in (rest, bench.audit()):
        assert written not in text
        assert bench.old not in text
    assert not (controller.home / "authtoken.secret.ztix-old").exists()


def test_rotate_token_at_home_after_a_death_goes_on(bench: Bench, controller: Simulator) -> None:
    """A run that ended before the restart has kept the old token; the next one checks both."""
    home = str(controller.home)
    bench.ends(Exit.PARTIAL, "--home", home, "--token-file", str(bench.new), "--wait", "0")
    assert controller.token_file.read_text() == NEW
    controller.restart()
    bench.ends(Exit.DONE, "--home", home)
    assert sorted(path.name for path in controller.home.glob("authtoken*")) == ["authtoken.secret"]


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        ((), Exit.USAGE, "there is no new token"),
        (("--token-env", "ABSENT"), Exit.USAGE, "`ABSENT` is not set"),
        (("--token-env", "THE_TOKEN"), Exit.USAGE, "the new token is the old one"),
        (("--token-env", "NEW_TOKEN", "--token-file", "new"), Exit.USAGE, "named twice"),
        (("--token-file", "absent"), Exit.USAGE, "cannot be read"),
    ],
)
def test_rotate_token_when_words_do_not_fit_is_a_usage_error(
    bench: Bench, words: tuple[str, ...], code: Exit, told: str
) -> None:
    """What is missing is told, and nothing is written."""
    assert told in bench.ends(code, *words)
    assert "refs/heads/ztix-state" not in bench.repo.refs()


def test_rotate_token_when_the_file_is_open_to_others_refuses(bench: Bench) -> None:
    """A token that others could read is no new one."""
    bench.new.chmod(0o644)
    assert "chmod 600" in bench.ends(Exit.REFUSED, "--token-file", str(bench.new))


def test_rotate_token_when_policy_has_another_token_refuses(bench: Bench) -> None:
    """Who has neither token is not told to restart anything."""
    bench.old = "what-policy-has-is-wrong"
    assert "neither" in bench.ends(Exit.REFUSED, "--token-env", "NEW_TOKEN")


def test_rotate_token_of_an_unknown_fabric_names_those_there_are(bench: Bench, controller: Simulator) -> None:
    """The fabrics of policy are told; a driver of a package is not ztix's to rotate."""
    bench.repo.write("policy/fabrics.yaml", FABRICS.format(driver="shelf", url=controller.url))
    bench.repo.commit()
    assert "driver `shelf`" in bench.ends(Exit.USAGE, "--token-env", "NEW_TOKEN")
    bench.repo.write(
        "policy/fabrics.yaml", FABRICS.format(driver="shelf", url=controller.url).replace("lan", "other")
    )
    bench.repo.commit()
    assert "policy/fabrics.yaml has `other`" in bench.ends(Exit.USAGE, "--token-env", "NEW_TOKEN")


def test_rotate_token_when_the_controller_is_down_is_unavailable(bench: Bench, controller: Simulator) -> None:
    """Nothing is known from silence."""
    controller.set_faults({"reset": True, "times": 0})
    bench.ends(Exit.UNAVAILABLE, "--token-env", "NEW_TOKEN")
    controller.set_faults({"status": 404, "times": 0})
    assert "with 404" in bench.ends(Exit.UNAVAILABLE, "--token-env", "NEW_TOKEN")


def test_rotate_token_at_central_waits_for_the_old_one_to_be_deleted(
    central: CentralDouble, tmp_path: Path
) -> None:
    """Central knows both until a person deletes the old one."""
    bench = Bench(exchange(tmp_path / "ix", "zerotier-central", central.url), central.token, tmp_path / "new")
    central.more = {NEW}
    with bench.start("--token-env", "NEW_TOKEN") as process:
        assert "delete the old token" in bench.told(wait_for_steps(process))
        central.token, central.more = NEW, set()
        _, rest = process.communicate(timeout=60)
    assert process.returncode == Exit.DONE, rest
    assert "Rotate the token of lan" in bench.told(bench.audit())
    assert "has no home" in bench.ends(Exit.USAGE, "--home", str(tmp_path))
