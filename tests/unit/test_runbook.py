"""The runbook has a page for each exit code and each alert, and each of its commands is one that there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from tests.unit import test_guides
from ztix.errors import EXIT_MEANINGS, Exit
from ztix.gates import judge

ROOT = Path(__file__).resolve().parents[2]
RUNBOOK = ROOT / "docs" / "runbook"
PAGES = sorted(RUNBOOK.glob("*.md"))
PARTS = ["What it means", "How to look", "What to do", "What not to do", "When it is over"]
ALERTS = [
    rule["alert"]
    for group in yaml.safe_load((ROOT / "docs/monitoring/alerts.yml").read_text("utf-8"))["groups"]
    for rule in group["rules"]
]
EACH_PAGE = pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)


def blocks(text: str) -> list[str]:
    """The lines of a page's code blocks, wherever these are indented to."""
    found = re.findall(r"^( *)```\w*\n(.*?)^\1```", text, flags=re.M | re.S)
    return [line.strip() for _, block in found for line in block.splitlines()]


def commands(text: str) -> list[str]:
    """Every command of ztix: in blocks, also behind a variable and before a pipe, and in words."""
    lines = [re.sub(r"^([A-Z_]+=\S+ )+", "", line).partition(" |")[0] for line in blocks(text)]
    return [line for line in lines if line.startswith("ztix ")] + re.findall(r"`(ztix [a-z][^`\n]*)`", text)


def test_runbook_has_a_page_for_each_way_to_end_and_each_alert() -> None:
    """And no page besides, so that none is left behind."""
    expected = {"README"} | {f"exit-{int(code)}" for code in Exit} | {f"alert-{name}" for name in ALERTS}
    assert {page.stem for page in PAGES} == expected


def test_runbook_index_names_each_page_with_its_meaning() -> None:
    """In the order of the codes, and of the alerts' file."""
    text = (RUNBOOK / "README.md").read_text("utf-8")
    exits = [(f"{int(c)}", EXIT_MEANINGS[c], f"exit-{int(c)}.md") for c in Exit]
    assert re.findall(r"^\| (\d+) \| (.*) \| \[.*\]\((exit-.*)\) \|$", text, re.M) == exits
    assert re.findall(r"^\| (\w+) \| \[.*\]\((alert-.*)\) \|$", text, re.M) == [
        (name, f"alert-{name}.md") for name in ALERTS
    ]


@EACH_PAGE
def test_runbook_page_says_what_a_person_needs(page: Path) -> None:
    """The same five parts in the same order, each with something in it."""
    if page.stem == "README":
        return
    title, *parts = re.split(r"^## ", page.read_text("utf-8"), flags=re.M)
    assert [part.partition("\n")[0] for part in parts] == PARTS
    assert all(part.partition("\n")[2].strip() for part in parts)
    code = re.fullmatch(r"exit-(\d+)", page.stem)
    words = f"# Exit {code[1]}: " if code else f"# Alert {page.stem.removeprefix('alert-')}\n"
    assert title.startswith(words)


@EACH_PAGE
def test_runbook_page_has_commands_that_there_are(page: Path) -> None:
    """Each command is ztix's, down to its options; what stands in a block is a command of somebody's."""
    text = page.read_text("utf-8")
    for line in commands(text):
        test_guides.refuse_unknown(line)
    others = "birdc|curl|df|git|journalctl|ps|sha256sum|systemctl"
    assert [line for line in blocks(text) if not re.match(rf"([A-Z_]+=\S+ )?(ztix|{others}) ", line)] == []


def test_runbook_commands_are_found_where_pages_have_them() -> None:
    """The reading sees blocks that are indented, variables before a command and pipes behind it."""
    found = {line for page in PAGES for line in commands(page.read_text("utf-8"))}
    assert {"ztix reconcile --approve sha256:...", "ztix render --ref HEAD --only rs1"} <= found
    assert "ztix plan --ref HEAD" in found


def test_runbook_names_every_gate() -> None:
    """The page of refusals has each gate that a plan can meet."""
    source = Path(judge.__code__.co_filename).read_text("utf-8")
    gates = set(re.findall(r'(?:Refusal\(|_counted\(exchange, )"([a-z-]+)"', source))
    assert len(gates) > 5
    page = (RUNBOOK / "exit-4.md").read_text("utf-8")
    assert {gate for gate in gates if f"`{gate}`" not in page} == set()


@pytest.mark.parametrize("alert", ALERTS)
def test_alert_leads_to_its_page(alert: str) -> None:
    """What wakes somebody says where to read on."""
    groups = yaml.safe_load((ROOT / "docs/monitoring/alerts.yml").read_text("utf-8"))["groups"]
    (rule,) = [rule for group in groups for rule in group["rules"] if rule["alert"] == alert]
    assert rule["annotations"]["runbook"] == f"docs/runbook/alert-{alert}.md"
