"""ZT56x: who decides."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.unit.exchange_fixture import Told, told

PATH = "policy/maintainers.yaml"
NOBODY = "nobody here is an `owner`, so nobody can approve a change of policy"
ADMIN = "  - github: {id: 12, login: admin}\n    role: admin\n"

BROKEN: list[tuple[str, Mapping[str, str], list[Told]]] = [
    (
        "ZT561",
        {PATH: f"maintainers:\n{ADMIN}"},
        [Told(f"{PATH}:2:3", "-", NOBODY, severity="warning")],
    ),
    (
        "ZT561",
        {PATH: "maintainers: []\n"},
        [Told(f"{PATH}:1:14", "[", NOBODY, severity="note")],
    ),
    ("ZT561", {PATH: "invitation_keys: []\n"}, [Told(f"{PATH}:1:1", "i", NOBODY, severity="note")]),
]
KEPT: list[tuple[str, Mapping[str, str]]] = [
    ("ZT561", {}),
    ("ZT561", {PATH: f"maintainers:\n{ADMIN}  - github: {{id: 11, login: owner}}\n    role: owner\n"}),
]


@pytest.mark.parametrize(("rule", "changes", "findings"), BROKEN)
def test_rule_when_broken_points_at_the_place(
    rule: str, changes: Mapping[str, str], findings: list[Told]
) -> None:
    """A list of maintainers that nobody could change any more is told at the list."""
    assert told(rule, changes) == findings


@pytest.mark.parametrize(("rule", "changes"), KEPT)
def test_rule_when_kept_is_silent(rule: str, changes: Mapping[str, str]) -> None:
    """An exchange with an owner is not spoken of, nor one that leaves who decides to its git server."""
    assert told(rule, changes) == []
