"""A fresh machine, prepared by the script that `route-server setup` prints, as `check` finds it."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.git_repository import new_repository
from tests.live.bird import BIRDS
from tests.live.machine import Machine, running_machine
from tests.unit.exchange_fixture import good_files
from ztix.cli import cli
from ztix.deploy import Job, deploy
from ztix.drivers.clock import SystemClock
from ztix.drivers.ssh import SshLink, SshTarget
from ztix.health import Limits
from ztix.link import END_MARKER
from ztix.preparation import AGENT_CONF, LIVE, MAIN, UNIT
from ztix.rollout import Ended
from ztix.terms import Label

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(os.geteuid() != 0, reason="namespaces need root; run `sudo make test`"),
]

KEPT = "/run/kept"
SECRET = "/etc/bird/ztix/secrets/as64500.conf"
ROUTING = "members:\n  - asn: 64500\n    sessions: {password: as64500}\n"
SERVERS = """\
route_servers:
  - name: rs1
    node: aaaaaaaaa1
    addresses: [192.0.2.1, "2001:db8:64:96::1"]
    router_id: 192.0.2.1
    bird: "{bird}"
    canary: true
    ssh:
      host: 127.0.0.1
      port: {port}
      host_keys: [{key}]
      identity: {{file: "{identity}"}}
"""


@dataclass
class Prepared:
    """A machine and the exchange that it is rs1 of."""

    machine: Machine
    exchange: Path
    bird: str

    def ztix(self, *words: str) -> Result:
        return CliRunner().invoke(
            cli, ["-C", str(self.exchange), "route-server", *words], standalone_mode=False
        )

    def broken(self) -> dict[str, str]:
        """What `check` names as broken, with its remedy."""
        done = self.ztix("check", "rs1", "--format", "json")
        told = json.loads(done.stdout)
        found = {item["name"]: item["remedy"] for item in told["items"] if not item["well"]}
        assert done.return_value == ((3 if told["reached"] else 7) if found else 0), done.stderr
        return found

    def point(self, **changes: str) -> None:
        """Have policy say this of the machine."""
        machine = self.machine
        words = {"bird": self.bird, "port": str(machine.port), "key": machine.host_key}
        text = SERVERS.format(**(words | {"identity": str(machine.identity)} | changes))
        (self.exchange / "policy" / "route-servers.yaml").write_text(text)


@pytest.fixture(scope="module", params=sorted(BIRDS))
def prepared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prepared]:
    """A machine after the printed script was run on it, twice."""
    program = BIRDS[request.param].absolute()
    if not program.exists():
        pytest.skip(f"{request.param} is not installed; scripts/install-bird gets it")
    folder = tmp_path_factory.mktemp("setup")
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    exchange = folder / "exchange"
    exchange.mkdir()
    repository = new_repository(exchange)
    for path, text in {**good_files(), "policy/routing.yaml": ROUTING}.items():
        repository.write(path, text)
    with running_machine(folder / "machine", program) as machine:
        made = Prepared(machine, exchange, (said.stdout + said.stderr).split()[-1])
        made.point()
        assert set(made.broken()) == {"connection"}
        script = made.ztix("setup", "rs1", "--key", f"{machine.identity}.pub")
        assert script.return_value == 0, script.stderr
        machine.sh(script.stdout)
        before = machine.sh(
            "cd /etc; find bird ztix systemd/system/bird.service.d /var/lib/ztix | xargs ls -ld"
        )
        machine.sh(script.stdout)
        after = machine.sh(
            "cd /etc; find bird ztix systemd/system/bird.service.d /var/lib/ztix | xargs ls -ld"
        )
        assert [line.split()[:5] for line in before.splitlines()] == [
            line.split()[:5] for line in after.splitlines()
        ]
        assert set(made.broken()) == {"password as64500"}
        machine.sh(f"umask 027; printf 'password \"x\";\\n' > {SECRET}; chgrp bird {SECRET}")
        yield made


def test_setup_when_its_script_was_run_leaves_nothing_to_mend(prepared: Prepared) -> None:
    """Every item is well, and the words for people say so."""
    done = prepared.ztix("check", "rs1")
    assert (done.return_value, done.stdout.splitlines()[-1]) == (0, "rs1: all is well."), done.stdout


BREAKS = (
    ("folder", "chown root:bird /etc/bird/ztix", "chown ztix:bird /etc/bird/ztix"),
    ("folder", "chgrp root /etc/bird/ztix", "chgrp bird /etc/bird/ztix; chmod g+s /etc/bird/ztix"),
    ("configuration", f"mv {LIVE} {KEPT}", f"mv {KEPT} {LIVE}"),
    ("state", "chown root /var/lib/ztix/state", "chown ztix /var/lib/ztix/state"),
    ("unit", f"mv {UNIT} {KEPT}", f"mv {KEPT} {UNIT}"),
    ("account", "chown ztix /etc/ztix/agent.conf", "chown root /etc/ztix/agent.conf"),
    ("agent", "echo '# more' >>/usr/local/bin/ztix-agent", "sed -i '$d' /usr/local/bin/ztix-agent"),
    ("agent", f"mv {AGENT_CONF} {KEPT}", f"mv {KEPT} {AGENT_CONF}"),
    ("include", "echo 'log stderr all;' >>/etc/bird/bird.conf", "sed -i '$d' /etc/bird/bird.conf"),
    ("include", f"cp {MAIN} {KEPT}; echo 'protocol device {{}}' >{MAIN}", f"cat {KEPT} >{MAIN}"),
    ("include", "chmod 600 /etc/bird/bird.conf", "chmod 640 /etc/bird/bird.conf"),
    ("control socket", "chmod 600 /run/bird/bird.ctl", "chmod 660 /run/bird/bird.ctl"),
    ("control socket", "mv /run/bird/bird.ctl /run/bird/x", "mv /run/bird/x /run/bird/bird.ctl"),
    ("control socket", "kill -STOP $(cat /run/bird/bird.pid)", "kill -CONT $(cat /run/bird/bird.pid)"),
    ("password as64500", f"chmod 600 {SECRET}", f"chmod 640 {SECRET}"),
    ("password as64500", f"mv {SECRET} {KEPT}", f"mv {KEPT} {SECRET}"),
    ("connection", "mv /var/lib/ztix/.ssh /var/lib/ztix/x", "mv /var/lib/ztix/x /var/lib/ztix/.ssh"),
)


@pytest.mark.parametrize(
    ("name", "deed", "undo"), BREAKS, ids=[f"{name}: {deed}" for name, deed, _ in BREAKS]
)
def test_check_when_a_step_is_undone_names_it(prepared: Prepared, name: str, deed: str, undo: str) -> None:
    """That step and no other is broken, with what to do about it."""
    prepared.machine.sh(deed)
    try:
        broken = prepared.broken()
    finally:
        prepared.machine.sh(undo)
    assert set(broken) == {name}
    assert broken[name]


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("version", {"bird": "2.19"}),
        (
            "connection",
            {"key": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFbbII4StcherZVLfo42zAwQ0zXVjtJqMtaqnwveeXRR"},
        ),
        ("connection", {"port": "1"}),
    ],
)
def test_check_when_policy_says_otherwise_names_it(
    prepared: Prepared, name: str, changes: dict[str, str]
) -> None:
    """Another version, another host key, another port."""
    prepared.point(**changes)
    try:
        assert set(prepared.broken()) == {name}
    finally:
        prepared.point()


def test_rollout_on_a_prepared_machine_is_confirmed_and_outlasts_a_start(prepared: Prepared) -> None:
    """BIRD, which is another user, reads what the account wrote; and the same after it starts anew."""
    machine = prepared.machine
    keys, identity = (machine.host_key,), str(machine.identity)
    target = SshTarget(Label("rs1"), "127.0.0.1", machine.port, "ztix", keys, identity)
    text = f"router id 192.0.2.1;\nprotocol device {{}}\ndefine zx_new = 7;\n{END_MARKER}\n".encode()
    job = Job(target, text, frozenset(), limits=Limits(health_timeout_s=6, settle_s=0.5))
    (rollout,) = deploy([job], SshLink, SystemClock(), lambda progress: None, holder="run-1")
    assert rollout.ended is Ended.CONFIRMED, rollout
    machine.sh("kill $(cat /run/bird/bird.pid); while [ -e /run/bird/bird.pid ]; do sleep 0.1; done")
    machine.sh("systemctl enable --now bird")
    assert "7" in machine.sh("birdc eval zx_new")
    assert prepared.broken() == {}


def test_machine_that_starts_anew_in_a_rollout_puts_the_file_back_first(prepared: Prepared) -> None:
    """The drop-in of the unit runs the agent before BIRD reads its file."""
    machine = prepared.machine
    target = SshTarget(
        Label("rs1"), "127.0.0.1", machine.port, "ztix", (machine.host_key,), str(machine.identity)
    )
    before = machine.sh("cat /etc/bird/ztix/bird.conf")
    text = f"router id 192.0.2.1;\nprotocol device {{}}\ndefine zx_lost = 9;\n{END_MARKER}\n".encode()
    with SshLink(target) as link:
        link.lock("run-1")
        link.upload(text)
        link.prove()
        link.arm(60)
        assert "9" in machine.sh("birdc eval zx_lost")
    machine.sh("kill $(cat /run/bird/bird.pid); while [ -e /run/bird/bird.pid ]; do sleep 0.1; done")
    machine.sh("sed -i 's/^[^ ]*/another-boot/' /var/lib/ztix/state/armed /var/lib/ztix/state/lock")
    machine.sh("systemctl enable --now bird")
    assert machine.sh("cat /etc/bird/ztix/bird.conf") == before
    assert "9" not in machine.sh("birdc eval zx_lost", check=False)
