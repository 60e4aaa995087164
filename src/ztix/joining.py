"""What a person types on a node to put it on a network, once the fabric knows the node.

Law: pure. A node takes a global address from its controller only with its owner's consent. Which prefixes
need none was measured on ZeroTier One 1.14.1; the documentation prefix of IPv6 does.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_network

from ztix.terms import NetworkId, Prefix

_WITHOUT_CONSENT: tuple[Prefix, ...] = tuple(
    ip_network(text)
    for text in (
        "10.0.0.0/8",
        "100.64.0.0/10",
        "172.16.0.0/12",
        "192.0.2.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "fc00::/7",
    )
)


def join_commands(network: NetworkId, prefixes: Iterable[Prefix]) -> tuple[str, ...]:
    """The commands in order. prefixes: the LAN's; a global one needs the second command."""
    join = f"zerotier-cli join {network}"
    if all(any(_within(prefix, other) for other in _WITHOUT_CONSENT) for prefix in prefixes):
        return (join,)
    return (join, f"zerotier-cli set {network} allowGlobal=1")


def _within(prefix: Prefix, other: Prefix) -> bool:
    match prefix, other:
        case (IPv4Network(), IPv4Network()) | (IPv6Network(), IPv6Network()):
            return prefix.subnet_of(other)  # type: ignore[arg-type]  # both are of one family here
        case _:
            return False
