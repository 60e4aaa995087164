"""What the work tree claims for one member, as the methods of proof judge it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from ztix.enclosure import INVITATION

if TYPE_CHECKING:
    from ztix.admission.proof import Claimed
    from ztix.member import Member
    from ztix.terms import Asn
    from ztix.tree import Tree


def claim_of(folder: str, asn: Asn, account: int | None, base: str | None) -> Claimed:
    """What the work tree claims. Raises Invalid and Usage."""
    from ztix.admission.proof import Claimed
    from ztix.cli.exchange import open_exchange
    from ztix.cli.outside import open_tree
    from ztix.errors import Usage
    from ztix.member import member_path

    tree, path = open_tree(folder, None), member_path(asn)
    exchange, _ = open_exchange(tree)
    merged, ref = _merged(folder, base)
    held = enclosed(tree, asn)
    file = exchange.member(asn)
    speaking = [contact.github.id for contact in file.member.contacts if contact.github] if file else []
    who = account or next(iter(speaking), None)
    if who is None:
        raise Usage(
            f"it is not known whose account is to speak for `{asn}`",
            help="name its numeric id with --account; https://api.github.com/users/LOGIN shows it",
        )
    if file and who not in speaking:
        click.echo(f"account {who} is not among the contacts in {path}: add it there", err=True)
    return Claimed(
        exchange.policy,
        asn,
        who,
        file.member if file else _newcomer(asn, who),
        _member(merged, asn),
        path,
        _content(merged, path),
        _content(tree, path),
        held,
        _spent(folder, ref, asn) if INVITATION in held and _content(merged, path) is None else frozenset(),
        datetime.now(UTC),
    )


def _newcomer(asn: Asn, account: int) -> Member:
    """Who has no file yet."""
    from ztix.member import Member

    contact = {"github": {"id": account, "login": "newcomer"}}
    return Member.model_validate({"asn": int(asn), "name": str(asn), "contacts": [contact]})


def _merged(folder: str, base: str | None) -> tuple[Tree | None, str]:
    """What is merged, and its name; None where this is no repository, or none was named and none is there."""
    from ztix.cli.outside import open_tree
    from ztix.errors import ZtixError

    for ref in (base,) if base else ("origin/main", "main"):
        try:
            return open_tree(folder, ref), ref
        except ZtixError:
            if base:
                raise
    return None, ""


def _spent(folder: str, ref: str, asn: Asn) -> frozenset[str]:
    """The invitations of who is to join that were merged before."""
    from ztix.admission.methods.invitation import invitation_id, path
    from ztix.cli.outside import find_root
    from ztix.drivers.git_changes import past_contents

    if not ref:
        return frozenset()
    return frozenset(filter(None, map(invitation_id, past_contents(find_root(folder), ref, path(asn)))))


def _member(tree: Tree | None, asn: Asn) -> Member | None:
    from ztix.exchange import read_exchange

    exchange = read_exchange(tree)[0] if tree else None
    file = exchange.member(asn) if exchange else None
    return file.member if file else None


def _content(tree: Tree | None, path: str) -> bytes | None:
    entry = tree.get(path) if tree else None
    return entry.content if entry else None


def enclosed(tree: Tree, asn: Asn) -> dict[str, bytes]:
    from ztix.enclosure import Enclosure

    return {
        found.suffix: entry.content
        for entry in tree.below("members")
        if (found := Enclosure.parse(entry.path)) and found.asn == asn and entry.content is not None
    }
