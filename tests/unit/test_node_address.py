"""Addresses that ZeroTier computes: the recorded ones of real nodes, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ztix.node_address import NodeAddress, bare, computed, mac
from ztix.terms import NetworkId, NodeId

NETWORK = NetworkId("6fa725440c0a0004")
RECORDED = json.loads(
    (Path(__file__).parents[1] / "contract" / "transcripts" / "15-v6-modes.json").read_text("utf-8")
)
ON_NODES = [
    (entry["node"], bare(text))
    for entry in RECORDED["exchanges"]
    if entry.get("nwid") == NETWORK
    for text in entry["assignedAddresses"]
]


@pytest.mark.parametrize(("node", "text"), ON_NODES)
def test_address_when_recorded_on_a_real_node_is_taken_apart_and_computed(node: str, text: str) -> None:
    """What a real node had on its interface leads to its id, and its id leads back."""
    found = NodeAddress.parse(text)
    assert (found.node, found.network) == (node, NETWORK if text.startswith("fd") else None)
    assert str(computed(NETWORK, NodeId(node), found.scheme)) == str(found) == text
    assert found.is_on(NETWORK)
    assert not found.is_on(NetworkId("6fa725440c0a0005"))


def test_recorded_addresses_are_of_both_schemes() -> None:
    """The recording has both forms, so the test above says something about both."""
    assert {NodeAddress.parse(text).scheme for _, text in ON_NODES} == {"rfc4193", "6plane"}


@pytest.mark.parametrize(
    ("network", "node", "text"),
    [
        ("6fa725440c0a0005", "deb04965b2", "06:de:ba:45:21:97"),
        ("8056c2e21c000050", "1a2b3c4d5e", "32:1a:2b:20:af:9c"),
        ("8056c2e21c000052", "1a2b3c4d5e", "32:1a:2b:20:af:9c"),
    ],
)
def test_mac_when_computed_is_that_of_the_interface(network: str, node: str, text: str) -> None:
    """The first one is recorded; `52:` belongs to virtual machines, so ZeroTier begins with `32:` there."""
    assert mac(NetworkId(network), NodeId(node)) == text


def test_node_address_when_parsed_already_is_itself() -> None:
    """A value that is read again stays what it is."""
    once = NodeAddress.parse(ON_NODES[0][1])
    assert NodeAddress.parse(once) is once


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (7, "must be a ZeroTier node's IPv6 address"),
        ("1a2b3c4d5e", "must be a ZeroTier node's IPv6 address"),
        ("192.0.2.1", "must be a ZeroTier node's IPv6 address"),
        ("2001:db8::1", "must be a ZeroTier node's IPv6 address"),
        ("fd80:56c2:e21c:0:199:941a:2b3c:4d5e", "must be a ZeroTier node's IPv6 address"),
        ("fc9c:56c2:e31a:2b3c:4d5e::2", "must be a ZeroTier node's IPv6 address"),
        ("fd80:56c2:e21c:0:199:931a:2b3c:4d5e/88", "must be an IPv6 address without a length or zone"),
        ("fd80:56c2:e21c:0:199:931a:2b3c:4d5e%zt0", "must be an IPv6 address without a length or zone"),
        ("fd80:56c2:e21c:0:199:93ff:2b3c:4d5e", "must hold a node's id"),
        ("fc9c:56c2:e300::1", "must hold a node's id"),
    ],
)
def test_node_address_when_of_no_node_is_refused_with_a_sentence(value: object, message: str) -> None:
    """Only the two forms are read, and only where they hold the id of a node."""
    with pytest.raises(ValueError, match=message):
        NodeAddress.parse(value)


def test_bare_address_has_no_length() -> None:
    """What `zerotier-cli` prints may be handed in as it is."""
    assert bare("fd80::1/88") == "fd80::1"
    assert bare("fc80::1/40") == "fc80::1"
    assert bare("fc80::1/64") == "fc80::1/64"
