"""All ways by which one account can prove a member's claim to this exchange, and how far each is.

Law: pure; who carries the questions is handed in.
"""

from __future__ import annotations

from dataclasses import dataclass

from ztix.admission.inquiry import Ask, inquire
from ztix.admission.methods import METHODS, attestation, invitation
from ztix.admission.methods.node import NAME, new_nodes
from ztix.admission.proof import Claimed, Judgement, Method, Proven, Undecided
from ztix.terms import Asn, Label


@dataclass(frozen=True, slots=True)
class Way:
    """One way. judgement: None where nobody asked."""

    name: Label
    title: str
    instructions: str
    judgement: Judgement | None

    @property
    def holds(self) -> bool:
        return isinstance(self.judgement, Proven)


@dataclass(frozen=True, slots=True)
class Ways:
    """All that an exchange accepts from one account. node: what new nodes have to do, None where nothing.
    invited: whether nobody joins without an invitation.
    """

    asn: Asn
    account: int
    proofs: tuple[Way, ...]
    node: Way | None
    node_required: bool
    invited: bool

    @property
    def asked(self) -> bool:
        """Whether somebody was asked what holds."""
        return any(way.judgement is not None for way in self.proofs)

    @property
    def proven(self) -> bool:
        """Whether nothing is left to prove."""
        shown = any(way.holds for way in self.proofs)
        return shown and (self.node is None or not self.node_required or self.node.holds)

    @property
    def unknown(self) -> bool:
        """Whether something that could not be checked stands between."""
        ways = (*self.proofs, self.node) if self.node else self.proofs
        return not self.proven and any(isinstance(way.judgement, Undecided) for way in ways)


def ways_of(claimed: Claimed, ask: Ask | None) -> Ways:
    """The ways that policy accepts, and what holds. ask: None where nobody is to be asked."""
    policy = claimed.policy.admission
    closed = _closed(claimed)
    proofs = [method for method in METHODS if method.name in policy.proofs and method.name not in closed]
    signing = policy.node_proof != "off" and bool(new_nodes(claimed))
    nodes = [method for method in METHODS if signing and method.name == NAME]
    answers = inquire([(method, claimed) for method in (*proofs, *nodes)], ask) if ask else {}

    def way(method: Method) -> Way:
        judgement = method.judge(claimed, answers) if ask else None
        return Way(method.name, method.title, method.instructions(claimed), judgement)

    return Ways(
        claimed.asn,
        claimed.account,
        tuple(map(way, proofs)),
        way(nodes[0]) if nodes else None,
        policy.node_proof == "required",
        policy.entry == "invited",
    )


def _closed(claimed: Claimed) -> set[Label]:
    """The ways that policy names and nobody can take, because it names no key for them."""
    maintainers = claimed.policy.maintainers
    keys = {
        attestation.METHOD.name: maintainers.attestors,
        invitation.METHOD.name: maintainers.invitation_keys,
    }
    return {name for name, held in keys.items() if not held}
