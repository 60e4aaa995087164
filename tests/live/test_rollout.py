"""A rollout on real parts: ssh to a real sshd, the agent behind its forced command, a live BIRD with members.

What a scenario asserts in the end is always the same: the route server runs one of the two texts, whole, and
the file on its disk is the one that it runs.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from tests.live.bird import SAME_S, up_since
from tests.live.rollout_lab import (
    QUICK,
    SESSIONS,
    Lab,
    assert_runs,
    digest,
    wait_for_members,
    write_agent_conf,
)
from ztix.deploy import Job, deploy
from ztix.drivers.clock import SystemClock
from ztix.drivers.ssh import SshLink
from ztix.errors import Locked
from ztix.lab.daemons import free_port, new_key, wait_until
from ztix.link import END_MARKER
from ztix.rollout import Ended, Rollout, Step
from ztix.terms import Label

pytestmark = pytest.mark.live


def test_rollout_when_all_is_well_is_confirmed(lab: Lab) -> None:
    """A text that keeps every session ends confirmed, and neither session is restarted."""
    old, new = lab.on_disk(), lab.text("well")
    since = {name: up_since(lab.bird, name) for name in SESSIONS}
    assert min(since.values()) >= 0
    rollout = lab.run(new)
    counted = rollout.up, rollout.accepted
    assert rollout == Rollout(
        Label("rs1"), Ended.CONFIRMED, digest(old), digest(new), digest(new), "", *counted
    )
    assert counted[0] == len(SESSIONS)
    assert_runs(lab, new, not_running=old)
    assert {name: up_since(lab.bird, name) for name in SESSIONS} == pytest.approx(since, abs=SAME_S)
    assert "unconfirmed" not in lab.bird.ask("configure status")


def test_rollout_of_the_running_text_touches_nothing(lab: Lab) -> None:
    """A second run of the same text asks once and leaves the file and the daemon as they are."""
    text = lab.text("twice")
    assert lab.run(text).ended is Ended.CONFIRMED
    status, stood = lab.bird.conf.stat(), lab.reconfigured()
    assert lab.run(text).ended is Ended.UNCHANGED
    assert [progress.step for progress in lab.seen] == [Step.OBSERVE]
    after = lab.bird.conf.stat()
    assert (after.st_mtime_ns, after.st_ino) == (status.st_mtime_ns, status.st_ino)
    assert lab.reconfigured() == pytest.approx(stood, abs=SAME_S)


def test_rollout_when_only_the_servers_bird_refuses_is_refused(lab: Lab) -> None:
    """A text that the route server's own BIRD cannot parse is refused with its line; nothing is touched."""
    old, stood = lab.on_disk(), lab.reconfigured()
    new = lab.text("unparsable", extra="protocol nonsense {}\n")
    rollout = lab.run(new)
    assert rollout.ended is Ended.REFUSED
    assert "`rs1`: bird -p: candidate:15:" in rollout.detail
    assert lab.on_disk() == old
    assert lab.reconfigured() == pytest.approx(stood, abs=SAME_S)


def test_rollout_without_an_end_marker_is_refused(lab: Lab) -> None:
    """A text that was cut at a line that still parses is refused."""
    old = lab.on_disk()
    rollout = lab.run(lab.text("cut").removesuffix(f"{END_MARKER}\n".encode()))
    assert (rollout.ended, lab.on_disk()) == (Ended.REFUSED, old)
    assert "end marker" in rollout.detail


def test_rollout_when_the_daemon_refuses_is_refused(lab: Lab) -> None:
    """Where the parser accepts what the running daemon does not, the old file and the old text stay."""
    old, stood = lab.on_disk(), lab.reconfigured()
    write_agent_conf(lab, bird="/bin/true")
    rollout = lab.run(lab.text("refused", extra="protocol nonsense {}\n"))
    assert rollout.ended is Ended.REFUSED
    assert "configure: candidate:15:" in rollout.detail
    assert lab.on_disk() == old
    assert lab.reconfigured() == pytest.approx(stood, abs=SAME_S)


def test_rollout_when_a_session_stays_down_is_reverted(lab: Lab) -> None:
    """A text under which a session does not come back is undone, on disk too, and the session returns."""
    old, new = lab.on_disk(), lab.text("broken", broken="m2")
    rollout = lab.run(new, limits=replace(QUICK, health_timeout_s=2))
    assert (rollout.ended, rollout.running) == (Ended.REVERTED, digest(old))
    assert "1 of 2 sessions are not back: `m2`" in rollout.detail
    assert_runs(lab, old, not_running=new)
    wait_for_members(lab)


CLIENT = """
import sys
from ztix.deploy import Job, deploy
from ztix.drivers.clock import SystemClock
from ztix.drivers.ssh import SshLink, SshTarget
from ztix.health import Limits
from ztix.terms import Label
host, port, user, key, identity, path = sys.argv[1:]
target = SshTarget(Label("rs1"), host, int(port), user, (key,), identity)
limits = Limits(health_timeout_s=2, settle_s=60, margin_s=6)
job = Job(target, open(path, "rb").read(), frozenset({"m1"}), True, limits)
link = lambda target: SshLink(target, idle_s=3)
deploy([job], link, SystemClock(), lambda p: print(p.step.value, flush=True), holder="killed-run")
"""


def kill_at_probe(argv: list[str], environment: dict[str, str]) -> None:
    """Start a client and kill it as soon as it waits for health."""
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, env=environment) as client:
        assert client.stdout is not None
        assert any(line.strip() == Step.PROBE.value for line in client.stdout)
        os.kill(client.pid, signal.SIGKILL)


def test_rollout_when_its_client_is_killed_while_armed_converges(lab: Lab, tmp_path: Path) -> None:
    """BIRD undoes what nobody confirms, the next run puts the file back, and then it goes on as ever."""
    old, new = lab.on_disk(), lab.text("killed")
    (tmp_path / "text").write_bytes(new)
    t = lab.target
    argv = [t.host, str(t.port), t.user, t.host_keys[0], str(t.identity_file), str(tmp_path / "text")]
    with tempfile.TemporaryDirectory(prefix="z") as left:  # what a killed client cannot clear away itself
        kill_at_probe([sys.executable, "-c", CLIENT, *argv], os.environ | {"TMPDIR": left})
    assert lab.runs(new)
    with SshLink(lab.target) as link:
        assert link.status().armed
        with pytest.raises(Locked, match="killed-run"):
            link.lock("run-2")
        wait_until(lambda: lab.runs(old), 60, "BIRD has undone it")
        assert lab.on_disk() == new  # BIRD itself leaves the file
        wait_until(lambda: link.status().restored, 60, "the agent has put the file back")
        assert lab.on_disk() == old
        wait_until(lambda: link.status().holder is None, 60, "the lock of the dead run has expired")
    assert_runs(lab, old, not_running=new)
    assert lab.run(new, holder="run-2").ended is Ended.CONFIRMED
    assert_runs(lab, new, not_running=old)


def test_rollout_when_another_run_holds_the_lock_is_locked(lab: Lab) -> None:
    """A second run at the same time changes nothing and names the first; its verbs are refused too."""
    write_agent_conf(lab, lease_s="60")
    old = lab.on_disk()
    with SshLink(lab.target) as first, SshLink(lab.target) as second:
        first.lock("alice-laptop")
        rollout = lab.run(lab.text("second"), holder="bob-laptop")
        assert (rollout.ended, lab.on_disk()) == (Ended.LOCKED, old)
        assert "locked by `alice-laptop`" in rollout.detail
        for verb in (lambda: second.upload(old), second.prove, lambda: second.arm(5), second.confirm):
            with pytest.raises(Locked):
                verb()
        second.unlock("bob-laptop")
        with pytest.raises(Locked):
            second.lock("bob-laptop")
        first.unlock("alice-laptop")
        second.lock("bob-laptop")
        second.unlock("bob-laptop")


def test_rollout_when_the_host_key_is_another_is_unreachable(lab: Lab, tmp_path: Path) -> None:
    """A machine that shows another host key than the pinned one is not spoken to."""
    old = lab.on_disk()
    target = replace(lab.target, host_keys=(new_key(tmp_path / "other"),))
    job = Job(target, lab.text("other"), SESSIONS)
    (rollout,) = deploy([job], SshLink, SystemClock(), lab.seen.append, holder="run-1")
    assert (rollout.ended, lab.on_disk()) == (Ended.UNREACHABLE, old)
    assert "shows another host key than the pinned ones" in rollout.detail


def test_rollout_with_a_key_that_is_not_let_in_is_unreachable(lab: Lab, tmp_path: Path) -> None:
    """A key that the route server does not know ends in a sentence that says where to look."""
    new_key(tmp_path / "stranger")
    job = Job(replace(lab.target, identity_file=str(tmp_path / "stranger")), lab.text("other"), SESSIONS)
    (rollout,) = deploy([job], SshLink, SystemClock(), lab.seen.append, holder="run-1")
    assert rollout.ended is Ended.UNREACHABLE
    assert "does not let" in rollout.detail


def test_rollout_when_nothing_listens_is_unreachable(lab: Lab) -> None:
    """A closed port is told from a slow machine."""
    job = Job(replace(lab.target, port=free_port()), lab.text("other"), SESSIONS)
    (rollout,) = deploy([job], SshLink, SystemClock(), lab.seen.append, holder="run-1")
    assert rollout.ended is Ended.UNREACHABLE
    assert "nothing listens at" in rollout.detail
