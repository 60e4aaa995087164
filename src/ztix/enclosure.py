"""The files that may stand beside a member's: signatures, an invitation, a statement, a signed checklist.

Law: names only. What is in an enclosure counts for the change that it comes with and is ignored afterwards,
so one with rubbish in it harms nobody.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ztix.terms import Asn, NodeId

SIGNATURE = ".yaml.sig"
"""Signatures of SSH over the change, in armour, one after the other."""
INVITATION = ".invite"
"""What a maintainer gave to somebody who is to join."""
ATTESTATION = ".attestation"
"""What an attestor says of the author."""
CHECKLIST = ".rsc"
"""A signed checklist (RFC 9323)."""

_MISTYPED = re.compile(
    r"(?:members?/)?(?:AS)?0*(?P<asn>[1-9][0-9]{0,9})(?P<end>(?:[._-][a-z0-9]{1,20}){1,4})", re.IGNORECASE
)
_PATH = re.compile(
    rf"members/AS(?P<asn>[1-9][0-9]{{0,9}})"
    rf"(?P<suffix>\.yaml\.sig|\.node-(?:{NodeId.pattern.pattern})\.sig|\.invite|\.attestation|\.rsc)"
)

_NODE = re.compile(r"[._-](?:yaml[._-])?node[._-]?([0-9a-f]{10})[._-](?:sig|txt|asc)")
_ENDS = {
    ".yaml": re.compile(r"[._-]ya?ml"),
    SIGNATURE: re.compile(r"(?:[._-]ya?ml)?[._-](?:sig|signature|asc)"),
    INVITATION: re.compile(r"(?:[._-]ya?ml)?[._-](?:invite|invitation)(?:[._-](?:txt|jwt))?"),
    ATTESTATION: re.compile(r"(?:[._-]ya?ml)?[._-]attestation(?:[._-](?:txt|jwt))?"),
    CHECKLIST: re.compile(r"(?:[._-]ya?ml)?[._-]rsc(?:[._-](?:der|sig))?"),
}


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file beside a member's. suffix: what follows `AS64500` in its name."""

    asn: Asn
    suffix: str

    @classmethod
    def parse(cls, path: str) -> Enclosure | None:
        """The enclosure that a path names; None where it names none. Raises nothing."""
        match = _PATH.fullmatch(path)
        try:
            return cls(Asn(match["asn"]), match["suffix"]) if match else None
        except ValueError:  # a number above 32 bits
            return None

    @property
    def path(self) -> str:
        """Where it stands in an exchange."""
        return f"members/{self.asn}{self.suffix}"


def node_signature(node: NodeId) -> str:
    """The suffix of a node's own signature."""
    return f".node-{node}.sig"


def meant(path: str) -> str | None:
    """The path that a mistyped one most likely stands for: of a member's file or an enclosure; None where it
    is right as it is, or like none of these. Raises nothing.
    """
    found = _MISTYPED.fullmatch(path)
    end = _end(found["end"].lower()) if found else None
    if found is None or end is None:
        return None
    try:
        right = f"members/{Asn(found['asn'])}{end}"
    except ValueError:  # a number above 32 bits
        return None
    return right if right != path else None


def _end(written: str) -> str | None:
    """How a name ends that was most likely meant."""
    if (node := _NODE.fullmatch(written)) is not None:
        return f".node-{node[1]}.sig"
    return next((end for end, pattern in _ENDS.items() if pattern.fullmatch(written)), None)
