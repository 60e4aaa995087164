"""What the exchange tells members about a route that it took: informational large communities.

Law: a table. The numbers are those that looking glasses for exchanges know.
"""

from __future__ import annotations

from dataclasses import dataclass

from ztix.terms import Asn, LargeCommunity

ROV_FUNCTION = 1000
"""The function of the large communities that tell the ROV state."""
IRR_FUNCTION = 1001
"""The function of those that tell whether the AS-SET covers the route."""


@dataclass(frozen=True, slots=True)
class Told:
    """The communities of one exchange."""

    rov_valid: LargeCommunity
    rov_not_found: LargeCommunity
    rov_not_done: LargeCommunity
    rov_invalid: LargeCommunity
    irr_valid: LargeCommunity
    irr_not_checked: LargeCommunity

    @classmethod
    def of(cls, asn: Asn) -> Told:
        """Those of the exchange whose route servers have this AS number."""
        rov = [LargeCommunity(int(asn), ROV_FUNCTION, state) for state in range(1, 5)]
        irr = [LargeCommunity(int(asn), IRR_FUNCTION, state) for state in range(1, 3)]
        return cls(rov[0], rov[1], rov[2], rov[3], irr[0], irr[1])
