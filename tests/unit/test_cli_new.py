"""`ztix new`: what it says on stderr where it writes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.exchange_fixture import good_files
from tests.unit.test_cli import ztix
from ztix.errors import Exit


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small exchange on disk."""
    for path, text in good_files().items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    ("words", "error", "advice"),
    [
        (("bla",), "`bla` is no AS number", "write it in digits, 1 to 4294967295, such as 64500"),
        (
            ("AS64502", "--node", "7A2B3C4D5F"),
            "`--node` must be a ZeroTier node id: ten lower-case hex digits",
            "write `7a2b3c4d5f`",
        ),
        (
            ("AS64502", "--node", "1a2b364500"),
            "the node `1a2b364500` is held by `AS64500`: members/AS64500.yaml:7:9",
            "`zerotier-cli info` on your own router shows its id",
        ),
    ],
)
def test_new_with_words_that_cannot_be_says_what_to_write(
    folder: Path, words: tuple[str, ...], error: str, advice: str
) -> None:
    """A slip is told in words that fit a shell, nothing is written, and the network is not asked."""
    done = ztix("-C", str(folder), "new", *words, "--offline")
    assert done.returncode == Exit.USAGE
    assert done.stderr == f"error: {error}\n help: {advice}\n"
    assert not (folder / "members" / "AS64502.yaml").exists()
