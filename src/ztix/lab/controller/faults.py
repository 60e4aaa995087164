"""Faults that a test asks for: what to do with which request, and how often. Pure.

A fault is an object: one of `status`, `delay_s`, `reset`, `garbage`, `half_body`, `disk_full`, `skew_s`, with
`times` (default 1, 0 for ever) and `match` (`method`, `path_prefix`; default every request).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from ztix.lab.controller.values import Json, as_bool, as_text, as_u64


class Kind(Enum):
    """What happens instead of, or before, the answer."""

    STATUS = "status"
    DELAY = "delay_s"
    RESET = "reset"
    GARBAGE = "garbage"
    HALF_BODY = "half_body"
    DISK_FULL = "disk_full"
    SKEW = "skew_s"

    @property
    def lets_answer(self) -> bool:
        """Whether the controller answers all the same, so that another fault may strike too."""
        return self in (Kind.DELAY, Kind.DISK_FULL, Kind.SKEW)


@dataclass(slots=True)
class Fault:
    """kind: what happens.  number: the status, or the seconds.  left: how often still, None for ever.

    The seconds of a skew are those by which the clock is ahead.
    """

    kind: Kind
    number: float
    left: int | None
    method: str
    path_prefix: str

    def matches(self, method: str, path: str) -> bool:
        """Whether it strikes this request."""
        return self.method in ("", method) and path.startswith(self.path_prefix)


def _fault(entry: Json) -> Fault:
    """Raises ValueError when the entry names no fault, or more than one."""
    if not isinstance(entry, dict):
        raise ValueError(f"a fault is an object, not `{entry}`")
    kinds = [kind for kind in Kind if kind.value in entry]
    if len(kinds) != 1:
        names = ", ".join(f"`{kind.value}`" for kind in Kind)
        raise ValueError(f"a fault names one of {names}; this one names {len(kinds)}")
    value = entry[kinds[0].value]
    match = entry.get("match")
    where = match if isinstance(match, dict) else {}
    times = as_u64(entry.get("times", 1), 1)
    return Fault(
        kinds[0],
        value if isinstance(value, (int, float)) else float(as_bool(value, False)),
        times or None,
        as_text(where.get("method")),
        as_text(where.get("path_prefix")),
    )


def read_faults(value: Json) -> list[Fault]:
    """The faults in the body of a request. Raises ValueError."""
    if not isinstance(value, list):
        raise ValueError("faults come as a list")
    return [_fault(entry) for entry in value]


def strike(faults: list[Fault], method: str, path: str) -> list[Fault]:
    """The faults that strike a request, up to the first that is no mere hindrance. Counts them down."""
    struck: list[Fault] = []
    for fault in list(faults):
        if not fault.matches(method, path):
            continue
        struck.append(fault)
        if fault.left is not None:
            fault.left -= 1
            if fault.left == 0:
                faults.remove(fault)
        if not fault.kind.lets_answer:
            break
    return struck
