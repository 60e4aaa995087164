"""What `ztix new` does: proposes a file, writes it and what goes beside it, and tells what comes next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ztix.cli.making import word

if TYPE_CHECKING:
    from ztix.evidence import NetworkRecord
    from ztix.exchange import Exchange
    from ztix.past import Holding
    from ztix.policy import FabricPolicy
    from ztix.proposal import Applicant
    from ztix.terms import Asn, NodeId
    from ztix.tree import Tree

INVITATION_BYTES = 16 * 1024
TRIED = 32  # free addresses whose past is looked at, of each prefix


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the command line says of a newcomer. secret: its node's identity.  base: to be merged into."""

    asn: Asn
    applicant: Applicant
    node: str | None
    fabric: str | None
    secret: Path | None
    invitation: Path | None
    base: str | None


def write_newcomer(folder: str, wishes: Wishes, *, offline: bool, show: bool) -> int:
    """Write or print the file that is proposed. Raises Invalid and Usage."""
    from ztix.cli.exchange import fabric_of, open_exchange
    from ztix.cli.outside import find_root, open_tree
    from ztix.drivers.files import write_files
    from ztix.errors import Exit, Usage
    from ztix.member import member_path
    from ztix.proposal import propose

    tree, path = open_tree(folder, None), member_path(wishes.asn)
    exchange, _ = open_exchange(tree)
    fabric = fabric_of(exchange, wishes.fabric)
    if tree.get(path) is not None and not show:
        raise Usage(f"`{path}` is there already", help="edit it, or see what a new one would be with --print")
    node, invited = _node(wishes), _invitation(wishes)
    record = _record(tree, wishes.asn, offline=offline)
    resting = _resting(folder, exchange, tree, fabric, wishes.asn)
    text = propose(wishes.asn, exchange, record, node, fabric, wishes.applicant, resting)
    if show:
        click.echo(text, nl=False)
        return Exit.DONE
    for written in write_files(find_root(folder), {path: text, **invited}):
        click.echo(f"wrote {written}", err=True)
    signed = _sign(folder, wishes, text)
    _tell(folder, exchange, wishes, text, signed=signed, invited=bool(invited))
    return Exit.DONE


def _node(wishes: Wishes) -> NodeId | None:
    """The node's id: as it was given, or as its identity tells."""
    from ztix.errors import Usage
    from ztix.identity import Identity
    from ztix.terms import NodeId

    given = word(NodeId, wishes.node, "--node") if wishes.node else None
    if wishes.secret is None:
        return given
    try:
        own = Identity.parse(wishes.secret.read_bytes()[:1024].decode("ascii")).node
    except (OSError, ValueError):
        raise Usage(
            f"`{wishes.secret}` is no identity that can be read",
            help="name identity.secret, as zerotier-one wrote it; only root reads it there",
        ) from None
    if given not in (None, own):
        raise Usage(f"the identity is of the node `{own}`, not of `{given}`", help="leave --node out")
    return own


def _invitation(wishes: Wishes) -> dict[str, str]:
    """The invitation by its path in the exchange; none where none is given."""
    from ztix.enclosure import INVITATION
    from ztix.errors import Usage

    if wishes.invitation is None:
        return {}
    try:
        line = wishes.invitation.read_bytes()[:INVITATION_BYTES].decode("ascii").strip()
    except (OSError, ValueError):
        raise Usage(
            f"`{wishes.invitation}` holds no invitation", help="save the line of `ztix invite` in it"
        ) from None
    return {f"members/{wishes.asn}{INVITATION}": f"{line}\n"}


def _record(tree: Tree, asn: Asn, *, offline: bool) -> NetworkRecord | None:
    from ztix.cli.outside import look_up
    from ztix.evidence import Found
    from ztix.proposal import told

    lookup = look_up(tree, asn, online=not offline)
    if not offline:
        click.echo(told(asn, lookup), err=True)
    return lookup.record if isinstance(lookup, Found) else None


def _resting(
    folder: str, exchange: Exchange, tree: Tree, fabric: FabricPolicy, asn: Asn
) -> frozenset[Holding]:
    """Addresses that were another's until lately, as far as they would be proposed."""
    from ztix.cli.outside import find_root
    from ztix.drivers.git_past import GitHistory
    from ztix.ledger import oldest_of_interest
    from ztix.proposal import proposable
    from ztix.recall import recall

    now = datetime.now(UTC)
    oldest = oldest_of_interest(now, exchange.policy.admission.address_cooldown_days)
    resting: frozenset[Holding] = frozenset()
    while oldest is not None:
        proposed = proposable(exchange, fabric, asn, TRIED, resting)
        ledger = recall(GitHistory(find_root(folder)), exchange, tree, now, proposed=proposed, advise=False)
        found = ledger.resting(oldest, int(asn)) - resting
        resting |= found
        if ledger.cut is not None and ledger.cut > oldest:
            click.echo("the history is cut off: who held an address lately is unknown (ZT630)", err=True)
        if len(found) < TRIED:  # of each prefix there is one that does not rest
            break
    return resting


def _sign(folder: str, wishes: Wishes, text: str) -> bool:
    """Whether the node has signed the new file. One with a gap must change first, so it is not signed."""
    from ztix.cli.outside import find_root
    from ztix.cli.sign import against, by_node, open_change
    from ztix.drivers.files import write_files
    from ztix.errors import ZtixError
    from ztix.member import TODO

    if wishes.secret is None:
        return False
    if TODO in text:
        click.echo(
            f"not signed yet: the file has a {TODO}, and a signature is over the file as it is", err=True
        )
        return False
    try:
        texts = by_node(open_change(folder, str(int(wishes.asn)), wishes.base), wishes.secret)
    except ZtixError as error:  # the file is there, and signed later
        click.echo(f"not signed yet: {error.message}; {error.help}", err=True)
        return False
    for written in write_files(find_root(folder), texts):
        click.echo(f"wrote {written}", err=True)
    click.echo(against(folder, wishes.base), err=True)
    return True


def _tell(folder: str, exchange: Exchange, wishes: Wishes, text: str, *, signed: bool, invited: bool) -> None:
    from ztix.cli.outside import find_root
    from ztix.drivers.repository import origin
    from ztix.member import member_path
    from ztix.onward import SECRET, steps_after
    from ztix.web_edit import new_file_link

    account = wishes.applicant.account
    secret = str(wishes.secret or SECRET)
    asn, policy = wishes.asn, exchange.policy
    steps = steps_after(asn, policy, text, account, signed=signed, invited=invited, secret=secret)
    for number, step in enumerate(steps, 1):
        click.echo(f"{number}. {step}", err=True)
    remote, prefix = origin(find_root(folder))
    link = new_file_link(remote, prefix + member_path(wishes.asn), text) if remote else None
    if link is not None:
        click.echo(f"without a clone: {link}", err=True)
