"""What the controller does when a node asks: pinning, authorising, assigning."""

from __future__ import annotations

import pytest

from ztix.lab.controller.nodes import Answered, Asking, Reply, answer_node, derived_addresses
from ztix.lab.controller.values import Json, Record

NUMBER = 0x6FA725440C0A0004
NODE = 0xDEB04965B2
ASKING = Asking(NODE, "deb04965b2:0:aa")
LAN: list[Json] = [{"target": "203.0.113.0/24", "via": None}, {"target": "2001:db8:42::/64", "via": None}]


def asked(
    network: Record | None,
    stored: Record | None = None,
    asking: Asking = ASKING,
    taken: tuple[str, ...] = (),
    genuine: bool = True,
) -> Answered:
    """One request at time 1000, with the least of random numbers."""
    return answer_node(NUMBER, network, stored, asking, set(taken), lambda _: 0, 1000, genuine)


def assigned(network: Record, stored: Record | None = None, taken: tuple[str, ...] = ()) -> Json:
    """The addresses in the record after a request of an authorised member."""
    record = asked(network, {"authorized": True} | (stored or {}), taken=taken).record
    assert record is not None
    return record["ipAssignments"]


def test_node_asking_for_no_network_is_told_so() -> None:
    """Nothing is recorded."""
    assert asked(None) == Answered(Reply.NOT_FOUND, None)


def test_node_asking_first_is_recorded_and_refused() -> None:
    """The identity is pinned and the versions stay unknown."""
    answered = asked({"private": True})
    assert answered.reply is Reply.ACCESS_DENIED
    assert answered.record is not None
    assert answered.record["identity"] == ASKING.identity
    assert (answered.record["authorized"], answered.record["vMajor"]) == (False, -1)


def test_node_with_another_identity_than_the_pinned_one_is_refused() -> None:
    """A key that collides with a known address changes nothing."""
    stored: Record = {"authorized": True, "identity": "deb04965b2:0:bb"}
    assert asked({}, stored) == Answered(Reply.ACCESS_DENIED, None)


def test_authorised_node_fills_its_versions_unless_the_controller_pushes() -> None:
    """Only a genuine request tells versions."""
    genuine = asked({}, {"authorized": True}).record
    pushed = asked({}, {"authorized": True}, genuine=False).record
    assert genuine is not None
    assert pushed is not None
    assert [genuine[key] for key in ("vMajor", "vMinor", "vRev", "vProto")] == [1, 14, 1, 12]
    assert pushed["vMajor"] == -1


@pytest.mark.parametrize(
    ("network", "token", "credential"),
    [
        ({"private": False}, None, ("public", None)),
        ({"authTokens": {"t": 0}}, "t", ("token", "t")),
        ({"authTokens": {"t": 1001}}, "t", ("token", "t")),
    ],
)
def test_node_with_a_credential_is_authorised_by_itself(
    network: Record, token: str | None, credential: tuple[str, str | None]
) -> None:
    """Public networks take everybody, tokens whoever has one."""
    record = asked(network, asking=Asking(NODE, ASKING.identity, token=token)).record
    assert record is not None
    assert record["authorized"] is True
    assert (record["lastAuthorizedCredentialType"], record["lastAuthorizedCredential"]) == credential


@pytest.mark.parametrize(
    ("tokens", "token"),
    [({"t": 999}, "t"), ({"t": 0}, "u"), ([None], "t"), ({"t": 0}, None), ({"t": "0"}, "t")],
)
def test_node_without_a_good_token_is_refused(tokens: Json, token: str | None) -> None:
    """Expired, unknown, absent and misshapen tokens open nothing."""
    asking = Asking(NODE, ASKING.identity, token=token)
    assert asked({"authTokens": tokens}, asking=asking).reply is Reply.ACCESS_DENIED


def test_new_member_gets_default_capabilities_and_every_member_default_tags() -> None:
    """A capability is given once, at the creation; a tag whenever it lacks."""
    network: Record = {
        "private": False,
        "capabilities": [
            {"id": 1, "default": True},
            {"id": 2, "default": False},
            "x",
            {"id": 1, "default": 1},
        ],
        "tags": [{"id": 1, "default": 5}, {"id": 2, "default": None}, "x", {"id": 3, "default": 7}],
    }
    new = asked(network).record
    old = asked(network, {"capabilities": [], "tags": [[3, 1], "x"]}).record
    assert new is not None
    assert old is not None
    assert (new["capabilities"], new["tags"]) == ([1], [[1, 5], [3, 7]])
    assert (old["capabilities"], old["tags"]) == ([], [[3, 1], "x", [1, 5]])


def test_pools_give_one_address_of_each_family_that_lacks_one() -> None:
    """IPv6 first; IPv4 follows from the node id."""
    network: Record = {
        "routes": LAN,
        "v4AssignMode": {"zt": True},
        "v6AssignMode": {"zt": True},
        "ipAssignmentPools": [
            "x",
            {"ipRangeStart": "x", "ipRangeEnd": "y"},
            {"ipRangeStart": "203.0.113.100", "ipRangeEnd": "203.0.113.110"},
            {"ipRangeStart": "2001:db8:42::100", "ipRangeEnd": "2001:db8:42::200"},
        ],
    }
    assert assigned(network) == ["2001:db8:42::100", "203.0.113.108"]
    assert assigned(network, taken=("2001:db8:42::100",)) == ["203.0.113.108"]
    assert assigned(network, taken=("203.0.113.108",)) == ["2001:db8:42::100", "203.0.113.109"]
    assert assigned(network, {"ipAssignments": ["203.0.113.9"]}) == ["203.0.113.9", "2001:db8:42::100"]
    assert assigned(network, {"noAutoAssignIps": True}) == []
    assert assigned(network, {"ipAssignments": "x"}) == ["2001:db8:42::100", "203.0.113.108"]


@pytest.mark.parametrize(
    ("start", "end", "given"),
    [
        ("203.0.113.20", "203.0.113.10", []),
        ("0.0.0.0", "203.0.113.10", []),  # noqa: S104 - the start of a pool, nothing listens there
        ("203.0.113.5", "203.0.113.5", ["203.0.113.5"]),
        ("198.51.100.1", "198.51.100.9", []),
        ("2001:db8:42::1", "2001:db8:42::ffff:ffff:ffff", ["2001:db8:42::de:b049:65b3"]),
        ("2001:db8:42::5", "2001:db8:42::5", ["2001:db8:42::5"]),
    ],
)
def test_pool_gives_what_its_range_and_the_routes_allow(start: str, end: str, given: list[str]) -> None:
    """Reversed, unspecified and unrouted ranges give nothing; wide IPv6 ranges hold the node id."""
    mode = "v6AssignMode" if ":" in start else "v4AssignMode"
    pool: Record = {"ipRangeStart": start, "ipRangeEnd": end}
    assert assigned({"routes": LAN, mode: {"zt": True}, "ipAssignmentPools": [pool]}) == given


def test_pool_whose_routes_have_a_gateway_gives_nothing() -> None:
    """Only routes on the link count."""
    network: Record = {
        "routes": [{"target": "203.0.113.0/24", "via": "198.51.100.1"}, "x", {"target": "x"}],
        "v4AssignMode": {"zt": True},
        "ipAssignmentPools": [{"ipRangeStart": "203.0.113.1", "ipRangeEnd": "203.0.113.9"}],
    }
    assert assigned(network) == []


def test_derived_addresses_equal_those_of_a_real_node() -> None:
    """The two forms as transcript 15 shows them."""
    assert derived_addresses(NUMBER, NODE) == {
        "rfc4193": "fd6f:a725:440c:a00:499:93de:b049:65b2/88",
        "6plane": "fc63:ad25:40de:b049:65b2::1/40",
    }


def test_configuration_holds_derived_and_routed_addresses_up_to_a_limit() -> None:
    """Addresses outside every route are not given; the prefix length is the route's; 32 is the most."""
    network: Record = {"routes": LAN, "v6AssignMode": {"rfc4193": True, "6plane": False}}
    held: list[Json] = ["198.51.100.1", "x", *(f"203.0.113.{number}" for number in range(1, 41))]
    answered = asked(network, {"authorized": True, "ipAssignments": held})
    assert answered.addresses[:2] == ("fd6f:a725:440c:a00:499:93de:b049:65b2/88", "203.0.113.1/24")
    assert len(answered.addresses) == 32
    alone = asked(network, {"authorized": True, "noAutoAssignIps": True})
    assert alone.addresses == ()
