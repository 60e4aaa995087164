"""ZT4xx: what a member says about its routes: AS-SETs and limits.

Law: pure. What a set expands to comes in as Evidence; a set that nobody expanded is not judged.
"""

from __future__ import annotations

from collections.abc import Iterator

from ztix.diagnostics import Severity
from ztix.document import Path
from ztix.exchange import MemberFile
from ztix.rules.facts import Facts
from ztix.rules.peeringdb import FAMILIES
from ztix.rules.registry import Hit, rule
from ztix.terms import AsSet, Family


def _sets(facts: Facts) -> Iterator[tuple[MemberFile, Family, AsSet, Path]]:
    """Every AS-SET that a member writes, with the place of it."""
    for file in facts.exchange.members:
        for family, key in FAMILIES:
            sets: tuple[AsSet, ...] = getattr(file.member.as_set, key) or ()
            for index, as_set in enumerate(sets):
                yield file, family, as_set, ("as_set", key, index)


@rule(
    "ZT401",
    "an AS-SET names its registry",
    Severity.WARNING,
    what="An AS-SET is written with the IRR that holds it, as `RIPE::AS-EXAMPLE`.",
    why="Anybody can make a set of the same name in another IRR, and the wrong one may be the first that "
    "answers.",
    wrong='as_set: {ipv4: "AS-EXAMPLE"}',
    right='as_set: {ipv4: "RIPE::AS-EXAMPLE"}',
    remedy="Put the source and `::` before the name.",
)
def without_source(facts: Facts) -> Iterator[Hit]:
    """AS-SETs whose registry is not named."""
    for file, _, as_set, path in _sets(facts):
        if as_set.source is None and "AS-" in as_set:
            yield Hit(
                f"the AS-SET `{as_set}` does not name its registry",
                file.document.span(path),
                f"pin it with the registry that holds it: `SOURCE::{as_set}`",
            )


@rule(
    "ZT402",
    "an AS-SET is not another member's",
    Severity.WARNING,
    what="`as_set` is neither another member's AS number nor a set below it (`AS64501:AS-ALL`).",
    why="The session would accept exactly the other member's prefixes. It may be right for a member's "
    "upstream, but most often a number is mistyped.",
    wrong="# AS64500.yaml, while AS64501 is a member too\nas_set: {ipv4: AS64501}",
    right="as_set: {ipv4: AS64500}",
    remedy="Write your own set or number. An upstream of a member puts both into a set of its own.",
)
def of_another(facts: Facts) -> Iterator[Hit]:
    """AS-SETs that belong to another member."""
    for file, _, as_set, path in _sets(facts):
        head = as_set.name.partition(":")[0]
        if head[2:].isdigit() and head != str(file.member.asn) and int(head[2:]) in facts.members:
            other = facts.members[int(head[2:])]
            yield Hit(
                f"the AS-SET `{as_set}` belongs to another member, {head}",
                file.document.span(path),
                "write your own set, or your own AS number",
                (other.document.span(("asn",)),),
            )


@rule(
    "ZT403",
    "an AS-SET stands once for a family",
    Severity.WARNING,
    what="The list for a family does not name a set twice.",
    why="It is a slip: another set was meant, or the list is not kept.",
    wrong='as_set: {ipv4: ["RIPE::AS-EXAMPLE", "RIPE::AS-EXAMPLE"]}',
    right='as_set: {ipv4: "RIPE::AS-EXAMPLE"}',
    remedy="Delete the second one.",
)
def repeated(facts: Facts) -> Iterator[Hit]:
    """AS-SETs that a family's list has twice."""
    for file in facts.exchange.members:
        for _, key in FAMILIES:
            sets: tuple[AsSet, ...] = getattr(file.member.as_set, key) or ()
            for index, as_set in enumerate(sets):
                if as_set in sets[:index]:
                    place = file.document.span(("as_set", key, index))
                    yield Hit(f"`{as_set}` stands here a second time", place, "delete one of the two")


@rule(
    "ZT404",
    "routing is described for families that a member speaks",
    Severity.NOTE,
    what="Tells where `as_set` or `max_prefixes` is given for a family in which no node has an address, nor "
    "`extended_next_hop` for IPv4.",
    why="It has no effect; perhaps an address was forgotten.",
    wrong="nodes: [{addresses: [192.0.2.10], ...}]\nmax_prefixes: {ipv6: 50}",
    right='nodes: [{addresses: [192.0.2.10, "2001:db8:64:96::10"], ...}]\nmax_prefixes: {ipv6: 50}',
    remedy="Add an address of that family, or delete the value.",
)
def family_unused(facts: Facts) -> Iterator[Hit]:
    """Values for a family that the member has no address in."""
    for file in facts.exchange.members:
        spoken = {address.version for node in file.member.nodes for address in node.addresses}
        if any(node.bgp.extended_next_hop for node in file.member.nodes):
            spoken.add(4)  # over its session for IPv6 (RFC 8950)
        if not spoken or len(spoken) == len(FAMILIES):
            continue
        for family, key in FAMILIES:
            for name in ("as_set", "max_prefixes") if family not in spoken else ():
                if getattr(getattr(file.member, name), key) is not None:
                    yield Hit(
                        f"`{name}.{key}` has no effect: no node has an IPv{family} address",
                        file.document.key_span((name, key)),
                        "add such an address, or delete it",
                    )


@rule(
    "ZT405",
    "an AS-SET holds prefixes",
    Severity.WARNING,
    what="The AS-SET for a family expands to at least one prefix of it.",
    why="With `prefix_sets: enforce` the route servers accept nothing else: the session is useless.",
    wrong='as_set: {ipv6: "RIPE::AS-EXAMPLE"}      # no route6 objects',
    right='as_set: {ipv6: "RIPE::AS-EXAMPLE-V6"}',
    remedy="Make route objects, or name the set that has them.",
)
def empty(facts: Facts) -> Iterator[Hit]:
    """AS-SETs without any prefix of their family."""
    for file, family, as_set, path in _sets(facts) if facts.evidence else ():
        expansion = facts.evidence.expansions.get(as_set) if facts.evidence else None
        if expansion is not None and not expansion.prefixes(family):
            yield Hit(
                f"the AS-SET `{as_set}` holds no IPv{family} prefix",
                file.document.span(path),
                f"make route objects for IPv{family}, or name the set that has them",
            )


@rule(
    "ZT406",
    "an AS-SET holds its member",
    Severity.WARNING,
    what="The AS-SETs of a family together expand to origins among which is the member's own AS number.",
    why="The member's own prefixes would be refused; most often another network's set was copied.",
    wrong='as_set: {ipv4: "RIPE::AS-OTHER"}      # AS64500 is not in it',
    right='as_set: {ipv4: "RIPE::AS-EXAMPLE"}',
    remedy="Add your AS number to the set, or name the right set.",
)
def without_member(facts: Facts) -> Iterator[Hit]:
    """Families whose AS-SETs do not hold the member itself."""
    for file in facts.exchange.members if facts.evidence else ():
        for _, key in FAMILIES:
            sets: tuple[AsSet, ...] = getattr(file.member.as_set, key) or ()
            known = [facts.evidence.expansions.get(as_set) for as_set in sets] if facts.evidence else []
            if sets and all(known) and not any(file.member.asn in found.asns for found in known if found):
                yield Hit(
                    f"`{file.member.asn}` is not in its own AS-SET `{sets[0]}`",
                    file.document.span(("as_set", key)),
                    "add the number to the set, or name the right set",
                )


@rule(
    "ZT407",
    "what an AS-SET expands to is known",
    Severity.WARNING,
    what="Where `prefix_sets` is not `off`, evidence/irr.json holds an expansion of each AS-SET that a "
    "member writes. Where the file is missing or holds none at all, that is told once.",
    why="Route servers accept what is known to be a member's and nothing else: its routes would be refused.",
    wrong='"expansions": []',
    right='"expansions": [{"as_set": "RIPE::AS-EXAMPLE", "ipv4": ["192.0.2.0/24"], ...}]',
    remedy="Refresh the evidence, check that the AS-SET exists, or set `prefix_sets: off` for a laboratory.",
)
def unexpanded(facts: Facts) -> Iterator[Hit]:
    """AS-SETs that go into filters and of which nothing is known."""
    evidence, routing = facts.evidence, facts.exchange.policy.routing
    if evidence is None:
        return
    filtered = {
        file.member.asn
        for file in facts.exchange.members
        if file.member.status == "active"
        and (routing.member(file.member.asn).prefix_sets or routing.prefix_sets) != "off"
    }
    if not evidence.expansions:
        count = sum(
            file.member.asn in filtered and bool(file.member.nodes) for file in facts.exchange.members
        )
        if count:
            yield Hit(
                f"no AS-SET's expansion is known: nothing is accepted from {count} member{'s'[: count > 1]}",
                facts.policy_span("routing", ("prefix_sets",)),
                "put evidence/irr.json there, or set `prefix_sets: off` while this is a laboratory",
            )
        return
    for file, family, as_set, path in _sets(facts):
        if as_set not in evidence.expansions and file.member.asn in filtered:
            yield Hit(
                f"the AS-SET `{as_set}` has no expansion: nothing that only it covers is accepted over "
                f"IPv{family}",
                file.document.span(path),
                "refresh evidence/irr.json, and check that the AS-SET exists",
            )
