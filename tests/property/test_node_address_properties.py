"""For all networks and nodes: an address leads back to where it came from."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ztix.node_address import LENGTHS, NodeAddress, computed, mac
from ztix.terms import NetworkId, NodeId

networks = st.integers(0, 2**64 - 1).map(lambda number: NetworkId(f"{number:016x}"))
nodes = st.integers(1, 2**40 - 2**32 - 1).map(lambda number: NodeId(f"{number:010x}"))
schemes = st.sampled_from(list(LENGTHS))


@given(networks, nodes)
def test_rfc4193_address_when_taken_apart_gives_network_and_node(network: NetworkId, node: NodeId) -> None:
    """Nothing is lost in RFC 4193 mode."""
    found = NodeAddress.parse(str(computed(network, node, "rfc4193")))
    assert (found.scheme, found.network, found.node) == ("rfc4193", network, node)
    assert found.is_on(network)


@given(networks, nodes)
def test_6plane_address_when_taken_apart_gives_the_node(network: NetworkId, node: NodeId) -> None:
    """6PLANE loses half of the network and nothing of the node."""
    found = NodeAddress.parse(str(computed(network, node, "6plane")))
    assert (found.scheme, found.network, found.node) == ("6plane", None, node)
    assert found.is_on(network)


@given(st.ip_addresses(v=6))
def test_address_when_read_at_all_is_the_one_computed_from_it(address: object) -> None:
    """Whatever is accepted is an address that ZeroTier computes, and no other."""
    try:
        found = NodeAddress.parse(str(address))
    except ValueError:
        return
    network = found.network or _unfolded(int(found.address) >> 88 & 2**32 - 1)
    assert computed(network, found.node, found.scheme) == address


@given(networks, nodes, nodes)
def test_mac_when_computed_is_local_and_one_node_s(network: NetworkId, one: NodeId, other: NodeId) -> None:
    """Every MAC address is locally administered and no group's, and two nodes never share one."""
    first = int(mac(network, one)[:2], 16)
    assert first & 0b11 == 0b10
    assert (mac(network, one) == mac(network, other)) == (one == other)


def _unfolded(folded: int) -> NetworkId:
    """A network that folds to this."""
    return NetworkId(f"{folded << 32:016x}")
