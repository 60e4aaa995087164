"""Public keys in a file: each kind in its one spelling, and nothing that only looks like one."""

import base64

import pytest

from ztix.public_keys import Ed25519Key, SshKey

POINT = bytes(range(32))


def blob(*fields: bytes) -> str:
    return base64.b64encode(b"".join(len(field).to_bytes(4, "big") + field for field in fields)).decode()


def rsa(bits: int, exponent: bytes = b"\x01\x00\x01") -> str:
    modulus = ((1 << bits) - 1).to_bytes(bits // 8 + 1, "big")
    return f"ssh-rsa {blob(b'ssh-rsa', exponent, modulus)}"


def ecdsa(name: str, length: int, first: int = 4) -> str:
    kind = f"ecdsa-sha2-{name}"
    return f"{kind} {blob(kind.encode(), name.encode(), bytes([first]) + bytes(length - 1))}"


SK_ED = "sk-ssh-ed25519@openssh.com"
SK_EC = "sk-ecdsa-sha2-nistp256@openssh.com"
GOOD = [
    f"ssh-ed25519 {blob(b'ssh-ed25519', POINT)}",
    ecdsa("nistp256", 65),
    ecdsa("nistp384", 97),
    ecdsa("nistp521", 133),
    rsa(2048),
    rsa(4096),
    f"{SK_ED} {blob(SK_ED.encode(), POINT, b'ssh:')}",
    f"{SK_EC} {blob(SK_EC.encode(), b'nistp256', bytes([4]) + bytes(64), b'ssh:')}",
]


@pytest.mark.parametrize("text", GOOD, ids=lambda text: text.split()[0])
def test_ssh_key_when_whole_is_read(text: str) -> None:
    """Each kind of key that OpenSSH makes is itself."""
    key = SshKey(text)
    assert (key, key.kind) == (text, text.split(maxsplit=1)[0])


@pytest.mark.parametrize(
    "text",
    [
        f"{GOOD[0]} noc@example.net",  # the comment
        GOOD[0].replace("ssh-ed25519 ", "ssh-ed25519  "),
        GOOD[0].replace("ssh-ed25519 ", "ssh-rsa "),  # another kind than the blob's
        GOOD[0][:-4],  # cut
        GOOD[0] + "AAAA",  # something behind it
        GOOD[0][:-1] + "=",
        f"ssh-ed25519 {blob(b'ssh-ed25519', POINT[:31], bytes(40))}",
        f"ssh-ed25519 {blob(b'ssh-ed25519', POINT + bytes(16))}",
        ecdsa("nistp256", 64),
        ecdsa("nistp256", 65, first=2),
        f"ecdsa-sha2-nistp256 {blob(b'ecdsa-sha2-nistp256', b'nistp384', bytes([4]) + bytes(64))}",
        rsa(1024),
        rsa(2048, b"\x02"),
        rsa(2048, b""),
        rsa(2048, bytes(4) + b"\x03"),
        f"ssh-rsa {blob(b'ssh-rsa', bytes([1, 0, 1]), bytes([255] * 256))}",  # negative
        f"ssh-rsa {blob(b'ssh-rsa', bytes([1, 0, 1]), b'', bytes(200))}",
        f"{SK_ED} {blob(SK_ED.encode(), POINT, b'')}",
        f"{SK_ED} {blob(SK_ED.encode(), POINT, bytes(65))}",
        f"{SK_ED} {blob(SK_ED.encode() + bytes(60))}",
        f"ssh-ed25519 {base64.b64encode(bytes(51)).decode()}",
        "ssh-dss " + blob(b"ssh-dss", bytes(64)),
        "ssh-ed25519 AAAA" + "A" * 65,
        'command="sh" ' + GOOD[0],
        7,
    ],
)
def test_ssh_key_when_anything_else_is_refused(text: object) -> None:
    """What `ssh-keygen` would refuse later, or would read as an option, is no key."""
    with pytest.raises(ValueError, match="must be an SSH public key without its comment"):
        SshKey(text)


def test_ssh_key_when_spare_bits_differ_is_refused() -> None:
    """A second spelling of the same bytes would pass for another key."""
    text = GOOD[1]
    assert text.endswith("=")
    other = text[:-2] + chr(ord(text[-2]) + 1) + "="
    assert base64.b64decode(other.split()[1]) == base64.b64decode(text.split()[1])
    with pytest.raises(ValueError, match="must be an SSH public key"):
        SshKey(other)


def test_ssh_key_when_only_its_kind_is_there_is_refused() -> None:
    """A security key's kind with no field behind it is nothing."""
    name = SK_ED.encode()
    padded = blob(name) + blob(b"")  # no whole blob either
    with pytest.raises(ValueError, match="must be an SSH public key"):
        SshKey(f"{SK_ED} {padded}" + "A" * 60)


def test_ed25519_key_when_read_has_its_bytes() -> None:
    """The 32 bytes come back, and only the one spelling of them is a key."""
    text = base64.b64encode(POINT).decode()
    assert Ed25519Key(text).octets == POINT
    spare = text[:-2] + chr(ord(text[-2]) + 1) + "="
    for wrong in (
        spare,
        text[:-1],
        base64.b64encode(bytes(31)).decode(),
        base64.b64encode(bytes(33)).decode(),
    ):
        with pytest.raises(ValueError, match="32 bytes in base64"):
            Ed25519Key(wrong)
