"""Verbs about identities of nodes. None of them needs an exchange."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from ztix.identity import Identity
    from ztix.terms import NodeId

_IDENTITY = click.argument("identity", metavar="FILE")


@click.group(short_help="Make and check identities of nodes.")
def identity() -> None:
    """Make and check identities of ZeroTier nodes: the key pairs that their node ids follow from."""


@identity.command(short_help="Make a new identity.")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def generate(file: Path) -> int:
    """Make a new identity with `zerotier-idtool`, for a node or a controller that is still to be set up.

    Reads nothing. Writes the secret one to FILE, mode 0600, which must not be there, and the public one to
    stdout. The secret is never printed. Exits 0, 7 where zerotier-idtool is not here, 64 where FILE is.
    """
    from ztix.drivers.idtool import INSTALL, find_idtool
    from ztix.drivers.secret_files import write_secret
    from ztix.errors import Exit, Unavailable

    tool = find_idtool()
    if tool is None:
        raise Unavailable(
            "`zerotier-idtool` is not on this machine; in Python alone the search for a key takes minutes",
            help=INSTALL,
        )
    made = tool.generate()
    write_secret(file, made.secret_text or "")
    click.echo(made.public_text)
    click.echo(f"wrote {file}: keep a copy where nobody else reads it", err=True)
    return Exit.DONE


@identity.command(short_help="Check that a node id is its key's.")
@_IDENTITY
def validate(identity: str) -> int:
    """Check that the node id of an identity follows from its key.

    Reads FILE: identity.public or identity.secret, `-` for stdin, or the text of a public identity itself.
    Asks `zerotier-idtool` where it is here, and computes for some seconds where it is not. Writes words to
    stderr. Exits 0, 3 where the
    node id is not the key's, 64 where FILE holds no identity.
    """
    from ztix.errors import Exit

    found = _read(identity)
    check(found)
    click.echo(f"{found.node} is the node id of this key", err=True)
    return Exit.DONE


@identity.command(short_help="Print the node id of a key.")
@_IDENTITY
def address(identity: str) -> int:
    """Print the node id that follows from an identity's key, whatever the identity says itself.

    Reads FILE as `validate` does; always computes here, which takes some seconds. Writes to stdout.
    Exits 0, 3 where the key gives no node id, 64 where FILE holds no identity.
    """
    from ztix.errors import Exit, Invalid

    node = _derived(_read(identity))
    if node is None:
        raise Invalid("this key gives no node id", help="make a new identity: `ztix identity generate FILE`")
    click.echo(node)
    return Exit.DONE


def check(identity: Identity) -> None:
    """Raises Invalid where the node id of an identity is not that of its key."""
    from ztix.drivers.idtool import find_idtool
    from ztix.errors import Invalid

    tool = find_idtool()
    if tool.is_valid(identity) if tool else _derived(identity) == identity.node:
        return
    raise Invalid(
        f"the node id `{identity.node}` does not follow from this key",
        help="copy the identity again from the node; `ztix identity address` tells the key's own id",
    )


def _derived(identity: Identity) -> NodeId | None:
    from ztix.cli.progress import Reporter
    from ztix.identity import derived

    with Reporter() as reporter:
        return derived(
            identity.public, lambda done, total: reporter.watch("computing", done * 100 // total, 100)
        )


def _read(text: str) -> Identity:
    """The identity in a file, on stdin, or in the argument itself. Raises Usage."""
    from ztix.errors import Usage
    from ztix.identity import Identity

    try:
        if ":0:" not in text:
            text = sys.stdin.read(1024) if text == "-" else Path(text).read_text("ascii")[:1024]
        return Identity.parse(text)
    except OSError as error:
        raise Usage(f"`{text}` cannot be read: {error.strerror}", help="name identity.public") from None
    except ValueError as error:
        what = "the text" if ":0:" in text else "the file"
        raise Usage(f"{what} {error}", help="name identity.public, as zerotier-one wrote it") from None
