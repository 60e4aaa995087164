"""How many prefixes a session may bring, and what becomes of it when it brings more.

Law: pure. RFC 7454 section 8 asks for such limits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from ztix.evidence import Evidence
from ztix.import_policy import LimitAction
from ztix.member import PREFIXES_MAX, Member
from ztix.policy import Policy
from ztix.terms import Family, Word

_ACTIONS: dict[LimitAction, str] = {
    "shutdown": "disable",
    "restart": "restart",
    "warn": "warn",
    "block": "block",
}


class Limit(Word):
    """A limit of a channel, as BIRD writes it. `receive` counts all prefixes, `import` the accepted ones."""

    __slots__ = ()
    pattern = re.compile(r"(?:receive|import) limit [1-9][0-9]{0,14} action (?:warn|block|restart|disable)")
    form = "a limit of a channel that ztix sets"


def max_prefixes(member: Member, family: Family, policy: Policy, evidence: Evidence) -> int:
    """How many prefixes a session may bring.

    The exchange's own exception comes first, then the member, then PeeringDB with head-room but no less than
    the floor and no more than a member may say itself, then policy.
    """
    limits, different = policy.routing.max_prefixes, policy.routing.member(member.asn).max_prefixes
    for own in (different, member.max_prefixes):
        said = own.ipv4 if family == 4 else own.ipv6
        if said is not None:
            return said
    record = evidence.record(member.asn)
    listed = record.info_prefixes(family) if record else None
    if listed:
        return max(limits.floor, min(-(-listed * (100 + limits.headroom) // 100), PREFIXES_MAX))  # rounded up
    return limits.ipv4 if family == 4 else limits.ipv6


def limits_of(member: Member, count: int, policy: Policy) -> Iterator[Limit]:
    """The limits of a channel that may bring so many prefixes."""
    limits = policy.routing.max_prefixes
    action = _ACTIONS[policy.routing.member(member.asn).max_prefixes.action or limits.action]
    if limits.counted == "received":
        yield _limit("receive", count, action)
        return
    yield _limit("receive", max(count, limits.received_max), action)
    yield _limit("import", count, action)


@cache
def _limit(counted: str, count: int, action: str) -> Limit:
    return Limit(f"{counted} limit {count} action {action}")
