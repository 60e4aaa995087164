"""The GitHub workflows keep the rules that let strangers open pull requests.

Law: reads `.github/`, and tries a script of it in repositories of a test's own. Each workflow is parsed as
YAML and judged by what it does (its events, its permissions, its secrets), so that a new one is judged too,
without being named here.
"""

import os
import re
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.git_repository import AWAY, new_repository

GITHUB = Path(__file__).resolve().parents[2] / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
PINNED = re.compile(r"^[\w.-]+/[\w./-]+@[0-9a-f]{40}$")
PINNED_LINE = re.compile(r"uses: \S+@[0-9a-f]{40} # v\d+(\.\d+)+$")
PULL_REQUEST_TREE = re.compile(r"head\.(sha|ref)|head_ref|refs/pull|refs/ztix|merge_commit_sha|FETCH_HEAD")
# The only lines in which a job that may write names what a pull request offers.
OBJECTS_ONLY = re.compile(
    r"git fetch --no-tags --no-recurse-submodules origin "
    r"|\"\+refs/pull/\$\{number\}/head:refs/ztix/head\" \|\| \{ failed=1; continue; \}$"
    r"|(timeout 180 )?\.venv/bin/ztix (review --base \S+ --head refs/ztix/head|plan --ref refs/ztix/pr) "
    r"|tree=\$\(git merge-tree --write-tree |commit=\$\(git commit-tree |git update-ref refs/ztix/pr "
    r'|test "\$\(git rev-parse refs/ztix/head\)" = "\$\{HEAD_SHA\}"$'
)
WORK_TREE_COMMANDS = re.compile(
    r"\bgit( -\S+)* (checkout|switch|restore|reset|worktree|pull|merge|rebase|apply|am|read-tree)\b(?!-)"
)

Job = dict[str, Any]  # a YAML mapping as GitHub defines it


def read(path: Path) -> dict[str, Any]:
    # BaseLoader: `on` stays a word, where YAML 1.1 would make it True.
    return yaml.load(path.read_text("utf-8"), Loader=yaml.BaseLoader)  # noqa: S506 - the safest of loaders: texts only


def triggers(workflow: dict[str, Any]) -> set[str]:
    on = workflow["on"]
    return {on} if isinstance(on, str) else set(on)


def jobs() -> Iterator[tuple[str, dict[str, Any], Job]]:
    for path in WORKFLOWS:
        workflow = read(path)
        for name, job in workflow["jobs"].items():
            yield f"{path.name}:{name}", workflow, job


def steps(job: Job, action: str = "") -> list[Job]:
    return [step for step in job["steps"] if step.get("uses", "").startswith(action)]


def scripts(job: Job) -> str:
    return "\n".join(step.get("run", "") for step in job["steps"])


def holds_secret(job: Job) -> bool:
    return "secrets." in str(job) or ("environment" in job and not is_pages(job))


def is_pages(job: Job) -> bool:
    """Whether its environment is the one that GitHub keeps for Pages, which has no secret."""
    place = job.get("environment")
    return isinstance(place, dict) and place.get("name") == "github-pages"


def may_write(job: Job) -> bool:
    return "write" in job.get("permissions", {}).values()


ALL_JOBS = list(jobs())
EACH_JOB = pytest.mark.parametrize(
    ("workflow", "job"), [j[1:] for j in ALL_JOBS], ids=[j[0] for j in ALL_JOBS]
)
EACH_WORKFLOW = pytest.mark.parametrize("path", WORKFLOWS, ids=[p.name for p in WORKFLOWS])


def test_workflows_when_listed_are_the_three_lanes_and_the_tools_own() -> None:
    """The folder holds the three lanes, the trusted one by event, clock and queue, and the tool's tests."""
    lanes = ["check", "ci", "drift", "pages", "prove", "queue", "recheck", "reconcile", "verdict"]
    assert [path.stem for path in WORKFLOWS] == lanes


@EACH_WORKFLOW
def test_workflow_at_top_grants_nothing(path: Path) -> None:
    """A workflow grants no permission; each job asks for its own."""
    assert read(path)["permissions"] == {}


@EACH_WORKFLOW
def test_workflow_actions_are_pinned_with_their_version_beside(path: Path) -> None:
    """An action is named by its commit, and a comment says which version that is."""
    for line in path.read_text("utf-8").splitlines():
        if re.search(r"\buses:", line):
            assert PINNED_LINE.search(line), line


@EACH_WORKFLOW
def test_workflow_has_a_concurrency_group(path: Path) -> None:
    """Two runs for the same thing do not pass each other."""
    assert read(path)["concurrency"]["group"]


@EACH_JOB
def test_job_asks_for_its_permissions_and_a_time_limit(workflow: dict[str, Any], job: Job) -> None:
    """A job names what it may do and how long."""
    assert job["permissions"]
    assert int(job["timeout-minutes"]) <= 45
    assert workflow["name"]


@EACH_JOB
def test_job_shell_gets_values_through_its_environment(workflow: dict[str, Any], job: Job) -> None:
    """No expression stands inside a script, where a branch's name would become a command."""
    assert "${{" not in scripts(job)
    assert not re.search(r"GITHUB_(ENV|PATH|OUTPUT)", scripts(job))


@EACH_JOB
def test_job_checkout_leaves_no_token_behind(workflow: dict[str, Any], job: Job) -> None:
    """A checkout keeps no credentials in the clone, and fetches nobody else's repository."""
    for step in steps(job, "actions/checkout@"):
        assert step["with"]["persist-credentials"] == "false"
        assert not step["with"].keys() & {
            "repository",
            "token",
            "ssh-key",
            "submodules",
            "allow-unsafe-pr-checkout",
        }


@EACH_JOB
def test_job_actions_are_named_by_commit(workflow: dict[str, Any], job: Job) -> None:
    """Each action of a job, however it is quoted, is named by its commit; a container by its digest."""
    for step in job["steps"]:
        assert "uses" not in step or PINNED.match(step["uses"])
    if "container" in job:
        assert re.search(r"@sha256:[0-9a-f]{64}$", job["container"]["image"])


@EACH_JOB
def test_job_with_a_secret_or_a_token_that_writes_code_never_meets_a_pull_request(
    workflow: dict[str, Any], job: Job
) -> None:
    """What could do harm is started by no pull request, and by none that waits in the queue."""
    harmless = {"contents": "read", "pull-requests": "write", "statuses": "write"}
    if holds_secret(job) or not job["permissions"].items() <= harmless.items():
        assert triggers(workflow) <= {"push", "schedule", "workflow_dispatch"}
    if may_write(job):
        assert not triggers(workflow) & {
            "pull_request",
            "pull_request_review",
            "issue_comment",
            "workflow_run",
        }


@EACH_JOB
def test_job_with_a_secret_or_a_write_token_runs_the_code_of_main_only(
    workflow: dict[str, Any], job: Job
) -> None:
    """Where anything may be written, main is checked out by name, and a pull request is objects for ztix."""
    if not (holds_secret(job) or may_write(job)):
        return
    assert all(step["with"]["ref"] == "main" for step in steps(job, "actions/checkout@"))
    met = [line.strip() for line in scripts(job).splitlines() if PULL_REQUEST_TREE.search(line)]
    assert all(OBJECTS_ONLY.match(line) for line in met), met
    if met:
        assert not WORK_TREE_COMMANDS.search(scripts(job))
    assert not re.search(r"\b(eval|source|xargs|make|npm|python (?!-m pip install))\b", scripts(job))


@EACH_JOB
def test_job_gives_its_token_to_a_step_that_needs_it_alone(workflow: dict[str, Any], job: Job) -> None:
    """No token stands in the environment of a job or a workflow, nor in a step that installs anything."""
    assert "env" not in workflow
    assert "env" not in job
    for step in job["steps"]:
        if "token" in str(step.get("env", "")).lower():
            assert not re.search(r"\b(pip|uv|apt-get)\b", step["run"])


@EACH_JOB
def test_job_with_a_secret_runs_on_main_in_production(workflow: dict[str, Any], job: Job) -> None:
    """A secret is given to main only, through the environment that is limited to main."""
    if holds_secret(job):
        assert job["environment"] == "production"
        assert "github.ref == 'refs/heads/main'" in job["if"]
        assert not may_write(job)
        assert all(step["with"]["ref"] == "main" for step in steps(job, "actions/checkout@"))


@EACH_JOB
def test_job_for_untrusted_code_may_only_read(workflow: dict[str, Any], job: Job) -> None:
    """A job that runs a pull request's code can read the repository, and nothing more."""
    if "pull_request" in triggers(workflow):
        assert job["permissions"] == {"contents": "read"}
        assert not holds_secret(job)


@EACH_JOB
def test_job_of_the_trusted_lane_takes_the_pull_request_as_objects_only(
    workflow: dict[str, Any], job: Job
) -> None:
    """Under `pull_request_target` only main is checked out, and nothing writes another work tree."""
    if "pull_request_target" not in triggers(workflow):
        return
    assert job["permissions"] == {"contents": "read", "pull-requests": "write", "statuses": "write"}
    assert not holds_secret(job)
    assert [step["with"]["ref"] for step in steps(job, "actions/checkout@")] == ["main"]
    assert not any(PULL_REQUEST_TREE.search(str(step.get("with", ""))) for step in steps(job))
    assert not WORK_TREE_COMMANDS.search(scripts(job))
    assert "cache" not in str(job)
    assert 'test "$(git rev-parse refs/ztix/head)" = "${HEAD_SHA}"' in scripts(job)


@EACH_JOB
def test_job_scripts_are_of_a_form_that_bash_reads(workflow: dict[str, Any], job: Job) -> None:
    """A script that a missing quote ends early would be seen on the day it is needed."""
    for step in job["steps"]:
        done = subprocess.run(["bash", "-n", "-c", step.get("run", "")], capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, b""), step


@EACH_JOB
def test_job_installs_from_the_lock_and_by_hash(workflow: dict[str, Any], job: Job) -> None:
    """Python comes from uv.lock, and uv itself by the hash in scripts/uv.txt."""
    for line in scripts(job).splitlines():
        if "pip install" in line:
            assert "--require-hashes --only-binary=:all: -r scripts/uv.txt" in line
        if "uv sync" in line:
            assert "--frozen --no-dev" in line
        assert "curl" not in line


def test_workflows_other_than_verdict_use_no_privileged_pull_request_event() -> None:
    """One workflow meets pull requests with the base repository's token; no event hands its result on."""
    used = {path.stem: triggers(read(path)) for path in WORKFLOWS}
    assert {name for name, on in used.items() if "pull_request_target" in on} == {"verdict"}
    assert not any("workflow_run" in on or "issue_comment" in on for on in used.values())


def test_recheck_merges_only_where_the_owners_switched_it_on() -> None:
    """The token that may merge exists in one job, off unless a variable of the repository says `on`."""
    found = read(GITHUB / "workflows" / "recheck.yml")["jobs"]
    writers = [name for name, job in found.items() if job["permissions"]["contents"] == "write"]
    assert writers == ["merge"]
    assert "vars.ZTIX_AUTO_MERGE == 'on'" in found["merge"]["if"]
    assert "vars.ZTIX_AUTO_MERGE != 'on'" in found["recheck"]["if"]
    assert " --merge " in scripts(found["merge"])
    assert not [name for name, _, job in ALL_JOBS if " --merge " in scripts(job) and ":merge" not in name]


@pytest.mark.parametrize("name", ["recheck", "merge"])
def test_recheck_gives_each_pull_request_its_own_time(name: str) -> None:
    """A stranger's, made to take long, is left for the next run; the others are judged in this one."""
    script = scripts(read(GITHUB / "workflows" / "recheck.yml")["jobs"][name])
    assert "timeout 180 .venv/bin/ztix review " in script


def test_queue_sets_the_status_that_the_branch_asks_for() -> None:
    """A required status that nobody sets on the queue's commit would hold the queue for ever."""
    from ztix.forge import STATUS

    assert f"context={STATUS} " in scripts(read(GITHUB / "workflows" / "queue.yml")["jobs"]["queue"])
    assert "merge_group" in triggers(read(GITHUB / "workflows" / "check.yml"))


@pytest.mark.parametrize(
    ("code", "state"), [(0, "success"), (3, "failure"), (7, "error"), (64, "error"), (1, "error")]
)
def test_queue_tells_what_the_check_of_all_together_found(code: int, state: str, tmp_path: Path) -> None:
    """Findings put a pull request out of the queue; what could not be checked is told as that."""
    origin, clone = new_repository(tmp_path / "origin"), new_repository(tmp_path / "clone")
    commit = origin.commit()
    clone.git("remote", "add", "origin", str(origin.folder))
    asked = tmp_path / "asked"
    programs = {".venv/bin/ztix": f"exit {code}", "bin/gh": f'printf "%s\\n" "$@" >{asked}'}
    for path, text in programs.items():
        clone.write(path, f"#!/bin/sh\n{text}\n").chmod(0o755)
    script = read(GITHUB / "workflows" / "queue.yml")["jobs"]["queue"]["steps"][-1]["run"]
    env = {
        "GITHUB_SHA": commit,
        "GITHUB_REPOSITORY": "a/b",
        "PATH": f"{clone.folder}/bin:{os.environ['PATH']}",
    }
    subprocess.run(
        ["bash", "-e", "-c", script], cwd=clone.folder, env={**os.environ, **AWAY, **env}, check=True
    )
    said = asked.read_text().splitlines()
    assert f"repos/a/b/statuses/{commit}" in said
    assert {
        f"state={state}",
        "context=ztix/verdict",
        f"description=All of the queue together: {state}",
    } < set(said)


@pytest.mark.parametrize(
    ("path", "planned"),
    [
        ("members/AS64500.yaml", True),
        ("templates/bird/bird.conf.j2", False),
        ("templates", False),
    ],
)
def test_verdict_plans_nothing_by_templates_that_a_pull_request_brings(
    path: str, planned: bool, tmp_path: Path
) -> None:
    """A template is a program: it could count for hours, or try the walls that it runs within."""
    clone, asked = new_repository(tmp_path / "clone"), tmp_path / "asked"
    clone.write("README.md", "an exchange\n")
    base = clone.commit()
    clone.write(path, "{% set x = 10 ** 10 ** 8 %}\n")
    clone.git("update-ref", "refs/ztix/head", clone.commit())
    clone.git("reset", "--quiet", "--hard", base)
    clone.write(".venv/bin/ztix", f'#!/bin/sh\necho "$1" >{asked}\n').chmod(0o755)
    script = read(GITHUB / "workflows" / "verdict.yml")["jobs"]["verdict"]["steps"][-1]
    env = {"GITHUB_STEP_SUMMARY": str(tmp_path / "summary"), **script["env"]}
    subprocess.run(
        ["bash", "-e", "-c", script["run"]], cwd=clone.folder, env={**os.environ, **AWAY, **env}, check=True
    )
    assert asked.exists() == planned


def test_tell_runs_after_every_run_that_left_a_record() -> None:
    """Also what a run could not do is told, by a job that has no secret of a fabric."""
    job = read(GITHUB / "workflows" / "reconcile.yml")["jobs"]["tell"]
    assert (job["needs"], "always()" in job["if"]) == ("record", True)
    assert not holds_secret(job)
    assert job["permissions"] == {"contents": "read", "pull-requests": "write"}


def test_pages_are_made_and_deployed_by_two_jobs() -> None:
    """What makes the site may write nothing; what deploys it runs one action and no code of ours."""
    found = read(GITHUB / "workflows" / "pages.yml")["jobs"]
    assert found["build"]["permissions"] == {"contents": "read"}
    assert found["deploy"]["permissions"] == {"pages": "write", "id-token": "write"}
    assert (scripts(found["deploy"]), len(found["deploy"]["steps"])) == ("", 1)
    assert "vars.ZTIX_PAGES == 'on'" in found["build"]["if"]
    assert [name for name, _, job in ALL_JOBS if is_pages(job)] == ["pages.yml:deploy"]
    writers = [name for name, _, job in ALL_JOBS if "id-token" in job["permissions"]]
    assert writers == ["pages.yml:deploy"]


@pytest.mark.parametrize(("code", "ends"), [(0, 0), (6, 0), (3, 3), (1, 1)])
def test_pages_take_a_site_that_leaves_out_who_is_quarantined(code: int, ends: int, tmp_path: Path) -> None:
    """The site of an exchange with one broken file is published; where nothing was written, nothing is."""
    program = tmp_path / ".venv" / "bin" / "ztix"
    program.parent.mkdir(parents=True)
    text = f"#!/bin/sh\nmkdir -p $4\necho x >$4/index.html\necho x >$4/.ztix-made\nexit {code}\n"
    program.write_text(text)
    program.chmod(0o755)
    job = read(GITHUB / "workflows" / "pages.yml")["jobs"]["build"]
    script = next(step["run"] for step in job["steps"] if step.get("name") == "Make the website")
    env = {**os.environ, "RUNNER_TEMP": str(tmp_path)}
    done = subprocess.run(["bash", "-e", "-c", script], cwd=tmp_path, env=env, check=False)
    assert done.returncode == ends
    if not ends:
        with tarfile.open(tmp_path / "artifact.tar") as made:
            assert made.getnames() == [".", "./index.html"]


def test_drift_is_told_by_a_job_that_holds_no_secret() -> None:
    """One job looks and may write nothing; the other writes issues, and nothing else, from what was saved."""
    found = read(GITHUB / "workflows" / "drift.yml")["jobs"]
    assert found["drift"]["permissions"] == {"contents": "read"}
    assert found["tell"]["permissions"] == {"contents": "read", "issues": "write"}
    assert (found["tell"]["needs"], "if" in found["tell"]) == ("drift", False)  # an outage starts no telling
    assert not holds_secret(found["tell"])
    assert "--publish github --told" in scripts(found["tell"])
    assert "--publish" not in scripts(found["drift"])
    writers = [name for name, _, job in ALL_JOBS if job["permissions"].get("issues") == "write"]
    assert writers == ["drift.yml:tell"]


def test_drift_writes_no_line_of_a_hand_edit_into_the_log() -> None:
    """Logs are public, and a file that was edited by hand may hold a secret; the annotation has a summary."""
    script = scripts(read(GITHUB / "workflows" / "drift.yml")["jobs"]["drift"])
    assert "ztix drift --format github " in script


@pytest.mark.parametrize(("name", "job"), [("reconcile", "reconcile"), ("drift", "drift")])
def test_numbers_of_a_run_are_kept_however_it_ended(name: str, job: str) -> None:
    """A run that found nothing to do, or failed, is seen by its numbers."""
    found = read(GITHUB / "workflows" / f"{name}.yml")["jobs"][job]
    assert f"--metrics {name}.prom" in scripts(found)
    (kept,) = (step for step in steps(found, "actions/upload-artifact@") if step["with"]["name"] == "metrics")
    assert kept["with"]["path"] == f"{name}.prom"
    assert "always()" in kept["if"]


def test_reconcile_is_one_at_a_time_and_never_cut_short() -> None:
    """Two reconciles never overlap, a running one is finished, and both are for main."""
    workflow = read(GITHUB / "workflows" / "reconcile.yml")
    assert workflow["concurrency"] == {"group": "reconcile", "cancel-in-progress": "false"}
    assert workflow["on"]["push"]["branches"] == ["main"]
    assert set(workflow["on"]) == {"push", "schedule", "workflow_dispatch"}
    assert set(workflow["on"]["workflow_dispatch"]["inputs"]) == {"approve"}


def test_zizmor_is_told_to_ignore_one_thing_with_its_reason() -> None:
    """One finding is waived, where the trusted lane's event stands, and the line says why."""
    waived = [
        line for path in WORKFLOWS for line in path.read_text("utf-8").splitlines() if "zizmor:" in line
    ]
    assert len(waived) == 1
    assert re.search(r"# zizmor: ignore\[dangerous-triggers\] \w.{20,}", waived[0])


def test_dependabot_waits_before_it_takes_a_release() -> None:
    """An update is a week old before it is proposed, for every kind of dependency."""
    updates = read(GITHUB / "dependabot.yml")["updates"]
    assert {update["package-ecosystem"] for update in updates} == {"uv", "pip", "github-actions"}
    assert all(int(update["cooldown"]["default-days"]) >= 7 for update in updates)


def test_codeowners_leaves_member_files_to_any_maintainer() -> None:
    """Everything has an owner but a member's file, which any maintainer may approve."""
    lines = [line.split() for line in (GITHUB / "CODEOWNERS").read_text("utf-8").splitlines() if line.strip()]
    rules = [line for line in lines if not line[0].startswith("#")]
    assert rules[0][0] == "*"
    assert rules[0][1:]
    assert ["/members/"] in rules
    after = rules[rules.index(["/members/"]) + 1 :]
    assert not any(rule[0].startswith(("*", "/members")) for rule in after)


FETCHES_RECORD = [(name, job) for name, _, job in ALL_JOBS if "refs/heads/ztix-state:" in scripts(job)]


@pytest.mark.parametrize(
    ("remote", "passes"), [("whole", True), ("without a record", True), ("once away", False), ("away", False)]
)
@pytest.mark.parametrize(
    "job", [job for name, job in FETCHES_RECORD if not name.endswith((":record", ":tell"))]
)
def test_job_takes_no_outage_for_a_first_run(job: Job, remote: str, passes: bool, tmp_path: Path) -> None:
    """Where the record is fetched, only the remote's own word says that there is none."""
    origin, clone = new_repository(tmp_path / "origin"), new_repository(tmp_path / "clone")
    origin.commit()
    if remote != "without a record":
        origin.git("branch", "ztix-state")
    clone.git("remote", "add", "origin", str(origin.folder))
    if remote == "away":
        clone.git("remote", "set-url", "origin", str(tmp_path / "nowhere"))
    elif remote == "once away":
        once, pack = tmp_path / "once", tmp_path / "upload-pack"
        pack.write_text(f'#!/bin/sh\n[ -e {once} ] || {{ : >{once}; exit 1; }}\nexec git-upload-pack "$@"\n')
        pack.chmod(0o755)
        clone.git("config", "remote.origin.uploadpack", str(pack))
    fetch = re.search(r"^if git ls-remote.*?^fi$", scripts(job), re.MULTILINE | re.DOTALL)
    assert fetch
    done = subprocess.run(
        ["bash", "-e", "-c", fetch[0]], cwd=clone.folder, env={**os.environ, **AWAY}, check=False
    )
    assert (done.returncode == 0) is passes
    assert ("refs/heads/ztix-state" in clone.refs()) is (remote == "whole")


def told_by(job: Job, name: str, tmp_path: Path, codes: dict[int, int]) -> tuple[int, list[str]]:
    """How a step ends where ztix ends with these codes for these pull requests, and what it asked."""
    origin, clone = new_repository(tmp_path / "origin"), new_repository(tmp_path / "clone")
    commit = origin.commit()
    origin.git("branch", "--force", "--move", "main")
    for number in codes:
        if number != GONE:
            origin.git("update-ref", f"refs/pull/{number}/head", commit)
    clone.git("remote", "add", "origin", str(origin.folder))
    asked = tmp_path / "asked"
    cases = "".join(f"*'--number {number}'*) exit {code} ;;\n" for number, code in codes.items())
    numbers = "".join(f"{number}\\n" for number in codes)
    program = clone.write(
        ".venv/bin/ztix",
        f"#!/bin/sh\n[ \"$1\" = submissions ] && {{ printf '{numbers}'; exit 0; }}\n"
        f'echo "$*" >>{asked}\ncase "$*" in\n{cases}esac\n',
    )
    program.chmod(0o755)
    script = next(step["run"] for step in job["steps"] if step.get("name", "").startswith(name))
    env = {"RUNNER_TEMP": str(tmp_path), "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"), "NUMBER": "7"}
    done = subprocess.run(
        ["bash", "-e", "-c", script], cwd=clone.folder, env={**os.environ, **AWAY, **env}, check=False
    )
    return done.returncode, asked.read_text().splitlines() if asked.exists() else []


GONE = 9
RECHECKS = [job for name, _, job in ALL_JOBS if name.startswith("recheck.yml:")]


@pytest.mark.parametrize(("code", "ends"), [(0, 0), (3, 0), (4, 0), (5, 5), (7, 7), (1, 1)])
def test_verdict_is_red_only_where_it_could_not_be_told(code: int, ends: int, tmp_path: Path) -> None:
    """A refusal is the status's matter; an outage and a head that moved are the run's."""
    job = read(GITHUB / "workflows" / "verdict.yml")["jobs"]["verdict"]
    assert told_by(job, "Judge", tmp_path, {7: code})[0] == ends


@pytest.mark.parametrize(
    ("codes", "ends"),
    [({}, 0), ({7: 0, 8: 4}, 0), ({7: 5, 8: 3}, 0), ({7: 7, 8: 0}, 7), ({GONE: 0, 8: 0}, 1)],
)
@pytest.mark.parametrize("job", RECHECKS)
def test_recheck_judges_each_whatever_became_of_the_others(
    job: Job, codes: dict[int, int], ends: int, tmp_path: Path
) -> None:
    """One that cannot be judged, or is gone, makes the run red and keeps no other from its verdict."""
    code, asked = told_by(job, "Judge", tmp_path, codes)
    assert code == ends
    assert [int(re.findall(r"--number (\d+)", line)[0]) for line in asked] == [n for n in codes if n != GONE]
    assert all("--base refs/ztix/main --head refs/ztix/head --publish github" in line for line in asked)
