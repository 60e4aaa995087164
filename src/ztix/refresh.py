"""`ztix evidence refresh`: asks others about members, and says what `evidence/` holds from now on.

Law: the sources are ports; what is believed of their answers is decided in `evidence_delta`. PeeringDB comes
first, because it names the AS-SETs that the IRR is asked about. What nobody is asked about stays as it is. An
AS-SET that no member names any more is dropped only where every member's file could be read: one that
could not may be the only one that names it, and its last good file still stands in for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from ztix.apply import Watch
from ztix.errors import Exit
from ztix.evidence import Evidence, Expansion, NetworkLookup, Unknown
from ztix.evidence_delta import (
    VRPS,
    Judged,
    Outcome,
    Refresh,
    VrpAnswer,
    judge_expansion,
    judge_network,
    judge_vrps,
)
from ztix.evidence_files import (
    EXPANSIONS_PATH,
    NETWORKS_PATH,
    VRPS_PATH,
    expansions_text,
    networks_text,
    vrps_text,
)
from ztix.exchange import Exchange, MemberFile
from ztix.routeserver import as_sets
from ztix.terms import Asn, AsSet, Family, among

FAMILIES: tuple[Family, ...] = (4, 6)
_OUTAGES = frozenset(("ZT610", "ZT614", "ZT616"))


@dataclass(frozen=True, slots=True)
class Sources:
    """Who is asked. vrps: None where policy names no place for a list."""

    networks: Callable[[Iterable[Asn]], Mapping[Asn, NetworkLookup]]
    expansions: Callable[[Iterable[AsSet]], Iterator[tuple[AsSet, Expansion | Unknown]]]
    vrps: Callable[[], VrpAnswer | Unknown] | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person wants. asns: these members only, all where empty.  accepted: names of AS-SETs, `AS64500`
    for a network, or `vrps`, whose change is taken although it is doubted.
    """

    asns: frozenset[Asn] = frozenset()
    accepted: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What was learnt, and the text of each file that follows from it."""

    refresh: Refresh
    texts: Mapping[str, str]

    @property
    def exit(self) -> Exit:
        """Done, partial where an answer was not taken, unavailable where there was no answer at all."""
        doubts = [finding.rule for finding in self.refresh.findings]
        if not doubts:
            return Exit.DONE
        silent = _OUTAGES.issuperset(doubts) and len(doubts) == len(self.refresh.outcomes)
        return Exit.UNAVAILABLE if silent else Exit.PARTIAL


def refresh(
    exchange: Exchange, held: Evidence, sources: Sources, asked: Asked, watch: Watch, *, complete: bool
) -> Refreshed:
    """Ask, judge, and write nothing. complete: whether every member's file could be read. Raises nothing."""
    members = [file for file in exchange.members if not asked.asns or file.member.asn in asked.asns]
    networks = tuple(_networks(exchange, members, held, sources, asked))
    known = {Asn(item.subject[2:]): item.value for item in networks if item.value is not None}
    now = replace(held, networks={**held.networks, **known})
    expansions = tuple(_expansions(exchange, members, now, sources, asked, watch))
    vrps = _vrps(exchange, held, sources, asked)
    found = Refresh(networks, expansions, vrps)
    return Refreshed(found, dict(_texts(found, now, whole=complete and not asked.asns)))


def _networks(
    exchange: Exchange, members: list[MemberFile], held: Evidence, sources: Sources, asked: Asked
) -> Iterator[Judged[NetworkLookup]]:
    admission = exchange.policy.admission
    if admission.peeringdb == "off":
        return
    asns = [
        file.member.asn for file in members if not among(file.member.asn, admission.reserved_asns_allowed)
    ]
    answers = sources.networks(asns) if asns else {}
    for asn, answer in sorted(answers.items()):
        accepted = str(asn) in asked.accepted
        yield judge_network(asn, held.networks.get(asn), answer, accepted=accepted)


def _expansions(
    exchange: Exchange,
    members: list[MemberFile],
    now: Evidence,
    sources: Sources,
    asked: Asked,
    watch: Watch,
) -> list[Judged[Expansion]]:
    policy, wanted = exchange.policy.routing.irr, _named(members, now)
    found: list[Judged[Expansion]] = []
    watch("AS-SETs", 0, len(wanted))
    for name, answer in sources.expansions(wanted) if wanted else ():
        accepted = str(name) in asked.accepted
        found.append(judge_expansion(name, now.expansions.get(name), answer, policy, accepted=accepted))
        watch("AS-SETs", len(found), len(wanted))
    return sorted(found, key=lambda item: item.subject)


def _named(members: list[MemberFile], now: Evidence) -> list[AsSet]:
    """The AS-SETs that speak for these members, ascending."""
    return sorted(
        {name for file in members for family in FAMILIES for name in as_sets(file.member, family, now)}
    )


def _vrps(exchange: Exchange, held: Evidence, sources: Sources, asked: Asked) -> Judged[VrpAnswer] | None:
    """What became of the list; None where nobody was asked, because only some members were."""
    if sources.vrps is None or asked.asns:
        return None
    policy = exchange.policy.routing.rov.list
    return judge_vrps(held.vrps, sources.vrps(), policy, accepted=VRPS in asked.accepted)


def _texts(found: Refresh, now: Evidence, *, whole: bool) -> Iterator[tuple[str, str]]:
    """The files' texts. now: what is held, with the networks that were learnt.  whole: the AS-SETs that were
    asked for are all there are."""
    if found.networks:
        yield NETWORKS_PATH, networks_text(now.networks)
    if found.expansions:
        learnt = {AsSet(item.subject): item.value for item in found.expansions}
        merged = learnt if whole else {**now.expansions, **learnt}
        yield EXPANSIONS_PATH, expansions_text(filter(None, merged.values()))
    vrps = found.vrps
    if vrps is not None and vrps.value is not None and vrps.outcome is not Outcome.KEPT:
        answer = vrps.value
        yield VRPS_PATH, vrps_text(answer.vrps, answer.source, answer.fetched_at)
