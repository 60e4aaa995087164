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

_PATH = re.compile(
    rf"members/AS(?P<asn>[1-9][0-9]{{0,9}})"
    rf"(?P<suffix>\.yaml\.sig|\.node-(?:{NodeId.pattern.pattern})\.sig|\.invite|\.attestation|\.rsc)"
)


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
