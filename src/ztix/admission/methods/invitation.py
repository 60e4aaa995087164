"""An invitation: a maintainer's signed word that a network may join.

Law: pure. It is checked by the public keys of policy alone, so it works where nothing else answers. It is
bound to the exchange and the AS number always, to an account and a node where the maintainer said so, and
counts once. One without an account is everybody's as soon as it stands in an open pull request: it proves
nothing by itself, and a maintainer looks at who it is.
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
    Unbound,
)
from ztix.admission.signed_token import (
    INVITATION_KIND,
    Claims,
    check_audience,
    check_time,
    opened,
    said_unverified,
)
from ztix.diagnostics import shown
from ztix.enclosure import INVITATION
from ztix.terms import Asn, Label

TTL_MOST_S = 90 * 86400
_AS_SENT = "save the line as it was sent: whole, in one line, and nothing else in the file"


class InvitationClaims(Claims):
    """What an invitation says beside what every token does."""

    jti: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    """Its own number, 128 random bits."""
    account: Annotated[int, Field(ge=1)] | None = None
    """The only account that it counts for."""
    node: Annotated[str, Field(pattern=r"^[0-9a-f]{10}$")] | None = None
    """A node that the member's file must have, as its only one."""
    reusable: bool = False
    """Whether it counts again after it was merged."""
    auto_approve: bool = False
    """Whether the one who invites approves the change with it; needs `account`."""


def invitation_id(content: bytes) -> str | None:
    """The number of an invitation as it tells it itself, for the list of those that were merged before."""
    return said_unverified(content, "jti")


def accepted(claimed: Claimed) -> InvitationClaims | None:
    """The invitation that is enclosed, where it counts; None where there is none or it does not."""
    try:
        return _read(claimed)[1] if INVITATION in claimed.enclosed else None
    except ValueError:
        return None


def _read(claimed: Claimed) -> tuple[str, InvitationClaims]:
    """The key that signed it and what it says. Raises ValueError, whose text follows on "it"."""
    keys = {str(each.id): each.key.octets for each in claimed.policy.maintainers.invitation_keys}
    kid, said = opened(claimed.enclosed[INVITATION], INVITATION_KIND, keys, InvitationClaims)
    check_audience(said, claimed.policy.exchange, claimed.asn)
    if said.iss != said.aud:
        raise ValueError(f"is of `{shown(said.iss)}`, and only the exchange itself invites")
    check_time(said, claimed.now, TTL_MOST_S)
    if said.jti in claimed.spent and not said.reusable:
        raise ValueError("was used before, and counts once")
    if said.auto_approve and said.account is None:
        raise ValueError("approves by itself and names no account: anybody who reads it could use it first")
    if said.account not in (None, claimed.account):
        raise ValueError(f"is for the account {said.account}, and this is of {claimed.account}")
    nodes = [node.node_id for node in claimed.member.nodes]
    if said.node is not None and nodes != [said.node]:
        raise ValueError(f"is for the node `{said.node}` alone, and the member's file has others or none")
    return kid, said


@dataclass(frozen=True, slots=True)
class _Invitation:
    """The method."""

    name: Label
    title: str

    def instructions(self, claimed: Claimed) -> str:
        """Whom to ask, what to tell them, and where the answer goes."""
        return (
            f"Ask a maintainer for an invitation; your account's id is {claimed.account}.\n"
            f"They run: ztix invite {claimed.asn} --account {claimed.account}\n"
            f"Save the line that you get as {path(claimed.asn)}, and commit it with your file.\n"
        )

    def questions(self, claimed: Claimed, answers: Mapping[Question, Answer]) -> tuple[Question, ...]:
        """None: an invitation is checked with what policy has."""
        return ()

    def judge(self, claimed: Claimed, answers: Mapping[Question, Answer]) -> Judgement:
        """Whether it is of this exchange, for this change, in time, and not used before."""
        if INVITATION not in claimed.enclosed:
            return NotGiven(self.name)
        try:
            kid, said = _read(claimed)
        except ValueError as error:
            new = f"ask a maintainer for a new one: `ztix invite {claimed.asn} --account {claimed.account}`"
            whole = invitation_id(claimed.enclosed[INVITATION]) is not None
            advice = new if whole else f"{_AS_SENT}; or {new}"
            return Disproven(self.name, f"`{path(claimed.asn)}` {error}", advice)
        words = f"invited by the holder of the key `{kid}`"
        if said.account is None:
            bound = f"`ztix invite {claimed.asn} --account {claimed.account}`"
            words = f"{words}, for no account: whoever reads the line could offer it"
            return Unbound(self.name, words, f"ask a maintainer for one that is for your account: {bound}")
        return Proven(self.name, f"{words}, who approves it too" if said.auto_approve else words)


def path(asn: Asn) -> str:
    """Where an invitation goes in the exchange."""
    return f"members/{asn}{INVITATION}"


METHOD: Method = _Invitation(Label("invitation"), "an invitation by a maintainer")
