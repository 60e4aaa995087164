"""What rules ask about an exchange, gathered once: who holds which node and address, and where it is written.

Law: pure and linear. Indexes are built when the Facts are made; places are looked up only for a finding,
because finding them reads the file again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import cast

from ztix.diagnostics import Span
from ztix.document import Document, Path, Value
from ztix.evidence import Evidence, Found, NetworkLookup, NetworkRecord
from ztix.exchange import Claim, Exchange, MemberFile
from ztix.ledger import NO_LEDGER, Ledger
from ztix.node_address import NodeAddress
from ztix.past import Holding, Thing, holding
from ztix.policy import FabricPolicy, policy_path
from ztix.terms import Address, Family, Label, among, parse_address
from ztix.vacancy import vacant

PLACES_MAX = 5  # other places that one finding names


@dataclass(frozen=True, slots=True)
class Facts:
    """An exchange, its evidence, its past and the indexes over them.

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
    ledger: Ledger = NO_LEDGER
    _free: dict[tuple[Label, Family], Address | None] = field(default_factory=dict)

    @classmethod
    def of(cls, exchange: Exchange, evidence: Evidence | None, ledger: Ledger | None = None) -> Facts:
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
            ledger or NO_LEDGER,
        )

    def policy_span(self, name: str, path: Path = ()) -> Span:
        """The place of a value in a policy file; the file itself where it is not there."""
        document = self.exchange.documents.get(name)
        return document.span(path) if document else Span(policy_path(name))

    def reserved_allowed(self, asn: int) -> bool:
        """Whether policy lets a private or documentation AS number join."""
        return among(asn, self.exchange.policy.admission.reserved_asns_allowed)

    def since(self, days: int) -> datetime | None:
        """The moment so many days ago; None for no days, and where nobody says what time it is."""
        return self.evidence.now - timedelta(days=days) if self.evidence and days else None

    def free_address(self, fabric: Label, family: Family) -> Address | None:
        """The lowest address of the fabric that is not held, resting, reserved or a next hop of policy, None
        where none is left."""
        if (fabric, family) not in self._free:
            hops = (holding(fabric, address) for address in self.exchange.policy.routing.named_next_hops)
            oldest = self.since(self.exchange.policy.admission.address_cooldown_days)
            resting = self.ledger.resting(oldest) if oldest else frozenset()
            taken = {*self.holders, *resting, *hops}
            free = vacant(self.fabrics[fabric], family, taken)
            unread = self.ledger.taken
            self._free[fabric, family] = next((a for a in free if holding(fabric, a) not in unread), None)
        return self._free[fabric, family]


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


def told(facts: Facts, thing: Thing, claims: tuple[Claim, ...]) -> tuple[Claim, ...]:
    """Those who are told of a conflict over one thing: the members in it, but for one that had it first.

    Before policy no member is first; where only policy claims it, all but the first place are told.
    """
    members = tuple(filter(by_member, claims))
    if len(members) < len(claims):
        return members or claims[1:]
    first = facts.ledger.first(thing, members)
    return tuple(claim for claim in members if claim.document.path != first)


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
