"""The driver of `zerotier-idtool`, and files for secrets, against a program on disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.idtool import BAD, PUBLIC, SECRET, idtool
from ztix.drivers.idtool import IdTool, find_idtool
from ztix.drivers.secret_files import refuse_open, write_secret
from ztix.errors import Unavailable, Usage
from ztix.identity import Identity


def test_idtool_when_on_the_path_is_found(tmp_path: Path) -> None:
    """The caller's PATH comes first."""
    path = idtool(tmp_path)
    assert find_idtool({"PATH": str(tmp_path)}) == IdTool(path)


def test_idtool_when_nowhere_is_none(tmp_path: Path) -> None:
    """A machine without zerotier-one is no error."""
    if any(
        Path(folder, "zerotier-idtool").exists() for folder in ("/usr/sbin", "/usr/local/sbin", "/usr/bin")
    ):
        pytest.skip("zerotier-idtool is installed on this machine")
    assert find_idtool({"PATH": str(tmp_path)}) is None


def test_idtool_when_asked_generates_and_validates(tmp_path: Path) -> None:
    """It prints a secret identity, and says by its exit whether one is sound."""
    tool = IdTool(idtool(tmp_path))
    made = tool.generate()
    assert (made.public_text, made.secret) == (PUBLIC, SECRET)
    assert tool.is_valid(made)
    assert not tool.is_valid(Identity.parse(BAD))


def test_idtool_when_it_prints_something_else_is_unavailable_and_not_quoted(tmp_path: Path) -> None:
    """What it printed may be a secret in another form."""
    tool = IdTool(idtool(tmp_path, generates="4fd7e5c5fe:9:" + SECRET))
    with pytest.raises(Unavailable) as refused:
        tool.generate()
    assert SECRET not in refused.value.message + refused.value.help


def test_idtool_when_it_signs_a_moon_says_which_file_it_wrote(tmp_path: Path) -> None:
    """The file is named by the moon's id, beside the definition."""
    definition = tmp_path / "moon.json"
    definition.write_text("{}")
    assert IdTool(idtool(tmp_path)).sign_moon(definition) == tmp_path / "0000004fd7e5c5fe.moon"


def test_idtool_when_it_writes_no_moon_is_unavailable(tmp_path: Path) -> None:
    """A moon of an earlier day is not taken for the one that was asked for."""
    definition = tmp_path / "moon.json"
    definition.write_text("{}")
    (tmp_path / "0000001111111111.moon").write_text("old")
    with pytest.raises(Unavailable, match="wrote no file"):
        IdTool(idtool(tmp_path, moon="")).sign_moon(definition)


def test_idtool_when_it_fails_is_unavailable(tmp_path: Path) -> None:
    """An exit that was not expected says nothing about what was asked."""
    with pytest.raises(Unavailable, match="ended with 1"):
        IdTool(idtool(tmp_path)).sign_moon(tmp_path / "nowhere.json")
    with pytest.raises(Unavailable, match="does not start"):
        IdTool(tmp_path / "nowhere").generate()


def test_secret_file_when_written_is_its_owner_s_alone(tmp_path: Path) -> None:
    """Mode 0600 from the first moment, whatever the umask."""
    path = tmp_path / "identity.secret"
    write_secret(path, SECRET)
    assert (path.read_text("ascii"), path.stat().st_mode & 0o777) == (SECRET, 0o600)
    refuse_open(path)
    path.chmod(0o640)
    with pytest.raises(Usage, match="mode `0640`"):
        refuse_open(path)


def test_secret_file_when_there_already_is_left_alone(tmp_path: Path) -> None:
    """It may be the only copy."""
    path = tmp_path / "identity.secret"
    path.write_text("before")
    with pytest.raises(Usage, match="is there already"):
        write_secret(path, SECRET)
    assert path.read_text() == "before"
    with pytest.raises(Usage, match="cannot be made"):
        write_secret(tmp_path / "nowhere" / "identity.secret", SECRET)
