"""The table of states: each row by the facts that lead to it, and no facts without a row."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from ztix.lifecycle import OF_MEMBER, TABLE, Facts, State, of_member, state_of

ROWS: dict[int, tuple[dict[str, Any], State, str]] = {
    0: ({"git": "gone", "trouble": "quarantined: x"}, State.FAILED, "quarantined: x"),
    1: ({"git": "gone"}, State.LEAVING, "no file names it"),
    2: ({"git": "suspended", "dormant": "it expired"}, State.LEAVING, "its file suspends it"),
    3: ({"git": "suspended", "fabric": "no", "dormant": "it expired"}, State.SUSPENDED, "it expired"),
    4: ({"git": "suspended", "fabric": "unknown"}, State.SUSPENDED, "`status: suspended`"),
    5: ({"git": "proposed", "fabric": "no", "sessions": "none wanted"}, State.PENDING, "open change"),
    6: ({"trouble": "failed: x"}, State.FAILED, "failed: x"),
    7: ({"applied": "no", "fabric": "no"}, State.APPROVED, "no run has applied it"),
    8: ({"fabric": "unknown", "seen": "no"}, State.ACTIVE, ""),
    9: ({"sessions": "some"}, State.ACTIVE, "some of its sessions are down"),
    10: ({"sessions": "unknown", "rollout": "rs1 unreachable"}, State.FAILED, "rs1 unreachable"),
    11: ({"sessions": "none", "fabric": "unknown"}, State.UNKNOWN, "its fabric does not answer"),
    12: ({"sessions": "none", "fabric": "no"}, State.PROVISIONING, "the next run puts it back"),
    13: ({"sessions": "none", "fabric": "no", "applied": "unknown"}, State.UNKNOWN, "off the fabric"),
    14: ({"sessions": "none", "seen": "no"}, State.PROVISIONING, "not heard from the node"),
    15: ({"sessions": "none", "seen": "unknown"}, State.PROVISIONING, "no session"),
    16: ({"sessions": "none wanted"}, State.ACTIVE, ""),
    17: ({"sessions": "unknown"}, State.UNKNOWN, "no route server"),
    18: ({"sessions": "none wanted", "seen": "unknown"}, State.UNKNOWN, "nobody tells"),
}


def test_table_has_a_case_for_each_row() -> None:
    """A row without a case of its own would be a guess."""
    assert list(ROWS) == list(range(len(TABLE)))


@pytest.mark.parametrize("number", ROWS)
def test_state_of_the_facts_of_a_row_is_that_row_s(number: int) -> None:
    """The row is the first that holds, and the reason is its own."""
    changes, state, words = ROWS[number]
    facts = Facts(**changes)
    assert next(index for index, row in enumerate(TABLE) if row.holds(facts)) == number
    found, because = state_of(facts)
    assert found is state
    assert words in because
    assert bool(words) == bool(because)


def test_state_of_any_facts_is_one() -> None:
    """However the answers fall together, there is a state, and every state can be reached."""
    words: list[tuple[str, ...]] = [
        ("proposed", "merged", "suspended", "gone"),
        *(("yes", "no", "unknown"),) * 3,
        ("none wanted", "all", "some", "none", "unknown"),
        *(("", "x"),) * 3,
    ]
    found = {state_of(Facts(*values))[0] for values in product(*words)}  # type: ignore[arg-type]  # the fields' words
    assert found == set(State)


def test_of_member_is_the_gravest_of_its_nodes_save_that_one_active_node_is_enough() -> None:
    """One node that works makes a member active, one that failed makes it failed."""
    assert set(OF_MEMBER) == set(State)
    up, new = (State.ACTIVE, ""), (State.PROVISIONING, "no session")
    assert of_member([new, up]) == up
    assert of_member([up, (State.FAILED, "x")]) == (State.FAILED, "x")
    assert of_member([])[0] is State.PROVISIONING
