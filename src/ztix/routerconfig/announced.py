"""What a member announces and what is its own, as far as the evidence tells.

Law: pure. Where the evidence does not tell, there is a place to fill in; nothing is guessed. What nobody
knows is not announced, and a set that is known to be empty is no place.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ztix.evidence import Evidence, Expansion, PrefixSet
from ztix.member import Member
from ztix.routerconfig.patterns import announceable_patterns, or_longer_patterns
from ztix.routerconfig.view import PrefixesView
from ztix.routerconfig.words import DOWNSTREAM_ASNS, Place
from ztix.routeserver import FamilyView, as_sets
from ztix.terms import Asn, AsSet, Family

LIST_MAX = 300  # elements of a list that are printed; longer ones are made by other means, such as bgpq4


@dataclass(frozen=True, slots=True)
class Known:
    """The expansions of a member's AS-SETs in one family. complete: whether all of them are there."""

    as_sets: tuple[AsSet, ...]
    expansions: tuple[Expansion, ...]
    complete: bool

    @classmethod
    def of(cls, member: Member, family: Family, evidence: Evidence) -> Known:
        """What the evidence has."""
        names = as_sets(member, family, evidence)
        found = tuple(evidence.expansions[name] for name in names if name in evidence.expansions)
        return cls(names, found, len(found) == len(names))

    def origins(self) -> set[Asn]:
        """The AS numbers that the AS-SETs hold."""
        return {asn for expansion in self.expansions for asn in expansion.asns}

    def prefixes(self, family: Family) -> PrefixSet:
        """The prefixes that they hold."""
        parts = (expansion.prefixes(family).texts for expansion in self.expansions)
        return PrefixSet(family, tuple(text for texts in parts for text in texts))


def announced(known: Known, family: FamilyView) -> PrefixesView:
    """What the member may announce: what its AS-SETs cover."""
    found = known.prefixes(family.family)
    place = (Place(f"FILL_IN_ANNOUNCED_IPV{family.family}_PREFIXES"),)
    if len(found) > LIST_MAX:
        return PrefixesView(places=place)
    return PrefixesView(announceable_patterns(found, family), () if known.complete else place)


def own(member: Member, known: Known, family: Family, evidence: Evidence) -> PrefixesView:
    """What is the member's own: all of its AS-SETs without downstreams, else what its AS number covers."""
    alone = evidence.expansions.get(AsSet(str(member.asn)))
    if known.complete and known.origins() <= {member.asn}:
        found = known.prefixes(family)
    elif alone is not None:
        found = alone.prefixes(family)
    elif known.complete and not len(known.prefixes(family)):
        found = PrefixSet(family)
    else:
        return PrefixesView(places=_own_place(family))
    return (
        PrefixesView(places=_own_place(family))
        if len(found) > LIST_MAX
        else PrefixesView(or_longer_patterns(found))
    )


def downstreams(member: Member, known: Iterable[Known]) -> tuple[tuple[Asn, ...], tuple[Place, ...]]:
    """The AS numbers that a path to announce may begin with, besides paths that begin here."""
    origins = {asn for one in known for asn in one.origins()} - {member.asn}
    return ((), (DOWNSTREAM_ASNS,)) if len(origins) > LIST_MAX else (tuple(sorted(origins)), ())


def _own_place(family: Family) -> tuple[Place, ...]:
    return (Place(f"FILL_IN_OWN_IPV{family}_PREFIXES"),)
