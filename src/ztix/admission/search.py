"""Which members' published proofs are to be looked for, and how.

Law: pure. Only proofs that are published can be looked for again: a token stands somewhere, or it does not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import TypeAlias

from ztix.admission.methods import LOOKED_UP
from ztix.admission.proof import Claimed, Method
from ztix.admission.remembered import Key, Remembered
from ztix.exchange import Exchange, MemberFile
from ztix.terms import Asn

Kept: TypeAlias = Mapping[Key, Remembered]


def due(exchange: Exchange, kept: Kept, now: datetime) -> tuple[MemberFile, ...]:
    """The members whose proofs are to be looked for now: those with none or a lost one, and after some days.

    Days are counted by date, so that a job which runs at about the same time each week skips none.
    """
    rows, days = by_asn(kept.values()), exchange.policy.admission.reproof_days
    return tuple(
        file
        for file in exchange.members
        if not (mine := rows[file.member.asn])
        or any(proof.lost for proof in mine)
        or (now.date() - max(proof.seen for proof in mine).date()).days >= days
    )


def claims(
    exchange: Exchange, kept: Kept, files: Iterable[MemberFile], now: datetime
) -> Iterator[tuple[Method, Claimed]]:
    """What is to be judged: each way that policy accepts, for each account that speaks or spoke for one."""
    rows = by_asn(kept.values())
    for file in files:
        yield from claims_of(exchange, file, rows[file.member.asn], now)


def claims_of(
    exchange: Exchange, file: MemberFile, mine: Iterable[Remembered], now: datetime
) -> Iterator[tuple[Method, Claimed]]:
    """The same of one member. mine: what is remembered of it."""
    for account in _accounts(file, mine):
        claimed = _claimed(exchange, file, account, now)
        for method in LOOKED_UP:
            if method.name in exchange.policy.admission.proofs:
                yield method, claimed


def by_asn(proofs: Iterable[Remembered]) -> defaultdict[Asn, list[Remembered]]:
    """The proofs of each member; none for who has none."""
    rows: defaultdict[Asn, list[Remembered]] = defaultdict(list)
    for proof in proofs:
        rows[proof.asn].append(proof)
    return rows


def _accounts(file: MemberFile, proofs: Iterable[Remembered]) -> list[int]:
    speaking = [contact.github.id for contact in file.member.contacts if contact.github]
    return list(dict.fromkeys([*speaking, *(proof.account for proof in proofs)]))


def _claimed(exchange: Exchange, file: MemberFile, account: int, now: datetime) -> Claimed:
    asn, none = file.member.asn, frozenset[str]()
    return Claimed(
        exchange.policy, asn, account, file.member, file.member, file.path, None, None, {}, none, now
    )
