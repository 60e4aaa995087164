"""The shape of the source: sizes, words, what is pure, and what the tree never names.

Law: reads the source as text and syntax trees, and imports none of it. The order of the modules is not
repeated here: `.importlinter` has it, `lint-imports` holds it, and this file sees that its two lists agree.
"""

import ast
import configparser
import re
import statistics
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "ztix"
FILES = sorted(SOURCE.rglob("*.py"))

FILE_LINES = 300
MEDIAN_LINES = 150
FUNCTION_LINES = 40

# What the house calls otherwise. A context manager and `email.utils` are Python's own words.
RENAMED = re.compile(
    r"(?<!email\.)utils|helpers|(?<!context)(?<!context )manager|customer|whitelist", re.IGNORECASE
)
# In two pieces, so that this file does not contain what it forbids.
REGISTRIES = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("python" + "hosted", "org"),
        ("deb", "debian", "org"),
        ("npm" + "js", "org"),
        ("crates", "io"),
        ("proxy", "golang", "org"),
    )
]
EFFECTS = {"open", "print", "input", "exec", "eval", "compile", "breakpoint", "__import__"}
CLOCKS = {"now", "utcnow", "today"}


def contracts() -> configparser.ConfigParser:
    parser = configparser.ConfigParser()
    parser.read(ROOT / ".importlinter")
    return parser


def pure_modules() -> list[str]:
    return contracts()["importlinter:contract:pure"]["source_modules"].split()


def layers() -> list[list[str]]:
    """From `cli` down, each layer with its modules."""
    lines = contracts()["importlinter:contract:line"]["layers"].split("\n")
    return [re.findall(r"\w+", line) for line in lines if line]


def files_of(module: str) -> list[Path]:
    path = ROOT / "src" / module.replace(".", "/")
    return sorted(path.rglob("*.py")) if path.is_dir() else [path.with_suffix(".py")]


PURE_FILES = [path for module in pure_modules() for path in files_of(module)]


def syntax(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), str(path))


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Each function with the number of its body's lines, the docstring left out."""
    for node in ast.walk(syntax(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) is not None else node.body
            yield node.name, (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def imported(path: Path) -> set[str]:
    """The modules that a file imports, wherever in it the import stands."""
    names: set[str] = set()
    for node in ast.walk(syntax(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def called(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(syntax(path)):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name) and node.func.id in EFFECTS:
                yield node.func.id, node.lineno
            if isinstance(node.func, ast.Attribute) and node.func.attr in CLOCKS:
                yield node.func.attr, node.lineno


def test_source_files_when_counted_stay_small() -> None:
    """No file passes 300 lines, and half of them stay within 150."""
    lines = {path: len(path.read_text("utf-8").splitlines()) for path in FILES}
    written = [count for count in lines.values() if count]
    assert {str(path.relative_to(ROOT)): count for path, count in lines.items() if count > FILE_LINES} == {}
    assert statistics.median(written) <= MEDIAN_LINES


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_source_functions_when_counted_stay_small(path: Path) -> None:
    """No function has more than 40 lines beside its docstring."""
    assert [(name, count) for name, count in functions(path) if count > FUNCTION_LINES] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_source_file_begins_with_its_law(path: Path) -> None:
    """A file that says anything says first what it is."""
    tree = syntax(path)
    assert not tree.body or ast.get_docstring(tree)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_source_words_are_the_houses(path: Path) -> None:
    """No word stands in the source, or in a file's name, that the house calls otherwise."""
    text = f"{path.relative_to(SOURCE)}\n{path.read_text('utf-8')}"
    assert [line for line in text.splitlines() if RENAMED.search(line)] == []


def test_pure_list_is_all_that_stands_below_the_drivers() -> None:
    """The contract `pure` names exactly the modules of the layers under `drivers`."""
    order = layers()
    drivers = next(i for i, layer in enumerate(order) if "drivers" in layer)
    below = {f"ztix.{name}" for layer in order[drivers + 1 :] for name in layer}
    assert below == set(pure_modules())


def test_layers_when_read_name_every_module_and_no_other() -> None:
    """Each module and package of ztix has its place in the order, and each place its module."""
    named = {name for layer in layers() for name in layer}
    there = {path.stem for path in SOURCE.glob("*.py")} | {
        path.parent.name for path in SOURCE.glob("*/__init__.py")
    }
    assert named == there - {"__init__", "__main__"}


@pytest.mark.parametrize("path", PURE_FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_pure_file_calls_no_effect_and_no_clock(path: Path) -> None:
    """Left of the drivers nothing is opened, printed or evaluated, and nobody asks what time it is."""
    assert list(called(path)) == []


@pytest.mark.parametrize("path", PURE_FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_pure_file_leaves_yaml_to_document_and_templates_to_render(path: Path) -> None:
    """YAML is read in one pure module (its comments in another), and templates are filled in one."""
    assert "yaml" not in imported(path) or path.stem in {"document", "comments"}
    assert "jinja2" not in imported(path) or path.stem == "render"
    assert "urllib.request" not in imported(path)


def test_tree_when_searched_names_no_package_registry() -> None:
    """No file but the lock names the host of a package registry: the machine's own configuration does."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    files = [ROOT / name for name in listed.stdout.split("\0") if name and name != "uv.lock"]
    texts = {path: path.read_bytes() for path in files if path.is_file()}
    found = {
        str(path.relative_to(ROOT)): host
        for path, text in texts.items()
        for host in REGISTRIES
        if host.encode() in text
    }
    assert found == {}
