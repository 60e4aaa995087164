"""A token in a file of the website that PeeringDB names for the network.

Law: pure. It proves control of that website, the weakest of the proofs: pages are edited by many.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ztix.admission.looked_up import SLOW, Places, at_website, judged_at_website, token_of
from ztix.admission.proof import (
    Answer,
    Claimed,
    Judgement,
    Method,
    Question,
    WellKnown,
)
from ztix.admission.token import MARK
from ztix.terms import Label


@dataclass(frozen=True, slots=True)
class _Website:
    name: Label
    title: str

    def instructions(self, claimed: Claimed) -> str:
        return (
            f"HOST is the host of the website at https://www.peeringdb.com/asn/{int(claimed.asn)}\n"
            f"Serve a text file of this line at https://HOST/.well-known/{MARK}\n"
            f"  {token_of(claimed)}\n"
            "At that very host, with a valid certificate; a redirect to another host is not followed.\n"
            f"See it with: curl https://HOST/.well-known/{MARK}\n"
            f"{SLOW}\n"
        )

    def questions(self, claimed: Claimed, answers: Mapping[Question, Answer]) -> tuple[Question, ...]:
        return at_website(claimed, answers, _places)

    def judge(self, claimed: Claimed, answers: Mapping[Question, Answer]) -> Judgement:
        return judged_at_website(self.name, claimed, answers, _places)


def _places(host: str) -> Places:
    return {WellKnown(host): f"`https://{host}/.well-known/{MARK}`"}


METHOD: Method = _Website(Label("website"), "a file on the website")
