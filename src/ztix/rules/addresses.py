"""ZT204 to ZT211: addresses. Each has one holder, lies in its fabric, and is a host's.

Law: pure. Addresses are compared as numbers, so that `2001:db8::1` and `2001:DB8:0::1` are one.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from ztix.diagnostics import Severity, Span
from ztix.exchange import Claim
from ztix.reserved import special_address
from ztix.rules.facts import PLACES_MAX, Facts, address_spans, by_member, told, written
from ztix.rules.registry import Hit, rule
from ztix.terms import Address, Prefix


def _address(claim: Claim, family: int, number: int) -> Address:
    return next(a for a in claim.addresses if a.version == family and int(a) == number)


def _place(claim: Claim, address: Address) -> Span:
    return address_spans(claim, address)[0]


def _advice(facts: Facts, claim: Claim, address: Address) -> str:
    free = facts.free_address(claim.fabric, address.version) if claim.fabric in facts.fabrics else None
    return f"the lowest free one is `{free}`" if free else "`ztix new` proposes a free one"


@rule(
    "ZT204",
    "an address has one holder",
    Severity.ERROR,
    what="An address of a fabric is held by one member, one route server or one infrastructure node. A "
    "suspended member keeps its addresses.",
    why="Two hosts with one address take each other's traffic, and a wrong one can take over sessions.",
    wrong="# AS64500.yaml and AS64501.yaml\naddresses: [192.0.2.10]",
    right="# AS64501.yaml\naddresses: [192.0.2.11]",
    remedy="Take another address: the finding names the lowest free one, and `ztix new` proposes addresses.",
)
def address_held(facts: Facts) -> Iterator[Hit]:
    """Addresses that several holders claim."""
    for what, claims in facts.holders.items():
        _, family, number = what
        for claim in told(facts, what, claims) if len(claims) > 1 else ():
            clashing = (other for other in claims if other.owner != claim.owner)
            others = list(islice(clashing, PLACES_MAX))
            if others:
                address = _address(claim, family, number)
                yield Hit(
                    f"the address `{address}` is already held by {others[0].owner}",
                    _place(claim, address),
                    _advice(facts, claim, address),
                    tuple(_place(other, address) for other in others),
                )


@rule(
    "ZT205",
    "an address stands once in a member's file",
    Severity.ERROR,
    what="A holder does not write the same address twice on one fabric, neither in one node nor in two.",
    why="Two nodes with one address take each other's traffic; in one node it is a slip.",
    wrong="addresses: [192.0.2.10, 192.0.2.10]",
    right="addresses: [192.0.2.10, 192.0.2.11]",
    remedy="Delete one of the two, or write the one that you meant.",
)
def address_twice(facts: Facts) -> Iterator[Hit]:
    """Addresses that one holder writes twice."""
    for (_, family, number), claims in facts.holders.items():
        seen: dict[str, tuple[Claim, int]] = {}
        for claim in claims if len(claims) > 1 else ():
            first, times = seen.get(claim.owner, (claim, 0))
            seen[claim.owner] = (first, times + 1)
            if times:
                address = _address(claim, family, number)
                places = address_spans(claim, address)
                yield Hit(
                    f"the address `{address}` stands here a second time",
                    places[min(times, len(places) - 1)] if claim is first else places[0],
                    "keep one of them",
                    (_place(first, address),),
                )


@rule(
    "ZT206",
    "an address lies in its fabric's prefixes",
    Severity.ERROR,
    what="Each address of a node, a route server or infrastructure is inside a prefix that "
    "policy/fabrics.yaml gives to the fabric.",
    why="Others on the LAN would not find it there, and the controller would announce an address that it has "
    "no route for.",
    wrong="addresses: [198.51.100.7]      # with `prefixes: [192.0.2.0/24]`",
    right="addresses: [192.0.2.7]",
    remedy="Take an address of the peering LAN.",
)
def outside(facts: Facts) -> Iterator[Hit]:
    """Addresses outside of their fabric."""
    ranges = {name: _ranges(fabric.prefixes) for name, fabric in facts.fabrics.items()}
    for claim in facts.claims:
        spans = ranges.get(claim.fabric, ())
        for address in claim.addresses if spans else ():
            family, number = address.version, int(address)
            if not any(version == family and low <= number <= high for version, low, high in spans):
                prefixes = ", ".join(f"`{prefix}`" for prefix in facts.fabrics[claim.fabric].prefixes)
                yield Hit(
                    f"the address `{address}` is outside of the fabric `{claim.fabric}`: {prefixes}",
                    _place(claim, address),
                    _advice(facts, claim, address),
                )


def _ranges(prefixes: tuple[Prefix, ...]) -> list[tuple[int, int, int]]:
    return [(p.version, int(p.network_address), int(p.broadcast_address)) for p in prefixes]


@rule(
    "ZT207",
    "an address is a host's",
    Severity.ERROR,
    what="No node has the first or the last address of an IPv4 prefix, nor the first of an IPv6 prefix.",
    why="The first and last of IPv4 mean the network and everybody on it; the first of IPv6 is the "
    "subnet-router anycast address (RFC 4291 section 2.6.1). Prefixes of two addresses are exempt.",
    wrong="addresses: [192.0.2.255]      # with `prefixes: [192.0.2.0/24]`",
    right="addresses: [192.0.2.254]",
    remedy="Take another address of the peering LAN.",
)
def not_a_host(facts: Facts) -> Iterator[Hit]:
    """Addresses that mean a network, everybody or any router."""
    for fabric in facts.fabrics.values():
        for prefix in fabric.prefixes:
            for address in (prefix.network_address, prefix.broadcast_address):
                meaning = special_address(address, prefix)
                holders = facts.holders.get((fabric.name, address.version, int(address)), ())
                for claim in holders if meaning else ():
                    yield Hit(
                        f"the address `{address}` is {meaning} of `{prefix}`",
                        _place(claim, address),
                        _advice(facts, claim, address),
                    )


@rule(
    "ZT208",
    "a member has no reserved address",
    Severity.ERROR,
    what="Members stay out of the ranges that `reserved` in policy/fabrics.yaml keeps for the exchange.",
    why="The exchange will put its own machines there.",
    wrong="addresses: [192.0.2.3]      # with `reserved: [192.0.2.0/29]`",
    right="addresses: [192.0.2.10]",
    remedy="Take an address outside of the reserved ranges.",
)
def reserved(facts: Facts) -> Iterator[Hit]:
    """Members' addresses in a reserved range."""
    ranges = {name: _ranges(fabric.reserved) for name, fabric in facts.fabrics.items() if fabric.reserved}
    for claim in facts.claims if ranges else ():
        for address in claim.addresses if claim.fabric in ranges and by_member(claim) else ():
            for version, low, high in ranges[claim.fabric]:
                if version == address.version and low <= int(address) <= high:
                    names = [fabric.name for fabric in facts.exchange.policy.fabrics.fabrics]
                    path = ("fabrics", names.index(claim.fabric), "reserved")
                    yield Hit(
                        f"the address `{address}` is in a range that is reserved for the exchange",
                        _place(claim, address),
                        _advice(facts, claim, address),
                        (facts.policy_span("fabrics", path),),
                    )
                    break


@rule(
    "ZT210",
    "route servers are there where a node wants them",
    Severity.WARNING,
    what="A node with `route_servers: true` is on a fabric that has a route server.",
    why="The node would get no session, and nobody would know why.",
    wrong="fabric: lab      # policy/route-servers.yaml has servers on `lan` only",
    right="fabric: lab\nroute_servers: false",
    remedy="Set `route_servers: false`, or have a route server put on that fabric.",
)
def no_route_server(facts: Facts) -> Iterator[Hit]:
    """Nodes that want route servers where there is none."""
    served = {server.fabric for server in facts.exchange.policy.route_servers.route_servers}
    for file in facts.exchange.members:
        for index, node in enumerate(file.member.nodes):
            if node.route_servers and node.fabric in facts.fabrics and node.fabric not in served:
                yield Hit(
                    f"there is no route server on the fabric `{node.fabric}`",
                    file.document.span(written(file.document, ("nodes", index), "fabric", "name")),
                    "set `route_servers: false` for this node",
                )


@rule(
    "ZT211",
    "a node shares an address family with a route server",
    Severity.WARNING,
    what="A node with `route_servers: true` has an address of a family in which a route server of its fabric "
    "has one.",
    why="A session needs two addresses of one family; without them the node gets none.",
    wrong="addresses: [192.0.2.10]      # the route servers have IPv6 addresses only",
    right='addresses: [192.0.2.10, "2001:db8:64:96::10"]',
    remedy="Add an address of the other family, or set `route_servers: false`.",
)
def no_common_family(facts: Facts) -> Iterator[Hit]:
    """Nodes that can reach a route server in no address family."""
    families: dict[str, set[int]] = {}
    for server in facts.exchange.policy.route_servers.route_servers:
        families.setdefault(server.fabric, set()).update(address.version for address in server.addresses)
    for file in facts.exchange.members:
        for index, node in enumerate(file.member.nodes):
            served = families.get(node.fabric)
            if node.route_servers and served and not any(a.version in served for a in node.addresses):
                needed = " and ".join(f"IPv{family}" for family in sorted(served))
                yield Hit(
                    f"the route servers of the fabric `{node.fabric}` speak {needed} only",
                    file.document.key_span(("nodes", index, "addresses")),
                    "add such an address, or set `route_servers: false`",
                )
