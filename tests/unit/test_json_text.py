"""JSON that is printed: what a stranger wrote commands no CI log, and means what it meant."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

from ztix.console.json_text import json_text
from ztix.export.json_text import json_text as exported

ROOT = Path(__file__).resolve().parents[2] / "src" / "ztix"
FOLDERS = ("console", "cli", "export")
WRITERS = {"dumps", "dump", "model_dump_json"}
# The two that write JSON; and what goes to a machine's file, never to stdout.
ENCODERS = {"console/json_text.py", "export/json_text.py"}
FILES = {("cli/outside.py", "model_dump_json")}
HOSTILE = (
    "##[add-mask]x",
    "a\n::error::b",
    "\r\n##[error]",
    "###[group]",
    "\\##[x",
    "##\\[x",
    "\u2028::x",
    "\x85::add-path::/tmp",
)


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("indent", [None, 1, 2])
def test_json_text_when_hostile_commands_no_log_and_reads_back(text: str, indent: int | None) -> None:
    """No line begins with `::`, no line holds `##[`, and a reader gets each letter."""
    value = {"b": [text, {text: text}], "a": text}
    written = json_text(value, indent=indent)
    assert "##[" not in written
    assert not any(line.strip().startswith("::") for line in written.splitlines())
    assert written.endswith("\n")
    assert json.loads(written) == value


@pytest.mark.parametrize("text", HOSTILE)
def test_exported_json_when_hostile_commands_no_log_and_reads_back(text: str) -> None:
    """An export is printed by a run, too."""
    written = exported({"name": text})
    assert "##[" not in written
    assert json.loads(written) == {"name": text}


def test_json_text_when_harmless_is_plain_json() -> None:
    """Nothing but what would command is written otherwise; keys keep their order unless they are sorted."""
    value = {"b": ["#[x", "##x"], "a": "::"}
    assert json_text(value) == json.dumps(value, indent=1) + "\n"
    assert json_text(value, sort_keys=True) == json.dumps(value, indent=1, sort_keys=True) + "\n"
    assert json_text(value, indent=None) == json.dumps(value) + "\n"


def test_console_when_it_prints_json_uses_the_one_encoder() -> None:
    """A verb that wrote its JSON by itself would forget what a CI log takes for a command."""
    found = [
        (path.relative_to(ROOT).as_posix(), node.attr)
        for folder in FOLDERS
        for path in sorted((ROOT / folder).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in WRITERS
    ]
    assert {name for name, _ in found} >= ENCODERS
    assert [each for each in found if each[0] not in ENCODERS and each not in FILES] == []
