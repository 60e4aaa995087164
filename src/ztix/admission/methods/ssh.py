"""A signature by a key of SSH that the exchange knows already: the same hands change a member's file.

Law: pure; `ssh-keygen` verifies, as a driver. Keys count only as the base file has them: a key that a change
brings with it vouches for nobody, and must sign too, so that no key gets in that nobody has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ztix.admission.armour import armoured, fingerprint
from ztix.admission.proof import (
    Answer,
    Claimed,
    Disproven,
    Judgement,
    Method,
    NotGiven,
    Proven,
    Question,
    Said,
    SshSignature,
    Unanswered,
    Undecided,
)
from ztix.admission.statement import NAMESPACE, statement
from ztix.diagnostics import shown
from ztix.enclosure import SIGNATURE
from ztix.evidence import plain
from ztix.terms import Label


def old_keys(claimed: Claimed) -> tuple[str, ...]:
    """The keys whose signature counts: those of the base file."""
    return claimed.base.auth if claimed.base else ()


def new_keys(claimed: Claimed) -> tuple[str, ...]:
    """The keys that the change brings, each of which signs it too."""
    return tuple(key for key in claimed.member.auth if key not in old_keys(claimed))


def question(claimed: Claimed) -> SshSignature | None:
    """Which of all these keys signed this very change; None where there is no signature to ask about."""
    signature, keys = claimed.enclosed.get(SIGNATURE), (*old_keys(claimed), *new_keys(claimed))
    if signature is None or not keys:
        return None
    return SshSignature(signed(claimed), signature, NAMESPACE, keys)


def signed(claimed: Claimed) -> bytes:
    """What the keys sign."""
    return statement(claimed.policy.exchange, claimed.path, claimed.before, claimed.after)


def signers(claimed: Claimed, answers: Mapping[Question, Answer]) -> Said | Unanswered:
    """Which keys signed this change, of the base file and new ones; none where there is no signature."""
    asked = question(claimed)
    return Said() if asked is None else answers.get(asked, Unanswered("nobody asked `ssh-keygen`"))


def signed_by_new(name: Label, claimed: Claimed, found: Said, old: Sequence[str] = ()) -> Judgement:
    """Whether each new key signed, besides those of the base file that did."""
    for key in new_keys(claimed):
        if key not in found.texts:
            advice = f"sign with it too: `ztix sign {claimed.asn} --key FILE`"
            return Disproven(name, f"the new key {fingerprint(key)} has not signed", advice)
    return Proven(name, f"signed by {' and '.join(map(fingerprint, (*old, *new_keys(claimed))))}")


STALE = "before that, fetch the exchange's `main`, or name it with `--base`"


@dataclass(frozen=True, slots=True)
class _Ssh:
    """The method."""

    name: Label
    title: str

    def instructions(self, claimed: Claimed) -> str:
        """The command that signs, and what to commit."""
        if not old_keys(claimed):
            return (
                "This works for changes of a file that has keys: put yours under `auth:`, and from the next\n"
                "change on it signs. A key that nobody merged yet proves nothing.\n"
            )
        more = "Run it again with each key that is new in `auth:`.\n" if new_keys(claimed) else ""
        return (
            "When the file is as you want it, sign the change with a key that is in `auth:` already:\n"
            f"  ztix sign {claimed.asn} --key ~/.ssh/id_ed25519\n"
            f"{more}Commit members/{claimed.asn}{SIGNATURE} with it; after a further edit, sign again.\n"
        )

    def questions(self, claimed: Claimed, answers: Mapping[Question, Answer]) -> tuple[Question, ...]:
        """One, where the base file has keys and a signature is enclosed."""
        asked = question(claimed) if old_keys(claimed) else None
        return () if asked is None or asked in answers else (asked,)

    def judge(self, claimed: Claimed, answers: Mapping[Question, Answer]) -> Judgement:
        """Whether one of the old keys signed, and each of the new ones."""
        if SIGNATURE not in claimed.enclosed or not old_keys(claimed):
            return NotGiven(self.name)
        found = signers(claimed, answers)
        if isinstance(found, Unanswered):
            return Undecided(self.name, f"the signatures were not checked: {plain(found.reason, 300)}")
        old = [key for key in old_keys(claimed) if key in found.texts]
        if not old:
            return Disproven(self.name, *_refusal(claimed))
        return signed_by_new(self.name, claimed, found, old)


def _refusal(claimed: Claimed) -> tuple[str, str]:
    """Why no signature counts, and what to do."""
    path = f"members/{claimed.asn}{SIGNATURE}"
    again = (
        f"`ztix sign {claimed.asn} --key FILE`, with a key that is in `auth:` already, and commit `{path}`"
    )
    met = armoured(claimed.enclosed[SIGNATURE])
    if not met:
        return f"`{path}` holds no SSH signature", f"make one: {again}"
    strangers = [each for each in met if each.key not in old_keys(claimed)]
    if len(strangers) == len(met):
        return f"`{path}` is signed by {fingerprint(met[0].key)}, which is no key of the merged file", again
    if all(each.namespace != NAMESPACE for each in met):
        return f"`{path}` is signed for `{shown(met[0].namespace)}`, not for `{NAMESPACE}`", again
    return (
        f"the signature in `{path}` is of another change, or was made before this one",
        f"sign again: {again}; {STALE}",
    )


METHOD: Method = _Ssh(Label("ssh"), "a signature by an SSH key of the merged file")
