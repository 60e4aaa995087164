"""The exchange that the corpus is about, who is who in it, and what people sign.

Law: documentation numbers, keys that open nothing, one fixed time. No file is read and no process started.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.unit.claim_fixture import MINT, OTHER, invitation, public
from tests.unit.exchange_fixture import NOW, good_files, member_text
from ztix.admission.methods.attestation import AttestationClaims
from ztix.admission.methods.node import enclosure_text
from ztix.admission.methods.node import sign as sign_as_node
from ztix.admission.signed_token import ATTESTATION_KIND, INVITATION_KIND, sign
from ztix.admission.statement import NAMESPACE, statement
from ztix.identity import Identity
from ztix.policy import ExchangePolicy
from ztix.terms import Asn, Label

OWNER, ADMIN, REVIEWER, CHIEF = 11, 12, 13, 14
STRANGER, NEWCOMER = 666, 64502
LONG_AGO, LATELY = datetime(2025, 1, 2, tzinfo=UTC), NOW - timedelta(days=3)
OLD_KEY, NEW_KEY, THIRD_KEY = (Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n in (11, 12, 13))
IX = ExchangePolicy(name=Label("example-ix"), title="Example IX", asn=Asn(64496))
JOINER = member_text(NEWCOMER)  # the file of who joins
CURVE = bytes(range(32))  # the half of a node's key that signs nothing


def _octets(text: str | None) -> bytes | None:
    return None if text is None else text.encode()


def _string(octets: bytes) -> bytes:
    return len(octets).to_bytes(4, "big") + octets


def _wire(key: Ed25519PrivateKey) -> bytes:
    return _string(b"ssh-ed25519") + _string(key.public_key().public_bytes_raw())


def auth_key(key: Ed25519PrivateKey) -> str:
    """A public key as a member's file has it."""
    return f"ssh-ed25519 {base64.b64encode(_wire(key)).decode('ascii')}"


def with_keys(text: str, *keys: Ed25519PrivateKey) -> str:
    """A member's file with these under `auth:`."""
    return text + "auth:\n" + "".join(f"  - {auth_key(key)}\n" for key in keys)


KEYED = with_keys(member_text(64503), OLD_KEY)  # the file of AS64503, as it is merged
MAINTAINERS = f"""\
maintainers:
  - github: {{id: {OWNER}, login: owner}}
    role: owner
  - github: {{id: {CHIEF}, login: chief}}
    role: owner
  - github: {{id: {ADMIN}, login: admin}}
    role: admin
  - github: {{id: {REVIEWER}, login: reviewer}}
    role: reviewer
invitation_keys:
  - id: board
    key: {public(MINT)}
attestors:
  - id: login
    issuer: https://login.example.net
    key: {public(MINT)}
"""
BASE: Mapping[str, str] = {
    **good_files(),
    "members/AS64503.yaml": KEYED,
    "policy/maintainers.yaml": MAINTAINERS,
    "README.md": "# Example IX\n",
    ".github/workflows/verdict.yml": "on: pull_request_target\n",
    "src/ztix/review.py": "print('hello')\n",
}
"""What is merged: AS64500 and AS64501 without keys, AS64503 with one, people of each role."""


def path_of(asn: int) -> str:
    return f"members/AS{asn}.yaml"


def signed(
    key: Ed25519PrivateKey,
    before: str | None,
    after: str | None,
    *,
    path: str = path_of(64503),
    exchange: ExchangePolicy = IX,
    namespace: str = NAMESPACE,
) -> str:
    """A signature as `ssh-keygen -Y sign` makes it, in its armour."""
    message = statement(exchange, path, _octets(before), _octets(after))
    rest = _string(namespace.encode()) + _string(b"") + _string(b"sha512")
    seal = _string(b"ssh-ed25519") + _string(
        key.sign(b"SSHSIG" + rest + _string(hashlib.sha512(message).digest()))
    )
    octets = b"SSHSIG" + (1).to_bytes(4, "big") + _string(_wire(key)) + rest + _string(seal)
    text = base64.b64encode(octets).decode("ascii")
    lines = [text[at : at + 70] for at in range(0, len(text), 70)]
    return "\n".join(["-----BEGIN SSH SIGNATURE-----", *lines, "-----END SSH SIGNATURE-----", ""])


def node_signed(
    node: str, before: str | None, after: str | None, *, path: str, key: Ed25519PrivateKey = THIRD_KEY
) -> str:
    """What a node encloses that signs a change."""
    half = (CURVE + key.public_key().public_bytes_raw()).hex()
    secret = (bytes(32) + key.private_bytes_raw()).hex()
    identity = Identity.parse(f"{node}:0:{half}:{secret}")
    message = statement(IX, path, _octets(before), _octets(after))
    return enclosure_text(identity, sign_as_node(identity, message))


def nodes_sign(asn: int, text: str, before: str | None = None, *nodes: str) -> dict[str, str]:
    """The enclosures of these nodes; by default of the one that `member_text` has."""
    return {
        f"members/AS{asn}.node-{node}.sig": node_signed(node, before, text, path=path_of(asn))
        for node in nodes or (f"1a2b3{asn}",)
    }


def invited(asn: int = NEWCOMER, key: Ed25519PrivateKey = MINT, **changes: object) -> str:
    """A good invitation with parts replaced."""
    return sign(INVITATION_KIND, "board", invitation(**{"sub": f"AS{asn}", "account": asn, **changes}), key)


def attested(key: Ed25519PrivateKey = MINT, **changes: object) -> str:
    """A good word of the attestor with parts replaced."""
    now = int(NOW.timestamp())
    said = {"iss": "https://login.example.net", "aud": "example-ix AS64496", "sub": f"AS{NEWCOMER}"}
    times = {"iat": now, "nbf": now, "exp": now + 3600}
    more = {"account": NEWCOMER, "method": "peeringdb-oidc"}
    return sign(
        ATTESTATION_KIND, "login", AttestationClaims.model_validate({**said, **times, **more, **changes}), key
    )


def joining(
    text: str = JOINER, asn: int = NEWCOMER, **enclosed: str | bytes | None
) -> dict[str, str | bytes]:
    """A join that has all it needs; enclosed: `invite` and others by suffix, None to leave one out."""
    files: dict[str, str | bytes] = {path_of(asn): text, **nodes_sign(asn, text)}
    if "invite" not in enclosed:
        files[f"members/AS{asn}.invite"] = invited(asn)
    for suffix, content in enclosed.items():
        if content is not None:
            files[f"members/AS{asn}.{suffix}"] = content
    return files


def text_of(asn: int) -> str:
    """A member's file as it is merged."""
    return BASE[path_of(asn)]


def edit(asn: int, old: str, new: str) -> dict[str, str]:
    """A member's file with a part replaced; the part must be there."""
    assert old in text_of(asn), old
    return {path_of(asn): text_of(asn).replace(old, new)}


assert OTHER is not MINT
