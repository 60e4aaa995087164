"""The file that a member serves to prove that its website is its own.

Touches: https://HOST/.well-known/ztix-verify of a host that a stranger named, over `public_web`.

Law: text of at most 16 KiB. Only the host itself counts: one redirect within it is followed, one that leads
elsewhere says that the file is not here. So does any answer that blames the question; an answer that blames
the server, an empty one and one that is too long are none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import httpx

from ztix.admission.proof import Answer, Said, Unanswered
from ztix.admission.token import MARK
from ztix.drivers.http import Reply, RetryBudget
from ztix.drivers.public_web import NoAddress, PublicWeb, fit
from ztix.errors import Unavailable

BODY_BYTES = 16 * 1024
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_LATER = frozenset({408, 425, 429})  # answers that blame neither


def _patience() -> RetryBudget:
    """Of its own for each host: one that answers `wait` to everybody takes nobody else's time."""
    return RetryBudget(retries=1, seconds=5.0)


@dataclass(frozen=True, slots=True)
class WellKnownFile:
    """The file, wherever it is asked for."""

    web: PublicWeb = field(default_factory=PublicWeb)
    budget: Callable[[], RetryBudget] = _patience

    def text(self, host: str) -> Answer:
        """What the host serves; Said() where it serves nothing there. Raises nothing."""
        url, budget = f"https://{host}/.well-known/{MARK}", self.budget()
        try:
            reply = self._get(url, budget)
            if reply.status in _REDIRECTS and (nearby := _nearby(url, reply)):
                reply = self._get(nearby, budget)
        except NoAddress:
            return Said()
        except Unavailable as error:
            return Unanswered(error.message)
        return _read(reply)

    def _get(self, url: str, budget: RetryBudget) -> Reply:
        return self.web.get(url, service="the website", budget=budget, limit_bytes=BODY_BYTES)


def _nearby(url: str, reply: Reply) -> str | None:
    """Where a redirect leads, if it stays on the host."""
    here = httpx.URL(url)
    try:
        there = here.join(reply.headers.get("Location", ""))
    except (httpx.InvalidURL, ValueError):
        return None
    return str(there) if fit(str(there)) and there.host == here.host and there != here else None


def _read(reply: Reply) -> Answer:
    if reply.status in _REDIRECTS or (400 <= reply.status < 500 and reply.status not in _LATER):
        return Said()
    if reply.status != 200:
        return Unanswered(f"the website answered {reply.where} with {reply.status}")
    text = reply.body.decode("utf-8", "replace").strip()
    return Said((text,)) if text else Unanswered(f"the website answered {reply.where} with an empty file")
