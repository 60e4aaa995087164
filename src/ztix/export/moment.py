"""As of when an export tells what it tells.

Law: pure. It is the commit's time, so that one commit gives one text; but a member whose last day passes is
off the LAN from then on without any commit, and another text must not bear the time of the one before.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from ztix.dormant import ended
from ztix.exchange import Exchange


def moment(exchange: Exchange, committed: datetime, now: datetime) -> datetime:
    """The commit's time, or midnight (UTC) after the last day of the member that ended latest."""
    ends = (
        datetime.combine(file.member.expires + timedelta(days=1), time(), UTC)
        for file in exchange.members
        if file.member.expires is not None and ended(file.member, now)
    )
    return max([committed, *ends])
