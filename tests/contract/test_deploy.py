"""What `deploy/` ships: the program that services start, on real git; systemd units; a pinned container."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.git_repository import new_repository
from tests.unit.test_guides import refuse_unknown

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
UNITS = DEPLOY / "systemd"
SERVICES = sorted(UNITS.glob("*.service"))
CONTAINERFILE = DEPLOY / "container" / "Containerfile"
# In the place of ztix: tells its words, and what of the environment a run goes by.
FAKE = """#!/bin/sh
echo "words $*"
env | grep -E '^(ZTIX_CONTROLLER_TOKEN|ZTIX_SSH_KEY|lower|GIT_SSH_COMMAND|GIT_AUTHOR_NAME)=' | sort
echo "account $(id -un)"
exit "${FAKE_EXIT:-0}"
"""
EXPOSURE = 25  # tenths, of 100: what systemd itself calls OK


class Stage:
    """A repository with an exchange, and a machine that runs it: its programs, secrets and folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.origin = new_repository(folder / "origin")
        self.put("one")
        for name in ("bin", "credentials", "etc/credentials", "state"):
            (folder / name).mkdir(parents=True)
        self.program = Path(shutil.copy(DEPLOY / "ztix-run", folder / "bin"))
        fake = folder / "bin" / "ztix"
        fake.write_text(FAKE, "utf-8")
        fake.chmod(0o755)
        (folder / "gitconfig").write_text("[safe]\n\tdirectory = *\n", "utf-8")
        self.environment = {
            "PATH": f"{folder / 'bin'}:{os.environ['PATH']}:/usr/sbin:/sbin",
            "CREDENTIALS_DIRECTORY": str(folder / "credentials"),
            "ZTIX_ETC": str(folder / "etc"),
            "ZTIX_STATE": str(folder / "state"),
            "ZTIX_EXCHANGE_URL": str(self.origin.folder),
            "GIT_CONFIG_GLOBAL": str(folder / "gitconfig"),
        }

    def put(self, text: str) -> None:
        self.origin.write("policy/exchange.yaml", text)
        self.origin.commit(text)

    def run(self, *words: str, **changed: str) -> subprocess.CompletedProcess[str]:
        """Start the program; a variable that is given empty is not set."""
        environment = {name: value for name, value in {**self.environment, **changed}.items() if value}
        return subprocess.run(
            [self.program, *words],
            env=environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    @property
    def held(self) -> str:
        return (self.folder / "state/exchange/policy/exchange.yaml").read_text("utf-8")


@pytest.fixture
def stage() -> Iterator[Stage]:
    # Not below pytest's own folder, which only its owner may enter: another account works here, too.
    with tempfile.TemporaryDirectory(prefix="ztix-deploy-") as folder:
        Path(folder).chmod(0o755)
        yield Stage(Path(folder))


def test_program_clones_and_runs_ztix_in_the_clone(stage: Stage) -> None:
    """Words and exit code are passed on, and there is a folder for numbers."""
    done = stage.run("reconcile", "--metrics", "x y", FAKE_EXIT="6")
    assert done.stdout.splitlines()[0] == f"words -C {stage.folder}/state/exchange reconcile --metrics x y"
    assert done.returncode == 6
    assert stage.held == "one"
    assert (stage.folder / "state/metrics").is_dir()


def test_program_makes_variables_of_secrets(stage: Stage) -> None:
    """Of those in capitals; the repository's key goes to git, with the pinned host key."""
    for name, text in {"ZTIX_SSH_KEY": "a\nb\n", "lower": "x", "git-key": "k"}.items():
        (stage.folder / "credentials" / name).write_text(text, "utf-8")
    done = stage.run("plan", ZTIX_CONTROLLER_TOKEN="")
    assert "ZTIX_SSH_KEY=a\n" in done.stdout
    assert "lower=" not in done.stdout
    (command,) = re.findall(r"GIT_SSH_COMMAND=(.*)", done.stdout)
    assert f"-i {stage.folder}/credentials/git-key" in command
    assert f"UserKnownHostsFile={stage.folder}/etc/known_hosts" in command
    assert "StrictHostKeyChecking=yes" in command


def test_program_follows_the_main_line_forward(stage: Stage) -> None:
    """What was merged since is there; with --as-it-is the clone stays."""
    stage.run("plan")
    stage.put("two")
    assert stage.run("--as-it-is", "plan").returncode == 0
    assert stage.held == "one"
    assert stage.run("plan").returncode == 0
    assert stage.held == "two"


def test_program_when_the_main_line_was_written_anew_is_stale(stage: Stage) -> None:
    """Nothing is run, and the clone stays what it was."""
    stage.run("plan")
    stage.origin.git("commit", "--quiet", "--amend", "--message", "another past")
    done = stage.run("reconcile")
    assert done.returncode == 5
    assert "does not continue" in done.stderr
    assert done.stdout == ""


def test_program_when_git_does_not_answer_is_unavailable(stage: Stage) -> None:
    """Before there is a clone, and after."""
    assert stage.run("plan", ZTIX_EXCHANGE_URL=str(stage.folder / "nowhere")).returncode == 7
    stage.run("plan")
    stage.origin.folder.rename(stage.folder / "gone")
    done = stage.run("plan")
    assert done.returncode == 7
    assert done.stdout == ""


@pytest.mark.parametrize("words", [(), ("--help",), ("--as-it-is",)])
def test_program_without_a_verb_is_usage(stage: Stage, words: tuple[str, ...]) -> None:
    """It tells how it is called, and runs nothing."""
    done = stage.run(*words)
    assert done.returncode == 64
    assert "ztix-run" in done.stderr


def test_program_without_an_address_is_usage(stage: Stage) -> None:
    """It names what to set and where."""
    done = stage.run("plan", ZTIX_EXCHANGE_URL="")
    assert done.returncode == 64
    assert f"{stage.folder}/etc/run.env" in done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="takes another account, which only root may")
def test_program_of_root_by_hand_has_what_services_have(stage: Stage) -> None:
    """Settings, secrets and the account; who called sudo is on the record, and no copy of a secret stays."""
    (stage.folder / "etc/run.env").write_text(f"ZTIX_EXCHANGE_URL={stage.origin.folder}\n", "utf-8")
    secret = stage.folder / "etc/credentials/ZTIX_CONTROLLER_TOKEN"
    secret.write_text("swordfish", "utf-8")
    secret.chmod(0o600)
    shutil.chown(stage.folder / "state", "nobody")
    (stage.folder / "run").mkdir(mode=0o755)
    changed = {"XDG_RUNTIME_DIR": str(stage.folder / "run"), "SUDO_USER": "octocat", "ZTIX_USER": "nobody"}
    done = stage.run("plan", CREDENTIALS_DIRECTORY="", ZTIX_EXCHANGE_URL="", FAKE_EXIT="4", **changed)
    assert done.stderr == ""
    assert done.returncode == 4
    assert "account nobody" in done.stdout
    assert "ZTIX_CONTROLLER_TOKEN=swordfish" in done.stdout
    assert "GIT_AUTHOR_NAME=octocat" in done.stdout
    assert list((stage.folder / "run").iterdir()) == []


def installed_units(folder: Path) -> list[Path]:
    """The units as if they were installed, with programs that are there."""
    (folder / "ztix-.service.d").mkdir()
    shutil.copy(UNITS / "ztix-.service.d/10-hardened.conf", folder / "ztix-.service.d")
    found = []
    for unit in [*SERVICES, *UNITS.glob("*.timer")]:
        text = unit.read_text("utf-8").replace("/usr/local/lib/ztix/ztix-run", str(DEPLOY / "ztix-run"))
        path = folder / unit.name
        path.write_text(text.replace("/usr/local/bin/ztix", "/bin/true"), "utf-8")
        found.append(path)
    return found


def systemd_analyze(folder: Path, *words: str) -> str:
    """What it says of units in this folder; fails where it does."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("there is no `systemd-analyze` here, and a container needs none")
    done = subprocess.run(
        ["systemd-analyze", *words],
        env={**os.environ, "SYSTEMD_UNIT_PATH": f"{folder}:"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stderr


def test_units_are_what_systemd_takes(tmp_path: Path) -> None:
    """No key is unknown, no value amiss."""
    units = installed_units(tmp_path)
    assert systemd_analyze(tmp_path, "verify", "--man=no", *map(str, units)) == ""


@pytest.mark.parametrize("service", SERVICES, ids=lambda path: path.stem)
def test_service_is_confined(tmp_path: Path, service: Path) -> None:
    """By systemd's own count of what it could do, the shared file included."""
    installed_units(tmp_path)
    words = ("--offline=true", f"--threshold={EXPOSURE}", str(tmp_path / service.name))
    systemd_analyze(tmp_path, "security", *words)


@pytest.mark.parametrize("service", SERVICES, ids=lambda path: path.stem)
def test_service_starts_a_command_that_there_is(service: Path) -> None:
    """Down to its options."""
    lines = re.findall(r"^ExecStart(?:Pre=-|=)\S+ (.*)$", service.read_text("utf-8"), re.M)
    assert lines
    for line in lines:
        refuse_unknown(f"ztix {line.removeprefix('--as-it-is ')}")


def test_self_hosting_page_has_commands_that_there_are() -> None:
    """Also those that root types by way of `ztix-run`, and every file of `deploy/` is named."""
    page = (ROOT / "docs" / "self-hosting.md").read_text("utf-8")
    lines = re.findall(r"^(?:ztix-run|ztix) (.*?)(?: &&.*)?$", page, re.M)
    assert len(lines) > 4
    for line in lines:
        refuse_unknown(f"ztix {line}")
    files = [path.relative_to(ROOT).as_posix() for path in DEPLOY.rglob("*") if path.is_file()]
    assert [name for name in files if name not in page and not name.startswith("deploy/systemd/ztix-")] == []


def test_container_is_pinned_and_takes_files_that_there_are() -> None:
    """The very image that CI runs on, and nothing that is not in the tree."""
    text = CONTAINERFILE.read_text("utf-8")
    images = set(re.findall(r"^FROM (\S+)", text, re.M))
    workflow = (ROOT / ".github/workflows/ci.yml").read_text("utf-8")
    assert images == set(re.findall(r"image: (\S+)", workflow))
    assert all("@sha256:" in image for image in images)
    for words in re.findall(r"^COPY (?!--from)(.*) \S+$", text, re.M):
        assert [word for word in words.split() if not (ROOT / word).exists()] == []
