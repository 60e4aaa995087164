"""What a ZeroTier service's answers mean to its driver: one reader, in each service's own words.

Law: talks to nobody. An answer with 200 is JSON of the service's form, one with 404 says that something is
not there, and any other is `Unavailable`: also 401 and 403, because nothing is known from who does not let
us in, and no approval of a plan would open the door.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ztix.errors import Refused, Unadmitted, Unavailable

if TYPE_CHECKING:
    from ztix.drivers.http import Reply

UNADMITTED = 401


@dataclass(frozen=True, slots=True)
class Words:
    """One service's words. Each pair is what is the matter and what to do.

    service: who answers.  closed: by status, why it lets nobody in.  absent: what a 404 says of the network.
    sender: who does not send JSON of another form.  failing, foreign: what to do about any other status, and
    about JSON of another form.
    """

    service: str
    closed: Mapping[int, tuple[str, str]]
    absent: tuple[str, str]
    sender: str
    failing: str
    foreign: str

    def expected(self, reply: Reply) -> Reply:
        """The reply, if it is one with 200 or 404. Raises Unavailable."""
        if reply.status in (200, 404):
            return reply
        why, advice = self.closed.get(reply.status, ("", self.failing))
        kind = Unadmitted if reply.status == UNADMITTED else Unavailable
        raise kind(self._told(reply) + (f": {why}" if why else ""), help=advice)

    def found(self, reply: Reply) -> object:
        """The reply's JSON. Raises Refused where the network is not there, Unavailable."""
        if reply.status == 404:
            raise Refused(f"{self._told(reply)}: {self.absent[0]}", help=self.absent[1])
        value: object = reply.json()
        return value

    def strange(self, reply: Reply) -> Unavailable:
        """The error for JSON of another form."""
        return Unavailable(
            f"{self.service} answered {reply.where} with JSON that {self.sender}", help=self.foreign
        )

    def _told(self, reply: Reply) -> str:
        return f"{self.service} answered {reply.where} with {reply.status}"
