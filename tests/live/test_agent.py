"""The remote end: what it refuses, and what it puts right after a daemon or a person interfered."""

from __future__ import annotations

import getpass
import hashlib
import subprocess
from pathlib import Path

import pytest

from tests.live.bird import BIRDS
from tests.live.rollout_lab import Lab, assert_runs, digest
from ztix.drivers.ssh import SshLink, SshTarget
from ztix.errors import Refused, Unavailable
from ztix.lab.daemons import running_bird, running_sshd
from ztix.rollout import Ended
from ztix.terms import Label

pytestmark = pytest.mark.live


REFUSED = (
    "sh -c id",
    "scp -t /tmp",
    "internal-sftp",
    "",
    "status; id",
    "status\nid",
    "status $(id)",
    "lock ../../tmp/x",
    "lock *",
    "fetch /etc/passwd",
    "upload run-1 10 /etc/passwd",
    f"upload run-1 99999999 {'0' * 64}",
    "arm run-1 5 /etc/passwd",
    "arm run-1 -1",
    "status " * 100,
)


@pytest.mark.parametrize("lone_lab", ["bird2"], indirect=True)
def test_agent_when_asked_for_anything_else_refuses(lone_lab: Lab) -> None:
    """The key opens the agent's verbs and nothing else: no shell, no file, no path."""
    before = sorted(path.name for path in lone_lab.bird.folder.iterdir())
    for command in REFUSED:
        out = raw_ssh(lone_lab, command)
        assert out.startswith(b"ztix-agent 1\nend failed "), command
        assert b"uid=" not in out
        assert b"root:" not in out
    assert sorted(path.name for path in lone_lab.bird.folder.iterdir()) == before


def raw_ssh(lab: Lab, command: str, stdin: bytes = b"") -> bytes:
    """What an ssh of one's own gets to read."""
    sshd = lab.sshd
    argv = ["ssh", "-F", "/dev/null", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"]
    argv += [
        "-o",
        "IdentitiesOnly=yes",
        "-o",
        "LogLevel=ERROR",
        "-i",
        str(sshd.identity),
        "-p",
        str(sshd.port),
    ]
    argv += ["127.0.0.1", command]
    return subprocess.run(argv, input=stdin, capture_output=True, timeout=30, check=False).stdout


def test_agent_when_an_upload_is_cut_keeps_no_part(lab: Lab) -> None:
    """Fewer bytes than announced, or other ones, are refused, and what was stored before stays."""
    text = lab.text("cut")
    with SshLink(lab.target) as link:
        link.lock("run-1")
        link.upload(text)
        sum_of = hashlib.sha256(text).hexdigest()
        for size, sent in ((len(text), text[:-1]), (len(text), text[:-1] + b"x"), (len(text) - 1, text)):
            assert b"\nend failed cut " in raw_ssh(lab, f"upload run-1 {size} {sum_of}", sent)
        assert (lab.bird.folder / "bird.conf.candidate").read_bytes() == text
        assert not list(lab.bird.folder.glob("*.upload.*"))
        with pytest.raises(Refused, match="not proven"):
            link.arm(5)
        link.unlock("run-1")


def test_agent_when_asked_to_fetch_gives_the_live_file(lab: Lab) -> None:
    """The live file comes whole, whatever bytes are in it."""
    with SshLink(lab.target) as link:
        assert link.fetch() == lab.on_disk()


@pytest.mark.parametrize("lone_lab", sorted(BIRDS), indirect=True)
def test_rollout_when_the_daemon_restarts_while_armed_is_taken_back(lone_lab: Lab) -> None:
    """A daemon that starts anew reads the unconfirmed file without a timer; the next look takes it back."""
    lab, old, new = lone_lab, lone_lab.on_disk(), lone_lab.text("armed")
    with SshLink(lab.target) as link:
        with running_bird(lab.bird.program, lab.folder):
            link.lock("run-1")
            link.upload(new)
            assert link.prove() == ()
            link.arm(60)
            assert_runs_unconfirmed(lab, link, new)
        with running_bird(lab.bird.program, lab.folder):
            assert lab.runs(new)
            status = link.status()
            assert (status.file, status.running, status.armed) == (digest(old), digest(old), False)
            assert status.restored
            assert lab.runs(old)
            with pytest.raises(Refused, match="nothing is armed"):
                link.confirm()
        with running_bird(lab.bird.program, lab.folder):
            assert_runs(lab, old, not_running=new)


def assert_runs_unconfirmed(lab: Lab, link: SshLink, text: bytes) -> None:
    status = link.status()
    assert (status.file, status.armed) == (digest(text), True)
    assert lab.runs(text)


@pytest.mark.parametrize("lone_lab", sorted(BIRDS), indirect=True)
def test_rollout_when_the_daemon_dies_while_armed_leaves_the_old_file(lone_lab: Lab) -> None:
    """A revert without a daemon puts the file back, so that the daemon's next start is with the old text."""
    lab, old, new = lone_lab, lone_lab.on_disk(), lone_lab.text("armed")
    with SshLink(lab.target) as link:
        with running_bird(lab.bird.program, lab.folder):
            link.lock("run-1")
            link.upload(new)
            link.prove()
            link.arm(60)
        with pytest.raises(Refused, match="the file is put back, but BIRD does not answer"):
            link.revert()
        assert lab.on_disk() == old
        assert lab.run(new, holder="run-1").ended is Ended.UNREACHABLE
        with running_bird(lab.bird.program, lab.folder):
            assert (lab.on_disk(), lab.runs(old), lab.runs(new)) == (old, True, False)
            assert lab.run(new, holder="run-1").ended is Ended.CONFIRMED
            assert_runs(lab, new, not_running=old)


@pytest.mark.parametrize("lone_lab", ["bird2"], indirect=True)
def test_rollout_over_a_hand_edited_file_runs_again(lone_lab: Lab) -> None:
    """A file that was edited, or a configuration that was loaded by hand, is not taken for what git says."""
    lab, text = lone_lab, lone_lab.text("ours")
    with running_bird(lab.bird.program, lab.folder):
        assert lab.run(text).ended is Ended.CONFIRMED
        lab.bird.conf.write_bytes(text + b"# by hand\n")
        assert lab.run(text).ended is Ended.CONFIRMED
        (lab.folder / "other.conf").write_bytes(lab.text("other"))
        lab.bird.ask(f'configure "{lab.folder}/other.conf"')
        assert lab.run(text).ended is Ended.CONFIRMED
        assert_runs(lab, text, not_running=lab.text("other"))


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("/bin/true", "it said nothing"),
        ("/bin/echo hello", "it begins with `hello`"),
        ("/usr/bin/printf 'ztix-agent 1\\nbird 2.0.12\\n'", "the answer was cut"),
        ("/usr/bin/printf 'ztix-agent 1\\nend failed storage \\033[2Jred\\n'", "[2Jred"),
        ("/usr/bin/yes", "it said more than"),
    ],
)
def test_link_when_the_remote_is_no_agent_says_so(tmp_path: Path, command: str, words: str) -> None:
    """Garbage, floods, cut answers and terminal escapes end in one plain sentence."""
    with running_sshd(tmp_path / "ssh", command) as sshd:
        target = SshTarget(
            Label("rs1"), "127.0.0.1", sshd.port, getpass.getuser(), (sshd.host_key,), str(sshd.identity)
        )
        with SshLink(target) as link, pytest.raises((Unavailable, Refused)) as caught:
            link.status()
    assert words in caught.value.message
    assert caught.value.message.isprintable()
