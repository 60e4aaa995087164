"""Scenarios of what no router says: BIRD stops it before the filter, or the filter mends it.

Law: rows only.
"""

from __future__ import annotations

from tests.live.members import Announcement
from tests.live.members.wire import (
    AS_PATH,
    CONFED_SEQUENCE,
    MP_REACH,
    NEXT_HOP,
    OPTIONAL,
    OPTIONAL_TRANSITIVE,
    ORIGIN,
    OTC,
    SET,
    WELL_KNOWN,
    reach,
    segment,
)
from tests.live.round_table import CUSTOMER, addresses
from tests.live.scenario import NotAnnouncedTo, ReceiveRoute, Scenario, SessionEnds, SessionStays, Spoil
from tests.live.scenario_rows import (
    OWN,
    VICTIM,
    each,
    free,
    only,
    with_attribute,
    with_path,
    without,
)

BEFORE_THE_FILTER = (
    *each(
        "an AS_SET",
        ("AS_SET in the path",),
        NotAnnouncedTo(),
        SessionStays(),
        spoil=with_path(segment((OWN,)), segment((CUSTOMER,), SET)),
    ),
    *each(
        "a confederation's segment",
        ("AS_SET in the path",),
        NotAnnouncedTo(),
        spoil=with_path(segment((OWN,), CONFED_SEQUENCE), segment((OWN,))),
    ),
    *each(
        "the route server's own ASN",
        ("transparent route server (RFC 7947)",),
        NotAnnouncedTo(),
        path=(OWN, 64496, CUSTOMER),
    ),
    *each(
        "a route that was leaked",
        ("roles and OTC (RFC 9234)",),
        NotAnnouncedTo(),
        SessionStays(),
        spoil=with_attribute(OTC, OPTIONAL_TRANSITIVE, (64501).to_bytes(4, "big")),
    ),
    *each("AS 0", ("bogon and private ASNs",), NotAnnouncedTo(), path=(OWN, 0, CUSTOMER)),
    *each("no path at all", ("AS_PATH length",), NotAnnouncedTo(), spoil=with_path()),
    *each("no ORIGIN", ("malformed attributes",), NotAnnouncedTo(), spoil=without(ORIGIN)),
    *each("no AS_PATH", ("malformed attributes",), NotAnnouncedTo(), spoil=without(AS_PATH)),
    *each(
        "an ORIGIN of two octets",
        ("malformed attributes",),
        NotAnnouncedTo(),
        spoil=with_attribute(ORIGIN, WELL_KNOWN, b"\0\0"),
    ),
    *each(
        "a segment that is shorter than it says",
        ("malformed attributes",),
        NotAnnouncedTo(),
        spoil=with_path(segment((OWN, CUSTOMER))[:-2]),
    ),
    *each(
        "communities of three octets",
        ("malformed attributes",),
        NotAnnouncedTo(),
        spoil=with_attribute(8, 0xC0, b"\1\2\3"),
    ),
    *each(
        "large communities of eleven octets",
        ("malformed attributes",),
        NotAnnouncedTo(),
        spoil=with_attribute(32, 0xC0, b"\1" * 11),
    ),
    *only(
        "a next hop of three octets",
        ("malformed attributes",),
        Announcement(free(4)),
        NotAnnouncedTo(),
        spoil=with_attribute(NEXT_HOP, WELL_KNOWN, b"\1\2\3"),
    ),
    *only(
        "no next hop",
        ("malformed attributes",),
        Announcement(free(4)),
        NotAnnouncedTo(),
        spoil=without(NEXT_HOP),
    ),
    *each(
        "a well-known attribute that nobody knows",
        ("malformed attributes",),
        NotAnnouncedTo(),
        spoil=with_attribute(99, WELL_KNOWN, b"\0"),
    ),
    *only(
        "a prefix of 33 bits",
        ("malformed attributes",),
        Announcement("203.0.113.128/33"),
        SessionEnds(3),
        last=True,  # BIRD 3.1 to 3.4 never gets the session out of its state flush: docs/adr/0041
    ),
)


def _hops(prefix: str, *hops: str) -> Spoil:
    return with_attribute(MP_REACH, OPTIONAL, reach((prefix,), *hops))


_MINE = addresses("m15")[6]
LINK_LOCAL = tuple(
    Scenario(
        f"the link-local next hop {name}",
        ("link-local address beside a next hop",),
        Announcement(prefix),
        (ReceiveRoute(next_hop=_MINE),),
        spoil=_hops(prefix, _MINE, companion),
        attack=True,
    )
    for name, prefix, companion in (
        ("of a victim", "2001:db8:f90::/48", "fe80::bad"),
        ("of nobody", "2001:db8:f91::/48", "fe80::"),
        ("that is a global address", "2001:db8:f92::/48", addresses(VICTIM)[6]),
    )
)

CRAFTED: tuple[Scenario, ...] = (*BEFORE_THE_FILTER, *LINK_LOCAL)
