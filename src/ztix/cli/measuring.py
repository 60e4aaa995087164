"""The option `--metrics` of every verb that looks or runs: numbers for Prometheus, also after a failed run.

Law: a decorator around a verb. What the verb came across it hands over by `measure`, what happened meanwhile
is heard from the stream of events; the file is written when the verb has ended, however it ended, and what
keeps it from being written is told and changes no exit code.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

if TYPE_CHECKING:
    from ztix.events import Event
    from ztix.metrics import Observed

_SEEN = "ztix.seen"


def measure(seen: Observed) -> None:
    """Hand over what a verb came across."""
    command = click.get_current_context(silent=True)
    if command is not None:
        cast("list[Any]", command.meta.setdefault(_SEEN, [])).append(seen)


def measurements() -> list[Observed]:
    """What was handed over so far."""
    command = click.get_current_context(silent=True)
    return [] if command is None else cast("list[Observed]", command.meta.get(_SEEN, []))


def measured(verb: str) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """`--metrics` for this verb."""

    def around(command: Callable[..., int]) -> Callable[..., int]:
        @functools.wraps(command)
        def run(*words: object, metrics: Path | None, **options: object) -> int:
            if metrics is None:
                return command(*words, **options)
            return _measured(metrics, verb, lambda: command(*words, **options))

        option = click.option(
            "--metrics",
            type=click.Path(dir_okay=False, path_type=Path),
            help="Also write numbers here, for Prometheus.",
        )
        return option(run)

    return around


def _measured(metrics: Path, verb: str, command: Callable[[], int]) -> int:
    from ztix.drivers.event_stream import listening
    from ztix.drivers.metrics_file import monotonic_s
    from ztix.errors import Exit

    started, code, events = monotonic_s(), int(Exit.BUG), list["Event"]()
    try:
        with listening(events.append):
            code = command()
    except BaseException as error:
        code = exit_of(error)
        raise
    finally:
        _write(metrics, verb, code, monotonic_s() - started, events)
    return code


def exit_of(error: BaseException) -> int:
    """The exit code that the program will end with."""
    from ztix.errors import Exit, ZtixError

    if isinstance(error, ZtixError):
        return error.exit
    if isinstance(error, KeyboardInterrupt | click.exceptions.Abort):
        return Exit.PARTIAL
    if isinstance(error, click.exceptions.Exit):
        return error.exit_code
    return Exit.USAGE if isinstance(error, click.ClickException) else Exit.BUG


def _write(path: Path, verb: str, code: int, duration_s: float, events: Sequence[Event]) -> None:
    from ztix.drivers.files import write_whole
    from ztix.drivers.metrics_file import last_success, now_s, text_of
    from ztix.errors import Exit, Usage
    from ztix.metrics import Ran, samples

    ended, well = now_s(), code in (Exit.DONE, Exit.CHANGES)
    ran = Ran(verb, ended, duration_s, code, ended if well else last_success(path, verb), tuple(events))
    try:
        write_whole(path, text_of(sample.row for sample in samples(ran, measurements())))
    except Usage as error:
        click.echo(f"note: no metrics: {error.message}", err=True)
