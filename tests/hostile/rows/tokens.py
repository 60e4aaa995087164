"""Invitations and attestors' words: forged, of others, out of time, spent, cut, of another kind."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping

from tests.hostile.pull import Changes, Must, Pull
from tests.hostile.scene import JOINER, NEWCOMER, attested, invited, joining, nodes_sign, path_of
from tests.unit.claim_fixture import AUDIENCE, MINT, OTHER, invitation
from tests.unit.exchange_fixture import ADMISSION, NOW
from ztix.admission.signed_token import INVITATION_KIND

_PUBLIC = MINT.public_key().public_bytes_raw()
_NOW = int(NOW.timestamp())
_GOOD = invited()
_CLAIMS = invitation(sub=f"AS{NEWCOMER}", account=NEWCOMER).model_dump(exclude_defaults=True)
_HEAD: Mapping[str, object] = {"typ": INVITATION_KIND, "kid": "board"}
_WARNING = "ask a maintainer for a new one"
_ATTESTOR = "log in at https://login.example.net"


def _part(value: Mapping[str, object] | bytes) -> str:
    octets = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")


def _forged(head: Mapping[str, object], claims: Mapping[str, object], secret: bytes | None = None) -> str:
    """A token signed with HMAC by a text that everybody knows, or not at all."""
    text = f"{_part(head)}.{_part(claims)}"
    seal = hmac.new(secret, text.encode(), hashlib.sha256).digest() if secret else b""
    return f"{text}.{_part(seal)}"


def _signed(head: Mapping[str, object], claims: Mapping[str, object]) -> str:
    """A token that the right key signed, whatever it says."""
    text = f"{_part(head)}.{_part(claims)}"
    return f"{text}.{_part(MINT.sign(text.encode()))}"


def _offered(name: str, token: str | bytes, says: str, author: int = NEWCOMER) -> Pull:
    """A join with something in place of an invitation."""
    return Pull(
        f"invitation-{name}", Must.WAIT, joining(invite=token), (says,), _WARNING, author, refused=True
    )


def _told(name: str, token: str | bytes, says: str) -> Pull:
    """A join with something in place of an attestor's word."""
    return Pull(name, Must.WAIT, joining(invite=None, attestation=token), (says,), _ATTESTOR, refused=True)


_EDDSA = {**_HEAD, "alg": "EdDSA"}
_LOGIN = {
    "iss": "https://auth.peeringdb.com",
    "sub": "7",
    "aud": "x",
    "nonce": "n",
    "networks": [{"asn": 64502}],
}
_ID_TOKEN = f"{_part({'alg': 'RS256', 'typ': 'JWT', 'kid': '1'})}.{_part(_LOGIN)}.{_part(b'x' * 64)}"
_SPENT: tuple[Changes, ...] = (joining(), dict.fromkeys(joining()))
_TWICE = '{"typ":"ztix-invite+jwt","kid":"board","alg":"EdDSA","alg":"none"}'

TOKENS: tuple[Pull, ...] = (
    _offered("alg-none", _forged({**_HEAD, "alg": "none"}, _CLAIMS), "is not signed at all"),
    _offered("alg-None-in-capitals", _forged({**_HEAD, "alg": "NoNe"}, _CLAIMS), "is not signed at all"),
    _offered("alg-missing", _forged(_HEAD, _CLAIMS), "is signed by `None`"),
    _offered(
        "hs256-by-the-public-key",
        _forged({**_HEAD, "alg": "HS256"}, _CLAIMS, _PUBLIC),
        "is signed by `HS256`, and only `EdDSA` counts",
    ),
    _offered(
        "hs256-by-the-public-key-as-text",
        _forged({**_HEAD, "alg": "HS256"}, _CLAIMS, base64.b64encode(_PUBLIC)),
        "is signed by `HS256`",
    ),
    _offered("eddsa-head-over-hmac", _forged(_EDDSA, _CLAIMS, _PUBLIC), "is not signed by the key `board`"),
    _offered("signature-left-out", _GOOD.rpartition(".")[0] + ".", "is not signed by the key"),
    _offered(
        "token-brings-its-own-key",
        _signed({**_EDDSA, "jwk": {"kty": "OKP", "crv": "Ed25519", "x": _part(_PUBLIC)}}, _CLAIMS),
        "has `jwk` in its head",
    ),
    _offered(
        "token-names-a-key-on-the-web",
        _signed({**_EDDSA, "jku": "https://evil.example"}, _CLAIMS),
        "has `jku` in its head",
    ),
    _offered("token-with-crit", _signed({**_EDDSA, "crit": ["b64"], "b64": False}, _CLAIMS), "in its head"),
    _offered("unknown-kid", _signed({**_EDDSA, "kid": "hall"}, _CLAIMS), "names the key `hall`"),
    _offered("kid-is-a-path", _signed({**_EDDSA, "kid": "../../etc/passwd"}, _CLAIMS), "names the key"),
    _offered("kid-is-a-list", _signed({**_EDDSA, "kid": ["board"]}, _CLAIMS), "names the key"),
    _offered("head-says-alg-twice", f"{_part(_TWICE.encode())}.{_part(_CLAIMS)}.AAAA", "no JSON"),
    _offered("signed-by-a-stranger", invited(key=OTHER), "is not signed by the key `board`"),
    _offered("another-audience", invited(aud="other-ix AS64496"), "is for the exchange `other-ix AS64496`"),
    _offered(
        "exchange-of-the-same-name",
        invited(aud="example-ix AS64497", iss="example-ix AS64497"),
        "is for the exchange",
    ),
    _offered("another-issuer", invited(iss="login.example.net"), "only the exchange itself invites"),
    _offered("another-number", invited(asn=64505), "is for `AS64505`, and this is `AS64502`"),
    _offered("another-account", invited(account=64500), "is for the account 64500"),
    _offered("another-node", invited(node="1a2b364500"), "is for the node `1a2b364500` alone"),
    _offered("expired", invited(iat=_NOW - 9000, nbf=_NOW - 9000, exp=_NOW - 1), "expired on"),
    _offered("not-before-tomorrow", invited(nbf=_NOW + 86400), "does not count before"),
    _offered("issued-tomorrow", invited(iat=_NOW + 86400, exp=_NOW + 90000), "does not count before"),
    _offered("for-ten-years", invited(exp=_NOW + 3650 * 86400), "would count for longer than"),
    _offered("never-counts", invited(exp=_NOW - 5, nbf=_NOW + 5), "would count for longer than"),
    _offered("account-as-text", _signed(_EDDSA, {**_CLAIMS, "account": "64502"}), "no right `account`"),
    _offered("exp-as-text", _signed(_EDDSA, {**_CLAIMS, "exp": str(_NOW + 60)}), "no right `exp`"),
    _offered("exp-as-a-huge-number", _signed(_EDDSA, {**_CLAIMS, "exp": 10**400}), "no right `exp`"),
    _offered("a-claim-too-many", _signed(_EDDSA, {**_CLAIMS, "role": "owner"}), "no right `role`"),
    _offered("attestation-as-invitation", attested(), "is no `ztix-invite+jwt`"),
    _offered("cut-in-the-middle", _GOOD[:80], "is no token"),
    _offered("cut-at-the-end", _GOOD[:-3], "AS64502.invite"),
    _offered("second-spelling", _GOOD[:-1] + chr(ord(_GOOD[-1]) + 1), "AS64502.invite"),
    _offered("empty", "", "is no token"),
    _offered("blank-lines-around", f"\n\n{_GOOD}\n", "is no token"),
    _offered("two-tokens", f"{_GOOD}\n{_GOOD}\n", "is no token"),
    _offered("nested-json", f"{_part(b'[' * 2000)}.{_part(_CLAIMS)}.AAAA", "no JSON"),
    _offered("payload-is-no-json", _signed(_EDDSA, {})[:-90] + _part(b"\xff\xfe"), "AS64502.invite"),
    _offered("huge-token", _signed(_EDDSA, {**_CLAIMS, "jti": "0" * 5000}), "more than 4096"),
    Pull("huge-file-of-tokens", Must.FAIL, joining(invite=f"{_GOOD}." * 100), ("ZT905",), "make it shorter"),
    Pull(
        "used-before",
        Must.WAIT,
        joining(),
        ("was used before, and counts once",),
        _WARNING,
        past=_SPENT,
        refused=True,
    ),
    Pull(
        "auto-approving-for-nobody-in-particular",
        Must.WAIT,
        joining(invite=invited(account=None, auto_approve=True)),
        ("approves by itself and names no account",),
        _WARNING,
        refused=True,
    ),
    Pull(
        "invitation-for-no-account",  # copied from somebody's open pull request, as like as not
        Must.WAIT,
        joining(invite=invited(account=None)),
        ("proof: needs a maintainer", "whoever reads the line could offer it"),
        "for your account: `ztix invite AS64502 --account 64502`",
        refused=False,
    ),
    Pull(
        "invitation-of-a-key-that-the-change-itself-brings",
        Must.WAIT,
        {
            **joining(invite=invited(key=OTHER)),
            "policy/maintainers.yaml": "invitation_keys:\n  - id: board\n    key: "
            + base64.b64encode(OTHER.public_key().public_bytes_raw()).decode()
            + "\n",
        },
        ("is not signed by the key `board`", "the list of maintainers changes"),
        _WARNING,
        refused=True,
    ),
    Pull(
        "invited-exchange-without-an-invitation",
        Must.WAIT,
        joining(invite=None, attestation=attested()),
        ("proof: needs a maintainer", "AS64502"),
        "a maintainer",
        past=({"policy/admission.yaml": ADMISSION + "entry: invited\n"},),
    ),
    Pull(
        "invitation-lying-there-from-before",
        Must.WAIT,
        {path_of(NEWCOMER): JOINER, **nodes_sign(NEWCOMER, JOINER)},
        ("nothing shows yet",),
        "ztix prove",
        past=({"members/AS64502.invite": _GOOD},),
    ),
    Pull(
        "id-token-pasted-into-a-member-file",
        Must.FAIL,
        joining(JOINER + f"# {_ID_TOKEN}\n"),
        ("ZT906", "a token of a login stands here"),
        "end that session",
    ),
    Pull(
        "id-token-pasted-as-an-attestation",
        Must.FAIL,
        joining(invite=None, attestation=_ID_TOKEN),
        ("ZT906", "is a login's own token"),
        "end that session",
    ),
    Pull(
        "id-token-pasted-as-an-invitation",
        Must.FAIL,
        joining(invite=_ID_TOKEN),
        ("ZT906", "is signed by `RS256`"),
        "end that session",
    ),
    Pull(
        "invitation-pasted-into-a-member-file",
        Must.FAIL,
        joining(JOINER + f"# {_GOOD}\n", invite=None),
        ("ZT906", "a token stands here"),
        "members/AS<number>.invite",
    ),
    _told("attestation-of-another-issuer", attested(iss="https://evil.example.net"), "is of `https://evil"),
    _told("attestation-signed-by-a-stranger", attested(OTHER), "is not signed by the key `login`"),
    _told("attestation-for-another-account", attested(account=64500), "is for the account 64500"),
    _told("attestation-for-another-number", attested(sub="AS64500"), "is for `AS64500`"),
    _told("attestation-for-another-exchange", attested(aud="other-ix AS64496"), "is for the exchange"),
    _told("attestation-expired", attested(iat=_NOW - 99, nbf=_NOW - 99, exp=_NOW - 1), "expired on"),
    _told("attestation-by-an-invitation", _GOOD, "is no `ztix-attestation+jwt`"),
)
assert AUDIENCE == "example-ix AS64496"
