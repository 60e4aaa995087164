"""Identities: their texts, the node id of a key, and the key stream underneath."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ztix.identity import Identity, Salsa20, derived, memory_hard_digest, node_id_of

RECORDED = json.loads(
    (Path(__file__).parents[1] / "contract" / "transcripts" / "17-idtool.json").read_text("utf-8")
)["runs"]
PUBLIC = next(run["stdout"] for run in RECORDED if run["argv"][1:] == ["getpublic", "i.secret"])
BAD = next(run["stdout"] for run in RECORDED if run["argv"][1:] == ["getpublic", "bad.public"])
SECRET = "c5" * 64


def test_identity_when_parsed_gives_back_its_texts() -> None:
    """Both forms of file are read, with or without a newline, and written as they were."""
    public, secret = Identity.parse(PUBLIC + "\n"), Identity.parse(f"{PUBLIC}:{SECRET}")
    assert (public.node, public.public_text, public.secret_text) == ("4fd7e5c5fe", PUBLIC, None)
    assert (secret.public_text, secret.secret_text) == (PUBLIC, f"{PUBLIC}:{SECRET}")
    assert SECRET not in repr(secret)


@pytest.mark.parametrize(
    "text",
    ["", "4fd7e5c5fe", PUBLIC[:-1], PUBLIC.upper(), PUBLIC.replace(":0:", ":1:"), f"{PUBLIC}:{SECRET}c5"],
)
def test_identity_when_of_another_form_is_refused_without_quoting_it(text: str) -> None:
    """What is no identity may be a secret all the same, so no message has it."""
    with pytest.raises(ValueError, match="must be a ZeroTier identity") as refused:
        Identity.parse(text)
    assert not text or text not in str(refused.value)


def test_node_id_when_derived_is_the_one_that_zerotier_s_own_tool_gave() -> None:
    """The key of a recorded identity gives its node id, so the one with another id is not valid.

    The full 2 MiB, which takes some seconds: nothing less would prove the numbers.
    """
    told: list[int] = []
    found = derived(Identity.parse(PUBLIC).public, lambda done, total: told.append(done * 100 // total))
    assert found == Identity.parse(PUBLIC).node != Identity.parse(BAD).node
    assert Identity.parse(BAD).public == Identity.parse(PUBLIC).public
    assert (told[0], told[-1], told) == (0, 100, sorted(told))


@pytest.mark.parametrize(
    ("digest", "node"),
    [
        (b"\x10" + bytes(58) + bytes.fromhex("1a2b3c4d5e"), "1a2b3c4d5e"),
        (b"\x11" + bytes(58) + bytes.fromhex("1a2b3c4d5e"), None),
        (b"\x00" + bytes(58) + bytes(5), None),
        (b"\x00" + bytes(58) + bytes.fromhex("ff2b3c4d5e"), None),
    ],
)
def test_node_id_when_read_from_a_digest_needs_its_proof_and_no_reserved_id(
    digest: bytes, node: str | None
) -> None:
    """One key in fifteen has a node id: its digest begins low, and the id is not reserved."""
    assert node_id_of(digest) == node


def test_salsa20_when_asked_gives_the_stream_of_its_specification() -> None:
    """ECRYPT's test vectors, 256 bits, set 1 vector 0: the first 64 octets."""
    one = Salsa20(b"\x80" + bytes(31), bytes(8)).block().to_bytes(64, "little").hex()
    assert one == (
        "e3be8fdd8beca2e3ea8ef9475b29a6e7003951e1097a5c38d23b7a5fad9f6844"
        "b22c97559e2723c7cbbd3fe4fc8d9a0744652a83e72a9c461876af4d7ef1a117"
    )


def test_salsa20_blocks_when_counted_differ() -> None:
    """The counter is part of the stream."""
    stream = Salsa20(bytes(range(32)), b"abcdefgh")
    assert len({stream.block() for _ in range(9)}) == 9


def test_memory_hard_digest_when_little_memory_is_given_tells_progress_all_the_same() -> None:
    """The size is a parameter, and the same key gives the same digest."""
    told: list[tuple[int, int]] = []
    digest = memory_hard_digest(bytes(64), 1024, lambda done, total: told.append((done, total)))
    assert digest == memory_hard_digest(bytes(64), 1024, lambda done, total: None)
    assert (told[0], told[-1]) == ((0, 1024), (1024, 1024))
