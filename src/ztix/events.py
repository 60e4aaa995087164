"""What happens in a run, as values: one stream of them feeds the log and the numbers.

Law: pure. Fields are words of ours, names of policy, ids and numbers, and sentences that errors and findings
already tell; never a secret, a header or a body. Who writes them somewhere escapes them.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import StrEnum
from typing import TypeAlias


class Upstream(StrEnum):
    """Who is called, in so few words that each can be counted on its own."""

    FABRIC = "fabric"
    ROUTE_SERVER = "route-server"
    GITHUB = "github"
    PEERINGDB = "peeringdb"
    IRR = "irr"
    VALIDATOR = "validator"
    REGISTRY = "registry"
    WEBSITE = "website"
    DNS = "dns"


class Stage(StrEnum):
    """The parts of a run, in the order in which most begin."""

    GATHER = "gather"
    RENDER = "render"
    OBSERVE = "observe"
    PLAN = "plan"
    PROVE = "prove"
    APPLY = "apply"
    ROLLOUT = "rollout"
    RECORD = "record"


@dataclass(frozen=True, slots=True)
class Began:
    """A verb begins."""

    version: str


@dataclass(frozen=True, slots=True)
class Ended:
    """A verb ended. exit: the program's code.  error: what it says then, if anything."""

    exit: int
    duration_s: float
    error: str = ""


@dataclass(frozen=True, slots=True)
class Staged:
    """A stage ended. own_s: without the stages within it, so that the sum of all is no more than the run."""

    stage: Stage
    duration_s: float
    own_s: float


@dataclass(frozen=True, slots=True)
class Called:
    """One attempt to ask somebody. attempt: from 1.  status: HTTP's, or a program's exit code.

    fabric, route_server: which one, where the upstream is one of several.  upstream_id: by which the other
    side finds the call in its own log.  failure: why there was no answer.
    """

    upstream: Upstream
    request: str
    duration_s: float
    attempt: int = 1
    status: int | None = None
    failure: str = ""
    upstream_id: str = ""
    fabric: str = ""
    route_server: str = ""


@dataclass(frozen=True, slots=True)
class Decided:
    """A plan was made. refusals: the gates that it does not pass."""

    plan: str
    revision: str
    changes: int
    deploys: int
    refusals: str = ""


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A member's file has errors, and its last good one or nothing stands in for it."""

    member: str
    reason: str


@dataclass(frozen=True, slots=True)
class Changed:
    """What became of one change of a fabric. member: the owner; none for the network's own settings."""

    step: str
    outcome: str
    fabric: str
    member: str = ""
    node: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Stepped:
    """A step of a rollout begins."""

    route_server: str
    step: str
    state: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Rolled:
    """How a rollout ended."""

    route_server: str
    ended: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Looked:
    """The exporter looked at everything. silent: who did not answer."""

    exit: int
    duration_s: float
    silent: str = ""


@dataclass(frozen=True, slots=True)
class Worded:
    """A line that was written for people."""

    text: str


Event: TypeAlias = (
    Began | Ended | Staged | Called | Decided | Quarantined | Changed | Stepped | Rolled | Looked | Worded
)

_NAMES: dict[type[Event], str] = {
    Began: "run-began",
    Ended: "run-ended",
    Staged: "stage-ended",
    Called: "call",
    Decided: "plan",
    Quarantined: "quarantine",
    Changed: "change",
    Stepped: "rollout-step",
    Rolled: "rollout-ended",
    Looked: "look",
    Worded: "words",
}


def told(event: Event) -> dict[str, str | int | float]:
    """The event's name and its fields, those that say something. Durations are to the tenth millisecond."""
    row: dict[str, str | int | float] = {"event": _NAMES[type(event)]}
    for one in fields(event):
        value = getattr(event, one.name)
        if isinstance(value, float):
            row[one.name] = round(value, 4)
        elif value not in ("", None):
            row[one.name] = value if isinstance(value, int) else str(value)
    return row
