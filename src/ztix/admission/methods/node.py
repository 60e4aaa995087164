"""Possession of a ZeroTier node: its own identity signs the change that puts it on the exchange.

Law: pure. It says nothing about the AS number; it keeps anybody from registering somebody else's node, and
tells the node's key before the node was ever seen. Only nodes that a change adds sign: what they signed then
covers that change, and a later one needs no new signature of theirs.
Source: ZeroTier One 1.14.1, C25519.cpp: the first 32 octets of the content's SHA-512 are what Ed25519 signs,
and they follow the signature. Checked against its own `zerotier-idtool sign`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from ztix.admission.methods.ssh import STALE, signed
from ztix.admission.proof import (
    Answer,
    Claimed,
    Disproven,
    Judgement,
    Method,
    NodeKey,
    NotGiven,
    Proven,
    Question,
    Unanswered,
    Undecided,
)
from ztix.enclosure import node_signature
from ztix.evidence import plain
from ztix.identity import Identity
from ztix.terms import Label, NodeId

NAME = Label("node")

# Pasted by hand it may have line ends of another system, or an empty line more.
_ENCLOSED = re.compile(r"[ \r\n]*([0-9a-f]{10}:0:[0-9a-f]{128})[ \r\n]+([0-9a-f]{192})[ \r\n]*")
_DIGEST = 32  # octets of the content's digest that are signed


def new_nodes(claimed: Claimed) -> tuple[NodeId, ...]:
    """The nodes that the change adds, in the file's order: those that have to sign."""
    before = {node.node_id for node in claimed.base.nodes} if claimed.base else set[NodeId]()
    after = dict.fromkeys(node.node_id for node in claimed.member.nodes)
    return tuple(node for node in after if node not in before)


def is_signed(identity: Identity, content: bytes, signature: bytes) -> bool:
    """Whether the holder of an identity's secret made this signature, as `zerotier-idtool sign` writes it."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    digest = hashlib.sha512(content).digest()[:_DIGEST]
    if len(signature) != 96 or signature[64:] != digest:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(identity.public[32:]).verify(signature[:64], digest)
    except InvalidSignature:
        return False
    return True


def sign(identity: Identity, content: bytes) -> bytes:
    """The signature of an identity with its secret. Raises ValueError where it has none."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    if identity.secret is None:
        raise ValueError("must be an identity with its secret: `identity.secret`")
    digest = hashlib.sha512(content).digest()[:_DIGEST]
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(identity.secret)[32:])
    return key.sign(digest) + digest


def enclosure_text(identity: Identity, signature: bytes) -> str:
    """What goes into the file beside the member's: the public identity, and the signature."""
    return f"{identity.public_text}\n{signature.hex()}\n"


def enclosed_identity(claimed: Claimed, node: NodeId) -> Identity | None:
    """Who signed for a node; None where the signature is not there or not by that identity over this change.

    Whether the id follows from the key is still to be asked.
    """
    try:
        return _read(claimed, node)
    except ValueError:
        return None


def _read(claimed: Claimed, node: NodeId) -> Identity | None:
    """The identity that signed; None where nothing is enclosed. Raises ValueError with the reason."""
    content = claimed.enclosed.get(node_signature(node))
    if content is None:
        return None
    found = _ENCLOSED.fullmatch(content.decode("latin-1"))
    if found is None:
        raise ValueError("must be two lines: the public identity, and the signature in 192 hex digits")
    try:
        identity = Identity.parse(found[1])
    except ValueError:
        raise ValueError("names an id that ZeroTier reserves") from None
    if identity.node != node:
        raise ValueError(f"is of the node `{identity.node}`")
    if not is_signed(identity, signed(claimed), bytes.fromhex(found[2])):
        raise _Elsewhere("is of another change, or was made before this one, or not by this key")
    return identity


class _Elsewhere(ValueError):
    """The signature is over something else, perhaps because the signer's `main` was behind."""


def judge_node(claimed: Claimed, node: NodeId, answers: Mapping[Question, Answer]) -> Judgement:
    """Whether one node's holder agrees to the change."""
    path, advice = f"members/{claimed.asn}{node_signature(node)}", sign_advice(claimed)
    try:
        identity = _read(claimed, node)
    except ValueError as error:
        more = f"; {STALE}" if isinstance(error, _Elsewhere) else ""
        return Disproven(NAME, f"the signature in `{path}` {error}", f"{advice}{more}")
    if identity is None:
        return NotGiven(NAME)
    answer = answers.get(NodeKey(identity.public_text), Unanswered("nobody computed it"))
    if isinstance(answer, Unanswered):
        words = f"whether `{node}` follows from its key was not checked: {plain(answer.reason, 300)}"
        return Undecided(NAME, words)
    if answer.texts != (str(node),):
        return Disproven(NAME, f"the id `{node}` does not follow from the key in `{path}`", advice)
    return Proven(NAME, f"the node `{node}` signed the change")


@dataclass(frozen=True, slots=True)
class _Node:
    """The method, over all nodes that a change adds."""

    name: Label
    title: str

    def instructions(self, claimed: Claimed) -> str:
        """The command to run on each node that is new, and what to commit."""
        nodes = new_nodes(claimed)
        if not nodes:
            return "The change adds no node, so none has to sign.\n"
        files = "".join(f"  members/{claimed.asn}{node_signature(node)}\n" for node in nodes)
        return (
            "When the file is as you want it, sign the change with the identity of each new node.\n"
            "Where the repository and the node are one machine, as root:\n"
            f"  {_command(claimed).strip('`')}\n"
            "Elsewhere, write out what is signed and take it to the node:\n"
            f"  ztix sign {claimed.asn} --statement > {claimed.asn}.txt\n"
            "and there, as root in /var/lib/zerotier-one, make the file's two lines:\n"
            f"  cat identity.public; echo; zerotier-idtool sign identity.secret {claimed.asn}.txt\n"
            "The secret stays where it is. Commit with your file:\n"
            f"{files}After a further edit, sign again.\n"
        )

    def questions(self, claimed: Claimed, answers: Mapping[Question, Answer]) -> tuple[Question, ...]:
        """For each new node whose signature holds: whether its id follows from its key."""
        identities = [enclosed_identity(claimed, node) for node in new_nodes(claimed)]
        wanted = [NodeKey(identity.public_text) for identity in identities if identity is not None]
        return tuple(question for question in wanted if question not in answers)

    def judge(self, claimed: Claimed, answers: Mapping[Question, Answer]) -> Judgement:
        """The gravest of what is to be said of the new nodes; not given where none is new."""
        nodes = new_nodes(claimed)
        each = [judge_node(claimed, node, answers) for node in nodes]
        for kind in (Disproven, Undecided, NotGiven):
            for judgement in each:
                if isinstance(judgement, kind):
                    return judgement
        if not each:
            return NotGiven(self.name)
        return Proven(self.name, f"signed by {' and '.join(f'`{node}`' for node in nodes)}")


def sign_advice(claimed: Claimed) -> str:
    """What to do where a node's signature lacks or does not count."""
    command = f"`ztix sign {claimed.asn} --node-identity identity.secret`"
    return (
        f"on the node, or where a copy of its file is: {command} (ZeroTier has it in /var/lib/zerotier-one)"
    )


def _command(claimed: Claimed) -> str:
    return f"`ztix sign {claimed.asn} --node-identity /var/lib/zerotier-one/identity.secret`"


METHOD: Method = _Node(NAME, "a signature by each new node")
