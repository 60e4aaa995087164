"""The remote end's script with a birdc by hand: what it takes for the same moment, and for a whole answer."""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path

import pytest

from ztix.agent import script

TEXT = "protocol device {}\n# end of configuration\n"
DIGEST = hashlib.sha256(TEXT.encode()).hexdigest()
REBOOT, RECORDED = "2026-01-01 03:04:05.000", "2026-01-02 03:04:05.000"
DAY_MS = 86_400_000
BIRDC = """\
#!/bin/sh
cat <<'END'
BIRD 2.0.12
Current server time is {told}
Last reboot on {reboot}
Last reconfiguration on {now}
Daemon is up and running
END
"""


PROTOCOLS = """\
#!/bin/sh
case "$*" in
*"show status"*) printf 'BIRD 2.0.12\\nLast reconfiguration on 2026-01-02 03:04:05.000\\n'; exit ;;
esac
printf 'BIRD 2.0.12 ready.\\nName Proto Table State Since Info\\n'
printf 'm1 BGP --- up 2026-01-02 Established\\n  BGP state: Established\\n'
exit {code}
"""


HANGS = """\
#!/bin/sh
case "$*" in
*"show status"*)
  printf 'BIRD 3.1.7\\nLast reconfiguration on 2026-01-02 03:04:05.000\\n{says}\\n'
  exit
  ;;
esac
printf 'BIRD 3.1.7 ready.\\nName Proto Table State Since Info\\n'
[ -e "$0.asked" ] && [ {heals} = yes ] && exit
: >"$0.asked"
for session in {sessions}; do printf '%s BGP --- flush 2026-01-02 Flush\\n' $session; done
"""


def ask(folder: Path, birdc: str, request: str, **conf: int) -> list[str]:
    """The lines of the agent's answer where this script stands for birdc. conf: numbers in its agent.conf."""
    (folder / "state").mkdir(exist_ok=True)
    (folder / "bird.conf").write_text(TEXT)
    (folder / "birdc").write_text(birdc)
    (folder / "birdc").chmod(0o755)
    (folder / "ztix-agent").write_text(script())
    lines = {"conf": "bird.conf", "control": "bird.ctl", "bird": "birdc", "birdc": "birdc", "state": "state"}
    text = "".join(f"{key} {folder}/{name}\n" for key, name in lines.items())
    (folder / "agent.conf").write_text(text + "".join(f"{key} {value}\n" for key, value in conf.items()))
    done = subprocess.run(
        ["sh", folder / "ztix-agent", folder / "agent.conf"],
        env={**os.environ, "SSH_ORIGINAL_COMMAND": request},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    return done.stdout.splitlines()


def status(
    folder: Path, now: str, reboot: str = REBOOT, told: str = "2026-01-03 03:04:05.000"
) -> dict[str, str]:
    """What the agent says of itself when birdc tells these times.

    Its state has a daemon that was started two days ago and was configured one day later.
    """
    (folder / "state").mkdir()
    born = int(float(Path("/proc/uptime").read_text().split()[0]) * 1000) - 2 * DAY_MS
    (folder / "state" / "running").write_text(f"{DIGEST} {DAY_MS} {born}\n")
    said = ask(folder, BIRDC.format(now=now, reboot=reboot, told=told), "status")
    assert said[-1] == "end ok"
    return dict(line.split(" ", 1) for line in said if " " in line)


@pytest.mark.parametrize("now", [RECORDED, "2026-01-02 03:04:05.001", "2026-01-02 03:04:04.999"])
def test_agent_takes_times_a_millisecond_apart_for_one(tmp_path: Path, now: str) -> None:
    """BIRD works its times out anew for each question; what runs is still what was recorded."""
    assert status(tmp_path, now)["running"] == DIGEST


@pytest.mark.parametrize(
    "now", ["2026-01-02 03:04:05.100", "2026-01-02 03:04:06.000", "03:04:05.000 oops", "x"]
)
def test_agent_takes_any_other_time_for_another_configuration(tmp_path: Path, now: str) -> None:
    """Somebody else's `configure` leaves another time, and then nobody knows what runs."""
    assert status(tmp_path, now)["running"] == "none"


@pytest.mark.parametrize("year", [1970, 2031])
def test_agent_when_the_clock_jumps_still_knows_what_runs(tmp_path: Path, year: int) -> None:
    """All times that BIRD shows jump alike, and none of them is taken for itself."""
    answer = status(
        tmp_path, f"{year}-05-02 00:00:00.000", f"{year}-05-01 00:00:00", f"{year}-05-03 00:00:00"
    )
    assert answer["running"] == DIGEST


def test_agent_takes_another_daemon_of_the_same_age_for_another_one(tmp_path: Path) -> None:
    """A daemon that was configured as long after its start as the last one is not the last one."""
    answer = status(tmp_path, "2026-01-02 05:00:00.000", "2026-01-01 05:00:00.000")
    assert answer["running"] == "none"


def test_agent_takes_a_daemon_started_anew_for_what_is_on_disk(tmp_path: Path) -> None:
    """A daemon whose start is its last reconfiguration, within a millisecond, has read the file."""
    answer = status(tmp_path, "2026-01-03 00:00:00.000", reboot="2026-01-02 23:59:59.999")
    assert answer["running"] == DIGEST


@pytest.mark.parametrize("recorded", ["", "x", f"{DIGEST} 2026-01-02 03:04:05.000", f"{DIGEST} 1 $(id)"])
def test_agent_takes_a_broken_record_for_none(tmp_path: Path, recorded: str) -> None:
    """What is in the state in another form says nothing about what runs."""
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "running").write_text(f"{recorded}\n")
    said = ask(tmp_path, BIRDC.format(now=RECORDED, reboot=REBOOT, told=RECORDED), "status")
    assert "running none" in said


def test_agent_tells_the_sessions_of_a_whole_list(tmp_path: Path) -> None:
    """What birdc lists to its end is the route server's health."""
    said = ask(tmp_path, PROTOCOLS.format(code=0), "health")
    assert (said[1].split()[:3], said[-1]) == (["session", "m1", "up"], "end ok")


def test_agent_when_the_list_is_cut_does_not_know(tmp_path: Path) -> None:
    """A list without its end is no health: sessions that it lacks would pass for ones that are not there."""
    said = ask(tmp_path, PROTOCOLS.format(code=1), "health")
    assert said == ["ztix-agent 1", "end lost BIRD did not tell all its protocols"]


@pytest.mark.parametrize(
    ("sessions", "says", "words"),
    [
        ("m1", "Daemon is up and running", "it never ends the sessions m1"),
        ("1 2 3 4 5 6 7", "", "it never ends the sessions 1 2 3 4 5 and 2 more"),
        ("", "Reconfiguration in progress", "it has not finished an earlier configuration"),
        ("", "Shutdown in progress", "it has not finished an earlier configuration"),
        (
            "m1",
            "Reconfiguration in progress",
            "it never ends the sessions m1; it has not finished an earlier configuration",
        ),
    ],
)
def test_agent_when_bird_hangs_takes_no_lock(tmp_path: Path, sessions: str, says: str, words: str) -> None:
    """A session that stays in flush, or a configuration that never ends, lets no rollout begin."""
    birdc = HANGS.format(says=says, sessions=sessions, heals="no")
    said = ask(tmp_path, birdc, "lock run-1", wait_s=1)
    assert said[-1] == f"end failed hung BIRD can take no configuration: {words}"
    assert not (tmp_path / "state" / "lock").exists()


def test_agent_when_a_session_ends_in_time_takes_the_lock(tmp_path: Path) -> None:
    """A session that is just going down is waited for."""
    birdc = HANGS.format(says="Daemon is up and running", sessions="m1", heals="yes")
    assert ask(tmp_path, birdc, "lock run-1")[-1] == "end ok"


FILTERED = """\
#!/bin/sh
case "$*" in
*"show status"*) printf 'BIRD 2.0.12\\nLast reconfiguration on 2026-01-02 03:04:05.000\\n'; exit ;;
esac
cat <<'END'
BIRD 2.0.12 ready.
Table master4:
198.51.100.0/28      unreachable [m1 10:00:00 from 192.0.2.2] * (100) [AS64500i]
\tBGP.large_community: (64496, 1101, 7) (64500, 1101, 3) (64496, 1101, 9)
                     unicast [m2 10:00:00] (100) [AS64501i]
\tvia 192.0.2.3 on zt0
198.51.100.16/28     unicast [m1 10:00:00] * (100) [AS64500i]
\tbgp_large_community: (64496, 1101, 9)
END
exit {code}
"""


def test_agent_counts_what_was_filtered_by_its_reason(tmp_path: Path) -> None:
    """The last of the exchange's own communities is the reason, and 0 stands where there is none."""
    said = ask(tmp_path, FILTERED.format(code=0), "filtered 64496 1101")
    assert sorted(said[1:-1]) == ["filtered m1 9 2 198.51.100.0/28", "filtered m2 0 1 198.51.100.0/28"]
    assert said[-1] == "end ok"


def test_agent_when_the_filtered_routes_are_cut_tells_none(tmp_path: Path) -> None:
    """A list that birdc did not end is not counted."""
    said = ask(tmp_path, FILTERED.format(code=1), "filtered 64496 1101")
    assert said[1:] == ["end lost BIRD did not tell all its filtered routes"]


def test_agent_tells_why_a_session_is_down(tmp_path: Path) -> None:
    """BIRD's states and its last error stand beside the session."""
    birdc = PROTOCOLS.replace("Established\\n'", "Established\\n'\n" + DOWN)
    said = ask(tmp_path, birdc.format(code=0), "health")
    assert "down m2 start Active Received: Bad peer AS" in said
    assert "down m3 flush Flush " in said


DOWN = """\
cat <<'END'
m2         BGP        ---        start  10:00:00      Active        Received: Bad peer AS
  BGP state:          Active
    Last error:       Received: Bad peer AS
m3         BGP        ---        flush  10:00:00      Flush
  BGP state:          Flush
END
"""
