"""The laboratory: the controller simulator and the demonstration, for trying things without an exchange."""

from __future__ import annotations

import os
import sys

import click


@click.group(short_help="Simulator and demonstration.")
def lab() -> None:
    """Programs for trying ztix without an exchange. Nothing here is used by the other verbs."""


@lab.command(
    short_help="Run a ZeroTier controller simulator.",
    context_settings={"ignore_unknown_options": True},
    add_help_option=False,
)
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
def controller(words: tuple[str, ...]) -> None:
    """Run a simulator of ZeroTier's controller on loopback until it is stopped; see its `--help`."""
    os.execv(sys.executable, [sys.executable, "-m", "ztix.lab.controller", *words])  # noqa: S606 - ourselves


@lab.command(short_help="Show the whole line at work.")
@click.option("--keep", is_flag=True, help="Keep the folder of the demonstration for a look.")
def demo(keep: bool) -> int:
    """Run an exchange with two route servers and BGP speakers here, and change it as a merge would.

    Needs root, because it makes network namespaces. Reads no exchange; writes to a temporary folder, and
    ends everything that it started. Exits 0, 1 where something did not come out as it should, 64 without
    root or BIRD.
    """
    from ztix.lab.demo import main

    return main(keep=keep)
