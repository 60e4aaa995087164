"""What rules ask about an exchange, gathered once: who holds which node and address, and where it is written.

Law: pure and linear. Indexes are built when the Facts are made; places are looked up only for a finding,
because finding them reads the file again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias, cast

from ztix.diagnostics import Span
from ztix.document import Document, Path, Value
from ztix.evidence import Evidence, Found, NetworkLookup, NetworkRecord
from ztix.exchange import Claim, Exchange, MemberFile
from ztix.node_address import NodeAddress
from ztix.policy import FabricPolicy, policy_path
from ztix.terms import Address, AsnRange, Family, Label, parse_address

PLACES_MAX = 5  # other places that one finding names

Holding: TypeAlias = tuple[Label, int, int]
"""One address on one fabric: fabric, family, number. Numbers hash ten times as fast as address objects."""


@dataclass(frozen=True, slots=True)
class Facts:
    """An exchange, its evidence and the indexes over both.

    nodes: the claims of each node.  holders: the claims of each address; an address that is written twice
    in one node has that claim twice.  members: by AS number.  lookups, records: what PeeringDB says of those
    members that it is asked about.
    """

    exchange: Exchange
    evidence: Evidence | None
    fabrics: Mapping[Label, FabricPolicy]
    claims: tuple[Claim, ...]
    nodes: Mapping[str, tuple[Claim, ...]]
    holders: Mapping[Holding, tuple[Claim, ...]]
    members: Mapping[int, MemberFile]
    lookups: tuple[tuple[MemberFile, NetworkLookup], ...] = ()
    records: tuple[tuple[MemberFile, NetworkRecord], ...] = ()
    _free: dict[tuple[Label, Family], Address | None] = field(default_factory=dict)

    @classmethod
    def of(cls, exchange: Exchange, evidence: Evidence | None) -> Facts:
        """The facts of an exchange. Raises nothing."""
        claims = tuple(exchange.claims())
        lookups = tuple(_looked_up(exchange, evidence))
        nodes: dict[str, list[Claim]] = defaultdict(list)
        holders: dict[Holding, list[Claim]] = defaultdict(list)
        for claim in claims:
            nodes[claim.node].append(claim)
            for address in claim.addresses:
                holders[claim.fabric, address.version, int(address)].append(claim)
        return cls(
            exchange,
            evidence,
            {fabric.name: fabric for fabric in reversed(exchange.policy.fabrics.fabrics)},
            claims,
            {node: tuple(found) for node, found in nodes.items()},
            {holding: tuple(found) for holding, found in holders.items()},
            {int(file.member.asn): file for file in exchange.members},
            lookups,
            tuple((file, lookup.record) for file, lookup in lookups if isinstance(lookup, Found)),
        )

    def policy_span(self, name: str, path: Path = ()) -> Span:
        """The place of a value in a policy file; the file itself where it is not there."""
        document = self.exchange.documents.get(name)
        return document.span(path) if document else Span(policy_path(name))

    def reserved_allowed(self, asn: int) -> bool:
        """Whether policy lets a private or documentation AS number join."""
        return among(asn, self.exchange.policy.admission.reserved_asns_allowed)

    def free_address(self, fabric: Label, family: Family) -> Address | None:
        """The lowest address of the fabric that is not held, reserved or a next hop of policy, None where
        none is left."""
        if (fabric, family) not in self._free:
            self._free[fabric, family] = self._lowest_free(self.fabrics[fabric], family)
        return self._free[fabric, family]

    def _lowest_free(self, fabric: FabricPolicy, family: Family) -> Address | None:
        reserved = [
            (int(part.network_address), int(part.broadcast_address))
            for part in fabric.reserved
            if part.version == family
        ]
        hops = {int(a) for a in self.exchange.policy.routing.named_next_hops if a.version == family}
        for prefix in (prefix for prefix in fabric.prefixes if prefix.version == family):
            number, last = int(prefix.network_address) + 1, int(prefix.broadcast_address)
            while number < last:
                blocked = next((end for start, end in reserved if start <= number <= end), None)
                taken = number in hops or (fabric.name, family, number) in self.holders
                if blocked is None and not taken:
                    return prefix.network_address + (number - int(prefix.network_address))
                number = (number if blocked is None else blocked) + 1
        return None


def _looked_up(exchange: Exchange, evidence: Evidence | None) -> Iterator[tuple[MemberFile, NetworkLookup]]:
    """PeeringDB lists no reserved AS numbers: members who have one by leave of policy are not looked up."""
    admission = exchange.policy.admission
    if evidence is None or admission.peeringdb == "off":
        return
    for file in exchange.members:
        if not among(file.member.asn, admission.reserved_asns_allowed):
            yield file, evidence.network(file.member.asn)


def by_member(claim: Claim) -> bool:
    """Whether a member makes the claim, and not policy."""
    return claim.document.path.startswith("members/")


def node_span(claim: Claim) -> Span:
    """The place where the node is named."""
    return claim.because


def node_address(claim: Claim) -> NodeAddress | None:
    """The IPv6 address that names the node; None where its id does."""
    return NodeAddress.parse(_inside(claim.document.value, claim.at)["ipv6"]) if claim.key == "ipv6" else None


def written(document: Document, at: Path, *keys: str) -> Path:
    """The path of the first of the keys that the mapping at `at` has; of the last one where it has none."""
    mapping = _inside(document.value, at)
    return (*at, next((key for key in keys if key in mapping), keys[-1]))


def told(claims: tuple[Claim, ...]) -> tuple[Claim, ...]:
    """Those who are told of a conflict: the members in it; where there are none, all but the first."""
    return tuple(filter(by_member, claims)) or claims[1:]


def address_spans(claim: Claim, address: Address) -> tuple[Span, ...]:
    """Every place where this claim writes this address, from the first on."""
    texts = _inside(claim.document.value, claim.at)["addresses"]
    return tuple(
        claim.document.span((*claim.at, "addresses", index))
        for index, text in enumerate(texts)
        if parse_address(text) == address
    )


def _inside(value: Value, path: Path) -> dict[str, Value]:
    """The mapping at `path` of a document whose form was found good."""
    for part in path:
        value = value[int(part)] if isinstance(value, list) else cast("dict[str, Value]", value)[str(part)]
    return cast("dict[str, Value]", value)


def among(asn: int, ranges: tuple[AsnRange, ...]) -> bool:
    """Whether one of the ranges holds the AS number."""
    return any(asn in part for part in ranges)
