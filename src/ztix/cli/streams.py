"""What the program writes to: standard streams that outlast their reader.

Law: a reader that leaves (`ztix plan | head`) stops the text and nothing else. A run that changes what is
live goes on to its end, and every verb exits with the code of what it found, not of who listened.
"""

from __future__ import annotations

import os
import sys
from typing import TextIO


class Outlasting:
    """A text stream that, once its reader has left, writes to nowhere."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        try:
            return self._stream.write(text)
        except BrokenPipeError:
            self._leave()
            return len(text)

    def flush(self) -> None:
        try:
            self._stream.flush()
        except BrokenPipeError:
            self._leave()

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)

    def _leave(self) -> None:
        # What is still in the buffer goes to nowhere too, also at the interpreter's end.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self._stream.fileno())
        os.close(nowhere)


def outlast_readers() -> None:
    """Put both streams behind one that outlasts its reader; one that is closed is nowhere from now on."""
    sys.stdout = _outlasting(sys.stdout)
    sys.stderr = _outlasting(sys.stderr)


def _outlasting(stream: TextIO | None) -> TextIO:
    if stream is None:
        return open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123 - until the program's end
    return Outlasting(stream)  # type: ignore[return-value]  # all of a TextIO: the rest by __getattr__
