"""A controller's life, loss and return, told through the command line: for the simulator and the real one.

Law: `python -m tests.contract.recovery_story FOLDER PROGRAM` tells it with a real ZeroTier One, and is to be
run where there is nothing but loopback.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import httpx

from tests.git_repository import AWAY, GitRepository, new_repository
from tests.idtool import PUBLIC, SECRET, idtool
from tests.unit.exchange_fixture import ADMISSION, EXCHANGE, FABRICS, ROUTE_SERVERS, member_text
from ztix.drivers.drill_controller import real
from ztix.errors import Exit

Start = Callable[[Path], AbstractContextManager[str]]
MEMBERS = (64500, 64501, 64502)
KEPT = ("authorized", "ipAssignments", "name", "tags", "capabilities", "noAutoAssignIps", "activeBridge")


@dataclass
class Exchange:
    """An exchange in a repository, and the verbs run in it."""

    folder: Path
    path: str = os.environ["PATH"]
    repo: GitRepository = field(init=False)

    def __post_init__(self) -> None:
        self.repo = new_repository(self.folder)
        for name, text in (
            ("exchange", EXCHANGE),
            ("fabrics", FABRICS),
            ("route-servers", ROUTE_SERVERS),
            ("admission", ADMISSION),
        ):
            self.repo.write(f"policy/{name}.yaml", text)
        for asn in MEMBERS:
            self.repo.write(f"members/AS{asn}.yaml", member_text(asn))

    def point_at(self, url: str) -> None:
        """The controller answers here now."""
        self.repo.write("policy/fabrics.yaml", FABRICS.replace("http://127.0.0.1:9993", url))
        self.repo.commit()

    def ztix(self, *words: str, token: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "ztix", *words],
            cwd=self.folder,
            env={**os.environ, **AWAY, "CONTROLLER_TOKEN": token, "PATH": self.path},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


def sound_home(folder: Path) -> Path:
    """A home for the simulator with the recorded identity, which is a sound one."""
    folder.mkdir(parents=True)
    (folder / "identity.public").write_text(PUBLIC)
    (folder / "identity.secret").touch(mode=0o600)
    (folder / "identity.secret").write_text(f"{PUBLIC}:{SECRET}")
    return folder


def token_of(home: Path) -> str:
    return (home / "authtoken.secret").read_text().strip()


def members(url: str, token: str) -> dict[str, dict[str, object]]:
    """What the controller holds of each member, as far as git decides it."""

    def ask(path: str) -> object:
        return httpx.get(f"{url}{path}", headers={"X-ZT1-Auth": token}, trust_env=False, timeout=30).json()

    networks = ask("/controller/network")
    assert isinstance(networks, list)
    listed = ask(f"/unstable/controller/network/{networks[0]}/member")
    assert isinstance(listed, dict)
    return {one["id"]: {key: one[key] for key in KEPT} for one in listed["data"]}


def with_identity_alone(home: Path, folder: Path) -> Path:
    """A home on a new machine: the old identity and token, and nothing else."""
    folder.mkdir(mode=0o700)
    for name in ("identity.secret", "identity.public", "authtoken.secret"):
        (folder / name).touch(mode=0o600)
        (folder / name).write_bytes((home / name).read_bytes())
    return folder


def tell(exchange: Exchange, home: Path, folder: Path, start: Start, *drill: str) -> None:
    """The story. start: runs a controller on a home.  drill: options of the drill."""
    # 1. a controller comes to life, and is copied while it runs
    with start(home) as url:
        exchange.point_at(url)
        token = token_of(home)
        made = exchange.ztix("fabric", "bootstrap", "lan", token=token)
        assert made.returncode == Exit.DONE, made.stderr
        before = members(url, token)
        assert len(before) == len(MEMBERS) + 2
        copied = exchange.ztix("backup", "create", "--home", str(home), "--to", str(folder), "--url", url)
        assert copied.returncode == Exit.DONE, copied.stderr
        assert token not in copied.stdout + copied.stderr
    archive = copied.stdout.strip()
    # 2. the copy is tried, elsewhere and without the token of policy
    tried = exchange.ztix("backup", "drill", archive, *drill)
    assert tried.returncode == Exit.DONE, tried.stderr
    assert "nothing to do" in tried.stderr
    # 3. all is lost but the identity: git alone makes it again
    with start(with_identity_alone(home, folder / "rebuilt")) as url:
        exchange.point_at(url)
        rebuilt = exchange.ztix("fabric", "bootstrap", "lan", token=token)
        assert rebuilt.returncode == Exit.DONE, rebuilt.stderr
        assert members(url, token) == before
    # 4. the copy is put back, and nothing is left to do
    filled = exchange.ztix("backup", "restore", archive, "--home", str(folder / "restored"))
    assert filled.returncode == Exit.DONE, filled.stderr
    with start(folder / "restored") as url:
        exchange.point_at(url)
        assert members(url, token) == before
        again = exchange.ztix("fabric", "bootstrap", "lan", token=token)
        assert (again.returncode, "nothing to do" in again.stdout.lower()) == (Exit.DONE, True), again.stdout


def main() -> None:
    folder, program = Path(sys.argv[1]), Path(sys.argv[2])
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    home = folder / "home"
    home.mkdir(mode=0o700)
    (folder / "bin").mkdir()
    (folder / "bin" / "zerotier-idtool").symlink_to(program)  # it is that tool by this name
    exchange = Exchange(folder / "exchange", f"{folder / 'bin'}:{os.environ['PATH']}")
    tell(exchange, home, folder, partial(real, program), "--zerotier-one", str(program))


def told_with_the_simulator(folder: Path, start: Start) -> None:
    """The story on homes of the simulator, with the recorded tool's word for the identity."""
    idtool(folder / "bin")
    exchange = Exchange(folder / "exchange", f"{folder / 'bin'}:{os.environ['PATH']}")
    tell(exchange, sound_home(folder / "home"), folder, start)


if __name__ == "__main__":
    main()
