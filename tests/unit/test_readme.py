"""The README says what the code does: verbs, exit codes, rules, files and links."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ztix.cli import COMMANDS
from ztix.errors import EXIT_MEANINGS, Exit
from ztix.rules import RULES

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")


def section(title: str) -> str:
    """The text below a heading, up to the next."""
    return README.split(f"\n## {title}\n")[1].split("\n## ")[0]


def rows(text: str) -> list[list[str]]:
    """The rows of a table, without its head."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_readme_lists_every_verb_in_the_words_of_its_help() -> None:
    """The table of verbs is the program's own."""
    expected = [[f"`{name}`", words] for name, (_, words) in COMMANDS.items()]
    assert rows(section("Verbs")) == expected


def test_readme_lists_every_exit_code_with_its_meaning() -> None:
    """The table of exit codes is the program's own."""
    assert rows(section("Exit codes")) == [[str(int(code)), EXIT_MEANINGS[code]] for code in Exit]


def test_readme_counts_the_rules_and_names_every_family() -> None:
    """The number of rules and their families are the registry's."""
    assert f"goes by {len(RULES)} rules" in section("Rules")
    families = {f"{rule[:3]}xx" for rule in RULES}
    assert {row[0] for row in rows(section("Rules"))} == families


@pytest.mark.parametrize(
    "name",
    sorted(set(re.findall(r"`((?:src|templates|tests|examples|docs|agent|routeserver)/[\w./-]*)`", README))),
)
def test_readme_names_files_that_are_there(name: str) -> None:
    """A path in the README exists, from the top or from the source."""
    assert (ROOT / name).exists() or (ROOT / "src" / "ztix" / name).exists()


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(([^)#]+)\)", README))))
def test_readme_links_lead_somewhere(link: str) -> None:
    """Every relative link has a file."""
    assert (ROOT / link).exists()


@pytest.mark.parametrize("target", sorted(set(re.findall(r"`make (\w+)`", README))))
def test_readme_targets_are_in_the_makefile(target: str) -> None:
    """Every make target that is named is there."""
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text("utf-8"), re.M)


def test_readme_is_what_every_verb_s_group_help_lists() -> None:
    """Each command's own short help is the sentence of the table."""
    import importlib

    for name, (module, words) in COMMANDS.items():
        assert getattr(importlib.import_module(module), name.replace("-", "_")).short_help == words
