"""A token in the DNS, at the domain of the website that PeeringDB names for the network.

Law: pure. It proves control of that domain, which is often another department's; PeeringDB vouches for the
step from the AS number to the domain. The domain's own TXT records count as well as those of a name below.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ztix.admission.host import domain
from ztix.admission.looked_up import SLOW, Places, at_website, judged_at_website, token_of
from ztix.admission.proof import (
    Answer,
    Claimed,
    DnsTxt,
    Judgement,
    Method,
    Question,
)
from ztix.admission.token import MARK
from ztix.terms import Label


@dataclass(frozen=True, slots=True)
class _Dns:
    name: Label
    title: str

    def instructions(self, claimed: Claimed) -> str:
        return (
            f"DOMAIN is the host of the website at https://www.peeringdb.com/asn/{int(claimed.asn)}, without "
            "`www.`\nAdd this record to its zone:\n"
            f'  _{MARK}.DOMAIN. 300 IN TXT "{token_of(claimed)}"\n'
            f"See it with: dig +short TXT _{MARK}.DOMAIN\n"
            f"{SLOW}\n"
        )

    def questions(self, claimed: Claimed, answers: Mapping[Question, Answer]) -> tuple[Question, ...]:
        return at_website(claimed, answers, _places)

    def judge(self, claimed: Claimed, answers: Mapping[Question, Answer]) -> Judgement:
        return judged_at_website(self.name, claimed, answers, _places)


def _places(host: str) -> Places:
    names = f"_{MARK}.{domain(host)}", domain(host)
    return {DnsTxt(name): f"the TXT records of `{name}`" for name in names}


METHOD: Method = _Dns(Label("dns"), "a TXT record at the website's domain")
