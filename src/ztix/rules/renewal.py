"""ZT108: memberships that end on a day.

Law: pure; the moment of the run comes in as Evidence. Days are those of UTC, and the last one counts whole.
"""

from __future__ import annotations

from collections.abc import Iterator

from ztix.amounts import plural
from ztix.diagnostics import Severity
from ztix.dormant import ended
from ztix.rules.facts import Facts
from ztix.rules.registry import Hit, rule

RENEW_DAYS = 30  # before the last day, for a pull request and its review


@rule(
    "ZT108",
    "a membership is renewed before it ends",
    Severity.WARNING,
    what="Tells from 30 days before the day in `expires` on, and once it has passed. Then the member acts "
    "like `suspended`: it is off the fabric and the route servers, and keeps its addresses.",
    why="An exchange that asks for `expires` wants to hear from its members once in a while; nobody is to be "
    "cut off by surprise.",
    wrong="expires: 2026-01-31",
    right="expires: 2027-01-31",
    remedy="Renew it by a pull request that moves the day; the next run after the merge brings it back.",
)
def ends(facts: Facts) -> Iterator[Hit]:
    """Members whose last day is near, or past."""
    if facts.evidence is None:
        return
    today = facts.evidence.now.date()
    for file in facts.exchange.members:
        last = file.member.expires
        if last is None or (last - today).days > RENEW_DAYS or file.member.status == "suspended":
            continue
        asn, days = file.member.asn, (last - today).days
        if ended(file.member, facts.evidence.now):
            message = f"the membership of `{asn}` ended on {last}: it acts like `suspended`"
        else:
            left = "today" if days == 0 else f"in {plural(days, 'day')}"
            message = f"the membership of `{asn}` ends {left}, on {last}"
        place = file.document.span(("expires",))
        yield Hit(message, place, "renew it by a pull request that moves `expires` to a later day")
