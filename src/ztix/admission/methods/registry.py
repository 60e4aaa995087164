"""A token in the remarks of the aut-num at its registry.

Law: pure. It proves that the author may change the AS number's own object, which is as near to holding it as
anything short of a signature in the RPKI.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ztix.admission.looked_up import SLOW, judged, token_of, unasked
from ztix.admission.proof import Answer, Claimed, Judgement, Method, Question, Remarks
from ztix.terms import Label


@dataclass(frozen=True, slots=True)
class _Registry:
    name: Label
    title: str

    def instructions(self, claimed: Claimed) -> str:
        return (
            f"Add a remark to the aut-num `{claimed.asn}` at its registry, in the registry's own portal:\n"
            f"  remarks:        {token_of(claimed)}\n"
            "At ARIN it is the AS number's public comment, and in it the part that begins with `ztix`.\n"
            f"{SLOW}\n"
        )

    def questions(self, claimed: Claimed, answers: Mapping[Question, Answer]) -> tuple[Question, ...]:
        return unasked((Remarks(claimed.asn),), answers)

    def judge(self, claimed: Claimed, answers: Mapping[Question, Answer]) -> Judgement:
        return judged(
            self.name, claimed, {Remarks(claimed.asn): "the remarks at the AS number's registry"}, answers
        )


METHOD: Method = _Registry(Label("registry"), "a remark at the registry")
