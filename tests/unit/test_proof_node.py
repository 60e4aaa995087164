"""Possession of a node: its identity signs the change. Vectors are those of ZeroTier's own tool."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.claim_fixture import claim, elsewhere
from tests.unit.exchange_fixture import member_text
from ztix.admission.methods.node import (
    METHOD,
    enclosed_identity,
    enclosure_text,
    is_signed,
    judge_node,
    new_nodes,
    sign,
)
from ztix.admission.methods.ssh import STALE, signed
from ztix.admission.proof import (
    Claimed,
    Disproven,
    NodeKey,
    NotGiven,
    Proven,
    Said,
    Unanswered,
    Undecided,
)
from ztix.identity import Identity
from ztix.terms import NodeId

# Made by `zerotier-idtool` of 1.14.1: an identity, and its signature of this text.
PUBLIC = (
    "2048a228b9:0:5084868140efaa2af4a8713d6a2c269ba2c8d3af59510da5756f4245bcfcdb1dffe4fe6785832"
    "2a5bd5546fbfe7b1f024bfdbe30daf95f24ede5e546a14ccfac"
)
MESSAGE = b"ztix-member@v1\nexchange: example-ix AS64496\n"
SIGNATURE = (
    "ba2e7a23f6c52027d3dcb83cc06948cc11dd319a6e144e0273433d212cccb3e5504fb7e024f60119548d04a3e5"
    "87314039f357b95af2e86432fda4a0252a2c023274c9c47ef5c89321fa12b91d6ac3d7b4dea109e60f5d045dc2"
    "8f0c57594d03"
)
TOOL, SIGNED = Identity.parse(PUBLIC), bytes.fromhex(SIGNATURE)


def identity(node: str, number: int = 1) -> Identity:
    """An identity with its secret. The id is made up; whether it follows from the key is asked elsewhere."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    seed = bytes([number]) * 32
    key = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    return Identity(NodeId(node), bytes(32) + key, (bytes(32) + seed).hex())


MINE, THEIRS = identity("1a2b364500"), identity("1a2b364500", 2)
NODE = MINE.node
KEY = NodeKey(MINE.public_text)


def enclosed(who: Identity = MINE, over: Claimed | None = None) -> dict[str, bytes]:
    text = enclosure_text(who, sign(who, signed(over or claim())))
    return {f".node-{NODE}.sig": text.encode()}


def joined(content: bytes | None = None) -> Claimed:
    return claim(enclosed() if content is None else {f".node-{NODE}.sig": content})


def test_signature_of_zerotier_s_own_tool_when_checked_holds() -> None:
    """The recorded signature over the recorded file, and over nothing else."""
    assert is_signed(TOOL, MESSAGE, SIGNED)
    assert not is_signed(TOOL, MESSAGE + b" ", SIGNED)
    assert not is_signed(TOOL, MESSAGE, SIGNED[:64])
    assert not is_signed(MINE, MESSAGE, SIGNED)


@given(st.integers(0, 96 * 8 - 1))
def test_signature_of_zerotier_s_own_tool_when_a_bit_is_flipped_is_refused(at: int) -> None:
    """Both parts count: what Ed25519 made, and the digest behind it."""
    spoiled = bytearray(SIGNED)
    spoiled[at // 8] ^= 1 << at % 8
    assert not is_signed(TOOL, MESSAGE, bytes(spoiled))


@given(st.integers(0, len(MESSAGE) * 8 - 1))
def test_signature_when_a_bit_of_what_is_signed_is_flipped_is_refused(at: int) -> None:
    """The whole file is signed."""
    spoiled = bytearray(MESSAGE)
    spoiled[at // 8] ^= 1 << at % 8
    assert not is_signed(TOOL, bytes(spoiled), SIGNED)


ENCLOSED, JOINED = enclosed()[f".node-{NODE}.sig"], claim()


@given(st.integers(0, len(ENCLOSED) * 8 - 1))
def test_enclosure_when_a_bit_is_flipped_counts_no_more(at: int) -> None:
    """No bit of the file is free, but those of the agreement key: that it is the node's own is asked next."""
    spoiled = bytearray(ENCLOSED)
    spoiled[at // 8] ^= 1 << at % 8
    found = METHOD.judge(
        replace(JOINED, enclosed={f".node-{NODE}.sig": bytes(spoiled)}), {KEY: Said((str(NODE),))}
    )
    assert isinstance(found, Disproven | Undecided)


def test_node_when_it_signed_and_its_id_follows_is_proven() -> None:
    """One new node, and the answer about its key."""
    claimed = joined()
    assert METHOD.questions(claimed, {}) == (KEY,)
    assert METHOD.questions(claimed, {KEY: Said()}) == ()
    assert METHOD.judge(claimed, {KEY: Said((str(NODE),))}) == Proven(METHOD.name, "signed by `1a2b364500`")
    assert judge_node(claimed, NODE, {KEY: Said((str(NODE),))}) == Proven(
        METHOD.name, "the node `1a2b364500` signed the change"
    )
    found = enclosed_identity(claimed, NODE)
    assert found is not None
    assert found.public_text == MINE.public_text


@pytest.mark.parametrize(
    "pasted",
    [ENCLOSED.replace(b"\n", b"\r\n"), ENCLOSED.replace(b"\n", b"\n\n"), b"\n " + ENCLOSED, ENCLOSED.strip()],
)
def test_node_when_the_lines_were_pasted_with_other_line_ends_is_proven(pasted: bytes) -> None:
    """What an editor or a terminal adds around the two lines is no part of them."""
    assert isinstance(METHOD.judge(joined(pasted), {KEY: Said((str(NODE),))}), Proven)


ADVICE = (
    "on the node, or where a copy of its file is: `ztix sign AS64500 --node-identity identity.secret` "
    "(ZeroTier has it in /var/lib/zerotier-one)"
)
ANOTHER = "is of another change, or was made before this one, or not by this key"
FORM = "must be two lines: the public identity, and the signature in 192 hex digits"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", FORM),
        (b"\xff", FORM),
        (ENCLOSED + b"x", FORM),
        (ENCLOSED.upper(), FORM),
        (ENCLOSED.replace(b"\n", b"\t"), FORM),
        (ENCLOSED.replace(b"1a2b364500", b"0000000000"), "names an id that ZeroTier reserves"),
        (ENCLOSED.replace(b"1a2b364500", b"1a2b364501"), "is of the node `1a2b364501`"),
        (enclosure_text(MINE, sign(THEIRS, signed(JOINED))).encode(), ANOTHER),
        (enclosed(over=elsewhere(JOINED))[f".node-{NODE}.sig"], ANOTHER),
        (enclosed(over=replace(JOINED, path="members/AS64501.yaml"))[f".node-{NODE}.sig"], ANOTHER),
        (enclosed(over=replace(JOINED, before=b"was here"))[f".node-{NODE}.sig"], ANOTHER),
        (enclosed(over=replace(JOINED, after=b"other"))[f".node-{NODE}.sig"], ANOTHER),
    ],
)
def test_node_when_the_signature_does_not_hold_is_refused_with_the_reason(content: bytes, words: str) -> None:
    """Form, another node, another key, another exchange, path or content, and a replay."""
    claimed = joined(content)
    assert METHOD.questions(claimed, {}) == ()
    assert METHOD.judge(claimed, {KEY: Said((str(NODE),))}) == Disproven(
        METHOD.name,
        f"the signature in `members/AS64500.node-1a2b364500.sig` {words}",
        f"{ADVICE}; {STALE}" if words == ANOTHER else ADVICE,
    )
    assert enclosed_identity(claimed, NODE) is None


def test_node_when_its_id_is_not_its_key_s_is_refused() -> None:
    """Somebody else's id with a key of one's own."""
    assert METHOD.judge(joined(), {KEY: Said()}) == Disproven(
        METHOD.name,
        "the id `1a2b364500` does not follow from the key in `members/AS64500.node-1a2b364500.sig`",
        ADVICE,
    )


def test_node_when_nobody_computed_its_id_is_undecided() -> None:
    """Never a yes, and never a no."""
    assert METHOD.judge(joined(), {KEY: Unanswered("no time")}) == Undecided(
        METHOD.name, "whether `1a2b364500` follows from its key was not checked: no time"
    )
    assert isinstance(METHOD.judge(joined(), {}), Undecided)


def test_node_when_it_has_not_signed_is_not_given() -> None:
    """A join without the enclosure."""
    assert METHOD.judge(claim(), {}) == NotGiven(METHOD.name)
    assert METHOD.questions(claim(), {}) == ()


def test_nodes_when_merged_before_need_not_sign_again() -> None:
    """Only nodes that a change adds; an old enclosure beside them is not looked at."""
    text = member_text(64500)
    second = '  - id: 1a2b36450f\n    name: ams1\n    addresses: [192.0.2.20, "2001:db8:64:96::20"]\n'
    same = claim({f".node-{NODE}.sig": b"old"}, before=text, after=text.replace("name: fra1", "name: fra2"))
    assert new_nodes(same) == ()
    assert METHOD.judge(same, {}) == NotGiven(METHOD.name)
    assert METHOD.instructions(same) == "The change adds no node, so none has to sign.\n"
    more = claim({f".node-{NODE}.sig": b"old"}, before=text, after=text + second)
    assert new_nodes(more) == ("1a2b36450f",)
    both = claim(after=text + second)
    assert new_nodes(both) == (NODE, "1a2b36450f")
    one = replace(both, enclosed=enclosed(over=both))
    assert METHOD.judge(one, {KEY: Said((str(NODE),))}) == NotGiven(METHOD.name)
    assert METHOD.judge(one, {KEY: Unanswered("no time")}) == Undecided(
        METHOD.name, "whether `1a2b364500` follows from its key was not checked: no time"
    )


def test_sign_when_there_is_no_secret_is_refused() -> None:
    """A public identity signs nothing."""
    with pytest.raises(ValueError, match="must be an identity with its secret"):
        sign(TOOL, MESSAGE)


def test_instructions_when_shown_have_both_ways() -> None:
    """With ztix on the node, and with nothing but ZeroTier there."""
    assert METHOD.instructions(claim()) == (
        "When the file is as you want it, sign the change with the identity of each new node.\n"
        "Where the repository and the node are one machine, as root:\n"
        "  ztix sign AS64500 --node-identity /var/lib/zerotier-one/identity.secret\n"
        "Elsewhere, write out what is signed and take it to the node:\n"
        "  ztix sign AS64500 --statement > AS64500.txt\n"
        "and there, as root in /var/lib/zerotier-one, make the file's two lines:\n"
        "  cat identity.public; echo; zerotier-idtool sign identity.secret AS64500.txt\n"
        "The secret stays where it is. Commit with your file:\n"
        "  members/AS64500.node-1a2b364500.sig\n"
        "After a further edit, sign again.\n"
    )
