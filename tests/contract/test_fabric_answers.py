"""Answers that no simulator gives: of a controller that keeps other values, or of no controller."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address

import httpx
import pytest
import respx

from tests.contract.fabric_drivers import driver
from tests.contract.fabric_story import N1, NETWORK, SETTINGS, SUFFIX
from ztix.drivers.zerotier_controller import ZeroTierController
from ztix.errors import Refused, Unavailable

URL = "http://127.0.0.1:9993"
MEMBERS = f"/controller/network/{NETWORK}/member"
UNREAD = "0.0.0.0"  # noqa: S104 - what a controller keeps of an address that it cannot read
NETWORK_RECORD = {
    "name": SETTINGS.name,
    "private": True,
    "enableBroadcast": True,
    "multicastLimit": 32,
    "mtu": 2800,
    "routes": [{"target": str(prefix), "via": None} for prefix in SETTINGS.prefixes],
    "ipAssignmentPools": [],
    "v4AssignMode": {"zt": False},
    "v6AssignMode": {},
    "rules": [{"type": "ACTION_ACCEPT"}],
    "tags": [],
    "capabilities": [],
}
MEMBER_RECORD = {
    "id": N1.node,
    "name": N1.name,
    "authorized": True,
    "ipAssignments": [str(address) for address in N1.addresses],
    "noAutoAssignIps": True,
    "activeBridge": False,
}


def scripted(router: respx.MockRouter, **more: httpx.Response) -> ZeroTierController:
    """A driver and a controller that answers the first questions as it should, and then as given."""
    router.get("/controller").respond(json={"controller": True, "databaseReady": True})
    router.get("/status").respond(json={"address": NETWORK.controller})
    router.get(f"/controller/network/{NETWORK}").respond(json=NETWORK_RECORD)
    for name, answer in more.items():
        paths = {"network": f"/controller/network/{NETWORK}", "member": f"{MEMBERS}/{N1.node}"}
        if name == "bulk":
            router.get(f"/unstable{MEMBERS}").mock(return_value=answer)
        elif name == "each":
            router.get(f"/unstable{MEMBERS}").respond(404)
            router.get(MEMBERS).mock(return_value=answer)
        else:
            router.post(paths[name]).mock(return_value=answer)
    return driver(URL, "token", SUFFIX)


def test_configure_when_controller_keeps_another_value_names_it() -> None:
    """A controller that clamps a value is told from one that does as it is asked."""
    with respx.mock(base_url=URL) as router:
        fabric = scripted(router, network=httpx.Response(200, json=NETWORK_RECORD | {"mtu": 1500}))
        with pytest.raises(Refused, match="`mtu` is `1500`, not `2800`") as caught:
            fabric.configure(SETTINGS)
    assert "write in policy what it keeps" in caught.value.help


def test_write_when_controller_keeps_another_address_returns_it() -> None:
    """What the controller holds afterwards comes back, for the caller to compare."""
    kept = MEMBER_RECORD | {"ipAssignments": [UNREAD]}
    with respx.mock(base_url=URL) as router:
        fabric = scripted(router, member=httpx.Response(200, json=kept))
        assert fabric.write(N1) == replace(N1, addresses=(ip_address(UNREAD),))


@pytest.mark.parametrize("loose", [{"noAutoAssignIps": False}, {"activeBridge": True}], ids=str)
def test_write_when_controller_keeps_the_record_loose_is_refused(loose: dict[str, bool]) -> None:
    """An attachment cannot say that addresses are still automatic, so an error does."""
    with respx.mock(base_url=URL) as router:
        fabric = scripted(router, member=httpx.Response(200, json=MEMBER_RECORD | loose))
        with pytest.raises(Refused, match="automatic addresses or bridging on"):
            fabric.write(N1)


@pytest.mark.parametrize("identity", ["1122334455", "ff00000000"])
def test_write_when_controller_answers_with_another_node_is_unavailable(identity: str) -> None:
    """An answer about another node says nothing about this one."""
    with respx.mock(base_url=URL) as router:
        fabric = scripted(router, member=httpx.Response(200, json=MEMBER_RECORD | {"id": identity}))
        with pytest.raises(Unavailable, match="no ZeroTier controller sends"):
            fabric.write(N1)


@pytest.mark.parametrize(
    ("kind", "answer"),
    [("bulk", []), ("bulk", {}), ("bulk", {"data": {}}), ("bulk", "x"), ("each", []), ("each", "x")],
)
def test_observe_when_list_has_another_shape_is_unavailable(kind: str, answer: object) -> None:
    """A list of members in no known form is not taken for an empty one."""
    with respx.mock(base_url=URL, assert_all_called=False) as router:
        fabric = scripted(router, **{kind: httpx.Response(200, json=answer)})
        with pytest.raises(Unavailable, match="no ZeroTier controller sends"):
            fabric.observe()


@pytest.mark.parametrize(
    ("status", "words", "advice"),
    [
        (401, "not its token, or not a host that may ask", "authtoken.secret"),
        (403, "what stands in front of it", "by a tunnel"),
    ],
)
def test_driver_when_it_is_not_let_in_knows_nothing_and_tells_what_to_do(
    status: int, words: str, advice: str
) -> None:
    """Who does not let us in has refused no plan: nothing is known, and no approval would help."""
    with respx.mock(base_url=URL, assert_all_called=False) as router:
        fabric = scripted(router)
        router.get("/controller").respond(status, json={})
        for verb in (fabric.observe, lambda: fabric.configure(SETTINGS), lambda: fabric.write(N1)):
            with pytest.raises(Unavailable, match=f"with {status}: .*{words}") as caught:
                verb()
            assert advice in caught.value.help


@pytest.mark.parametrize(
    ("path", "answer", "words"),
    [
        ("/controller", {"controller": True, "databaseReady": False}, "is not ready"),
        ("/controller", {"controller": False}, "no ZeroTier controller sends"),
        ("/controller", [], "no ZeroTier controller sends"),
        ("/status", {"address": "x"}, "no ZeroTier controller sends"),
        ("/status", [], "no ZeroTier controller sends"),
        (
            "/status",
            {"address": NETWORK.controller, "publicIdentity": "none"},
            "no ZeroTier controller sends",
        ),
        (
            "/status",
            {"address": NETWORK.controller, "publicIdentity": f"1a2b3c4d5e:0:{'ab' * 64}"},
            "no ZeroTier controller sends",
        ),
    ],
)
def test_observe_when_probe_is_answered_amiss_is_unavailable(path: str, answer: object, words: str) -> None:
    """Something that is no controller, or not one yet, is told before anything else is asked."""
    with respx.mock(base_url=URL, assert_all_called=False) as router:
        fabric = scripted(router)
        router.get(path).respond(json=answer)
        with pytest.raises(Unavailable, match=words):
            fabric.observe()


def test_observe_when_controller_tells_its_key_says_who_it_is() -> None:
    """The public identity where there is one, else the node id alone; also before there is a network."""
    identity = f"{NETWORK.controller}:0:{'ab' * 64}"
    with respx.mock(base_url=URL, assert_all_called=False) as router:
        fabric = scripted(router)
        router.get("/status").respond(json={"address": NETWORK.controller, "publicIdentity": identity})
        router.get(f"/controller/network/{NETWORK}").respond(404)
        assert fabric.observe().controller == identity
    with respx.mock(base_url=URL) as router:
        assert (
            scripted(router, bulk=httpx.Response(200, json={"data": []})).observe().controller == NETWORK[:10]
        )


def test_driver_when_redirected_does_not_follow() -> None:
    """The token goes to the host that policy names and to no other."""
    with respx.mock(assert_all_called=False) as router:
        router.get(f"{URL}/controller").respond(302, headers={"Location": "http://127.0.0.2:9993/controller"})
        other = router.route(host="127.0.0.2").respond(json={})
        with pytest.raises(Unavailable, match="a redirect, which is not followed"):
            driver(URL, "token", SUFFIX).observe()
    assert not other.called


def test_driver_when_asking_closes_every_connection_and_shows_its_token() -> None:
    """Each request ends its connection, because a controller answers the next one on it late."""
    with respx.mock(base_url=URL) as router:
        scripted(router, bulk=httpx.Response(200, json={"data": [MEMBER_RECORD]})).observe()
        for call in router.calls:
            assert call.request.headers["Connection"] == "close"
            assert call.request.headers["X-ZT1-Auth"] == "token"


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"<html>"], ids=lambda one: one[:6]
)
def test_observe_when_answer_is_no_json_is_unavailable(content: bytes) -> None:
    """Whatever stands in for a controller, its answer is not taken for an empty network."""
    with respx.mock(base_url=URL, assert_all_called=False) as router:
        fabric = scripted(router, bulk=httpx.Response(200, content=content))
        with pytest.raises(Unavailable, match="not with JSON"):
            fabric.observe()


@pytest.mark.parametrize("peers", [b"{}", b"null", b'"peers"', b"7"])
def test_sightings_when_the_list_of_peers_has_another_form_are_unknown(peers: bytes) -> None:
    """Nobody is called silent, and nothing fails, because an answer is no list."""
    bulk = httpx.Response(200, json={"data": [MEMBER_RECORD | {"creationTime": 1_700_000_000_000}]})
    with respx.mock(base_url=URL) as router:
        fabric = scripted(router, bulk=bulk)
        router.get("/peer").mock(return_value=httpx.Response(200, content=peers))
        fabric.observe()
        (seen,) = fabric.sightings([N1.node]).values()
    assert (seen.last, seen.silent, seen.latency_ms) == (None, None, None)
    assert seen.first is not None
