"""The exchange's communities as lines of a comment.

Law: pure, and from the table in `routeserver.control`, which docs/communities.md is made from too.
"""

from __future__ import annotations

from collections.abc import Iterator

from ztix.routerconfig.view import CommunityView
from ztix.routeserver.communities import WELL_KNOWN
from ztix.routeserver.control import TABLE, Blank, Entry, Part
from ztix.routeserver.route import GRACEFUL_SHUTDOWN
from ztix.routeserver.words import Remark
from ztix.terms import Asn


def communities(asn: Asn) -> Iterator[CommunityView]:
    """Those that members set at the exchange with this AS number; PEER is another member's number."""
    for entry in TABLE:
        forms = tuple(_forms(entry, asn))
        if entry.control and forms:
            meaning = entry.meaning.replace("`", "").replace("rs:", f"{int(asn)}:").replace("peer", "PEER")
            yield CommunityView(Remark(" or ".join(forms)), Remark(meaning))
    name, does = WELL_KNOWN[GRACEFUL_SHUTDOWN]
    yield CommunityView(Remark(str(GRACEFUL_SHUTDOWN)), Remark(f"{name}: {does}"))


def _forms(entry: Entry, asn: Asn) -> Iterator[str]:
    if entry.function is not None and entry.argument is not None:
        yield f"{int(asn)}:{entry.function}:{_part(entry.argument, asn)}"
    if entry.standard is not None and asn < 65536:
        yield f"{_part(entry.standard[0], asn)}:{_part(entry.standard[1], asn)}"


def _part(part: Part, asn: Asn) -> str:
    match part:
        case Blank.RS:
            return str(int(asn))
        case Blank.PEER:
            return "PEER"
        case _:
            return str(part)
