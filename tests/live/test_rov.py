"""ROV, live: VRPs that come and go over RTR change what is accepted, and never a session."""

from __future__ import annotations

import contextlib
import dataclasses
import os
from collections.abc import Iterator
from functools import partial
from ipaddress import ip_network

import pytest

from tests.live.bird import BIRDS
from tests.live.rtr import PORT, STAYRTR, Cache
from tests.live.test_route_server import speaker
from tests.live.topology import Router, lan
from tests.route_servers import LABORATORY, evidence, exchange, expansion, member
from ztix.drivers.templates import load_default_templates
from ztix.evidence import Vrp
from ztix.lab.daemons import wait_until
from ztix.render import render
from ztix.routeserver import views

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root; run `sudo make test`"),
    pytest.mark.skipif(STAYRTR is None, reason="stayrtr is not here; `scripts/install-tools` brings it"),
]

ADDRESSES = {
    "rs": ("192.0.2.1/24", "2001:db8:64:96::1/64"),
    "m10": ("192.0.2.10/24", "2001:db8:64:96::a/64"),
    "m11": ("192.0.2.11/24", "2001:db8:64:96::b/64"),
}
INVALID = "(64496, 1101, 13)"
EXPIRE_S = 600  # seconds; BIRD takes no less

# AS64500 announces all of these; some VRPs are for another.
OPEN, TAKEN, LISTED, BOTH = (f"198.51.100.{start}/26" for start in (0, 64, 128, 192))
OPEN6 = "2001:db8:4500::/48"
START = ((TAKEN, 26, 64511), (BOTH, 26, 64500))
LIST = ((LISTED, 26, 64511), (BOTH, 26, 64511))


def configuration() -> str:
    """The route server's text: one cache, and a list behind it."""
    cache = {
        "host": "127.0.0.1",
        "port": str(PORT),
        "refresh_s": "1",
        "retry_s": "1",
        "expire_s": str(EXPIRE_S),
    }
    policy = LABORATORY | {"rov": {"caches": [cache]}}
    known = (
        expansion("AS64500:AS-ALL", [64500], ["198.51.100.0/24{24,28}"], [OPEN6]),
        expansion("AS64501:AS-ALL", [64501], ["203.0.113.0/24"], []),
    )
    listed = tuple(Vrp(ip_network(prefix), longest, asn) for prefix, longest, asn in LIST)
    (view,) = views(
        exchange(member(64500, 10), member(64501, 11), routing=policy), evidence(*known, vrps=listed)
    )
    return render(view, load_default_templates())


@dataclasses.dataclass
class Scene:
    """A route server with a cache, a member that announces and one that listens."""

    server: Router
    teller: Router
    listener: Router
    cache: Cache

    def no_flap(self) -> bool:
        """Whether every session is up and has been since the start, as the members see it."""
        names = [(router, name) for router in (self.teller, self.listener) for name in ("rs4", "rs6")]
        return all(router.session_is_up(name) and router.times_up(name) == 1 for router, name in names)

    def accepts(self, *prefixes: str) -> None:
        """Return when the listener has all of them."""
        for prefix in prefixes:
            self.listener.receive_route(prefix)

    def rejects(self, *prefixes: str) -> None:
        """Return when the route server has rejected all of them as invalid, and the listener has none."""
        for prefix in prefixes:
            self.server.filtered_with(prefix, INVALID)
            wait_until(partial(self.has_not, prefix), 60, f"{prefix} is withdrawn")

    def has_not(self, prefix: str) -> bool:
        """Whether the listener has no route to this prefix."""
        return not self.listener.route(prefix)

    def cache_is_lost(self) -> bool:
        """Whether the route server has noticed that its cache is gone."""
        return "Established" not in self.server.bird.ask('show protocols "zx_cache_*"')

    def begin(self) -> None:
        """The VRPs of the start, and what follows from them."""
        self.cache.holds(START)
        self.accepts(OPEN, BOTH, OPEN6)
        self.rejects(TAKEN, LISTED)


@pytest.fixture(scope="module", params=sorted(BIRDS))
def scene(request: pytest.FixtureRequest) -> Iterator[Scene]:
    """A LAN for each BIRD under test as route server."""
    announced = dict.fromkeys((OPEN, TAKEN, LISTED, BOTH, OPEN6), "")
    with lan(ADDRESSES) as wires, contextlib.ExitStack() as stack:
        cache = Cache(wires, "rs", wires.folder / "vrps.json")
        cache.holds(START)
        server = stack.enter_context(wires.running("rs", BIRDS[request.param], configuration()))
        members = [
            stack.enter_context(wires.running(host, BIRDS["bird2"], speaker(host, prefixes)))
            for host, prefixes in (("m10", announced), ("m11", {}))
        ]
        for router in members:
            router.wait_for_session("rs4")
            router.wait_for_session("rs6")
        yield Scene(server, *members, cache)


def test_list_rejects_before_a_cache_has_said_anything(scene: Scene) -> None:
    """What the list finds invalid stays out from the first second; the rest is not-found."""
    scene.rejects(LISTED, BOTH)
    scene.accepts(OPEN, TAKEN)


def test_roa_that_is_added_or_revoked_changes_what_is_accepted_and_flaps_nobody(scene: Scene) -> None:
    """What a cache knows comes first; where it knows nothing any more, the list judges again."""
    with scene.cache.running():
        scene.begin()
        scene.cache.holds([(OPEN, 26, 64511), (OPEN6, 48, 64511)])
        scene.rejects(OPEN, OPEN6, BOTH, LISTED)
        scene.accepts(TAKEN)
        scene.begin()
    assert scene.no_flap()


def test_cache_that_is_gone_leaves_its_vrps_in_use_and_comes_back_with_new_ones(scene: Scene) -> None:
    """Stale is better than nothing: a route stays rejected until the VRPs expire."""
    with scene.cache.running():
        scene.begin()
    wait_until(scene.cache_is_lost, 60, "the route server notices")
    scene.rejects(TAKEN, LISTED)
    scene.accepts(OPEN, BOTH)
    scene.cache.holds([(OPEN, 26, 64511)])
    with scene.cache.running():
        scene.rejects(OPEN, BOTH)
        scene.accepts(TAKEN)
    assert scene.no_flap()


@pytest.mark.soak
def test_vrps_of_a_cache_that_stays_away_expire_and_the_list_goes_on(scene: Scene) -> None:
    """After `expire_s` it is as if the cache had none, and the sessions do not notice."""
    with scene.cache.running():
        scene.begin()
    wait_until(lambda: bool(scene.listener.route(TAKEN)), EXPIRE_S + 60, "the VRPs expire")
    scene.rejects(LISTED, BOTH)
    assert scene.no_flap()
