"""The verb about proofs: how to prove that one holds an AS number, what holds, and what was lost."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from ztix.cli.measuring import measured
from ztix.cli.options import asn_of, format_option

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ztix.admission.recheck import Rechecked
    from ztix.admission.remembered import Remembered
    from ztix.console.proofs import ProofForm
    from ztix.exchange import Exchange
    from ztix.terms import Asn
    from ztix.tree import Tree


@click.command(short_help="Tell how to prove an AS number, and what holds.")
@click.argument("asn", metavar="[AS64500]", required=False)
@click.option("--account", type=click.IntRange(min=1), help="The GitHub account's numeric id.")
@click.option("--base", metavar="REV", help="What is merged; by default origin/main, or else main.")
@click.option("--offline", is_flag=True, help="Only tell how; ask nobody what holds.")
@click.option("--all", "everybody", is_flag=True, help="Look for all members' published proofs again.")
@click.option("--accept", metavar="AS64500", multiple=True, help="Take its new organisation, with --all.")
@click.option("--propose", is_flag=True, help="Suspend, in the work tree, who is overdue by the record.")
@click.option("--dry-run", is_flag=True, help="Write nothing.")
@format_option("text", "json")
@measured("prove")
@click.pass_obj
def prove(
    folder: str,
    asn: str | None,
    account: int | None,
    base: str | None,
    offline: bool,
    everybody: bool,
    accept: tuple[str, ...],
    propose: bool,
    dry_run: bool,
    form: ProofForm,
) -> int:
    """Tell each way to prove that an AS number is yours, with the text to publish, and which of them holds.

    Reads the member's file in the work tree, and speaks for account N or else the file's first contact; where
    there is no file yet, --account says who. Asks PeeringDB, the registry, name servers and the website.
    Writes to stdout.

    With --all looks again for the proofs that members published, where policy's `reproof_days` are over,
    and keeps evidence/proofs.json: a lost one is a finding, an outage changes nothing. With --propose writes
    `status: suspended` for members without a proof for `suspend_after_days`, for a person to merge.

    Exits 0 where it is proven, 3 where it is not, or policy or the record has errors, 7 where it could not be
    checked, or nobody answered.
    """
    from ztix.errors import Usage

    if everybody or propose:
        if asn or offline or account:
            raise Usage(
                "--all and --propose are about all members", help="name no member, account or --offline"
            )
        return _members(folder, everybody, propose, frozenset(map(asn_of, accept)), dry_run, form)
    if asn is None or accept:
        raise Usage(
            "no AS number is named", help="`ztix prove AS64500`; or `ztix prove --all [--accept AS64500]`"
        )
    return _one(folder, asn_of(asn), account, base, offline, form)


def _one(folder: str, asn: Asn, account: int | None, base: str | None, offline: bool, form: ProofForm) -> int:
    from ztix.admission.ways import ways_of
    from ztix.cli.asking import Asking
    from ztix.cli.claiming import claim_of
    from ztix.console.proofs import render_ways
    from ztix.errors import Exit

    ways = ways_of(claim_of(folder, asn, account, base), None if offline else Asking())
    click.echo(render_ways(ways, form), nl=False)
    if offline or ways.proven:
        return Exit.DONE
    return Exit.UNAVAILABLE if ways.unknown else Exit.INVALID


def _members(
    folder: str, everybody: bool, propose: bool, accepted: frozenset[Asn], dry_run: bool, form: ProofForm
) -> int:
    from ztix.admission.recheck import look_again
    from ztix.admission.remembered import PATH, read_remembered, remembered_text
    from ztix.cli.asking import Asking
    from ztix.cli.exchange import open_exchange
    from ztix.cli.outside import open_tree
    from ztix.errors import Exit, Invalid, Usage

    tree, now = open_tree(folder, None), datetime.now(UTC)
    exchange, complete = open_exchange(tree)
    for asn in sorted(accepted - {file.member.asn for file in exchange.members}):
        raise Usage(f"`{asn}` is no member", help="name members that have a file in members/")
    kept, damage = read_remembered(tree)
    if damage.has_errors:
        raise Invalid(
            f"`{PATH}` is damaged: {damage.findings[0].message}",
            help="take its last good version from git; written anew, it would have forgotten proofs",
        )
    code, proofs = Exit.DONE, tuple(kept.values())
    if everybody:
        found = look_again(exchange, kept, Asking(), now, accepted=accepted, complete=complete)
        _tell(found, form)
        proofs = found.proofs
        code = Exit.UNAVAILABLE if found.asked and found.unknown == found.asked else Exit.DONE
        if proofs or tree.get(PATH):
            _write(folder, tree, {PATH: remembered_text(proofs)}, dry_run)
    if propose:
        _write(folder, tree, _suspensions(exchange, tree, proofs, now), dry_run)
    return code


def _tell(found: Rechecked, form: ProofForm) -> None:
    from ztix.cli.options import colour
    from ztix.console.report import render_report

    click.echo(render_report(found.findings, form=form, colour=colour()), nl=False)
    lost = found.asked - found.holding - found.unknown
    click.echo(
        f"looked for the proofs of {found.asked} members: {found.holding} hold, {lost} have none, "
        f"{found.unknown} could not be checked",
        err=True,
    )


def _suspensions(
    exchange: Exchange, tree: Tree, proofs: Iterable[Remembered], now: datetime
) -> Mapping[str, str]:
    """The files of members who are overdue, with their new status."""
    from ztix.admission.recheck import overdue
    from ztix.admission.suspension import suspended

    texts: dict[str, str] = {}
    for file, since in overdue(exchange, proofs, now):
        entry = tree.get(file.path)
        text = suspended(file.path, entry.content) if entry and entry.content else None
        if text is None:
            click.echo(f"write `status: suspended` into {file.path} by hand", err=True)
            continue
        click.echo(f"{file.member.asn} is without a proof since {since:%Y-%m-%d}", err=True)
        texts[file.path] = text
    return texts


def _write(folder: str, tree: Tree, texts: Mapping[str, str], dry_run: bool) -> None:
    """Write what differs from the work tree."""
    from ztix.cli.outside import find_root
    from ztix.drivers.files import write_files

    for path, text in texts.items():
        entry = tree.get(path)
        if entry and entry.content == text.encode():
            continue
        if dry_run:
            click.echo(f"would write {path}", err=True)
            continue
        for written in write_files(find_root(folder), {path: text}):
            click.echo(f"wrote {written}", err=True)
