"""What GitHub answers, read strictly: its refusals in words, and its values as what they must be.

Law: raises only Unavailable and Refused, or returns them. What GitHub says is quoted short and made harmless.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ztix.diagnostics import shown
from ztix.drivers.http import Reply
from ztix.errors import Refused, Unavailable
from ztix.forge import NOBODY

_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


def refusal(reply: Reply) -> Unavailable | Refused:
    """What an answer other than a good one means."""
    told = _words(reply)
    words = f": `{shown(told)}`" if told else ""
    message = f"GitHub answered {reply.where} with {reply.status}{words}"
    headers, limited = reply.headers, "rate limit" in told.lower()
    if reply.status == 403 and (
        limited or "Retry-After" in headers or headers.get("X-RateLimit-Remaining") == "0"
    ):
        return Unavailable(message, help="its limit of calls is reached; run again later")
    match reply.status:
        case 401:
            return Refused(message, help="put a valid token where the token is configured")
        case 403 | 404 | 410:  # 410: issues are switched off there
            return Refused(message, help="check the number, and what the token may see and write")
        case 405 | 409:
            return Refused(message, help="see on the pull request what keeps it from merging, or what moved")
        case 422:
            return Refused(message, help="it is of no form that GitHub takes; see its words")
        case _:
            return Unavailable(message, help="nothing is known from it now; run again later")


def _words(reply: Reply) -> str:
    try:
        whole = reply.json()
    except Unavailable:
        return ""
    told = whole.get("message") if isinstance(whole, dict) else None
    return told if isinstance(told, str) else ""


def garbled(where: str) -> Unavailable:
    """An answer that cannot be taken for what was asked."""
    return Unavailable(
        f"GitHub answered about `{where}` in another form than its own",
        help="check GITHUB_API_URL, and what stands between here and there; then run again",
    )


def table(value: object, where: str) -> Mapping[str, Any]:
    """A JSON object."""
    if not isinstance(value, dict):
        raise garbled(where)
    return value


def rows(value: object, where: str) -> list[Any]:
    """A JSON list."""
    if not isinstance(value, list):
        raise garbled(where)
    return value


def figure(value: object, where: str) -> int:
    """A number, from 0 on."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise garbled(where)
    return value


def commit_id(value: object, where: str) -> str:
    """A commit's id in full."""
    if not isinstance(value, str) or not _COMMIT.fullmatch(value):
        raise garbled(where)
    return value


def account_id(account: object) -> int:
    """The id of an account; NOBODY for one that is gone."""
    if account is None:
        return NOBODY
    return figure(table(account, "an account").get("id"), "an account")


def time_of(value: object) -> datetime:
    """A moment, with its zone."""
    try:
        read = datetime.fromisoformat(str(value))
    except ValueError:
        raise garbled("a time") from None
    if read.tzinfo is None:
        raise garbled("a time")
    return read
