"""A signed checklist (RFC 9323): the statement of a change, signed in the RPKI with the AS number.

Law: pure; `rpki-client` says what the file is and whether its certificates hold, in words that are read one
by one: it ends well for anything, and prints no JSON for what it does not know.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from ztix.admission.methods.ssh import signed
from ztix.admission.proof import (
    Answer,
    Checklist,
    Claimed,
    Disproven,
    Judgement,
    Method,
    NotGiven,
    Proven,
    Question,
    Said,
    Unanswered,
    Undecided,
)
from ztix.enclosure import CHECKLIST
from ztix.evidence import plain
from ztix.terms import Asn, Label


@dataclass(frozen=True, slots=True)
class _Checklist:
    """The method."""

    name: Label
    title: str

    def instructions(self, claimed: Claimed) -> str:
        """What to sign, and where it goes."""
        return (
            "When the file is as you want it, write out the statement of the change:\n"
            f"  ztix sign {claimed.asn} --statement > {claimed.asn}.txt\n"
            "Have your RPKI certificate authority sign a checklist (RFC 9323) of that file, with\n"
            f"{claimed.asn} among its resources, and commit it as members/{claimed.asn}{CHECKLIST}.\n"
        )

    def questions(self, claimed: Claimed, answers: Mapping[Question, Answer]) -> tuple[Question, ...]:
        """One, where a checklist is enclosed."""
        content = claimed.enclosed.get(CHECKLIST)
        return () if content is None or Checklist(content) in answers else (Checklist(content),)

    def judge(self, claimed: Claimed, answers: Mapping[Question, Answer]) -> Judgement:
        """Whether it is valid, of the AS number, and lists the statement of this change."""
        content = claimed.enclosed.get(CHECKLIST)
        if content is None:
            return NotGiven(self.name)
        answer = answers.get(Checklist(content), Unanswered("nobody asked `rpki-client`"))
        if isinstance(answer, Unanswered):
            return Undecided(self.name, f"the checklist was not checked: {plain(answer.reason, 300)}")
        fault = _fault(claimed, answer)
        if fault is None:
            return Proven(self.name, f"a signed checklist with the resources of `{claimed.asn}`")
        return Disproven(self.name, f"`members/{claimed.asn}{CHECKLIST}` {fault[0]}", fault[1])


def _fault(claimed: Claimed, answer: Said) -> tuple[str, str] | None:
    """What is wrong with a checklist as `rpki-client` tells of it, and what to do."""
    found = _object(answer)
    # rpki-client 8.2 leaves the type of a checklist out; its two lists stand in no other object's answer.
    if found.get("type", "rsc") != "rsc" or not isinstance(found.get("filenamesandhashes"), list):
        return "is no signed checklist", "enclose the file that your certificate authority made, in DER"
    if found.get("validation") != "OK":
        advice = "see it with `rpki-client -f`; where its certificate is an hour old, ask for the check again"
        return "does not hold by the RPKI as it is known here", advice
    if not any(_covers(each, claimed.asn) for each in _items(found, "signed_with_resources")):
        return f"is not signed with `{claimed.asn}`", "have it signed with that AS number among its resources"
    digest = base64.b64encode(hashlib.sha256(signed(claimed)).digest()).decode("ascii")
    if all(each.get("hash_digest") != digest for each in _items(found, "filenamesandhashes")):
        again = (
            f"have the output of `ztix sign {claimed.asn} --statement` signed, and sign again after an edit"
        )
        return "does not list the statement of this change", again
    return None


def _object(answer: Said) -> Mapping[str, object]:
    try:
        found = json.loads("".join(answer.texts))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _items(found: Mapping[str, object], key: str) -> list[Mapping[str, object]]:
    items = found.get(key)
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _covers(resource: Mapping[str, object], asn: Asn) -> bool:
    """Whether a resource is the AS number, or a range with it; inherited ones say nothing."""
    bounds = resource.get("asrange")
    if isinstance(bounds, dict):
        first, last = bounds.get("min"), bounds.get("max")
        return isinstance(first, int) and isinstance(last, int) and first <= asn <= last
    return resource.get("asid") == int(asn)


METHOD: Method = _Checklist(Label("checklist"), "a checklist signed in the RPKI")
