"""What the program writes to: standard streams that outlast their reader.

Law: a reader that leaves (`ztix plan | head`) stops the text and nothing else. A run that changes what is
live goes on to its end, and every verb exits with the code of what it found, not of who listened. Where text
is lost for another reason, such as a full disk, the run goes on too, and is told of at the end.
"""

from __future__ import annotations

import os
import sys
from typing import TextIO


class Outlasting:
    """A text stream that, once nobody takes its text, writes to nowhere. lost: why, if no reader left."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.lost: OSError | None = None

    def write(self, text: str) -> int:
        try:
            return self._stream.write(text)
        except OSError as error:
            self._leave(error)
            return len(text)

    def flush(self) -> None:
        try:
            self._stream.flush()
        except OSError as error:
            self._leave(error)

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)

    def _leave(self, error: OSError) -> None:
        if not isinstance(error, BrokenPipeError):
            self.lost = error
        # What is still in the buffer goes to nowhere too, also at the interpreter's end.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self._stream.fileno())
        os.close(nowhere)


def outlast_readers() -> None:
    """Put both streams behind one that outlasts its reader; one that is closed is nowhere from now on."""
    sys.stdout = _outlasting(sys.stdout)
    sys.stderr = _outlasting(sys.stderr)


def lost_output() -> str:
    """Why text for stdout was lost, in the system's words; empty where it was not, or its reader left."""
    sys.stdout.flush()
    lost = getattr(sys.stdout, "lost", None)
    return "" if lost is None else os.strerror(lost.errno)


def _outlasting(stream: TextIO | None) -> TextIO:
    if stream is None:
        return open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123 - until the program's end
    return Outlasting(stream)  # type: ignore[return-value]  # all of a TextIO: the rest by __getattr__
