"""Members' own routers with the configurations that `router-config` makes, live before a real route server.

Sessions come up, what is the member's is accepted, and what is not never leaves the router: the route server
keeps what it rejects, so a leak would be seen there.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from ipaddress import ip_network

import pytest

from tests.live.bird import BIRDS
from tests.live.members import Announcement, Family, Place, Speaker, family_of
from tests.live.members.bird import BirdMember, bird_member
from tests.live.members.own_router import own_bird, own_frr, own_gobgp, own_openbgpd
from tests.live.topology import Lan, Router, lan
from tests.route_servers import LABORATORY, evidence, exchange, expansion, member, node, server
from ztix.drivers.templates import load_default_templates
from ztix.lab.daemons import wait_until
from ztix.render import render
from ztix.routerconfig import DIALECTS, router_texts
from ztix.routerconfig.dialects import Ability
from ztix.routeserver import views
from ztix.terms import Asn

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root; run `sudo make test`"),
]

MAKES = {"bird2": 20, "bird3": 21, "frr": 22, "openbgpd": 23, "gobgp": 24}
"""The last number of the addresses of each router; its AS number is 64500 less 20 more."""
OVER_IPV6: Ability = "extended-next-hop"
FAMILIES: tuple[Family, ...] = (4, 6)
OTHER = 64507
DOWNSTREAM, STRANGER = 64510, 64511
BEHIND = {"m30": DOWNSTREAM, "m31": STRANGER}
"""Networks behind the router with OpenBGPD: one in its owner's AS-SET, and one that sells it transit."""
RUNNING: dict[str, Callable[[Place, str], AbstractContextManager[Speaker]]] = {
    "bird2": lambda place, text: own_bird(place, text, BIRDS["bird2"]),
    "bird3": lambda place, text: own_bird(place, text, BIRDS["bird3"]),
    "frr": own_frr,
    "openbgpd": lambda place, text: own_openbgpd(place, text + "".join(map(towards, BEHIND))),
    "gobgp": own_gobgp,
}


def towards(host: str) -> str:
    """OpenBGPD's session with a network behind it, from which it takes everything."""
    address = addresses(int(host[1:]))[4]
    return f"neighbor {address} {{ remote-as {BEHIND[host]} }}\nallow from {address}\n"


def asn(make: str) -> int:
    return 64480 + MAKES[make]


def addresses(number: int) -> dict[Family, str]:
    return {4: f"192.0.2.{number}", 6: f"2001:db8:64:96::{number:x}"}


def block(make: str, family: Family) -> str:
    """What the AS-SET of a router's owner covers; the first half of it is its own."""
    number = MAKES[make]
    return f"2001:db8:{number:x}00::/40" if family == 6 else f"198.51.100.{(number - 20) * 32}/27"


def halves(make: str, family: Family) -> tuple[str, str]:
    """Its owner's prefix, and one of its downstream."""
    length = 48 if family == 6 else 28
    own, *_, downstream = ip_network(block(make, family)).subnets(new_prefix=length)
    return str(own), str(downstream)


def strange(make: str, family: Family) -> str:
    """A prefix of somebody else, that a route server rejects."""
    number = MAKES[make]
    return f"2001:db8:f0{number:x}::/48" if family == 6 else f"203.0.113.{(number - 20) * 16}/28"


def brought(family: Family) -> dict[str, str]:
    """What the other member announces rightly: a prefix, and one that is soon gone."""
    if family == 6:
        return {"lasting": "2001:db8:e00::/48", "shutting": "2001:db8:e01::/48"}
    return {"lasting": "198.51.100.160/27", "shutting": "198.51.100.192/27"}


@dataclass(frozen=True)
class Scene:
    """The route server, the routers by make, and another member."""

    wires: Lan
    server: Router
    routers: dict[str, Speaker]
    other: BirdMember


def _sets() -> Iterator[object]:
    for make in MAKES:
        own = {family: halves(make, family)[0] for family in FAMILIES}
        wide = f"{block(make, 4)}{{27,28}}", f"{block(make, 6)}{{40,48}}"
        yield expansion(f"AS{asn(make)}:AS-ALL", [asn(make), DOWNSTREAM], [wide[0]], [wide[1]])
        yield expansion(f"AS{asn(make)}", [asn(make)], [own[4]], [own[6]])
    yield expansion(f"AS{OTHER}:AS-ALL", [OTHER], ["198.51.100.0/24{24,28}"], ["2001:db8::/32{32,48}"])


WISHES = {"plain": {}, "guarded": {"ttl_security": "true", "add_paths": "true"}}
"""What the nodes ask for, in both kinds of sessions."""


@contextlib.contextmanager
def standing(wishes: Mapping[str, str], makes: Iterable[str]) -> Iterator[Scene]:
    """Routers of these makes on one LAN, whose nodes ask for this."""
    numbers = {make: MAKES[make] for make in makes}
    members = [member(asn(make), n, nodes=[node(n, bgp=wishes)]) for make, n in numbers.items()]
    found = exchange(*members, member(OTHER, 27), servers=[server(1)], routing=LABORATORY)
    facts = evidence(*_sets())  # type: ignore[arg-type]  # Expansions
    seen = views(found, facts)
    templates = load_default_templates()
    hosts = {
        **{make: addresses(number) for make, number in MAKES.items()},
        **{host: addresses(int(host[1:])) for host in ("m27", *BEHIND)},
        "rs": addresses(1),
    }
    where = {host: (f"{own[4]}/24", f"{own[6]}/64") for host, own in hosts.items()}
    with lan(where) as wires, contextlib.ExitStack() as stack:
        routes = stack.enter_context(wires.running("rs", BIRDS["bird2"], render(seen[0], templates)))
        routers = {}
        for make in numbers:
            (text,) = router_texts(found, facts, seen, Asn(asn(make)), DIALECTS[make], templates)
            assert [gap.place for gap in text.gaps] == ["FILL_IN_NETWORK_ID"]
            place = Place(wires.hosts[make], wires.folder / make, asn(make), hosts[make])
            routers[make] = stack.enter_context(RUNNING[make](place, text.text))
        other = bird_member(Place(wires.hosts["m27"], wires.folder / "m27", OTHER, hosts["m27"]))
        yield Scene(wires, routes, routers, stack.enter_context(other))


@pytest.fixture(scope="module", params=WISHES)
def scene(request: pytest.FixtureRequest) -> Iterator[Scene]:
    """Routers of all makes."""
    with standing(WISHES[request.param], MAKES) as found:
        yield found


@pytest.mark.parametrize("make", MAKES)
@pytest.mark.parametrize("family", FAMILIES)
def test_session_of_the_router_comes_up(scene: Scene, make: str, family: Family) -> None:
    """With the role, the addresses and the options that both ends were given."""
    router = scene.routers[make]
    wait_until(lambda: router.session_is_up(family), 60, f"{make}'s session over IPv{family}")
    session = next(
        line.split()[0]
        for line in scene.server.bird.ask("show protocols").splitlines()
        if line.startswith(f"as{asn(make)}_") and ("__" in line.split()[0]) == (family == 6)
    )
    scene.server.wait_for_session(session)  # each end is up when it has heard the other: one is the first
    shown = scene.server.bird.ask(f"show protocols all {session}")
    if make != "gobgp":
        assert "Role: rs_client" in shown.partition("Neighbor capabilities")[2]


@pytest.mark.parametrize("make", MAKES)
@pytest.mark.parametrize("family", FAMILIES)
def test_prefix_of_the_member_is_accepted_and_a_leak_does_not_leave_the_router(
    scene: Scene, make: str, family: Family
) -> None:
    """Its own and its downstream's go out. A stranger's, its own from elsewhere and a longer one stay."""
    router, (own, downstream) = scene.routers[make], halves(make, family)
    longer = str(next(ip_network(own).subnets(prefixlen_diff=1)))
    gone = [strange(make, family), longer]
    router.announce(*map(Announcement, gone))
    if make != "openbgpd":  # it cannot make up whose path a route of its own has
        router.announce(Announcement(downstream, path=(asn(make), STRANGER)))
        gone.append(downstream)
    router.announce(Announcement(own))
    route = scene.server.receive_route(own)
    assert f"BGP.as_path: {asn(make)}\n" in route
    assert f"BGP.next_hop: {addresses(MAKES[make])[family]}" in route
    for prefix in gone:
        assert not scene.server.route(prefix), prefix
        assert f"\n{prefix} " not in scene.server.filtered(prefix), prefix
    if make != "openbgpd":
        router.announce(Announcement(downstream, path=(asn(make), DOWNSTREAM)))
        assert f"BGP.as_path: {asn(make)} {DOWNSTREAM}\n" in scene.server.receive_route(downstream)


@pytest.mark.parametrize("make", MAKES)
@pytest.mark.parametrize("family", FAMILIES)
def test_router_takes_what_others_bring_but_not_its_own_prefixes(
    scene: Scene, make: str, family: Family
) -> None:
    """A more specific part of its own is refused, although the route server had no reason to."""
    good = brought(family)
    own = halves(make, family)[0]
    scene.other.announce(Announcement(own), Announcement(good["lasting"]))
    scene.other.announce(Announcement(good["shutting"], communities=("65535:0",)))
    router = scene.routers[make]
    wait_until(lambda: scene.server.route(own) != "", 60, f"{own} at the route server")
    for prefix in good.values():
        wait_until(lambda prefix=prefix: router.received(prefix) is not None, 60, f"{make} has {prefix}")  # type: ignore[misc]
    assert router.received(own) is None
    route = router.received(good["lasting"])
    assert route is not None
    assert route.path == (OTHER,)
    assert family_of(route.next_hop) == family


def test_router_with_bird_makes_a_route_the_last_choice_that_is_soon_gone(scene: Scene) -> None:
    """GRACEFUL_SHUTDOWN is heeded, and nothing else is changed."""
    prefixes = brought(4)
    scene.other.announce(Announcement(prefixes["lasting"]))
    scene.other.announce(Announcement(prefixes["shutting"], communities=("65535:0",)))
    router = scene.routers["bird2"]
    for prefix in prefixes.values():
        wait_until(lambda prefix=prefix: router.received(prefix) is not None, 60, f"the route to {prefix}")  # type: ignore[misc]
    assert isinstance(router, BirdMember)
    assert "BGP.local_pref: 0\n" in router.bird.ask(f"show route {prefixes['shutting']} all")
    assert "BGP.local_pref: 100\n" in router.bird.ask(f"show route {prefixes['lasting']} all")


def test_openbgpd_passes_on_what_is_behind_it_and_no_transit(scene: Scene) -> None:
    """Both prefixes are in the AS-SET; that of the transit came from a network that is not."""
    _, downstream = halves("openbgpd", 4)
    whole = block("openbgpd", 4)
    brings = {"m30": downstream, "m31": whole}
    with contextlib.ExitStack() as stack:
        for host, prefix in brings.items():
            stack.enter_context(scene.wires.running(host, BIRDS["bird2"], behind(host, prefix)))
        assert f"BGP.as_path: {asn('openbgpd')} {DOWNSTREAM}\n" in scene.server.receive_route(downstream)
        wait_until(lambda: scene.routers["openbgpd"].received(whole) is not None, 60, "the transit's route")
        scene.routers["openbgpd"].announce(Announcement(halves("openbgpd", 4)[0]))
        scene.server.receive_route(halves("openbgpd", 4)[0])
        assert not scene.server.route(whole)
        assert f"\n{whole} " not in scene.server.filtered(whole)


def behind(host: str, prefix: str) -> str:
    """A BIRD behind OpenBGPD that announces one prefix."""
    own, router = addresses(int(host[1:]))[4], addresses(MAKES["openbgpd"])[4]
    return (
        f"log stderr all;\nrouter id {own};\nprotocol device {{ }}\n"
        f"protocol static {{ ipv4; route {prefix} unreachable; }}\n"
        f"protocol bgp up {{ local {own} as {BEHIND[host]}; neighbor {router} as {asn('openbgpd')};"
        " connect delay time 1; connect retry time 1; ipv4 { import none; export all; }; }\n"
    )


def test_ipv4_goes_over_a_session_over_ipv6_alone() -> None:
    """With those that can do it: own prefixes go out with an IPv6 next hop, others' come in."""
    makes = [make for make, dialect in DIALECTS.items() if make in MAKES and OVER_IPV6 not in dialect.lacks]
    assert makes == ["bird2", "bird3", "frr", "gobgp"]
    with standing({"extended_next_hop": "true"}, makes) as found:
        good = brought(4)["lasting"]
        found.other.announce(Announcement(good))
        for make, router in found.routers.items():
            wait_until(lambda: router.session_is_up(6), 60, f"{make}'s session")  # noqa: B023 - ends with the turn
            own, _ = halves(make, 4)
            router.announce(Announcement(strange(make, 4)), Announcement(own))
            assert f"BGP.next_hop: {addresses(MAKES[make])[6]}" in found.server.receive_route(own)
            assert not found.server.filtered(strange(make, 4)).count(f"[as{asn(make)}_")
            wait_until(lambda: router.received(good) is not None, 60, f"{make} has {good}")  # noqa: B023 - as above
