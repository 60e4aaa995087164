"""Signed checklists: what `rpki-client` prints, and what is made of it.

The answers have the shape of those of rpki-client 8.2; tests/contract/test_rpki_client.py asks the program.
"""

from __future__ import annotations

import base64
import hashlib
import json

import pytest

from tests.unit.claim_fixture import claim
from ztix.admission.methods.checklist import METHOD
from ztix.admission.methods.ssh import signed
from ztix.admission.proof import Checklist, Disproven, NotGiven, Proven, Said, Unanswered, Undecided

CLAIM = claim({".rsc": b"der"})
ASKED = Checklist(b"der")
DIGEST = base64.b64encode(hashlib.sha256(signed(CLAIM)).digest()).decode()
GOOD: dict[str, object] = {
    "file": "/tmp/checklist.sig",  # noqa: S108 - a name in an answer
    "hash_id": "LXEWQrcmsEQBYnyp+6wy9chTD7GQPMTbAiWHF5IaSIE=",
    "valid_until": 1800000000,
    "signed_with_resources": [{"ip_prefix": "192.0.2.0/24"}, {"asid": 64500}],
    "filenamesandhashes": [{"hash_digest": "x"}, {"filename": "AS64500.txt", "hash_digest": DIGEST}],
    "validation": "OK",
}


def test_checklist_when_good_proves() -> None:
    """Valid, of the AS number, and it lists the statement of this very change."""
    assert METHOD.questions(CLAIM, {}) == (ASKED,)
    assert METHOD.questions(CLAIM, {ASKED: Said()}) == ()
    for answer in (GOOD, {**GOOD, "type": "rsc"}):  # 8.2 does not tell the type, later ones do
        assert METHOD.judge(CLAIM, {ASKED: Said((json.dumps(answer),))}) == Proven(
            METHOD.name, "a signed checklist with the resources of `AS64500`"
        )


def test_checklist_when_its_resource_is_a_range_counts_within_it() -> None:
    """Both ends are in the range."""
    for first, last, proves in ((64500, 64500, True), (1, 64499, False), (64501, 9999999, False)):
        resources = [{"asrange": {"min": first, "max": last}}]
        answer = Said((json.dumps({**GOOD, "signed_with_resources": resources}),))
        assert isinstance(METHOD.judge(CLAIM, {ASKED: answer}), Proven) is proves


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is no signed checklist"),
        ("[]", "is no signed checklist"),
        ("[" * 100_000, "is no signed checklist"),
        ('{\n\t"file": "x",\nx: unsupported file type\n\t"validation": ""\n}', "is no signed checklist"),
        (json.dumps({"file": "x", "validation": ""}), "is no signed checklist"),
        (json.dumps({**GOOD, "type": "roa"}), "is no signed checklist"),
        (json.dumps({**GOOD, "filenamesandhashes": None}), "is no signed checklist"),
        (json.dumps({**GOOD, "validation": "Failed"}), "does not hold by the RPKI as it is known here"),
        (json.dumps({**GOOD, "validation": ""}), "does not hold by the RPKI as it is known here"),
        (
            json.dumps({**GOOD, "signed_with_resources": [{"asid": 64501}, {"asid_inherit": "true"}, 64500]}),
            "is not signed with `AS64500`",
        ),
        (json.dumps({**GOOD, "signed_with_resources": None}), "is not signed with `AS64500`"),
        (
            json.dumps({**GOOD, "signed_with_resources": [{"asrange": {"min": "1", "max": "99999"}}]}),
            "is not signed with `AS64500`",
        ),
        (
            json.dumps({**GOOD, "filenamesandhashes": [{"filename": DIGEST}]}),
            "does not list the statement of this change",
        ),
        (json.dumps({**GOOD, "filenamesandhashes": []}), "does not list the statement of this change"),
    ],
)
def test_checklist_when_it_does_not_hold_is_refused_with_the_reason(text: str, words: str) -> None:
    """The program ended well each time."""
    found = METHOD.judge(CLAIM, {ASKED: Said((text,))})
    assert isinstance(found, Disproven)
    assert found.words == f"`members/AS64500.rsc` {words}"
    assert found.help


def test_checklist_when_nobody_can_look_is_undecided() -> None:
    """No program, no cache, no answer."""
    assert METHOD.judge(CLAIM, {ASKED: Unanswered("there is no rpki-client")}) == Undecided(
        METHOD.name, "the checklist was not checked: there is no rpki-client"
    )
    assert isinstance(METHOD.judge(CLAIM, {}), Undecided)


def test_checklist_when_absent_is_not_given() -> None:
    """Nobody tried."""
    assert METHOD.questions(claim(), {}) == ()
    assert METHOD.judge(claim(), {}) == NotGiven(METHOD.name)
    assert METHOD.instructions(claim()) == (
        "When the file is as you want it, write out the statement of the change:\n"
        "  ztix sign AS64500 --statement > AS64500.txt\n"
        "Have your RPKI certificate authority sign a checklist (RFC 9323) of that file, with\n"
        "AS64500 among its resources, and commit it as members/AS64500.rsc.\n"
    )
