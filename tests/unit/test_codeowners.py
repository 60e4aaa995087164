"""Whom the forge asks to look is written from the maintainers, and nobody is forgotten."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.unit.exchange_fixture import good_files
from ztix.cli import cli
from ztix.codeowners import PATH, codeowners
from ztix.maintainers_policy import MaintainersPolicy
from ztix.scaffold import scaffold
from ztix.terms import Asn, Label

ROOT = Path(__file__).resolve().parents[2]


def policy(**people: str) -> MaintainersPolicy:
    rows = [
        {"github": {"id": str(number), "login": login}, "role": role}
        for number, (login, role) in enumerate(people.items(), start=1)
    ]
    return MaintainersPolicy.model_validate({"maintainers": rows})


def rules(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines() if line.strip() and not line.startswith("#")]


def test_codeowners_asks_owners_for_all_and_nobody_in_particular_for_members() -> None:
    """A reviewer approves who joins, and is asked for nothing else."""
    text = codeowners(policy(alice="owner", bob="admin", carol="reviewer", dora="owner"))
    evidence = ["/evidence/", "@alice", "@bob", "@dora"]
    assert rules(text) == [["*", "@alice", "@dora"], evidence, ["/members/"]]


def test_codeowners_when_nobody_is_named_asks_nobody() -> None:
    """A new exchange has the file, and fills it with its first owner."""
    text = codeowners(MaintainersPolicy())
    assert rules(text) == [["*"], ["/evidence/"], ["/members/"]]
    assert scaffold(Label("x"), "X", Asn(64510), "1", {})[PATH] == text
    assert all(line == line.rstrip() for line in text.splitlines())


def test_codeowners_of_this_repository_is_written_from_its_policy() -> None:
    """The file in git is the one that the verb writes."""
    assert (
        CliRunner()
        .invoke(cli, ["-C", str(ROOT), "codeowners", "--check"], standalone_mode=False)
        .return_value
        == 0
    )


@pytest.mark.parametrize("before", [None, "* @somebody\n"])
def test_codeowners_check_writes_nothing_and_says_what_would_change(
    before: str | None, tmp_path: Path
) -> None:
    """The check ends with 3 until the verb has written the file."""
    for path, text in good_files().items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    place = tmp_path / PATH
    if before is not None:
        place.parent.mkdir()
        place.write_text(before)

    def run(*words: str) -> object:
        return (
            CliRunner()
            .invoke(cli, ["-C", str(tmp_path), "codeowners", *words], standalone_mode=False)
            .return_value
        )

    assert run("--check") == 3
    assert (place.read_text() if before else place.exists()) == (before or False)
    assert run() == 0
    assert run("--check") == 0
