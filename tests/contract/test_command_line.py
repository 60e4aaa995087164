"""The program `ztix` as a process, on a real git repository and a controller: every way in which a run ends.

The exchange has no route server, so nothing here needs root; `tests/live/test_whole.py` has them.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.contract.simulator import Simulator, running_simulator
from tests.git_repository import AWAY, GitRepository, new_repository
from tests.unit.exchange_fixture import ADMISSION, EXCHANGE, member_text
from ztix.console.drift_issue import DriftIssue, read_issue
from ztix.drivers.state_branch import REF
from ztix.errors import Exit

TOKEN = "CONTROLLER_TOKEN"
FABRICS = """\
fabrics:
  - name: lan
    network: "000001"
    url: {url}
    token: {{env: CONTROLLER_TOKEN}}
    prefixes: [192.0.2.0/24, "2001:db8:64:96::/64"]
    reserved: [192.0.2.0/29]
"""


@dataclass
class Bench:
    """An exchange of three members, its controller, and the program."""

    repo: GitRepository
    simulator: Simulator
    token: str | None

    def ztix(self, *words: str) -> subprocess.CompletedProcess[str]:
        env = {**os.environ, **AWAY}
        env.pop(TOKEN, None)
        if self.token is not None:
            env[TOKEN] = self.token
        return subprocess.run(
            [sys.executable, "-m", "ztix", *words],
            cwd=self.repo.folder,
            env=env,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def ends(self, code: Exit, *words: str) -> subprocess.CompletedProcess[str]:
        """The program, which must exit with this code and without a trace."""
        done = self.ztix(*words)
        assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
        assert "Traceback" not in done.stderr
        assert self.token is None or self.token not in done.stdout + done.stderr
        return done

    def policy(self, name: str, text: str) -> None:
        self.repo.write(f"policy/{name}.yaml", text)

    def everything(self) -> dict[str, str]:
        """Every ref of the repository and the digest of every file of the controller."""
        home = self.simulator.home
        files = {
            str(path.relative_to(home)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(home.rglob("*"))
            if path.is_file()
        }
        return {**self.repo.refs(), **files}

    def digest(self) -> str:
        return str(
            json.loads(self.ends(Exit.DONE, "plan", "--ref", "HEAD", "--format", "json").stdout)["digest"]
        )


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    """One controller for all tests; each has a network of its own number."""
    with running_simulator(tmp_path_factory.mktemp("controller")) as running:
        yield running


@pytest.fixture
def bench(simulator: Simulator, tmp_path: Path, request: pytest.FixtureRequest) -> Bench:
    """The exchange before its first run, committed."""
    repo = new_repository(tmp_path / "exchange")
    made = Bench(repo, simulator, simulator.token)
    number = int.from_bytes(hashlib.sha256(request.node.name.encode()).digest()[:3], "big")
    made.policy("exchange", EXCHANGE)
    made.policy("fabrics", FABRICS.format(url=simulator.url).replace("000001", f"{number:06x}"))
    made.policy("route-servers", "route_servers: []\n")
    made.policy("admission", ADMISSION)
    for asn in (64500, 64501, 64502):
        repo.write(f"members/AS{asn}.yaml", member_text(asn))
    repo.commit()
    return made


@pytest.fixture
def live(bench: Bench) -> Bench:
    """The same after its first run."""
    bench.ends(Exit.DONE, "reconcile")
    return bench


def test_first_run_makes_the_fabric_and_the_second_changes_no_byte(bench: Bench) -> None:
    """What git says is live after one run; the next finds nothing to do and writes nothing anywhere."""
    first = bench.ends(Exit.DONE, "reconcile")
    assert "Plan: 1 to configure, 3 to attach; 3 nodes managed." in first.stdout
    assert "Fabric: 4 applied, 0 skipped, 0 failed." in first.stdout
    before = bench.everything()
    second = bench.ends(Exit.DONE, "reconcile")
    assert "Nothing to do: 3 nodes" in second.stdout
    assert bench.everything() == before
    assert before["refs/heads/ztix-state"] != before["refs/heads/main"]


def test_reading_verbs_write_nothing(live: Bench) -> None:
    """check, plan, status, render, drift and explain leave every ref and file as it is."""
    live.repo.write("members/AS64503.yaml", member_text(64503))
    live.repo.commit()
    before = live.everything()
    for words in (("check",), ("plan",), ("plan", "--from-state"), ("status",), ("render",), ("drift",)):
        live.ends(Exit.DONE, *words)
    assert live.everything() == before
    assert live.repo.git("status", "--porcelain") == ""


def test_check_of_an_exchange_without_errors_is_done(bench: Bench) -> None:
    """A sound exchange exits with 0, in the work tree and at a revision, also from a folder inside."""
    bench.ends(Exit.DONE, "check")
    bench.ends(Exit.DONE, "check", "--ref", "HEAD")
    bench.ends(Exit.DONE, "-C", "members", "check")


def test_broken_member_is_a_finding_in_check_and_partial_in_reconcile(live: Bench) -> None:
    """One member's broken file fails the check, and the run goes on for everybody else."""
    live.repo.write("members/AS64500.yaml", "asn: 64500\nname: [\n")
    live.repo.write("members/AS64503.yaml", member_text(64503))
    live.repo.commit()
    found = live.ends(Exit.INVALID, "check")
    assert "members/AS64500.yaml" in found.stdout
    ran = live.ends(Exit.PARTIAL, "reconcile")
    assert "AS64500 quarantined" in ran.stdout
    assert "Fabric: 1 applied" in ran.stdout
    live.ends(Exit.PARTIAL, "reconcile")
    live.repo.write("members/AS64500.yaml", member_text(64500))
    live.repo.commit()
    live.ends(Exit.DONE, "reconcile")


def test_broken_policy_is_invalid_everywhere(live: Bench) -> None:
    """Without a sound policy nothing is planned."""
    live.policy("gates", "nonsense: true\n")
    live.repo.commit()
    for words in (("check",), ("plan",), ("reconcile",), ("render",), ("status",)):
        live.ends(Exit.INVALID, *words)


def test_output_is_data_and_words_go_to_stderr(live: Bench) -> None:
    """What a program asked for parses, whatever is told beside it."""
    live.repo.write("members/AS64503.yaml", member_text(64503))
    live.repo.commit()
    for words, schema in (
        (("check", "--format", "json"), None),
        (("check", "--format", "sarif"), None),
        (("plan", "--format", "json"), "ztix.plan.v1"),
        (("status", "--format", "json"), "ztix.status.v1"),
        (("drift", "--format", "json"), "ztix.plan.v1"),
        (("schema", "member"), None),
        (("reconcile", "--format", "json"), "ztix.receipt.v1"),
        (("reconcile", "--format", "json"), "ztix.nothing.v1"),
    ):
        told = json.loads(live.ends(Exit.DONE, *words).stdout)
        assert schema is None or told["schema"] == schema


def test_reconcile_writes_a_report_beside_its_text(bench: Bench, tmp_path: Path) -> None:
    """The receipt is also where it was asked for, the same that the branch holds."""
    bench.ends(Exit.DONE, "reconcile", "--report", str(tmp_path / "receipt.json"))
    report = json.loads((tmp_path / "receipt.json").read_text())
    assert report == json.loads(bench.repo.git("cat-file", "blob", "ztix-state:receipt.json"))
    assert (report["exit"], len(report["outcomes"])) == (0, 4)


def test_plan_with_detailed_exitcode_tells_changes(bench: Bench) -> None:
    """CI learns from the code whether there is something to do."""
    bench.ends(Exit.CHANGES, "plan", "--detailed-exitcode")
    bench.ends(Exit.DONE, "plan")
    bench.ends(Exit.DONE, "reconcile")
    bench.ends(Exit.DONE, "plan", "--detailed-exitcode")
    bench.ends(Exit.DONE, "drift", "--detailed-exitcode")


def test_apply_carries_out_a_saved_plan(bench: Bench, tmp_path: Path) -> None:
    """The plan that was saved is the plan that runs, at the revision that it was made from."""
    saved = str(tmp_path / "plan.json")
    bench.ends(Exit.DONE, "plan", "--ref", "HEAD", "--out", saved)
    bench.repo.write("members/AS64503.yaml", member_text(64503))
    bench.repo.commit()
    assert "3 to attach" in bench.ends(Exit.DONE, "apply", saved).stdout
    assert "1 to attach" in bench.ends(Exit.DONE, "reconcile").stdout


def test_apply_when_something_moved_is_stale(bench: Bench, tmp_path: Path) -> None:
    """A saved plan that is not the plan of now changes nothing."""
    saved = str(tmp_path / "plan.json")
    bench.ends(Exit.DONE, "plan", "--ref", "HEAD", "--out", saved)
    bench.ends(Exit.DONE, "reconcile")
    before = bench.everything()
    bench.ends(Exit.STALE, "apply", saved)
    assert bench.everything() == before
    for _ in range(2):
        bench.ends(Exit.STALE, "reconcile", "--approve", "sha256:" + "0" * 64)
    after = bench.everything()
    assert {name for name in after if after[name] != before.get(name)} == {REF}
    told = bench.repo.git("log", "-2", "--format=%s", "ztix-state").splitlines()
    assert [words.split()[0] for words in told] == ["Refuse", "End"]


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"digest": 1, "revision": 2}', "\x00"])
def test_apply_of_something_else_is_usage(bench: Bench, tmp_path: Path, text: str) -> None:
    """A file that holds no plan is told so."""
    (tmp_path / "plan.json").write_text(text)
    assert "no saved plan" in bench.ends(Exit.USAGE, "apply", str(tmp_path / "plan.json")).stderr


def test_apply_of_a_work_tree_s_plan_is_usage(bench: Bench, tmp_path: Path) -> None:
    """What nobody can review is not carried out."""
    saved = str(tmp_path / "plan.json")
    bench.ends(Exit.DONE, "plan", "--out", saved)
    assert "commit" in bench.ends(Exit.USAGE, "apply", saved).stderr


def test_gate_refuses_until_this_very_plan_is_approved(live: Bench) -> None:
    """Two of three members leave: refused with the command that approves it, then done."""
    for asn in (64501, 64502):
        (live.repo.folder / "members" / f"AS{asn}.yaml").unlink()
    live.repo.commit()
    before = live.everything()
    refused = live.ends(Exit.REFUSED, "reconcile")
    digest = live.digest()
    assert f"ztix reconcile --approve {digest}" in refused.stderr
    after = live.everything()
    assert {name for name in after if after[name] != before.get(name)} == {REF}
    live.ends(Exit.REFUSED, "reconcile")
    assert live.everything() == after
    live.ends(Exit.USAGE, "reconcile", "--approve", digest[:20])
    assert "2 applied" in live.ends(Exit.DONE, "reconcile", "--approve", digest).stdout
    live.ends(Exit.DONE, "reconcile")


def test_drift_is_shown_and_undone(live: Bench) -> None:
    """A node that somebody deauthorised on the controller is drift, and the next run puts it back."""
    for network in json.loads(live.simulator.request("GET", "/controller/network").body):
        if "1a2b364500" in json.loads(
            live.simulator.request("GET", f"/controller/network/{network}/member").body
        ):
            live.simulator.request(
                "POST", f"/controller/network/{network}/member/1a2b364500", {"authorized": False}
            )
    saved = live.repo.folder.parent / "drift.json"
    words = ("drift", "--detailed-exitcode", "--out", str(saved))
    assert "1a2b364500" in live.ends(Exit.CHANGES, *words).stdout
    told = read_issue(saved.read_bytes())
    assert told is not None
    assert "1a2b364500 attach" in told.text
    live.ends(Exit.DONE, "reconcile")
    live.ends(Exit.DONE, *words)
    assert read_issue(saved.read_bytes()) == DriftIssue(moved=False)


def test_drift_before_the_first_run_is_usage(bench: Bench) -> None:
    """There is nothing to compare with, and the way on is named."""
    assert "ztix reconcile" in bench.ends(Exit.USAGE, "drift").stderr


def test_controller_that_is_gone_is_unavailable(live: Bench) -> None:
    """An outage changes nothing and is no finding; the rest works, and a look says unknown."""
    with running_simulator() as other:
        url = other.url
    live.policy(
        "fabrics", (live.repo.folder / "policy/fabrics.yaml").read_text().replace(live.simulator.url, url)
    )
    live.repo.commit()
    before = live.everything()
    for words in (("plan",), ("reconcile",)):
        assert url.removeprefix("http://") in live.ends(Exit.UNAVAILABLE, *words).stderr
    looked = live.ends(Exit.DONE, "status")
    assert "unknown" in looked.stdout
    assert url.removeprefix("http://") in looked.stderr
    live.ends(Exit.DONE, "check")
    live.ends(Exit.DONE, "plan", "--from-state")
    assert live.everything() == before


def test_token_that_is_wrong_is_told_by_name_of_its_place(bench: Bench) -> None:
    """The sentence names the variable to look at, never what it held."""
    bench.token = "not-the-token"
    told = bench.ends(Exit.UNAVAILABLE, "reconcile").stderr
    assert TOKEN in told
    assert bench.repo.refs().keys() == {"HEAD", "refs/heads/main"}


def test_token_that_is_missing_is_usage(bench: Bench) -> None:
    """A variable that is not set is named, with the way to set it; the check needs none."""
    bench.token = None
    told = bench.ends(Exit.USAGE, "reconcile").stderr
    assert f"export {TOKEN}=" in told
    bench.ends(Exit.DONE, "check")
    bench.ends(Exit.DONE, "plan", "--from-state")


def test_exchange_outside_git_is_usage(bench: Bench) -> None:
    """Without a repository there is no revision and no state; the files can be checked all the same."""
    (bench.repo.folder / ".git").rename(bench.repo.folder / "not-git")
    for words in (("reconcile",), ("check", "--ref", "HEAD"), ("plan",)):
        assert "git init" in bench.ends(Exit.USAGE, *words).stderr
    bench.ends(Exit.DONE, "check")


def test_folder_without_an_exchange_is_usage(bench: Bench, tmp_path: Path) -> None:
    """Nothing above the folder is an exchange."""
    for words in (("check",), ("plan",), ("reconcile",), ("fmt",), ("schema", "--write")):
        assert "policy/exchange.yaml" in bench.ends(Exit.USAGE, "-C", str(tmp_path), *words).stderr


def test_revision_that_is_not_there_is_usage(bench: Bench) -> None:
    """Also where it looks like an option of git."""
    for ref in ("nowhere", "--upload-pack=x"):
        for verb in ("check", "plan", "reconcile", "render", "status"):
            assert "names no commit" in bench.ends(Exit.USAGE, verb, f"--ref={ref}").stderr


@pytest.mark.parametrize("words", [("plan", "--out"), ("reconcile", "--report")])
def test_file_that_cannot_be_written_is_usage(bench: Bench, words: tuple[str, ...]) -> None:
    """A path in no folder is told, and not as a bug."""
    assert "cannot be written" in bench.ends(Exit.USAGE, *words, "no/such/folder/file").stderr


def test_second_run_at_once_is_locked(bench: Bench) -> None:
    """While one run holds the exchange another is told who; reading goes on."""
    code = (
        "import sys; from pathlib import Path; from ztix.drivers.lock import run_lock\n"
        "with run_lock(Path('.'), 'run-a'): print('held', flush=True); sys.stdin.read()"
    )
    words = [sys.executable, "-c", code]
    with subprocess.Popen(
        words, cwd=bench.repo.folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        assert "run-a" in bench.ends(Exit.LOCKED, "reconcile").stderr
        bench.ends(Exit.DONE, "plan")
        holder.communicate()
    bench.ends(Exit.DONE, "reconcile")


def test_unknown_names_are_usage(bench: Bench) -> None:
    """A route server, a rule or a schema that there is not."""
    bench.ends(Exit.USAGE, "render", "--only", "rs9")
    bench.ends(Exit.USAGE, "deploy", "--only", "rs9")
    bench.ends(Exit.USAGE, "explain", "ZT999")
    bench.ends(Exit.USAGE, "schema", "nosuch")
    bench.ends(Exit.USAGE, "schema")
