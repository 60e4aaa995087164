"""Whether the proofs that members once published still hold.

Law: pure. No answer changes nothing. A member whose every proof is gone is warned of and, after the days that
policy gives, to be suspended by a person who merges that; nothing is removed here, and no member without a
remembered proof is spoken of, for maintainers let it in by other means. A network that PeeringDB has given to
another organisation has to be proven anew: old tokens may be what the former holder left behind.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ztix.admission.inquiry import Ask, inquire
from ztix.admission.proof import Answer, PeeringDbNet, Proven, Question, Said, Undecided
from ztix.admission.remembered import Key, Remembered, read_remembered
from ztix.admission.search import Kept, by_asn, claims, claims_of, due
from ztix.amounts import few
from ztix.diagnostics import Diagnostic, Report, Severity, Span
from ztix.exchange import Exchange, MemberFile
from ztix.terms import Asn
from ztix.tree import Tree

_PLACES_MAX = 10  # members that one finding points at


@dataclass(frozen=True, slots=True)
class Rechecked:
    """What was found.

    proofs: all that is to be remembered from now on.  asked: members that were due and have somebody who
    could have published something.  holding, unknown: those of them with a proof that holds, and with none
    that was seen because of silence.
    """

    proofs: tuple[Remembered, ...]
    findings: Report
    asked: int
    holding: int
    unknown: int


def look_again(
    exchange: Exchange,
    kept: Kept,
    ask: Ask,
    now: datetime,
    *,
    accepted: frozenset[Asn] = frozenset(),
    complete: bool = True,
) -> Rechecked:
    """Ask about the members that are due, or whose organisation is accepted. Raises what `ask` raises."""
    wanted = accepted | {file.member.asn for file in due(exchange, kept, now)}
    # Who has something to lose goes first: a registry may stop answering before all have had their turn.
    known = {proof.asn for proof in kept.values()}
    found = [file for file in exchange.members if file.member.asn in wanted]
    files = tuple(sorted(found, key=lambda file: file.member.asn not in known))
    answers = inquire(claims(exchange, kept, files, now), ask)
    if exchange.policy.admission.peeringdb != "off":  # whose the network is counts for every way
        networks = [PeeringDbNet(file.member.asn) for file in files]
        answers.update(ask([network for network in networks if network not in answers]))
    return recheck(exchange, kept, files, answers, now, accepted=accepted, complete=complete)


def recheck(
    exchange: Exchange,
    kept: Kept,
    files: tuple[MemberFile, ...],
    answers: Mapping[Question, Answer],
    now: datetime,
    *,
    accepted: frozenset[Asn] = frozenset(),
    complete: bool = True,
) -> Rechecked:
    """What the answers make of it. files: the members that were asked about.  accepted: those whose new
    organisation a person has looked at.  complete: whether every member's file could be read; if so, what is
    remembered of others is of members who left. Raises nothing.
    """
    members = {file.member.asn for file in exchange.members}
    rest = members - {file.member.asn for file in files}
    proofs = [proof for proof in kept.values() if proof.asn in rest or not (complete or proof.asn in members)]
    rows = by_asn(kept.values())
    found = [
        _Member.of(exchange, file, rows[file.member.asn], answers, now, file.member.asn in accepted)
        for file in files
    ]
    silent: dict[str, list[MemberFile]] = defaultdict(list)
    for member in found:
        proofs.extend(member.proofs)
        if member.undecided and member.proofs and not member.proven:
            silent[member.undecided].append(member.file)
    findings = [*_unchecked(silent), *(finding for member in found for finding in member.findings())]
    findings.extend(overdue_finding(file, since) for file, since in overdue(exchange, proofs, now))
    return Rechecked(
        tuple(sorted(proofs, key=lambda proof: proof.key)),
        Report.of(findings),
        sum(member.asked for member in found),
        sum(bool(member.proven) for member in found),
        sum(bool(member.undecided) and not member.proven for member in found),
    )


def overdue(
    exchange: Exchange, proofs: Iterable[Remembered], now: datetime
) -> list[tuple[MemberFile, datetime]]:
    """The active members without a proof for as long as policy bears it, and since when. Asks nobody."""
    rows, days = by_asn(proofs), timedelta(days=exchange.policy.admission.suspend_after_days)
    found = ((file, _lost(rows[file.member.asn])) for file in exchange.members)
    return [
        (file, since)
        for file, since in found
        if since and file.member.status == "active" and now - since >= days
    ]


@dataclass(frozen=True, slots=True)
class _Member:
    """One member's proofs after the answers.

    asked: whether there was something to look for.  proven: how many hold, as was just seen.  undecided: what
    could not be checked.  moved: the organisation then and now, where PeeringDB names another one.
    """

    file: MemberFile
    asked: bool
    proofs: tuple[Remembered, ...]
    proven: int
    undecided: str
    moved: tuple[int, int] | None

    @classmethod
    def of(
        cls,
        exchange: Exchange,
        file: MemberFile,
        mine: list[Remembered],
        answers: Mapping[Question, Answer],
        now: datetime,
        accepted: bool,
    ) -> _Member:
        asn, undecided, asked = file.member.asn, "", False
        old = {proof.key: proof for proof in mine}
        org_id = _org_id(answers.get(PeeringDbNet(asn)))
        # A method that policy no longer accepts proves nothing any more.
        after: dict[Key, Remembered] = {key: _gone(proof, now) for key, proof in old.items()}
        for method, claimed in claims_of(exchange, file, mine, now):
            key, asked = (asn, method.name, claimed.account), True
            judgement = method.judge(claimed, answers)
            if isinstance(judgement, Proven):
                new = Remembered(asn, method.name, claimed.account, org_id, now, now)
                after[key] = _seen(old[key], org_id, now, accepted) if key in old else new
            elif isinstance(judgement, Undecided):
                undecided = undecided or judgement.words
                if key in old:
                    after[key] = old[key]
        proven = sum(proof.lost is None and proof.seen == now for proof in after.values())
        moves = [(proof.org_id, org_id) for proof in after.values() if proof.lost]
        moved = next(((then, new) for then, new in moves if then and new and then != new), None)
        # One that holds says all that is to be said; those that were lost before are history.
        left = tuple(proof for proof in after.values() if not (proven and proof.lost))
        return cls(file, asked, left, proven, undecided, moved)

    def findings(self) -> Iterator[Diagnostic]:
        since = _lost(self.proofs)
        if since is None:
            return
        asn, place = self.file.member.asn, self.file.document.span(("asn",))
        if self.moved:
            yield Diagnostic(
                "ZT643",
                Severity.WARNING,
                f"PeeringDB gives `{asn}` to the organisation `{self.moved[1]}`, and to "
                f"`{self.moved[0]}` when it was proven",
                place,
                f"ask the member for a new proof (`ztix prove {asn}`), or look yourself whose it is: "
                f"`ztix prove --all --accept {asn}` takes the old proof",
            )
            return
        yield lost_finding(self.file, self.proofs, since)


def remembered_losses(exchange: Exchange, tree: Tree, now: datetime) -> Report:
    """What the record in a tree says is lost, and what is damaged in it. Asks nobody. Raises nothing."""
    kept, damage = read_remembered(tree)
    rows = by_asn(kept.values())
    lost = ((file, rows[file.member.asn]) for file in exchange.members if file.member.asn in rows)
    findings = [lost_finding(file, mine, since) for file, mine in lost if (since := _lost(mine))]
    findings += [overdue_finding(file, since) for file, since in overdue(exchange, kept.values(), now)]
    return damage + Report.of(findings)


def lost_finding(file: MemberFile, proofs: Iterable[Remembered], since: datetime) -> Diagnostic:
    """That none of a member's proofs holds."""
    ways = ", ".join(f"`{proof.method}` of account `{proof.account}`" for proof in proofs)
    return Diagnostic(
        "ZT641",
        Severity.WARNING,
        f"no proof that `{file.member.asn}` is the member's holds since {since:%Y-%m-%d}: {ways}",
        file.document.span(("asn",)),
        f"ask the member to publish it again: `ztix prove {file.member.asn}` has the text",
    )


def overdue_finding(file: MemberFile, since: datetime) -> Diagnostic:
    """That a member is to be suspended."""
    return Diagnostic(
        "ZT642",
        Severity.WARNING,
        f"`{file.member.asn}` is without a proof since {since:%Y-%m-%d}, longer than policy bears",
        file.document.span(("asn",)),
        f"merge `status: suspended` in `{file.path}`; `ztix prove --propose` writes it",
    )


def _unchecked(silent: Mapping[str, list[MemberFile]]) -> Iterator[Diagnostic]:
    """One finding for each reason: an outage is one event, not ten thousand."""
    for words, files in silent.items():
        whose = few([f"`{file.member.asn}`" for file in files], 1)
        places: list[Span] = [file.document.span(("asn",)) for file in files[:_PLACES_MAX]]
        yield Diagnostic(
            "ZT640",
            Severity.NOTE,
            f"the proof of {whose}: {words}",
            places[0],
            "nothing changes until somebody answers; run it again",
            tuple(places[1:]),
        )


def _seen(old: Remembered, org_id: int | None, now: datetime, accepted: bool) -> Remembered:
    """A token that stands where it stood."""
    if accepted or org_id == old.org_id or old.org_id is None:
        return replace(old, org_id=org_id or old.org_id, seen=now, lost=None)
    if org_id is not None:
        return _gone(old, now)
    # Whose the network is cannot be seen now: what was lost stays lost, and what held holds.
    return old if old.lost else replace(old, seen=now)


def _gone(proof: Remembered, now: datetime) -> Remembered:
    return proof if proof.lost else replace(proof, lost=now)


def _lost(proofs: Iterable[Remembered]) -> datetime | None:
    """Since when none of these holds; None where one does, or there are none."""
    moments = [proof.lost for proof in proofs]
    lost = [moment for moment in moments if moment]
    return max(lost) if lost and len(lost) == len(moments) else None


def _org_id(answer: Answer | None) -> int | None:
    if not isinstance(answer, Said) or len(answer.texts) < 3 or not answer.texts[2].isdecimal():
        return None
    return int(answer.texts[2])
