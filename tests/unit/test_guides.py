"""The guides say what is so: their example is a good file, their commands exist, their links lead on."""

import re
from pathlib import Path

import pytest

from ztix.cli import COMMANDS
from ztix.document import read_document
from ztix.member import Member
from ztix.shape import read_model
from ztix.tree import Entry, Kind

ROOT = Path(__file__).resolve().parents[2]
PACKAGED = ROOT / "src" / "ztix" / "scaffold" / "files"
GUIDES = [ROOT / "docs" / "join.md", ROOT / "docs" / "exchange.md", *sorted(PACKAGED.rglob("*.md"))]


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_guide_commands_are_commands_of_ztix(guide: Path) -> None:
    """Each `ztix VERB` of a guide, in a sentence or a block of commands, is one that there is."""
    text = guide.read_text()
    blocks = "\n".join(re.findall(r"^```\n(.*?)^```", text, flags=re.M | re.S))
    verbs = re.findall(r"^ztix ([a-z]+)", blocks, flags=re.M) + re.findall(r"`ztix ([a-z]+)", text)
    assert set(verbs) <= set(COMMANDS)


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
