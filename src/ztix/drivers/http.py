"""The one HTTP client: how ztix speaks to any service, and how long it keeps trying.

Law: no redirect is followed, so that no credential travels to another host. Every answer is bounded in bytes
and seconds. Only a call that may be repeated is repeated, within the call's own limit and one RetryBudget for
the whole run; `Retry-After` is honoured. A service that does not answer ends in `Unavailable`; what it
answered otherwise, also 404, is a Reply for the driver to read. No header's value gets into a message, and
into the stream of events only an answer's own id.
"""

from __future__ import annotations

import itertools
import json as json_text
import random
import re
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeAlias

import httpx
import tenacity

from ztix import __version__
from ztix.drivers.event_stream import Call, calling
from ztix.errors import Unavailable, Usage
from ztix.events import Upstream

USER_AGENT = f"ztix/{__version__}"
ANSWER_BYTES = 16 * 1024 * 1024  # bytes; longer answers are not read
ANSWER_S = 90.0  # seconds for one whole answer, however steadily it trickles
ATTEMPTS = 4  # of one call, the first included
WAIT_MAX_S = 120.0  # seconds; a service that asks for more is given up for this run
FIRST_WAIT_S = 0.5  # seconds; doubles with each attempt
# A repeat within ten seconds can be answered from a cache of refusals, which has no Retry-After.
THROTTLED_WAIT_S = 10.0
REPEATABLE = frozenset({"GET", "HEAD", "PUT", "DELETE"})
PASSING = frozenset({429, 502, 503, 504})
# GitHub's, many servers', and that of the network in front of PeeringDB.
ANSWER_IDS = ("X-GitHub-Request-Id", "X-Request-Id", "CF-Ray")

Wish: TypeAlias = Callable[[int, httpx.Headers, datetime], float | None]
"""Seconds that a service asks to wait, from a passing answer's status and headers, and the time."""


def client(
    base_url: str,
    *,
    headers: Mapping[str, str] | None = None,
    timeout_s: float = 15.0,
    keep_alive: bool = True,
    connections: int = 4,
    verify: bool | ssl.SSLContext = True,
    trust_environment: bool = False,
    transport: httpx.BaseTransport | None = None,
) -> httpx.Client:
    """A client for one service; close it, or use it as a context. Raises Usage.

    headers: sent with every call.  timeout_s: to connect, and for each pause in an answer.
    trust_environment: whether HTTPS_PROXY, SSL_CERT_FILE and the like apply; not for a service next door.
    """
    own = {"User-Agent": USER_AGENT, "Accept": "application/json", "Accept-Encoding": "identity"}
    if not keep_alive:
        own["Connection"] = "close"
    return httpx.Client(
        base_url=base_url,
        headers=own | _sendable(headers or {}),
        timeout=timeout_s,
        follow_redirects=False,
        limits=httpx.Limits(
            max_connections=connections, max_keepalive_connections=connections if keep_alive else 0
        ),
        verify=verify,
        trust_env=trust_environment,
        transport=transport,
    )


def _sendable(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers, each of a form that HTTP can carry. The library would quote a bad value in its error."""
    for name, value in headers.items():
        if not (value.isascii() and value.isprintable()):
            raise Usage(
                f"the value for the HTTP header `{name}` has a line break or a character outside ASCII",
                help="check the variable or the file that it comes from",
            )
    return dict(headers)


@dataclass(slots=True)
class RetryBudget:
    """How much patience a run has left, for all services together.

    retries: repeats of calls.  seconds: of waiting between them.  sleep, uniform, now, monotonic: the
    outside, so that tests neither wait nor roll dice.
    """

    retries: int = 12
    seconds: float = 300.0
    sleep: Callable[[float], None] = time.sleep
    uniform: Callable[[float, float], float] = random.uniform
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    monotonic: Callable[[], float] = time.monotonic

    def spend(self, wait_s: float) -> bool:
        """Whether one more repeat after this wait is within the budget; if so it is taken from it."""
        if self.retries < 1 or wait_s > self.seconds:
            return False
        self.retries -= 1
        self.seconds -= wait_s
        return True


@dataclass(frozen=True, slots=True)
class Reply:
    """What a service answered. where: method and address without query, for messages."""

    status: int
    headers: httpx.Headers
    body: bytes
    service: str
    where: str

    def json(self) -> Any:
        """The body as JSON. Raises Unavailable."""
        try:
            return json_text.loads(self.body)
        except (ValueError, RecursionError):
            raise Unavailable(
                f"{self.service} answered {self.where} with {self.status}, and not with JSON",
                help="check the address, and what stands between here and there; then run again",
            ) from None


class Unanswered(Exception):
    """One attempt that failed in passing. least_s: wait at least so long; None: no wish was given."""

    def __init__(self, reason: str, least_s: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.least_s = least_s


def retrying(budget: RetryBudget, attempts: int = ATTEMPTS) -> tenacity.Retrying:
    """Repeats a callable while it raises Unanswered; then that Unanswered comes through.

    Only for calls that may be repeated. Waits are uniform from nothing to a bound that doubles ("full
    jitter"), and never below what the service asked for.
    """

    def wait(state: tenacity.RetryCallState) -> float:
        failure = state.outcome.exception() if state.outcome else None
        least_s = failure.least_s if isinstance(failure, Unanswered) else None
        drawn_s = budget.uniform(0.0, FIRST_WAIT_S * 2 ** (state.attempt_number - 1))
        return drawn_s if least_s is None else least_s + drawn_s

    def stop(state: tenacity.RetryCallState) -> bool:
        if state.attempt_number >= attempts or state.upcoming_sleep > WAIT_MAX_S:
            return True
        return not budget.spend(state.upcoming_sleep)

    return tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(Unanswered),
        wait=wait,
        stop=stop,
        sleep=budget.sleep,
        reraise=True,
    )


def request(
    http: httpx.Client,
    method: str,
    path: str,
    *,
    service: str,
    budget: RetryBudget,
    params: Mapping[str, str] | None = None,
    body: object = None,
    repeatable: bool | None = None,
    limit_bytes: int = ANSWER_BYTES,
    passing: frozenset[int] = PASSING,
    wish: Wish | None = None,
    redirects: bool = False,
    upstream: Upstream = Upstream.FABRIC,
    fabric: str = "",
) -> Reply:
    """One call, repeated where that is safe. Raises Unavailable.

    service: what people call it, first word of messages.  body: sent as JSON, unless None.
    repeatable: whether doing it twice is as good as once; by default what the method promises (RFC 9110
    section 9.2.2: GET, HEAD, PUT, DELETE).  passing: answers that may be other ones a moment later.
    wish: how this service says how long to wait; by default with `Retry-After`.
    redirects: whether the caller judges one itself; it is never followed here.
    upstream, fabric: who it is, as each attempt is told of in the stream of events.
    """
    sent = http.build_request(method, path, params=params, json=body)
    where = f"`{method} {sent.url.scheme}://{sent.url.netloc.decode()}{sent.url.path}`"
    again = method in REPEATABLE if repeatable is None else repeatable
    numbers = itertools.count(1)

    def attempt() -> Reply:
        with calling(upstream, where.strip("`"), attempt=next(numbers), fabric=fabric) as call:
            return _attempt(http, sent, (service, where), limit_bytes, budget, passing, wish or _wish, call)

    try:
        reply = retrying(budget, ATTEMPTS if again else 1)(attempt)
    except Unanswered as failure:
        asks = f" and asks to wait {failure.least_s:.0f} s" if failure.least_s else ""
        raise Unavailable(
            f"{service} did not answer {where}: {failure.reason}{asks}",
            help="nothing is known from it now; run again later",
        ) from None
    if 300 <= reply.status < 400 and not redirects:
        raise Unavailable(
            f"{service} answered {where} with {reply.status}, a redirect, which is not followed",
            help="write the final address where the service is configured",
        )
    return reply


def _attempt(
    http: httpx.Client,
    sent: httpx.Request,
    names: tuple[str, str],
    limit_bytes: int,
    budget: RetryBudget,
    passing: frozenset[int],
    wish: Wish,
    call: Call,
) -> Reply:
    """One attempt. Raises Unanswered for what may pass, Unavailable for what will not."""
    service, where = names
    try:
        reply = http.send(sent, stream=True)
        call.status, call.upstream_id = reply.status_code, _answer_id(reply.headers, sent.headers)
        try:
            content = _bounded(reply, limit_bytes, budget.monotonic)
        finally:
            reply.close()
    except httpx.TimeoutException:
        raise Unanswered("no answer in time") from None
    except httpx.ConnectError as error:
        raise Unanswered(f"no connection ({error})") from None
    except httpx.HTTPError as error:  # its text may quote what was sent: only its kind is told
        raise Unanswered(f"the connection broke ({type(error).__name__})") from None
    if isinstance(content, str):
        raise Unavailable(
            f"{service} answered {where} with {content}; the rest was not read",
            help="check the address where the service is configured",
        )
    if reply.status_code in passing:
        least_s = wish(reply.status_code, reply.headers, budget.now())
        raise Unanswered(f"it answered {reply.status_code}", least_s)
    return Reply(reply.status_code, reply.headers, content, service, where)


def _bounded(reply: httpx.Response, limit_bytes: int, monotonic: Callable[[], float]) -> bytes | str:
    """The body; in words what there is too much of, where it breaks a limit."""
    started, content = monotonic(), bytearray()
    for chunk in reply.iter_bytes():
        content += chunk
        if len(content) > limit_bytes:
            return f"more than {limit_bytes} bytes"
        if monotonic() - started > ANSWER_S:
            return f"a trickle of more than {ANSWER_S:.0f} s"
    return bytes(content)


def _answer_id(answered: httpx.Headers, sent: httpx.Headers) -> str:
    """The name of this call in the service's own log; none that is odd, or a piece of what was sent."""
    found = next((answered[name] for name in ANSWER_IDS if name in answered), "")
    echoed = any(found in value or value in found for value in sent.values())
    return found if re.fullmatch(r"[A-Za-z0-9:._-]{1,80}", found) and not echoed else ""


def retry_after_s(headers: httpx.Headers, now: datetime) -> float | None:
    """Seconds that `Retry-After` asks for (RFC 9110 section 10.2.3: seconds or a date); None without one."""
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        then = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, (then.replace(tzinfo=then.tzinfo or UTC) - now).total_seconds())


def _wish(status: int, headers: httpx.Headers, now: datetime) -> float | None:
    least_s = retry_after_s(headers, now)
    return max(least_s or 0.0, THROTTLED_WAIT_S) if status == 429 else least_s
