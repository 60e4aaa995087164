"""The pages of docs/ name files, tests, layers, packages and decisions that there are."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.test_architecture import SOURCE, layers, pure_modules

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
ARCHITECTURE = (DOCS / "architecture.md").read_text("utf-8")
PLACEHOLDER = re.compile(r"/(?!README)[A-Z]+\.")
NAMED = re.compile(r"`((?:bench|deploy|docs|examples|scripts|src|templates|tests)/[\w./-]+?)(?:::(\w+))?`")


def between(name: str) -> list[list[str]]:
    """The rows of the table between two marks, without its head."""
    text = ARCHITECTURE.partition(f"<!-- begin {name} -->\n")[2].partition(f"<!-- end {name} -->")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines()[2:]]


def functions_in(path: Path) -> set[str]:
    tree = ast.parse(path.read_text("utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(DOCS).as_posix())
def test_page_names_files_and_tests_that_are_there(page: Path) -> None:
    """A path in backticks is one from the top of the tree, and what stands after `::` is a test in it."""
    for path, test in NAMED.findall(page.read_text("utf-8")):
        assert (ROOT / path).exists() or PLACEHOLDER.search(path), path
        assert not test or test in functions_in(ROOT / path), test


def test_architecture_names_packages_and_whether_they_are_pure() -> None:
    """All packages and no other, each pure if and only if the contract says so."""
    packages = {path.parent.name for path in SOURCE.glob("*/__init__.py")}
    assert {name.strip("`"): pure for name, pure, _ in between("packages")} == {
        name: "yes" if f"ztix.{name}" in pure_modules() else "no" for name in packages
    }


def test_architecture_has_layers_in_the_order_of_the_contract() -> None:
    """From the top, each row where its modules are; what may touch nothing is pure."""
    place = {name: number for number, layer in enumerate(layers()) for name in layer}
    rows = [(re.findall(r"`(\w+)`", names), touches) for names, _, touches in between("layers")]
    heights = [(min(place[name] for name in names), max(place[name] for name in names)) for names, _ in rows]
    assert [low for low, _ in heights] == sorted(low for low, _ in heights)
    assert [high for _, high in heights] == sorted(high for _, high in heights)
    pure = {f"ztix.{name}" for names, touches in rows if touches == "nothing" for name in names}
    assert len(pure) > 10
    assert pure <= set(pure_modules())


def test_threat_model_shows_a_test_for_each_threat() -> None:
    """No row of its tables goes without."""
    text = (DOCS / "threat-model.md").read_text("utf-8")
    threats = text.partition("## Threats\n")[2].partition("## What is not defended")[0]
    rows = [line for line in threats.splitlines() if line.startswith("| ") and "shown by" not in line]
    assert len(rows) > 20
    assert [row for row in rows if "`tests/" not in row.rsplit(" | ", 1)[-1]] == []


def test_index_of_decisions_is_made_from_them(golden: Callable[[Path, str], None]) -> None:
    """Each decision with its number and title, in order; `--rewrite` writes it."""
    rows = []
    for path in sorted((DOCS / "adr").glob("0*.md")):
        number, _, title = path.read_text("utf-8").partition("\n")[0].removeprefix("# ").partition(". ")
        assert path.name.startswith(f"{int(number):04}-")
        rows.append(f"| {number} | [{title}]({path.name}) |\n")
    head = "# Decisions\n\nWhy things are as they are, one page for each decision.\n\n"
    head += "| number | decision |\n|---|---|\n"
    golden(DOCS / "adr" / "README.md", head + "".join(rows))


def test_menu_names_every_page_but_decisions() -> None:
    """A decision is reached from the index of them all."""
    config = (ROOT / "mkdocs.yml").read_text("utf-8").partition("\nnav:")[2]
    menu = re.findall(r"([\w/-]+\.md)", config)
    pages = {path.relative_to(DOCS).as_posix() for path in PAGES}
    assert sorted(menu) == sorted(name for name in pages if not name.startswith("adr/0"))
