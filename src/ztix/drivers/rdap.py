"""The registries over RDAP: the remarks of an aut-num.

Touches: IANA's list of which registry has which AS numbers (RFC 9224), and that registry's server (RFC 9082
section 3.1.2, RFC 9083 section 5.5), over `public_web`.

Law: only what stands in the aut-num itself counts, not what its contacts' objects say. An answer about
another AS number, one that the server cut short, or one without the form of an aut-num is none. Servers may
send on to another registry, a few times.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, TypeAlias

import httpx

from ztix.admission.proof import Answer, Said, Unanswered
from ztix.drivers.http import Reply, RetryBudget
from ztix.drivers.public_web import PublicWeb
from ztix.errors import Unavailable
from ztix.events import Upstream
from ztix.terms import Asn

BOOTSTRAP = "https://data.iana.org/rdap/asn.json"
LIST_BYTES = 1024 * 1024
ANSWER_BYTES = 512 * 1024  # an aut-num with its contacts is about 20 kB
REDIRECTS_MAX = 3
FAILURES_MAX = 3  # of one registry in a run
_CUT = ("object truncated", "result set truncated")  # RFC 9083 section 10.2.1
_JSON = "application/rdap+json, application/json"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


_Service: TypeAlias = tuple[int, int, str]
"""First and last AS number, and the server's address with its last slash."""


class _Garbled(Exception):
    """An answer that cannot be taken for what was asked."""


@dataclass(slots=True)
class Rdap:
    """The registries as one run asks them. budget: for all of them together.

    IANA's list is fetched once, and a registry that failed a few times is not asked again: in an outage the
    time of a run would go for nothing.
    """

    web: PublicWeb = field(default_factory=PublicWeb)
    budget: RetryBudget = field(default_factory=lambda: RetryBudget(retries=4, seconds=60.0))
    bootstrap: str = BOOTSTRAP
    _services: list[_Service] | Unavailable | None = field(default=None, init=False)
    _failures: Counter[str] = field(default_factory=Counter, init=False)
    _once: Lock = field(default_factory=Lock, init=False)

    def remarks(self, asn: Asn) -> Answer:
        """The remarks of the aut-num as one text; Said() where there is none. Raises nothing."""
        try:
            base = self._base(asn)
            return Said() if base is None else self._remarks(base, asn)
        except Unavailable as error:
            return Unanswered(error.message)
        except _Garbled as garbled:
            return Unanswered(f"the registry's answer about `{asn}` {garbled}")

    def _remarks(self, base: str, asn: Asn) -> Answer:
        if self._failures[base] >= FAILURES_MAX:
            raise Unavailable(f"the registry at `{base}` did not answer {FAILURES_MAX} other questions")
        try:
            reply = self._get(f"{base}autnum/{int(asn)}", "the registry", ANSWER_BYTES)
        except Unavailable:
            self._failures[base] += 1
            raise
        if reply.status == 404:  # RFC 7480 section 5.3: it has no such object
            return Said()
        lines = list(_lines(asn, _object(reply)))
        return Said(("\n".join(lines),)) if lines else Said()

    def _base(self, asn: Asn) -> str | None:
        """The address of the server that has an AS number; None where IANA gave it to no registry."""
        with self._once:
            if self._services is None:
                self._services = self._list()
        if isinstance(self._services, Unavailable):
            raise self._services
        return next((base for first, last, base in self._services if first <= asn <= last), None)

    def _list(self) -> list[_Service] | Unavailable:
        try:
            return list(
                _services(_object(self._get(self.bootstrap, "IANA's list of registries", LIST_BYTES)))
            )
        except Unavailable as error:
            return error
        except _Garbled as garbled:
            return Unavailable(f"IANA's list of registries {garbled}")

    def _get(self, url: str, service: str, limit_bytes: int) -> Reply:
        """The answer at the end of the redirects; 200 or 404. Raises Unavailable."""
        for _ in range(REDIRECTS_MAX + 1):
            reply = self.web.get(
                url,
                service=service,
                budget=self.budget,
                limit_bytes=limit_bytes,
                accept=_JSON,
                upstream=Upstream.REGISTRY,
            )
            if reply.status not in _REDIRECTS:
                break
            url = _next(url, reply)
        if reply.status in (200, 404):
            return reply
        raise Unavailable(f"{service} answered {reply.where} with {reply.status}", help="run again later")


def _next(url: str, reply: Reply) -> str:
    try:
        return str(httpx.URL(url).join(reply.headers.get("Location", "")))
    except (httpx.InvalidURL, ValueError):
        raise Unavailable(
            f"{reply.service} answered {reply.where} with a redirect to nowhere", help="run again later"
        ) from None


def _object(reply: Reply) -> dict[str, Any]:
    try:
        whole = json.loads(reply.body) if reply.status == 200 else None
    except (ValueError, RecursionError):
        whole = None
    if not isinstance(whole, dict):
        raise _Garbled("is no JSON object")
    return whole


def _services(whole: dict[str, Any]) -> Iterator[_Service]:
    """What IANA's list says (RFC 9224 section 5.3). Raises _Garbled."""
    try:
        for ranges, addresses in whole["services"]:
            bases = [text.rstrip("/") + "/" for text in addresses if text.startswith("https://")]
            for text in ranges if bases else ():
                first, _, last = text.partition("-")
                yield int(first), int(last or first), bases[0]
    except (KeyError, TypeError, ValueError, AttributeError):
        raise _Garbled("is not in its own form") from None


def _lines(asn: Asn, whole: dict[str, Any]) -> Iterator[str]:
    """The lines of all remarks. Raises _Garbled."""
    first, last = whole.get("startAutnum"), whole.get("endAutnum")
    if whole.get("objectClassName") != "autnum" or not isinstance(first, int) or not isinstance(last, int):
        raise _Garbled("is not about an AS number")
    if not first <= asn <= last:
        raise _Garbled(f"is about `AS{first}` to `AS{last}`")
    remarks, notices = _list(whole, "remarks"), _list(whole, "notices")
    if any(str(item.get("type", "")).startswith(_CUT) for item in (*remarks, *notices)):
        raise _Garbled("was cut short by the registry")
    for remark in remarks:
        lines = remark.get("description", [])
        if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
            raise _Garbled("has a remark that is no list of lines")
        yield from lines


def _list(whole: dict[str, Any], key: str) -> list[dict[str, Any]]:
    items = whole.get(key, [])
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise _Garbled(f"has `{key}` that are no list")
    return items
