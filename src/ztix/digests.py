"""Digests: what a plan, a configuration, settings or a key is told from others by.

Law: pure. The same value gives the same digest on every machine: canonical JSON, or the bytes themselves.
"""

from __future__ import annotations

import hashlib
import json

from ztix.fabric import NetworkSettings
from ztix.terms import Digest


def canonical_digest(value: object) -> Digest:
    """SHA-256 over canonical JSON: sorted keys, no blanks, ASCII."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return Digest("sha256:" + hashlib.sha256(text.encode("ascii")).hexdigest())


def settings_digest(settings: NetworkSettings) -> str:
    """Twelve hex digits that tell these settings from others."""
    return canonical_digest(settings.data())[7:19]


def key_digest(key: str) -> str:
    """A fingerprint of a node's key, 128 bits in hex."""
    return text_digest(key)[7:39]


def text_digest(text: str) -> Digest:
    """SHA-256 over the bytes of a configuration, as a route server's agent computes it."""
    return Digest("sha256:" + hashlib.sha256(text.encode("utf-8")).hexdigest())
