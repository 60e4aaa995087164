"""What a proof of holding an ASN or a node is: what it asks of the outside, and what it makes of the answers.

Law: pure. A method asks questions and judges answers; a driver carries the questions. What could not be asked
is Undecided, never Disproven: an outage denies nobody, and admits nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeAlias

from ztix.member import Member
from ztix.policy import Policy
from ztix.terms import Asn, Label


@dataclass(frozen=True, slots=True)
class PeeringDbNet:
    """PeeringDB's record of a network: Said(notes, website, org_id), or Said() where it has none."""

    asn: Asn


@dataclass(frozen=True, slots=True)
class Remarks:
    """The remarks of the aut-num in its registry (RDAP, RFC 9083 section 4.3): one text for each line."""

    asn: Asn


@dataclass(frozen=True, slots=True)
class DnsTxt:
    """The TXT records of a name, each with its strings joined."""

    name: str


@dataclass(frozen=True, slots=True)
class WellKnown:
    """The body of https://HOST/.well-known/ztix-verify."""

    host: str


@dataclass(frozen=True, slots=True)
class SshSignature:
    """Which of the keys made one of these signatures (`ssh-keygen -Y verify`): Said(keys), as given."""

    signed: bytes
    signature: bytes
    namespace: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Checklist:
    """A signed checklist (RFC 9323) as `rpki-client -f` judges it: Said(its JSON) where it printed any."""

    content: bytes


@dataclass(frozen=True, slots=True)
class NodeKey:
    """Whether a node id follows from its key: Said(the id) where it does, Said() where not.

    identity: the public one, as `identity.public` has it. The answer takes seconds to compute.
    """

    identity: str


Question: TypeAlias = PeeringDbNet | Remarks | DnsTxt | WellKnown | SshSignature | Checklist | NodeKey


@dataclass(frozen=True, slots=True)
class Said:
    """An answer. texts: empty where there is nothing of that name."""

    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unanswered:
    """No answer: an outage, a limit of calls, or a program that is not installed."""

    reason: str


Answer: TypeAlias = Said | Unanswered


@dataclass(frozen=True, slots=True)
class Claimed:
    """Who claims what, for a method to judge.

    policy: of the base.  member: as a merge would leave it.  base: as it is now, None who joins.
    account: numeric id of the author.  before, after: the member file's bytes.  enclosed: the files beside
    it, by their suffix, such as `.yaml.sig`.  spent: ids of invitations that were merged before.
    """

    policy: Policy
    asn: Asn
    account: int
    member: Member
    base: Member | None
    path: str
    before: bytes | None
    after: bytes | None
    enclosed: Mapping[str, bytes]
    spent: frozenset[str]
    now: datetime


@dataclass(frozen=True, slots=True)
class Proven:
    """It holds. words: what was found, for the maintainer who reads the verdict."""

    method: Label
    words: str


@dataclass(frozen=True, slots=True)
class Unbound:
    """It holds for whoever offers it, who may have copied it: somebody looks. help: what would be enough."""

    method: Label
    words: str
    help: str


@dataclass(frozen=True, slots=True)
class Disproven:
    """It was given and does not hold. help: what to do next, one line."""

    method: Label
    words: str
    help: str


@dataclass(frozen=True, slots=True)
class Undecided:
    """It could not be checked. words: who did not answer."""

    method: Label
    words: str


@dataclass(frozen=True, slots=True)
class NotGiven:
    """Nobody tried this method."""

    method: Label


Judgement: TypeAlias = Proven | Unbound | Disproven | Undecided | NotGiven


class Method(Protocol):
    """One way to prove that the author holds the ASN."""

    @property
    def name(self) -> Label:
        """As policy names it in `proofs`."""

    @property
    def title(self) -> str:
        """For people, a few words."""

    def instructions(self, claimed: Claimed) -> str:
        """Exactly what to do, for `ztix prove`: short lines, with the very text or command."""

    def questions(self, claimed: Claimed, answers: Mapping[Question, Answer]) -> tuple[Question, ...]:
        """What else must be asked, given the answers so far; empty when it can be judged."""

    def judge(self, claimed: Claimed, answers: Mapping[Question, Answer]) -> Judgement:
        """What the answers make of it."""
