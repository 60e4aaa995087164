"""The ways to prove that the author holds the ASN or the node, one file each.

Law: pure. `METHODS` is the list of them, in the order in which people are told: what is at hand first.
"""

from __future__ import annotations

from ztix.admission.methods import (
    attestation,
    checklist,
    dns,
    invitation,
    node,
    peeringdb_notes,
    registry,
    ssh,
    website,
)
from ztix.admission.proof import Method

METHODS: tuple[Method, ...] = (
    invitation.METHOD,
    peeringdb_notes.METHOD,
    registry.METHOD,
    dns.METHOD,
    website.METHOD,
    checklist.METHOD,
    attestation.METHOD,
    ssh.METHOD,
    node.METHOD,
)
"""Every way that there is; policy says which of them let a member join."""

LOOKED_UP: tuple[Method, ...] = (
    peeringdb_notes.METHOD,
    registry.METHOD,
    dns.METHOD,
    website.METHOD,
)
"""Those whose proof is a token that is published, and so can be looked for again."""
