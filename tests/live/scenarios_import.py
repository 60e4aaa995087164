"""Scenarios of what a route server takes: what is in order, and what its filter stops.

Law: rows only.
"""

from __future__ import annotations

from tests.live.members import Announcement
from tests.live.round_table import CUSTOMER, addresses
from tests.live.scenario import FilteredWith, NotAnnouncedTo, ReceiveRoute, Scenario, large
from tests.live.scenario_rows import OWN, VICTIM, each, only
from ztix.routeserver import Reason

REJECTED = (
    *each("a first AS that is another's", ("first AS",), FilteredWith(Reason.FIRST_AS), path=(64501, OWN)),
    *each(
        "a path that starts at the customer",
        ("first AS",),
        FilteredWith(Reason.FIRST_AS),
        path=(CUSTOMER,),
    ),
    *each(
        "a private ASN",
        ("bogon and private ASNs",),
        FilteredWith(Reason.BOGON_ASN),
        path=(OWN, 64512, CUSTOMER),
    ),
    *each(
        "a private ASN as origin",
        ("bogon and private ASNs",),
        FilteredWith(Reason.BOGON_ASN),
        path=(OWN, 4200000000),
    ),
    *each(
        "AS_TRANS", ("bogon and private ASNs",), FilteredWith(Reason.BOGON_ASN), path=(OWN, 23456, CUSTOMER)
    ),
    *each(
        "the last ASN",
        ("bogon and private ASNs",),
        FilteredWith(Reason.BOGON_ASN),
        path=(OWN, 4294967295, CUSTOMER),
    ),
    *each("33 ASNs", ("AS_PATH length",), FilteredWith(Reason.AS_PATH_TOO_LONG), path=(OWN,) * 33),
    *each("a path of 255", ("AS_PATH length",), FilteredWith(Reason.AS_PATH_TOO_LONG), path=(OWN,) * 255),
    *each(
        "an origin of another member",
        ("origin in the AS-SET",),
        FilteredWith(Reason.ORIGIN),
        path=(OWN, 64501),
    ),
    *each(
        "an origin that nobody named",
        ("origin in the AS-SET",),
        FilteredWith(Reason.ORIGIN),
        path=(OWN, 65551),
    ),
    *each(
        "the prefix of another member",
        ("prefix in the AS-SET",),
        FilteredWith(Reason.PREFIX_SET),
        prefixes=("198.51.100.96/28", "2001:db8:b01::/48"),
    ),
    *each(
        "more than the own prefix",
        ("prefix in the AS-SET",),
        FilteredWith(Reason.PREFIX_SET),
        prefixes=("203.0.112.0/23", "2001:db8:e00::/39"),
    )[1:],
    *each(
        "an origin that a VRP denies",
        ("ROV by a list of VRPs", "ROV invalid: rejected or told"),
        FilteredWith(Reason.ROV_INVALID),
        prefixes=("203.0.113.192/28", "2001:db8:fc1::/48"),
    ),
    *each(
        "longer than its VRP lets it",
        ("ROV by a list of VRPs",),
        FilteredWith(Reason.ROV_INVALID),
        path=(OWN, OWN),
        prefixes=("203.0.113.208/28", "2001:db8:fc2::/48"),
    ),
    *each(
        "everything, by the default route",
        ("prefix length",),
        FilteredWith(Reason.PREFIX_TOO_SHORT),
        prefixes=("0.0.0.0/0", "::/0"),
    ),
    *each(
        "too much by a short prefix",
        ("prefix length",),
        FilteredWith(Reason.PREFIX_TOO_SHORT),
        prefixes=("8.0.0.0/7", "2600::/15"),
    ),
    *each(
        "a host's route",
        ("prefix length",),
        FilteredWith(Reason.PREFIX_TOO_LONG),
        prefixes=("203.0.113.33/32", "2001:db8:f01::1/128"),
    ),
    *each(
        "just longer than policy lets it",
        ("prefix length",),
        FilteredWith(Reason.PREFIX_TOO_LONG),
        prefixes=("203.0.113.48/29", "2001:db8:f02::/49"),
    ),
    *each(
        "private addresses",
        ("bogon prefixes",),
        FilteredWith(Reason.BOGON_PREFIX),
        prefixes=("10.0.0.0/8", "fc00::/16"),
    ),
    *each("multicast", ("bogon prefixes",), NotAnnouncedTo(), prefixes=("224.0.0.0/8", "ff00::/16")),
    *each(
        "half of the peering LAN",
        ("peering LAN, prefixes denied",),
        FilteredWith(Reason.PEERING_LAN),
        prefixes=("192.0.2.0/25", "2001:db8:64:96::/65"),
    ),
    *only("6bone", ("bogon prefixes",), Announcement("3ffe::/16"), FilteredWith(Reason.BOGON_PREFIX)),
    *only(
        "shared addresses",
        ("bogon prefixes",),
        Announcement("100.64.0.0/10"),
        FilteredWith(Reason.BOGON_PREFIX),
    ),
    *each(
        "the peering LAN itself",
        ("peering LAN, prefixes denied",),
        FilteredWith(Reason.PEERING_LAN),
        prefixes=("192.0.2.0/24", "2001:db8:64:96::/64"),
    ),
    *each(
        "the address of the route server",
        ("peering LAN, prefixes denied",),
        FilteredWith(Reason.PEERING_LAN),
        prefixes=("192.0.2.1/32", "2001:db8:64:96::1/128"),
    ),
    *each(
        "another member's next hop",
        ("next hop",),
        FilteredWith(Reason.NEXT_HOP),
        next_hops=(addresses(VICTIM)[4], addresses(VICTIM)[6]),
    ),
    *each(
        "an address of the LAN that nobody has as next hop",
        ("next hop",),
        FilteredWith(Reason.NEXT_HOP),
        next_hops=("192.0.2.200", "2001:db8:64:96::200"),
    ),
    *each(
        "a next hop outside the LAN",
        ("next hop",),
        NotAnnouncedTo(),
        next_hops=("198.51.100.1", "2001:db8:a00::1"),
    ),
)

ACCEPTED = (
    *each(
        "a path through a customer",
        ("transparent route server (RFC 7947)", "origin in the AS-SET"),
        ReceiveRoute(path=(OWN, CUSTOMER)),
        path=(OWN, CUSTOMER),
        attack=False,
    ),
    *each("32 ASNs", ("AS_PATH length",), ReceiveRoute(path=(OWN,) * 32), path=(OWN,) * 32, attack=False),
    *each(
        "an origin that a VRP confirms",
        ("ROV by a list of VRPs",),
        ReceiveRoute(path=(OWN, CUSTOMER)),
        path=(OWN, CUSTOMER),
        prefixes=("203.0.113.224/28", "2001:db8:fc3::/48"),
        attack=False,
    ),
    *each(
        "communities of others",
        ("control communities, standard and large",),
        ReceiveRoute(communities=frozenset({"64511:7"}), large=frozenset({"64511:1:2"})),
        communities=("64511:7",),
        more=("64511:1:2",),
        attack=False,
    ),
    *each(
        "a reason for a rejection that was none",
        ("informational communities",),
        ReceiveRoute(no_large=frozenset({large(1101, 3)})),
        more=(large(1101, 3),),
    ),
    *each(
        "the exchange's own words, said by a member",
        ("informational communities",),
        ReceiveRoute(no_large=frozenset({large(1000, 1), large(4000000000, 1)})),
        more=(large(1000, 1), large(4000000000, 1)),
    ),
)

TAKEN: tuple[Scenario, ...] = (*REJECTED, *ACCEPTED)
