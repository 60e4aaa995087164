"""The words that a member's key signs: one change to one file of one exchange, and nothing else.

Law: pure. The text before the change is part of it, so that an old signature cannot bring an old file back.
"""

from __future__ import annotations

import hashlib

from ztix.policy import ExchangePolicy

NAMESPACE = "ztix-member@v1"
"""The namespace of SSH signatures (`ssh-keygen -Y sign -n`), and the first line of what is signed."""


def statement(exchange: ExchangePolicy, path: str, before: bytes | None, after: bytes | None) -> bytes:
    """What is signed. path: of the member's file.  before, after: its content, None where there is none."""
    lines = (
        NAMESPACE,
        f"exchange: {exchange.name} {exchange.asn}",
        f"path: {path}",
        f"before: {_digest(before)}",
        f"after: {_digest(after)}",
    )
    return "".join(f"{line}\n" for line in lines).encode("ascii")


def _digest(content: bytes | None) -> str:
    return "none" if content is None else f"sha256:{hashlib.sha256(content).hexdigest()}"
