"""ZT55x: `members` and `blackhole` in policy/routing.yaml. Exceptions that mean somebody, and safe next hops.

Law: pure.
"""

from __future__ import annotations

from collections.abc import Iterator

from ztix.diagnostics import Severity
from ztix.document import Path
from ztix.exchange import Claim
from ztix.policy import holds, policy_path
from ztix.rules.facts import Facts, address_spans, by_member
from ztix.rules.registry import Hit, rule
from ztix.terms import Address


@rule(
    "ZT551",
    "an exception is a member's",
    Severity.WARNING,
    what="Each entry of `members` in policy/routing.yaml has the AS number of a member.",
    why="It has no effect; most often a number is mistyped, or the member left and may come back to it.",
    wrong="members: [{asn: 64599, next_hop: same-as}]      # no such member",
    right="members: [{asn: 64500, next_hop: same-as}]",
    remedy="Write the member's AS number, or delete the entry.",
)
def of_nobody(facts: Facts) -> Iterator[Hit]:
    """Exceptions for AS numbers that are no member's."""
    for index, different in enumerate(facts.exchange.policy.routing.members):
        if int(different.asn) not in facts.members:
            yield Hit(
                f"`{different.asn}` is no member",
                facts.policy_span("routing", ("members", index, "asn")),
                f"write a member's AS number, mend `members/{different.asn}.yaml` if it is there, or delete "
                "the entry",
            )


@rule(
    "ZT552",
    "a member's exceptions stand in one place",
    Severity.ERROR,
    what="No AS number stands twice under `members` in policy/routing.yaml.",
    why="Only the first counts, which a reader of the second does not see.",
    wrong="members: [{asn: 64500, next_hop: same-as}, {asn: 64500, blackhole: true}]",
    right="members: [{asn: 64500, next_hop: same-as, blackhole: true}]",
    remedy="Put them into one entry.",
)
def repeated(facts: Facts) -> Iterator[Hit]:
    """Entries for an AS number that has one already."""
    first: dict[int, int] = {}
    for index, different in enumerate(facts.exchange.policy.routing.members):
        if first.setdefault(different.asn, index) != index:
            yield Hit(
                f"`{different.asn}` stands here a second time",
                facts.policy_span("routing", ("members", index, "asn")),
                "put its exceptions into one entry",
                (facts.policy_span("routing", ("members", first[different.asn], "asn")),),
            )


def _next_hops(facts: Facts) -> Iterator[tuple[Address, str, Path]]:
    """Addresses that policy lets routes point to: whose routes (empty: blackholes), and where it says so."""
    routing = facts.exchange.policy.routing
    for index, different in enumerate(routing.members):
        for at, address in enumerate(different.next_hops):
            yield address, str(different.asn), ("members", index, "next_hops", at)
    for key, family in (("ipv4", routing.blackhole.ipv4), ("ipv6", routing.blackhole.ipv6)):
        if family.next_hop is not None:
            yield family.next_hop, "", ("blackhole", key, "next_hop")


@rule(
    "ZT553",
    "a next hop that policy names is on the LAN and nobody else's",
    Severity.ERROR,
    what="Each address in `next_hops` of a member, and each `next_hop` of `blackhole`, lies in a fabric's "
    "prefix and is held by nobody but that member; that of a blackhole may be an infrastructure node's.",
    why="Traffic would go to another member, to a route server, or nowhere that receivers can reach.",
    wrong="members: [{asn: 64500, next_hop: authorised, next_hops: [192.0.2.11]}]      # AS64501's",
    right="members: [{asn: 64500, next_hop: authorised, next_hops: [192.0.2.99]}]",
    remedy="Write an address of the LAN that is the member's or is free; for blackholes, one that drops "
    "what it gets. A member that takes such an address takes another.",
)
def misplaced(facts: Facts) -> Iterator[Hit]:
    """Next hops off the LAN, or of somebody else. Of a member and policy, the member is told."""
    for address, owner, path in _next_hops(facts):
        place = facts.policy_span("routing", path)
        if not any(holds(fabric.prefixes, address) for fabric in facts.fabrics.values()):
            yield Hit(f"`{address}` is in no fabric's prefix", place, "write an address of the LAN")
            continue
        claim = next((claim for claim in _holders(facts, address) if not _may_hold(claim, owner)), None)
        if claim is None:
            continue
        own = address_spans(claim, address)[0]
        if by_member(claim):
            message = f"the address `{address}` is kept as a next hop by `policy/routing.yaml`"
            yield Hit(message, own, "take another address: `ztix new` proposes a free one", (place,))
        else:
            advice = "write an address that is free, or the member's own"
            yield Hit(f"`{address}` is held by `{claim.owner}`", place, advice, (own,))


def _holders(facts: Facts, address: Address) -> Iterator[Claim]:
    """Who holds the address, on whichever fabric."""
    for fabric in facts.fabrics:
        yield from facts.holders.get((fabric, address.version, int(address)), ())


def _may_hold(claim: Claim, owner: str) -> bool:
    """Whether this next hop is for the holder. owner: whose routes it is for; empty for blackholes."""
    sink = not owner and claim.document.path == policy_path("infrastructure")
    return sink or claim.owner == owner


@rule(
    "ZT554",
    "authorised next hops are a list, and a list is for them",
    Severity.WARNING,
    what="A member under `members` has `next_hops` exactly where its next hops are `authorised`.",
    why="`authorised` without a list is the same as `strict`, and a list without it has no effect.",
    wrong="members: [{asn: 64500, next_hops: [192.0.2.99]}]",
    right="members: [{asn: 64500, next_hop: authorised, next_hops: [192.0.2.99]}]",
    remedy="Write both, or neither.",
)
def unauthorised(facts: Facts) -> Iterator[Hit]:
    """Lists that do not count, and members that need one."""
    routing = facts.exchange.policy.routing
    for index, different in enumerate(routing.members):
        mode = different.next_hop or routing.next_hop
        if different.next_hops and mode != "authorised":
            place = facts.policy_span("routing", ("members", index, "next_hops"))
            yield Hit(
                f"`next_hops` has no effect: next hops of `{different.asn}` are `{mode}`",
                place,
                "write `next_hop: authorised` beside it, or delete it",
            )
        elif different.next_hop == "authorised" and not different.next_hops:
            place = facts.policy_span("routing", ("members", index, "next_hop"))
            yield Hit(
                f"no next hop is authorised for `{different.asn}` besides its session's own",
                place,
                "list them under `next_hops`, or write `strict`",
            )


@rule(
    "ZT555",
    "leave to blackhole has an effect",
    Severity.WARNING,
    what="`blackhole: true` stands where `blackhole.members` is `listed`, and `blackhole: false` where it "
    "is `all`.",
    why="Elsewhere it changes nothing, and whoever wrote it expected something else.",
    wrong="blackhole: {members: none}\nmembers: [{asn: 64500, blackhole: true}]",
    right="blackhole: {members: listed}\nmembers: [{asn: 64500, blackhole: true}]",
    remedy="Set `blackhole.members`, or delete the key.",
)
def no_leave(facts: Facts) -> Iterator[Hit]:
    """Keys that say what holds anyway, or what cannot be."""
    routing = facts.exchange.policy.routing
    who = routing.blackhole.members
    meant = {"listed": True, "all": False}.get(who)
    for index, different in enumerate(routing.members):
        if different.blackhole is not None and different.blackhole is not meant:
            text = "true" if different.blackhole else "false"
            yield Hit(
                f"`blackhole: {text}` has no effect: `blackhole.members` is `{who}`",
                facts.policy_span("routing", ("members", index, "blackhole")),
                "write `blackhole.members: listed` or `all`, or delete it here",
            )


@rule(
    "ZT556",
    "blackholing fits its family",
    Severity.ERROR,
    what="Under `blackhole`, `ipv4` has no length above 32 and an IPv4 next hop, and `ipv6` an IPv6 one. On "
    "a LAN without IPv4, `ipv4` has an IPv6 next hop as well (RFC 8950).",
    why="There is no such prefix, and a next hop of the other family cannot be announced.",
    wrong='blackhole: {ipv4: {lengths: {min: 32, max: 128}, next_hop: "2001:db8:64:96::666"}}',
    right="blackhole: {ipv4: {lengths: {min: 32, max: 32}, next_hop: 192.0.2.66}}",
    remedy="Write lengths from 0 to 32 for IPv4, and next hops of the family.",
)
def blackhole_bounds(facts: Facts) -> Iterator[Hit]:
    """Blackhole lengths above 32 for IPv4, and next hops of the other family."""
    blackhole = facts.exchange.policy.routing.blackhole
    if blackhole.ipv4.lengths.max > 32:
        place = facts.policy_span("routing", ("blackhole", "ipv4", "lengths", "max"))
        told = f"an IPv4 prefix has no length of {blackhole.ipv4.lengths.max}"
        yield Hit(told, place, "write a length from 0 to 32")
    spoken = {prefix.version for fabric in facts.fabrics.values() for prefix in fabric.prefixes}
    for version, key, family in ((4, "ipv4", blackhole.ipv4), (6, "ipv6", blackhole.ipv6)):
        if family.next_hop is not None and family.next_hop.version != version and version in spoken:
            place = facts.policy_span("routing", ("blackhole", key, "next_hop"))
            yield Hit(f"`{family.next_hop}` is no IPv{version} address", place, "write one of the family")
