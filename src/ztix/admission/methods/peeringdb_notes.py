"""A token in the notes of the network's record in PeeringDB.

Law: pure. It proves that the author may edit that record; PeeringDB gives this right to people whom the
network's organisation approved.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ztix.admission.looked_up import SLOW, judged, token_of, unasked
from ztix.admission.proof import Answer, Claimed, Judgement, Method, NotGiven, PeeringDbNet, Question, Said
from ztix.terms import Label


@dataclass(frozen=True, slots=True)
class _PeeringDbNotes:
    name: Label
    title: str

    def instructions(self, claimed: Claimed) -> str:
        return (
            f"Edit the network at https://www.peeringdb.com/asn/{int(claimed.asn)}\n"
            "Put this line into `Notes`, on a line of its own, and save:\n"
            f"  {token_of(claimed)}\n"
            f"{SLOW}\n"
        )

    def questions(self, claimed: Claimed, answers: Mapping[Question, Answer]) -> tuple[Question, ...]:
        return unasked((PeeringDbNet(claimed.asn),), answers)

    def judge(self, claimed: Claimed, answers: Mapping[Question, Answer]) -> Judgement:
        asked = PeeringDbNet(claimed.asn)
        match answers.get(asked):
            case Said(texts=()):
                return NotGiven(self.name)
            case Said(texts=(notes, *_)):  # the other texts, such as the website, are seen by more people
                return judged(self.name, claimed, {asked: "PeeringDB's notes"}, {asked: Said((notes,))})
            case _:
                return judged(self.name, claimed, {asked: "PeeringDB"}, answers)


METHOD: Method = _PeeringDbNotes(Label("peeringdb-notes"), "a line in PeeringDB's notes")
