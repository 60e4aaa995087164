"""The audit trail from real git: runs and merges are read back, and a chain that was touched is found."""

from __future__ import annotations

import json
import os
import shutil
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.git_repository import AWAY, GitRepository, new_repository
from tests.unit.exchange_fixture import good_files, member_text
from tests.world import Laboratory
from ztix.chain import Chain
from ztix.cli import cli
from ztix.drivers.audit_trail import read_chain, read_main, read_main_line, read_tips, remote_tip
from ztix.drivers.state_branch import REF, StateBranch
from ztix.errors import Unavailable, Usage
from ztix.reconcile import reconcile
from ztix.verify import verify

PATH = "members/AS64502.yaml"


@pytest.fixture(autouse=True)
def _away(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in AWAY.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def repo(whole: Path, tmp_path: Path) -> GitRepository:
    """A copy of the exchange, for one test to spoil."""
    shutil.copytree(whole, tmp_path / "exchange")
    return GitRepository(tmp_path / "exchange")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An exchange that was run, took a member by a merge, and was run again."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in AWAY.items():
            patch.setenv(name, value)
        yield _made(tmp_path_factory.mktemp("whole")).folder


def _made(folder: Path) -> GitRepository:
    made = new_repository(folder / "exchange")
    for path, text in good_files().items():
        made.write(path, text)
    made.commit("Begin")
    _run(made)
    made.git("switch", "--quiet", "--create", "join")
    made.write(PATH, member_text(64502))
    made.commit("Join\x01\x02 as AS64502")
    made.git("switch", "--quiet", "main")
    made.git("merge", "--quiet", "--no-ff", "-m", "Merge pull request #7 from example/join", "join")
    made.write("notes.txt", "not of the exchange\n")
    made.commit("Note")
    _run(made)
    return made


def _run(made: GitRepository) -> None:
    """A run of what the main line has, recorded by the real driver."""
    lab = Laboratory({path: made.git("show", f"HEAD:{path}") + "\n" for path in _paths(made)})
    revision = made.git("rev-parse", "HEAD")
    lab.commits[revision] = lab.commits["HEAD"] = type(lab.commits["HEAD"])(
        revision, lab.commits["HEAD"].entries
    )
    lab.times = {revision: lab.now}
    lab.state = StateBranch(made.folder, remote=None)  # type: ignore[assignment]  # the real one
    reconcile(lab.world, "HEAD")


def _paths(made: GitRepository) -> list[str]:
    listing = made.git("ls-tree", "-r", "--name-only", "HEAD").splitlines()
    return [path for path in listing if path.startswith(("members/", "policy/"))]


def forged(repo: GitRepository, place: int, **files: bytes) -> str:
    """Write the branch anew from one record on, with these files in that record. Returns the new tip."""
    line = repo.git("rev-list", REF).splitlines()
    parent = line[place + 1] if place + 1 < len(line) else ""
    for number, commit in enumerate(reversed(line[: place + 1])):
        names = repo.git("ls-tree", "--name-only", commit).split()
        rows = b""
        for name in names:
            content = repo.git("cat-file", "blob", f"{commit}:{name}").encode()
            content = files.get(name.partition(".")[0], content) if number == 0 else content
            rows += (
                f"100644 blob {repo.git('hash-object', '-w', '--stdin', stdin=content)}\t{name}\n".encode()
            )
        tree = repo.git("mktree", stdin=rows)
        words = ["-c", "user.name=ztix", "-c", "user.email=ztix@localhost", "commit-tree", tree]
        subject = repo.git("log", "-1", "--format=%s", commit)
        parent = repo.git(*words, *(["-p", parent] if parent else []), "-m", subject)
    repo.git("update-ref", REF, parent)
    return parent


def judged(repo: GitRepository, *words: str) -> tuple[int, dict[str, object]]:
    """The exit code and the answer of `ztix audit verify`."""
    done = CliRunner().invoke(
        cli,
        ["-C", str(repo.folder), "audit", "verify", "--format", "json", *words],
        standalone_mode=False,
        catch_exceptions=False,
    )
    return done.return_value, json.loads(done.stdout)


def test_chain_of_real_runs_is_whole(repo: GitRepository) -> None:
    """What the driver writes, the reader reads, and nothing is wrong with it."""
    chain = read_chain(repo.folder)
    assert [record.commit for record in chain.records] == repo.git("rev-list", REF).splitlines()
    assert [record.subject.split()[0] for record in chain.records] == ["End", "Begin", "End", "Begin"]
    assert verify(chain, read_main(repo.folder, "HEAD"), {}) == ()
    assert judged(repo) == (
        0,
        {
            "schema": "ztix.audit-verify.v1",
            "tip": chain.records[0].commit,
            "records": 4,
            "findings": [],
        },
    )


def test_merges_are_those_of_the_exchange(repo: GitRepository) -> None:
    """The merge counts, not what the branch did, and nothing outside of the exchange does."""
    merges = read_main_line(repo.folder, "HEAD").merges
    assert [(one.position, one.pull_request, one.members) for one in merges] == [
        (1, 7, ("AS64502",)),
        (2, None, ("AS64500", "AS64501")),
    ]
    assert {str(one.by) for one in merges} == {"Maintainer"}
    assert merges[0].at == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_audit_tells_of_a_member(repo: GitRepository) -> None:
    """The verb joins both: who brought it, and the run that made it live."""
    words = ["-C", str(repo.folder), "audit", "AS64502"]
    done = CliRunner().invoke(cli, words, standalone_mode=False, catch_exceptions=False)
    assert "#7 by Maintainer" in done.stdout
    assert "live by run sha256:" in done.stdout
    assert "AS64502 1a2b364502 attach applied" in done.stdout
    bare = CliRunner().invoke(
        cli, ["-C", str(repo.folder), "audit", "--actor", "nobody"], standalone_mode=False
    )
    assert bare.stdout == "Nothing is on record that fits.\n"
    with pytest.raises(Usage, match="no date"):
        CliRunner().invoke(
            cli,
            ["-C", str(repo.folder), "audit", "--since", "soon"],
            standalone_mode=False,
            catch_exceptions=False,
        )


def test_verify_of_a_tampered_receipt_finds_it(repo: GitRepository) -> None:
    """A receipt that was made better than it was, with the branch written anew behind it, is found."""
    before = repo.git("rev-parse", REF)
    receipt = json.loads(repo.git("cat-file", "blob", f"{REF}:receipt.json"))
    receipt["outcomes"][0]["outcome"] = "failed"
    tip = forged(repo, 0, receipt=json.dumps(receipt).encode())
    code, told = judged(repo)
    assert (code, told["tip"]) == (3, tip)
    assert {finding["about"] for finding in told["findings"]} == {"form"}  # type: ignore[attr-defined]  # a list
    code, told = judged(repo, "--tip", before)
    assert {finding["about"] for finding in told["findings"]} == {"form", "tip"}  # type: ignore[attr-defined]  # a list


def test_verify_of_a_chain_made_shorter_needs_a_tip(repo: GitRepository) -> None:
    """A branch that was set back is whole in itself: the tip that somebody remembers is missing."""
    before = repo.git("rev-parse", REF)
    repo.git("update-ref", REF, f"{REF}~2")
    assert judged(repo)[0] == 0
    code, told = judged(repo, "--tip", before[:10])
    assert code == 3
    assert [finding["about"] for finding in told["findings"]] == ["tip"]  # type: ignore[attr-defined]  # a list
    repo.git("update-ref", "refs/ztix/origin/state", before)
    assert read_tips(repo.folder) == {"the last look at `origin`": before}
    assert judged(repo)[0] == 3


def test_verify_asks_a_remote_for_its_tip(repo: GitRepository, tmp_path: Path) -> None:
    """What the remote has must be in the chain; a remote that is away is no finding."""
    bare = new_repository(tmp_path / "origin.git", bare=True)
    repo.git("remote", "add", "origin", str(bare.folder))
    assert remote_tip(repo.folder, "origin") == {}
    repo.git("push", "--quiet", "origin", "ztix-state")
    assert judged(repo, "--remote", "origin")[0] == 0
    forged(repo, 0, receipt=repo.git("cat-file", "blob", f"{REF}:receipt.json").encode() + b" ")
    assert judged(repo, "--remote", "origin")[0] == 3
    bare.folder.rename(tmp_path / "gone.git")
    with pytest.raises(Unavailable):
        remote_tip(repo.folder, "origin")
    with pytest.raises(Usage):
        remote_tip(repo.folder, "backup")


def test_chain_with_an_object_changed_on_disk_is_lost_there(repo: GitRepository) -> None:
    """An object that is not what its name says is found, as is one that is missing."""
    blob = repo.git("rev-parse", f"{REF}~2:receipt.json")
    place = repo.folder / ".git" / "objects" / blob[:2] / blob[2:]
    content = zlib.decompress(place.read_bytes())
    place.chmod(0o644)
    place.write_bytes(zlib.compress(content.replace(b"applied", b"skipped")))
    chain = read_chain(repo.folder)
    assert chain.lost is not None
    assert len(chain.records) == 2
    assert judged(repo)[0] == 3
    place.unlink()
    lost = read_chain(repo.folder).lost
    assert lost is not None
    assert "missing or damaged" in lost[1]


def test_chain_of_a_shallow_clone_proves_nothing(repo: GitRepository, tmp_path: Path) -> None:
    """A runner's clone tells what it has; whether the chain is unbroken it cannot tell."""
    folder = tmp_path / "shallow"
    repo.git("clone", "--quiet", "--depth=1", "--branch=ztix-state", f"file://{repo.folder}", str(folder))
    chain = read_chain(folder)
    assert (len(chain.records), chain.shallow) == (1, True)
    assert read_main(folder, "HEAD") is None


def test_chain_before_the_first_run_is_empty(tmp_path: Path) -> None:
    """Without a branch there is nothing to tell and nothing to prove."""
    made = new_repository(tmp_path / "new")
    made.commit()
    assert read_chain(made.folder) == Chain()
    assert read_main_line(made.folder, "HEAD").merges == ()
    with pytest.raises(Usage):
        read_main(made.folder, "nowhere")


def test_chain_is_read_by_one_process(
    repo: GitRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long the branch is, it takes as many processes as a short one."""
    log, shim = tmp_path / "log", tmp_path / "bin" / "git"
    shim.parent.mkdir()
    real = next(
        Path(folder) / "git" for folder in os.environ["PATH"].split(":") if (Path(folder) / "git").is_file()
    )
    shim.write_text(f'#!/bin/sh\necho "$*" >>{log}\nexec {real} "$@"\n')
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", f"{shim.parent}:{os.environ['PATH']}")
    assert len(read_chain(repo.folder).records) == 4
    assert log.read_text().count("cat-file --batch\n") == 1
    assert len(log.read_text().splitlines()) == 4
