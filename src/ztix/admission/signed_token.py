"""A signed word in one line of text: JSON Web Tokens (RFC 7519) by Ed25519, and nothing else of their world.

Law: pure; no clock, and no key but those of policy. Everything that such tokens were forged by elsewhere is
refused before the signature is looked at: another algorithm than the one, keys that the token brings itself,
a second spelling, a token of another kind. Refusals are a ValueError whose text goes on after "it".
Source: RFC 7515, RFC 8037; RFC 8725 on what went wrong with them.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ztix.diagnostics import shown
from ztix.policy import ExchangePolicy
from ztix.terms import Asn

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

BYTES_MAX = 4096
SKEW_S = 60  # that two clocks may differ
ALGORITHM = "EdDSA"
INVITATION_KIND = "ztix-invite+jwt"
ATTESTATION_KIND = "ztix-attestation+jwt"

_PARTS = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]*)")
_HEAD = re.compile(rb"(?<![A-Za-z0-9_-])(eyJ[A-Za-z0-9_-]{8,4096}+)\s*+\.")
_HEADERS = frozenset({"alg", "typ", "kid"})


class Claims(BaseModel):
    """What every token says. Types are exact: no text counts as a number."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, hide_input_in_errors=True, defer_build=True
    )

    iss: str
    aud: str
    sub: str
    iat: int = Field(ge=0, lt=2**37)
    nbf: int = Field(ge=0, lt=2**37)
    exp: int = Field(ge=0, lt=2**37)


C = TypeVar("C", bound=Claims)


def sign(kind: str, kid: str, claims: Claims, key: Ed25519PrivateKey) -> str:
    """The token. kind: what it is, its `typ`.  kid: the key's name in policy."""
    from jwt.api_jws import PyJWS

    payload = claims.model_dump_json(exclude_defaults=True).encode()
    return PyJWS().encode(payload, key, ALGORITHM, {"typ": kind, "kid": kid})


def opened(content: bytes, kind: str, keys: Mapping[str, bytes], model: type[C]) -> tuple[str, C]:
    """The name of the key that signed a token, and what it says. Raises ValueError.

    kind: what it must be, its `typ`.  keys: 32 bytes each, by name.
    """
    token, head, payload = _parted(content)
    _check_algorithm(head)
    if foreign := sorted(head.keys() - _HEADERS):
        raise ValueError(f"has `{shown(foreign[0])}` in its head, which nothing here goes by")
    if head.get("typ") != kind:
        raise ValueError(f"is no `{kind}`: its head says `{shown(str(head.get('typ')))}`")
    kid = head.get("kid")
    if not isinstance(kid, str) or kid not in keys:
        raise ValueError(f"names the key `{shown(str(kid))}`, which policy does not have")
    if not _is_signed(token, keys[kid]):
        raise ValueError(f"is not signed by the key `{kid}`: it was made with another, or changed since")
    try:
        return kid, model.model_validate(_object(payload))
    except ValidationError as error:
        place = error.errors(include_input=False, include_url=False)[0]["loc"]
        raise ValueError(f"has no right `{shown(str(place[0]))}` among its claims") from None


def audience(exchange: ExchangePolicy) -> str:
    """Whom a token is for: this exchange, and no other that took its name."""
    return f"{exchange.name} {exchange.asn}"


def check_audience(claims: Claims, exchange: ExchangePolicy, asn: Asn) -> None:
    """Raises ValueError where a token is for another exchange or AS number."""
    if claims.aud != audience(exchange):
        raise ValueError(f"is for the exchange `{shown(claims.aud)}`, and this is `{audience(exchange)}`")
    if claims.sub != str(asn):
        raise ValueError(f"is for `{shown(claims.sub)}`, and this is `{asn}`")


def check_time(claims: Claims, now: datetime, most_s: int) -> None:
    """Raises ValueError where a token does not count yet, any more, or would for longer than allowed."""
    seconds = now.timestamp()
    if claims.exp <= claims.nbf or claims.exp - claims.iat > most_s:
        raise ValueError(f"would count for longer than {most_s // 86400} days, or never")
    if max(claims.iat, claims.nbf) > seconds + SKEW_S:
        raise ValueError(f"does not count before {_written(max(claims.iat, claims.nbf))}")
    if claims.exp <= seconds:
        raise ValueError(f"expired on {_written(claims.exp)}")


def said_unverified(content: bytes, claim: str) -> str | None:
    """What a token says of itself, whoever signed it; None where there is no such text. Raises nothing."""
    try:
        said = _object(_parted(content)[2]).get(claim)
    except ValueError:
        return None
    return said if isinstance(said, str) else None


def pasted_token(text: bytes) -> int | None:
    """The line, from 1, of the first login's token in a file of any kind; None where there is none.

    An `id_token` or access token: others could use it, and here it proves nothing.
    """
    for found in _HEAD.finditer(text):
        try:
            head = _object(_decoded(found[1].decode("ascii")))
        except ValueError:
            continue
        if "alg" in head and str(head.get("typ")) not in (INVITATION_KIND, ATTESTATION_KIND):
            return text.count(b"\n", 0, found.start()) + 1
    return None


def _parted(content: bytes) -> tuple[str, dict[str, object], bytes]:
    if len(content) > BYTES_MAX:
        raise ValueError(f"has {len(content)} bytes, more than {BYTES_MAX}")
    token = content.removesuffix(b"\n").decode("latin-1")
    parts = _PARTS.fullmatch(token)
    if parts is None:
        raise ValueError("is no token: three parts of letters, digits, `-` and `_`, with a point between")
    head, payload = _decoded(parts[1]), _decoded(parts[2])
    _decoded(parts[3])
    return token, _object(head), payload


def _decoded(part: str) -> bytes:
    """Base64url in its only spelling: whoever could write it in two could spend it twice."""
    try:
        octets = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except binascii.Error:
        raise ValueError("is not whole") from None
    if base64.urlsafe_b64encode(octets).rstrip(b"=").decode("ascii") != part:
        raise ValueError("is written in another spelling than its own")
    return octets


def _object(text: bytes) -> dict[str, object]:
    try:
        found = json.loads(text.decode("utf-8"), object_pairs_hook=_distinct, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise ValueError("is no token: a part of it is no JSON") from None
    if not isinstance(found, dict):
        raise ValueError("is no token: a part of it is no JSON object")
    return found


def _distinct(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("says a key twice")
    return found


def _refuse(constant: str) -> object:
    raise ValueError(constant)


def _check_algorithm(head: Mapping[str, object]) -> None:
    algorithm = head.get("alg")
    if isinstance(algorithm, str) and algorithm.lower() == "none":
        raise ValueError("is not signed at all: its head says `none`")
    if algorithm != ALGORITHM:
        raise ValueError(f"is signed by `{shown(str(algorithm))}`, and only `{ALGORITHM}` counts")


def _is_signed(token: str, key: bytes) -> bool:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from jwt.api_jws import PyJWS
    from jwt.exceptions import InvalidTokenError

    try:
        PyJWS().decode(token, Ed25519PublicKey.from_public_bytes(key), [ALGORITHM])
    except InvalidTokenError:
        return False
    return True


def _written(seconds: int) -> str:
    """Such as `2026-01-02 03:04 UTC`."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")
