"""What a malformed prefix does to BIRD 3, and that no rollout makes it worse (docs/adr/0041).

Law: each lab is thrown away, because its BIRD can be used no more; it is killed, because it does not end.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from ipaddress import ip_address
from pathlib import Path

import pytest

from tests.live.bird import BIRDS, SAME_S, listening, up_since
from tests.live.members.crafted import Session
from tests.live.members.wire import (
    AS_PATH,
    MP_REACH,
    MP_UNREACH,
    NEXT_HOP,
    OPTIONAL,
    ORIGIN,
    UPDATE,
    WELL_KNOWN,
    Attributes,
    capability,
    message,
    opening,
    segment,
    update,
)
from tests.live.rollout_lab import (
    SESSIONS,
    Lab,
    assert_runs,
    digest,
    running_lab,
    wait_for_members,
    write_agent_conf,
)
from ztix.drivers.ssh import SshLink
from ztix.errors import Unavailable
from ztix.lab.daemons import free_port, running_bird, wait_until
from ztix.link import Hung
from ztix.rollout import Ended

pytestmark = pytest.mark.live

ASN = 64510
LONG, CUT = b"\x21\xcb\x00\x71\x00\x00", b"\x18\xcb"
LONG_6, CUT_6 = bytes([129]) + bytes(17), b"\x30\x20\x01"
GOOD_6 = b"\x30\x20\x01\x0d\xb8\x00\x00"
HOP_6 = ip_address("2001:db8::1").packed
BOTH = capability(1, struct.pack(">HBB", 2, 0, 1))


def announced(more: Attributes, told: bytes = b"") -> bytes:
    """An UPDATE with these attributes besides, and these octets as its prefixes."""
    known: Attributes = {ORIGIN: (WELL_KNOWN, b"\0"), AS_PATH: (WELL_KNOWN, segment((ASN,)))}
    return message(UPDATE, update(known | more)[19:] + told)


def withdrawn(gone: bytes) -> bytes:
    """An UPDATE that takes these octets back."""
    return message(UPDATE, struct.pack(">H", len(gone)) + gone + b"\0\0")


def reached(told: bytes, hop: bytes = HOP_6) -> bytes:
    """An UPDATE that announces these octets over IPv6."""
    value = struct.pack(">HBB", 2, 1, len(hop)) + hop + b"\0" + told
    return announced({MP_REACH: (OPTIONAL, value)})


def unreached(gone: bytes) -> bytes:
    """An UPDATE that takes these octets back over IPv6."""
    return update({MP_UNREACH: (OPTIONAL, struct.pack(">HB", 2, 1) + gone)})


HOP: Attributes = {NEXT_HOP: (WELL_KNOWN, b"\x7f\0\0\4")}
HANGS: dict[str, tuple[bytes, tuple[int, int]]] = {
    "a prefix of 33 bits": (announced(HOP, LONG), (3, 10)),
    "a prefix that is cut": (announced(HOP, CUT), (3, 1)),
    "33 bits withdrawn": (withdrawn(LONG), (3, 10)),
    "a cut prefix withdrawn": (withdrawn(CUT), (3, 1)),
    "a prefix of 129 bits": (reached(LONG_6), (3, 10)),
    "an IPv6 prefix that is cut": (reached(CUT_6), (3, 1)),
    "129 bits withdrawn": (unreached(LONG_6), (3, 10)),
    "a cut IPv6 prefix withdrawn": (unreached(CUT_6), (3, 1)),
    "a next hop of 15 octets": (reached(GOOD_6, HOP_6[:15]), (3, 9)),
    "no next hop": (reached(GOOD_6, b""), (3, 9)),
}
ENDS_ONLY: dict[str, tuple[bytes, tuple[int, int]]] = {
    "withdrawn routes without end": (message(UPDATE, b"\0\xff" + bytes(10)), (3, 1)),
    "attributes without end": (message(UPDATE, b"\0\0\0\xff" + bytes(10)), (3, 1)),
    "MP_REACH_NLRI of two octets": (announced({MP_REACH: (OPTIONAL, b"\0\2")}), (3, 9)),
    "MP_UNREACH_NLRI of two octets": (update({MP_UNREACH: (OPTIONAL, b"\0\2")}), (3, 9)),
    "a message that is too short": (message(UPDATE, b"\0"), (1, 2)),
}


def installed(name: str) -> Path:
    """The daemon with this name, or no test."""
    if not BIRDS[name].exists():
        pytest.skip(f"{name} is not installed; scripts/install-bird gets it")
    return BIRDS[name]


def client(name: str, address: str) -> str:
    """A session with our own speaker on the route server."""
    return (
        f"protocol bgp {name} {{\n  local 127.0.0.1 port PORT as 64496; strict bind on; multihop;\n"
        f"  neighbor {address} as {ASN}; passive on; rs client; error wait time 1, 2; error forget time 1;\n"
        "  ipv4 { import all; export all; import table on; }; ipv6 { import all; export all; };\n}\n"
    )


def say(port: int, address: str, *said: bytes) -> tuple[int, int] | None:
    """Open a session from this address, say these once it is up, and return the NOTIFICATION that ends it."""
    with socket.create_connection(("127.0.0.1", port), 5, (address, 0)) as connection:
        connection.settimeout(None)
        session = Session(connection)
        reader = threading.Thread(target=session.listen, daemon=True)
        session.send(opening(ASN, 4, BOTH))
        reader.start()
        wait_until(lambda: session.up or session.ended, 60, "the session is up")
        session.send(*said)
        wait_until(lambda: session.ended, 60, "the session ends")
        return session.notification


@pytest.mark.parametrize("name", sorted(BIRDS))
def test_malformed_prefix_ends_its_session_and_only_bird_3_never_listens_again(
    name: str, tmp_path: Path
) -> None:
    """Where BIRD 3 listens again after all, it was mended: then the agent's check and ADR 41 may go."""
    port, every, program = free_port(), HANGS | ENDS_ONLY, installed(name)
    where = {f"p{number}": f"127.0.1.{number + 1}" for number in range(len(every))}
    text = "log stderr all;\nrouter id 192.0.2.1;\nprotocol device {}\n"
    text += "".join(client(session, address) for session, address in where.items())
    with running_bird(program, tmp_path, text.replace("PORT", str(port))) as bird:
        wait_until(lambda: listening(bird) == len(where), 60, "all sessions can be opened")
        said = [
            say(port, address, one) for address, (one, _) in zip(where.values(), every.values(), strict=True)
        ]
        assert dict(zip(every, said, strict=True)) == {what: answer for what, (_, answer) in every.items()}
        states = dict.fromkeys(where, "")

        def told() -> dict[str, str]:
            shown = (line.split() for line in bird.ask("show protocols").splitlines()[2:])
            return states | {words[0]: words[5] for words in shown if words[0] in states}

        hung = len(HANGS) if name == "bird3" else 0
        expected = dict(zip(where, ["Flush"] * hung + ["Passive"] * (len(every) - hung), strict=True))
        wait_until(lambda: told() == expected, 60, "sessions listen again that ever will")
        if hung:
            os.kill(bird.pid, signal.SIGKILL)


@contextlib.contextmanager
def doomed_lab(name: str, folder: Path) -> Iterator[Lab]:
    """A lab with a third session, that of our own speaker, and an agent that does not wait for long."""
    with ExitStack() as stack:
        lab = stack.enter_context(running_lab(installed(name), folder))
        write_agent_conf(lab, wait_s="2")
        assert lab.run(lab.text("three", extra=third(lab))).ended is Ended.CONFIRMED
        stack.callback(kill, lab)
        wait_until(lambda: listening(lab.bird, "m3") == 1, 60, "m3 can be opened")
        yield lab


def third(lab: Lab) -> str:
    return client("m3", "127.0.0.4").replace("PORT", str(lab.ports["rs"]))


def kill(lab: Lab) -> None:
    with contextlib.suppress(ProcessLookupError, ChildProcessError, FileNotFoundError):
        pid = int((lab.folder / "bird.pid").read_text())
        os.kill(pid, signal.SIGKILL)
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)  # until its sockets are free for the next


def hang(lab: Lab) -> None:
    """Have our own speaker's session hang."""
    assert say(lab.ports["rs"], "127.0.0.4", announced(HOP, LONG)) == (3, 10)
    wait_until(lambda: "Flush" in lab.bird.ask("show protocols m3"), 60, "m3 hangs")


def test_rollout_after_a_malformed_prefix_on_bird_2_goes_on(tmp_path: Path) -> None:
    """BIRD 2 takes new configurations as ever."""
    with doomed_lab("bird2", tmp_path) as lab:
        old, new = lab.on_disk(), lab.text("four", extra=third(lab))
        assert say(lab.ports["rs"], "127.0.0.4", announced(HOP, LONG)) == (3, 10)
        assert lab.run(new).ended is Ended.CONFIRMED
        assert_runs(lab, new, not_running=old)


@pytest.mark.parametrize("kept", ["kept", "gone"])
def test_rollout_while_a_session_hangs_touches_nothing_until_bird_is_started_anew(
    kept: str, tmp_path: Path
) -> None:
    """However often it is tried: members' sessions stay, and the daemon does not end."""
    with doomed_lab("bird3", tmp_path) as lab:
        old, new = lab.on_disk(), lab.text("four", extra=third(lab) if kept == "kept" else "")
        since = {name: up_since(lab.bird, name) for name in SESSIONS}
        hang(lab)
        for _ in range(4):
            rollout = lab.run(new)
            assert (rollout.ended, rollout.running) == (Ended.HUNG, digest(old))
            assert (
                "BIRD can take no configuration: it never ends the sessions m3; kill BIRD" in rollout.detail
            )
        assert_runs(lab, old, not_running=new)
        assert {name: up_since(lab.bird, name) for name in SESSIONS} == pytest.approx(since, abs=SAME_S)
        kill(lab)
        with running_bird(lab.bird.program, lab.folder):
            wait_for_members(lab)
            assert lab.run(new).ended is Ended.CONFIRMED
            assert_runs(lab, new, not_running=old)


def test_rollout_when_a_session_hangs_while_armed_is_put_back_once(tmp_path: Path) -> None:
    """What is to go is undone, which BIRD never finishes, and nothing comes after it."""
    with doomed_lab("bird3", tmp_path) as lab, SshLink(lab.target) as link:
        old, new = lab.on_disk(), lab.text("four", extra=third(lab))
        arm(link, new)
        hang(lab)
        link.revert()
        assert_runs(lab, old, not_running=new)
        with pytest.raises(Hung, match="it never ends the sessions m3; it has not finished an earlier"):
            link.lock("run-1")


def test_rollout_when_a_session_hangs_while_armed_can_be_confirmed(tmp_path: Path) -> None:
    """What BIRD took before it hung is kept."""
    with doomed_lab("bird3", tmp_path) as lab, SshLink(lab.target) as link:
        old, new = lab.on_disk(), lab.text("four", extra=third(lab))
        arm(link, new)
        hang(lab)
        link.confirm()
        assert_runs(lab, new, not_running=old)


def test_rollout_when_bird_is_configured_by_hand_while_a_session_hangs_is_not_said_to_be_undone(
    tmp_path: Path,
) -> None:
    """The new text runs and cannot be undone; the file is the old one, for the daemon's next start."""
    with doomed_lab("bird3", tmp_path) as lab, SshLink(lab.target) as link:
        old, new = lab.on_disk(), lab.text("four", extra=third(lab))
        arm(link, new)
        hang(lab)
        assert "in progress" in lab.bird.ask("configure")
        with pytest.raises(Unavailable, match="has not finished an earlier configuration"):
            link.revert()
        assert lab.on_disk() == old
        assert lab.runs(new)
        kill(lab)
        with running_bird(lab.bird.program, lab.folder):
            wait_until(lambda: not link.status().armed, 60, "the agent has seen to it")
            assert_runs(lab, old, not_running=new)


def arm(link: SshLink, text: bytes) -> None:
    link.lock("run-1")
    link.upload(text)
    link.prove()
    link.arm(60)
