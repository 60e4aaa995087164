"""The guides say what is so: their example is a good file, their commands exist, their links lead on."""

import importlib
import re
from pathlib import Path

import click
import pytest

from ztix.cli import COMMANDS
from ztix.document import read_document
from ztix.lab.controller.__main__ import _parser
from ztix.member import Member
from ztix.shape import read_model
from ztix.tree import Entry, Kind

ROOT = Path(__file__).resolve().parents[2]
PACKAGED = ROOT / "src" / "ztix" / "scaffold" / "files"
GUIDES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted(PACKAGED.rglob("*.md"))]


def commands(text: str) -> list[str]:
    """What a guide tells to type: lines of its blocks, and words in its sentences, from `ztix` on."""
    blocks = "\n".join(re.findall(r"^```\n(.*?)^```", text, flags=re.M | re.S))
    lines = [line.partition(" #")[0] for line in re.findall(r"^ztix .*$", blocks, flags=re.M)]
    return [*lines, *re.findall(r"`(ztix [a-z][^`]*)`", text)]


def refuse_unknown(line: str) -> None:
    """Fails where a command is not ztix's, or has not the options that are given."""
    verb, *words = line.split()[1:]
    assert verb in COMMANDS, line
    command = getattr(importlib.import_module(COMMANDS[verb][0]), verb.replace("-", "_"))
    while isinstance(command, click.Group) and words:
        assert words[0] in command.commands, line
        command = command.commands[words.pop(0)]
    known = {name for parameter in command.params for name in parameter.opts} | {"--help"}
    if command.name == "controller":  # a program of its own, with its own help
        known |= set(re.findall(r"--[a-z-]+", _parser().format_help()))
    assert {word for word in words if word.startswith("-")} <= known, line


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_guide_commands_and_their_options_are_ztix_s(guide: Path) -> None:
    """Each command of a guide is one that there is, with options that it has."""
    for line in commands(guide.read_text()):
        refuse_unknown(line)


def test_guide_commands_are_found_where_guides_have_them() -> None:
    """The reading of guides sees the commands in blocks and in sentences."""
    found = commands((ROOT / "docs" / "exchange.md").read_text())
    assert {"ztix check", "ztix drift", "ztix reconcile --approve sha256:..."} <= set(found)


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_guide_links_lead_to_files(guide: Path) -> None:
    """A link without a scheme names a file beside the guide."""
    for target in re.findall(r"\]\(([^):#]+)\)", guide.read_text()):
        assert (guide.parent / target).is_file(), target


def test_guide_to_joining_shows_a_member_file_without_findings() -> None:
    """The file that newcomers copy is one that the check accepts."""
    guide = (ROOT / "docs" / "join.md").read_text()
    (text,) = re.findall(r"^```yaml\n(.*?)^```", guide, flags=re.M | re.S)
    document, findings = read_document(Entry("members/AS64500.yaml", Kind.FILE, len(text), text.encode()))
    assert document is not None, findings
    member, findings = read_model(document, Member)
    assert member is not None, findings
