"""What `ztix prove AS64500` tells a newcomer: each way with the very text, and what holds."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.exchange_fixture import good_files, read
from tests.unit.test_proofs_looked_up import CLAIM, DOWN, NET, OTHER, REMARKS, SITE, TOKEN
from ztix.admission.proof import Answer, Question, Said, WellKnown
from ztix.admission.ways import Ways, ways_of
from ztix.console.proofs import render_ways

GOLDEN = Path(__file__).parent / "prove"
KEY = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
MAINTAINERS = f"invitation_keys:\n  - {{id: spring, key: {KEY}}}\n"
WIDE = "proofs: [peeringdb-notes, registry, dns, website, invitation, attestation, ssh, checklist]\n"
LOOKED_UP = "proofs: [peeringdb-notes, registry, dns, website]\nnode_proof: "


def ways(policy: str, answers: Mapping[Question, Answer] | None, maintainers: str = "") -> Ways:
    """What the exchange with this policy accepts; None where nobody is asked."""
    files = good_files()
    files["policy/admission.yaml"] += policy
    if maintainers:
        files["policy/maintainers.yaml"] = maintainers
    claimed = replace(CLAIM, policy=read(files).policy)
    if answers is None:
        return ways_of(claimed, None)
    return ways_of(claimed, lambda asked: {question: answers.get(question, Said()) for question in asked})


CASES: dict[str, tuple[str, Mapping[Question, Answer] | None, str]] = {
    "every-way": (WIDE, None, MAINTAINERS),
    "not-yet": (LOOKED_UP + "required\n", {NET: SITE}, ""),
    "proven": (LOOKED_UP + "off\n", {NET: Said((TOKEN, "", "1"))}, ""),
    "node-missing": (LOOKED_UP + "required\n", {NET: Said((TOKEN, "", "1"))}, ""),
    "node-advisory": (LOOKED_UP + "advisory\n", {NET: Said((TOKEN, "", "1"))}, ""),
    "another-token": (
        LOOKED_UP + "off\n",
        {NET: Said((OTHER, "https://example.net", "1")), WellKnown("example.net"): DOWN},
        "",
    ),
    "silence": (LOOKED_UP + "off\n", {NET: DOWN, REMARKS: DOWN}, ""),
    "invited": ("entry: invited\nproofs: [invitation]\nnode_proof: off\n", {}, MAINTAINERS),
    "vouched": ("proofs: []\nnode_proof: off\n", {}, ""),
}


@pytest.mark.parametrize("name", CASES)
def test_ways_are_told_with_exact_instructions(name: str, golden: Callable[[Path, str], None]) -> None:
    """The words that a newcomer reads."""
    golden(GOLDEN / f"{name}.txt", render_ways(ways(*CASES[name]), "text"))


@pytest.mark.parametrize(
    ("name", "proven", "unknown"),
    [
        ("every-way", False, False),
        ("not-yet", False, False),
        ("proven", True, False),
        ("node-missing", False, False),
        ("node-advisory", True, False),
        ("another-token", False, True),
        ("silence", False, True),
        ("vouched", False, False),
    ],
)
def test_ways_know_what_is_left(name: str, proven: bool, unknown: bool) -> None:
    """The exit code goes by these."""
    found = ways(*CASES[name])
    assert (found.proven, found.unknown) == (proven, unknown)


def test_ways_as_json_tell_the_same(golden: Callable[[Path, str], None]) -> None:
    """For programs: states in words, the token in the instructions."""
    text = render_ways(ways(*CASES["another-token"]), "json")
    golden(GOLDEN / "another-token.json", text)
    assert json.loads(text)["proven"] is False
    assert json.loads(render_ways(ways(*CASES["node-missing"]), "json"))["node"]["required"] is True


def test_ways_when_a_way_is_closed_leave_it_out() -> None:
    """Without a key in policy nobody can take an invitation or an attestor's word."""
    names = [way.name for way in ways(WIDE, None).proofs]
    assert "invitation" not in names
    assert "attestation" not in names
