"""A network's DNS in ZeroTier's words: the `dns` of a network object into our value, and our value into it.

Law: pure. A controller checks nothing in it, and copies the domain into 128 bytes without looking: a longer
one ends its process, and again after each restart, because it is on disk by then. So nothing is written that
a node could not take, and whatever is there is read as it is, so that it is seen and put right.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import IPv6Address

from ztix.fabric import Dns
from ztix.terms import Address, parse_address

DOMAIN_BYTES_MAX = 127
SERVERS_MAX = 4  # a node is told of no more
NOTHING: Mapping[str, object] = {"domain": "", "servers": []}
"""What ends it: the empty list that a new network has is not taken back."""


def dns_body(dns: Dns | None, *, held: bool) -> dict[str, object]:
    """The part of a network's body that sets its DNS: nothing where there is none and none was held."""
    if dns is None:
        return {"dns": dict(NOTHING)} if held else {}
    return {"dns": dns.data()}


def read_dns(value: object) -> Dns | None:
    """The `dns` of a network object; None where nodes are told of nothing. Raises ValueError."""
    if value is None or value == []:
        return None
    if not isinstance(value, dict):
        raise ValueError("must be a mapping")
    domain, servers = value.get("domain"), value.get("servers")
    if servers is not None and not isinstance(servers, list):
        raise ValueError("must hold a list of servers")
    found = Dns("" if domain is None else str(domain), tuple(map(_server, servers or ())))
    return found if found.domain or found.servers else None


def dns_hazards(dns: Dns | None) -> Iterator[str]:
    """What of it would harm the controller or not reach a node; none if it is sound."""
    if dns is None:
        return
    size = len(dns.domain.encode(errors="surrogatepass"))
    if not 0 < size <= DOMAIN_BYTES_MAX:
        yield f"its DNS domain has {size} bytes, and a controller survives 1 to {DOMAIN_BYTES_MAX}"
    if not dns.domain.isascii() or not dns.domain.isprintable():
        yield "its DNS domain is not plain ASCII"
    if not 0 < len(dns.servers) <= SERVERS_MAX:
        yield f"it has {len(dns.servers)} DNS servers, and a node takes 1 to {SERVERS_MAX}"
    if len(set(dns.servers)) != len(dns.servers):
        yield "a DNS server is there twice"
    for server in dns.servers:
        if isinstance(server, str) or (isinstance(server, IPv6Address) and server.scope_id is not None):
            yield f"the DNS server `{server}` is no plain address"


def _server(value: object) -> Address | str:
    try:
        return parse_address(value)
    except ValueError:
        return str(value)
