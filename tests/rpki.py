"""A resource PKI in a folder: one trust anchor, its revocation list, and checklists that it signs.

Law: keys are made anew each time and open nothing; documentation numbers only; no network. What stands in the
folder is what rpki-client would have fetched. Source: RFC 6487, RFC 9323.
"""

from __future__ import annotations

import base64
import hashlib
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import NameOID, ObjectIdentifier

HOST = "rsync://rpki.example.net/repo"
_POLICY = ObjectIdentifier("1.3.6.1.5.5.7.14.2")
_AS_NUMBERS = ObjectIdentifier("1.3.6.1.5.5.7.1.8")
_REPOSITORY = ObjectIdentifier("1.3.6.1.5.5.7.48.5")
_MANIFEST = ObjectIdentifier("1.3.6.1.5.5.7.48.10")
_CHECKLIST = "1.2.840.113549.1.9.16.1.48"
_SHA256 = bytes.fromhex("300b0609608648016503040201")


def der(tag: int, *parts: bytes) -> bytes:
    """One value in DER, shorter than 64 KiB."""
    body = b"".join(parts)
    if len(body) < 0x80:
        return bytes([tag, len(body)]) + body
    length = len(body).to_bytes(2 if len(body) > 0xFF else 1, "big")
    return bytes([tag, 0x80 | len(length)]) + length + body


def integer(number: int) -> bytes:
    return der(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def as_numbers(*ranges: tuple[int, int]) -> bytes:
    """`[0] SEQUENCE OF ASIdOrRange`, within a SEQUENCE (RFC 3779 section 3.2.3)."""
    items = [
        integer(first) if first == last else der(0x30, integer(first), integer(last))
        for first, last in ranges
    ]
    return der(0x30, der(0xA0, der(0x30, *items)))


@dataclass(frozen=True, slots=True)
class Rpki:
    """cache: as rpki-client keeps it.  tal: names the anchor."""

    folder: Path
    key: rsa.RSAPrivateKey
    anchor: x509.Certificate

    @property
    def cache(self) -> Path:
        return self.folder / "cache"

    @property
    def tal(self) -> Path:
        return self.folder / "test.tal"

    def checklist(
        self, files: Mapping[str, bytes], *, asns: tuple[tuple[int, int], ...] = ((64500, 64500),)
    ) -> bytes:
        """A signed checklist of these contents, with these ranges of AS numbers."""
        key = rsa.generate_private_key(65537, 2048)
        certificate = self._end_entity(key, asns)
        listed = [
            der(0x30, *([der(0x16, name.encode())] if name else []), der(0x04, hashlib.sha256(text).digest()))
            for name, text in files.items()
        ]
        resources = der(0x30, der(0xA0, as_numbers(*asns)))
        return self._signed(key, certificate, der(0x30, resources, _SHA256, der(0x30, *listed)))

    def _end_entity(self, key: rsa.RSAPrivateKey, asns: tuple[tuple[int, int], ...]) -> x509.Certificate:
        authority = self.anchor.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
        where = x509.DistributionPoint([x509.UniformResourceIdentifier(f"{HOST}/test.crl")], None, None, None)
        issuer = x509.AccessDescription(
            x509.oid.AuthorityInformationAccessOID.CA_ISSUERS,
            x509.UniformResourceIdentifier(f"{HOST}/test.cer"),
        )
        identifier = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(authority)
        return (
            _builder("ee", "anchor", key, 2)
            .add_extension(identifier, critical=False)
            .add_extension(_usage(authority=False), critical=True)
            .add_extension(x509.CRLDistributionPoints([where]), critical=False)
            .add_extension(x509.AuthorityInformationAccess([issuer]), critical=False)
            .add_extension(x509.UnrecognizedExtension(_AS_NUMBERS, as_numbers(*asns)), critical=True)
            .sign(self.key, hashes.SHA256())
        )

    def _signed(self, key: rsa.RSAPrivateKey, certificate: x509.Certificate, content: bytes) -> bytes:
        paths = {name: self.folder / name for name in ("ee.pem", "ee.key", "content")}
        paths["ee.pem"].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        paths["ee.key"].write_bytes(_pem(key))
        paths["content"].write_bytes(content)
        words = ["-sign", "-binary", "-nodetach", "-keyid", "-nosmimecap", "-md", "sha256", "-outform", "DER"]
        named = ["-in", paths["content"], "-signer", paths["ee.pem"], "-inkey", paths["ee.key"]]
        done = subprocess.run(
            ["openssl", "cms", *words, "-econtent_type", _CHECKLIST, *named],
            capture_output=True,
            check=True,
        )
        return done.stdout


def new_rpki(folder: Path) -> Rpki:
    """An anchor for AS64496 to AS64511, with an empty revocation list."""
    key = rsa.generate_private_key(65537, 2048)
    places = [
        x509.AccessDescription(_REPOSITORY, x509.UniformResourceIdentifier(f"{HOST}/")),
        x509.AccessDescription(_MANIFEST, x509.UniformResourceIdentifier(f"{HOST}/test.mft")),
    ]
    anchor = (
        _builder("anchor", "anchor", key, 1)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(_usage(authority=True), critical=True)
        .add_extension(x509.SubjectInformationAccess(places), critical=False)
        .add_extension(x509.UnrecognizedExtension(_AS_NUMBERS, as_numbers((64496, 64511))), critical=True)
        .sign(key, hashes.SHA256())
    )
    made = Rpki(folder, key, anchor)
    _put(made.cache / "ta" / "test" / "test.cer", anchor.public_bytes(serialization.Encoding.DER))
    _put(made.cache / "rpki.example.net" / "repo" / "test.crl", _revocations(key, anchor))
    public = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    made.tal.write_text(f"{HOST}/test.cer\n\n{base64.encodebytes(public).decode()}")
    return made


def _put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(content)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text, _ASN1Type.PrintableString)])


def _builder(subject: str, issuer: str, key: rsa.RSAPrivateKey, serial: int) -> x509.CertificateBuilder:
    now = datetime.now(UTC).replace(microsecond=0)
    policy = x509.CertificatePolicies([x509.PolicyInformation(_POLICY, None)])
    return (
        x509.CertificateBuilder(_name(issuer), _name(subject), key.public_key(), serial)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(policy, critical=True)
    )


def _usage(*, authority: bool) -> x509.KeyUsage:
    off = dict.fromkeys(
        ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement"), False
    )
    return x509.KeyUsage(
        digital_signature=not authority,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
        **off,
    )


def _revocations(key: rsa.RSAPrivateKey, anchor: x509.Certificate) -> bytes:
    now = datetime.now(UTC).replace(microsecond=0)
    identifier = anchor.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    authority = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier)
    made = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(_name("anchor"))
        .last_update(now - timedelta(hours=1))
        .next_update(now + timedelta(days=1))
        .add_extension(authority, critical=False)
        .add_extension(x509.CRLNumber(1), critical=False)
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.DER)


def _pem(key: rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
