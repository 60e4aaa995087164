"""The port to a route server: what its remote end can be asked, and nothing else.

Law: pure. The verbs are those of `agent/ztix-agent`; `drivers/ssh` carries
them, tests answer them by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ztix.errors import Refused
from ztix.health import Filtered, Health
from ztix.readiness import Readiness
from ztix.terms import Asn, Digest

END_MARKER = "# end of configuration"
"""The last line of every configuration: a text without it was cut short and is not proven."""


@dataclass(frozen=True, slots=True)
class Status:
    """What a route server says of itself, in one round trip.

    bird: BIRD's version, `None` where the daemon does not answer.  file, running: digests of the file on disk
    and of the text that BIRD runs, `None` where that is not known.  armed: a configuration waits for its
    confirmation.  restored: this very call put an expired one's predecessor back on disk.
    reconfigured: BIRD's own words for when it last read a configuration.  age_ms: how long after its start
    that was; unlike the words, it does not move with the clock.
    """

    bird: str | None
    file: Digest | None
    running: Digest | None
    armed: bool = False
    restored: bool = False
    holder: str | None = None
    reconfigured: str = ""
    age_ms: int | None = None


class Hung(Refused):
    """BIRD there would never finish a configuration; nothing was touched."""


class RouteServerLink(Protocol):
    """One route server's remote end: a method for each of its verbs.

    Every method raises Unavailable where no whole answer came, Locked where another run holds the lock, and
    Refused where the remote end says that it did not do it. `lock` and `arm` raise Hung, a Refused.
    """

    def status(self) -> Status:
        """What it runs. Also puts right what an interrupted rollout left on disk."""
        ...

    def lock(self, holder: str) -> Sequence[str]:
        """Take the lock, or take it over where its holder was silent for too long. Returns notes on that."""
        ...

    def unlock(self, holder: str) -> None:
        """Give the lock back; nothing where another holds it."""
        ...

    def upload(self, text: bytes) -> None:
        """Put the text beside the live file."""
        ...

    def prove(self) -> Sequence[str]:
        """Parse the uploaded text with the server's own BIRD. Returns its warnings."""
        ...

    def arm(self, timeout_s: int) -> None:
        """Run the proven text; BIRD undoes it by itself unless it is confirmed in time."""
        ...

    def health(self) -> Health:
        """Sessions and routes, now."""
        ...

    def confirm(self) -> None:
        """Keep the armed text."""
        ...

    def revert(self) -> None:
        """Run what ran before and put its file back."""
        ...

    def fetch(self) -> bytes:
        """The live file."""
        ...

    def check(self) -> Readiness:
        """How the machine is prepared."""
        ...

    def filtered(self, asn: Asn, function: int) -> Sequence[Filtered]:
        """What import refused, counted by the reason in large community `asn:function:reason`."""
        ...


class Clock(Protocol):
    """Time that passes."""

    def monotonic(self) -> float:
        """Seconds since some moment."""
        ...

    def sleep(self, seconds: float) -> None:
        """Return after that long."""
        ...
