"""Where the command line finds the exchange that it works on."""

from __future__ import annotations

from pathlib import Path

import pytest

from ztix.cli.outside import find_root
from ztix.errors import Usage


def test_root_of_a_folder_that_is_gone_is_refused_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A shell may stand in a folder that somebody removed; that is no bug of ours."""
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(Usage, match="the folder that this runs in is gone"):
        find_root(".")
