"""The option `--metrics` of every verb that looks or runs: numbers for Prometheus, also after a failed run.

Law: a decorator around a verb. What the verb came across it hands over by `measure`; the file is written when
the verb has ended, however it ended, and what keeps it from being written is told and changes no exit code.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

if TYPE_CHECKING:
    from ztix.drivers.http import RetryBudget
    from ztix.metrics import Observed

_SEEN, _BUDGETS = "ztix.seen", "ztix.budgets"


def measure(seen: Observed) -> None:
    """Hand over what a verb came across."""
    _held(_SEEN).append(seen)


def note_budget(budget: RetryBudget) -> None:
    """Hand over the budget that counts a run's calls."""
    _held(_BUDGETS).append(budget)


def _held(key: str) -> list[Any]:
    command = click.get_current_context(silent=True)
    return [] if command is None else cast("list[Any]", command.meta.setdefault(key, []))


def measured(verb: str) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """`--metrics` for this verb."""

    def around(command: Callable[..., int]) -> Callable[..., int]:
        @functools.wraps(command)
        def run(*words: object, metrics: Path | None, **options: object) -> int:
            if metrics is None:
                return command(*words, **options)
            from ztix.drivers.metrics_file import monotonic_s

            started, code = monotonic_s(), 1
            try:
                code = command(*words, **options)
            except BaseException as error:
                code = _exit_of(error)
                raise
            finally:
                _write(metrics, verb, code, monotonic_s() - started)
            return code

        option = click.option(
            "--metrics",
            type=click.Path(dir_okay=False, path_type=Path),
            help="Also write numbers here, for Prometheus.",
        )
        return option(run)

    return around


def _exit_of(error: BaseException) -> int:
    """The exit code that the program will end with."""
    from ztix.errors import Exit, ZtixError

    if isinstance(error, ZtixError):
        return error.exit
    if isinstance(error, KeyboardInterrupt | click.exceptions.Abort):
        return Exit.PARTIAL
    return Exit.USAGE if isinstance(error, click.ClickException) else Exit.BUG


def _write(path: Path, verb: str, code: int, duration_s: float) -> None:
    from ztix.drivers.files import write_whole
    from ztix.drivers.metrics_file import last_success, now_s, text_of
    from ztix.errors import Exit, Usage
    from ztix.metrics import Ran, samples

    ended, well = now_s(), code in (Exit.DONE, Exit.CHANGES)
    succeeded = ended if well else last_success(path, verb)
    calls = sum(budget.calls for budget in _held(_BUDGETS))
    repeats = sum(budget.repeats for budget in _held(_BUDGETS))
    ran = Ran(verb, ended, duration_s, code, calls, repeats, succeeded)
    try:
        write_whole(path, text_of(sample.row for sample in samples(ran, _held(_SEEN))))
    except Usage as error:
        click.echo(f"note: no metrics: {error.message}", err=True)
