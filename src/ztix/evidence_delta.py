"""What is believed of an answer about an AS-SET, a network or VRPs, given what was held before.

Law: pure, and closed. An answer that is missing, implausible or empty changes nothing: what was held stays,
with its old time, and a finding tells why. Only a change that nobody doubts, or that a person has named,
takes the place of what was held. Each subject is judged alone, so that one never harms another.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Generic, TypeAlias, TypeVar

from ztix.diagnostics import Diagnostic, Severity, Span
from ztix.evidence import Absent, Expansion, Found, NetworkLookup, Unknown, Vrp
from ztix.evidence_files import EXPANSIONS_PATH, NETWORKS_PATH, VRPS_PATH
from ztix.irr_policy import IrrPolicy
from ztix.rov_policy import VrpList
from ztix.terms import Asn, AsSet

SMALL = 10  # entries; a list that was shorter may lose all but one of them, as small lists do
LARGE = 100  # entries; a list that grows to no more than this is not asked about

T = TypeVar("T")
Sizes: TypeAlias = tuple[int, ...]


class Outcome(Enum):
    """What became of one subject."""

    NEW = "new"
    UNCHANGED = "unchanged"
    CHANGED = "changed"
    KEPT = "kept"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why an answer is not taken. acceptable: whether a person may take it all the same."""

    rule: str
    reason: str
    help: str
    acceptable: bool = False


@dataclass(frozen=True, slots=True)
class Judged(Generic[T]):
    """One subject after a refresh.

    value: what is held from now on, if anything.  before, after: sizes of what was held and of what came;
    None where there was nothing.
    """

    subject: str
    outcome: Outcome
    value: T | None
    before: Sizes | None
    after: Sizes | None
    fetched_at: datetime | None = None
    doubt: Doubt | None = None

    def finding(self, path: str) -> Diagnostic | None:
        """The finding about it, if its answer was not taken."""
        if self.doubt is None:
            return None
        kept = "the last good one stays" if self.outcome is Outcome.KEPT else "nothing is known of it"
        message = f"`{self.subject}`: {self.doubt.reason}; {kept}"
        return Diagnostic(self.doubt.rule, Severity.WARNING, message, Span(path), self.doubt.help)


def judge_expansion(
    name: AsSet,
    held: Expansion | None,
    answer: Expansion | Unknown,
    policy: IrrPolicy,
    *,
    accepted: bool = False,
) -> Judged[Expansion]:
    """What is held of an AS-SET after this answer. accepted: a person takes the answer, if there is one."""
    before = None if held is None else _sizes(held)
    if isinstance(answer, Unknown):
        advice = (
            "the server does not have each of `irr.sources` in policy/routing.yaml: name those that it has"
            if "Invalid source" in answer.reason
            else "nothing, if it was an outage: the next refresh asks again"
        )
        doubt = Doubt("ZT610", f"the IRR gave no answer ({answer.reason})", advice)
        return _doubted(str(name), held, before, None, doubt)
    after = _sizes(answer)
    doubted = _expansion_doubt(name, held, answer, policy)
    if doubted is not None and not (accepted and doubted.acceptable):
        return _doubted(str(name), held, before, after, doubted)
    same = held is not None and (held.asns, held.ipv4, held.ipv6) == (answer.asns, answer.ipv4, answer.ipv6)
    return _taken(str(name), held, answer, before, after, same=same)


def _sizes(expansion: Expansion) -> Sizes:
    return len(expansion.asns), len(expansion.ipv4), len(expansion.ipv6)


_KINDS = ("AS numbers", "IPv4 prefixes", "IPv6 prefixes")


def _expansion_doubt(
    name: AsSet, held: Expansion | None, answer: Expansion, policy: IrrPolicy
) -> Doubt | None:
    if not answer.asns:
        return Doubt(
            "ZT611", "the IRR knows no such set, or none of its AS numbers", "check how it is written"
        )
    accept = f"if that is right: `ztix evidence refresh --accept {name}`"
    for kind, before, after in zip(_KINDS, _lists(held), _lists(answer), strict=True) if held else ():
        had, has = len(before), len(after)
        lost = _loss(kind, before, after, policy.shrink_max)
        if lost is not None:
            return Doubt("ZT612", lost, accept, acceptable=True)
        if has > max(LARGE, had * policy.growth_max):
            return Doubt("ZT613", f"it grew from {had} to {has} {kind}", accept, acceptable=True)
    return None


def _lists(expansion: Expansion) -> tuple[Sequence[object], ...]:
    return expansion.asns, expansion.ipv4.texts, expansion.ipv6.texts


def _loss(kind: str, before: Sequence[object], after: Sequence[object], share: float) -> str | None:
    """What a list has lost, in words, where that is more than this share of it, or all.

    What is gone counts, not how much shorter the list is: another network's list may be as long.
    """
    had, has = len(before), len(after)
    if had < SMALL and has > 0:
        return None
    gone = had - len(set(before).intersection(after))
    if gone <= had * share and (has or not had):
        return None
    return f"it shrank from {had} to {has} {kind}" if has < had else f"it lost {gone} of {had} {kind}"


def judge_network(
    asn: Asn, held: NetworkLookup | None, answer: NetworkLookup, *, accepted: bool = False
) -> Judged[NetworkLookup]:
    """What is held of a network after this answer."""
    held = None if isinstance(held, Unknown) else held
    if isinstance(answer, Unknown):
        doubt = Doubt("ZT614", f"PeeringDB gave no answer ({answer.reason})", "the next refresh asks again")
        return _doubted(str(asn), held, None, None, doubt)
    if isinstance(held, Found) and isinstance(answer, Absent) and not accepted:
        advice = f"ask the member; if that is right: `ztix evidence refresh --accept {asn}`"
        doubt = Doubt("ZT615", "PeeringDB had a record and has none any more", advice, acceptable=True)
        return _doubted(str(asn), held, None, None, doubt)
    same = isinstance(held, Absent) and isinstance(answer, Absent)
    same = same or (isinstance(held, Found) and isinstance(answer, Found) and held.record == answer.record)
    return _taken(str(asn), held, answer, None, None, same=same)


@dataclass(frozen=True, slots=True)
class VrpAnswer:
    """All VRPs that a validator has."""

    vrps: Sequence[Vrp]
    source: str
    fetched_at: datetime


VRPS = "vrps"
"""The name under which a person accepts a list of VRPs."""


def judge_vrps(
    held: Sequence[Vrp] | None, answer: VrpAnswer | Unknown, policy: VrpList, *, accepted: bool = False
) -> Judged[VrpAnswer]:
    """What becomes of a list of VRPs. value: the answer where it is taken, else None: the file stays."""
    before = None if held is None else (len(held),)
    if isinstance(answer, Unknown):
        doubt = Doubt("ZT616", f"the validator gave no list ({answer.reason})", "the next refresh asks again")
        return Judged(VRPS, _left(held), None, before, None, None, doubt)
    has = len(answer.vrps)
    lost = _loss("VRPs", _numbers(held or ()), _numbers(answer.vrps), policy.shrink_max)
    if (lost is not None or not has) and not accepted:
        advice = f"if that is right: `ztix evidence refresh --accept {VRPS}`"
        doubt = Doubt("ZT617", lost or "the list has no VRP", advice, acceptable=True)
        return Judged(VRPS, _left(held), None, before, (has,), None, doubt)
    same = held is not None and tuple(held) == tuple(answer.vrps)
    return _taken(VRPS, held, answer, before, (has,), same=same)


def _numbers(vrps: Sequence[Vrp]) -> list[tuple[int, ...]]:
    """VRPs as numbers: there may be half a million, and prefixes compare and hash twenty times as slowly."""
    return [
        (vrp.asn, vrp.prefix.version, int(vrp.prefix.network_address), vrp.prefix.prefixlen, vrp.max_length)
        for vrp in vrps
    ]


def _left(held: object) -> Outcome:
    return Outcome.UNKNOWN if held is None else Outcome.KEPT


def _doubted(
    subject: str, held: T | None, before: Sizes | None, after: Sizes | None, doubt: Doubt
) -> Judged[T]:
    return Judged(subject, _left(held), held, before, after, _moment(held), doubt)


def _taken(
    subject: str, held: object, value: T, before: Sizes | None, after: Sizes | None, *, same: bool
) -> Judged[T]:
    outcome = Outcome.NEW if held is None else Outcome.UNCHANGED if same else Outcome.CHANGED
    return Judged(subject, outcome, value, before, after, _moment(value))


def _moment(value: object) -> datetime | None:
    return value.fetched_at if isinstance(value, Expansion | Found | Absent | VrpAnswer) else None


@dataclass(frozen=True, slots=True)
class Refresh:
    """All that one refresh learnt. vrps: None where nobody was asked for them."""

    networks: tuple[Judged[NetworkLookup], ...] = ()
    expansions: tuple[Judged[Expansion], ...] = ()
    vrps: Judged[VrpAnswer] | None = None

    @property
    def findings(self) -> tuple[Diagnostic, ...]:
        """A finding for each answer that was not taken, by file and subject."""
        found = [
            *_findings(self.networks, NETWORKS_PATH),
            *_findings(self.expansions, EXPANSIONS_PATH),
            *_findings((self.vrps,) if self.vrps else (), VRPS_PATH),
        ]
        return tuple(sorted(found, key=lambda finding: finding.sort_key))

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """What became of each subject."""
        found = [item.outcome for item in self.networks] + [item.outcome for item in self.expansions]
        return (*found, self.vrps.outcome) if self.vrps else tuple(found)


def _findings(items: Iterable[Judged[T]], path: str) -> Iterable[Diagnostic]:
    return filter(None, (item.finding(path) for item in items))
