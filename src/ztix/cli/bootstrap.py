"""Verbs that set up what a fabric stands on: its controller and network, and moons."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ztix.cli.measuring import measured
from ztix.cli.options import ref_option

if TYPE_CHECKING:
    from ztix.diagnostics import Diagnostic
    from ztix.fabric import Observed
    from ztix.moon import Moon
    from ztix.policy import FabricPolicy
    from ztix.terms import NodeId


@click.command(short_help="Take a fresh controller to a working network.")
@click.argument("fabric")
@ref_option("HEAD", "The revision to make live.")
@click.option("--approve", metavar="DIGEST", help="The digest of the plan that you read and approve.")
@measured("fabric bootstrap")
@click.pass_obj
def bootstrap(folder: str, fabric: str, ref: str, approve: str | None) -> int:
    """Take a controller that was just installed to a network that members can join.

    Asks the controller whether it is ready and takes the token, and checks its identity. Then runs what
    `ztix reconcile` runs, with the same plan and gates, for fabrics alone: route servers are left as they
    are. Reads the exchange at --ref. Writes to the fabrics and to the branch ztix-state, the plan and the
    nodes' commands to stdout. Exits 0, 3 policy has errors or the identity is not sound, 4 refused, 5 stale,
    6 partly done, 7 the controller does not answer, 8 locked, 64 usage.
    """
    from ztix.cli.exchange import fabric_of, open_exchange
    from ztix.cli.outside import open_tree
    from ztix.cli.running import run
    from ztix.console.joining import render_joining
    from ztix.errors import Exit
    from ztix.plan import Scope

    exchange, _ = open_exchange(open_tree(folder, ref))
    policy = fabric_of(exchange, fabric)
    observed = _probe(folder, policy)
    code = run(folder, ref, approve, None, Scope(True, frozenset()), None, "text")
    if observed.network is not None and code in (Exit.DONE, Exit.PARTIAL):
        click.echo(render_joining(observed.network, policy, tuple(exchange.claims())), nl=False)
    return code


def _probe(folder: str, policy: FabricPolicy) -> Observed:
    """What the controller says of itself, told to the operator. Raises what stands in the way."""
    from ztix.cli.identity import check
    from ztix.cli.outside import open_world
    from ztix.cli.progress import Reporter
    from ztix.controller_pin import refuse_others
    from ztix.identity import Identity

    with Reporter() as reporter:
        world = open_world(folder, reporter)
        observed = world.open_fabric(policy).observe()
        refuse_others([policy], {policy.name: observed}, world.state.read().controllers)
    controller = observed.controller
    state = "is not there yet" if observed.settings is None else "is there"
    click.echo(f"the controller of {policy.name} is ready; network {observed.network} {state}", err=True)
    if controller is None:
        return observed
    if len(controller) > len(controller.node):
        check(Identity.parse(controller))
    click.echo(f"its identity is {controller}", err=True)
    if policy.controller is None:
        click.echo(
            f'pin it in policy/fabrics.yaml, below `network`: controller: "{controller.node}"', err=True
        )
    return observed


@click.command(short_help="Write, check and sign definitions of moons.")
@click.argument(
    "files",
    nargs=-1,
    required=True,
    metavar="FILE...",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.option(
    "--endpoint", multiple=True, metavar="NODE=IP/PORT", help="Where a root answers; may be given again."
)
@click.option("--sign", is_flag=True, help="Also sign each with zerotier-idtool.")
def moon(files: tuple[Path, ...], endpoint: tuple[str, ...], sign: bool) -> int:
    """Check definitions of moons, which help members behind NAT to find each other.

    A definition begins as the output of `zerotier-idtool initmoon identity.public`. Reads each FILE; writes
    it where --endpoint gives its roots their addresses, and the signed moon beside it with --sign. Writes
    findings to stdout, words to stderr; without zerotier-idtool it tells the steps. No secret is printed.
    Exits 0, 3 where a definition has errors, 7 where zerotier-idtool fails, 64 usage.
    """
    from ztix.console.report import render_report
    from ztix.diagnostics import Report
    from ztix.drivers.files import write_whole
    from ztix.drivers.secret_files import refuse_open
    from ztix.errors import Exit, Usage
    from ztix.moon import with_endpoints

    wanted = dict(_endpoints(endpoint))
    clean = True
    for file in files:
        if wanted:
            try:
                write_whole(file, with_endpoints(file.read_text("utf-8"), wanted))
            except ValueError as error:
                raise Usage(f"`{file}` or --endpoint: {error}") from None
        found, findings = _definition(file)
        if found is None:
            clean = False
            click.echo(render_report(Report.of(findings), form="text"), nl=False)
            continue
        if found.signing_secret:
            refuse_open(file)
        click.echo(f"{file} is a sound definition of moon {found.id}", err=True)
        _sign(file, found, sign=sign)
    return Exit.DONE if clean else Exit.INVALID


def _endpoints(texts: tuple[str, ...]) -> Iterator[tuple[NodeId, tuple[str, ...]]]:
    from ztix.errors import Usage
    from ztix.moon import parse_endpoint
    from ztix.terms import NodeId

    found: dict[NodeId, list[str]] = {}
    for text in texts:
        node, _, place = text.partition("=")
        try:
            found.setdefault(NodeId(node), []).append(parse_endpoint(place))
        except ValueError as error:
            raise Usage(f"--endpoint `{text}`: {error}", help="write NODE=IP/PORT") from None
    return ((node, tuple(places)) for node, places in found.items())


def _definition(file: Path) -> tuple[Moon | None, list[Diagnostic]]:
    """The moon in a file, or findings without the lines they are about: one of them may hold the secret."""
    from dataclasses import replace

    from ztix.document import read_document
    from ztix.moon import Moon
    from ztix.shape import read_model
    from ztix.tree import Entry, Kind

    content = file.read_bytes()
    document, findings = read_document(Entry(str(file), Kind.FILE, len(content), content))
    found = None
    if document is not None:
        found, findings = read_model(document, Moon)
    return found, [replace(item, span=replace(item.span, text="")) for item in findings]


def _sign(file: Path, moon: Moon, *, sign: bool) -> None:
    from ztix.drivers.idtool import find_idtool

    tool = find_idtool()
    if sign and tool:
        signed = tool.sign_moon(file)
        click.echo(f"wrote {signed}", err=True)
    else:
        click.echo(f"sign it, beside {file}: zerotier-idtool genmoon {file.name}", err=True)
    click.echo(
        f"then on each node: copy {moon.name} into moons.d/ of ZeroTier's home, and restart zerotier-one\n"
        f"or, once its roots have it: zerotier-cli orbit {moon.id[-10:]} {moon.roots[0].identity.node}",
        err=True,
    )
