"""Progress of long work: a bar on a terminal, a line for each step in a log.

Law: writes to stderr only, and only what it is told. Where stderr is no terminal, a line is written at the
start and end of a stretch, so that a CI log shows where a run stands.
"""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

    from ztix.deploy import Progress


class Reporter:
    """A context manager that shows progress while it is open."""

    def __init__(self) -> None:
        self._bar: Bar | None = None
        self._task: TaskID | None = None
        self._what = ""

    def __enter__(self) -> Reporter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def watch(self, what: str, done: int, total: int) -> None:
        """So many of so many are done."""
        if not sys.stderr.isatty():
            if done in (0, total):
                click.echo(f"{what}: {done} of {total}", err=True)
            return
        if self._bar is None or self._what != what:
            self._begin(what, total)
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=done)
        if done == total:
            self._end()

    def report(self, progress: Progress) -> None:
        """A step of a rollout begins."""
        self._end()
        click.echo(f"{progress.route_server}: {progress.step.value}", err=True)

    def _begin(self, what: str, total: int) -> None:
        from rich.console import Console
        from rich.progress import Progress as Bar

        self._end()
        self._bar = Bar(console=Console(stderr=True), transient=True)
        self._bar.start()
        self._task, self._what = self._bar.add_task(what, total=total), what

    def _end(self) -> None:
        if self._bar is not None:
            self._bar.stop()
        self._bar, self._task, self._what = None, None, ""
