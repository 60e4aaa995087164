"""What `ztix new` proposes: a member's file with free addresses and what PeeringDB knows.

Law: pure. The same exchange and ASN give the same text, and two newcomers seldom get the same address,
because addresses follow from the ASN. What cannot be known stands as `TODO` where no check lets it pass.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import assert_never

from ztix.canonical import scalar_text, value_text
from ztix.diagnostics import shown
from ztix.errors import Usage
from ztix.evidence import Absent, Found, NetworkLookup, NetworkRecord, Unknown, plain
from ztix.exchange import Exchange
from ztix.member import PREFIXES_MAX, TODO
from ztix.past import Holding, holding
from ztix.policy import FabricPolicy, Policy
from ztix.reserved import special_address
from ztix.routeserver import parse_irr_as_set
from ztix.schema import schema_line
from ztix.terms import Address, Asn, Family, NodeId, Prefix

_QUOTED = re.compile(r" ?`[^`]*`")  # an address that was asked, which tells a newcomer nothing


@dataclass(frozen=True, slots=True)
class Applicant:
    """What a newcomer says of itself; None where that is left to be filled in."""

    name: str | None = None
    account: int | None = None
    login: str | None = None
    email: str | None = None


NOBODY = Applicant()


def propose(
    asn: Asn,
    exchange: Exchange,
    record: NetworkRecord | None = None,
    node: NodeId | None = None,
    fabric: FabricPolicy | None = None,
    applicant: Applicant = NOBODY,
    resting: Collection[Holding] = (),
) -> str:
    """The text of `members/AS<asn>.yaml`, in canonical form once every TODO is replaced.

    record: what PeeringDB has, None where it has nothing or was not asked.  fabric: the policy's first, if
    none is given.  resting: addresses that were another's a short while ago.
    Raises Usage where the member is there already, or somebody else holds the node.
    """
    there = exchange.member(asn)
    if there is not None:
        raise Usage(f"`{asn}` is a member already: `{there.path}` is there", help="edit that file")
    holder = next((claim for claim in exchange.claims() if claim.node == node), None)
    if holder is not None:
        raise Usage(
            f"the node `{node}` is held by `{holder.owner}`: {holder.because}",
            help="`zerotier-cli info` on your own router shows its id",
        )
    fabric = fabric or exchange.policy.fabrics.fabrics[0]
    addresses = free_addresses(exchange, fabric, asn, resting)
    body = [
        *_identity(asn, record, applicant),
        *_node(node, fabric, addresses),
        *_routing(record, exchange.policy, _families(addresses)),
    ]
    todo = f" Replace each {TODO}, then run `ztix check`." if any(TODO in line for line in body) else ""
    head = [schema_line("member"), f"# {asn} joins {exchange.policy.exchange.title}.{todo}", ""]
    return "\n".join([*head, *body]) + "\n"


def told(asn: Asn, lookup: NetworkLookup) -> str:
    """What a source said about the network, in a sentence for whoever proposes a file."""
    match lookup:
        case Found(record=record):
            return f"PeeringDB has a record of {asn}: `{shown(record.name)}`"
        case Absent():
            return f"PeeringDB has no record of {asn}: name and limits are left to you"
        case Unknown(reason=reason):
            why = _QUOTED.sub("", reason).removeprefix("PeeringDB did not answer").removeprefix(": ")
            about = f"PeeringDB did not answer about {asn}{f' ({shown(why)})' if why else ''}"
            return f"{about}: name and limits are left to you"
        case _:
            assert_never(lookup)


def _identity(asn: Asn, record: NetworkRecord | None, applicant: Applicant) -> Iterator[str]:
    name = applicant.name or (plain(record.name) if record else "")
    yield f"asn: {int(asn)}"
    yield "# For people." if name else f"# For people. {TODO}: your organisation's name, as PeeringDB has it."
    yield f"name: {scalar_text(name or TODO)}"
    yield "contacts:"
    yield f"  # {_open(applicant.account)}The GitHub account that may change this file. Its number counts:"
    yield "  # https://api.github.com/users/LOGIN shows it as `id`."
    yield "  - github:"
    yield f"      id: {applicant.account or TODO}"
    yield f"      login: {scalar_text(applicant.login or TODO)}"
    yield f"    # {_open(applicant.email)}Where the exchange writes to when something breaks; it is public."
    yield f"    email: {scalar_text(applicant.email or TODO)}"


def _open(value: object) -> str:
    return "" if value else f"{TODO}. "


def _node(node: NodeId | None, fabric: FabricPolicy, addresses: tuple[Address, ...]) -> Iterator[str]:
    yield "nodes:"
    if node is None:
        yield f"  # {TODO}: `zerotier-cli info` on your router shows the id. Keep the quotes."
    yield f'  - id: "{node or TODO}"'
    yield "    # Your name for it, such as its place: a-z, 0-9 and -."
    yield "    name: node1"
    yield f"    fabric: {value_text(fabric.name, fabric.name)}"
    if addresses:
        yield "    # Free when this file was proposed."
        yield "    addresses:"
        yield from (f"      - {value_text(str(address), address)}" for address in addresses)
    else:
        yield f"    # {TODO}: the fabric has no free address; ask the exchange's maintainers."
        yield "    addresses:"
        yield f"      - {TODO}"
    yield "    # false: no sessions with the route servers, only with other members."
    yield "    route_servers: true"


def _routing(record: NetworkRecord | None, policy: Policy, families: tuple[Family, ...]) -> Iterator[str]:
    sets = parse_irr_as_set(record.irr_as_set) if record else ()
    if sets and families:
        yield "# The AS-SETs that say what you may announce, as PeeringDB lists them. Without this key the"
        yield "# exchange follows PeeringDB from day to day."
        yield "as_set:"
        for family in families:
            yield f"  ipv{family}: {sets[0]}" if len(sets) == 1 else f"  ipv{family}:"
            yield from (f"    - {name}" for name in sets if len(sets) > 1)
    else:
        yield "# Add `as_set` with `ipv4` and `ipv6` to name the AS-SETs that say what you may announce."
        yield "# Without it the exchange follows PeeringDB, or your AS number alone where that lists none."
    limits = {family: _limit(record, policy, family) for family in families}
    known = {family: limit for family, limit in limits.items() if limit is not None}
    if known:
        yield "# A session that brings more prefixes is shut down. These are PeeringDB's figures and"
        yield f"# {policy.routing.max_prefixes.headroom} % more; without this key the exchange follows them."
        yield "max_prefixes:"
        yield from (f"  ipv{family}: {limit}" for family, limit in known.items())


def _limit(record: NetworkRecord | None, policy: Policy, family: Family) -> int | None:
    listed = record.info_prefixes(family) if record else None
    if not listed:
        return None
    limit = -(-listed * (100 + policy.routing.max_prefixes.headroom) // 100)  # rounded up
    return limit if limit <= PREFIXES_MAX else None


def _families(addresses: tuple[Address, ...]) -> tuple[Family, ...]:
    families: tuple[Family, ...] = (4, 6)
    return tuple(family for family in families if any(a.version == family for a in addresses))


def free_addresses(
    exchange: Exchange, fabric: FabricPolicy, asn: Asn, resting: Collection[Holding] = ()
) -> tuple[Address, ...]:
    """A free address of each family that the fabric has, IPv4 first; a full family is left out.

    Free: nobody in git holds it, suspended members included; not resting; not reserved; no next hop of
    policy; a host's.
    """
    found: dict[Family, Address] = {}
    for address in proposable(exchange, fabric, asn, 1, resting):
        found.setdefault(address.version, address)
    return tuple(found[family] for family in sorted(found))


def proposable(
    exchange: Exchange, fabric: FabricPolicy, asn: Asn, most: int, resting: Collection[Holding] = ()
) -> tuple[Address, ...]:
    """The first free addresses of each prefix, in the order in which they are proposed."""
    held = {a for claim in exchange.claims() if claim.fabric == fabric.name for a in claim.addresses}
    held |= exchange.policy.routing.named_next_hops
    found: list[Address] = []
    for prefix in fabric.prefixes:
        candidates = _candidates(prefix, fabric.reserved, asn)
        free = (a for a in candidates if a not in held and holding(fabric.name, a) not in resting)
        found += islice(free, most)
    return tuple(found)


def _candidates(prefix: Prefix, reserved: tuple[Prefix, ...], asn: Asn) -> Iterator[Address]:
    """The prefix's host addresses that are not reserved, each once, from where the ASN points to."""
    first, size = int(prefix.network_address), prefix.num_addresses
    # In a /64 the ASN's decimal digits stand before the last group: AS64500 has …:6:4500:1, then :2.
    start = (int(str(int(asn)), 16) << 16) + 1 if size >= 1 << 64 else int(asn) % size
    for low, high in ((start, size), (0, start)):
        offset = low
        while offset < high:
            address = prefix[offset]
            block = next((b for b in reserved if b.version == prefix.version and address in b), None)
            if block is not None:
                offset = int(block.broadcast_address) - first + 1
                continue
            if special_address(address, prefix) is None:
                yield address
            offset += 1
