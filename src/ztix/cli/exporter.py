"""The verb exporter: what is live, as numbers over HTTP for Prometheus."""

from __future__ import annotations

import gc
import re
from threading import Event as Bell
from typing import TYPE_CHECKING, TypeAlias

import click

from ztix.cli.options import ref_option

if TYPE_CHECKING:
    from ztix.events import Event
    from ztix.lookout import Sight
    from ztix.metrics import Observed, Ran

    Sources: TypeAlias = dict[str, tuple[bool, float | None]]

VERB = "exporter"


@click.command(short_help="Serve what is live to Prometheus.")
@ref_option("HEAD", "Compare with this revision, read anew for each look.")
@click.option(
    "--listen", metavar="ADDRESS:PORT", default="127.0.0.1:9618", show_default=True, help="Where to serve it."
)
@click.option(
    "--every", "every_s", metavar="SECONDS", type=click.IntRange(min=1), default=60, show_default=True,
    help="How long to wait between two looks.",
)  # fmt: skip
@click.pass_obj
def exporter(folder: str, ref: str, listen: str, every_s: int) -> int:
    """Look at what is live again and again, as `ztix status` does, and serve the numbers at /metrics.

    Reads the exchange, the branch ztix-state, the fabrics and the route servers; writes nothing. What does
    not answer keeps its last numbers, and its age grows. Runs until it is stopped, by SIGTERM for instance.
    Exits 0 then, 64 where nothing can listen at --listen or there is no exchange.
    """
    from ztix.cli.outside import find_root
    from ztix.drivers.metrics_server import MetricsServer
    from ztix.errors import Exit

    gc.enable()  # other verbs end before it is worth it
    find_root(folder)
    page = Page(folder, ref)
    server = MetricsServer(*_address(listen))
    try:
        page.look()
        with server.serving(page.text):
            click.echo(f"serving {server.url}", err=True)
            while not Bell().wait(every_s):
                page.look()
    except KeyboardInterrupt:
        click.echo("stopped", err=True)
    finally:
        server.close()
    return Exit.DONE


def _address(text: str) -> tuple[str, int]:
    """The host and the port of --listen. Raises Usage."""
    from ztix.diagnostics import shown
    from ztix.errors import Usage

    found = re.fullmatch(
        r"(?:\[(?P<six>[0-9a-fA-F:.]+)\]|(?P<four>[0-9A-Za-z.-]+)):(?P<port>[0-9]{1,5})", text
    )
    if found is None:
        raise Usage(
            f"`{shown(text)}` is no address with a port", help="write `127.0.0.1:9618`, or `[::1]:9618`"
        )
    return found["six"] or found["four"], int(found["port"])


class Page:
    """What the last look saw, as the text that is served. Read by threads, so it is replaced as a whole."""

    def __init__(self, folder: str, ref: str) -> None:
        self._folder, self._ref = folder, ref
        self._sight: Sight | None = None
        self._seen: list[Observed] = []
        self._held: tuple[Ran, list[Observed], Sources] | None = None

    def look(self) -> None:
        """Look once. A look that fails is told of and counted; what was seen before stays."""
        from ztix.console.safe import printable
        from ztix.drivers.event_stream import listening, tell
        from ztix.drivers.metrics_file import monotonic_s, now_s
        from ztix.errors import Exit, ZtixError
        from ztix.events import Looked
        from ztix.metrics import Ran

        started, code, events = monotonic_s(), Exit.DONE, list["Event"]()
        with click.Context(exporter, obj=self._folder), listening(events.append):
            try:
                self._see()
            except (ZtixError, OSError) as error:
                code = error.exit if isinstance(error, ZtixError) else Exit.UNAVAILABLE
                click.echo(f"note: nothing was seen: {printable(str(error))}", err=True)
        ended, well = now_s(), code is Exit.DONE
        before = self._held[0].succeeded if self._held else None
        ran = Ran(VERB, ended, monotonic_s() - started, code, ended if well else before, tuple(events))
        self._held = ran, self._seen, self._sources(ran.succeeded, well=well)
        silent = " ".join(name for name, (up, _) in self._held[2].items() if not up)
        tell(Looked(code, ran.duration_s, silent))

    def _see(self) -> None:
        from ztix.cli.measuring import measurements
        from ztix.cli.outside import open_world
        from ztix.cli.progress import Reporter
        from ztix.lookout import look
        from ztix.standing import standings

        with Reporter() as reporter:
            self._sight = look(open_world(self._folder, reporter), self._ref, self._sight)
        self._seen = [*measurements(), standings(self._sight.gathered, self._sight.live)]

    def _sources(self, succeeded: float | None, *, well: bool) -> Sources:
        """Each source with whether it answers, and when it last did. git is one: it may be unsound."""
        found: Sources = {"exchange": (well, succeeded)}
        if self._sight is not None:
            times = {name: at.timestamp() for name, at in self._sight.answered.items()}
            names = sorted({*times, *self._sight.silent})
            found |= {name: (name not in self._sight.silent, times.get(name)) for name in names}
        return found

    def text(self) -> str:
        """All numbers as of the last look, with the ages of now."""
        from ztix.drivers.metrics_file import now_s, text_of
        from ztix.metrics import Source, samples

        if self._held is None:
            return ""
        ran, seen, sources = self._held
        ages = (Source(name, up, at and max(0.0, now_s() - at)) for name, (up, at) in sources.items())
        return text_of(sample.row for sample in samples(ran, (*seen, *ages)))
