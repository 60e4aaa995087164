"""An attestor's word: a service that saw the author log in where AS numbers are held, such as PeeringDB.

Law: pure. The service speaks OpenID Connect and keeps what it hears there; what it hands out is a statement
of its own, signed by the key that policy has for it, for one exchange, AS number and account. A login's own
token (`id_token`) never counts: it is made for somebody else, says nothing of this exchange, and is a secret.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from ztix.admission.proof import (
    Answer,
    Claimed,
    Disproven,
    Judgement,
    Method,
    NotGiven,
    Proven,
    Question,
)
from ztix.admission.signed_token import (
    ATTESTATION_KIND,
    Claims,
    check_audience,
    check_time,
    opened,
    pasted_token,
)
from ztix.diagnostics import shown
from ztix.enclosure import ATTESTATION
from ztix.terms import Label

TTL_MOST_S = 30 * 86400


class AttestationClaims(Claims):
    """What an attestor says beside what every token does: that this account's owner controls the network."""

    account: Annotated[int, Field(ge=1)]
    """The numeric id of the account at the forge."""
    method: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,32}$")]
    """How it knows, such as `peeringdb-oidc`."""


def _read(claimed: Claimed) -> tuple[str, AttestationClaims]:
    """The attestor and what it says. Raises ValueError, whose text follows on "it"."""
    content = claimed.enclosed[ATTESTATION]
    if pasted_token(content):
        raise ValueError("is a login's own token, which proves nothing here and which others could use")
    attestors = {str(each.id): each for each in claimed.policy.maintainers.attestors}
    keys = {kid: each.key.octets for kid, each in attestors.items()}
    kid, said = opened(content, ATTESTATION_KIND, keys, AttestationClaims)
    if said.iss != attestors[kid].issuer:
        raise ValueError(f"is of `{shown(said.iss)}`, and `{kid}` is `{attestors[kid].issuer}`")
    check_audience(said, claimed.policy.exchange, claimed.asn)
    check_time(said, claimed.now, TTL_MOST_S)
    if said.account != claimed.account:
        raise ValueError(f"is for the account {said.account}, and this is of {claimed.account}")
    return kid, said


@dataclass(frozen=True, slots=True)
class _Attestation:
    """The method."""

    name: Label
    title: str

    def instructions(self, claimed: Claimed) -> str:
        """Where to log in, and where the answer goes."""
        places = [each.issuer for each in claimed.policy.maintainers.attestors]
        if not places:
            return "This exchange goes by no attestor.\n"
        return (
            f"Log in at {' or '.join(places)} with the account {claimed.account} and at PeeringDB.\n"
            f"Save the line that you get as members/{claimed.asn}{ATTESTATION} and commit it.\n"
            "Never commit a token that PeeringDB itself gave you: it is refused.\n"
        )

    def questions(self, claimed: Claimed, answers: Mapping[Question, Answer]) -> tuple[Question, ...]:
        """None: a statement is checked with what policy has."""
        return ()

    def judge(self, claimed: Claimed, answers: Mapping[Question, Answer]) -> Judgement:
        """Whether it is of an attestor that policy names, for this change, and in time."""
        if ATTESTATION not in claimed.enclosed:
            return NotGiven(self.name)
        try:
            kid, said = _read(claimed)
        except ValueError as error:
            path = f"members/{claimed.asn}{ATTESTATION}"
            return Disproven(self.name, f"`{path}` {error}", _advice(claimed))
        return Proven(self.name, f"`{kid}` says so, by `{said.method}`")


def _advice(claimed: Claimed) -> str:
    places = [each.issuer for each in claimed.policy.maintainers.attestors]
    if not places:
        return "take it out: this exchange goes by no attestor"
    return f"log in at {' or '.join(places)} and commit the line that you get there"


METHOD: Method = _Attestation(Label("attestation"), "the word of an attestor, after a login at PeeringDB")
