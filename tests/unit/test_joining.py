"""What is typed on a node: consent to global addresses only where the LAN has some."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from ztix.joining import join_commands
from ztix.terms import NetworkId

NETWORK = NetworkId("8056c2e21c000001")


@pytest.mark.parametrize(
    ("prefixes", "consent"),
    [
        (["192.0.2.0/24"], False),
        (["10.1.0.0/16", "fd00:1::/64"], False),
        (["100.64.0.0/24", "172.20.0.0/16", "198.18.4.0/24"], False),
        (["192.0.2.0/24", "2001:db8:64:96::/64"], True),
        (["192.0.0.0/16"], True),
        (["172.32.0.0/16"], True),
    ],
)
def test_join_commands_when_a_prefix_is_global_ask_for_consent(prefixes: list[str], consent: bool) -> None:
    """As measured on real nodes: the documentation prefix of IPv6 counts as global."""
    commands = join_commands(NETWORK, [ip_network(text) for text in prefixes])
    assert commands[0] == f"zerotier-cli join {NETWORK}"
    assert commands[1:] == ((f"zerotier-cli set {NETWORK} allowGlobal=1",) if consent else ())
