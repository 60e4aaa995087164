"""Scenarios of what members ask of a route server: who gets a route and how, blackholes, leaks that it stops.

Law: rows only.
"""

from __future__ import annotations

from tests.live.members import Announcement
from tests.live.members.wire import hosts
from tests.live.round_table import ASNS, CUSTOMER, RECEIVERS, block
from tests.live.scenario import (
    FilteredWith,
    NotAnnouncedTo,
    Prepended,
    ReceiveRoute,
    Scenario,
    large,
)
from tests.live.scenario_rows import OWN, each
from ztix.routeserver import Reason

CONTROL = ("control communities, standard and large",)
PREPEND = ("prepending",)
PASSED = ("NO_EXPORT and NO_ADVERTISE",)
BLACKHOLE = ("blackholing (RFC 7999)",)
NO_EXPORT, NO_ADVERTISE, BLACKHOLED, SHUTDOWN = "65535:65281", "65535:65282", "65535:666", "65535:0"


def but(*hosts_: str) -> tuple[str, ...]:
    """All receivers but these."""
    return tuple(host for host in RECEIVERS if host not in hosts_)


STEERED = (
    *each(
        "not to one",
        CONTROL,
        ReceiveRoute(but("m11"), no_large=frozenset({large(0, 64501)})),
        NotAnnouncedTo(("m11",)),
        more=(large(0, 64501),),
        attack=False,
    ),
    *each(
        "not to one with an ASN of four octets",
        CONTROL,
        ReceiveRoute(but("m16")),
        NotAnnouncedTo(("m16",)),
        more=(large(0, 65536),),
        attack=False,
    ),
    *each("to nobody", CONTROL, NotAnnouncedTo(), more=(large(0, 0),), attack=False),
    *each(
        "to nobody but one",
        CONTROL,
        ReceiveRoute(("m12",), no_large=frozenset({large(0, 0), large(1, 64502)})),
        NotAnnouncedTo(but("m12")),
        more=(large(0, 0), large(1, 64502)),
        attack=False,
    ),
    *each(
        "not to one, by a standard community",
        CONTROL,
        ReceiveRoute(but("m13"), no_communities=frozenset({"0:64503"})),
        NotAnnouncedTo(("m13",)),
        communities=("0:64503",),
        attack=False,
    ),
    *each(
        "to nobody, by a standard community, which holds for ASNs of four octets too",
        CONTROL,
        NotAnnouncedTo(),
        communities=("0:64496",),
        attack=False,
    ),
    *each(
        "to nobody but one, by standard communities",
        CONTROL,
        ReceiveRoute(("m14",)),
        NotAnnouncedTo(but("m14")),
        communities=("0:64496", "64496:64504"),
        attack=False,
    ),
    *each(
        "to nobody but one with an ASN of four octets",
        CONTROL,
        ReceiveRoute(("m16",)),
        NotAnnouncedTo(but("m16")),
        communities=("0:64496",),
        more=(large(1, 65536),),
        attack=False,
    ),
    *(
        scenario
        for times, word, function in ((1, "once", 101), (2, "twice", 102), (3, "three times", 103))
        for scenario in each(
            f"prepended {word} to one",
            PREPEND,
            Prepended(("m11",), times),
            Prepended(but("m11"), 0),
            more=(large(function, 64501),),
            attack=False,
        )
    ),
    *each("prepended to all", PREPEND, Prepended(RECEIVERS, 2), more=(large(102, 0),), attack=False),
    *each(
        "prepended by a standard community",
        PREPEND,
        Prepended(("m10",), 3),
        Prepended(but("m10"), 0),
        communities=("65503:64500",),
        attack=False,
    ),
    *each(
        "prepended to all by everything at once",
        PREPEND,
        Prepended(RECEIVERS, 3),
        more=tuple(large(function, 0) for function in (101, 102, 103)),
    ),
    *each(
        "prepended though it is as long as it may be",
        PREPEND,
        Prepended(RECEIVERS, 3),
        path=(OWN,) * 32,
        more=(large(103, 0),),
    ),
    *each(
        "NO_EXPORT added towards one",
        PASSED,
        ReceiveRoute(("m13",), communities=frozenset({NO_EXPORT})),
        ReceiveRoute(but("m13"), no_communities=frozenset({NO_EXPORT})),
        more=(large(201, 64503),),
        attack=False,
    ),
    *each(
        "NO_ADVERTISE added towards one, by a standard community",
        PASSED,
        ReceiveRoute(("m12",), communities=frozenset({NO_ADVERTISE})),
        ReceiveRoute(but("m12"), no_communities=frozenset({NO_ADVERTISE})),
        communities=("65282:64502",),
        attack=False,
    ),
    *each(
        "NO_EXPORT is for the members",
        PASSED,
        ReceiveRoute(communities=frozenset({NO_EXPORT})),
        communities=(NO_EXPORT,),
        attack=False,
    ),
    *each(
        "a member that is to be shut down",
        ("graceful shutdown (RFC 8326)",),
        ReceiveRoute(communities=frozenset({SHUTDOWN})),
        communities=(SHUTDOWN,),
        attack=False,
    ),
)

# Every make announces: what it sends is taken, and steered, like anybody's.
EVERY_MAKE = tuple(
    Scenario(
        f"{make} announces, but not to one",
        ("transparent route server (RFC 7947)", *CONTROL),
        Announcement(prefix, (), ("64511:9",), ("64511:3:4", large(0, 64500 if host != "m10" else 64501))),
        (
            ReceiveRoute(
                but(host, "m10" if host != "m10" else "m11"),
                path=(ASNS[host],),
                communities=frozenset({"64511:9"}),
                large=frozenset({"64511:3:4", large(1001, 1)}),
            ),
            NotAnnouncedTo(("m10" if host != "m10" else "m11",)),
        ),
        by=host,
    )
    for host, make in (
        ("m10", "BIRD"),
        ("m11", "FRR"),
        ("m12", "GoBGP"),
        ("m13", "OpenBGPD"),
        ("m14", "ExaBGP"),
        ("m16", "BIRD without route refresh"),
    )
    for prefix in (block(host, 4).replace("/27", "/28"), block(host, 6).replace("/40", "/47"))
)

STOPPED = (
    *each(
        "a leak of a transit-free network",
        ("transit-free networks",),
        FilteredWith(Reason.TRANSIT_FREE),
        path=(OWN, 64508, CUSTOMER),
    ),
    *each(
        "a network that is never behind a route server",
        ("never via a route server",),
        FilteredWith(Reason.NEVER_VIA),
        path=(OWN, 64509, CUSTOMER),
    ),
    *each(
        "101 communities",
        CONTROL,
        FilteredWith(Reason.COMMUNITIES),
        communities=tuple(f"64511:{n}" for n in range(101)),
    ),
    *each(
        "a thousand communities",
        CONTROL,
        FilteredWith(Reason.COMMUNITIES),
        communities=tuple(f"64511:{n}" for n in range(990)),
    ),
    *each(
        "three hundred large communities",
        CONTROL,
        FilteredWith(Reason.COMMUNITIES),
        more=tuple(f"64511:1:{n}" for n in range(300)),
    ),
    *each(
        "a prefix that policy denies",
        ("peering LAN, prefixes denied",),
        FilteredWith(Reason.BOGON_PREFIX),
        prefixes=("203.0.113.176/28", "2001:db8:fdd::/48"),
    ),
    *each(
        "a blackhole for another member's address",
        BLACKHOLE,
        FilteredWith(Reason.BLACKHOLE),
        prefixes=("198.51.100.33/32", "2001:db8:b00::1/128"),
        communities=(BLACKHOLED,),
    ),
    *each(
        "a blackhole for a whole network",
        BLACKHOLE,
        FilteredWith(Reason.BLACKHOLE),
        prefixes=("203.0.113.0/24", "2001:db8:f00::/48"),
        communities=(BLACKHOLED,),
    ),
    *(
        Scenario(
            "a blackhole by who may not have any",
            BLACKHOLE,
            Announcement(prefix, (), (BLACKHOLED,)),
            (FilteredWith(Reason.BLACKHOLE),),
            by="m14",
            attack=True,
        )
        for host in ("m14",)
        for prefix in (*hosts(block(host, 4), 32, 1), *hosts(block(host, 6), 128, 1))
    ),
)
BLACKHOLES = each(
    "a blackhole for an own address",
    BLACKHOLE,
    ReceiveRoute(communities=frozenset({BLACKHOLED, NO_EXPORT})),
    prefixes=("203.0.113.34/32", "2001:db8:f00::66/128"),
    communities=(BLACKHOLED,),
    attack=False,
)
TOLD = (
    *each(
        "what the exchange tells of a route",
        ("informational communities",),
        ReceiveRoute(large=frozenset({large(1000, 2), large(1001, 1)})),
        attack=False,
    ),
    *each(
        "what the exchange tells of a route that a VRP confirms",
        ("informational communities", "ROV by a list of VRPs"),
        ReceiveRoute(large=frozenset({large(1000, 1)})),
        prefixes=("203.0.113.128/28", "2001:db8:f81::/48"),
        attack=False,
    ),
)

ASKED: tuple[Scenario, ...] = (*STEERED, *EVERY_MAKE, *STOPPED, *BLACKHOLES, *TOLD)
