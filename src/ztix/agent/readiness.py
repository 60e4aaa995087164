"""Reads what `ztix-agent` tells of its machine.

Law: pure, and as distrustful as `answer.py`.
"""

from __future__ import annotations

import re

from ztix.agent.answer import Answer, garbled, printable, read_digest
from ztix.readiness import Readiness

_SECRET = re.compile(r"([a-z0-9-]{1,32}) (yes|no)")


def read_readiness(answer: Answer) -> Readiness:
    """The state of the machine in an answer to `check`."""
    bird = _words(answer, "bird")
    secrets = {}
    for line in answer.all("secret"):
        if not (match := _SECRET.fullmatch(line)):
            raise garbled("a password's line has another form")
        secrets[match[1]] = match[2] == "yes"
    return Readiness(
        agent=read_digest(answer.one("agent")),
        account=_words(answer, "account"),
        sealed=_yes(answer, "sealed"),
        folder=_yes(answer, "folder"),
        shared=_yes(answer, "shared"),
        live=_yes(answer, "live"),
        state=_yes(answer, "state"),
        program=_words(answer, "program"),
        socket=_words(answer, "socket"),
        bird=None if bird == "none" else bird,
        start=_words(answer, "start"),
        unit=_yes(answer, "unit"),
        secrets=secrets,
    )


def _words(answer: Answer, key: str) -> str:
    return printable(answer.one(key).encode("ascii", "replace"))


def _yes(answer: Answer, key: str) -> bool:
    word = answer.one(key)
    if word not in ("yes", "no"):
        raise garbled(f"`{key}` is neither yes nor no")
    return word == "yes"
