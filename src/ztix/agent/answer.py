"""Reads what `ztix-agent` answers. The other end may be anybody, so nothing is taken on trust.

Law: pure. An answer is whole or it is nothing: without the first line, the last line and the exact form of
every line that matters, it raises Unavailable. No character of it that is not printable ASCII goes further.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from ztix.errors import Locked, Refused, Unavailable
from ztix.health import Health, Session
from ztix.link import Hung, Status
from ztix.terms import Digest

GREETING = "ztix-agent 1"
SHOWN = 300
"""Characters of a remote's own words that are passed on."""

_SESSION = re.compile(
    r"([A-Za-z0-9_.:-]{1,64}) (up|down) (\d{1,12}) (\d{1,12}) (\d{1,12}) ?([0-9TA-Za-z:.-]{0,40})"
)
_DOWN = re.compile(r"([A-Za-z0-9_.:-]{1,64}) ([a-z]{1,20}|-) ([A-Za-z]{1,20}|-) ?(.{0,300})")
_HELP = {
    "setup": "run the set-up of the route server again",
    "storage": "make room on its disk and run again",
    "down": "start BIRD there and run again",
    "usage": "install the agent of this version of ztix on it",
    "hung": "kill BIRD there and start it anew; docs/rollout.md tells in which order",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer that ended in `ok`: key and value of each line between greeting and end."""

    lines: tuple[tuple[str, str], ...]

    def all(self, key: str) -> Iterator[str]:
        """The values of every line with this key, in order."""
        return (value for name, value in self.lines if name == key)

    def one(self, key: str) -> str:
        """The value of the only line with this key. Raises Unavailable."""
        values = list(self.all(key))
        if len(values) != 1:
            raise garbled(f"`{key}` is there {len(values)} times")
        return values[0]


def printable(raw: bytes) -> str:
    """What may be shown of a remote's words: printable ASCII on one line, bounded."""
    text = raw[: 4 * SHOWN].decode("ascii", "replace")
    shown = "".join(c if " " <= c <= "~" else " " for c in text)
    return " ".join(shown.split())[:SHOWN]


def garbled(why: str) -> Unavailable:
    """The error for an answer that is not in the agent's form."""
    return Unavailable(
        f"the remote end did not answer as ztix-agent does: {why}",
        help="look whether the forced command of its authorized_keys runs ztix-agent",
    )


def read_answer(raw: bytes) -> Answer:
    """The answer in these bytes. Raises Unavailable, Locked or Refused as it says."""
    lines = raw.decode("ascii", "replace").split("\n")
    if lines[0] != GREETING:
        raise garbled(f"it begins with `{printable(raw[:80])}`" if raw else "it said nothing")
    if lines[-1] != "" or not (last := lines[-2]).startswith("end "):
        raise garbled("the answer was cut")
    pairs = tuple((key, value) for key, _, value in (line.partition(" ") for line in lines[1:-2]))
    _, verdict, words = (*last.split(" ", 2), "")[:3]
    if verdict == "ok":
        return Answer(pairs)
    raise _no(verdict, printable(words.encode("ascii", "replace")))


def _no(verdict: str, words: str) -> Unavailable | Locked | Refused:
    if verdict == "lost":
        return Unavailable(f"the remote end could not tell whether it was done: {words}", help="run again")
    if verdict != "failed":
        return garbled(f"it ends in `{printable(verdict.encode('ascii', 'replace'))}`")
    code, _, text = words.partition(" ")
    if code == "locked":
        return Locked(
            f"locked by `{text}`", help="wait until that run has ended, or until its lock has expired"
        )
    no = Hung if code == "hung" else Refused
    return no(text or code, help=_HELP.get(code, ""))


def read_status(answer: Answer) -> Status:
    """The status in an answer to `status`."""
    bird, holder = answer.one("bird"), answer.one("lock")
    return Status(
        bird=None if bird == "none" else printable(bird.encode("ascii", "replace")),
        file=read_digest(answer.one("file")),
        running=read_digest(answer.one("running")),
        armed=answer.one("armed") != "no",
        restored=answer.one("restored") == "yes",
        holder=None if holder == "none" else printable(holder.encode("ascii", "replace")),
        reconfigured=printable(answer.one("reconfigured").encode("ascii", "replace")),
        age_ms=_milliseconds(answer.one("age")),
    )


def read_health(answer: Answer) -> Health:
    """The measurement in an answer to `health`. Why a session is down is a hint, and may be missing."""
    why = {
        m[1]: (m[2].strip("-"), m[3].strip("-"), m[4]) for m in map(_DOWN.fullmatch, answer.all("down")) if m
    }
    sessions = []
    for line in answer.all("session"):
        if not (m := _SESSION.fullmatch(line)):
            raise garbled("a session's line has another form")
        name, up, imported, filtered, exported, since = m.groups()
        state, bgp, error = why.get(name, ("", "", ""))
        counts = int(imported), int(filtered), int(exported)
        sessions.append(Session(name, up == "up", since, *counts, state, bgp, error))
    return Health.of(sessions, printable(answer.one("reconfigured").encode("ascii", "replace")))


def read_file(answer: Answer) -> bytes:
    """The live file in an answer to `fetch`."""
    try:
        text = base64.b64decode("".join(answer.all("file")), validate=True)
    except ValueError:
        raise garbled("the file's lines are not base64") from None
    if hashlib.sha256(text).hexdigest() != answer.one("digest"):
        raise garbled("the file has another digest than it said")
    return text


def _milliseconds(word: str) -> int:
    if not re.fullmatch(r"-?\d{1,15}", word):
        raise garbled("a time has another form")
    return int(word)


def read_digest(word: str) -> Digest | None:
    """A digest, or None for `none`. Raises Unavailable."""
    if word == "none":
        return None
    try:
        return Digest(f"sha256:{word}")
    except ValueError:
        raise garbled("a digest has another form") from None
