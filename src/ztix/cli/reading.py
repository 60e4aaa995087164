"""Verbs that read git and write nothing: check, explain, schema, render."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ztix.cli.measuring import measure, measured
from ztix.cli.options import colour, format_option, ref_option, width

if TYPE_CHECKING:
    from ztix.console.report import Form as ReportForm
    from ztix.gather import Rendered


@click.command(short_help="Find what is wrong with the exchange.")
@ref_option(None, "Read this revision instead of the work tree.")
@click.option("--online", is_flag=True, help="Ask PeeringDB about members that evidence/ does not tell of.")
@format_option("text", "github", "json", "sarif")
@measured("check")
@click.pass_obj
def check(folder: str, ref: str | None, online: bool, form: ReportForm) -> int:
    """Find what is wrong with the exchange.

    Reads members/, policy/, templates/ and evidence/; needs no network unless --online. Writes the findings,
    all at once, to stdout. Exits 0 without errors, 3 with errors.
    """
    from ztix.cli.outside import open_world
    from ztix.cli.progress import Reporter
    from ztix.console.report import render_report
    from ztix.errors import Exit
    from ztix.reconcile import check as find

    with Reporter() as reporter:
        report = find(open_world(folder, reporter, online=online), ref)
    measure(report)
    click.echo(render_report(report, form=form, colour=colour()), nl=False)
    return Exit.INVALID if report.has_errors else Exit.DONE


@click.command(short_help="Explain a rule or a community.")
@click.argument("subject", metavar="[RULE|COMMUNITY]", required=False)
@click.pass_obj
def explain(folder: str, subject: str | None) -> int:
    """Explain a rule or a community, for instance `ztix explain ZT204` or `ztix explain 64496:0:64501`.

    Without one, lists all rules. Reads the exchange for a community, else nothing. Writes to stdout. Exits 0,
    or 64 where there is no such rule or community.
    """
    from ztix.errors import Exit
    from ztix.routeserver.communities import looks_like
    from ztix.rules import RULES
    from ztix.rules import explain as explain_rule

    if subject is not None:
        text = _community(folder, subject) if looks_like(subject) else explain_rule(subject, width())
        click.echo(text, nl=False)
        return Exit.DONE
    for known in sorted(RULES.values(), key=lambda known: known.id):
        click.echo(f"{known.id}  {known.severity.value:<7}  {known.title}")
    return Exit.DONE


def _community(folder: str, text: str) -> str:
    from ztix.cli.outside import open_tree
    from ztix.errors import Invalid
    from ztix.exchange import read_exchange
    from ztix.routeserver.communities import explain_community

    exchange, _ = read_exchange(open_tree(folder, None))
    if exchange is None:
        raise Invalid(
            "the exchange's AS number is unknown: its policy has errors", help="`ztix check` lists them"
        )
    members = {file.member.asn: file.member.name for file in exchange.members}
    return explain_community(text, exchange.policy.exchange.asn, members)


@click.command(short_help="Print the JSON Schema of a file.")
@click.argument("name", required=False)
@click.option("--write", is_flag=True, help="Write all schemas to policy/schema/ of the exchange instead.")
@click.pass_obj
def schema(folder: str, name: str | None, write: bool) -> int:
    """Print the JSON Schema of a member's file (`member`) or of a policy file, such as `fabrics`.

    Reads nothing. Writes to stdout, or with --write to policy/schema/. Exits 0, or 64 for an unknown name.
    """
    from ztix.errors import Exit, Usage
    from ztix.schema import SCHEMAS, schema_files, schema_text

    if write:
        from ztix.drivers.files import write_files
        from ztix.drivers.git_tree import find_exchange

        root = find_exchange(Path(folder).resolve())
        for path in write_files(root, schema_files()):
            click.echo(f"wrote {path}", err=True)
        return Exit.DONE
    if name is None or name not in SCHEMAS:
        raise Usage(f"there is no schema `{name or ''}`", help=f"name one of: {', '.join(SCHEMAS)}")
    click.echo(schema_text(name), nl=False)
    return Exit.DONE


@click.command(short_help="Print the route servers' configurations.")
@ref_option(None, "Read this revision instead of the work tree.")
@click.option("--only", metavar="NAME", help="This route server only.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Write NAME.conf files here.")
@click.option("--prove", is_flag=True, help="Have BIRD parse each text; exits 3 where it refuses one.")
@measured("render")
@click.pass_obj
def render(folder: str, ref: str | None, only: str | None, out: Path | None, prove: bool) -> int:
    """Print the BIRD configuration that git asks for, of each route server.

    Reads the exchange and its evidence; touches no route server. Writes to stdout, or with --out to files.
    Exits 0, 3 where the exchange has errors or BIRD refuses a text, 7 where there is no BIRD to ask, 64 for
    an unknown route server.
    """
    from ztix.applied import Applied
    from ztix.cli.outside import open_world
    from ztix.cli.progress import Reporter
    from ztix.drivers.files import write_files
    from ztix.errors import Exit, Usage
    from ztix.gather import gather

    with Reporter() as reporter:
        world = open_world(folder, reporter)
        gathered = gather(world, ref, Applied())
        if only is not None and only not in gathered.rendered:
            raise Usage(
                f"there is no route server `{only}`", help=f"name one of: {', '.join(gathered.rendered)}"
            )
        chosen = {name: item for name, item in gathered.rendered.items() if only in (None, name)}
        for name, item in chosen.items() if prove else ():
            click.echo(_proven(name, item), err=True)
    if out is None:
        for item in chosen.values():
            click.echo(item.text, nl=False)
    else:
        for path in write_files(out, {f"{name}.conf": item.text for name, item in chosen.items()}):
            click.echo(f"wrote {path}", err=True)
    return Exit.DONE


def _proven(name: str, item: Rendered) -> str:
    """The words where BIRD takes a text. Raises Invalid where it does not, Unavailable without a BIRD."""
    from ztix.drivers.bird import INSTALL, find_bird, prove
    from ztix.errors import Invalid, Unavailable
    from ztix.proof import Disproved

    bird = find_bird(item.view.bird)
    if bird is None:
        wanted = item.view.bird
        raise Unavailable(f"there is no BIRD {wanted.major} here to prove `{name}` with", help=INSTALL)
    proof = prove(item.text, bird=bird)
    if not isinstance(proof, Disproved):
        return f"BIRD {proof.version} takes the text for {name}"
    line = item.text.splitlines()[proof.line - 1].strip() if proof.line else ""
    where = f"line {proof.line} of `{name}`{item.blame(proof.line)}"
    raise Invalid(
        f"BIRD {proof.version} refuses {where}: {proof.message}",
        help=f"the line is `{line}`; look for it in `templates/` of the exchange",
    )
