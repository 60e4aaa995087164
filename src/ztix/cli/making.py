"""Verbs that write files of an exchange: init, new, fmt."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from ztix.cli.options import asn_of

if TYPE_CHECKING:
    from ztix.terms import Word

W = TypeVar("W", bound="Word")


@click.command(short_help="Write a new exchange repository.")
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option("--name", required=True, help="Short name: a-z, 0-9 and hyphens.")
@click.option("--title", required=True, help="The name that people read.")
@click.option("--asn", required=True, help="The route servers' AS number.")
def init(folder: Path, name: str, title: str, asn: str) -> int:
    """Write a new exchange repository: policy, schema, workflows, and a README that says what comes next.

    Reads nothing. Writes below DIR, which must be empty or not there. Exits 0, or 64 where it cannot.
    """
    from ztix import __version__
    from ztix.drivers.files import write_files
    from ztix.drivers.scaffold_files import load_scaffold_files
    from ztix.errors import Exit, Usage
    from ztix.scaffold import scaffold
    from ztix.terms import Label

    if folder.exists() and any(folder.iterdir()):
        raise Usage(f"`{folder}` is not empty", help="name a new folder")
    texts = scaffold(word(Label, name, "--name"), title, asn_of(asn), __version__, load_scaffold_files())
    count = sum(1 for _ in write_files(folder, texts))
    click.echo(
        f"wrote {count} files; `cd {folder} && git init -b main && ztix check` tells what to fill in",
        err=True,
    )
    return Exit.DONE


_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command(short_help="Write a new member's file.")
@click.argument("asn")
@click.option("--node", help="The ZeroTier node id; `zerotier-cli info` shows it.")
@click.option("--node-identity", "secret", type=_FILE, help="Its identity.secret: names the node, and signs.")
@click.option("--fabric", help="The fabric to attach to; by default policy's first.")
@click.option("--name", help="The organisation's name; by default PeeringDB's.")
@click.option("--github-id", "account", type=click.IntRange(min=1), help="Numeric id of your account.")
@click.option("--github-login", "login", help="The account's name.")
@click.option("--email", help="Where the exchange writes to.")
@click.option("--invitation", type=_FILE, help="The file with the line that a maintainer sent.")
@click.option("--base", metavar="REV", help="What it will be merged into; by default origin/main or main.")
@click.option("--offline", is_flag=True, help="Go by evidence/ alone, do not ask PeeringDB.")
@click.option("--print", "show", is_flag=True, help="Print the file instead of writing it.")
@click.pass_obj
def new(
    folder: str,
    asn: str,
    node: str | None,
    secret: Path | None,
    fabric: str | None,
    name: str | None,
    account: int | None,
    login: str | None,
    email: str | None,
    invitation: Path | None,
    base: str | None,
    offline: bool,
    show: bool,
) -> int:
    """Propose and write members/AS<number>.yaml: name, free addresses, AS-SETs and limits.

    Reads the exchange, its git history and PeeringDB's record of the network; where PeeringDB does not answer
    it goes on without. Writes the file, or with --print to stdout; with --node-identity the node's signature
    and with --invitation the invitation beside it. Tells what comes next, and a link for those who never
    clone. Exits 0, 3 policy has errors, 64 usage.
    """
    from ztix.cli.newcomer import Wishes, write_newcomer
    from ztix.proposal import Applicant

    applicant = Applicant(name, account, login, email)
    wishes = Wishes(asn_of(asn), applicant, node, fabric, secret, invitation, base)
    return write_newcomer(folder, wishes, offline=offline, show=show)


@click.command(short_help="Bring files into canonical form.")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--check", is_flag=True, help="Write nothing; exit 3 where a file would change.")
@click.pass_obj
def fmt(folder: str, paths: tuple[Path, ...], check: bool) -> int:
    """Bring members' and policy's files into canonical form: order of keys, quotes, indentation.

    Comments survive and meaning stays. Reads and writes the exchange's files, or those of PATHS; a file with
    findings is left alone. Exits 0, 3 where one would change (--check) or cannot be rewritten.
    """
    from ztix.canonical import LeftAlone, canonical
    from ztix.cli.outside import find_root, open_tree
    from ztix.document import read_document
    from ztix.drivers.files import write_files
    from ztix.errors import Exit
    from ztix.schema import SCHEMAS, schema_name

    root = find_root(folder)
    wanted = {_inside(root, path) for path in paths}
    clean = True
    for path, entry in open_tree(folder, None).entries.items():
        name = schema_name(path)
        if name is None or (wanted and path not in wanted):
            continue
        document, _ = read_document(entry)
        text = canonical(document, SCHEMAS[name]) if document else None
        if document is None or not isinstance(text, str):
            reason = (
                text.reason if isinstance(text, LeftAlone) else "it has findings: `ztix check` shows them"
            )
            click.echo(f"left alone {path}: {reason}", err=True)
            clean = False
        elif text != document.text:
            clean = clean and not check
            click.echo(f"{'would write' if check else 'wrote'} {path}", err=True)
            if not check:
                list(write_files(root, {path: text}))
    return Exit.DONE if clean else Exit.INVALID


def _inside(root: Path, path: Path) -> str:
    """The path as the exchange names it. Raises Usage where it is another's."""
    from ztix.errors import Usage

    try:
        return path.resolve().relative_to(root).as_posix()
    except ValueError:
        raise Usage(
            f"`{path}` is no file of the exchange at `{root}`", help="name it with `-C DIR`"
        ) from None


def word(kind: type[W], text: str, option: str) -> W:
    from ztix.errors import Usage
    from ztix.slips import likely

    try:
        return kind(text)
    except ValueError as error:
        # Quotes are for files: a shell takes them off.
        advice = likely(text, str(error)).removesuffix(", in quotes")
        raise Usage(f"`{option}` {str(error).removesuffix(', quoted')}", help=advice) from None
