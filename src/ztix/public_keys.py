"""Public keys as files of an exchange hold them: of SSH, and of Ed25519 alone.

Law: pure. A key is one text in one spelling, so that two texts that differ are two keys. The blob of an SSH
key is read (RFC 4253 section 6.6), not only its letters: what `ssh-keygen` would refuse is refused here.
"""

from __future__ import annotations

import base64
import binascii
import re

from ztix.terms import Word

RSA_BITS = range(2048, 16385)
_SK_APPLICATION = 64  # bytes; `ssh:` and what a user may add


class Ed25519Key(Word):
    """A public key of Ed25519 (RFC 8032): its 32 bytes in base64."""

    __slots__ = ()
    pattern = re.compile(r"[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=")  # spare bits are zero
    form = "a public key of Ed25519: 32 bytes in base64, 44 characters"

    @property
    def octets(self) -> bytes:
        """The 32 bytes."""
        return base64.b64decode(self)


class SshKey(Word):
    """A public key of SSH: its kind and its blob, without the comment that follows them in a `.pub` file."""

    __slots__ = ()
    pattern = re.compile(
        r"(?:ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)|sk-ssh-ed25519@openssh\.com"
        r"|sk-ecdsa-sha2-nistp256@openssh\.com) AAAA[A-Za-z0-9+/]{60,2800}={0,2}"
    )
    form = "an SSH public key without its comment, such as `ssh-ed25519 AAAA…`"

    def __new__(cls, text: object) -> SshKey:
        key = Word.__new__(cls, text)
        kind, _, blob = key.partition(" ")
        if not _is_whole(kind, blob):
            raise ValueError(f"must be {cls.form}")
        return str.__new__(cls, key)

    @property
    def kind(self) -> str:
        """Such as `ssh-ed25519`."""
        return self.partition(" ")[0]


def _is_whole(kind: str, blob: str) -> bool:
    """Whether the blob is one key of this kind and nothing more, in its only spelling."""
    try:
        octets = base64.b64decode(blob, validate=True)
        name, *fields = _strings(octets)
    except (binascii.Error, ValueError):
        return False
    if base64.b64encode(octets).decode("ascii") != blob or name != kind.encode("ascii"):
        return False
    if kind.startswith("sk-"):
        *fields, application = fields or [b""]
        if not 0 < len(application) <= _SK_APPLICATION:
            return False
    return _fits(kind.removeprefix("sk-").partition("@")[0], fields)


def _fits(kind: str, fields: list[bytes]) -> bool:
    match kind, fields:
        case "ssh-ed25519", [point]:
            return len(point) == 32
        case "ssh-rsa", [exponent, modulus]:
            odd = bool(exponent) and bool(modulus) and exponent[-1] % 2 == 1 and modulus[0] < 0x80
            return odd and len(exponent) <= 4 and int.from_bytes(modulus, "big").bit_length() in RSA_BITS
        case _, [curve, point]:
            return _on_curve(curve, point, kind.removeprefix("ecdsa-sha2-"))
        case _:
            return False


_POINTS = {
    "nistp256": 65,
    "nistp384": 97,
    "nistp521": 133,
}  # bytes of an uncompressed point, RFC 5656 section 3.1


def _on_curve(curve: bytes, point: bytes, name: str) -> bool:
    return curve == name.encode("ascii") and len(point) == _POINTS.get(name) and point[0] == 4


def _strings(octets: bytes) -> list[bytes]:
    """The strings that the bytes are made of, each behind its length (RFC 4251). Raises ValueError."""
    found, at = [], 0
    while at < len(octets):
        end = at + 4 + int.from_bytes(octets[at : at + 4], "big")
        if at + 4 > len(octets) or end > len(octets):
            raise ValueError("ends in the middle of a string")
        found.append(octets[at + 4 : end])
        at = end
    return found
