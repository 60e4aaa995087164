"""The past as real git tells it, and runs that go by it: merges, shallow clones, folders in folders."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.git_repository import AWAY, GitRepository, new_repository
from tests.unit.exchange_fixture import good_files, member_text
from tests.world import Laboratory
from ztix.drivers.git_past import GitHistory
from ztix.drivers.git_tree import read_revision, read_work_tree
from ztix.errors import Exit, Usage
from ztix.evidence import Evidence
from ztix.exchange import Exchange, read_exchange
from ztix.past import Version
from ztix.recall import recall
from ztix.reconcile import reconcile
from ztix.rules import check

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
PATH = "members/AS64502.yaml"
TEXT = member_text(64502)


@pytest.fixture
def repository(tmp_path: Path) -> GitRepository:
    """An exchange with one commit."""
    made = new_repository(tmp_path / "exchange")
    for path, text in good_files().items():
        made.write(path, text)
    made.commit("Begin")
    return made


def later(repository: GitRepository, days: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on commits are of so many days after the first."""
    moment = (START + timedelta(days=days)).isoformat()
    monkeypatch.setitem(AWAY, "GIT_COMMITTER_DATE", moment)


def change(repository: GitRepository, path: str, text: str | None) -> str:
    """Commit one file, or its end."""
    if text is None:
        (repository.folder / path).unlink()
    else:
        repository.write(path, text)
    return repository.commit()


def exchange_in(folder: Path) -> Exchange:
    exchange, _ = read_exchange(read_work_tree(folder))
    assert exchange is not None
    return exchange


def rules(folder: Path, days: int, *, ref: str | None = None) -> dict[str, str]:
    """What `ztix check` finds so many days after the first commit: message by rule."""
    now = START + timedelta(days=days)
    held = read_work_tree(folder) if ref is None else read_revision(folder, ref)
    exchange, _ = read_exchange(held)
    assert exchange is not None
    ledger = recall(GitHistory(folder), exchange, held, now)
    weighty = ("ZT109", "ZT202", "ZT204", "ZT214", "ZT630")
    return {f.rule: f.message for f in check(exchange, Evidence(now), ledger) if f.rule in weighty}


def test_past_of_a_file_is_each_commit_that_changed_it(
    repository: GitRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Added, changed, deleted: newest first, with contents before and after."""
    later(repository, 1, monkeypatch)
    change(repository, PATH, TEXT)
    change(repository, "members/AS64501.yaml", None)
    change(repository, PATH, TEXT + "# more\n")
    later(repository, 2, monkeypatch)
    change(repository, PATH, None)
    past = GitHistory(repository.folder).past("HEAD", None, frozenset({PATH}))
    first, more = TEXT.encode(), TEXT.encode() + b"# more\n"
    assert [step.versions for step in past.steps] == [
        (Version(PATH, more, None),),
        (Version(PATH, first, more),),
        (Version(PATH, None, first),),
    ]
    assert [step.position for step in past.steps] == [0, 1, 3]
    assert [step.at for step in past.steps] == [START + timedelta(days=days) for days in (2, 1, 1)]
    assert (past.tip, past.cut) == ({PATH: None}, None)


def test_past_since_a_day_leaves_out_what_was_before(
    repository: GitRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the steps since then are read; the first of them knows what was there."""
    change(repository, PATH, TEXT)
    later(repository, 5, monkeypatch)
    change(repository, PATH, None)
    past = GitHistory(repository.folder).past("HEAD", START + timedelta(days=1), frozenset({PATH}))
    assert [step.versions for step in past.steps] == [(Version(PATH, TEXT.encode(), None),)]


def test_past_of_many_files_is_that_of_each(repository: GitRepository) -> None:
    """Many are looked for in one walk, and found as each alone is."""
    for asn in range(64502, 64508):
        change(repository, f"members/AS{asn}.yaml", member_text(asn))
    paths = frozenset(f"members/AS{asn}.yaml" for asn in range(64500, 64508))
    history = GitHistory(repository.folder)
    alone = {step for path in paths for step in history.past("HEAD", None, frozenset({path})).steps}
    together = {
        replace(step, versions=(version,))
        for step in history.past("HEAD", None, paths).steps
        for version in step.versions
    }
    assert together == alone
    assert len(together) == 8


def test_past_of_a_branch_is_its_merge(repository: GitRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    """What its author wrote into a branch counts when it is merged, as one step, whatever dates it bears."""
    repository.git("switch", "--quiet", "--create", "join")
    monkeypatch.setitem(AWAY, "GIT_COMMITTER_DATE", "2001-01-01T00:00:00Z")
    change(repository, PATH, "asn: 1\n")
    change(repository, PATH, TEXT)
    repository.git("switch", "--quiet", "main")
    later(repository, 3, monkeypatch)
    change(repository, "members/AS64503.yaml", member_text(64503))
    repository.git("merge", "--quiet", "--no-ff", "--message", "Merge", "join")
    (step,) = GitHistory(repository.folder).past("HEAD", None, frozenset({PATH})).steps
    assert step.versions == (Version(PATH, None, TEXT.encode()),)
    assert step.at == START + timedelta(days=3)


def test_past_of_a_backdated_commit_is_not_before_its_parent(
    repository: GitRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A date that somebody made up shortens no cool-down."""
    later(repository, 5, monkeypatch)
    change(repository, PATH, TEXT)
    monkeypatch.setitem(AWAY, "GIT_COMMITTER_DATE", "2001-01-01T00:00:00Z")
    change(repository, PATH, None)
    past = GitHistory(repository.folder).past("HEAD", START + timedelta(days=4), frozenset({PATH}))
    assert [step.at for step in past.steps] == [START + timedelta(days=5)] * 2


@pytest.mark.parametrize("kind", ["link", "long"])
def test_past_of_what_is_no_member_file_is_read_as_nothing(repository: GitRepository, kind: str) -> None:
    """A link's target and a long file's content never become a version."""
    place = repository.folder / PATH
    if kind == "link":
        place.symlink_to("../policy/exchange.yaml")
    else:
        place.write_text("#" * 20_000)
    repository.commit()
    past = GitHistory(repository.folder).past("HEAD", None, frozenset({PATH}))
    assert [step.versions for step in past.steps] == [(Version(PATH, None, b""),)]
    assert past.tip == {PATH: b""}


def test_history_of_an_exchange_below_a_repository_s_top_has_its_own_paths(tmp_path: Path) -> None:
    """A folder in a larger repository is found where it stands."""
    made = new_repository(tmp_path)
    made.write(f"lan/{PATH}", TEXT)
    made.write(PATH, "another exchange's")
    made.commit()
    past = GitHistory(tmp_path / "lan").past("HEAD", None, frozenset({PATH}))
    assert [step.versions for step in past.steps] == [(Version(PATH, None, TEXT.encode()),)]


def test_history_without_a_commit_or_a_repository_is_empty(tmp_path: Path) -> None:
    """Before the first commit nobody held anything; that is known, not unknown."""
    bare = GitHistory(tmp_path)
    for history in (bare, bare):
        assert history.suspects(lambda content: frozenset({PATH}), ()) == frozenset()
        past = history.past("HEAD", None, frozenset({PATH}))
        assert (past.steps, past.cut) == ((), None)
        new_repository(tmp_path)


def test_history_that_git_does_not_read_is_unknown(
    repository: GitRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A repository that git refuses, such as another user's, has no empty history but one nobody knows."""
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    assert set(rules(repository.folder, 1)) == {"ZT630"}


def test_history_is_of_the_repository_that_the_exchange_is_in(
    repository: GitRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where a hook of another repository starts ztix: git tells hooks where that one is."""
    change(repository, PATH, TEXT)
    other = new_repository(tmp_path / "other")
    monkeypatch.setenv("GIT_DIR", str(other.folder / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other.folder))
    past = GitHistory(repository.folder).past("HEAD", None, frozenset({PATH}))
    assert [step.versions for step in past.steps] == [(Version(PATH, None, TEXT.encode()),)]


def test_history_without_git_is_empty(repository: GitRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    """A work tree can be looked at where there is no git to ask."""
    monkeypatch.setenv("PATH", "/nonexistent")
    history = GitHistory(repository.folder)
    assert history.suspects(lambda content: frozenset({PATH}), ()) == frozenset()
    assert history.past("HEAD", None, frozenset({PATH})).steps == ()


def test_suspects_where_git_is_stopped_is_told_in_words(
    repository: GitRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half an answer would let somebody take an address that rests."""
    programs, real = tmp_path / "programs", shutil.which("git")
    programs.mkdir()
    script = f'#!/bin/sh\ncase "$*" in *--buffer*) kill -9 $$ ;; esac\nexec {real} "$@"\n'
    (programs / "git").write_text(script)
    (programs / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    with pytest.raises(Usage, match=r"the history in .* cannot be read"):
        GitHistory(repository.folder).suspects(lambda content: frozenset(), ())


def test_past_of_a_damaged_repository_is_told_in_words(repository: GitRepository) -> None:
    """Where git cannot read its own objects, the sentence says so."""
    tree = repository.git("rev-parse", "HEAD^{tree}")
    (repository.folder / ".git" / "objects" / tree[:2] / tree[2:]).unlink()
    with pytest.raises(Usage, match=r"the history in .* cannot be read"):
        GitHistory(repository.folder).past("HEAD", None, frozenset({PATH}))


def test_suspects_sees_every_version_that_there_ever_was(repository: GitRepository) -> None:
    """Also those of deleted files; large files and other objects are left out."""
    change(repository, PATH, TEXT)
    change(repository, PATH, None)
    change(repository, "evidence/irr.json", "x" * 20_000)
    seen: list[bytes] = []

    def note(content: bytes) -> frozenset[str]:
        seen.append(content)
        return frozenset({PATH}) if content == TEXT.encode() else frozenset()

    history, known = GitHistory(repository.folder), good_files()["policy/exchange.yaml"].encode()
    assert history.suspects(note, [known]) == {PATH}
    assert all(len(content) < 20_000 for content in seen)
    assert known not in seen


def test_check_of_an_address_that_was_given_up_refuses_it_until_it_has_rested(
    repository: GitRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The history is the ledger, for a commit and for a work tree that is not committed."""
    change(repository, PATH, TEXT)
    later(repository, 10, monkeypatch)
    change(repository, PATH, None)
    taker = member_text(64503).replace("192.0.2.13", "192.0.2.12")
    repository.write("members/AS64503.yaml", taker)
    words = {"ZT214": "the address `192.0.2.12` was AS64502's until 2026-01-12"}
    assert rules(repository.folder, 12) == words
    repository.commit()
    assert rules(repository.folder, 12, ref="HEAD") == words
    assert rules(repository.folder, 41, ref="HEAD") == {}


@pytest.mark.parametrize("name", ["members/AS64503.rsc", "members/AS64503.yaml.sig", "members/README.md"])
def test_check_of_an_address_that_was_given_up_refuses_it_beside_a_copy_of_that_version(
    repository: GitRepository, name: str
) -> None:
    """Whoever takes it cannot hide who held it by enclosing the very file that did."""
    change(repository, PATH, TEXT)
    change(repository, PATH, None)
    repository.write("members/AS64503.yaml", member_text(64503).replace("192.0.2.13", "192.0.2.12"))
    repository.write(name, TEXT)
    assert "ZT214" in rules(repository.folder, 12)


def test_check_of_an_address_that_the_work_tree_hands_over_refuses_it(repository: GitRepository) -> None:
    """What is not committed yet is the newest step."""
    repository.write("members/AS64501.yaml", member_text(64501).replace("192.0.2.11", "192.0.2.10"))
    repository.write("members/AS64500.yaml", member_text(64500).replace("192.0.2.10", "192.0.2.99"))
    assert rules(repository.folder, 1) == {"ZT214": "the address `192.0.2.10` was AS64500's until 2026-01-03"}


def test_check_of_a_number_that_comes_back_asks_for_an_account_of_before(
    repository: GitRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that was deleted and is there again belongs to who had it."""
    later(repository, 2, monkeypatch)
    change(repository, "members/AS64501.yaml", None)
    again = member_text(64501)
    change(repository, "members/AS64501.yaml", again.replace("id: 64501", "id: 7"))
    words = {"ZT109": "`AS64501` left on 2026-01-04, and none of its GitHub accounts comes back with it"}
    assert rules(repository.folder, 3) == words
    change(repository, "members/AS64501.yaml", again)
    assert rules(repository.folder, 3) == {}


def test_check_in_a_shallow_clone_says_what_is_unknown(
    repository: GitRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unknown is not absent: the finding says so, until the clone reaches back far enough."""
    later(repository, 20, monkeypatch)
    change(repository, PATH, TEXT)
    clone = tmp_path / "clone"
    words = ("git", "clone", "--quiet", "--depth=1", f"file://{repository.folder}", str(clone))
    subprocess.run(words, check=True)
    assert set(rules(clone, 21)) == {"ZT630"}
    assert "to 2026-01-22 cannot be read" in rules(clone, 21)["ZT630"]
    assert rules(clone, 51) == {}
    GitRepository(clone).git("fetch", "--quiet", "--unshallow")
    assert rules(clone, 21) == {}


def test_check_in_a_clone_without_contents_says_what_is_unknown(
    repository: GitRepository, tmp_path: Path
) -> None:
    """A clone that lacks old contents cannot tell whose they were."""
    repository.git("config", "uploadpack.allowFilter", "true")
    clone = tmp_path / "clone"
    words = ("git", "clone", "--quiet", "--filter=blob:none", f"file://{repository.folder}", str(clone))
    subprocess.run(words, check=True)
    assert set(rules(clone, 1)) == {"ZT630"}


@pytest.mark.parametrize(
    ("first", "second", "loser"),
    [(64502, 64507, "AS64507"), (64507, 64502, "AS64502")],
)
def test_reconcile_when_two_merges_take_one_address_admits_the_first(
    repository: GitRepository, first: int, second: int, loser: str
) -> None:
    """Both passed alone, from the same base; the first commit on the main line wins, the rest goes on."""
    for asn in (first, second):
        repository.git("switch", "--quiet", "--create", f"join-{asn}", "main")
        text = member_text(asn).replace(f"192.0.2.{asn - 64490}", "192.0.2.77")
        change(repository, f"members/AS{asn}.yaml", text)
        assert rules(repository.folder, 1) == {}
    repository.git("switch", "--quiet", "main")
    for asn in (first, second):
        repository.git("merge", "--quiet", "--no-ff", "--message", f"Merge {asn}", f"join-{asn}")
    lab = Laboratory()
    root = repository.folder
    world = replace(
        lab.world, read_tree=lambda ref: read_revision(root, ref or "HEAD"), history=GitHistory(root)
    )
    ran = reconcile(world, "HEAD")
    assert ran.exit is Exit.PARTIAL
    (lost,) = ran.planned.gathered.quarantined
    assert lost.member == loser
    assert f"the address `192.0.2.77` is already held by AS{first}" in lost.reason
    owners = {str(change.owner) for change in ran.planned.plan.changes if hasattr(change, "owner")}
    assert owners == {"AS64500", "AS64501", f"AS{first}", "rs1", "rs2"}
