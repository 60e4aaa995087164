"""ZT61x: answers that a refresh of the evidence did not take. `evidence_delta` finds them; here are the docs.

Law: no search functions, only what `ztix explain` tells.
"""

from __future__ import annotations

from functools import partial

from ztix.diagnostics import Severity
from ztix.rules.registry import Docs, found_by_reader

_STAYS = "The last good one stays in use, and its age is told when it is too old."
_ACCEPT = "Look at what changed; if it is right, name it with `ztix evidence refresh --accept`."


_refused = partial(found_by_reader, severity=Severity.WARNING)


_refused(
    "ZT610",
    "the IRR answers",
    Docs(
        what=f"Each AS-SET's expansion arrives whole, in time and within bounds. {_STAYS}",
        why="A list that is cut short would refuse a member's routes; an outage does not mean `empty`.",
        wrong="the IRR's server does not answer",
        right="the IRR's server answers",
        remedy="Wait for the next refresh. If it stays, look at `irr` in policy/routing.yaml.",
    ),
)
_refused(
    "ZT611",
    "an AS-SET is in the IRR",
    Docs(
        what=f"The IRR knows the AS-SET and at least one AS number in it. {_STAYS}",
        why="An unknown set and an empty one look the same; either would refuse all of a member's routes.",
        wrong='as_set: {ipv4: "RIPE::AS-EXMAPLE"}',
        right='as_set: {ipv4: "RIPE::AS-EXAMPLE"}',
        remedy="Check how it is written and in which registry it is; the member may have deleted it.",
    ),
)
_refused(
    "ZT612",
    "an AS-SET shrinks in steps",
    Docs(
        what="An AS-SET does not become empty in a family, nor lose more than the share `irr.shrink_max` of "
        f"what was on a list of ten or more, whatever comes in its place. {_STAYS}",
        why="A registry that lost a part of its data looks like this, and so do a slip of the pen and a set "
        "of the same name that is somebody else's.",
        wrong="500 prefixes yesterday, 20 today",
        right="500 prefixes yesterday, 480 today",
        remedy=_ACCEPT,
    ),
)
_refused(
    "ZT613",
    "an AS-SET grows in steps",
    Docs(
        what="An AS-SET does not grow beyond a hundred entries and `irr.growth_max` times what it was. "
        + _STAYS,
        why="A set that took in a transit provider's opens the session to the whole table.",
        wrong="20 prefixes yesterday, 90000 today",
        right="20 prefixes yesterday, 30 today",
        remedy=_ACCEPT,
    ),
)
_refused(
    "ZT614",
    "PeeringDB answers a refresh",
    Docs(
        what=f"PeeringDB answers for each member. {_STAYS}",
        why="Unknown is never absent.",
        wrong="PeeringDB answers 503",
        right="PeeringDB answers with a record, or that it has none",
        remedy="Wait for the next refresh.",
    ),
)
_refused(
    "ZT615",
    "a member stays in PeeringDB",
    Docs(
        what=f"A member that had a record in PeeringDB still has one. {_STAYS}",
        why="PeeringDB has lost records of live networks before; a person asks before a member falls off.",
        wrong="a record yesterday, none today",
        right="a record yesterday and today",
        remedy=_ACCEPT,
    ),
)
_refused(
    "ZT616",
    "the validator gives its list",
    Docs(
        what=f"The list of VRPs that policy names arrives whole. {_STAYS}",
        why="VRPs that are missing let invalid routes through.",
        wrong="the validator answers 503",
        right="the validator answers with its VRPs",
        remedy="Wait for the next refresh. If it stays, look at `rov.list` in policy/routing.yaml.",
    ),
)
_refused(
    "ZT617",
    "the list of VRPs shrinks in steps",
    Docs(
        what="The list has a VRP, and does not lose more than the share `rov.list.shrink_max` of those that "
        f"it had. {_STAYS}",
        why="A validator that lost a repository would let through what the VRPs in it forbid.",
        wrong="500000 VRPs yesterday, 300000 today",
        right="500000 VRPs yesterday, 499000 today",
        remedy=_ACCEPT,
    ),
)
