"""A claim for methods of proof to judge: AS64500 of the small good exchange, joining or changing its file.

Law: documentation numbers, keys that open nothing, one fixed time; no file is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.unit.exchange_fixture import NOW, good_files, member_text, read
from ztix.admission.methods.invitation import InvitationClaims
from ztix.admission.proof import Claimed
from ztix.admission.signed_token import INVITATION_KIND, sign
from ztix.member import Member
from ztix.terms import Asn

ASN, ACCOUNT, PATH = Asn(64500), 64500, "members/AS64500.yaml"
MINT, OTHER = (Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32) for number in (1, 2))
AUDIENCE = "example-ix AS64496"


def public(key: Ed25519PrivateKey) -> str:
    """A public key as policy has it."""
    import base64

    return base64.b64encode(key.public_key().public_bytes_raw()).decode("ascii")


MAINTAINERS = f"""\
invitation_keys:
  - id: board
    key: {public(MINT)}
attestors:
  - id: login
    issuer: https://login.example.net
    key: {public(MINT)}
"""


def member(text: str) -> Member:
    """The member that a file's text is."""
    exchange = read({**good_files(), PATH: text})
    found = exchange.member(ASN)
    assert found is not None
    return found.member


def claim(
    enclosed: Mapping[str, bytes | str] | None = None,
    *,
    before: str | None = None,
    after: str | None = None,
    spent: frozenset[str] = frozenset(),
) -> Claimed:
    """Who claims what. before, after: the file's text; by default AS64500 joins."""
    text = member_text(64500) if after is None else after
    policy = read({**good_files(), "policy/maintainers.yaml": MAINTAINERS}).policy
    return Claimed(
        policy,
        ASN,
        ACCOUNT,
        member(text),
        member(before) if before is not None else None,
        PATH,
        before.encode() if before is not None else None,
        text.encode(),
        {key: value.encode() if isinstance(value, str) else value for key, value in (enclosed or {}).items()},
        spent,
        NOW,
    )


def elsewhere(claimed: Claimed) -> Claimed:
    """The same claim at another exchange."""
    exchange = claimed.policy.exchange.model_copy(update={"name": "other-ix"})
    return replace(claimed, policy=claimed.policy.model_copy(update={"exchange": exchange}))


def invitation(**changes: object) -> InvitationClaims:
    """What a good invitation of today says, for a week, with parts replaced."""
    now = int(NOW.timestamp())
    said: dict[str, object] = {
        "iss": AUDIENCE,
        "aud": AUDIENCE,
        "sub": "AS64500",
        "jti": "0" * 31 + "1",
        "account": 64500,
        "iat": now,
        "nbf": now,
        "exp": now + int(timedelta(days=7).total_seconds()),
    }
    return InvitationClaims.model_validate({**said, **changes})


def invited(**changes: object) -> str:
    """A good invitation's token, with parts replaced."""
    return sign(INVITATION_KIND, "board", invitation(**changes), MINT)
