"""Zones of the LAN for a name server (RFC 1035): names to addresses, and addresses to names.

Law: pure. A name is made of labels and an AS number, so nothing in a zone is a text that a member chose
freely. Reverse zones end where the DNS can end them: at 8, 16 or 24 bits of IPv4 (longer ones as RFC 2317
does it), at each 4 bits of IPv6; a prefix in between becomes several.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Network

from ztix.exchange import Exchange
from ztix.export.presence import Presence, presences
from ztix.export.wanting import needed, refuse
from ztix.publication_policy import Mailbox, ZonesPolicy
from ztix.terms import Address, Prefix

VERB = "dns"
_TIMES = "7200 1800 1209600"  # seconds: refresh, retry, expire, within the bounds of RFC 1912 section 2.2
_NEGATIVE_S = 3600  # seconds that others may keep that a name is not there (RFC 2308)


@dataclass(slots=True)
class _Zone:
    """A zone in the making: its name without the last dot, and its records below the head."""

    name: str
    records: list[str] = field(default_factory=list)


def zones(exchange: Exchange, serial: int) -> dict[str, str]:
    """The text of each zone by its name, the forward one first.

    serial: of the SOA records, 0 to 2**32 - 1; it must grow from one publication to the next (RFC 1982).
    Raises Invalid where policy says nothing of zones, or names a name server in the zone that has no address.
    """
    block = needed(exchange.policy.exchange.publication.dns, "dns", VERB)
    seen = [(_name(presence), presence) for presence in presences(exchange)]
    refuse(_wanting(block, {name for name, presence in seen if presence.addresses}), VERB)
    forward = _Zone(block.domain, [_record(name, a) for name, each in seen for a in each.addresses])
    reverse = _reverse(exchange)
    for name, presence in seen:
        for address in presence.addresses:
            _point(reverse, address, f"{name}.{block.domain}.")
    made = [forward, *reverse.values()]
    return {zone.name: _text(zone, block, serial) for zone in made}


def zone_file(name: str) -> str:
    """The name of the file that holds a zone."""
    return f"{name.replace('/', '-')}.zone"


def _name(presence: Presence) -> str:
    if presence.role == "member":
        return f"{presence.name}.as{int(presence.asn)}"
    return str(presence.name)


def _wanting(block: ZonesPolicy, names: set[str]) -> Iterator[str]:
    for server in block.name_servers:
        inside = server == block.domain or server.endswith(f".{block.domain}")
        if inside and server.removesuffix(f".{block.domain}") not in names:
            yield f"the name server `{server}` is in the zone itself, where no node has that name"


def _record(name: str, address: Address) -> str:
    return f"{name} IN {'A' if address.version == 4 else 'AAAA'} {address}"


def _reverse(exchange: Exchange) -> dict[Prefix, _Zone]:
    """The reverse zones by what they cover: fabrics in policy's order, each one's prefixes ascending."""
    prefixes = [part for fabric in exchange.policy.fabrics.fabrics for part in _ordered(fabric.prefixes)]
    return {part: _Zone(_zone_name(part)) for prefix in prefixes for part in _parts(prefix)}


def _ordered(prefixes: tuple[Prefix, ...]) -> list[Prefix]:
    return sorted(prefixes, key=lambda prefix: (prefix.version, int(prefix.network_address)))


def _parts(prefix: Prefix) -> Iterator[Prefix]:
    step = 8 if prefix.version == 4 else 4
    if prefix.version == 4 and prefix.prefixlen > 24:
        yield prefix
        return
    yield from prefix.subnets(new_prefix=-(-prefix.prefixlen // step) * step)


def _zone_name(part: Prefix) -> str:
    pieces = part.network_address.reverse_pointer.split(".")
    if isinstance(part, IPv4Network) and part.prefixlen > 24:
        return ".".join([f"{pieces[0]}/{part.prefixlen}", *pieces[1:]])
    step = 8 if part.version == 4 else 4
    return ".".join(pieces[(part.max_prefixlen - part.prefixlen) // step :])


def _point(reverse: dict[Prefix, _Zone], address: Address, target: str) -> None:
    """Adds the address to its zone; the rules of an exchange see that it has one."""
    for part, zone in reverse.items():
        if address.version == part.version and address in part:
            whole = address.reverse_pointer.split(".")
            below = whole[:1] if "/" in zone.name else whole[: len(whole) - len(zone.name.split("."))]
            zone.records.append(f"{'.'.join(below) or '@'} IN PTR {target}")


def _text(zone: _Zone, block: ZonesPolicy, serial: int) -> str:
    servers = [f"{server}." for server in block.name_servers]
    lines = [
        f"$ORIGIN {zone.name}.",
        f"$TTL {block.ttl_s}",
        f"@ IN SOA {servers[0]} {_rname(block.hostmaster)} {serial} {_TIMES} {_NEGATIVE_S}",
        *(f"@ IN NS {server}" for server in servers),
        *zone.records,
    ]
    return "\n".join(lines) + "\n"


def _rname(mailbox: Mailbox) -> str:
    """The mailbox as a name: dots before the `@` are no ends of labels (RFC 1035 section 8)."""
    local, _, domain = mailbox.partition("@")
    escaped = local.replace(".", "\\.")
    return f"{escaped}.{domain}."
