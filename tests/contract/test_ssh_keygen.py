"""The driver of `ssh-keygen`, against the real program: who signed, and what cannot be talked into a yes."""

from __future__ import annotations

import base64
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.claim_fixture import claim, elsewhere
from tests.unit.exchange_fixture import member_text
from ztix.admission.armour import armoured
from ztix.admission.methods.ssh import METHOD, question, signed
from ztix.admission.proof import Claimed, Disproven, Judgement, Proven, Said, SshSignature, Unanswered
from ztix.admission.statement import NAMESPACE
from ztix.drivers.ssh_keygen import SshKeygen, find_ssh_keygen
from ztix.errors import Unavailable, Usage

PROGRAM = Path(shutil.which("ssh-keygen") or "ssh-keygen")
KEYGEN = SshKeygen(PROGRAM)
KINDS = {"old": "ed25519", "new": "ed25519", "ecdsa": "ecdsa", "rsa": "rsa"}


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Private keys by name, with the public ones beside them."""
    folder = tmp_path_factory.mktemp("keys")
    made = {}
    for name, kind in KINDS.items():
        made[name] = folder / name
        subprocess.run(
            [PROGRAM, "-q", "-t", kind, "-N", "", "-C", f"{name}@example.net", "-f", made[name]], check=True
        )
    return made


def public(key: Path) -> str:
    """Kind and blob, as a member's file has them."""
    return " ".join(key.with_suffix(".pub").read_text().split()[:2])


def auth(*keys: Path) -> str:
    return member_text(64500, "auth:\n" + "".join(f"  - {public(key)}\n" for key in keys))


def change(before: str, after: str) -> Claimed:
    return claim(before=before, after=after.replace("name: Example", "name: Other"))


def judged(claimed: Claimed, signature: bytes) -> Judgement:
    """The method's word, after ssh-keygen was really asked."""
    given_ = replace(claimed, enclosed={".yaml.sig": signature})
    asked = question(given_)
    return METHOD.judge(given_, {asked: KEYGEN.who_signed(asked)} if asked else {})


@pytest.mark.parametrize("name", KINDS)
def test_signature_of_each_kind_when_made_by_the_driver_is_known_again(
    keys: dict[str, Path], name: str
) -> None:
    """Ed25519, ECDSA and RSA; the key is told as it was given."""
    signature = KEYGEN.sign(keys[name], b"words", NAMESPACE)
    asked = SshSignature(b"words", signature, NAMESPACE, tuple(map(public, keys.values())))
    assert KEYGEN.who_signed(asked) == Said((public(keys[name]),))


def test_change_when_signed_by_the_merged_key_is_proven(keys: dict[str, Path]) -> None:
    """The plain case, and the change of a key that both have signed, in one file."""
    edit = change(auth(keys["old"]), auth(keys["old"]))
    assert isinstance(judged(edit, KEYGEN.sign(keys["old"], signed(edit), NAMESPACE)), Proven)
    swap = change(auth(keys["old"]), auth(keys["new"]))
    both = b"".join(KEYGEN.sign(keys[name], signed(swap), NAMESPACE) for name in ("new", "old"))
    assert isinstance(judged(swap, both), Proven)


def test_key_swap_when_signed_by_the_new_key_alone_is_refused(keys: dict[str, Path]) -> None:
    """Keys of the branch that is offered vouch for nobody."""
    swap = change(auth(keys["old"]), auth(keys["new"]))
    found = judged(swap, KEYGEN.sign(keys["new"], signed(swap), NAMESPACE))
    assert isinstance(found, Disproven)
    assert "which is no key of the merged file" in found.words


def test_signature_when_of_another_time_place_or_purpose_is_refused(keys: dict[str, Path]) -> None:
    """An old signature, another exchange's, another member's, and one that was made for another program."""
    edit = change(auth(keys["old"]), auth(keys["old"]))
    others = (
        change(auth(keys["old"]).replace("fra1", "ams1"), auth(keys["old"])),
        change(auth(keys["old"]), auth(keys["old"]).replace("fra1", "ams1")),
        elsewhere(edit),
        replace(edit, path="members/AS64501.yaml"),
    )
    for other in others:
        found = judged(edit, KEYGEN.sign(keys["old"], signed(other), NAMESPACE))
        assert isinstance(found, Disproven)
        assert "is of another change, or was made before this one" in found.words
    assert isinstance(judged(edit, KEYGEN.sign(keys["old"], signed(edit), "git")), Disproven)


def test_signature_when_it_claims_another_s_key_is_refused(keys: dict[str, Path]) -> None:
    """The frame names the old key, and the new one made what is in it."""
    mine, theirs = (base64.b64decode(public(keys[name]).split()[1]) for name in ("new", "old"))
    real = armoured(KEYGEN.sign(keys["new"], b"words", NAMESPACE))[0].text
    octets = base64.b64decode(b"".join(real.splitlines()[1:-1]))
    forged = base64.encodebytes(octets.replace(mine, theirs)).strip()
    text = b"-----BEGIN SSH SIGNATURE-----\n" + forged + b"\n-----END SSH SIGNATURE-----\n"
    asked = SshSignature(b"words", text, NAMESPACE, (public(keys["old"]),))
    assert [each.key for each in armoured(text)] == [public(keys["old"])]
    assert KEYGEN.who_signed(asked) == Said()


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_signature_when_a_bit_is_flipped_is_refused(keys: dict[str, Path], data: st.DataObject) -> None:
    """In what was signed, or in what was made of it."""
    words, text = b"exchange: example-ix AS64496\n", _made(keys["old"])
    lines = text.splitlines()
    octets = bytearray(base64.b64decode(b"".join(lines[1:-1])))
    at = data.draw(st.integers(0, (len(octets) + len(words)) * 8 - 1))
    spoiled = bytearray(words)
    if at < len(octets) * 8:
        octets[at // 8] ^= 1 << at % 8
    else:
        at -= len(octets) * 8
        spoiled[at // 8] ^= 1 << at % 8
    body = base64.b64encode(octets)
    parts = [body[k : k + 70] for k in range(0, len(body), 70)]
    again = b"\n".join((lines[0], *parts, lines[-1])) + b"\n"
    asked = SshSignature(bytes(spoiled), again, NAMESPACE, (public(keys["old"]),))
    assert KEYGEN.who_signed(asked) == Said()


_KEPT: dict[Path, bytes] = {}


def _made(key: Path) -> bytes:
    if key not in _KEPT:
        _KEPT[key] = KEYGEN.sign(key, b"exchange: example-ix AS64496\n", NAMESPACE)
    return _KEPT[key]


def test_verifier_when_run_sees_nothing_of_the_user(
    keys: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stand-in writes down what it gets: one key, one signature, no HOME of the user, no agent."""
    monkeypatch.setenv("SSH_AUTH_SOCK", "/nowhere")
    program = tmp_path / "ssh-keygen"
    seen = tmp_path / "seen"
    program.write_text(f'#!/bin/sh\n{{ env; echo "$@"; cat allowed_signers; cat; }} > {seen}\nexit 0\n')
    program.chmod(0o755)
    asked = SshSignature(b"words", _made(keys["old"]), NAMESPACE, (public(keys["old"]),))
    assert SshKeygen(program).who_signed(asked) == Said((public(keys["old"]),))
    text = seen.read_text()
    assert "SSH_AUTH_SOCK" not in text
    assert f"\nmember {public(keys['old'])}\nwords" in text
    home = next(line for line in text.splitlines() if line.startswith("HOME="))
    assert "ztix-verify-" in home
    assert not Path(home.removeprefix("HOME=")).exists()


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("exit 1", "`ssh-keygen` ended with 1"),
        ("kill -9 $$", "`ssh-keygen` ended with -9"),
        ("echo Good; exit 127", "`ssh-keygen` ended with 127"),
    ],
)
def test_verifier_when_it_ends_in_another_way_is_unanswered(
    keys: dict[str, Path], tmp_path: Path, script: str, reason: str
) -> None:
    """Whatever it prints; only 0 is a yes, and only its own code a no."""
    program = tmp_path / "ssh-keygen"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    asked = SshSignature(b"words", _made(keys["old"]), NAMESPACE, (public(keys["old"]),))
    assert SshKeygen(program).who_signed(asked) == Unanswered(reason)


def test_verifier_when_it_does_not_start_is_unanswered(keys: dict[str, Path], tmp_path: Path) -> None:
    """A program that was removed meanwhile."""
    asked = SshSignature(b"words", _made(keys["old"]), NAMESPACE, (public(keys["old"]),))
    assert isinstance(SshKeygen(tmp_path / "nowhere").who_signed(asked), Unanswered)
    with pytest.raises(Unavailable):
        SshKeygen(tmp_path / "nowhere").sign(keys["old"], b"words", NAMESPACE)


def test_verifier_when_no_signature_fits_starts_nothing(tmp_path: Path) -> None:
    """Another key, another purpose, or rubbish: the answer is there without a process."""
    asked = SshSignature(b"words", b"rubbish", NAMESPACE, ("ssh-ed25519 AAAA",))
    assert SshKeygen(tmp_path / "nowhere").who_signed(asked) == Said()


def test_many_signatures_when_by_one_key_end_in_one_answer(keys: dict[str, Path]) -> None:
    """The first good one settles it."""
    asked = SshSignature(
        b"exchange: example-ix AS64496\n", _made(keys["old"]) * 9, NAMESPACE, (public(keys["old"]),)
    )
    assert KEYGEN.who_signed(asked) == Said((public(keys["old"]),))


def test_sign_when_the_key_is_none_is_usage(tmp_path: Path) -> None:
    """A file that holds no key."""
    path = tmp_path / "key"
    path.write_text("no key")
    path.chmod(0o600)
    with pytest.raises(Usage, match="signed nothing"):
        KEYGEN.sign(path, b"words", NAMESPACE)


def test_program_when_looked_for_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """On PATH, or not at all."""
    assert find_ssh_keygen() == KEYGEN
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_ssh_keygen() is None
