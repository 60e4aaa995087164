"""The branch `ztix-state` with real git: chained, moved by compare-and-set, shared with a remote."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.git_repository import AWAY, GitRepository, new_repository
from ztix.applied import Applied
from ztix.drivers.state_branch import REF, StateBranch
from ztix.errors import Invalid, Locked, Stale, Unavailable, Usage
from ztix.receipt import Receipt, RefusedRun
from ztix.terms import Digest

ONE, TWO, THREE = (Applied(revision=str(number) * 40) for number in (1, 2, 3))
RECEIPT = Receipt(Digest("sha256:" + "a" * 64), "1" * 40, "2026-01-02T03:04:05+00:00", "", False, (), ())


@pytest.fixture(autouse=True)
def _away(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in AWAY.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def repo(tmp_path: Path) -> GitRepository:
    """A repository with a commit, a change in the index, one in the work tree, and no remote."""
    repository = new_repository(tmp_path / "exchange")
    for name in ("kept", "staged", "edited"):
        repository.write(name, "1\n")
    repository.commit()
    repository.git("branch", "other")
    repository.write("staged", "2\n")
    repository.git("add", "staged")
    repository.write("edited", "2\n")
    return repository


@pytest.fixture
def remote(repo: GitRepository, tmp_path: Path) -> GitRepository:
    """A bare repository that `repo` has as `origin`."""
    bare = new_repository(tmp_path / "origin.git", bare=True)
    repo.git("remote", "add", "origin", str(bare.folder))
    repo.git("push", "--quiet", "origin", "main")
    return bare


def clone(remote: GitRepository, folder: Path) -> GitRepository:
    remote.git("clone", "--quiet", "--branch=main", str(remote.folder), str(folder))
    return GitRepository(folder)


def tip(repository: GitRepository) -> str | None:
    return repository.refs().get(REF)


def messages(repository: GitRepository) -> list[str]:
    """The chain's subjects, the newest first."""
    return repository.git("log", "--encoding=UTF-8", "--format=%s", REF).splitlines()


def test_read_before_the_first_run_is_empty(repo: GitRepository) -> None:
    """Without a branch nothing was applied, and reading makes none."""
    refs = repo.refs()
    state = StateBranch(repo.folder)
    assert (state.read(), state.receipt()) == (Applied(), None)
    assert repo.refs() == refs


def test_write_is_read_again(repo: GitRepository) -> None:
    """What a run recorded is what the next one starts from."""
    state = StateBranch(repo.folder)
    state.read()
    state.write(ONE, None, "Begin")
    state.write(TWO, RECEIPT, "End")
    assert StateBranch(repo.folder).read() == TWO
    assert messages(repo) == ["End", "Begin"]
    assert repo.git("ls-tree", "--name-only", REF).split() == ["applied.json", "receipt.json"]


def test_write_is_chained_by_parents(repo: GitRepository) -> None:
    """Each commit has the one before as its only parent: the history is the audit trail."""
    state = StateBranch(repo.folder)
    state.read()
    for number, applied in enumerate((ONE, TWO, THREE)):
        state.write(applied, None, f"Run {number}")
    assert repo.git("log", "--format=%P", REF).split() == repo.git("log", "--format=%H", REF).split()[1:]


def test_write_touches_nothing_but_its_ref(repo: GitRepository) -> None:
    """Work tree, index, HEAD and every other branch are as they were."""
    refs, status = repo.refs(), repo.git("status", "--porcelain")
    index = (repo.folder / ".git" / "index").read_bytes()
    state = StateBranch(repo.folder)
    state.read()
    state.write(ONE, RECEIPT, "Run")
    after = repo.refs()
    assert after.pop(REF)
    assert after == refs
    assert repo.git("status", "--porcelain") == status
    assert (repo.folder / ".git" / "index").read_bytes() == index


def test_write_needs_no_identity_and_keeps_none(
    repo: GitRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A runner without `user.name` can write, and a person's own name is not in the trail."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    for name in ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "EMAIL"):
        monkeypatch.delenv(name, raising=False)
    repo.git("config", "user.useConfigOnly", "true")
    state = StateBranch(repo.folder)
    state.read()
    state.write(ONE, None, "Run")
    repo.git("config", "user.name", "A Person")
    repo.git("config", "user.email", "person@example.net")
    state.write(TWO, None, "Run")
    assert set(repo.git("log", "--format=%an <%ae> %cn <%ce>", REF).splitlines()) == {
        "ztix <ztix@localhost> ztix <ztix@localhost>"
    }


def test_write_is_not_kept_by_a_person_s_configuration(
    repo: GitRepository, remote: GitRepository, tmp_path: Path
) -> None:
    """Signing, hooks, tags that follow and another encoding are a person's wishes for their own commits."""
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for name in ("pre-commit", "commit-msg", "pre-push", "post-commit", "reference-transaction"):
        (hooks / name).write_text(f"#!/bin/sh\necho {name} >>{tmp_path}/ran\nexit 1\n")
        (hooks / name).chmod(0o755)
    repo.git("tag", "--annotate", "--message", "v1", "v1")
    for key, value in {
        "core.hooksPath": str(hooks),
        "commit.gpgsign": "true",
        "gpg.program": "/bin/false",
        "push.gpgSign": "true",
        "push.followTags": "true",
        "push.default": "nothing",
        "i18n.commitEncoding": "ISO-8859-1",
        "fetch.prune": "true",
        "fetch.writeCommitGraph": "true",
    }.items():
        repo.git("config", key, value)
    state = StateBranch(repo.folder)
    state.read()
    state.write(ONE, RECEIPT, "Rün")
    assert StateBranch(repo.folder).read() == ONE
    assert messages(repo) == ["Rün"]
    assert "encoding" not in repo.git("cat-file", "commit", REF)
    assert not (tmp_path / "ran").exists()
    assert set(remote.refs()) == {"HEAD", "refs/heads/main", REF}


def test_write_when_another_run_wrote_in_between_is_locked(repo: GitRepository) -> None:
    """The ref moves only from where this run found it; the other's record stays."""
    mine, other = StateBranch(repo.folder), StateBranch(repo.folder)
    mine.read()
    other.read()
    other.write(ONE, None, "Other")
    with pytest.raises(Locked):
        mine.write(TWO, None, "Mine")
    assert StateBranch(repo.folder).read() == ONE
    other.write(TWO, None, "Other again")
    mine.read()
    mine.write(THREE, None, "Mine")
    assert messages(repo) == ["Mine", "Other again", "Other"]


def test_write_while_git_holds_the_ref_is_locked(repo: GitRepository) -> None:
    """A ref that another git process holds at this moment is not forced."""
    state = StateBranch(repo.folder)
    state.read()
    (repo.folder / ".git" / f"{REF}.lock").touch()
    with pytest.raises(Locked):
        state.write(ONE, None, "Run")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "JSON"),
        (b"{", "JSON"),
        (b"[]", "object"),
        (b"{}", "schema"),
        (b"\xff", "JSON"),
        (b'{"schema": "ztix.applied.v9", "revision": null, "fabrics": {}, "route_servers": {}}', "schema"),
        (None, "no such file"),
    ],
)
def test_read_of_damage_is_invalid(repo: GitRepository, content: bytes | None, says: str) -> None:
    """Anything else than an applied state ends the run in one line that names the commit and the way back."""
    rows = b""
    if content is not None:
        blob = repo.git("hash-object", "-w", "--stdin", stdin=content)
        rows = f"100644 blob {blob}\tapplied.json\n".encode()
    commit = repo.git("commit-tree", repo.git("mktree", stdin=rows), "-m", "Damage")
    repo.git("update-ref", REF, commit)
    with pytest.raises(Invalid, match=commit[:12]) as told:
        StateBranch(repo.folder).read()
    assert says in told.value.message
    assert "\n" not in told.value.message
    assert "git log ztix-state" in told.value.help


def test_receipt_is_the_last_one(repo: GitRepository) -> None:
    """The newest receipt is found behind commits of runs that have none."""
    state = StateBranch(repo.folder)
    state.read()
    state.write(ONE, None, "Begin")
    state.write(ONE, RECEIPT, "End")
    state.write(TWO, replace(RECEIPT, revision="2" * 40), "End")
    state.write(TWO, None, "Begin")
    found = StateBranch(repo.folder).receipt()
    assert found is not None
    assert (found["revision"], found["schema"]) == ("2" * 40, "ztix.receipt.v1")


def test_refusals_are_those_since_the_last_run(repo: GitRepository) -> None:
    """What was refused before a run that ended counts no more; other records between do not hide one."""
    state = StateBranch(repo.folder)
    state.read()
    refusals = [RefusedRun(RECEIPT.plan, str(number) * 40, "", ()) for number in range(3)]
    assert list(state.refusals()) == []
    state.write(ONE, refusals[0], "Refuse")
    state.write(ONE, RECEIPT, "End")
    state.write(ONE, refusals[1], "Refuse")
    state.write(ONE, None, "Take note")
    state.write(ONE, refusals[2], "Refuse")
    assert list(state.refusals()) == [refusals[2].data(), refusals[1].data()]
    assert list(StateBranch(repo.folder).receipts()) == [RECEIPT.data()]
    assert repo.git("ls-tree", "--name-only", REF).split() == ["applied.json", "refusal.json"]


def test_record_is_json_that_git_can_compare(repo: GitRepository) -> None:
    """One value a line and keys in order: `git log -p ztix-state` reads as history."""
    state = StateBranch(repo.folder)
    state.read()
    state.write(ONE, None, "Run")
    text = repo.git("cat-file", "blob", f"{REF}:applied.json")
    assert text == json.dumps(ONE.data(), indent=1, sort_keys=True)


def test_state_with_a_remote_is_shared(repo: GitRepository, remote: GitRepository, tmp_path: Path) -> None:
    """What one machine recorded, another reads and goes on from."""
    state = StateBranch(repo.folder)
    assert state.read() == Applied()
    state.write(ONE, RECEIPT, "Run 1")
    assert tip(remote) == tip(repo)
    away = clone(remote, tmp_path / "away")
    other = StateBranch(away.folder)
    assert other.read() == ONE
    other.write(TWO, None, "Run 2")
    assert state.read() == TWO
    assert messages(repo) == messages(remote) == ["Run 2", "Run 1"]


def test_state_with_a_remote_touches_no_other_ref(
    repo: GitRepository, remote: GitRepository, tmp_path: Path
) -> None:
    """Fetching and pushing the state leaves everybody's branches and FETCH_HEAD alone."""
    away = clone(remote, tmp_path / "away")
    state = StateBranch(repo.folder)
    state.read()
    state.write(ONE, None, "Run")
    repo.git("push", "--quiet", "origin", "other", "main:newer")
    refs = away.refs()
    StateBranch(away.folder).read()
    changed = {name for name, value in away.refs().items() if refs.get(name) != value}
    assert changed == {REF, "refs/ztix/origin/state"}
    assert not (away.folder / ".git" / "FETCH_HEAD").exists()


def test_write_when_the_remote_went_ahead_is_locked(
    repo: GitRepository, remote: GitRepository, tmp_path: Path
) -> None:
    """Of two machines that began at once one is told to run again; the other's record is not lost."""
    here, there = StateBranch(repo.folder), StateBranch(clone(remote, tmp_path / "away").folder)
    here.read()
    there.read()
    there.write(ONE, None, "There")
    with pytest.raises(Locked) as told:
        here.write(TWO, RECEIPT, "Here")
    assert here.read() == ONE
    here.write(THREE, None, "Here again")
    assert messages(remote) == ["Here again", "There"]
    kept = told.value.help.split("`")[1].split()[-1]
    assert json.loads(repo.git("cat-file", "blob", f"{kept}:applied.json"))["revision"] == "2" * 40


def test_read_when_the_remote_does_not_answer_is_unavailable(
    repo: GitRepository, remote: GitRepository
) -> None:
    """What cannot be asked is unknown, not empty."""
    shutil.move(remote.folder, remote.folder.with_name("gone"))
    with pytest.raises(Unavailable, match="does not answer"):
        StateBranch(repo.folder).read()


def test_write_when_the_remote_does_not_answer_keeps_the_commit(
    repo: GitRepository, remote: GitRepository
) -> None:
    """The record is in the local repository, and the next write shares both."""
    state = StateBranch(repo.folder)
    state.read()
    moved = remote.folder.with_name("gone")
    shutil.move(remote.folder, moved)
    with pytest.raises(Unavailable, match="could not be pushed"):
        state.write(ONE, RECEIPT, "Run 1")
    assert messages(repo) == ["Run 1"]
    shutil.move(moved, remote.folder)
    again = StateBranch(repo.folder)
    assert again.read() == ONE
    again.write(TWO, None, "Run 2")
    assert messages(remote) == ["Run 2", "Run 1"]


def test_write_when_the_remote_refuses_is_unavailable_with_its_words(
    repo: GitRepository, remote: GitRepository
) -> None:
    """A protected branch is told in the remote's own words, and the commit is kept."""
    hook = remote.folder / "hooks" / "update"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'branch is protected' >&2\nexit 1\n")
    hook.chmod(0o755)
    state = StateBranch(repo.folder)
    state.read()
    with pytest.raises(Unavailable, match="branch is protected"):
        state.write(ONE, None, "Run")
    assert messages(repo) == ["Run"]


def test_read_when_here_and_there_went_apart_is_stale(
    repo: GitRepository, remote: GitRepository, tmp_path: Path
) -> None:
    """Records of two machines that could not talk are not chosen between: a person does."""
    here, there = StateBranch(repo.folder), StateBranch(clone(remote, tmp_path / "away").folder)
    here.read()
    shutil.move(remote.folder, remote.folder.with_name("gone"))
    with pytest.raises(Unavailable):
        here.write(ONE, None, "Here")
    shutil.move(remote.folder.with_name("gone"), remote.folder)
    there.read()
    there.write(TWO, None, "There")
    before = repo.refs()[REF]
    with pytest.raises(Stale, match="ztix-state") as told:
        here.read()
    assert "git " in told.value.help
    assert repo.refs()[REF] == before


def test_state_without_origin_goes_without_a_remote(repo: GitRepository, tmp_path: Path) -> None:
    """Another remote's name is nobody's business."""
    repo.git("remote", "add", "backup", str(tmp_path / "nowhere"))
    state = StateBranch(repo.folder)
    state.read()
    state.write(ONE, None, "Run")
    assert state.read() == ONE


def test_state_in_a_shallow_clone_goes_on(repo: GitRepository, remote: GitRepository, tmp_path: Path) -> None:
    """A runner's clone of depth one reads the state, adds to it and keeps the chain."""
    state = StateBranch(repo.folder)
    state.read()
    state.write(ONE, RECEIPT, "Run 1")
    state.write(TWO, None, "Run 2")
    folder = tmp_path / "shallow"
    remote.git("clone", "--quiet", "--depth=1", "--branch=main", f"file://{remote.folder}", str(folder))
    runner = StateBranch(folder)
    assert runner.read() == TWO
    runner.write(THREE, None, "Run 3")
    assert messages(remote) == ["Run 3", "Run 2", "Run 1"]
    assert runner.receipt() is not None


def test_state_of_a_sha256_repository_is_written(tmp_path: Path) -> None:
    """Object ids of the longer kind are ids too."""
    folder = tmp_path / "new"
    folder.mkdir()
    repo = GitRepository(folder)
    repo.git("init", "--quiet", "--object-format=sha256")
    state = StateBranch(folder)
    state.read()
    state.write(ONE, None, "Run 1")
    state.write(TWO, None, "Run 2")
    assert messages(repo) == ["Run 2", "Run 1"]


def test_state_outside_a_repository_is_usage(tmp_path: Path) -> None:
    """Without git there is nowhere to keep it."""
    with pytest.raises(Usage):
        StateBranch(tmp_path).read()


def test_write_takes_no_descriptor_with_it(repo: GitRepository) -> None:
    """A run of many writes does not use up the process's files."""
    state = StateBranch(repo.folder)
    state.read()
    state.write(ONE, None, "Run")
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - counted, not read
    for applied in (ONE, TWO, THREE):
        state.write(applied, None, "Run")
    assert len(os.listdir("/proc/self/fd")) <= before + 1  # noqa: PTH208 - as above


def test_read_when_the_remote_fails_once_is_unavailable(
    repo: GitRepository, remote: GitRepository, tmp_path: Path
) -> None:
    """A remote that was away for one question has not said that it has no record."""
    first = StateBranch(repo.folder)
    first.read()
    first.write(ONE, None, "one")
    fresh = clone(remote, tmp_path / "fresh")
    once, pack = tmp_path / "once", tmp_path / "upload-pack"
    pack.write_text(f'#!/bin/sh\n[ -e {once} ] || {{ : >{once}; exit 1; }}\nexec git-upload-pack "$@"\n')
    pack.chmod(0o755)
    fresh.git("config", "remote.origin.uploadpack", str(pack))
    with pytest.raises(Unavailable, match="does not answer"):
        StateBranch(fresh.folder).read()
    assert StateBranch(fresh.folder).read() == ONE
