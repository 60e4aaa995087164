"""The rules of a LAN as a controller gets them and as people read them, whole."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from ztix.document import read_document
from ztix.lan import ACCEPT_ALL, difference
from ztix.lan.base import GUARDS
from ztix.lan.policy import LanPolicy, LanRulesPolicy
from ztix.shape import read_model
from ztix.terms import Label
from ztix.tree import Entry, Kind
from ztix.zerotier_rules import read_rules, rules_body

HERE = Path(__file__).parent / "rules"
DOCS = Path(__file__).parents[2] / "docs" / "lan-rules.md"
Golden = Callable[[Path, str], None]


def told_by_form(content: bytes) -> LanRulesPolicy:
    """The policy that a file's text means; fails where its form has findings."""
    document, findings = read_document(Entry("policy/lan-rules.yaml", Kind.FILE, len(content), content))
    assert document is not None, findings
    held, findings = read_model(document, LanRulesPolicy)
    assert held is not None, findings
    return held


@pytest.fixture(scope="module")
def rich() -> LanPolicy:
    """A LAN with everything that policy can say."""
    return told_by_form((HERE / "rich.yaml").read_bytes()).lans[0]


def test_base_when_compiled_is_byte_for_byte_what_the_other_compiler_made() -> None:
    """The safe base is the set whose enforcement was measured, to the last byte."""
    config = rules_body(LanPolicy(fabric=Label("lan")).rules())
    text = json.dumps({"config": config, "capabilitiesByName": {}, "tagsByName": {}}, indent=1) + "\n"
    assert text == (HERE / "base.compiled.json").read_text("ascii")


def test_docs_tell_each_drop_of_the_base_in_its_order() -> None:
    """The table of docs/lan-rules.md has the numbers, names and titles of the code."""
    rows = re.findall(r"^\| (\d+) \| `([a-z0-9-]+)` \| ([^|]+) \|", DOCS.read_text("utf-8"), flags=re.M)
    assert rows == [(str(guard.number), guard.name, guard.title) for guard in GUARDS]


def test_docs_show_a_lan_without_findings() -> None:
    """The example that operators copy is one that the check accepts."""
    (text,) = re.findall(r"^```yaml\n(.*?)^```", DOCS.read_text("utf-8"), flags=re.M | re.S)
    assert told_by_form(text.encode()).lans[0].fabric == "lan"


def test_rich_policy_when_compiled_is_as_recorded(rich: LanPolicy, golden: Golden) -> None:
    """Firm drops, drops by tag, drops that yield, and the two capabilities that they yield to."""
    body = rules_body(rich.rules())
    golden(HERE / "rich.json", json.dumps(body, indent=1) + "\n")
    assert read_rules(body) == rich.rules()


def test_rich_policy_in_words_is_as_recorded(rich: LanPolicy, golden: Golden) -> None:
    """What a plan tells of it."""
    golden(HERE / "rich.txt", "".join(f"{line}\n" for line in difference(ACCEPT_ALL, rich.rules())))
