"""The verb that signs a change of a member's file: by a key of SSH, or by a node's identity."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ztix.cli.options import asn_of

if TYPE_CHECKING:
    from ztix.admission.proof import Claimed
    from ztix.exchange import Exchange
    from ztix.tree import Tree

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_BASES = ("origin/main", "main")


@click.command(short_help="Sign a change of a member's file.")
@click.argument("asn")
@click.option("--key", type=_FILE, help="Sign with this SSH key, or the agent's other half of a `.pub`.")
@click.option("--node-identity", "secret", type=_FILE, help="Sign with this node's identity.secret.")
@click.option("--statement", is_flag=True, help="Sign nothing: print what is to be signed.")
@click.option(
    "--base", metavar="REV", help="What it will be merged into; by default origin/main, or else main."
)
@click.pass_obj
def sign(
    folder: str, asn: str, key: Path | None, secret: Path | None, statement: bool, base: str | None
) -> int:
    """Sign a change of members/AS<number>.yaml as it is in the work tree, for the pull request with it.

    Reads the file as REV has it and as it is now; --key, --node-identity or --statement says who signs.
    Writes the signature beside the file, to be committed with it: a key's after those that hold already. No
    secret is printed. Exits 0, 3 the file has findings, 4 the signature would not count, 64 usage.
    """
    from ztix.admission.methods.ssh import signed
    from ztix.cli.outside import find_root
    from ztix.drivers.files import write_files
    from ztix.errors import Exit, Usage

    if sum((key is not None, secret is not None, statement)) != 1:
        raise Usage("who signs is not said", help="name one of --key, --node-identity and --statement")
    change = open_change(folder, asn, base)
    if key is not None:
        texts = _by_key(change, key)
    elif secret is not None:
        texts = by_node(change, secret)
    else:
        click.echo(signed(change), nl=False)
        click.echo(against(folder, base), err=True)
        return Exit.DONE
    for path in write_files(find_root(folder), texts):
        click.echo(f"wrote {path}: commit it with the file, and sign again after a further edit", err=True)
    click.echo(against(folder, base), err=True)
    return Exit.DONE


def open_change(folder: str, asn: str, base: str | None) -> Claimed:
    """The change of one member's file, as it is in the work tree. Raises Usage and Invalid."""
    from datetime import UTC, datetime

    from ztix.admission.proof import Claimed
    from ztix.cli.claiming import enclosed
    from ztix.cli.outside import find_root, open_tree
    from ztix.errors import Usage
    from ztix.member import member_path

    number = asn_of(asn)
    path, ref = member_path(number), base or _base(find_root(folder))
    now, then = open_tree(folder, None), open_tree(folder, ref)
    before, after = _content(then, path), _content(now, path)
    if before == after:
        what = "is as it is there" if after else "is neither here nor there"
        raise Usage(
            f"nothing to sign: `{path}` {what}, at `{ref}`",
            help="edit it first, or name another `--base REV`",
        )
    old, new = _exchange(then, path), _exchange(now, path)
    was, offered = old.member(number), new.member(number)
    member = offered or was
    if member is None or (after is not None and offered is None):
        raise _findings(path)
    return Claimed(
        old.policy,
        number,
        0,
        member.member,
        was.member if was else None,
        path,
        before,
        after,
        enclosed(now, number),
        frozenset(),
        datetime.now(UTC),
    )


def against(folder: str, base: str | None) -> str:
    """What was signed against, in words: a signature over what a stale `main` has does not count."""
    from ztix.cli.outside import find_root
    from ztix.drivers.git_tree import resolve

    root = find_root(folder)
    ref = base or _base(root)
    return f"signed against {ref} {resolve(root, ref)[:7]}"


def _by_key(change: Claimed, file: Path) -> Mapping[str, str]:
    """The signatures that hold, and one more. Raises Refused where the key is nobody's here."""
    from ztix.admission.armour import armoured, fingerprint
    from ztix.admission.methods.ssh import new_keys, old_keys, signed
    from ztix.admission.proof import Said, SshSignature
    from ztix.admission.statement import NAMESPACE
    from ztix.drivers.ssh_keygen import INSTALL, find_ssh_keygen
    from ztix.enclosure import SIGNATURE
    from ztix.errors import Refused, Unavailable

    program = find_ssh_keygen()
    if program is None:
        raise Unavailable("there is no `ssh-keygen` on this machine", help=INSTALL)
    words = signed(change)
    mine = armoured(program.sign(file, words, NAMESPACE))[0]
    if mine.key not in (*old_keys(change), *new_keys(change)):
        raise Refused(
            f"the key {fingerprint(mine.key)} is not in `auth:` of `{change.path}`",
            help="sign with a key that is; a new one goes there first, and needs an old one's signature too",
        )
    held = [each for each in armoured(change.enclosed.get(SIGNATURE, b"")) if each.key != mine.key]
    kept = [
        each.text
        for each in held
        if program.who_signed(SshSignature(words, each.text, NAMESPACE, (each.key,))) == Said((each.key,))
    ]
    return {f"members/{change.asn}{SIGNATURE}": b"".join((*kept, mine.text)).decode("ascii")}


def by_node(change: Claimed, file: Path) -> Mapping[str, str]:
    """The node's signature. Raises Usage where the file is no secret identity, Refused where none is due."""
    from ztix.admission.methods.node import enclosure_text, is_signed, new_nodes
    from ztix.admission.methods.node import sign as sign_as_node
    from ztix.admission.methods.ssh import signed
    from ztix.drivers.secret_files import refuse_open
    from ztix.enclosure import node_signature
    from ztix.errors import Refused, Usage
    from ztix.identity import Identity

    refuse_open(file)
    try:
        identity = Identity.parse(file.read_bytes()[:1024].decode("ascii"))
        signature = sign_as_node(identity, signed(change))
    except OSError as error:
        raise Usage(f"`{file}` cannot be read: {error.strerror}", help="run it as root") from None
    except ValueError:
        raise Usage(
            f"`{file}` is no identity with its secret", help="name identity.secret, as zerotier-one wrote it"
        ) from None
    if not is_signed(identity, signed(change), signature):
        raise Usage(f"the two halves of `{file}` are not of one key", help="copy it again from the node")
    nodes = new_nodes(change)
    if identity.node not in nodes:
        names = ", ".join(f"`{node}`" for node in nodes) or "none"
        raise Refused(
            f"the node `{identity.node}` is not new in `{change.path}`, so it does not sign",
            help=f"nodes that the change adds: {names}",
        )
    return {f"members/{change.asn}{node_signature(identity.node)}": enclosure_text(identity, signature)}


def _base(root: Path) -> str:
    """The first of the usual bases that is there. Raises Usage."""
    from ztix.drivers.git_tree import resolve
    from ztix.errors import Usage

    for ref in _BASES:
        try:
            resolve(root, ref)
        except Usage:
            continue
        return ref
    raise Usage(
        "what the change will be merged into is not known: neither `origin/main` nor `main` is here",
        help="name it with `--base REV`",
    )


def _content(tree: Tree, path: str) -> bytes | None:
    """What is in a file, None where there is none. Raises Invalid where it is no plain, short file."""
    entry = tree.get(path)
    if entry is not None and entry.content is None:
        raise _findings(path)
    return entry.content if entry else None


def _exchange(tree: Tree, path: str) -> Exchange:
    """Policy and this one member. Raises Invalid."""
    from ztix.errors import Invalid
    from ztix.exchange import read_exchange
    from ztix.tree import Tree as Files

    wanted = {
        name: entry for name, entry in tree.entries.items() if name.startswith("policy/") or name == path
    }
    exchange, _ = read_exchange(Files(tree.revision, wanted))
    if exchange is None:
        raise Invalid(f"policy/ has errors at `{tree.revision[:12]}`", help="`ztix check` shows them")
    return exchange


def _findings(path: str) -> Exception:
    from ztix.errors import Invalid

    return Invalid(f"`{path}` has findings, and nobody could merge it", help="`ztix check` shows them")
