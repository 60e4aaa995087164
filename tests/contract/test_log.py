"""The log of a real run: every line an object, every call with the ids that find it elsewhere, no secret."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
import respx

from tests.contract.simulator import Simulator, running_simulator
from tests.contract.test_command_line import FABRICS, TOKEN
from tests.git_repository import AWAY, GitRepository, new_repository
from tests.token_guard import made, tells
from tests.unit.exchange_fixture import ADMISSION, EXCHANGE, member_text
from ztix.cli.outside import _step
from ztix.cli.progress import Reporter
from ztix.console.log import log_line
from ztix.deploy import Progress
from ztix.drivers.event_stream import listening
from ztix.drivers.http import RetryBudget, client, request
from ztix.drivers.ssh import SshLink, SshTarget
from ztix.errors import Exit, Unavailable
from ztix.events import Called, Event, Stepped, Upstream
from ztix.rollout import State, Step
from ztix.terms import Label

WRONG = made("a-wrong-token-that-no-log-may-have")
URL = "https://api.example.net"


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    with running_simulator(tmp_path_factory.mktemp("controller")) as running:
        yield running


@pytest.fixture
def exchange(simulator: Simulator, tmp_path: Path) -> GitRepository:
    """Two members, and no route server."""
    repo = new_repository(tmp_path / "exchange")
    repo.write("policy/exchange.yaml", EXCHANGE)
    repo.write("policy/fabrics.yaml", FABRICS.format(url=simulator.url))
    repo.write("policy/route-servers.yaml", "route_servers: []\n")
    repo.write("policy/admission.yaml", ADMISSION)
    for asn in (64500, 64501):
        repo.write(f"members/AS{asn}.yaml", member_text(asn))
    repo.commit()
    return repo


def ztix(repo: GitRepository, token: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ztix", *words],
        cwd=repo.folder,
        env={**os.environ, **AWAY, TOKEN: token},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_log_of_a_run_tells_each_change_and_call_under_one_id(
    exchange: GitRepository, simulator: Simulator, tmp_path: Path
) -> None:
    """The numbers are counted from the same events; what a member's file tried is in it, made harmless."""
    exchange.write("members/AS64502.yaml", member_text(64502).replace("fra1", "\x1b[2J::error::##[x]"))
    exchange.commit()
    numbers = tmp_path / "ztix.prom"
    words = ("--log-format", "json", "reconcile", "--metrics", str(numbers))
    done = ztix(exchange, simulator.token, *words)
    rows = [json.loads(line) for line in done.stderr.splitlines()]
    assert done.returncode in (Exit.DONE, Exit.PARTIAL), done.stderr
    assert {row["verb"] for row in rows} == {"reconcile"}
    (run,) = {row["run"] for row in rows}
    assert re.fullmatch(r"ztix-[\w.-]+-\d+-[0-9a-f]{6}", run)
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", row["time"]) for row in rows)
    assert (rows[0]["event"], rows[-1]["event"]) == ("run-began", "run-ended")
    assert rows[-1]["exit"] == done.returncode
    members = {row.get("member") for row in rows if row["event"] == "change" and row["outcome"] == "done"}
    assert members >= {"AS64500", "AS64501"}
    assert [row["member"] for row in rows if row["event"] == "quarantine"] == ["AS64502"]
    calls = [row for row in rows if row["event"] == "call"]
    assert {(row["upstream"], row["fabric"]) for row in calls} == {("fabric", "lan")}
    assert all(row["request"].split()[0] in ("GET", "POST") and row["duration_s"] >= 0 for row in calls)
    assert f'ztix_api_calls{{upstream="fabric",verb="reconcile"}} {len(calls)}.0' in numbers.read_text()
    stages = {row["stage"] for row in rows if row["event"] == "stage-ended"}
    assert stages >= {"gather", "render", "observe", "plan", "apply", "record"}
    assert "\x1b" not in done.stderr
    assert "##[" not in done.stderr


def test_log_of_a_run_that_is_let_in_nowhere_tells_no_token(exchange: GitRepository) -> None:
    """What people read is in it too, so that nothing on stderr is no object."""
    done = ztix(exchange, WRONG, "--log-format", "json", "plan")
    rows = [json.loads(line) for line in done.stderr.splitlines()]
    assert done.returncode != 0
    assert any(row["event"] == "call" and row["status"] == 401 for row in rows)
    assert any(row["event"] == "words" and row["text"].startswith("error: ") for row in rows)
    assert not tells(done.stdout + done.stderr)


def test_log_in_words_stands_beside_what_people_read(exchange: GitRepository) -> None:
    """Each event is a line that begins with its time; stdout is the same as without."""
    plain, logged = (ztix(exchange, WRONG, *words, "check") for words in ((), ("--log-format", "text")))
    assert plain.stdout == logged.stdout
    assert plain.stderr == ""
    form = re.compile(r"\d{4}-\d\d-\d\dT\S+Z ztix-\S+ \[check\] [a-z-]+ ?")
    assert all(form.match(line) for line in logged.stderr.splitlines())


def test_log_format_that_is_none_is_usage(exchange: GitRepository) -> None:
    """And a verb that is none ends in a log, as any run."""
    assert ztix(exchange, WRONG, "--log-format", "xml", "check").returncode == Exit.USAGE
    done = ztix(exchange, WRONG, "--log-format", "json", "chekc")
    (ended,) = [row for row in map(json.loads, done.stderr.splitlines()) if row["event"] == "run-ended"]
    assert ended["exit"] == done.returncode == Exit.USAGE


def answered(headers: dict[str, str], status: int = 200) -> list[Called]:
    """The calls of one request whose answer has these headers."""
    heard: list[Event] = []
    budget = RetryBudget(1, 60.0, lambda _: None, lambda low, _: low)
    with respx.mock, listening(heard.append), client(URL, headers={"X-Key": WRONG}) as http:
        respx.get(f"{URL}/a").respond(status, headers=headers)
        try:
            request(
                http, "GET", "/a", service="S", budget=budget, upstream=Upstream.GITHUB, params={"q": WRONG}
            )
        except Unavailable:
            assert status == 503
    return [one for one in heard if isinstance(one, Called)]


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ({"x-github-request-id": "C0DE:1F2E:1234:5678:65A1B2C3"}, "C0DE:1F2E:1234:5678:65A1B2C3"),
        ({"cf-ray": "8f00ba11c0ffee00-FRA"}, "8f00ba11c0ffee00-FRA"),
        ({"x-request-id": "a1"}, "a1"),
        ({"x-github-request-id": "a b"}, ""),
        ({"x-github-request-id": "x" * 81}, ""),
        ({"x-request-id": WRONG}, ""),
        ({"x-request-id": f"id-{WRONG}"}, ""),
        ({"x-request-id": WRONG[2:12]}, ""),
        ({}, ""),
    ],
)
def test_call_has_the_id_of_its_answer_and_no_other_header(headers: dict[str, str], found: str) -> None:
    """By which the service finds it; one that is odd, or that has what was sent in it, is none."""
    (call,) = answered(headers)
    assert (call.upstream_id, call.status, call.request) == (found, 200, f"GET {URL}/a")


def test_call_that_is_repeated_is_told_each_time() -> None:
    """With why it was, and which attempt it is."""
    calls = answered({"x-github-request-id": "A1"}, 503)
    assert [(call.attempt, call.status, call.failure) for call in calls] == [
        (1, 503, "it answered 503"),
        (2, 503, "it answered 503"),
    ]
    assert not tells("".join(log_line(call, datetime.now(UTC), "r", "plan", "json") for call in calls))


def test_call_that_a_library_refuses_tells_its_kind_alone() -> None:
    """Its text may quote what was sent."""
    heard: list[Event] = []
    with respx.mock, listening(heard.append), client(URL, headers={"X-Key": WRONG}) as http:
        respx.get(f"{URL}/a").mock(side_effect=httpx.ReadError(WRONG))
        with pytest.raises(Unavailable):
            request(http, "GET", "/a", service="S", budget=RetryBudget(0, 0.0))
    (call,) = (one for one in heard if isinstance(one, Called))
    assert call.failure == "the connection broke (ReadError)"


def test_call_of_a_route_server_names_it_and_the_agent_s_verb(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not what the verb is about: the exit code of `ssh`, and in our words why there was no answer."""
    program = tmp_path / "ssh"
    program.write_text("#!/bin/sh\necho 'Permission denied (publickey).' >&2\nexit 255\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    heard: list[Event] = []
    target = SshTarget(Label("rs1"), "192.0.2.1", 22, "ztix", ("ssh-ed25519 AAAA",))
    with listening(heard.append), SshLink(target) as link, pytest.raises(Unavailable):
        link.lock("ztix-run-1")
    (call,) = (one for one in heard if isinstance(one, Called))
    assert (call.upstream, call.route_server, call.request) == (Upstream.ROUTE_SERVER, "rs1", "lock")
    assert (call.status, call.failure) == (255, "192.0.2.1 port 22 does not let `ztix` in with this key")


def test_step_of_a_rollout_is_told_where_the_program_runs(capsys: pytest.CaptureFixture[str]) -> None:
    """To people as before, and as an event."""
    heard: list[Event] = []
    with listening(heard.append):
        _step(Progress(Label("rs1"), State.LOCKED, Step.UPLOAD, "x"), Reporter())
    assert heard == [Stepped("rs1", "upload", "locked", "x")]
    assert capsys.readouterr().err == "rs1: upload\n"
