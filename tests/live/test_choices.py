"""What members and maintainers choose, on both BIRDs: best paths, all paths, next hops, roles, BFD.

Law: as for scenarios, but these need two announcers, or another OPEN. A change that restarts a session is one
that docs/sessions.md says it of.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

import pytest

from tests.live.members import Announcement, Family
from tests.live.members.bird import BirdMember
from tests.live.members.crafted import Session
from tests.live.members.wire import (
    AS_PATH,
    MP_REACH,
    OPTIONAL,
    ORIGIN,
    WELL_KNOWN,
    capability,
    nlri,
    opening,
    reach,
    segment,
    update,
)
from tests.live.round_table import CUSTOMER, FAMILIES, RECEIVERS, RoundTable, Setting, addresses, own, table
from tests.route_servers import expansion, node
from ztix.lab.daemons import wait_until
from ztix.routeserver import Reason

__all__ = ["table"]
pytestmark = pytest.mark.live

SHARED: dict[Family, str] = {4: "198.51.100.240/28", 6: "2001:db8:7700::/48"}
RIVALS = ("m14", "m15")
ADD_PATH, EXTENDED_NEXT_HOP, ROLE = 69, 5, 9
ROLE_OF_A_CLIENT = b"\2"


def shared(**more: Any) -> Setting:
    """Two members may announce the same prefixes; one of them with what is longer."""
    both = {
        host: expansion(
            f"AS{64490 + int(host[1:])}:AS-ALL", [64490 + int(host[1:]), CUSTOMER], [SHARED[4]], [SHARED[6]]
        )
        for host in RIVALS
    }
    return Setting(expansions=both, **more)


@pytest.fixture(autouse=True)
def _afterwards_as_before(table: RoundTable) -> Iterator[None]:
    """The laboratory's policy again, nothing announced, and no session of the outsider."""
    yield
    for family in FAMILIES:
        for host in RIVALS:
            if (host != "m14" or SHARED[family] in table.said) and table.members[host].session_is_up(family):
                table.members[host].withdraw(SHARED[family])
    table.said.clear()
    for session in table.outsider.sessions.values():
        session.connection.close()
    table.use(Setting())
    for family in FAMILIES:
        table.forgive("m17", family)


def rivals_say(table: RoundTable, family: Family, *, better: Announcement) -> None:
    """Both announce the shared prefix; m14 by a longer path."""
    table.crafted.come_up(family)
    table.members["m14"].announce(Announcement(SHARED[family], (64504, CUSTOMER)))
    table.said.add(SHARED[family])
    table.crafted.announce(better)


def paths(table: RoundTable, family: Family) -> dict[str, tuple[int, ...]]:
    """The path that each of the others has."""
    found = {host: table.members[host].received(SHARED[family]) for host in RECEIVERS if host not in RIVALS}
    return {host: route.path if route else () for host, route in found.items()}


@pytest.mark.parametrize("family", FAMILIES)
def test_path_that_is_kept_from_one_hides_no_other_from_it(table: RoundTable, family: Family) -> None:
    """Who may not have the best path gets the second best; the others the best (RFC 7947 section 2.3)."""
    table.use(shared())
    rivals_say(table, family, better=Announcement(SHARED[family], large=("64496:0:64501",)))
    others = {host: (64505,) for host in RECEIVERS if host not in (*RIVALS, "m11")}
    wait_until(
        lambda: paths(table, family) == {**others, "m11": (64504, CUSTOMER)}, 60, "each has its best path"
    )


@pytest.mark.parametrize("family", FAMILIES)
def test_path_that_is_shut_down_gives_way_to_a_longer_one(table: RoundTable, family: Family) -> None:
    """GRACEFUL_SHUTDOWN makes it the last choice of the route server (RFC 8326)."""
    table.use(shared())
    rivals_say(table, family, better=Announcement(SHARED[family]))
    wait_until(lambda: set(paths(table, family).values()) == {(64505,)}, 60, "the shorter path is used")
    table.crafted.announce(Announcement(SHARED[family], communities=("65535:0",)))
    wait_until(
        lambda: set(paths(table, family).values()) == {(64504, CUSTOMER)}, 60, "the longer path is used"
    )


def outsider_with(table: RoundTable, setting: Setting, family: Family, *offers: bytes) -> Session:
    """The outsider's session with these capabilities, up."""
    table.use(setting)
    found: list[Session] = []

    def up() -> bool:
        session = table.outsider.open(family, opening(64507, family, *offers, router_id="192.0.2.17"))
        wait_until(lambda: session.up or session.ended, 30, "an answer")
        found.append(session)
        return session.up

    wait_until(up, 60, "the outsider's session")
    return found[-1]


def wishes(**bgp: str) -> dict[str, Any]:
    """The file of the outsider with these wishes for its sessions."""
    return {"m17": {"nodes": [node(17, bgp=bgp)]}}


@pytest.mark.parametrize("family", FAMILIES)
def test_member_that_wants_all_paths_gets_all(table: RoundTable, family: Family) -> None:
    """Both rivals' paths come, each with an identifier of its own (RFC 7911)."""
    offer = capability(ADD_PATH, struct.pack(">HBB", 1 if family == 4 else 2, 1, 1))
    session = outsider_with(table, shared(members=wishes(add_paths="true")), family, offer)
    rivals_say(table, family, better=Announcement(SHARED[family]))
    wanted = nlri(SHARED[family])

    def identifiers() -> set[bytes]:
        found = (body.partition(wanted)[0][-4:] for body in session.updates if wanted in body)
        return set(found)

    wait_until(lambda: len(identifiers()) == 2, 60, "two paths")


def test_ipv4_route_with_an_ipv6_next_hop_goes_to_those_only_who_can_send_to_it(table: RoundTable) -> None:
    """IPv4 over IPv6 next hops (RFC 8950): taken, kept from sessions over IPv4, and no error in the log."""
    extended = capability(EXTENDED_NEXT_HOP, struct.pack(">HHH", 1, 1, 2))
    setting = Setting(members=wishes(extended_next_hop="true"))
    session = outsider_with(table, setting, 6, capability(1, struct.pack(">HBB", 1, 0, 1)), extended)
    prefix = "198.51.100.224/28"
    found = {ORIGIN: (WELL_KNOWN, b"\0"), AS_PATH: (WELL_KNOWN, segment((64507,)))}
    session.send(update(found | {MP_REACH: (OPTIONAL, reach((prefix,), addresses("m17")[6]))}))
    assert f"BGP.next_hop: {addresses('m17')[6]}" in _words(table.server.receive_route(prefix))
    table.crafted.come_up(4)
    table.crafted.announce(Announcement(own("m15", 4)))
    wait_until(lambda: table.members["m10"].received(own("m15", 4)) is not None, 60, "a later prefix arrives")
    wait_until(
        lambda: any(nlri(own("m15", 4)) in body for body in session.updates), 60, "and at the outsider"
    )
    table.crafted.withdraw(own("m15", 4))
    assert all(table.members[host].received(prefix) is None for host in RECEIVERS)
    assert "NEXT_HOP" not in (table.server.bird.folder / "bird.err").read_text()


def _words(text: str) -> str:
    """What BIRD 3 says, in BIRD 2's words."""
    return text.replace("bgp_next_hop", "BGP.next_hop").replace("bgp_otc", "BGP.otc")


def test_role_of_the_route_server_marks_what_it_hands_on(table: RoundTable) -> None:
    """Only to customers: what a member got from here is no transit (RFC 9234 section 5)."""
    table.crafted.come_up(6)
    table.crafted.announce(Announcement(own("m15", 6)))
    ask = f"show route {own('m15', 6)} all"
    wait_until(lambda: "BGP.otc: 64496" in _words(_bird(table, "m10", ask)), 60, "the mark")
    table.crafted.withdraw(own("m15", 6))


def test_strict_roles_refuse_who_tells_none(table: RoundTable) -> None:
    """A member whose router tells no role is refused, one that tells the right one is not."""
    strict = Setting(policies=({"asn": "64507", "sessions": {"roles": "strict"}},))
    outsider_with(table, strict, 6, capability(ROLE, ROLE_OF_A_CLIENT)).connection.close()
    table.forgive("m17", 6)
    session = table.outsider.open(6)
    wait_until(lambda: session.ended, 60, "the route server hangs up")
    assert session.notification == (2, 11)


def test_bfd_for_one_member_flaps_nobody_until_it_is_taken_away(table: RoundTable) -> None:
    """Given, the paths are watched and nobody restarts; taken away, that member takes it for a dead path."""
    ours = [("m16", family) for family in FAMILIES]
    before = table.times_up()
    asked = {"m16": {"nodes": [node(16, bgp={"bfd": "true"})]}}
    table.use(Setting(routing={"sessions": {"bfd": "true"}}, members=asked))
    wait_until(
        lambda: table.server.bird.ask("show bfd sessions").count(" Up ") == 2, 60, "both paths are watched"
    )
    assert table.times_up() == before
    table.use(Setting())
    once_more = before | {one: before[one] + 1 for one in ours}
    wait_until(lambda: table.times_up() == once_more, 60, "both sessions have been down and are up again")


CHOICES: dict[str, tuple[Setting, Announcement, Reason]] = {
    "an authorised next hop": (
        Setting(policies=({"asn": "64505", "next_hop": "authorised", "next_hops": ["192.0.2.77"]},)),
        Announcement("203.0.113.32/28", next_hop="192.0.2.77"),
        Reason.NEXT_HOP,
    ),
    "an invalid origin that is tagged": (
        Setting(routing={"rov": {"invalid": "accept"}}),
        Announcement("2001:db8:fc5::/48"),
        Reason.ROV_INVALID,
    ),
    "a prefix that only a VRP covers": (
        Setting(routing={"prefix_sets": "enforce-or-rov-valid"}, expansions={
            "m15": expansion("AS64505:AS-ALL", [64505], ["203.0.113.0/28"], ["2001:db8:f00::/48"])}),
        Announcement("2001:db8:f81::/48"),
        Reason.PREFIX_SET,
    ),
    "another member's next hop, both of one member": (
        Setting(routing={"next_hop": "same-as"},
                members={"m15": {"nodes": [node(15), node(99, route_servers="false")]}}),
        Announcement("203.0.113.48/28", next_hop="192.0.2.99"),
        Reason.NEXT_HOP,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("setting", "says", "reason"), CHOICES.values(), ids=CHOICES)
def test_route_that_policy_lets_in_is_handed_on_and_stopped_without_it(
    table: RoundTable, setting: Setting, says: Announcement, reason: Reason
) -> None:
    """The same announcement before and after policy's choice, without a word of the member in between."""
    family: Family = 6 if ":" in says.prefix else 4
    table.crafted.come_up(family)
    strict = Setting(expansions=setting.expansions)
    table.use(strict)
    table.crafted.announce(says)
    table.server.filtered_with(says.prefix, f"(64496, 1101, {int(reason)})")
    table.use(setting)
    wait_until(lambda: table.members["m12"].received(says.prefix) is not None, 60, "the route arrives")
    table.use(strict)
    wait_until(lambda: table.members["m12"].received(says.prefix) is None, 60, "the route goes")
    table.crafted.withdraw(says.prefix)


def test_limit_that_warns_ends_nothing(table: RoundTable) -> None:
    """`action: warn`: the session stays, and the log tells."""
    table.use(
        Setting(
            routing={"max_prefixes": {"action": "warn"}}, members={"m15": {"max_prefixes": {"ipv6": "1"}}}
        )
    )
    table.crafted.come_up(6)
    prefixes = [f"2001:db8:f2{n}::/48" for n in range(3)]
    table.crafted.announce(*map(Announcement, prefixes))
    wait_until(lambda: table.members["m10"].received(prefixes[-1]) is not None, 60, "all of them arrive")
    assert table.crafted.sessions[6].up
    table.crafted.withdraw(*prefixes)


def _bird(table: RoundTable, host: str, command: str) -> str:
    """What a member's BIRD answers."""
    member = table.members[host]
    assert isinstance(member, BirdMember)
    return member.bird.ask(command)
