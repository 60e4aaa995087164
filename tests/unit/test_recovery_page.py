"""docs/recovery.md tells of commands, files and exit codes that there are."""

from __future__ import annotations

from pathlib import Path

from tests.unit import test_guides
from ztix.backup import PUBLIC, SECRET, TOKEN

PAGE = Path(__file__).resolve().parents[2] / "docs" / "recovery.md"


def test_recovery_page_has_commands_that_there_are() -> None:
    """Each command with its options; backup, drill, restore and the move are among them."""
    test_guides.test_guide_commands_and_their_options_are_ztix_s(PAGE)
    found = " ".join(test_guides.commands(PAGE.read_text("utf-8")))
    for verb in ("backup create", "backup verify", "backup drill", "backup restore", "migrate-network"):
        assert f"ztix {verb} " in found


def test_recovery_page_names_what_a_new_home_needs() -> None:
    """The files without which git alone is not enough."""
    text = PAGE.read_text("utf-8").partition("from git alone\n")[2]
    assert all(f"`{name}`" in text for name in (SECRET, PUBLIC, TOKEN))
