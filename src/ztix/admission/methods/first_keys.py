"""The first keys of a member: each signs the change that brings it, so that no key gets in that nobody has.

Law: pure. It proves nothing about the AS number, so policy cannot name it; `ssh` is for every later change.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ztix.admission.methods import ssh
from ztix.admission.proof import (
    Answer,
    Claimed,
    Judgement,
    Method,
    NotGiven,
    Question,
    Unanswered,
    Undecided,
)
from ztix.enclosure import SIGNATURE
from ztix.evidence import plain
from ztix.terms import Label


@dataclass(frozen=True, slots=True)
class _FirstKeys:
    """The method."""

    name: Label
    title: str

    def instructions(self, claimed: Claimed) -> str:
        """The command that signs, and what to commit."""
        return (
            "Sign the change with each key that it puts under `auth:`:\n"
            f"  ztix sign {claimed.asn} --key ~/.ssh/id_ed25519\n"
            f"Commit members/{claimed.asn}{SIGNATURE} with it; after a further edit, sign again.\n"
        )

    def questions(self, claimed: Claimed, answers: Mapping[Question, Answer]) -> tuple[Question, ...]:
        """One, where a signature is enclosed."""
        asked = ssh.question(claimed)
        return () if asked is None or asked in answers else (asked,)

    def judge(self, claimed: Claimed, answers: Mapping[Question, Answer]) -> Judgement:
        """Whether each new key signed."""
        if SIGNATURE not in claimed.enclosed:
            return NotGiven(self.name)
        found = ssh.signers(claimed, answers)
        if isinstance(found, Unanswered):
            return Undecided(self.name, f"the signatures were not checked: {plain(found.reason, 300)}")
        return ssh.signed_by_new(self.name, claimed, found)


METHOD: Method = _FirstKeys(Label("first-keys"), "a signature by each of a member's first keys")
