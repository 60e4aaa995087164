"""Route servers: from an exchange and its evidence to what each route server is to do.

Law: pure. `words` is what may be printed, `order` and `export_order` are the numbered steps of filters,
`control` the communities, `told` what members are told, `bogons` and `prefix_sets` the lists that steps
go by, `imports` and `limits` what differs between members, `view` the result, `derive` and `sessions` the
way to it.
"""

from __future__ import annotations

from ztix.routeserver.derive import views
from ztix.routeserver.export_order import EXPORT_STEPS, ExportStep
from ztix.routeserver.limits import max_prefixes
from ztix.routeserver.order import REASON_FUNCTION, STEPS, Reason, Step
from ztix.routeserver.prefix_sets import Notice, as_sets, parse_irr_as_set
from ztix.routeserver.view import (
    ChannelView,
    ClientView,
    FamilyView,
    MemberView,
    RouteServerView,
    SessionView,
)
from ztix.routeserver.words import BirdVersion, LogTarget, Symbol, session_name

__all__ = [
    "EXPORT_STEPS",
    "REASON_FUNCTION",
    "STEPS",
    "BirdVersion",
    "ChannelView",
    "ClientView",
    "ExportStep",
    "FamilyView",
    "LogTarget",
    "MemberView",
    "Notice",
    "Reason",
    "RouteServerView",
    "SessionView",
    "Step",
    "Symbol",
    "as_sets",
    "max_prefixes",
    "parse_irr_as_set",
    "session_name",
    "views",
]
