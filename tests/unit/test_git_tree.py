"""The exchange's files from the work tree and from a revision, with real git and hostile files."""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path

import pytest

from tests.git_repository import AWAY, GitRepository, new_repository
from ztix.drivers.git_tree import find_exchange, read_revision, read_work_tree, resolve
from ztix.errors import Usage
from ztix.tree import EVIDENCE_BYTES, MEMBER_BYTES, POLICY_BYTES, Entry, Kind, byte_limit

SECRET = "what-the-link-points-to"


@pytest.fixture(autouse=True)
def _away(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in AWAY.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def repo(tmp_path: Path) -> GitRepository:
    """A small exchange that is committed."""
    repository = new_repository(tmp_path / "exchange")
    repository.write("policy/exchange.yaml", "name: example-ix\n")
    repository.write("members/AS64500.yaml", "asn: 64500\n")
    repository.commit()
    return repository


def same_both_ways(repo: GitRepository, root: Path | None = None) -> dict[str, Entry]:
    """The entries, which are the same from the work tree and from its commit, in the same order."""
    commit = repo.commit()
    live, past = read_work_tree(root or repo.folder), read_revision(root or repo.folder, "HEAD")
    assert list(live.entries.items()) == list(past.entries.items())
    assert list(live.entries) == sorted(live.entries)
    assert (live.revision, past.revision) == ("work tree", commit)
    return dict(past.entries)


def test_tree_of_files_is_the_same_both_ways(repo: GitRepository) -> None:
    """Files of all four folders are there with their content, and no other file is."""
    repo.write("templates/bird/bird.conf.j2", "# a template\n")
    repo.write("evidence/irr.json", "{}\n")
    repo.write("README.md", "not the exchange's\n")
    repo.write("src/members/AS64501.yaml", "not the exchange's\n")
    entries = same_both_ways(repo)
    assert {path: entry.content for path, entry in entries.items()} == {
        "evidence/irr.json": b"{}\n",
        "members/AS64500.yaml": b"asn: 64500\n",
        "policy/exchange.yaml": b"name: example-ix\n",
        "templates/bird/bird.conf.j2": b"# a template\n",
    }
    assert {entry.kind for entry in entries.values()} == {Kind.FILE}


def test_tree_of_a_folder_beside_a_file_of_its_name_is_in_order(repo: GitRepository) -> None:
    """Order is that of whole paths: `a.yaml` comes before `a/b.yaml`."""
    for path in ("members/a/b.yaml", "members/a.yaml", "members/a-b.yaml"):
        repo.write(path)
    assert list(same_both_ways(repo))[:3] == ["members/AS64500.yaml", "members/a-b.yaml", "members/a.yaml"]


def test_tree_of_a_link_to_a_file_has_no_content(repo: GitRepository, tmp_path: Path) -> None:
    """A link is told as a link; what it points to is never read."""
    (tmp_path / "secret").write_text(SECRET)
    (repo.folder / "members" / "AS64501.yaml").symlink_to(tmp_path / "secret")
    (repo.folder / "policy" / "gates.yaml").symlink_to("nowhere")
    entries = same_both_ways(repo)
    assert entries["members/AS64501.yaml"].kind is Kind.SYMLINK
    assert entries["policy/gates.yaml"] == Entry("policy/gates.yaml", Kind.SYMLINK, len("nowhere"), None)
    assert SECRET not in repr(entries)


@pytest.mark.parametrize("place", ["members/inner", "templates", "evidence"])
def test_tree_of_a_link_to_a_folder_is_one_entry(repo: GitRepository, tmp_path: Path, place: str) -> None:
    """A link to a folder is not walked, also where it stands for one of the four."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.yaml").write_text(SECRET)
    (repo.folder / place).symlink_to(tmp_path / "outside")
    entries = same_both_ways(repo)
    (found,) = (entry for entry in entries.values() if entry.kind is Kind.SYMLINK)
    assert found.content is None
    assert found.path in (place, f"{place}/")
    assert SECRET not in repr(entries)


def test_tree_when_members_is_a_link_tells_it_below_members(repo: GitRepository, tmp_path: Path) -> None:
    """Where the folder itself is a link, who looks below `members` meets it, at a revision too."""
    shutil.move(repo.folder / "members", tmp_path / "outside")
    (repo.folder / "members").symlink_to(tmp_path / "outside")
    same_both_ways(repo)
    (entry,) = read_revision(repo.folder, "HEAD").below("members")
    assert (entry.kind, entry.content) == (Kind.SYMLINK, None)


def test_tree_when_members_is_a_file_tells_it_below_members(repo: GitRepository) -> None:
    """A file where a folder belongs is there to be found, without its content."""
    shutil.rmtree(repo.folder / "members")
    repo.write("members", "asn: 64500\n")
    assert same_both_ways(repo)["members/"] == Entry("members/", Kind.OTHER, 11, None)


def test_tree_of_an_executable_file_has_no_content(repo: GitRepository) -> None:
    """A file that may be run is no member's file, whatever is in it."""
    repo.write("members/AS64501.yaml", "asn: 64501\n").chmod(0o755)
    assert same_both_ways(repo)["members/AS64501.yaml"] == Entry(
        "members/AS64501.yaml", Kind.EXECUTABLE, 11, None
    )


def test_tree_of_a_submodule_is_one_entry(repo: GitRepository, tmp_path: Path) -> None:
    """Another repository inside a folder is told and not walked."""
    inner = new_repository(tmp_path / "inner")
    inner.write("AS64501.yaml", SECRET)
    inner.commit()
    repo.git(
        "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner.folder), "members/inner"
    )
    entries = same_both_ways(repo)
    assert entries["members/inner"] == Entry("members/inner", Kind.SUBMODULE, 0, None)
    assert SECRET not in repr(entries)


@pytest.mark.parametrize("path", ["members/AS64501.yaml", "policy/routing.yaml"])
@pytest.mark.parametrize("over", [0, 1])
def test_tree_of_a_long_file_has_its_size_and_no_content(repo: GitRepository, path: str, over: int) -> None:
    """The last byte that is read is the one at the limit."""
    size = byte_limit(path) + over
    repo.write(path, b"#" * size)
    entry = same_both_ways(repo)[path]
    assert entry.size == size
    assert (entry.content is None) == bool(over)


def test_limits_of_the_folders_differ() -> None:
    """A member's file is the shortest, evidence the longest."""
    assert [byte_limit(f"{name}/x") for name in ("members", "policy", "templates", "evidence")] == [
        MEMBER_BYTES,
        POLICY_BYTES,
        POLICY_BYTES,
        EVIDENCE_BYTES,
    ]


def test_tree_of_undecodable_names_can_be_printed(repo: GitRepository) -> None:
    """A name, also a folder's, that is no UTF-8 is shown with replacement characters."""
    for name in (b"members/AS\xff.yaml", b"members/d\xfe/AS64501.yaml", b"members/new\nline.yaml"):
        place = os.fsencode(repo.folder) + b"/" + name
        os.makedirs(os.path.dirname(place), exist_ok=True)  # noqa: PTH103, PTH120 - names that Path cannot show
        with open(place, "wb") as file:  # noqa: PTH123 - as above
            file.write(b"asn: 64501\n")
    entries = same_both_ways(repo)
    assert {"members/AS\ufffd.yaml", "members/d\ufffd/AS64501.yaml", "members/new\nline.yaml"} <= set(entries)
    "".join(entries).encode("utf-8")


def test_tree_of_special_files_is_told_and_not_read(repo: GitRepository) -> None:
    """A named pipe or a socket holds nobody up."""
    os.mkfifo(repo.folder / "members" / "AS64501.yaml")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(repo.folder / "members" / "s"))
        entries = read_work_tree(repo.folder).entries
    assert entries["members/AS64501.yaml"] == Entry("members/AS64501.yaml", Kind.OTHER, 0, None)
    assert entries["members/s"].kind is Kind.OTHER


def test_tree_of_an_exchange_in_a_subfolder_has_its_own_paths(tmp_path: Path) -> None:
    """In a bigger repository paths start at the exchange, and its neighbours are not seen."""
    repo = new_repository(tmp_path / "big")
    for name in ("ix é", "ix é2"):
        repo.write(f"deep/{name}/policy/exchange.yaml", f"name: {name}\n")
        repo.write(f"deep/{name}/members/AS64500.yaml", "asn: 64500\n")
    repo.write("members/AS64501.yaml", SECRET)
    entries = same_both_ways(repo, repo.folder / "deep" / "ix é")
    assert {path: entry.content for path, entry in entries.items()} == {
        "members/AS64500.yaml": b"asn: 64500\n",
        "policy/exchange.yaml": "name: ix é\n".encode(),
    }


def test_tree_through_a_link_to_the_exchange_is_the_same(repo: GitRepository, tmp_path: Path) -> None:
    """Who came by another way finds the same files."""
    (tmp_path / "way").symlink_to(repo.folder)
    assert same_both_ways(repo, tmp_path / "way")["members/AS64500.yaml"].content == b"asn: 64500\n"


def test_tree_of_a_thousand_files_is_whole(repo: GitRepository) -> None:
    """Every file has its own content, whatever it holds."""
    for number in range(1_000):
        repo.write(f"members/AS{number}.yaml", f"asn: {number}\n" * (number % 7) + "\0\n")
    entries = same_both_ways(repo)
    assert len(entries) == 1_002
    for number in range(1_000):
        assert (
            entries[f"members/AS{number}.yaml"].content
            == (f"asn: {number}\n" * (number % 7)).encode() + b"\0\n"
        )


def test_tree_of_a_bare_repository_is_read(repo: GitRepository, tmp_path: Path) -> None:
    """A revision needs no work tree."""
    repo.git("clone", "--quiet", "--bare", str(repo.folder), str(tmp_path / "bare"))
    tree = read_revision(tmp_path / "bare", "main")
    assert tree == read_revision(repo.folder, "main")
    assert len(tree.entries) == 2


def test_tree_of_a_shallow_clone_is_read_as_far_as_it_goes(repo: GitRepository, tmp_path: Path) -> None:
    """The commit that was fetched is there; the one before is named by nothing."""
    first = repo.git("rev-parse", "HEAD")
    repo.write("members/AS64501.yaml", "asn: 64501\n")
    repo.commit()
    repo.git("clone", "--quiet", "--depth=1", f"file://{repo.folder}", str(tmp_path / "shallow"))
    assert read_revision(tmp_path / "shallow", "HEAD") == read_revision(repo.folder, "HEAD")
    with pytest.raises(Usage, match=first):
        read_revision(tmp_path / "shallow", first)


def test_tree_of_a_linked_work_tree_is_read(repo: GitRepository, tmp_path: Path) -> None:
    """`git worktree` shares the objects."""
    repo.git("worktree", "add", "--quiet", str(tmp_path / "other"), "-b", "other")
    assert read_revision(tmp_path / "other", "HEAD") == read_revision(repo.folder, "main")


def test_tree_when_objects_are_missing_says_what_to_do(repo: GitRepository) -> None:
    """A damaged repository ends in words, not in a trace."""
    blob = repo.git("rev-parse", "HEAD:members/AS64500.yaml")
    (repo.folder / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(Usage, match="cannot be read"):
        read_revision(repo.folder, "HEAD")


@pytest.mark.parametrize(
    "ref",
    [
        "nowhere",
        "HEAD:members",
        "HEAD~7",
        "",
        "--upload-pack=touch /tmp/x",
        "--all",
        "-h",
        "HEAD..main",
        "HEAD main",
        "a\nb",
        "\N{GREEK SMALL LETTER ALPHA}",
        "0" * 40,
    ],
)
def test_revision_that_names_no_commit_is_usage(repo: GitRepository, ref: str) -> None:
    """What looks like an option is a name like others, and names nothing."""
    with pytest.raises(Usage, match="names no commit"):
        read_revision(repo.folder, ref)


@pytest.mark.parametrize("ref", ["HEAD", "main", "refs/heads/main", "v1", "@"])
def test_revision_by_any_name_is_the_commit(repo: GitRepository, ref: str) -> None:
    """A branch, a tag with a text of its own and a full name lead to the commit's id."""
    repo.git("tag", "--annotate", "--message", "One", "v1")
    assert resolve(repo.folder, ref) == repo.git("rev-parse", "HEAD")


def test_revision_outside_a_repository_is_usage(tmp_path: Path) -> None:
    """A folder without git is told what to do."""
    with pytest.raises(Usage, match="in no git repository") as told:
        read_revision(tmp_path, "HEAD")
    assert "git init" in told.value.help


def test_revision_of_a_repository_that_git_distrusts_tells_git_s_reason(
    repo: GitRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where git refuses to look at all, the words are git's, not that there is no such commit."""
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    with pytest.raises(Usage, match="dubious ownership") as told:
        read_revision(repo.folder, "HEAD")
    assert "safe.directory" in told.value.help


def test_find_exchange_goes_upwards_to_the_nearest(tmp_path: Path) -> None:
    """From any folder inside, the exchange is the nearest one above."""
    for name in ("outer", "outer/inner"):
        (tmp_path / name / "policy").mkdir(parents=True)
        (tmp_path / name / "policy" / "exchange.yaml").touch()
    deep = tmp_path / "outer" / "inner" / "members" / "deep"
    deep.mkdir(parents=True)
    assert find_exchange(deep) == tmp_path / "outer" / "inner"
    assert find_exchange(tmp_path / "outer" / "policy") == tmp_path / "outer"
    assert find_exchange(tmp_path / "outer") == tmp_path / "outer"


def test_find_exchange_where_there_is_none_is_usage(tmp_path: Path) -> None:
    """Nothing above has a policy, and the way out is named."""
    with pytest.raises(Usage, match=r"policy/exchange\.yaml") as told:
        find_exchange(tmp_path)
    assert "ztix init" in told.value.help
