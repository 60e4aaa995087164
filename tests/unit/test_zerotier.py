"""Translation to and from a controller's records: what is refused, what is complete, what cannot be read."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv6Address, ip_address, ip_network

import pytest

from ztix.errors import Refused, Unavailable
from ztix.fabric import Attachment, NetworkSettings
from ztix.lan import ACCEPT_ALL, Action, Condition, LanRules, Protocol, Rule
from ztix.terms import NodeId
from ztix.zerotier import (
    differences,
    member_body,
    network_body,
    read_controller,
    read_member,
    read_network,
    read_trace,
)

LAN = (ip_network("192.0.2.0/24"), ip_network("2001:db8:64:96::/64"))
SETTINGS = NetworkSettings("example-ix lan", LAN, 2800, 1024)
NODE = Attachment(
    NodeId("1a2b3c4d5e"), "AS64500 fra1", (ip_address("192.0.2.10"), ip_address("2001:db8:64:96::a"))
)
NETWORK_RECORD: dict[str, object] = network_body(SETTINGS)
MEMBER_RECORD: dict[str, object] = {"id": "1a2b3c4d5e"} | member_body(NODE, LAN)


def test_network_body_when_settings_are_sound_has_every_field() -> None:
    """The body says all that ztix answers for, in the types that a controller wants."""
    assert network_body(SETTINGS, 2) == {
        "name": "example-ix lan",
        "private": True,
        "enableBroadcast": True,
        "multicastLimit": 1024,
        "mtu": 2800,
        "routes": [{"target": "192.0.2.0/24", "via": None}, {"target": "2001:db8:64:96::/64", "via": None}],
        "ipAssignmentPools": [],
        "v4AssignMode": {"zt": False},
        "v6AssignMode": {"zt": False, "rfc4193": False, "6plane": False},
        "authTokens": [None],
        "remoteTraceLevel": 2,
        "rules": [{"type": "ACTION_ACCEPT"}],
        "capabilities": [],
        "tags": [],
    }


def test_member_body_when_attachment_is_sound_has_every_field() -> None:
    """The body says all that ztix answers for; `authorized` is never null."""
    assert member_body(NODE, LAN, 1) == {
        "authorized": True,
        "ipAssignments": ["192.0.2.10", "2001:db8:64:96::a"],
        "noAutoAssignIps": True,
        "activeBridge": False,
        "name": "AS64500 fra1",
        "tags": [],
        "capabilities": [],
        "remoteTraceLevel": 1,
    }


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (replace(SETTINGS, closed=False), "it would be open"),
        (replace(SETTINGS, name="n" * 128), "at most 127 bytes"),
        (replace(SETTINGS, name="ü" * 64), "at most 127 bytes"),
        (replace(SETTINGS, name="\ud800"), "must be text"),
        (replace(SETTINGS, mtu=1279), "`mtu` is `1279`, outside 1280 to 10000"),
        (replace(SETTINGS, mtu=10_001), "outside 1280 to 10000"),
        (replace(SETTINGS, multicast_limit=0), "0 would end ARP"),
        (replace(SETTINGS, multicast_limit=2**31), "`multicast_limit`"),
        (replace(SETTINGS, prefixes=(LAN[0], LAN[0])), "a prefix is there twice"),
        (replace(SETTINGS, prefixes=(ip_network("::/0"),)), "`::/0` would be a default route"),
        (replace(SETTINGS, prefixes=tuple(LAN[0].subnets(8))), "256 prefixes are more than the 128"),
    ],
)
def test_network_body_when_settings_would_be_bent_refuses(bad: NetworkSettings, words: str) -> None:
    """What a controller would clamp, cut or misread is not sent."""
    with pytest.raises(Refused, match=words):
        network_body(bad)


def test_network_body_when_much_is_wrong_tells_all_of_it() -> None:
    """Every hazard is told at once."""
    with pytest.raises(Refused, match=r"`mtu` is `1`.*; `multicast_limit` is `0`"):
        network_body(replace(SETTINGS, mtu=1, multicast_limit=0))


@pytest.mark.parametrize(
    ("addresses", "words"),
    [
        ([ip_address("198.51.100.1")], "`198.51.100.1` is in no prefix"),
        ([ip_address("2001:db8::1")], "`2001:db8::1` is in no prefix"),
        ([IPv6Address("2001:db8:64:96::1%eth0")], "has a zone"),
        ([ip_address("192.0.2.1")] * 2, "an address is there twice"),
        (list(LAN[0])[1:34], "33 addresses are more than the 32"),
    ],
)
def test_member_body_when_address_would_not_reach_the_node_refuses(addresses: list, words: str) -> None:  # type: ignore[type-arg] # of both families
    """What a controller would store and not hand out is not sent."""
    with pytest.raises(Refused, match=words):
        member_body(replace(NODE, addresses=tuple(addresses)), LAN)


def test_member_body_when_name_is_no_text_refuses() -> None:
    """Half of a surrogate pair cannot be sent."""
    with pytest.raises(Refused, match="its name is no text"):
        member_body(replace(NODE, name="\udc80"), LAN)


def test_member_body_when_node_is_taken_off_refuses_no_address() -> None:
    """Nothing that a node held by hand keeps it on the network."""
    off = Attachment(NODE.node, "", (ip_address("198.51.100.1"),) * 40, authorised=False)
    assert member_body(off, LAN)["authorized"] is False


def test_read_member_when_written_gives_the_attachment() -> None:
    """What is written is read as the same."""
    held = read_member(MEMBER_RECORD | {"remoteTraceLevel": 3})
    assert held is not None
    assert (held.attachment, held.own, held.trace) == (NODE, True, 3)


def test_read_member_when_addresses_stand_in_another_order_sorts_them() -> None:
    """Their order means nothing, so it is no difference; a double is one."""
    texts = ["2001:db8:64:96::a", "192.0.2.10", "192.0.2.9"]
    held = read_member(MEMBER_RECORD | {"ipAssignments": texts})
    assert held is not None
    assert [str(one) for one in held.attachment.addresses] == ["192.0.2.9", "192.0.2.10", "2001:db8:64:96::a"]
    twice = read_member(MEMBER_RECORD | {"ipAssignments": ["192.0.2.10"] * 2})
    assert twice is not None
    assert len(twice.attachment.addresses) == 2


@pytest.mark.parametrize(
    "loose", [{"noAutoAssignIps": False}, {"activeBridge": True}, {"noAutoAssignIps": None}]
)
def test_read_member_when_record_is_loose_is_not_own(loose: dict[str, object]) -> None:
    """Automatic addresses and bridging are told."""
    held = read_member(MEMBER_RECORD | loose)
    assert held is not None
    assert not held.own


@pytest.mark.parametrize("identity", ["0000000000", "ff00000000", "1a2b", "zzzzzzzzzz"])
def test_read_member_when_id_is_of_no_node_is_none(identity: str) -> None:
    """A record that no node can have is no attachment."""
    assert read_member(MEMBER_RECORD | {"id": identity}) is None


def test_read_member_when_level_of_tracing_is_missing_takes_none() -> None:
    """Older records have no such field."""
    held = read_member(MEMBER_RECORD | {"remoteTraceLevel": None, "ipAssignments": []})
    assert held is not None
    assert held.trace == 0


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        MEMBER_RECORD | {"id": 5},
        MEMBER_RECORD | {"name": 5},
        MEMBER_RECORD | {"authorized": None},
        MEMBER_RECORD | {"ipAssignments": None},
        MEMBER_RECORD | {"ipAssignments": [5]},
        MEMBER_RECORD | {"ipAssignments": ["192.0.2"]},
        MEMBER_RECORD | {"ipAssignments": ["192.0.2.1/24"]},
        MEMBER_RECORD | {"tags": [5]},
    ],
)
def test_read_member_when_record_is_in_no_known_form_is_unavailable(value: object) -> None:
    """A record that cannot be read says nothing."""
    with pytest.raises(Unavailable):
        read_member(value)


def test_read_network_when_written_gives_the_settings() -> None:
    """What is written is read as the same, whatever the order of its routes."""
    assert read_network(NETWORK_RECORD) == SETTINGS
    routes = [{"target": str(prefix), "via": None} for prefix in reversed(LAN)]
    assert read_network(NETWORK_RECORD | {"routes": routes}) == SETTINGS


@pytest.mark.parametrize(
    "loose",
    [
        {"private": False},
        {"private": None},
        {"enableBroadcast": False},
        {"ipAssignmentPools": [{}]},
        {"v4AssignMode": {"zt": True}},
        {"v6AssignMode": {"rfc4193": True}},
        {"authTokens": {"0123456789": 0}},
        {"routes": [{"target": "192.0.2.0/24", "via": "192.0.2.1"}]},
        {"routes": [{"target": "192.0.2.7/24", "via": None}]},
        {"routes": [{"target": "2001:db8:64:96::5/64"}]},
    ],
)
def test_read_network_when_record_is_otherwise_is_not_closed(loose: dict[str, object]) -> None:
    """Whatever ztix always sets alike may not differ unseen."""
    assert not read_network(NETWORK_RECORD | loose).closed


@pytest.mark.parametrize("tokens", [None, [], [None], {}])
def test_read_network_when_there_are_no_tokens_is_closed(tokens: object) -> None:
    """A controller spells "no token" in several ways."""
    assert read_network(NETWORK_RECORD | {"authTokens": tokens}).closed


@pytest.mark.parametrize(
    "value",
    [
        None,
        NETWORK_RECORD | {"name": None},
        NETWORK_RECORD | {"mtu": "2800"},
        NETWORK_RECORD | {"multicastLimit": True},
        NETWORK_RECORD | {"routes": {}},
        NETWORK_RECORD | {"routes": [None]},
        NETWORK_RECORD | {"routes": [{"target": None}]},
        NETWORK_RECORD | {"routes": [{"target": "192.0.2.0"}]},
        NETWORK_RECORD | {"routes": [{"target": "192.0.2.0/33"}]},
        NETWORK_RECORD | {"v4AssignMode": None},
        NETWORK_RECORD | {"ipAssignmentPools": None},
        NETWORK_RECORD | {"rules": None},
        NETWORK_RECORD | {"tags": {}},
    ],
)
def test_read_network_when_record_is_in_no_known_form_is_unavailable(value: object) -> None:
    """A record that cannot be read says nothing."""
    with pytest.raises(Unavailable):
        read_network(value)


def test_read_controller_when_it_tells_gives_its_key_or_its_id() -> None:
    """The public identity where there is one; nothing that contradicts itself is believed."""
    key = f"1a2b3c4d5e:0:{'ab' * 64}"
    assert read_controller({"address": "1a2b3c4d5e", "publicIdentity": key}) == key
    assert read_controller({"address": "1a2b3c4d5e"}) == "1a2b3c4d5e"
    for strange in (None, [], {}, {"address": "8056c2e21c", "publicIdentity": key}, {"address": "x"}):
        with pytest.raises(ValueError, match="must "):
            read_controller(strange)


def test_read_trace_when_level_is_missing_is_none() -> None:
    """A level that is no number is no level."""
    assert [read_trace({"remoteTraceLevel": level}) for level in (4, None, True)] == [4, 0, 0]


def test_differences_when_values_are_kept_otherwise_names_each() -> None:
    """Each value that is not as meant is named with both; the order of prefixes is none."""
    assert differences(replace(SETTINGS, prefixes=LAN[::-1]), SETTINGS) == ""
    kept = replace(SETTINGS, mtu=1280, name="x")
    assert differences(SETTINGS, kept) == "`name` is `x`, not `example-ix lan`; `mtu` is `1280`, not `2800`"
    ruled = replace(
        SETTINGS, rules=LanRules((Rule(Action.DROP, (Condition(Protocol(2)),)), *ACCEPT_ALL.rules))
    )
    assert differences(ruled, SETTINGS) == "its rules: - no IGMP"


def test_member_with_tags_and_capabilities_when_written_is_read_as_the_same() -> None:
    """What the LAN's rules give to a node goes with it, and another order of it is no difference."""
    given = replace(NODE, tags=((1, 5), (2, 0)), capabilities=(3, 4))
    held = read_member({"id": NODE.node} | member_body(given, LAN))
    assert held is not None
    assert held.attachment == given
    turned = {"tags": [[2, 0], [1, 5]], "capabilities": [4, 3]}
    assert read_member(MEMBER_RECORD | turned) == held


def test_member_body_when_grants_would_be_bent_refuses() -> None:
    """A controller cuts a number to 32 bits and merges what is there twice."""
    with pytest.raises(Refused, match="must be numbers of 32 bits"):
        member_body(replace(NODE, tags=((1, 2**32),)), LAN)
    with pytest.raises(Refused, match="must be ascending, each once"):
        member_body(replace(NODE, capabilities=(1, 1)), LAN)


def test_network_body_when_rules_would_cut_members_off_refuses() -> None:
    """No set of rules that ends the exchange is written."""
    with pytest.raises(Refused, match=r"an ARP request would not pass: no rule lets it; .*BGP over IPv6"):
        network_body(replace(SETTINGS, rules=LanRules(())))
