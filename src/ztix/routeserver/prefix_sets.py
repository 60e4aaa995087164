"""What a member may announce: which AS-SETs speak for it, and what they expand to.

Law: pure, and closed where it does not know. An AS-SET without an expansion adds nothing to a prefix set, so
that a gap in the evidence costs routes and never lets one in; a Notice says whose.
"""

from __future__ import annotations

from dataclasses import dataclass

from ztix.evidence import Evidence, Found, PrefixSet, Unknown, source_first
from ztix.member import Member
from ztix.routeserver.words import AsnSet
from ztix.terms import Asn, AsSet, Family

AS_SETS_MAX = 8  # AS-SETs of one member and family that are followed, as in a member's own file


@dataclass(frozen=True, slots=True, order=True)
class Notice:
    """Something that a reader of a plan should know about a route server's configuration.

    asn: the member whose routes it is about, 0 where it is about all.  message: what, one line, values in
    backticks.  help: what to do.
    """

    asn: int
    message: str
    help: str


@dataclass(frozen=True, slots=True)
class Announceable:
    """What one member may announce in one family."""

    origins: AsnSet
    prefixes: PrefixSet
    notices: tuple[Notice, ...] = ()


def parse_irr_as_set(text: str) -> tuple[AsSet, ...]:
    """The AS-SETs that a PeeringDB `irr_as_set` names; what is of another form is left out.

    RS- objects are left out too: they name routes, not networks.
    """
    found: dict[AsSet, None] = {}
    for word in source_first(text).split():
        try:
            found[AsSet(word)] = None
        except ValueError:
            continue
    return tuple(found)[:AS_SETS_MAX]


def as_sets(member: Member, family: Family, evidence: Evidence) -> tuple[AsSet, ...]:
    """The AS-SETs that speak for a member: its own, else PeeringDB's, else its AS number."""
    own = member.as_set.ipv4 if family == 4 else member.as_set.ipv6
    if own:
        return own
    record = evidence.record(member.asn)
    listed = parse_irr_as_set(record.irr_as_set) if record else ()
    return listed or (AsSet(str(member.asn)),)


def announceable(member: Member, family: Family, evidence: Evidence) -> Announceable:
    """What the member may announce: the union of its AS-SETs' expansions."""
    names = as_sets(member, family, evidence)
    expansions = [evidence.expansions[name] for name in names if name in evidence.expansions]
    notices = tuple(_notices(member, family, names, evidence))
    if len(expansions) == 1:  # nearly always; the evidence has them in order already
        return Announceable(AsnSet(expansions[0].asns), expansions[0].prefixes(family), notices)
    asns = sorted({asn for expansion in expansions for asn in expansion.asns})
    texts = tuple(text for expansion in expansions for text in expansion.prefixes(family).texts)
    return Announceable(AsnSet(tuple(asns)), PrefixSet(family, texts), notices)


def _notices(member: Member, family: Family, names: tuple[AsSet, ...], evidence: Evidence) -> list[Notice]:
    asn, notices = Asn(member.asn), []
    own = member.as_set.ipv4 if family == 4 else member.as_set.ipv6
    lookup = evidence.network(asn)
    if not own and isinstance(lookup, Unknown):
        notices.append(
            Notice(
                asn,
                f"PeeringDB's AS-SET of {asn} is unknown, so IPv{family} goes by `{asn}` alone",
                f"refresh the evidence, or write `as_set.ipv{family}` in its file",
            )
        )
    if (
        not own
        and isinstance(lookup, Found)
        and lookup.record.irr_as_set
        and not parse_irr_as_set(lookup.record.irr_as_set)
    ):
        notices.append(
            Notice(
                asn,
                f"PeeringDB's AS-SET of {asn} is in no known form, so IPv{family} goes by `{asn}` alone",
                f"write `as_set.ipv{family}` in its file",
            )
        )
    for name in names:
        if name not in evidence.expansions:
            notices.append(
                Notice(
                    asn,
                    f"`{name}` of {asn} has no expansion, so nothing that only it covers is accepted over "
                    f"IPv{family}",
                    "refresh the evidence, and check that the AS-SET exists",
                )
            )
    return notices
