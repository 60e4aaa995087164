"""`ztix site build`: what it takes from git, what it writes and deletes, and how it ends."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.git_repository import GitRepository, new_repository
from tests.unit.exchange_fixture import EXCHANGE, good_files, member_text
from tests.unit.test_site import applied, receipt
from ztix.cli import cli
from ztix.drivers.files import MADE, write_folder
from ztix.drivers.membership import NEWEST, SAMPLES, records, register
from ztix.drivers.state_branch import REF
from ztix.errors import Exit, Invalid, Usage

BLOCK = "publication:\n  ixf: {ixp_id: 7, port_speed: 100}\n"
BROKEN = "asn: 64501\nname: [\n"


@pytest.fixture
def repo(tmp_path: Path) -> GitRepository:
    """The good exchange, committed on 2 January 2026 at 03:04:05 UTC."""
    made = new_repository(tmp_path / "ix")
    for path, text in {**good_files(), "policy/exchange.yaml": EXCHANGE + BLOCK}.items():
        made.write(path, text)
    made.commit()
    return made


def build(repo: GitRepository, out: Path, *words: str) -> Result:
    asked = ["-C", str(repo.folder), "site", "build", "--out", str(out), *words]
    result = CliRunner().invoke(cli, asked, standalone_mode=False)
    if result.exception is not None:
        raise result.exception
    return result


def files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def record(repo: GitRepository, number: int, *, ended: bool = True) -> None:
    """One record on the branch of runs."""
    texts = {"applied.json": applied(number)}
    if ended:
        texts["receipt.json"] = receipt(f"2026-01-03T00:{number // 60:02}:{number % 60:02}Z")
    rows = [
        f"100644 blob {repo.git('hash-object', '-w', '--stdin', stdin=text)}\t{name}"
        for name, text in sorted(texts.items())
    ]
    tree = repo.git("mktree", stdin=("\n".join(rows) + "\n").encode())
    tip = repo.refs().get(REF)
    commit = repo.git("commit-tree", tree, *(["-p", tip] if tip else []), "-m", "A run")
    repo.git("update-ref", REF, commit)


def test_site_build_gives_the_same_bytes_for_a_commit(repo: GitRepository, tmp_path: Path) -> None:
    """Nothing of it comes from a clock or from what is not committed."""
    result = build(repo, tmp_path / "one")
    assert result.return_value == Exit.DONE
    assert result.stdout == ""
    repo.write("members/AS64500.yaml", "not committed")
    build(repo, tmp_path / "two")
    assert files(tmp_path / "one") == files(tmp_path / "two")
    assert {"index.html", "members/AS64500.html", "ixf.json", "feed.xml", MADE} <= set(
        files(tmp_path / "one")
    )


def test_site_build_when_a_member_left_deletes_its_page_alone(repo: GitRepository, tmp_path: Path) -> None:
    """What somebody put beside the pages stays, and the leave is told."""
    build(repo, tmp_path / "out")
    (tmp_path / "out" / "CNAME").write_text("ix.example.net")
    (repo.folder / "members" / "AS64501.yaml").unlink()
    repo.commit()
    build(repo, tmp_path / "out")
    left = files(tmp_path / "out")
    assert "members/AS64501.html" not in left
    assert left["CNAME"] == b"ix.example.net"
    assert b"Example 64501</bdi> (AS64501) left" in left["status.html"]
    assert b"64501" not in left["index.html"]


def test_site_build_into_somebody_else_s_folder_is_usage(repo: GitRepository, tmp_path: Path) -> None:
    """Nothing there is touched."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("mine")
    with pytest.raises(Usage, match="files that were not written here"):
        build(repo, tmp_path / "out")
    assert files(tmp_path / "out") == {"thesis.txt": b"mine"}


def test_site_build_when_a_member_is_broken_leaves_it_out(repo: GitRepository, tmp_path: Path) -> None:
    """No page, no row, no join; the exit code is that of a run."""
    repo.write("members/AS64501.yaml", BROKEN)
    repo.commit()
    result = build(repo, tmp_path / "out")
    assert result.return_value == Exit.PARTIAL
    assert all(b"64501" not in text for text in files(tmp_path / "out").values())


def test_site_build_when_policy_is_broken_writes_nothing(repo: GitRepository, tmp_path: Path) -> None:
    """There is nothing sound to tell."""
    repo.write("policy/fabrics.yaml", "fabrics: []\n")
    repo.commit()
    with pytest.raises(Invalid):
        build(repo, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_site_build_without_a_block_for_ixf_says_so(repo: GitRepository, tmp_path: Path) -> None:
    """The rest is made all the same."""
    repo.write("policy/exchange.yaml", EXCHANGE)
    repo.commit()
    assert "note: without `publication.ixf`" in build(repo, tmp_path / "out").stderr
    assert "ixf.json" not in files(tmp_path / "out")


def test_site_build_goes_by_the_exchange_s_own_templates(repo: GitRepository, tmp_path: Path) -> None:
    """One of its own stands in for the packaged one."""
    repo.write("templates/site/style.css.j2", "body { color: red }\n")
    repo.commit()
    build(repo, tmp_path / "out")
    assert files(tmp_path / "out")["style.css"] == b"body { color: red }\n"


def test_write_folder_deletes_nothing_outside_whatever_its_list_says(tmp_path: Path) -> None:
    """The list may be somebody's work."""
    (tmp_path / "mine").write_text("mine")
    out = tmp_path / "out"
    out.mkdir()
    (out / "link").symlink_to(tmp_path)
    (out / MADE).write_text(f"../mine\n{tmp_path}/mine\nlink/mine\nold\nno/such\n")
    (out / "old").write_text("old")
    assert list(write_folder(out, {"a": "1"})) == [out / "a"]
    assert (tmp_path / "mine").read_text() == "mine"
    assert not (out / "old").exists()
    assert (out / MADE).read_text() == "a\n"


def test_register_tells_every_turn_of_the_main_line_in_order(repo: GitRepository) -> None:
    """A join in a merged branch is its merge's; an edit and a folder's other files are no turn."""
    repo.git("switch", "--quiet", "--create", "join")
    repo.write("members/AS64502.yaml", member_text(64502))
    repo.commit()
    repo.git("switch", "--quiet", "main")
    repo.git("merge", "--quiet", "--no-ff", "--no-gpg-sign", "--message", "Merge", "join")
    repo.write("members/AS64500.yaml", member_text(64500, "status: suspended\n"))
    repo.write("members/README.md", "words")
    repo.write("members/AS99999999999.yaml", "no number")
    repo.commit()
    (repo.folder / "members" / "AS64502.yaml").unlink()
    last = repo.commit()
    found = register(repo.folder, last)
    told = [(int(turn.asn), turn.joined) for turn in found.turns]
    assert sorted(told[:2]) == [(64500, True), (64501, True)]
    assert told[2:] == [(64502, True), (64502, False)]
    assert found.turns[2].commit == repo.git("rev-parse", "HEAD^^")
    assert found.turns[3].before == member_text(64502).encode()
    assert found.cut is None


def test_register_of_a_shallow_clone_tells_where_it_begins(repo: GitRepository, tmp_path: Path) -> None:
    """What seems to come with its first commit was there before."""
    repo.write("members/AS64502.yaml", member_text(64502))
    last = repo.commit()
    clone = GitRepository(tmp_path)
    clone.git("clone", "--quiet", "--depth=1", f"file://{repo.folder}", "clone")
    found = register(tmp_path / "clone", last)
    assert found.cut == last
    assert {turn.commit for turn in found.turns} == {last}


def test_records_of_an_exchange_without_runs_are_none(repo: GitRepository) -> None:
    """There is no such branch before the first run."""
    assert records(repo.folder, REF) == ()


def test_records_are_those_of_runs_that_ended(repo: GitRepository, tmp_path: Path) -> None:
    """What was written on the way has no receipt; the page of the status tells the rest."""
    for number in range(3):
        record(repo, number, ended=number != 1)
    assert [found.applied for found in records(repo.folder, REF)] == [applied(2), applied(0)]
    build(repo, tmp_path / "out")
    assert b"Sessions set up" in files(tmp_path / "out")["status.html"]


def test_records_of_a_long_past_are_the_newest_and_a_sample(
    repo: GitRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The oldest is among them."""
    monkeypatch.setattr("ztix.drivers.membership.NEWEST", 2)
    monkeypatch.setattr("ztix.drivers.membership.SAMPLES", 3)
    for number in range(9):
        record(repo, number)
    assert [found.applied for found in records(repo.folder, REF)] == [applied(n) for n in (8, 7, 6, 3, 0)]
    assert NEWEST < SAMPLES
