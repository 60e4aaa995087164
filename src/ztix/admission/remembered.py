"""evidence/proofs.json: which published proof of holding an AS number held, and since when one does not.

Law: pure. What is remembered can be looked for again: a token that was published. Who was let in by a
signature, an invitation or a maintainer's word has no record here, and nothing that could be lost. A record
that is damaged is reported, and then nothing is written, so that no proof is forgotten.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from ztix.diagnostics import Diagnostic, Report
from ztix.evidence_files import RecordFile, held_in, records_text
from ztix.evidence_rows import Damaged, Json, Row, count, moment, moment_text, row_of
from ztix.terms import Asn, Label
from ztix.tree import Tree

PATH = "evidence/proofs.json"
SCHEMA = "ztix.evidence.proofs.v1"
_ACCOUNT_BELOW = 2**63

Key: TypeAlias = tuple[Asn, Label, int]
"""ASN, name of the method, account."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """A proof that held.

    account: whose token it is.  org_id: the organisation that PeeringDB gave the network to when it was first
    seen, None where that was not known.  since, seen: when it was first and last seen to hold.  lost: since
    when it does not, None while it does.
    """

    asn: Asn
    method: Label
    account: int
    org_id: int | None
    since: datetime
    seen: datetime
    lost: datetime | None = None

    @property
    def key(self) -> Key:
        return self.asn, self.method, self.account


def read_remembered(tree: Tree) -> tuple[dict[Key, Remembered], Report]:
    """What a tree's file holds, and what is damaged in it. Raises nothing."""
    findings: list[Diagnostic] = []
    return held_in(tree, PATH, _read, findings) or {}, Report.of(findings)


def remembered_text(proofs: Iterable[Remembered]) -> str:
    """The text of the file: one proof a line, ascending."""
    return records_text(SCHEMA, "proofs", map(_row, sorted(proofs, key=lambda proof: proof.key)))


def _read(content: bytes) -> tuple[dict[Key, Remembered], list[Diagnostic]]:
    file = RecordFile(PATH, SCHEMA, "proofs", content)
    return file.records(_remembered), file.findings


def _row(proof: Remembered) -> Row:
    return {
        "asn": int(proof.asn),
        "method": str(proof.method),
        "account": proof.account,
        "org_id": proof.org_id,
        "since": moment_text(proof.since),
        "seen": moment_text(proof.seen),
        "lost": moment_text(proof.lost) if proof.lost else None,
    }


def _remembered(item: Json) -> tuple[Key, Remembered]:
    row = row_of(item)
    account = count(row, "account", _ACCOUNT_BELOW)
    if account is None:
        raise Damaged("must have `account`: the number of an account")
    found = Remembered(
        Asn(row.get("asn")),
        Label(row.get("method")),
        account,
        count(row, "org_id"),
        moment(row, "since"),
        moment(row, "seen"),
        None if row.get("lost") is None else moment(row, "lost"),
    )
    return found.key, found
