"""Translation to and from Central's objects: what is written, what null means, and how long to wait."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_address, ip_network

import pytest

from ztix.errors import Refused, Unavailable
from ztix.fabric import Attachment, NetworkSettings
from ztix.lan import LanRules
from ztix.terms import NetworkId, NodeId
from ztix.zerotier_central import (
    Held,
    has_single_sign_on,
    member_body,
    network_body,
    pace_s,
    read_member,
    read_network,
    throttled_s,
)

NETWORK = NetworkId("8056c2e21c000001")
LAN = (ip_network("192.0.2.0/24"), ip_network("2001:db8:64:96::/64"))
SETTINGS = NetworkSettings("example-ix lan", LAN, 2800, 1024)
NODE = Attachment(
    NodeId("1a2b3c4d5e"), "AS64500 fra1", (ip_address("192.0.2.10"), ip_address("2001:db8:64:96::a"))
)
NETWORK_RECORD: dict[str, object] = {"id": NETWORK, "rulesSource": "accept;"} | network_body(SETTINGS)
MEMBER_RECORD: dict[str, object] = {"nodeId": NODE.node, "hidden": True} | member_body(NODE, LAN)
NOW = datetime(2024, 8, 6, 20, 53, 47, tzinfo=UTC)
RESET = {"x-ratelimit-reset": "Tue, 06 Aug 2024 20:53:48 UTC"}


def config(record: dict[str, object], **changes: object) -> dict[str, object]:
    """The record with other values in its `config`."""
    held = record["config"]
    assert isinstance(held, dict)
    return record | {"config": held | changes}


def test_network_body_when_written_has_what_ztix_answers_for_and_no_more() -> None:
    """Rules, their text, tags, access and the description are not there, so Central keeps them."""
    assert network_body(SETTINGS) == {
        "config": {
            "name": "example-ix lan",
            "private": True,
            "enableBroadcast": True,
            "multicastLimit": 1024,
            "mtu": 2800,
            "routes": [
                {"target": "192.0.2.0/24", "via": None},
                {"target": "2001:db8:64:96::/64", "via": None},
            ],
            "ipAssignmentPools": [],
            "v4AssignMode": {"zt": False},
            "v6AssignMode": {"zt": False, "rfc4193": False, "6plane": False},
        }
    }


def test_member_body_when_written_has_the_name_beside_the_rest() -> None:
    """The name is Central's own; what a controller acts on is in `config`."""
    assert member_body(NODE, LAN) == {
        "name": "AS64500 fra1",
        "config": {
            "authorized": True,
            "ipAssignments": ["192.0.2.10", "2001:db8:64:96::a"],
            "noAutoAssignIps": True,
            "activeBridge": False,
        },
    }


def test_body_when_a_controller_would_bend_it_is_refused() -> None:
    """The list of what is refused is the controller's: Central hands it on to one."""
    with pytest.raises(Refused, match="`mtu`"):
        network_body(replace(SETTINGS, mtu=1))
    with pytest.raises(Refused, match="in no prefix"):
        member_body(replace(NODE, addresses=(ip_address("198.51.100.1"),)), LAN)


def test_body_when_policy_has_rules_is_refused() -> None:
    """Rules that nobody enforces must not seem to be in force."""
    with pytest.raises(Refused, match="does not write rules") as caught:
        network_body(replace(SETTINGS, rules=LanRules(rules=())))
    assert "a controller of your own" in caught.value.help
    for loaded in (replace(NODE, tags=((1, 2),)), replace(NODE, capabilities=(1,))):
        with pytest.raises(Refused, match="does not write rules"):
            member_body(loaded, LAN)
        assert "config" in member_body(replace(loaded, authorised=False), LAN)


def test_read_network_when_written_reads_the_same() -> None:
    """What ztix writes it reads, whatever else is there."""
    assert read_network(NETWORK_RECORD, NETWORK) == SETTINGS
    assert read_network(NETWORK_RECORD | {"id": None}, NETWORK) == SETTINGS
    assert read_network(config(NETWORK_RECORD, rules=["strange"], tags=None), NETWORK) == SETTINGS


@pytest.mark.parametrize(
    ("changes", "seen"),
    [
        ({"private": None}, {"closed": False}),
        ({"enableBroadcast": None}, {"closed": False}),
        ({"private": False}, {"closed": False}),
        ({"ssoConfig": {"enabled": True}}, {"closed": False}),
        ({"ssoConfig": {"enabled": False}}, {}),
        ({"ssoConfig": None}, {}),
        ({"ipAssignmentPools": None, "v4AssignMode": None, "v6AssignMode": None}, {}),
        ({"name": None}, {"name": ""}),
        ({"routes": None}, {"prefixes": ()}),
        ({"mtu": None, "multicastLimit": None}, {"mtu": 0, "multicast_limit": 0}),
    ],
    ids=str,
)
def test_read_network_when_a_field_is_null_or_other_tells(
    changes: dict[str, object], seen: dict[str, object]
) -> None:
    """Null is none of the values that ztix writes where that would matter."""
    record = config(NETWORK_RECORD, **changes)
    assert read_network(record, NETWORK) == replace(SETTINGS, **seen)  # type: ignore[arg-type] - by name
    assert has_single_sign_on(record) == (changes == {"ssoConfig": {"enabled": True}})


@pytest.mark.parametrize(
    ("record", "words"),
    [
        ([], "`network` is in no form"),
        ({"id": NETWORK}, "field `config` of a `network`"),
        ({"id": NETWORK, "config": None}, "field `config` of a `network`"),
        (NETWORK_RECORD | {"id": "8056c2e21c000002"}, "field `id` of a `network`"),
        (config(NETWORK_RECORD, mtu="1500"), "field `mtu`"),
        (config(NETWORK_RECORD, routes=[{"target": None}]), "field `routes`"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_read_network_when_form_is_foreign_is_unavailable(record: object, words: str) -> None:
    """What is not Central's form says nothing."""
    with pytest.raises(Unavailable, match=words) as caught:
        read_network(record, NETWORK)
    assert "ZeroTier Central API" in caught.value.help


def test_read_member_when_written_reads_the_same() -> None:
    """What ztix writes it reads."""
    assert read_member(MEMBER_RECORD) == Held(NODE, own=True)


@pytest.mark.parametrize(
    ("record", "held"),
    [
        (MEMBER_RECORD | {"name": None}, Held(replace(NODE, name=""), own=True)),
        (config(MEMBER_RECORD, authorized=None), Held(replace(NODE, authorised=False), own=True)),
        (config(MEMBER_RECORD, ipAssignments=None), Held(replace(NODE, addresses=()), own=True)),
        (config(MEMBER_RECORD, noAutoAssignIps=None), Held(NODE, own=False)),
        (config(MEMBER_RECORD, activeBridge=None), Held(NODE, own=True)),
        (config(MEMBER_RECORD, activeBridge=True), Held(NODE, own=False)),
        (MEMBER_RECORD | {"nodeId": None, "id": f"{NETWORK}-{NODE.node}"}, Held(NODE, own=True)),
        (MEMBER_RECORD | {"nodeId": "1A2B3C4D5E"}, Held(NODE, own=True)),
        (MEMBER_RECORD | {"nodeId": "ff00000001"}, None),
        (MEMBER_RECORD | {"config": None}, Held(replace(NODE, addresses=(), authorised=False), own=False)),
    ],
)
def test_read_member_when_a_field_is_null_or_other_tells(
    record: dict[str, object], held: Held | None
) -> None:
    """A null `authorized` is no, as a controller takes it; an id that no node can have is left out."""
    assert read_member(record) == held


@pytest.mark.parametrize(
    ("record", "words"),
    [
        (None, "`member` is in no form"),
        (MEMBER_RECORD | {"config": []}, "field `config`"),
        (MEMBER_RECORD | {"name": 5}, "field `name` of a `member`"),
        (MEMBER_RECORD | {"nodeId": None}, "field `nodeId` of a `member`"),
        (MEMBER_RECORD | {"nodeId": 5}, "field `nodeId` of a `member`"),
        (config(MEMBER_RECORD, authorized="yes"), "field `authorized` of a `member`"),
        (config(MEMBER_RECORD, ipAssignments="192.0.2.1"), "field `ipAssignments` of a `member`"),
        (config(MEMBER_RECORD, ipAssignments=["192.0.2"]), "field `ipAssignments` of a `member`"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_read_member_when_form_is_foreign_is_unavailable(record: object, words: str) -> None:
    """What is not Central's form says nothing."""
    with pytest.raises(Unavailable, match=words):
        read_member(record)


@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [
        ({}, 0.0),
        ({"x-ratelimit-limit": "20"}, 0.0),
        ({"x-ratelimit-limit": "20", "x-ratelimit-remaining": "-1"}, 0.0),
        ({"x-ratelimit-limit": "9" * 9, "x-ratelimit-remaining": "1"}, 0.0),
        ({"x-ratelimit-limit": "20", "x-ratelimit-remaining": "11"} | RESET, 0.0),
        ({"x-ratelimit-limit": "20", "x-ratelimit-remaining": "10"} | RESET, 0.1),
        ({"x-ratelimit-limit": "20", "x-ratelimit-remaining": "2"} | RESET, 0.5),
        ({"x-ratelimit-limit": "20", "x-ratelimit-remaining": "0"} | RESET, 2.0),
        ({"x-ratelimit-limit": "20", "x-ratelimit-remaining": "0"}, 2.0),
        ({"x-ratelimit-limit": "20", "x-ratelimit-remaining": "1", "x-ratelimit-reset": "soon"}, 1.0),
        (
            {"x-ratelimit-limit": "20", "x-ratelimit-remaining": "1", "date": "Tue, 06 Aug 2024 20:53:48 GMT"}
            | RESET,
            0.0,
        ),
        (
            {"x-ratelimit-limit": "20", "x-ratelimit-remaining": "1"}
            | {"x-ratelimit-reset": "Tue, 06 Aug 2030 20:53:48 -0000"},
            2.0,
        ),
    ],
    ids=str,
)
def test_pace_when_requests_run_low_slows_down(headers: dict[str, str], wait_s: float) -> None:
    """Nothing while half are left, then an even share of the time, and a whole second when none is left."""
    assert pace_s(headers, NOW) == pytest.approx(wait_s)


def test_throttled_when_reset_is_told_waits_past_it() -> None:
    """The second that is told is over when the next one begins; never longer than two."""
    assert throttled_s(RESET, NOW) == 2.0
    assert throttled_s(RESET | {"date": "Tue, 06 Aug 2024 20:53:48 GMT"}, NOW) == 1.0
    assert throttled_s({}, NOW) == 2.0
