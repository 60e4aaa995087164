"""Files appear whole or not at all, and what cannot be written is told in words."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ztix.drivers.files import write_files, write_whole
from ztix.errors import Usage


def test_write_files_makes_folders_and_tells_each_path(tmp_path: Path) -> None:
    """Every text is at its path below the root, in the order in which they were given."""
    texts = {"b/c/one": "1\n", "a": "é\r\n"}
    assert list(write_files(tmp_path, texts)) == [tmp_path / "b/c/one", tmp_path / "a"]
    assert (tmp_path / "b/c/one").read_bytes() == b"1\n"
    assert (tmp_path / "a").read_bytes() == "é\r\n".encode()


def test_write_whole_replaces_and_leaves_nothing_beside(tmp_path: Path) -> None:
    """The new text is there, its mode is the old one's, and no temporary file stays."""
    path = tmp_path / "file"
    path.write_text("a longer text than the new one\n")
    path.chmod(0o600)
    write_whole(path, "new\n")
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("new\n", 0o600)
    assert os.listdir(tmp_path) == ["file"]  # noqa: PTH208 - names are what is compared


def test_write_whole_of_a_new_file_lets_others_read(tmp_path: Path) -> None:
    """A file of git is no secret."""
    write_whole(tmp_path / "file", "")
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o644


def test_write_whole_shows_a_reader_the_old_text_or_the_new(tmp_path: Path) -> None:
    """Who has the old file open reads it to its end."""
    path = tmp_path / "file"
    path.write_text("old\n")
    with path.open() as reader:
        write_whole(path, "new\n")
        assert reader.read() == "old\n"


def test_write_whole_when_the_text_cannot_be_encoded_keeps_the_old(tmp_path: Path) -> None:
    """A failure half-way changes nothing and leaves nothing."""
    path = tmp_path / "file"
    path.write_text("old\n")
    with pytest.raises(UnicodeEncodeError):
        write_whole(path, "new \udcff\n")
    assert path.read_text() == "old\n"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["no/such/folder/file", "file/below", ".."])
def test_write_whole_where_it_cannot_is_usage(tmp_path: Path, name: str) -> None:
    """A folder that is not there, a file in a folder's place: the path and the reason are named."""
    (tmp_path / "file").touch()
    with pytest.raises(Usage, match="cannot be written") as told:
        write_whole(tmp_path / name, "text\n")
    assert name in told.value.message


def test_write_files_below_a_file_is_usage(tmp_path: Path) -> None:
    """A file stands where a folder is needed."""
    (tmp_path / "policy").touch()
    with pytest.raises(Usage, match="cannot be written"):
        list(write_files(tmp_path, {"policy/gates.yaml": "x\n"}))


def test_write_files_over_a_link_replaces_the_link(tmp_path: Path) -> None:
    """A link that a stranger put in a file's place does not lead the write elsewhere."""
    (tmp_path / "outside").write_text("mine\n")
    (tmp_path / "exchange").mkdir()
    (tmp_path / "exchange" / "file").symlink_to(tmp_path / "outside")
    list(write_files(tmp_path / "exchange", {"file": "new\n"}))
    assert (tmp_path / "outside").read_text() == "mine\n"
    assert not (tmp_path / "exchange" / "file").is_symlink()


def test_write_files_behind_a_link_to_a_folder_is_usage(tmp_path: Path) -> None:
    """A folder that is a link out of the exchange is not written to."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "exchange").mkdir()
    (tmp_path / "exchange" / "policy").symlink_to(tmp_path / "outside")
    with pytest.raises(Usage, match="leads out of"):
        list(write_files(tmp_path / "exchange", {"policy/schema/x": "new\n"}))
    assert list((tmp_path / "outside").iterdir()) == []


def test_write_whole_through_a_link_keeps_the_link(tmp_path: Path) -> None:
    """A report that goes to a link's target is found there, and the link stays."""
    (tmp_path / "target").write_text("old\n")
    (tmp_path / "link").symlink_to("target")
    write_whole(tmp_path / "link", "new\n")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").read_text() == "new\n"


def test_write_whole_to_a_device_writes_to_it(tmp_path: Path) -> None:
    """`--report /dev/null` is a place to write to, not a file to replace."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_whole(pipe, "text\n")
    assert os.read(reader, 100) == b"text\n"
    os.close(reader)
    assert pipe.is_fifo()
