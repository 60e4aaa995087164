"""SSH signatures over a change: which keys count, what a refusal says. `ssh-keygen`'s answers are given."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest

from tests.unit.claim_fixture import ASN, claim, elsewhere
from tests.unit.exchange_fixture import member_text
from ztix.admission.armour import SIGNATURES_MAX, armoured, by_one_of, fingerprint
from ztix.admission.methods.ssh import METHOD, STALE, new_keys, old_keys, question, signed, signers
from ztix.admission.proof import (
    Answer,
    Claimed,
    Disproven,
    NotGiven,
    Proven,
    Question,
    Said,
    SshSignature,
    Unanswered,
    Undecided,
)
from ztix.admission.statement import NAMESPACE, statement
from ztix.enclosure import SIGNATURE


def string(text: bytes) -> bytes:
    return len(text).to_bytes(4, "big") + text


def key(number: int) -> str:
    """A key of the right form; nobody has its other half."""
    blob = string(b"ssh-ed25519") + string(bytes([number]) * 32)
    return f"ssh-ed25519 {base64.b64encode(blob).decode()}"


def armour(by: str | bytes, namespace: str = NAMESPACE, magic: bytes = b"SSHSIG\x00\x00\x00\x01") -> bytes:
    """A signature that names this key; only its frame is right."""
    blob = base64.b64decode(by.split()[1]) if isinstance(by, str) else by
    rest = string(b"") + string(b"sha512") + string(string(b"ssh-ed25519") + string(bytes(64)))
    text = base64.b64encode(magic + string(blob) + string(namespace.encode()) + rest)
    lines = b"\n".join(text[at : at + 70] for at in range(0, len(text), 70))
    return b"-----BEGIN SSH SIGNATURE-----\n" + lines + b"\n-----END SSH SIGNATURE-----\n"


OLD, SECOND, NEW, STRANGER = map(key, range(1, 5))


def auth(*keys: str) -> str:
    return member_text(64500, "auth:\n" + "".join(f"  - {each}\n" for each in keys) if keys else "")


def change(
    *signatures: bytes, before: tuple[str, ...] = (OLD,), after: tuple[str, ...] | None = None
) -> Claimed:
    """A change of a file with keys, and what is enclosed."""
    new = auth(*(before if after is None else after)).replace("name: Example", "name: Other")
    enclosed = {SIGNATURE: b"".join(signatures)} if signatures else {}
    return claim(enclosed, before=auth(*before), after=new)


def answered(claimed: Claimed, *keys: str) -> dict[Question, Answer]:
    asked = question(claimed)
    assert asked is not None
    return {asked: Said(keys)}


def test_question_when_asked_has_the_statement_and_all_keys_old_first() -> None:
    """What is verified binds exchange, path, the old content and the new one."""
    claimed = change(armour(OLD), armour(NEW), after=(NEW,))
    asked = question(claimed)
    assert asked == SshSignature(signed(claimed), armour(OLD) + armour(NEW), NAMESPACE, (OLD, NEW))
    assert METHOD.questions(claimed, {}) == (asked,)
    assert METHOD.questions(claimed, answered(claimed)) == ()
    assert signed(claimed) == statement(
        claimed.policy.exchange, "members/AS64500.yaml", claimed.before, claimed.after
    )


def test_statement_when_anything_differs_is_another() -> None:
    """Another exchange, path, or content on either side gives other words to sign."""
    one = change()
    others = [
        one,
        elsewhere(one),
        replace(one, path="members/AS64501.yaml"),
        replace(one, before=one.after),
        replace(one, after=one.before),
        replace(one, after=None),
        replace(one, before=None),
    ]
    assert len({signed(each) for each in others}) == len(others)


@pytest.mark.parametrize(
    ("before", "after", "by", "proof"),
    [
        ((OLD,), None, (OLD,), f"signed by {fingerprint(OLD)}"),
        ((OLD, SECOND), None, (SECOND,), f"signed by {fingerprint(SECOND)}"),
        ((OLD, SECOND), (OLD,), (SECOND,), f"signed by {fingerprint(SECOND)}"),
        ((OLD,), (), (OLD,), f"signed by {fingerprint(OLD)}"),
        ((OLD,), (NEW,), (OLD, NEW), f"signed by {fingerprint(OLD)} and {fingerprint(NEW)}"),
    ],
)
def test_ssh_when_signed_by_an_old_key_and_all_new_ones_proves(
    before: tuple[str, ...], after: tuple[str, ...] | None, by: tuple[str, ...], proof: str
) -> None:
    """One of the old keys, whichever, and each key that comes in."""
    claimed = change(armour(OLD), before=before, after=after)
    assert METHOD.judge(claimed, answered(claimed, *by)) == Proven(METHOD.name, proof)


def test_ssh_when_a_new_key_has_not_signed_is_refused() -> None:
    """Nobody is locked out by a key that nobody has."""
    claimed = change(armour(OLD), after=(OLD, NEW))
    assert METHOD.judge(claimed, answered(claimed, OLD)) == Disproven(
        METHOD.name,
        f"the new key {fingerprint(NEW)} has not signed",
        "sign with it too: `ztix sign AS64500 --key FILE`",
    )


AGAIN = (
    "`ztix sign AS64500 --key FILE`, with a key that is in `auth:` already, and commit "
    "`members/AS64500.yaml.sig`"
)


@pytest.mark.parametrize(
    ("signatures", "words", "advice"),
    [
        (b"nothing", "`members/AS64500.yaml.sig` holds no SSH signature", f"make one: {AGAIN}"),
        (
            armour(NEW),
            f"`members/AS64500.yaml.sig` is signed by {fingerprint(NEW)}, which is no key of the merged file",
            AGAIN,
        ),
        (
            armour(OLD, "git"),
            "`members/AS64500.yaml.sig` is signed for `git`, not for `ztix-member@v1`",
            AGAIN,
        ),
        (
            armour(STRANGER) + armour(OLD),
            "the signature in `members/AS64500.yaml.sig` is of another change, or was made before this one",
            f"sign again: {AGAIN}; {STALE}",
        ),
    ],
)
def test_ssh_when_no_old_key_signed_is_refused_with_the_reason(
    signatures: bytes, words: str, advice: str
) -> None:
    """A key swap that only the new key signed, another purpose, an old signature: each in its own words."""
    claimed = change(signatures, after=(NEW,))
    assert METHOD.judge(claimed, answered(claimed, NEW)) == Disproven(METHOD.name, words, advice)


def test_ssh_when_nothing_can_be_asked_is_not_given() -> None:
    """No signature, no keys in the base file, or no base file: a key proves nothing on its first day."""
    for claimed in (
        change(),
        change(armour(NEW), before=(), after=(NEW,)),
        claim({SIGNATURE: armour(NEW)}, after=auth(NEW)),
    ):
        assert METHOD.questions(claimed, {}) == ()
        assert METHOD.judge(claimed, {}) == NotGiven(METHOD.name)
    assert question(claim({SIGNATURE: armour(NEW)})) is None
    assert signers(change(), {}) == Said()


def test_ssh_when_the_verifier_is_away_is_undecided() -> None:
    """No program, no answer; never a no."""
    claimed = change(armour(OLD))
    asked = question(claimed)
    assert asked is not None
    assert METHOD.judge(claimed, {asked: Unanswered("there is no `ssh-keygen`")}) == Undecided(
        METHOD.name, "the signatures were not checked: there is no `ssh-keygen`"
    )
    assert isinstance(METHOD.judge(claimed, {}), Undecided)


def test_keys_when_compared_are_old_or_new() -> None:
    """By the base file, never by the one that is offered."""
    claimed = change(armour(OLD), after=(NEW, OLD))
    assert (old_keys(claimed), new_keys(claimed)) == ((OLD,), (NEW,))


def test_armour_when_read_tells_key_and_purpose_of_each() -> None:
    """Several in one file, with other lines between them, and lines that end as on Windows."""
    text = b"# mine\n" + armour(OLD).replace(b"\n", b"\r\n") + b"and\n" + armour(NEW, "git").rstrip(b"\n")
    first, second = armoured(text)
    assert (first.key, first.namespace, first.text) == (OLD, NAMESPACE, armour(OLD))
    assert (second.key, second.namespace, second.text) == (NEW, "git", armour(NEW, "git"))
    assert by_one_of(text, (f"{OLD} me@example.net", NEW), NAMESPACE) == ((f"{OLD} me@example.net", first),)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        armour(OLD).replace(b"U1NIU0lH", b"U1NIU0lI"),
        armour(OLD, magic=b"SSHSIG\x00\x00\x00\x02"),
        armour(OLD, magic=b""),
        armour(OLD).replace(b"\n-----END", b"=\n-----END"),
        armour(string(b"ssh ed25519\nx")),
        armour(b""),
        armour(b"\x00\x00\x00\xffx"),
        armour(OLD)[:-30],
        b"-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n",
    ],
)
def test_armour_when_spoiled_is_none(text: bytes) -> None:
    """What is no signature is passed over, and nothing is raised."""
    assert armoured(text) == ()


def test_armour_when_there_are_too_many_reads_the_first() -> None:
    """Nobody has a verifier started a hundred times."""
    assert len(armoured(armour(OLD) * (SIGNATURES_MAX + 9))) == SIGNATURES_MAX


def test_instructions_when_shown_have_the_command() -> None:
    """With keys, with a new key, and without any."""
    assert METHOD.instructions(change()) == (
        "When the file is as you want it, sign the change with a key that is in `auth:` already:\n"
        "  ztix sign AS64500 --key ~/.ssh/id_ed25519\n"
        "Commit members/AS64500.yaml.sig with it; after a further edit, sign again.\n"
    )
    assert f"Run it again with each key that is new in `auth:`.\nCommit members/{ASN}.yaml.sig" in (
        METHOD.instructions(change(after=(OLD, NEW)))
    )
    assert "A key that nobody merged yet proves nothing." in METHOD.instructions(claim())
