"""Enclosures of any content: each method judges them, and nothing is raised or proven."""

from __future__ import annotations

import base64
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.claim_fixture import claim, invited
from tests.unit.exchange_fixture import member_text
from ztix.admission.armour import armoured
from ztix.admission.methods import attestation, checklist, invitation, node, ssh
from ztix.admission.proof import Answer, Checklist, Method, Proven, Question, Said, SshSignature
from ztix.admission.signed_token import pasted_token, said_unverified

BLOB = b"\x00\x00\x00\x0bssh-ed25519\x00\x00\x00\x20" + bytes(32)
KEYED = member_text(64500, f"auth: [ssh-ed25519 {base64.b64encode(BLOB).decode()}]\n")
EDIT = claim(before=KEYED, after=KEYED.replace("name: Example", "name: Other"))
SUFFIXES: dict[str, Method] = {
    ".invite": invitation.METHOD,
    ".attestation": attestation.METHOD,
    ".rsc": checklist.METHOD,
    ".yaml.sig": ssh.METHOD,
    ".node-1a2b364500.sig": node.METHOD,
}

PARTS = st.one_of(
    st.sampled_from(invited().split(".")),
    st.binary(max_size=60).map(lambda octets: base64.urlsafe_b64encode(octets).rstrip(b"=").decode()),
    st.dictionaries(
        st.sampled_from(["alg", "typ", "kid", "iss", "aud", "sub", "jti", "exp", "crit"]),
        st.one_of(
            st.none(), st.booleans(), st.integers(), st.text(max_size=9), st.lists(st.none(), max_size=2)
        ),
        max_size=5,
    ).map(lambda said: base64.urlsafe_b64encode(json.dumps(said).encode()).rstrip(b"=").decode()),
)
TOKENS = st.lists(PARTS, min_size=1, max_size=4).map(lambda parts: ".".join(parts).encode())
ARMOUR = st.binary(max_size=200).map(
    lambda octets: (
        b"-----BEGIN SSH SIGNATURE-----\n"
        + base64.encodebytes(b"SSHSIG\x00\x00\x00\x01" + octets)
        + b"-----END SSH SIGNATURE-----\n"
    )
)
NODES = st.tuples(st.binary(min_size=64, max_size=64), st.binary(min_size=96, max_size=96)).map(
    lambda pair: f"1a2b364500:0:{pair[0].hex()}\n{pair[1].hex()}\n".encode()
)
CONTENTS = st.one_of(st.binary(max_size=400), TOKENS, ARMOUR, NODES)


@pytest.mark.parametrize("suffix", SUFFIXES)
@given(content=CONTENTS, answer=st.one_of(st.text(max_size=80), st.binary(max_size=80).map(repr)))
def test_method_when_anything_is_enclosed_judges_it(suffix: str, content: bytes, answer: str) -> None:
    """Whatever a stranger writes into a file, and whatever a program prints about it."""
    method = SUFFIXES[suffix]
    for base in (claim(), EDIT) if suffix != ".rsc" else (claim(),):
        claimed = replace(base, enclosed={suffix: content})
        asked = method.questions(claimed, {})
        answers: dict[Question, Answer] = {each: Said((answer,)) for each in asked}
        for known in ({}, answers):
            found = method.judge(claimed, known)
            assert not isinstance(found, Proven) or content == invited().encode()
        assert all(isinstance(each, SshSignature | Checklist) for each in asked)


@given(CONTENTS)
def test_reading_of_tokens_and_armour_when_anything_comes_raises_nothing(content: bytes) -> None:
    """The readers that run before any signature was checked."""
    assert pasted_token(content) is None or pasted_token(content) == 1 or b"\n" in content
    assert said_unverified(content, "jti") is None or b"." in content
    assert all(each.text.startswith(b"-----BEGIN") for each in armoured(content))
