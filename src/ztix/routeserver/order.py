"""The order in which a route from a member meets the filter of a route server.

Law: a table. Numbers are never re-used and say the order; a step that policy switches off leaves a gap. Each
step has a template of its name in `templates/bird/steps/`, and a line in docs/filters.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from ztix.routeserver.words import Remark
from ztix.terms import Asn, Family, Label, LargeCommunity

REASON_FUNCTION = 1101
"""The function of the large communities that tell a reason, as looking glasses know it."""


class Reason(IntEnum):
    """Why a route was rejected: the last part of the large community `asn:1101:reason`.

    The numbers up to 15 mean what looking glasses for exchanges already show for them.
    """

    PREFIX_TOO_LONG = 1
    PREFIX_TOO_SHORT = 2
    BOGON_PREFIX = 3
    BOGON_ASN = 4
    AS_PATH_TOO_LONG = 5
    FIRST_AS = 7
    NEXT_HOP = 8
    PREFIX_SET = 9
    ORIGIN = 10
    ROV_INVALID = 13
    TRANSIT_FREE = 14
    COMMUNITIES = 15
    PEERING_LAN = 32
    NEVER_VIA = 33
    BLACKHOLE = 34
    ASPA_INVALID = 36

    def community(self, asn: Asn) -> LargeCommunity:
        """The large community that carries this reason at an exchange."""
        return LargeCommunity(int(asn), REASON_FUNCTION, int(self))


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the filter.

    reason: why the step rejects; None where it amends the route and lets it pass.  references: where the
    step is asked for.  families: those it applies to.
    """

    number: int
    name: Label
    reason: Reason | None
    title: Remark
    references: Remark
    families: tuple[Family, ...] = (4, 6)

    @property
    def template(self) -> str:
        """The template that writes the step."""
        return f"bird/steps/{self.name}.j2"


def _step(
    number: int,
    name: str,
    reason: Reason | None,
    title: str,
    references: str,
    families: tuple[Family, ...] = (4, 6),
) -> Step:
    return Step(number, Label(name), reason, Remark(title), Remark(references), families)


STEPS: tuple[Step, ...] = (
    _step(
        1, "scrub", None, "communities that only the exchange may set are taken off", "RFC 7454 section 11"
    ),
    _step(2, "peering-lan", Reason.PEERING_LAN, "the peering LAN", "RFC 7454 section 6.1.5"),
    _step(3, "bogon-prefix", Reason.BOGON_PREFIX, "a bogon prefix", "RFC 6890, RFC 7454 section 6.1.1"),
    _step(4, "too-short", Reason.PREFIX_TOO_SHORT, "a prefix that is too short", "RFC 7454 section 6.1.6"),
    _step(5, "too-long", Reason.PREFIX_TOO_LONG, "a prefix that is too long", "RFC 7454 section 6.1.3"),
    _step(6, "path-length", Reason.AS_PATH_TOO_LONG, "an AS_PATH that is too long", "RFC 7454 section 9"),
    _step(7, "first-as", Reason.FIRST_AS, "a first AS other than the member's", "RFC 4271 section 6.3"),
    _step(
        8,
        "bogon-asn",
        Reason.BOGON_ASN,
        "a bogon ASN in the AS_PATH",
        "RFC 7607, RFC 6793, RFC 5398, RFC 6996, RFC 7300",
    ),
    _step(
        9,
        "transit-free",
        Reason.TRANSIT_FREE,
        "a network without transit in the AS_PATH",
        "RFC 7454 section 9",
    ),
    _step(
        10,
        "never-via",
        Reason.NEVER_VIA,
        "an ASN that is not to be reached through route servers",
        "RFC 7454 section 9",
    ),
    _step(11, "communities", Reason.COMMUNITIES, "too many communities", "RFC 7454 section 11"),
    _step(12, "next-hop", Reason.NEXT_HOP, "a next hop that is not the member's", "RFC 7948 section 4.8"),
    _step(
        13,
        "link-local",
        None,
        "the link-local address beside the next hop is dropped",
        "RFC 2545 section 3",
    ),
    _step(
        14,
        "blackhole",
        Reason.BLACKHOLE,
        "a blackhole of a member that may not, or for others' addresses",
        "RFC 7999 section 3",
    ),
    _step(15, "origin", Reason.ORIGIN, "an origin outside the AS-SET", "RFC 7454 section 6.1.2"),
    _step(16, "prefix-set", Reason.PREFIX_SET, "a prefix outside the prefix set", "RFC 7454 section 6.1.2"),
    _step(17, "rov", Reason.ROV_INVALID, "an announcement that is ROV invalid", "RFC 6811 section 2"),
    _step(
        18,
        "aspa",
        Reason.ASPA_INVALID,
        "a path that is ASPA invalid",
        "draft-ietf-sidrops-aspa-verification section 6",
    ),
    _step(
        19, "graceful-shutdown", None, "a route that is about to go is the last choice", "RFC 8326 section 4"
    ),
    _step(
        20,
        "tell",
        None,
        "the ROV and IRR state are told in large communities",
        "RFC 8092, RFC 8195 section 3",
    ),
)
