"""A route server and its members, live: what is handed on, what is rejected and why, and nobody flaps."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import subprocess
import sys
from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from tests.live.bird import BIRDS
from tests.live.topology import Lan, Router, lan
from tests.route_servers import LABORATORY, evidence, exchange, expansion, member
from ztix.drivers.templates import load_default_templates
from ztix.evidence import Expansion, Vrp
from ztix.lab.daemons import wait_until
from ztix.render import render
from ztix.routeserver import Reason, views
from ztix.terms import Asn

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root; run `sudo make test`"),
]

RS = Asn(64496)
ADDRESSES = {
    "rs": ("192.0.2.1/24", "2001:db8:64:96::1/64"),
    "m10": ("192.0.2.10/24", "2001:db8:64:96::a/64"),
    "m11": ("192.0.2.11/24", "2001:db8:64:96::b/64"),
    "m12": ("192.0.2.12/24", "2001:db8:64:96::c/64"),
    "m13": ("192.0.2.13/24", "2001:db8:64:96::d/64"),
}
ASNS = {"m10": 64500, "m11": 64501, "m12": 64502}

EXPANSIONS = (
    expansion(
        "AS64500:AS-ALL",
        [64500, 64505, 64512],
        ["198.51.100.0/24{24,29}"],
        ["2001:db8:4500::/48", "2001:db8:4510::/44{44,48}"],
    ),
    expansion("AS64501:AS-ALL", [64501], ["203.0.113.0/25"], ["2001:db8:4501::/48"]),
    expansion("AS64502:AS-ALL", [64502], ["203.0.113.128/25"], ["2001:db8:4502::/48"]),
    expansion("AS64503:AS-ALL", [64503], [], ["2001:db8:4503::/48"]),
)
# Above the middle of 198.51.100.0/24 nothing longer than /24 is valid.
VRPS = tuple(
    Vrp(ip_network(prefix), longest, asn)
    for prefix, longest, asn in (
        ("198.51.100.0/24", 24, 64500),
        ("198.51.100.0/25", 28, 64500),
        ("198.51.100.0/25", 28, 64505),
        ("2001:db8:4510::/44", 44, 64500),
    )
)

REJECTED: dict[str, tuple[str, Reason]] = {
    # prefix: (what the announcement does besides, the reason)
    "192.0.2.128/25": ("", Reason.PEERING_LAN),
    "10.0.0.0/8": ("", Reason.BOGON_PREFIX),
    "8.0.0.0/7": ("", Reason.PREFIX_TOO_SHORT),
    "198.51.100.8/29": ("", Reason.PREFIX_TOO_LONG),
    "198.51.100.0/28": ("my_long_path();", Reason.AS_PATH_TOO_LONG),
    "198.51.100.16/28": ("my_first_as();", Reason.FIRST_AS),
    "198.51.100.32/28": ("bgp_path.prepend(64512);", Reason.BOGON_ASN),
    "198.51.100.48/28": ("bgp_next_hop = 192.0.2.11;", Reason.NEXT_HOP),
    "198.51.100.64/28": ("bgp_path.prepend(64506);", Reason.ORIGIN),
    "203.0.113.0/24": ("", Reason.PREFIX_SET),
    "198.51.100.240/28": ("", Reason.ROV_INVALID),
    "2001:db8:64:96:8000::/65": ("", Reason.PEERING_LAN),
    "fd00::/16": ("", Reason.BOGON_PREFIX),
    "2600::/15": ("", Reason.PREFIX_TOO_SHORT),
    "2001:db8:4500:1::/64": ("", Reason.PREFIX_TOO_LONG),
    "2001:db8:4511::/48": ("bgp_next_hop = 2001:db8:64:96::b;", Reason.NEXT_HOP),
    "2001:db8:4512::/48": ("my_first_as();", Reason.FIRST_AS),
    "2001:db8:4501::/48": ("", Reason.PREFIX_SET),
    "2001:db8:4513::/48": ("", Reason.ROV_INVALID),
}
ACCEPTED = {
    "198.51.100.0/24": "",
    "198.51.100.80/28": "bgp_path.prepend(64505);",
    "198.51.100.96/28": "my_communities();",
    "2001:db8:4500::/48": "",
}


def speaker(host: str, announced: dict[str, str], *, passes: str = "") -> str:
    """A member's BIRD. `rs client` keeps it from adding its own AS number: a filter makes the whole path."""
    asn, (ipv4, ipv6) = ASNS[host], (address.split("/")[0] for address in ADDRESSES[host])
    cases = "".join(f"  if net = {prefix} then {{ {does} }}\n" for prefix, does in announced.items())
    static = {
        family: "".join(
            f" route {prefix} blackhole;" for prefix in announced if (":" in prefix) == (family == 6)
        )
        for family in (4, 6)
    }
    return f"""
log stderr all;
debug protocols {{ events }};
router id {ipv4};
protocol device {{ }}
protocol static own4 {{ ipv4;{static[4]} }}
protocol static own6 {{ ipv6;{static[6]} }}
function my_long_path() {{
{"bgp_path.prepend(64500); " * 33}
}}
function my_first_as() {{ bgp_path.empty; bgp_path.prepend(64505); }}
function my_communities() {{
  bgp_large_community.add((64496, 1101, 3));
  bgp_large_community.add((64511, 1, 2));
  bgp_community.add((64496, 7));
  bgp_community.add((65535, 65281));
}}
function my_announce() {{
  if source != RTS_STATIC then reject;
  bgp_path.empty;
{cases}
  if bgp_path.first != {asn} && ! (net ~ [ 198.51.100.16/28 ]) && ! (net ~ [ 2001:db8:4512::/48 ])
    then bgp_path.prepend({asn});
  accept;
}}
template bgp route_server {{ local as {asn}; rs client; connect delay time 1; connect retry time 1;
  error wait time 1, 2; }}
protocol bgp rs4 from route_server {{ neighbor 192.0.2.1 as 64496; source address {ipv4};
  ipv4 {{ import all; export filter {{ my_announce(); }}; }}; {passes} }}
protocol bgp rs6 from route_server {{ neighbor 2001:db8:64:96::1 as 64496; source address {ipv6};
  ipv6 {{ import all; export filter {{ my_announce(); }}; }}; {passes} }}
"""


MEMBERS = {
    64500: member(64500, 10),
    64501: member(64501, 11),
    64502: member(64502, 12, max_prefixes={"ipv4": "5"}),
    64503: member(64503, 13),
}


def configuration(*expansions: Expansion, members: dict[int, dict[str, Any]] = MEMBERS) -> str:
    """The route server's text."""
    merged = {found.as_set: found for found in (*EXPANSIONS, *expansions)}
    found = exchange(*members.values(), routing=LABORATORY)
    (view,) = views(found, evidence(*merged.values(), vrps=VRPS))
    return render(view, load_default_templates())


@dataclasses.dataclass(frozen=True)
class Scene:
    """One route server and three members, all sessions up."""

    lan: Lan
    server: Router
    members: dict[str, Router]

    def no_flap(self) -> bool:
        """Whether every session is up and has been since the start, as the members see it."""
        names = [(router, name) for router in self.members.values() for name in ("rs4", "rs6")]
        return all(router.session_is_up(name) and router.times_up(name) == 1 for router, name in names)


@pytest.fixture(scope="module", params=sorted(BIRDS))
def scene(request: pytest.FixtureRequest) -> Iterator[Scene]:
    """A LAN for each BIRD under test as route server; the members run the distribution's."""
    announced = {prefix: does for prefix, (does, _) in REJECTED.items()} | ACCEPTED
    others = {"m11": {"203.0.113.0/25": ""}, "m12": {"203.0.113.128/25": "", "2001:db8:4502::/48": ""}}
    with lan(ADDRESSES) as wires, contextlib.ExitStack() as stack:
        server = stack.enter_context(wires.running("rs", BIRDS[request.param], configuration()))
        members = {
            host: stack.enter_context(wires.running(host, BIRDS["bird2"], speaker(host, prefixes)))
            for host, prefixes in {"m10": announced, **others}.items()
        }
        for router in members.values():
            router.wait_for_session("rs4")
            router.wait_for_session("rs6")
        yield Scene(wires, server, members)


@pytest.mark.parametrize("host", ["m11", "m12"])
def test_prefix_of_a_member_arrives_at_the_others_as_it_was_sent(scene: Scene, host: str) -> None:
    """The next hop is the announcing member's, and the route server's AS number is not in the path."""
    route = scene.members[host].receive_route("198.51.100.0/24")
    assert "BGP.as_path: 64500\n" in route
    assert "BGP.next_hop: 192.0.2.10\n" in route
    route = scene.members[host].receive_route("2001:db8:4500::/48")
    assert "BGP.as_path: 64500\n" in route
    assert "BGP.next_hop: 2001:db8:64:96::a\n" in route


def test_path_through_a_customer_arrives_whole(scene: Scene) -> None:
    """A customer's AS number that is in the AS-SET may be the origin."""
    assert "BGP.as_path: 64500 64505\n" in scene.members["m11"].receive_route("198.51.100.80/28")


@pytest.mark.parametrize("prefix", REJECTED)
def test_announcement_that_is_not_in_order_is_filtered_with_its_reason(scene: Scene, prefix: str) -> None:
    """It is kept with the reason, and reaches nobody."""
    community = REJECTED[prefix][1].community(RS)
    text = f"({community.asn}, {community.function}, {community.argument})"
    scene.server.filtered_with(prefix, text)
    assert scene.server.filtered(prefix).count(f"({RS:d}, 1101, ") == 1
    assert not scene.members["m11"].route(prefix)
    assert not scene.members["m12"].route(prefix)


def test_communities_in_the_exchanges_name_are_scrubbed_and_others_kept(scene: Scene) -> None:
    """Nobody speaks for the exchange; NO_EXPORT is for the members, and no reason to keep a route back."""
    route = scene.members["m12"].receive_route("198.51.100.96/28")
    assert "(65535,65281)" in route
    assert "(64496, 1000, 1) (64496, 1001, 1) (64511, 1, 2)" in route
    assert "1101" not in route
    assert "(64496,7)" not in route


def test_member_does_not_get_its_own_prefix_back(scene: Scene) -> None:
    """What a member announced comes back to it from nobody."""
    scene.members["m10"].receive_route("203.0.113.128/25")
    assert "rs4" not in scene.members["m10"].route("198.51.100.0/24")


def test_reload_changes_what_it_says_and_flaps_nobody(scene: Scene) -> None:
    """A new member, another prefix set and another limit: filters follow, every session stays."""
    scene.members["m12"].receive_route("203.0.113.0/25")
    limited = member(64502, 12, max_prefixes={"ipv4": "50", "ipv6": "60"})
    joined = MEMBERS | {64502: limited, 64504: member(64504, 14)}
    narrowed = expansion("AS64501:AS-ALL", [64501], ["203.0.113.64/26"])
    grown = expansion("AS64500:AS-ALL", [64500, 64505], ["198.51.100.0/24{24,29}", "203.0.113.0/24"])
    scene.server.reconfigure(configuration(narrowed, grown, members=joined))
    scene.server.filtered_with("203.0.113.0/25", "(64496, 1101, 9)")
    scene.members["m12"].receive_route("203.0.113.0/24")
    wait_until(lambda: not scene.members["m12"].route("203.0.113.0/25"), 60, "the member's own is withdrawn")
    assert scene.no_flap()
    scene.server.reconfigure(configuration())
    scene.members["m12"].receive_route("203.0.113.0/25")
    assert scene.no_flap()


def test_new_vrps_revalidate_what_is_there_and_flap_nobody(scene: Scene) -> None:
    """A list of VRPs is data: what turns valid is accepted without a word of the member."""
    found = evidence(*EXPANSIONS, vrps=(*VRPS, Vrp(ip_network("198.51.100.240/28"), 28, 64500)))
    (view,) = views(exchange(*MEMBERS.values(), routing=LABORATORY), found)
    scene.server.reconfigure(render(view, load_default_templates()))
    scene.members["m12"].receive_route("198.51.100.240/28")
    scene.server.reconfigure(configuration())
    scene.server.filtered_with("198.51.100.240/28", "(64496, 1101, 13)")
    assert scene.no_flap()


def test_link_local_next_hop_of_somebody_else_goes_to_nobody(scene: Scene) -> None:
    """A next hop may carry a link-local address beside the global one; a foreign one draws traffic away."""
    words = ("2001:db8:64:96::1", "2001:db8:64:96::d", "64503", "2001:db8:4503::/48")
    hops = ("2001:db8:64:96::d", "fe80::bad")
    program = str(Path(__file__).with_name("speaker.py"))
    with subprocess.Popen(scene.lan.command("m13", sys.executable, program, *words, *hops)) as process:
        try:
            route = scene.members["m11"].receive_route("2001:db8:4503::/48")
        finally:
            process.terminate()
    assert "BGP.next_hop: 2001:db8:64:96::d\n" in route or "BGP.next_hop: 2001:db8:64:96::d fe80" in route
    assert "fe80::bad" not in route
    assert "fe80::bad" not in scene.server.route("2001:db8:4503::/48")


def test_session_that_brings_more_than_its_limit_ends_and_the_others_stay(scene: Scene) -> None:
    """What is received counts, also what would be rejected; the member's routes go with the session."""
    scene.members["m11"].receive_route("203.0.113.128/25")
    assert scene.no_flap()
    flood = {f"203.0.113.{128 + 16 * number}/28": "" for number in range(6)}
    scene.members["m12"].reconfigure(speaker("m12", {"203.0.113.128/25": "", **flood}))
    wait_until(lambda: not scene.members["m12"].session_is_up("rs4"), 60, "the session ends")
    wait_until(lambda: not scene.members["m11"].route("203.0.113.128/25"), 60, "its routes go")
    assert scene.members["m12"].session_is_up("rs6")
    assert all(scene.members[host].times_up(name) == 1 for host in ("m10", "m11") for name in ("rs4", "rs6"))
