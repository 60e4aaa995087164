"""How a route server's machine is prepared, as its agent tells.

Law: pure; a value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ztix.terms import Digest


@dataclass(frozen=True, slots=True)
class Readiness:
    """What an agent tells of its machine.

    agent: digest of its own script.  sealed: the account cannot change it.  shared: what it writes into its
    folder belongs to BIRD's group.  live: there is a configuration, and it can be read.  program, bird:
    versions of what is installed and of what runs.  socket: open, absent, denied or silent.
    start: what BIRD reads when it starts: own, included, mixed, other, unreadable or unknown.
    unit: a machine that starts anew puts right what a rollout left.  secrets: for each password's file
    whether it can be read.
    """

    agent: Digest | None
    account: str
    sealed: bool
    folder: bool
    shared: bool
    live: bool
    state: bool
    program: str
    socket: str
    bird: str | None
    start: str
    unit: bool
    secrets: Mapping[str, bool] = field(default_factory=dict)
