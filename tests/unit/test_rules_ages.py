"""ZT62x: evidence that is too old."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest

from tests.unit.exchange_fixture import NOW, SOURCE, Told, told
from ztix.evidence import Evidence, Expansion, PrefixSet
from ztix.terms import Asn, AsSet

OFF = {"policy/routing.yaml": "prefix_sets: off\n"}
ACCEPT = {"policy/routing.yaml": "rov: {invalid: accept}\n"}
LONGER = {"policy/routing.yaml": "irr: {max_age_h: 200}\nrov: {list: {max_age_h: 100}}\n"}


def expanded(hours: float, *names: str) -> Evidence:
    """Expansions of this age."""
    found = {}
    for name in map(AsSet, names):
        moment = NOW - timedelta(hours=hours)
        found[name] = Expansion(name, (Asn(64500),), PrefixSet(4), PrefixSet(6), SOURCE, moment)
    return Evidence(NOW, expansions=found)


def listed(hours: float) -> Evidence:
    """A list of VRPs of this age."""
    return Evidence(NOW, vrps=(), vrps_fetched_at=NOW - timedelta(hours=hours))


def old(path: str, message: str) -> list[Told]:
    return [Told(f"{path}:1:1", "", message, severity="warning")]


BROKEN: list[tuple[str, Mapping[str, str], Evidence | None, list[Told]]] = [
    (
        "ZT620",
        {},
        expanded(169, "RIPE::AS-ONE"),
        old("evidence/irr.json", f"what {SOURCE} says about `RIPE::AS-ONE` is more than 168 hours old"),
    ),
    (
        "ZT620",
        {},
        expanded(999, "RIPE::AS-TWO", "RIPE::AS-ONE"),
        old(
            "evidence/irr.json",
            f"what {SOURCE} says about `RIPE::AS-ONE` and 1 more is more than 168 hours old",
        ),
    ),
    (
        "ZT621",
        {},
        listed(25),
        old("evidence/vrps.json", "the list of VRPs is 25 hours old, and after 48 it will not be used"),
    ),
    (
        "ZT621",
        {},
        listed(49),
        old("evidence/vrps.json", "the list of VRPs is 49 hours old, and from 48 on it is not used"),
    ),
]

KEPT: list[tuple[str, Mapping[str, str], Evidence | None]] = [
    ("ZT620", {}, None),
    ("ZT620", {}, expanded(168, "RIPE::AS-ONE")),
    ("ZT620", OFF, expanded(999, "RIPE::AS-ONE")),
    ("ZT620", LONGER, expanded(199, "RIPE::AS-ONE")),
    ("ZT621", {}, None),
    ("ZT621", {}, Evidence(NOW)),
    ("ZT621", {}, listed(24)),
    ("ZT621", LONGER, listed(49)),
    ("ZT621", ACCEPT, listed(999)),
]


@pytest.mark.parametrize(("rule", "changes", "evidence", "expected"), BROKEN)
def test_rule_when_broken_tells_how_old_it_is(
    rule: str, changes: Mapping[str, str], evidence: Evidence | None, expected: list[Told]
) -> None:
    """The finding stands at the file that is old."""
    assert told(rule, changes, evidence) == expected


@pytest.mark.parametrize(("rule", "changes", "evidence"), KEPT)
def test_rule_when_kept_is_silent(rule: str, changes: Mapping[str, str], evidence: Evidence | None) -> None:
    """Young enough, not asked for, or not there."""
    assert told(rule, changes, evidence) == []
