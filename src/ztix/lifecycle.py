"""The state of a node and of its member: one table over what git, the last run, fabric and route servers say.

Law: pure. The first row whose conditions hold is the state, and there is a row for every set of facts. What
nobody tells is unknown, and no state is guessed from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Literal, TypeAlias


class State(Enum):
    """Where a node stands. The order is that of the table's legend."""

    PENDING = "pending"
    APPROVED = "approved"
    PROVISIONING = "provisioning"
    ACTIVE = "active"
    FAILED = "failed"
    SUSPENDED = "suspended"
    LEAVING = "leaving"
    UNKNOWN = "unknown"


Git: TypeAlias = Literal["proposed", "merged", "suspended", "gone"]
Certainty: TypeAlias = Literal["yes", "no", "unknown"]
Up: TypeAlias = Literal["none wanted", "all", "some", "none", "unknown"]


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one node.

    git: `proposed` where only an open change names it, `gone` where no file does any more.  trouble: why the
    last run, or its member's file, keeps it from being as git says.  applied: whether the last run left it as
    git says.  fabric: whether it is authorised there.  seen: whether its controller heard from it lately.
    sessions: with route servers that answered.  rollout: why a route server did not take its configuration.
    dormant: why it acts like suspended.
    """

    git: Git = "merged"
    applied: Certainty = "yes"
    fabric: Certainty = "yes"
    seen: Certainty = "yes"
    sessions: Up = "all"
    trouble: str = ""
    rollout: str = ""
    dormant: str = ""

    def value(self, name: str) -> str:
        """One of them as the table has it: a reason is there, or not."""
        held = str(getattr(self, name))
        return held if name in _WORDS else ("yes" if held else "no")


_WORDS = ("git", "applied", "fabric", "seen", "sessions")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table. when: for each fact that matters, the values with which it holds.

    because: the reason, with facts in braces.
    """

    state: State
    because: str
    when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def holds(self, facts: Facts) -> bool:
        """Whether all of its conditions do."""
        return all(facts.value(name) in values for name, values in self.when.items())


def _row(state: State, because: str, **when: str) -> Row:
    return Row(state, because, {name: tuple(words.split("|")) for name, words in when.items()})


TABLE: tuple[Row, ...] = (
    _row(State.FAILED, "{trouble}", git="gone", trouble="yes"),
    _row(State.LEAVING, "no file names it any more: the next run takes it off", git="gone"),
    _row(State.LEAVING, "its file suspends it: the next run takes it off", git="suspended", fabric="yes"),
    _row(State.SUSPENDED, "{dormant}", git="suspended", dormant="yes"),
    _row(State.SUSPENDED, "its file says `status: suspended`", git="suspended"),
    _row(State.PENDING, "only the open change has it", git="proposed"),
    _row(State.FAILED, "{trouble}", trouble="yes"),
    _row(State.APPROVED, "merged, and no run has applied it yet", applied="no"),
    _row(State.ACTIVE, "", sessions="all"),
    _row(State.ACTIVE, "some of its sessions are down", sessions="some"),
    _row(State.FAILED, "{rollout}", sessions="none|unknown", rollout="yes"),
    _row(State.UNKNOWN, "its fabric does not answer", fabric="unknown"),
    _row(
        State.PROVISIONING,
        "a run put it on the fabric, and it is off: the next run puts it back",
        fabric="no",
        applied="yes",
    ),
    _row(State.UNKNOWN, "it is off the fabric, and what the last run did is unknown", fabric="no"),
    _row(State.PROVISIONING, "its controller has not heard from the node", seen="no"),
    _row(State.PROVISIONING, "no session with a route server is up", sessions="none"),
    _row(State.ACTIVE, "", sessions="none wanted", seen="yes"),
    _row(State.UNKNOWN, "no route server that it has a session with answers", sessions="unknown"),
    _row(State.UNKNOWN, "nobody tells whether the node is there"),
)
"""From the top down, the first that holds."""

OF_MEMBER: tuple[State, ...] = (
    State.FAILED,
    State.ACTIVE,
    State.PROVISIONING,
    State.UNKNOWN,
    State.APPROVED,
    State.PENDING,
    State.LEAVING,
    State.SUSPENDED,
)
"""A member is the first of these that any of its nodes is."""


def state_of(facts: Facts) -> tuple[State, str]:
    """The node's state, and why; the reason is empty where all is well."""
    row = next(row for row in TABLE if row.holds(facts))
    words = {"trouble": facts.trouble, "rollout": facts.rollout, "dormant": facts.dormant}
    return row.state, words[row.because[1:-1]] if row.because.startswith("{") else row.because


def of_member(nodes: Iterable[tuple[State, str]]) -> tuple[State, str]:
    """The member's state and why, from those of its nodes."""
    held = list(nodes)
    if not held:
        return State.PROVISIONING, "its file has no node yet"
    return min(held, key=lambda one: OF_MEMBER.index(one[0]))
