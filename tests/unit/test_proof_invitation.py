"""Invitations and attestors' statements: what counts, and each way in which one does not."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.claim_fixture import AUDIENCE, MINT, OTHER, claim, elsewhere, invitation, invited, public
from tests.unit.exchange_fixture import NOW
from ztix.admission.methods.attestation import METHOD as ATTESTATION
from ztix.admission.methods.attestation import AttestationClaims
from ztix.admission.methods.invitation import METHOD, accepted, invitation_id
from ztix.admission.proof import Claimed, Disproven, Judgement, NotGiven, Proven, Unbound
from ztix.admission.signed_token import (
    ATTESTATION_KIND,
    BYTES_MAX,
    INVITATION_KIND,
    pasted_token,
    said_unverified,
    sign,
)

START = int(NOW.timestamp())
AS_SENT = "save the line as it was sent: whole, in one line, and nothing else in the file"


def judged(token: str | bytes, claimed: Claimed | None = None) -> Judgement:
    suffix = {".invite": token if isinstance(token, bytes) else token.encode()}
    return METHOD.judge(replace(claimed or claim(), enclosed=suffix), {})


def refusal(token: str | bytes, claimed: Claimed | None = None) -> str:
    """Why an invitation does not count, without its path."""
    found = judged(token, claimed)
    assert isinstance(found, Disproven), found
    content = token if isinstance(token, bytes) else token.encode()
    spoiled = "" if invitation_id(content) else f"{AS_SENT}; or "
    assert found.help == f"{spoiled}ask a maintainer for a new one: `ztix invite AS64500 --account 64500`"
    path, _, words = found.words.partition(" ")
    assert path == "`members/AS64500.invite`"
    return words


def part(value: object) -> str:
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def forged(head: dict[str, object] | bytes, payload: object = None, signature: bytes = bytes(64)) -> str:
    """A token of any head, with a good invitation's claims."""
    said = json.loads(invitation().model_dump_json(exclude_defaults=True)) if payload is None else payload
    return f"{part(head)}.{part(said)}.{part(signature)}"


HEAD: dict[str, object] = {"alg": "EdDSA", "typ": INVITATION_KIND, "kid": "board"}


def test_invitation_when_wrapped_or_quoted_is_to_be_saved_as_it_was_sent() -> None:
    """What a mail program makes of a line is no reason for a new one."""
    line = invited()
    for spoiled in (f"{line[:70]}\n{line[70:]}\n", f"```\n{line}\n```\n", f"> {line}\n"):
        assert refusal(spoiled).startswith("is no token")


def test_invitation_when_good_proves_and_tells_who_invites() -> None:
    """A token of today, by a key that policy has; with or without the newline that an editor adds."""
    assert judged(invited()) == Proven(METHOD.name, "invited by the holder of the key `board`")
    assert isinstance(judged(invited() + "\n"), Proven)
    assert judged(invited(auto_approve=True, account=64500)) == Proven(
        METHOD.name, "invited by the holder of the key `board`, who approves it too"
    )
    assert METHOD.questions(claim({".invite": invited()}), {}) == ()


def test_invitation_when_for_no_account_waits_for_somebody_to_look() -> None:
    """Whoever reads it in an open pull request could offer it as theirs, however else it is bound."""
    for bound in ({}, {"node": "1a2b364500"}, {"reusable": True}):
        found = judged(invited(account=None, **bound))
        assert found == Unbound(
            METHOD.name,
            "invited by the holder of the key `board`, for no account: whoever reads the line could offer it",
            "ask a maintainer for one that is for your account: `ztix invite AS64500 --account 64500`",
        )


def test_invitation_when_absent_is_not_given() -> None:
    """Nobody tried."""
    assert METHOD.judge(claim(), {}) == NotGiven(METHOD.name)
    assert accepted(claim()) is None


def test_invitation_when_it_counts_is_told_with_its_claims() -> None:
    """Who asks whether it approves too gets no answer from one that does not count."""
    good = accepted(claim({".invite": invited(auto_approve=True, account=64500)}))
    assert good is not None
    assert good.auto_approve
    assert accepted(claim({".invite": invited(exp=START, auto_approve=True)})) is None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"iat": START - 9, "nbf": START - 9, "exp": START}, "expired on 2026-01-02 03:04 UTC"),
        ({"nbf": START + 61}, "does not count before 2026-01-02 03:05 UTC"),
        ({"iat": START + 61}, "does not count before 2026-01-02 03:05 UTC"),
        ({"exp": START + 91 * 86400}, "would count for longer than 90 days, or never"),
        ({"nbf": START + 9, "exp": START + 9}, "would count for longer than 90 days, or never"),
        (
            {"iss": "other-ix AS64496", "aud": "other-ix AS64496"},
            "is for the exchange `other-ix AS64496`, and this is `example-ix AS64496`",
        ),
        (
            {"aud": "example-ix AS64497"},
            "is for the exchange `example-ix AS64497`, and this is `example-ix AS64496`",
        ),
        ({"iss": "somebody"}, "is of `somebody`, and only the exchange itself invites"),
        ({"sub": "AS64501"}, "is for `AS64501`, and this is `AS64500`"),
        ({"account": 7}, "is for the account 7, and this is of 64500"),
        (
            {"auto_approve": True, "account": None},
            "approves by itself and names no account: anybody who reads it could use it first",
        ),
        (
            {"node": "1a2b3c4d5e"},
            "is for the node `1a2b3c4d5e` alone, and the member's file has others or none",
        ),
    ],
)
def test_invitation_when_bound_otherwise_is_refused_with_the_reason(
    changes: dict[str, object], words: str
) -> None:
    """Time, exchange, AS number, account and node, each by itself."""
    assert refusal(invited(**changes)) == words


def test_invitation_when_bound_to_what_is_here_counts() -> None:
    """The account of the author and the one node of the file, and a minute of two clocks' difference."""
    assert isinstance(judged(invited(account=64500, node="1a2b364500", nbf=START + 60)), Proven)


def test_invitation_when_used_before_is_refused_unless_it_is_reusable() -> None:
    """Its number is in the history of what was merged."""
    spent = claim(spent=frozenset({"0" * 31 + "1"}))
    assert refusal(invited(), spent) == "was used before, and counts once"
    assert isinstance(judged(invited(reusable=True), spent), Proven)
    assert invitation_id(invited().encode()) == "0" * 31 + "1"
    assert [invitation_id(text) for text in (b"", b"x.y.z", forged(HEAD, {"jti": 1}).encode())] == [None] * 3


def test_invitation_when_of_another_exchange_s_key_or_time_is_refused() -> None:
    """The same token at an exchange of another name, and a week later."""
    assert refusal(invited(), elsewhere(claim())).startswith("is for the exchange `example-ix AS64496`")
    assert refusal(invited(), replace(claim(), now=NOW + timedelta(days=7))).startswith(
        "expired on 2026-01-09"
    )


def hs256() -> str:
    """Signed with the public key as if it were a shared secret."""
    body = forged({**HEAD, "alg": "HS256"}).rpartition(".")[0]
    secrets = base64.b64decode(public(MINT))
    return f"{body}.{part(hmac.new(secrets, body.encode(), hashlib.sha256).digest())}"


@pytest.mark.parametrize(
    ("token", "words"),
    [
        (forged({**HEAD, "alg": "none"}, signature=b""), "is not signed at all: its head says `none`"),
        (forged({**HEAD, "alg": "NoNe"}, signature=b""), "is not signed at all: its head says `none`"),
        (hs256(), "is signed by `HS256`, and only `EdDSA` counts"),
        (forged({"typ": INVITATION_KIND}), "is signed by `None`, and only `EdDSA` counts"),
        (forged({**HEAD, "alg": ["EdDSA"]}), "is signed by `['EdDSA']`, and only `EdDSA` counts"),
        (forged({**HEAD, "typ": "JWT"}), "is no `ztix-invite+jwt`: its head says `JWT`"),
        (
            sign(ATTESTATION_KIND, "board", invitation(), MINT),
            "is no `ztix-invite+jwt`: its head says `ztix-attestation+jwt`",
        ),
        (forged({**HEAD, "jwk": {}}), "has `jwk` in its head, which nothing here goes by"),
        (forged({**HEAD, "crit": ["x"]}), "has `crit` in its head, which nothing here goes by"),
        (forged({**HEAD, "kid": "login"}), "names the key `login`, which policy does not have"),
        (forged({**HEAD, "kid": "../x`y"}), "names the key `../x?y`, which policy does not have"),
        (forged({**HEAD, "kid": {}}), "names the key `{}`, which policy does not have"),
        (forged(HEAD), "is not signed by the key `board`: it was made with another, or changed since"),
        (
            sign(INVITATION_KIND, "board", invitation(), OTHER),
            "is not signed by the key `board`: it was made with another, or changed since",
        ),
        (
            forged(HEAD, signature=b""),
            "is not signed by the key `board`: it was made with another, or changed since",
        ),
        (forged(b"[]"), "is no token: a part of it is no JSON object"),
        (forged(b'{"a":1,"a":2}'), "is no token: a part of it is no JSON"),
        (forged(b'{"a":NaN}'), "is no token: a part of it is no JSON"),
        (forged(b"[" * 2500), "is no token: a part of it is no JSON"),
        (forged(b"\xff\xfe{\x00}\x00"), "is no token: a part of it is no JSON"),
        ("a.b", "is no token: three parts of letters, digits, `-` and `_`, with a point between"),
        ("", "is no token: three parts of letters, digits, `-` and `_`, with a point between"),
        (b"\xff.\xff.\xff", "is no token: three parts of letters, digits, `-` and `_`, with a point between"),
        (
            invited() + "\n\n",
            "is no token: three parts of letters, digits, `-` and `_`, with a point between",
        ),
        ("a.b.c", "is not whole"),
        ("e31.e30.", "is written in another spelling than its own"),
        ("x" * (BYTES_MAX + 1), f"has {BYTES_MAX + 1} bytes, more than {BYTES_MAX}"),
    ],
)
def test_invitation_when_forged_is_refused_with_the_reason(token: str | bytes, words: str) -> None:
    """Every trick that such tokens were forged by elsewhere."""
    assert refusal(token) == words


class _Loose(AttestationClaims):
    """Claims of any kind, to be signed all the same."""

    model_config = AttestationClaims.model_config | {"extra": "allow", "strict": False}


@pytest.mark.parametrize(
    ("changes", "claim_name"),
    [
        ({"exp": str(START + 9)}, "exp"),
        ({"exp": START + 0.5}, "exp"),
        ({"iat": True}, "iat"),
        ({"nbf": -1}, "nbf"),
        ({"exp": 2**50}, "exp"),
        ({"aud": [AUDIENCE]}, "aud"),
        ({"jti": "x"}, "jti"),
        ({"jti": "0" * 32 + "\n"}, "jti"),
        ({"reusable": "yes"}, "reusable"),
        ({"auto_approve": 1}, "auto_approve"),
        ({"account": 0}, "account"),
        ({"node": "1A2B364500"}, "node"),
        ({"skip": True}, "skip"),
    ],
)
def test_invitation_when_a_claim_has_another_type_is_refused(
    changes: dict[str, object], claim_name: str
) -> None:
    """Signed rightly and still no invitation: types are exact, and no claim is passed over."""
    said = {**json.loads(invitation().model_dump_json(exclude_defaults=True)), **changes}
    body = forged(HEAD, said).rpartition(".")[0]
    token = f"{body}.{part(MINT.sign(body.encode()))}"
    assert refusal(token) == f"has no right `{claim_name}` among its claims"


@given(st.data())
def test_invitation_when_a_bit_is_flipped_is_refused(data: st.DataObject) -> None:
    """No bit of the line is free."""
    token = bytearray(TOKEN)
    at = data.draw(st.integers(0, len(token) * 8 - 1))
    token[at // 8] ^= 1 << at % 8
    assert isinstance(METHOD.judge(replace(CLAIM, enclosed={".invite": bytes(token)}), {}), Disproven)


TOKEN, CLAIM = invited().encode() + b"\n", claim()


def attested(key: object = MINT, kid: str = "login", **changes: object) -> bytes:
    said: dict[str, object] = {
        "iss": "https://login.example.net",
        "aud": AUDIENCE,
        "sub": "AS64500",
        "account": 64500,
        "method": "peeringdb-oidc",
        "iat": START,
        "nbf": START,
        "exp": START + 3600,
    }
    claims = AttestationClaims.model_validate({**said, **changes})
    assert key in (MINT, OTHER)
    return sign(ATTESTATION_KIND, kid, claims, MINT if key is MINT else OTHER).encode()


def test_attestation_when_good_proves_and_tells_how_it_is_known() -> None:
    """An attestor that policy names, the author's account, this exchange."""
    found = ATTESTATION.judge(claim({".attestation": attested()}), {})
    assert found == Proven(ATTESTATION.name, "`login` says so, by `peeringdb-oidc`")
    assert ATTESTATION.judge(claim(), {}) == NotGiven(ATTESTATION.name)
    assert ATTESTATION.questions(claim({".attestation": attested()}), {}) == ()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (attested(OTHER), "is not signed by the key `login`: it was made with another, or changed since"),
        (attested(kid="board"), "names the key `board`, which policy does not have"),
        (
            attested(iss="https://evil.example.net"),
            "is of `https://evil.example.net`, and `login` is `https://login.example.net`",
        ),
        (
            attested(aud="other-ix AS64496"),
            "is for the exchange `other-ix AS64496`, and this is `example-ix AS64496`",
        ),
        (attested(sub="AS64501"), "is for `AS64501`, and this is `AS64500`"),
        (attested(account=7), "is for the account 7, and this is of 64500"),
        (attested(exp=START), "would count for longer than 30 days, or never"),
        (attested(iat=START - 9, nbf=START - 9, exp=START), "expired on 2026-01-02 03:04 UTC"),
        (
            forged({"alg": "RS256", "typ": "JWT", "kid": "login"}).encode(),
            "is a login's own token, which proves nothing here and which others could use",
        ),
        (
            invited().encode(),
            "is no `ztix-attestation+jwt`: its head says `ztix-invite+jwt`",
        ),
    ],
)
def test_attestation_when_it_does_not_count_is_refused_with_the_reason(content: bytes, words: str) -> None:
    """Another attestor, exchange, network, account or time; and a login's own token above all."""
    found = ATTESTATION.judge(claim({".attestation": content}), {})
    assert found == Disproven(
        ATTESTATION.name,
        f"`members/AS64500.attestation` {words}",
        "log in at https://login.example.net and commit the line that you get there",
    )


def test_attestation_when_policy_names_nobody_says_so() -> None:
    """An exchange without an attestor neither asks for a statement nor takes one."""
    bare = claim({".attestation": attested()})
    nobody = bare.policy.maintainers.model_copy(update={"attestors": ()})
    bare = replace(bare, policy=bare.policy.model_copy(update={"maintainers": nobody}))
    found = ATTESTATION.judge(bare, {})
    assert isinstance(found, Disproven)
    assert found.help == "take it out: this exchange goes by no attestor"
    assert ATTESTATION.instructions(bare) == "This exchange goes by no attestor.\n"


ID_TOKEN = forged(
    {"alg": "RS256", "typ": "JWT", "kid": "x"}, {"iss": "https://auth.peeringdb.com", "nonce": "n"}
)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (f"name: x\n# {ID_TOKEN}\n", 2),
        (f"name: {ID_TOKEN.replace('.', ' .', 1)}", 1),
        (f"a\nb\nid_token={forged({'alg': 'EdDSA'})}", 3),
        (f"x: {forged({'alg': 'EdDSA', 'typ': ['JWT']})}", 1),
        (f"{invited()}\n{ID_TOKEN}", 2),
        (invited(), None),
        (attested().decode(), None),
        (f"x: {part({'typ': 'JWT'})}.x.y", None),
        ("x: eyJhbGciOiJSUzI1Ni?.eyJ", None),
        ("x: eyJhbGciOiJSUzI1NiJ.eyJ", None),
        ("eyJ" * 5000, None),
        ("name: Example Networks\n", None),
    ],
)
def test_pasted_token_when_somebody_s_login_stands_in_a_file_is_found(text: str, line: int | None) -> None:
    """Any token that is not of the exchange's own kinds, in any file; nothing else is taken for one."""
    assert pasted_token(text.encode()) == line


def test_token_when_read_unverified_gives_texts_only() -> None:
    """A number, or a claim that is not there, is no answer."""
    assert said_unverified(invited().encode(), "sub") == "AS64500"
    assert said_unverified(invited().encode(), "exp") is None
    assert said_unverified(invited().encode(), "nowhere") is None


def test_instructions_when_shown_name_the_account_and_the_file() -> None:
    """Exactly what to do."""
    assert METHOD.instructions(claim()) == (
        "Ask a maintainer for an invitation; your account's id is 64500.\n"
        "They run: ztix invite AS64500 --account 64500\n"
        "Save the line that you get as members/AS64500.invite, and commit it with your file.\n"
    )
    assert ATTESTATION.instructions(claim()) == (
        "Log in at https://login.example.net with the account 64500 and at PeeringDB.\n"
        "Save the line that you get as members/AS64500.attestation and commit it.\n"
        "Never commit a token that PeeringDB itself gave you: it is refused.\n"
    )
