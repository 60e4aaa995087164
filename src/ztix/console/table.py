"""A table of a terminal by rich: as wide as it may be and no wider, without lines; returns lines of text."""

from __future__ import annotations

from collections.abc import Sequence

from ztix.console.text import Style

_RICH = {Style.ERROR: "bold red", Style.WARNING: "bold yellow", Style.NOTE: "bold cyan", Style.FAINT: "dim"}
STATE = 2  # the column that has the row's colour
NAMES = 2  # so many columns at the left keep their words whole


def table(
    head: Sequence[str], rows: Sequence[tuple[str | Style | None, ...]], *, width: int, colour: bool
) -> list[str]:
    """rows: a cell for each column, harmless already, and last the style of the row's state, or None."""
    from io import StringIO

    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold" if colour else "")
    for index, title in enumerate(head):
        made.add_column(title, no_wrap=index < NAMES + 1, overflow="fold" if index > NAMES else "ellipsis")
    for *cells, style in rows:
        named = _RICH[style] if isinstance(style, Style) and colour else ""
        made.add_row(*(Text(str(cell), named if at == STATE else "") for at, cell in enumerate(cells)))
    out = StringIO()
    console = Console(
        file=out,
        width=width,
        color_system="standard" if colour else None,
        force_terminal=colour,
        legacy_windows=False,
        highlight=False,
    )
    console.print(made)
    return [line.rstrip() for line in out.getvalue().splitlines()]
