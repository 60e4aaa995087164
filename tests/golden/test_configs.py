"""Whole exchanges rendered: the same bytes as last time, and no word of BIRD 2 or 3 against them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from ztix.drivers.bird import Proven, find_bird, prove
from ztix.drivers.git_tree import read_work_tree
from ztix.drivers.templates import load_default_templates
from ztix.evidence_files import evidence
from ztix.exchange import read_exchange
from ztix.render import render
from ztix.routeserver import BirdVersion, views

ROOT = Path(__file__).parents[2]
CONFIGS = Path(__file__).parent / "configs"
NOW = datetime(2026, 11, 22, tzinfo=UTC)
EXCHANGES = {"example-ix": ROOT, "evix-2021": ROOT / "examples" / "evix-2021"}


@cache
def configurations(name: str) -> dict[str, str]:
    """The text for each route server of an exchange of this repository."""
    tree = read_work_tree(EXCHANGES[name])
    exchange, report = read_exchange(tree)
    assert exchange is not None, list(report)
    assert not report.has_errors, list(report)
    found, problems = evidence(tree, NOW)
    assert not problems.has_errors, list(problems)
    templates = load_default_templates()
    return {view.name: render(view, templates) for view in views(exchange, found)}


@pytest.mark.parametrize("server", ["rs1", "rs2"])
def test_example_exchange_renders_the_golden_configuration(
    server: str, golden: Callable[[Path, str], None]
) -> None:
    """The twelve members of this repository give the bytes that a reviewer has seen."""
    golden(CONFIGS / f"{server}.conf", configurations("example-ix")[server])


@pytest.mark.parametrize("name", EXCHANGES)
@pytest.mark.parametrize("version", ["2.0.12", "3.1"])
def test_exchange_is_proven_without_a_warning(name: str, version: str) -> None:
    """One dialect: each route server's text parses on both, whatever it was written for."""
    bird = find_bird(BirdVersion.parse(version))
    assert bird is not None, f"BIRD {version} is missing; run `make install`"
    texts = configurations(name)
    assert texts
    for server, text in texts.items():
        proof = prove(text, bird=bird)
        assert isinstance(proof, Proven), (server, proof)
        assert proof.warnings == (), server


def test_evix_2021_accepts_what_real_members_announce() -> None:
    """The exchange of real networks has sets for nearly all; a view full of nothing would prove as well."""
    for text in configurations("evix-2021").values():
        sets = text.count("_prefixes = [")
        assert sets > 200
        assert text.count("_prefixes = [];") < sets * 0.6
