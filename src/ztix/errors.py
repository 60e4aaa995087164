"""Every error that may end a run of ztix, each with its exit code.

Law: an error says what, where and what to do, in that order. It never carries a secret, and nothing but
`cli` turns one into an exit. A finding is a value (`diagnostics`), not an error; `Invalid` is how
a run that met findings of severity error ends.

    ZtixError
    ├── Invalid            3  the exchange has findings
    ├── Refused            4  a gate or policy says no; `help` tells how to approve
    ├── Stale              5  something moved since the plan
    ├── Partial            6  some of it is not live; the receipt tells which
    ├── Unavailable        7  an outside service did not answer; says nothing about what it holds
    │   └── Unadmitted     7  it answered that it does not take our token or key
    ├── Locked             8  another run holds the lock
    └── Usage             64  the command line cannot be carried out as written
"""

from __future__ import annotations

from enum import IntEnum
from typing import ClassVar


class Exit(IntEnum):
    """Exit codes of every verb. Each is one reading for CI; the README's table is tested against this."""

    DONE = 0
    BUG = 1
    CHANGES = 2
    INVALID = 3
    REFUSED = 4
    STALE = 5
    PARTIAL = 6
    UNAVAILABLE = 7
    LOCKED = 8
    STUCK = 9
    USAGE = 64


EXIT_MEANINGS: dict[Exit, str] = {
    Exit.DONE: "done, or nothing to do",
    Exit.BUG: "a bug in ztix",
    Exit.CHANGES: "changes present (`--detailed-exitcode` only)",
    Exit.INVALID: "the exchange is invalid (findings)",
    Exit.REFUSED: "refused by a gate or policy; prints how to approve",
    Exit.STALE: "stale: something moved since the plan",
    Exit.PARTIAL: "partial: some failed, quarantined or rolled back; not all live",
    Exit.UNAVAILABLE: "an outside service is not available",
    Exit.LOCKED: "locked by another run",
    Exit.STUCK: "stuck: a route server is in an unknown state, call a human",
    Exit.USAGE: "usage",
}


class ZtixError(Exception):
    """One failure. `message` says what and where, `help` what to do; both are single-line texts."""

    exit: ClassVar[Exit] = Exit.BUG

    def __init__(self, message: str, *, help: str = "") -> None:  # noqa: A002 - the field's word, as in a finding
        super().__init__(message)
        self.message = message
        self.help = help


class Invalid(ZtixError):
    """The exchange has findings of severity error."""

    exit = Exit.INVALID


class Refused(ZtixError):
    """A gate or policy says no."""

    exit = Exit.REFUSED


class Stale(ZtixError):
    """Git, the fabric or a route server moved since the plan was made."""

    exit = Exit.STALE


class Partial(ZtixError):
    """Some of the run took effect and some did not."""

    exit = Exit.PARTIAL


class Unavailable(ZtixError):
    """An outside service did not answer, or not in its own form. Unknown, never absent."""

    exit = Exit.UNAVAILABLE


class Unadmitted(Unavailable):
    """An outside service does not take the token or the key that it was shown."""


class Locked(ZtixError):
    """Another run holds the lock; the message names the holder."""

    exit = Exit.LOCKED


class Usage(ZtixError):
    """The command line, or a file that it names, cannot be carried out as written."""

    exit = Exit.USAGE
