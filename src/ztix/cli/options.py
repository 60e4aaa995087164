"""Options that several commands share, with one wording each."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import click

if TYPE_CHECKING:
    from ztix.terms import Asn

F = TypeVar("F", bound=Callable[..., object])


def ref_option(default: str | None, words: str) -> Callable[[F], F]:
    """`--ref`, the revision that is read."""
    return click.option("--ref", metavar="REV", default=default, show_default=default is not None, help=words)


def format_option(*forms: str) -> Callable[[F], F]:
    """`--format`, the first form being the default."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(forms),
        default=forms[0],
        show_default=True,
        help="Form of the output.",
    )


def width() -> int:
    """Columns that text may take: the terminal's, and no more than can be read."""
    return min(shutil.get_terminal_size((100, 24)).columns, 100)


def asn_of(text: str) -> Asn:
    """The AS number of an argument, with `AS` before it or without. Raises Usage."""
    from ztix.diagnostics import shown
    from ztix.errors import Usage
    from ztix.terms import Asn

    try:
        return Asn(text.upper().removeprefix("AS"))
    except ValueError:
        raise Usage(
            f"`{shown(text)}` is no AS number", help="write it in digits, 1 to 4294967295, such as 64500"
        ) from None


def colour(stream: str = "stdout") -> bool:
    """Whether to colour: a terminal, and `NO_COLOR` is not set."""
    import os

    target = sys.stdout if stream == "stdout" else sys.stderr
    return target.isatty() and not os.environ.get("NO_COLOR")
