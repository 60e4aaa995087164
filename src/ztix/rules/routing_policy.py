"""ZT52x: policy/routing.yaml and policy/admission.yaml. Bounds that fit, exceptions that are needed.

Law: pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network
from itertools import islice

from ztix.diagnostics import Severity
from ztix.evidence import PrefixSet
from ztix.reserved import BOGON_PREFIXES, RESERVED_ASNS, overlap, within
from ztix.routing_policy import RoutingPolicy
from ztix.rules.facts import Facts
from ztix.rules.peeringdb import FAMILIES
from ztix.rules.registry import Hit, rule
from ztix.terms import AsnRange, Family


@rule(
    "ZT521",
    "bounds of prefix lengths fit IPv4",
    Severity.ERROR,
    what="`prefix_length.ipv4` has no length above 32.",
    why="There is no such prefix; most often the two families are swapped.",
    wrong="prefix_length: {ipv4: {min: 16, max: 48}}",
    right="prefix_length: {ipv4: {min: 8, max: 24}}",
    remedy="Write lengths from 0 to 32.",
)
def bounds(facts: Facts) -> Iterator[Hit]:
    """IPv4 bounds above 32."""
    lengths = facts.exchange.policy.routing.prefix_length.ipv4
    for key, length in (("min", lengths.min), ("max", lengths.max)):
        if length > 32:
            place = facts.policy_span("routing", ("prefix_length", "ipv4", key))
            yield Hit(f"an IPv4 prefix has no length of {length}", place, "write a length from 0 to 32")


@rule(
    "ZT522",
    "an exception for a bogon prefix is no larger than needed",
    Severity.WARNING,
    what="Each prefix in `bogon_prefixes_allowed` lies inside one range that is refused otherwise.",
    why="A wider exception opens ranges that nobody looked at; one elsewhere does nothing.",
    wrong="bogon_prefixes_allowed: [192.0.0.0/8]",
    right="bogon_prefixes_allowed: [192.0.2.0/24]",
    remedy="Write exactly the prefixes that are used.",
)
def bogon_prefixes(facts: Facts) -> Iterator[Hit]:
    """Exceptions that are wider than a bogon range, or lie elsewhere."""
    for index, prefix in enumerate(facts.exchange.policy.routing.bogon_prefixes_allowed):
        if any(within(prefix, bogon) for bogon in BOGON_PREFIXES):
            continue
        wider = any(overlap(prefix, bogon) for bogon in BOGON_PREFIXES)
        what = "is wider than what is refused" if wider else "has no effect: it is not refused anyway"
        place = facts.policy_span("routing", ("bogon_prefixes_allowed", index))
        advice = "write the prefixes that are used" if wider else "delete it"
        yield Hit(f"the exception `{prefix}` {what}", place, advice)


@rule(
    "ZT523",
    "an exception for AS numbers is no larger than needed",
    Severity.WARNING,
    what="Each range in `bogon_asns_allowed` and `reserved_asns_allowed` lies inside one reserved range.",
    why="A wider exception opens ranges that nobody looked at; one elsewhere does nothing.",
    wrong="bogon_asns_allowed: [64000-70000]",
    right="bogon_asns_allowed: [64496-64511]",
    remedy="Write exactly the numbers that are used.",
)
def reserved_asns(facts: Facts) -> Iterator[Hit]:
    """Exceptions that are wider than a reserved range, or lie elsewhere."""
    policy = facts.exchange.policy
    for name, key, ranges in (
        ("routing", "bogon_asns_allowed", policy.routing.bogon_asns_allowed),
        ("admission", "reserved_asns_allowed", policy.admission.reserved_asns_allowed),
    ):
        for index, part in enumerate(ranges):
            if any(known.first <= part.first and part.last <= known.last for known, _ in RESERVED_ASNS):
                continue
            wider = any(_meet(part, known) for known, _ in RESERVED_ASNS)
            what = "is wider than what is reserved" if wider else "has no effect: it is not reserved"
            place = facts.policy_span(name, (key, index))
            advice = "write the numbers that are used" if wider else "delete it"
            yield Hit(f"the exception `{part}` {what}", place, advice)


def _meet(one: AsnRange, other: AsnRange) -> bool:
    return one.first <= other.last and other.first <= one.last


@rule(
    "ZT524",
    "no AS number is allowed and denied",
    Severity.WARNING,
    what="`asns_allowed` and `asns_denied` of policy/admission.yaml have no number in common.",
    why="The denial counts, which a reader of the first list does not see.",
    wrong="asns_allowed: [64500-64511]\nasns_denied: [64510]",
    right="asns_allowed: [64500-64509, 64511]",
    remedy="Take the number out of one of the lists.",
)
def allowed_and_denied(facts: Facts) -> Iterator[Hit]:
    """Ranges of the list of denied numbers that meet the list of allowed ones."""
    admission = facts.exchange.policy.admission
    for index, part in enumerate(admission.asns_denied):
        for at, other in enumerate(admission.asns_allowed):
            if _meet(part, other):
                yield Hit(
                    f"`{part}` is denied here and allowed by `{other}`",
                    facts.policy_span("admission", ("asns_denied", index)),
                    "take it out of one of the two lists; the denial counts",
                    (facts.policy_span("admission", ("asns_allowed", at)),),
                )
                break


@rule(
    "ZT525",
    "route servers filter",
    Severity.NOTE,
    what="Tells where `prefix_sets: off`, `rov.invalid: accept`, `transit_free: []` or "
    "`max_prefixes.action: warn` turns a protection off, for all or for one of `members`.",
    why="Members rely on the exchange for it; whoever reads the policy should see it at once.",
    wrong="rov: {invalid: accept}",
    right="rov: {invalid: reject}",
    remedy="Turn it on again, if it was meant for a test.",
)
def unprotected(facts: Facts) -> Iterator[Hit]:
    """Protections that policy turns off."""
    routing = facts.exchange.policy.routing
    if routing.prefix_sets == "off":
        place = facts.policy_span("routing", ("prefix_sets",))
        yield Hit("route servers accept any prefix from a member", place, "`prefix_sets: enforce` ends it")
    if routing.rov.invalid == "accept":
        place = facts.policy_span("routing", ("rov", "invalid"))
        yield Hit("route servers accept invalid routes", place, "`invalid: reject` ends it")
    if not routing.transit_free:
        place = facts.policy_span("routing", ("transit_free",))
        yield Hit(
            "route servers accept leaks of large networks' routes",
            place,
            "delete the key: a list is built in",
        )
    if routing.max_prefixes.action == "warn":
        place = facts.policy_span("routing", ("max_prefixes", "action"))
        yield Hit("no number of prefixes ends a session", place, "`action: restart` ends it")
    for index, different in enumerate(routing.members):
        if different.prefix_sets == "off" != routing.prefix_sets:
            place = facts.policy_span("routing", ("members", index, "prefix_sets"))
            told = f"route servers accept any prefix from `{different.asn}`"
            yield Hit(told, place, "`prefix_sets: enforce` ends it")
        if different.max_prefixes.action == "warn" != routing.max_prefixes.action:
            place = facts.policy_span("routing", ("members", index, "max_prefixes", "action"))
            told = f"no number of prefixes ends a session of `{different.asn}`"
            yield Hit(told, place, "`action: restart` ends it")


ALL_IPV6 = ip_network("2000::/3")  # all that is given out: RFC 4291 section 2.4
LOOKED_AT_MAX = 1000  # prefixes of evidence that are tried before a policy is found to refuse all


@rule(
    "ZT526",
    "policy leaves something to accept",
    Severity.ERROR,
    what="Something that may be announced passes the bounds of lengths and `prefixes_denied`: on the "
    "Internet at large, and of what members' AS-SETs expand to in a family, as far as the first "
    f"{LOOKED_AT_MAX} prefixes tell.",
    why="Every session would stay up and carry nothing, and a rollout would take all routes away.",
    wrong='prefixes_denied: ["::/0", 0.0.0.0/0]',
    right='prefixes_denied: ["2001:db8:dead::/48", 192.0.2.0/28]',
    remedy="Widen the bounds, or deny what is meant and no more.",
)
def refuses_all(facts: Facts) -> Iterator[Hit]:
    """Values by which a family has nothing left."""
    routing = facts.exchange.policy.routing
    for index, prefix in enumerate(routing.prefixes_denied):
        if prefix.prefixlen == 0 or within(ALL_IPV6, prefix):
            place = facts.policy_span("routing", ("prefixes_denied", index))
            yield Hit(
                f"`{prefix}` denies every route of its family", place, "write the prefixes that are meant"
            )
    for key, shortest in (("ipv4", 8), ("ipv6", 16)):
        bounds = getattr(routing.prefix_length, key)
        if bounds.max < shortest:
            place = facts.policy_span("routing", ("prefix_length", key, "max"))
            advice = f"nobody announces anything shorter than /{shortest}: write more"
            yield Hit(f"lengths up to {bounds.max} leave nothing to accept", place, advice)
    for family, key in FAMILIES if facts.evidence and routing.prefix_sets != "off" else ():
        tried = list(islice(_known(facts, family), LOOKED_AT_MAX))
        if tried and not any(_passes(text, family, routing) for text in tried):
            place = facts.policy_span("routing", ("prefix_length", key))
            told = f"policy refuses all that members' AS-SETs hold over IPv{family}, such as `{tried[0]}`"
            yield Hit(told, place, "compare its lengths and `prefixes_denied` with what members have")


def _known(facts: Facts, family: Family) -> Iterator[str]:
    """What AS-SETs expand to in a family."""
    for expansion in facts.evidence.expansions.values() if facts.evidence else ():
        yield from expansion.prefixes(family).texts


def _passes(text: str, family: Family, routing: RoutingPolicy) -> bool:
    """Whether a route that the pattern covers may be accepted."""
    (pattern,) = PrefixSet(family, (text,)).patterns
    bounds = routing.prefix_length.ipv4 if family == 4 else routing.prefix_length.ipv6
    if max(pattern.shortest, bounds.min) > min(pattern.longest, bounds.max):
        return False
    return not any(within(pattern.prefix, denied) for denied in routing.prefixes_denied)
