"""Reads what `ztix-agent` tells of routes that import refused.

Law: pure, and as distrustful as `answer.py`.
"""

from __future__ import annotations

import re

from ztix.agent.answer import Answer, garbled
from ztix.health import Filtered

_FORM = re.compile(r"([A-Za-z0-9_.:-]{1,64}) (\d{1,10}) (\d{1,12}) ([0-9a-f.:/]{1,50})")


def read_filtered(answer: Answer) -> tuple[Filtered, ...]:
    """What an answer to `filtered` counts, by session, the most frequent reason first."""
    found = []
    for line in answer.all("filtered"):
        if not (match := _FORM.fullmatch(line)):
            raise garbled("a count of filtered routes has another form")
        found.append(Filtered(match[1], int(match[2]), int(match[3]), match[4]))
    return tuple(sorted(found, key=lambda one: (one.session, -one.count, one.reason)))
