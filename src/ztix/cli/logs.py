"""The option `--log-format`: what happens in a run, one line for each event, on stderr.

Law: with JSON every line of stderr is an object, so what verbs tell people is an event too; without the
option nothing here runs but the naming of runs. What is written is decided in `console.log`.
"""

from __future__ import annotations

import os
import secrets
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from threading import RLock
from typing import TYPE_CHECKING, TextIO

import click

from ztix import __version__

if TYPE_CHECKING:
    from ztix.console.log import LogForm
    from ztix.events import Event

VERB, _RUN = "ztix.verb", "ztix.run"


def run_id() -> str:
    """The name of this run: in its log, in the locks that it holds, and so at each route server."""
    command = click.get_current_context(silent=True)
    made = f"ztix-{os.uname().nodename[:20]}-{os.getpid()}-{secrets.token_hex(3)}"
    return made if command is None else str(command.meta.setdefault(_RUN, made))


def logged(ctx: click.Context, invoke: Callable[[click.Context], object]) -> object:
    """Run the command with its log. Raises what it raises."""
    from ztix.cli.measuring import exit_of
    from ztix.drivers.event_stream import listening, tell
    from ztix.errors import Exit
    from ztix.events import Ended

    log = Log(ctx.params["log_format"], sys.stderr, ctx.meta)
    if log.form == "json":
        sys.stderr = Lines(sys.stderr, log)
    started, code, words = time.monotonic(), int(Exit.BUG), ""
    with listening(log):
        try:
            done = invoke(ctx)
            code = done if isinstance(done, int) else Exit.DONE
        except BaseException as error:
            code, words = exit_of(error), _words(error)
            raise
        finally:
            tell(Ended(code, time.monotonic() - started, words))
    return done


def begin() -> None:
    """Tell that the verb begins, as soon as it is known."""
    from ztix.drivers.event_stream import tell
    from ztix.events import Began

    tell(Began(__version__))


def _words(error: BaseException) -> str:
    """What the program will say. A bug's own text may hold members' texts: only its kind is told."""
    from ztix.errors import ZtixError

    if isinstance(error, click.exceptions.Exit):
        return ""
    return error.message if isinstance(error, ZtixError | click.ClickException) else type(error).__name__


class Log:
    """Writes each event as a line. meta: where the verb's words stand, once they are known."""

    def __init__(self, form: LogForm, stream: TextIO, meta: dict[str, object]) -> None:
        self.form = form
        self._stream = stream
        self._meta = meta
        self._turn = RLock()
        self._run = str(meta.setdefault(_RUN, run_id()))

    def __call__(self, event: Event) -> None:
        from ztix.console.log import log_line

        verb = str(self._meta.get(VERB, ""))
        line = log_line(event, datetime.now(UTC), self._run, verb, self.form)
        with self._turn:
            self._stream.write(line)
            self._stream.flush()


class Lines:
    """A stderr that makes an event of every line. It is no terminal: nothing moves or has a colour on it."""

    def __init__(self, stream: TextIO, log: Log) -> None:
        self._stream = stream
        self._log = log
        self._begun = ""

    def write(self, text: str) -> int:
        from ztix.events import Worded

        *lines, self._begun = (self._begun + text).split("\n")
        for line in lines:
            if line.strip():
                self._log(Worded(line))
        return len(text)

    def isatty(self) -> bool:
        return False

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)
