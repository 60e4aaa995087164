"""Signatures of SSH in armour: what `ssh-keygen -Y sign` writes, several of them in one file.

Law: pure, and judges no signature: it tells which key each one names, so that `ssh-keygen` is asked about
that key alone, and so that a refusal can say whose signature was met.
Source: OpenSSH's PROTOCOL.sshsig.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

SIGNATURES_MAX = 16  # in one file; a change of all keys needs no more

_ARMOUR = re.compile(
    rb"-----BEGIN SSH SIGNATURE-----\n((?:[A-Za-z0-9+/=]{1,76}\n){1,200})-----END SSH SIGNATURE-----(?:\n|\Z)"
)
_KIND = re.compile(rb"[a-z0-9@.-]{1,64}")
_MAGIC = b"SSHSIG\x00\x00\x00\x01"


@dataclass(frozen=True, slots=True)
class Armoured:
    """One signature. text: its armour.  key: the signer's, as in a `.pub` file.  namespace: its purpose."""

    text: bytes
    key: str
    namespace: str


def armoured(content: bytes) -> tuple[Armoured, ...]:
    """The signatures in a file, in their order; what is none is passed over. Raises nothing."""
    blocks = list(_ARMOUR.finditer(content.replace(b"\r\n", b"\n")))[:SIGNATURES_MAX]
    return tuple(found for block in blocks if (found := _read(block)) is not None)


def by_one_of(content: bytes, keys: Sequence[str], namespace: str) -> tuple[tuple[str, Armoured], ...]:
    """Which signatures a verifier has to look at: those that name one of the keys, and this namespace.

    Each with its key as it was given here; a comment after the key does not count.
    """
    given = {" ".join(key.split()[:2]): key for key in keys}
    return tuple(
        (given[each.key], each)
        for each in armoured(content)
        if each.key in given and each.namespace == namespace
    )


def fingerprint(key: str) -> str:
    """A key as `ssh-keygen -l` shows it. key: kind and blob."""
    digest = hashlib.sha256(base64.b64decode(key.split()[1])).digest()
    return f"SHA256:{base64.b64encode(digest).decode('ascii').rstrip('=')}"


def _read(block: re.Match[bytes]) -> Armoured | None:
    try:
        octets = base64.b64decode(block[1].replace(b"\n", b""), validate=True)
        key, rest = _string(octets.removeprefix(_MAGIC))
        namespace, _ = _string(rest)
        kind, _ = _string(key)
        if not octets.startswith(_MAGIC) or not _KIND.fullmatch(kind):
            return None
        text = block[0] if block[0].endswith(b"\n") else block[0] + b"\n"
        name = f"{kind.decode('ascii')} {base64.b64encode(key).decode('ascii')}"
        return Armoured(text, name, namespace.decode("utf-8"))
    except (binascii.Error, ValueError):
        return None


def _string(octets: bytes) -> tuple[bytes, bytes]:
    """The first string of RFC 4251 section 5, and what follows it. Raises ValueError."""
    end = 4 + int.from_bytes(octets[:4], "big")
    if len(octets) < end or len(octets) < 4:
        raise ValueError("ends in the middle of a string")
    return octets[4:end], octets[end:]
