"""The verb about evidence: ask others about members, and write what they say to evidence/."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from ztix.cli.measuring import measure, measured
from ztix.cli.options import format_option

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ztix.console.evidence import EvidenceForm
    from ztix.drivers.http import RetryBudget
    from ztix.evidence import Evidence, NetworkLookup
    from ztix.exchange import Exchange
    from ztix.refresh import Asked, Refreshed, Sources
    from ztix.terms import Asn
    from ztix.tree import Tree


@click.group(short_help="Ask PeeringDB, the IRR and a validator.")
def evidence() -> None:
    """What others say about members: PeeringDB's records, AS-SETs' prefixes, VRPs. Kept in evidence/."""


@evidence.command(short_help="Fetch it anew.")
@click.argument("members", metavar="[AS64500]...", nargs=-1)
@click.option(
    "--accept", metavar="NAME", multiple=True, help="Take this subject's change although it is doubted."
)
@click.option("--dry-run", is_flag=True, help="Ask and tell, but write nothing.")
@format_option("text", "json")
@measured("evidence refresh")
@click.pass_obj
def refresh(
    folder: str, members: tuple[str, ...], accept: tuple[str, ...], dry_run: bool, form: EvidenceForm
) -> int:
    """Ask PeeringDB and the IRR about all members, or about those named, and write evidence/.

    Reads the work tree. Where policy names a list of VRPs, fetches that too. An answer that is missing or
    implausible changes nothing: the last good one stays, and a finding tells. Writes the summary to stdout.
    Exits 0, 3 where policy or evidence has errors, 6 where an answer was not taken, 7 where nobody answered.
    """
    from ztix.cli.outside import find_root, open_tree
    from ztix.cli.progress import Reporter
    from ztix.console.evidence import render_refresh
    from ztix.drivers.files import write_files
    from ztix.drivers.http import RetryBudget
    from ztix.refresh import refresh as ask

    root, tree = find_root(folder), open_tree(folder, None)
    exchange, held, complete = _held(tree)
    asked = _asked(exchange, members, accept)
    with Reporter() as reporter:
        sources = _sources(exchange, RetryBudget(), held.now)
        found = ask(exchange, held, sources, asked, reporter.watch, complete=complete)
    texts = {path: text for path, text in found.texts.items() if _content(tree, path) != text.encode()}
    if not dry_run:
        for path in write_files(root, texts):
            click.echo(f"wrote {path}", err=True)
    click.echo(render_refresh(found, () if dry_run else texts, form), nl=False)
    _heard(found, accept)
    _measure(folder)
    return found.exit


def _measure(folder: str) -> None:
    """How old evidence is by now, for --metrics."""
    from ztix.cli.outside import open_tree
    from ztix.evidence_files import evidence as read_evidence

    held, _ = read_evidence(open_tree(folder, None), datetime.now(UTC))
    measure(held)


def _held(tree: Tree) -> tuple[Exchange, Evidence, bool]:
    """The exchange, its evidence, and whether every member's file is in order. Raises Invalid."""
    from ztix.errors import Invalid
    from ztix.evidence_files import evidence as read_evidence
    from ztix.exchange import read_exchange

    exchange, report = read_exchange(tree)
    held, damage = read_evidence(tree, datetime.now(UTC))
    if exchange is None or damage.has_errors:
        raise Invalid(
            "policy or evidence has errors, and without what was held nothing new can be judged",
            help="`ztix check` shows them; a file's last good version is in git",
        )
    return exchange, held, not report.has_errors


def _asked(exchange: Exchange, members: tuple[str, ...], accept: tuple[str, ...]) -> Asked:
    """What the command line asks for. Raises Usage."""
    from ztix.errors import Usage
    from ztix.refresh import Asked
    from ztix.terms import Asn

    asns = set()
    for text in members:
        try:
            asn = Asn(text.upper().removeprefix("AS"))
        except ValueError:
            raise Usage(f"`{text}` is no AS number", help="write it as `AS64500`") from None
        if exchange.member(asn) is None:
            raise Usage(f"`{asn}` is no member", help="name members that have a file in members/")
        asns.add(asn)
    return Asked(frozenset(asns), frozenset(accept))


def _heard(found: Refreshed, accept: tuple[str, ...]) -> None:
    """Tell of names that nobody was asked about: most often an AS-SET without its source."""
    asked = {"vrps", *(item.subject for item in found.refresh.networks)}
    asked |= {item.subject for item in found.refresh.expansions}
    for name in accept:
        if name not in asked:
            click.echo(f"nobody was asked about `{name}`: write the name as the findings do", err=True)


def _sources(exchange: Exchange, budget: RetryBudget, now: datetime) -> Sources:
    from ztix.drivers.bgpq4 import Bgpq4, find_bgpq4
    from ztix.drivers.vrp_list import Validator
    from ztix.refresh import Sources

    routing = exchange.policy.routing
    irr = Bgpq4(find_bgpq4(), routing.irr, private=bool(routing.bogon_asns_allowed))
    has_list = routing.rov.list.url is not None or routing.rov.list.file is not None
    validator = Validator(routing.rov.list, budget, now) if has_list else None
    return Sources(
        lambda asns: _networks(asns, budget), irr.expansions, None if validator is None else validator.vrps
    )


def _networks(asns: Iterable[Asn], budget: RetryBudget) -> Mapping[Asn, NetworkLookup]:
    from pydantic import SecretStr

    from ztix.drivers.peeringdb import PeeringDb, peeringdb_client

    key = os.environ.get("ZTIX_PEERINGDB_API_KEY")
    with peeringdb_client(SecretStr(key) if key else None) as client:
        return PeeringDb(client, budget).networks(asns)


def _content(tree: Tree, path: str) -> bytes | None:
    entry = tree.get(path)
    return None if entry is None else entry.content
