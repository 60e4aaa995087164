"""What a merge would change, read from real git: hostile trees, histories and settings; nothing is left."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.git_repository import GitRepository, new_repository
from tests.unit.exchange_fixture import member_text
from tests.unit.submission_fixture import base_files
from ztix.admission.submission import Submission
from ztix.drivers.git_changes import changed_since_run, past_contents, read_submission
from ztix.errors import Usage
from ztix.tree import Kind, Tree

MEMBER = "members/AS64500.yaml"


@pytest.fixture
def repo(tmp_path: Path) -> GitRepository:
    """A repository with the good exchange on `main`, and the branch `offer` checked out."""
    made = new_repository(tmp_path / "exchange")
    for path, content in base_files().items():
        assert isinstance(content, str)
        made.write(path, content)
    made.write("src/tool.py", "print()\n")
    made.commit("base")
    made.git("branch", "--force", "base")
    made.git("checkout", "--quiet", "-b", "offer")
    return made


def offered(repo: GitRepository, head: str = "offer", base: str = "base") -> Submission:
    return read_submission(repo.folder, base, head, 64500)


def changes(submission: Submission) -> dict[str, tuple[str, str]]:
    """The kind before and after of each path; `none` where nothing is."""
    return {
        change.path: tuple(each.kind.value if each else "none" for each in (change.before, change.after))  # type: ignore[misc] # two
        for change in submission.changes
    }


def tree_of(repo: GitRepository, rows: list[tuple[str, bytes, str]]) -> str:
    """A commit on `base` whose top has these rows beside its own: mode, name, object."""
    listing = repo.git("ls-tree", "base").encode() + b"\n"
    listing += b"".join(f"{mode} {kind(mode)} {blob}\t".encode() + name + b"\n" for mode, name, blob in rows)
    tree = repo.git("mktree", "--missing", stdin=listing)
    return repo.git("commit-tree", tree, "-p", "base", "-m", "hostile")


def kind(mode: str) -> str:
    return {"160000": "commit", "040000": "tree"}.get(mode, "blob")


def blob(repo: GitRepository, content: bytes) -> str:
    return repo.git("hash-object", "-w", "--stdin", stdin=content)


def test_edit_deletion_and_addition_are_three_changes(repo: GitRepository) -> None:
    """Paths outside of the exchange's folders are told too; the content of those is not read."""
    repo.write(MEMBER, member_text(64500, "status: suspended\n"))
    (repo.folder / "members/AS64501.yaml").unlink()
    repo.write("src/new.py", "x\n")
    head = repo.commit("offer")
    found = offered(repo)
    assert found.head == head
    assert changes(found) == {
        MEMBER: ("file", "file"),
        "members/AS64501.yaml": ("file", "none"),
        "src/new.py": ("none", "file"),
    }
    first, _, source = found.changes
    assert first.after is not None
    assert first.after.content == member_text(64500, "status: suspended\n").encode()
    assert source.after is not None
    assert (source.after.content, source.after.size) == (None, 2)
    assert "members/AS64501.yaml" in found.base.entries
    assert "members/AS64501.yaml" not in found.after.entries
    assert found.after.entries[MEMBER] == first.after


def test_rename_is_never_guessed(repo: GitRepository) -> None:
    """A deletion and an addition, whatever a merge that follows renames would make of it."""
    repo.git("config", "merge.renames", "true")
    repo.git("config", "diff.renames", "copies")
    repo.git("mv", MEMBER, "members/AS64510.yaml")
    repo.commit("rename")
    assert changes(offered(repo)) == {MEMBER: ("file", "none"), "members/AS64510.yaml": ("none", "file")}
    repo.git("checkout", "--quiet", "base")
    repo.git("checkout", "--quiet", "-b", "moved")
    repo.write(MEMBER, member_text(64500, "status: suspended\n"))
    repo.commit("base moved")
    found = offered(repo, base="moved")
    assert changes(found) == {MEMBER: ("file", "none"), "members/AS64510.yaml": ("none", "file")}
    assert b"suspended" in (found.after.entries["members/AS64510.yaml"].content or b"")


def test_head_that_is_behind_undoes_nothing(repo: GitRepository) -> None:
    """What was merged since stays: the change is what a merge would do, not how the branches differ."""
    repo.write(MEMBER, member_text(64500, "status: suspended\n"))
    repo.commit("offer")
    repo.git("checkout", "--quiet", "-b", "moved", "base")
    repo.write("members/AS64505.yaml", member_text(64505))
    repo.commit("somebody joined")
    found = offered(repo, base="moved")
    assert set(changes(found)) == {MEMBER}
    assert "members/AS64505.yaml" in found.after.entries


def test_deletion_in_a_merge_commit_is_seen(repo: GitRepository) -> None:
    """A merge of the base into the branch that drops what the base had takes it away when merged back."""
    repo.write(MEMBER, member_text(64500, "status: suspended\n"))
    repo.commit("offer")
    repo.git("checkout", "--quiet", "-b", "moved", "base")
    repo.write("members/AS64505.yaml", member_text(64505))
    repo.commit("somebody joined")
    repo.git("checkout", "--quiet", "offer")
    repo.git("merge", "--quiet", "--no-commit", "moved")
    repo.git("rm", "--quiet", "--force", "members/AS64505.yaml")
    repo.commit("merge")
    assert changes(offered(repo, base="moved")) == {
        MEMBER: ("file", "file"),
        "members/AS64505.yaml": ("file", "none"),
    }


def test_conflict_names_its_paths_and_changes_nothing(repo: GitRepository) -> None:
    """Both sides changed one line."""
    repo.write(MEMBER, member_text(64500).replace("fra1", "ams1"))
    repo.commit("offer")
    repo.git("checkout", "--quiet", "-b", "moved", "base")
    repo.write(MEMBER, member_text(64500).replace("fra1", "lon1"))
    repo.commit("meanwhile")
    found = offered(repo, base="moved")
    assert (found.conflicts, found.changes, found.after) == ((MEMBER,), (), found.base)


def test_history_of_its_own_is_a_conflict(repo: GitRepository) -> None:
    """A branch that shares no commit with the base cannot be merged."""
    repo.git("checkout", "--quiet", "--orphan", "alien")
    repo.commit("alien")
    assert "no commit in common" in offered(repo, "alien").conflicts[0]


def test_nothing_offered_is_no_change(repo: GitRepository) -> None:
    """The base's own commit, and one that is merged already."""
    assert offered(repo).changes == ()


def test_kinds_of_hostile_entries_are_told_and_never_read(repo: GitRepository) -> None:
    """Links, submodules and executable files, in and outside of the exchange."""
    secret = blob(repo, b"/etc/passwd")
    commit = "1234567890" * 4
    head = tree_of(
        repo,
        [
            ("120000", b"link", secret),
            ("160000", b"module", commit),
            ("100755", b"run", secret),
            ("100664", b"odd", secret),
        ],
    )
    found = offered(repo, head)
    assert changes(found) == {
        "link": ("none", "symbolic link"),
        "module": ("none", "submodule"),
        "odd": ("none", "file"),
        "run": ("none", "executable file"),
    }
    assert all(change.after is not None and change.after.content is None for change in found.changes)


def test_mode_alone_is_a_change(repo: GitRepository) -> None:
    """The same bytes, made executable, or made a link."""
    repo.git("update-index", "--chmod=+x", MEMBER)
    repo.git("update-index", "--add", "--cacheinfo", f"120000,{blob(repo, b'x')},members/AS64501.yaml")
    repo.git("commit", "--quiet", "--message", "modes")
    assert changes(offered(repo)) == {
        MEMBER: ("file", "executable file"),
        "members/AS64501.yaml": ("file", "symbolic link"),
    }


def test_folder_that_becomes_something_else_is_seen(repo: GitRepository) -> None:
    """`members` as a link: every member leaves, and a path appears that is no folder."""
    listing = "\n".join(row for row in repo.git("ls-tree", "base").splitlines() if "members" not in row)
    row = f"\n120000 blob {blob(repo, b'policy')}\tmembers\n"
    tree = repo.git("mktree", stdin=(listing + row).encode())
    head = repo.git("commit-tree", tree, "-p", "base", "-m", "link")
    found = changes(offered(repo, head))
    assert found["members"] == ("none", "symbolic link")
    assert found[MEMBER] == ("file", "none")


def test_names_in_bytes_are_kept_apart(repo: GitRepository) -> None:
    """Names with line feeds, tabs, quotes, no UTF-8, and other scripts arrive as they are."""
    own = blob(repo, b"x")
    names = [b"a\nb", b"tab\there", b'"q"', b"\xff\xfe", "m\u0435mbers".encode(), b"-rf", b":(top)x"]
    if os.name == "posix":
        head = repo.git("commit-tree", mktree_z(repo, names, own), "-p", "base", "-m", "names")
        paths = [change.path for change in offered(repo, head).changes]
        assert sorted(paths) == sorted(name.decode("utf-8", "replace") for name in names)


def mktree_z(repo: GitRepository, names: list[bytes], own: str) -> str:
    rows = [row.encode() for row in repo.git("ls-tree", "base").splitlines()]
    rows += [f"100644 blob {own}\t".encode() + name for name in names]
    return repo.git("mktree", "-z", stdin=b"".join(row + b"\0" for row in rows))


@pytest.mark.parametrize("first", ["merged", "offered"])
def test_name_that_stands_twice_is_no_file(repo: GitRepository, first: str) -> None:
    """What one reader takes for the file, another does not: it is neither an addition nor to be read."""
    merged, evil = repo.git("rev-parse", f"base:{MEMBER}"), blob(repo, member_text(64501).encode())
    order = [merged, evil] if first == "merged" else [evil, merged]
    rows = b"".join(b"100644 AS64500.yaml\0" + bytes.fromhex(each) for each in order)
    words = ("hash-object", "-t", "tree", "-w", "--literally", "--stdin")
    listing = repo.git("ls-tree", "base").replace(
        repo.git("rev-parse", "base:members"), repo.git(*words, stdin=rows)
    )
    tree = repo.git("mktree", stdin=f"{listing}\n".encode())
    commit = repo.git("commit-tree", tree, "-p", "base", "-m", "twice")
    assert changes(offered(repo, commit))[MEMBER][1] == Kind.OTHER.value


def test_files_of_more_than_the_limit_are_counted_and_not_read(repo: GitRepository) -> None:
    """A long member's file has its size; of two hundred files only the names are known."""
    repo.write(MEMBER, b"#" * 16385)
    repo.write("policy/long.yaml", b"#" * 20000)
    repo.commit("long")
    first, second = offered(repo).changes
    assert first.after is not None
    assert second.after is not None
    assert (first.after.size, first.after.content) == (16385, None)
    assert second.after.content == b"#" * 20000
    for number in range(200):
        repo.write(f"members/AS{65000 + number}.yaml", "asn: 1\n")
    repo.commit("many")
    found = offered(repo)
    assert len(found.changes) == 202
    assert all(change.after is not None and change.after.content is None for change in found.changes)


def test_large_blob_is_never_loaded(repo: GitRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten megabytes are seen by their size alone."""
    from ztix.drivers.git_objects import GitObjects

    repo.write("members/AS64503.yaml", os.urandom(10_000_000))
    repo.commit("large")
    asked: list[int] = []
    real = GitObjects.run

    def run(self: GitObjects, *words: str, asked: bytes = b"") -> bytes:
        answer = real(self, *words, asked=asked)
        sizes.append(len(answer))
        return answer

    sizes = asked
    monkeypatch.setattr(GitObjects, "run", run)
    (change,) = offered(repo).changes
    assert change.after is not None
    assert change.after.size == 10_000_000
    assert max(sizes) < 1_000_000


def test_reading_leaves_the_repository_as_it_was(repo: GitRepository) -> None:
    """No object, no ref and no file is added, though a merge was made."""
    repo.write(MEMBER, member_text(64500, "status: suspended\n"))
    repo.commit("offer")
    repo.git("checkout", "--quiet", "-b", "moved", "base")
    repo.write("members/AS64505.yaml", member_text(64505))
    repo.commit("moved")

    def held() -> tuple[dict[str, str], list[str]]:
        files = sorted(str(path) for path in (repo.folder / ".git").rglob("*") if path.is_file())
        return repo.refs(), files

    before = held()
    offered(repo, base="moved")
    assert held() == before


def test_settings_of_the_repository_run_nothing(repo: GitRepository, tmp_path: Path) -> None:
    """Hooks, monitors, filters, external differs and merge drivers stay unused."""
    trap = tmp_path / "sprung"
    script = tmp_path / "trap"
    script.write_text(f"#!/bin/sh\ntouch {trap}\n")
    script.chmod(0o755)
    repo.write(".gitattributes", "* merge=trap diff=trap filter=trap\n")
    repo.write(MEMBER, member_text(64500).replace("fra1", "ams1"))
    repo.commit("offer")
    repo.git("checkout", "--quiet", "-b", "moved", "base")
    repo.write(MEMBER, member_text(64500).replace("noc@", "ops@"))
    repo.commit("moved")
    for key in ("core.fsmonitor", "diff.external", "diff.trap.command", "diff.trap.textconv"):
        repo.git("config", key, str(script))
    repo.git("config", "filter.trap.smudge", str(script))
    for hook in ("post-checkout", "reference-transaction", "pre-commit"):
        (repo.folder / ".git/hooks").mkdir(exist_ok=True)
        (repo.folder / ".git/hooks" / hook).symlink_to(script)
    assert set(changes(offered(repo, base="moved"))) == {MEMBER, ".gitattributes"}
    assert not trap.exists()


def test_environment_of_git_moves_nothing(repo: GitRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    """GIT_DIR and its like name another repository; only the folder counts."""
    repo.write(MEMBER, member_text(64500, "status: suspended\n"))
    repo.commit("offer")
    for name in ("GIT_DIR", "GIT_OBJECT_DIRECTORY", "GIT_INDEX_FILE", "GIT_WORK_TREE", "GIT_NAMESPACE"):
        monkeypatch.setenv(name, "/nowhere")
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", "/nowhere")
    assert set(changes(offered(repo))) == {MEMBER}


def test_replaced_objects_are_read_as_they_are(repo: GitRepository) -> None:
    """A ref below refs/replace/ swaps no commit."""
    base = repo.git("rev-parse", "base")
    repo.write(MEMBER, member_text(64500, "status: suspended\n"))
    head = repo.commit("offer")
    repo.git("replace", head, base)
    assert set(changes(offered(repo, head))) == {MEMBER}


def test_exchange_in_a_subfolder_has_its_own_paths(tmp_path: Path) -> None:
    """What lies outside of it begins with `../`."""
    repo = new_repository(tmp_path / "all")
    for path, content in base_files().items():
        assert isinstance(content, str)
        repo.write(f"deep/ix/{path}", content)
    repo.commit("base")
    repo.git("branch", "base")
    repo.write("deep/ix/members/AS64503.yaml", member_text(64503))
    repo.write("members/AS64504.yaml", member_text(64504))
    repo.commit("offer")
    found = read_submission(repo.folder / "deep/ix", "base", "HEAD", 1)
    assert set(changes(found)) == {"members/AS64503.yaml", "../../members/AS64504.yaml"}
    assert MEMBER in found.base.entries
    assert "members/AS64503.yaml" in found.after.entries


def test_bare_repository_is_read_too(repo: GitRepository, tmp_path: Path) -> None:
    """A plain git server has no work tree."""
    repo.write(MEMBER, member_text(64500, "status: suspended\n"))
    repo.commit("offer")
    subprocess.run(
        ["git", "clone", "--quiet", "--bare", str(repo.folder), str(tmp_path / "bare")], check=True
    )
    found = read_submission(tmp_path / "bare", "base", "offer", 1)
    assert set(changes(found)) == {MEMBER}


@pytest.mark.parametrize("ref", ["nothing", "--all", "offer:members", "", "a\nb"])
def test_ref_that_names_no_commit_is_refused(repo: GitRepository, ref: str) -> None:
    """Also where it looks like an option, or like a file."""
    with pytest.raises(Usage, match="names no commit"):
        offered(repo, ref)


def test_folder_without_a_repository_is_refused(tmp_path: Path) -> None:
    """There is nothing to read."""
    with pytest.raises(Usage, match="is in no git repository"):
        read_submission(tmp_path, "a", "b", 1)


def test_blob_that_is_missing_is_told(repo: GitRepository) -> None:
    """A clone that is not whole judges nothing."""
    head = tree_of(repo, [("100644", b"gone", "12" * 20)])
    with pytest.raises(Usage, match=r"is missing|cannot be merged"):
        offered(repo, head)


def test_past_contents_are_all_that_a_path_ever_had(repo: GitRepository) -> None:
    """Also what was deleted since, and what a merged branch had; not what was no short file."""
    repo.write("members/AS64500.invite", "one")
    repo.commit("one")
    repo.write("members/AS64500.invite", "two")
    repo.commit("two")
    (repo.folder / "members/AS64500.invite").unlink()
    repo.commit("gone")
    repo.write("members/AS64500.invite", "x" * 20_000)
    repo.commit("long")
    repo.git("checkout", "--quiet", "-b", "trunk", "base")
    repo.write("members/README.md", "x")
    repo.commit("meanwhile")
    repo.git("merge", "--quiet", "--no-ff", "--message", "merge", "offer")
    assert set(past_contents(repo.folder, "trunk", "members/AS64500.invite")) == {b"one", b"two"}
    assert past_contents(repo.folder, "base", "members/AS64500.invite") == ()


def test_changes_since_the_last_run_are_those_of_its_revision(repo: GitRepository) -> None:
    """The state branch names the commit; without one, or with a damaged one, nothing is told."""
    base = repo.git("rev-parse", "base")
    assert changed_since_run(repo.folder, "offer") == ()
    for text, told in (
        (f'{{"revision": "{base}"}}', (MEMBER,)),
        ("{}", ()),
        ("[", ()),
        ('{"revision": null}', ()),
    ):
        state = repo.git("mktree", stdin=f"100644 blob {blob(repo, text.encode())}\tapplied.json\n".encode())
        repo.git("update-ref", "refs/heads/ztix-state", repo.git("commit-tree", state, "-m", "state"))
        repo.write(MEMBER, member_text(64500, "status: suspended\n"))
        repo.write("src/tool.py", "x\n")
        repo.commit("merged")
        assert changed_since_run(repo.folder, "offer") == told


def test_base_tree_is_what_the_other_reader_reads(repo: GitRepository) -> None:
    """Two readers of one commit agree to the byte."""
    from ztix.drivers.git_tree import read_revision

    repo.write("members/link", "x")
    (repo.folder / "members/link").unlink()
    (repo.folder / "members/link").symlink_to("AS64500.yaml")
    repo.write("evidence/irr.json", "{}")
    commit = repo.commit("more")
    found: Tree = read_submission(repo.folder, commit, commit, 1).base
    assert found == read_revision(repo.folder, commit)
    assert found.entries["members/link"].kind is Kind.SYMLINK


def test_short_file_outside_of_the_folders_is_read_to_look_for_keys(repo: GitRepository) -> None:
    """Its content is kept apart from what the exchange's own files have; a long one is not read."""
    repo.write("identity.secret", "secret\n")
    repo.write("src/long.txt", "x" * 20_000)
    repo.write(MEMBER, member_text(64500, "status: suspended\n"))
    repo.commit("offer")
    found = {change.path: change for change in offered(repo).changes}
    assert found["identity.secret"].outside == b"secret\n"
    assert found["src/long.txt"].outside is None
    assert found[MEMBER].outside is None
    after = found["identity.secret"].after
    assert after is not None
    assert after.content is None
