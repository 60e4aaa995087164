"""What is known of one node of a member, as a diagnosis asks for it.

Law: pure values.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, get_args

from ztix.lifecycle import Certainty

Step: TypeAlias = Literal["file", "evidence", "admission", "fabric", "address", "session", "prefixes"]
Turn: TypeAlias = Literal["member", "maintainer", "nobody"]
STEPS: tuple[Step, ...] = get_args(Step)


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """One session with a route server. established: None where the route server did not answer.

    consent: whether a node takes an address of this family only where its owner allows global ones.
    reasons: what import refused: community, title, count and a prefix, the most frequent first.
    """

    route_server: str
    name: str
    address: str
    family: int
    established: bool | None = True
    state: str = ""
    bgp: str = ""
    error: str = ""
    password: bool = False
    consent: bool = False
    accepted: int = 1
    filtered: int = 0
    reasons: tuple[tuple[str, str, int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class NodeFacts:
    """What is known of one node of a member.

    finding: the first error in its file.  evidence: whether that is about what others say.  resting: why it
    is suspended.  authorised, online: as the fabric tells.  identity: whether the node ever asked to join.
    trouble: why the last run could not put it there.  rollout: it is there, and why no route server of its
    sessions took the last configuration.
    """

    owner: str
    node: str = ""
    network: str = "NETWORK"
    merged: bool = True
    proposed: bool = False
    finding: str = ""
    evidence: bool = False
    rule: str = ""
    resting: str = ""
    trouble: str = ""
    rollout: str = ""
    applied: Certainty = "yes"
    authorised: Certainty = "yes"
    online: Certainty = "yes"
    identity: Certainty = "yes"
    exchange_asn: int = 0
    sessions: tuple[SessionFacts, ...] = field(default=())

    @property
    def up(self) -> bool:
        """Whether any session is."""
        return any(one.established for one in self.sessions)

    def first(self, holds: Callable[[SessionFacts], bool]) -> SessionFacts | None:
        """The first session that is down and of which it holds; a family that is down comes first."""
        down = [one for one in self.sessions if one.established is False]
        return next((one for one in sorted(down, key=self.has_up) if holds(one)), None)

    def has_up(self, session: SessionFacts) -> bool:
        """Whether another session of its family is up."""
        return any(one.established for one in self.sessions if one.family == session.family)
