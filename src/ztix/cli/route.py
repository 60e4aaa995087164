"""The verb that says where a route goes and where it stops, without asking any route server."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import click

from ztix.cli.options import format_option, ref_option

if TYPE_CHECKING:
    from ipaddress import IPv6Address

    from ztix.console.route import Explained, RouteForm
    from ztix.routeserver import RouteServerView
    from ztix.routeserver.route import Route
    from ztix.terms import Asn

T = TypeVar("T")


@click.group(short_help="Say where a route goes, and where it stops.")
def route() -> None:
    """Say where a route goes, and where it stops."""


@route.command(short_help="Run a route through the filters, step by step.")
@click.argument("prefix")
@click.option(
    "--from", "announced_by", metavar="AS64500", required=True, help="The member that announces it."
)
@click.option("--to", metavar="AS64501", help="A member that is to get it; by default all are counted.")
@click.option("--path", metavar="ASNS", help="The AS_PATH, its origin last; by default the member alone.")
@click.option("--next-hop", metavar="ADDRESS", help="By default the address of the member's session.")
@click.option("--link-local", metavar="ADDRESS", help="The address beside an IPv6 next hop.")
@click.option(
    "--community",
    "communities",
    metavar="COMMUNITY",
    multiple=True,
    help="One on the route; may be repeated.",
)
@click.option("--route-server", "server", metavar="NAME", help="By default the first one of policy.")
@ref_option(None, "Read this revision instead of the work tree.")
@format_option("text", "json")
@click.pass_obj
def explain(
    folder: str,
    prefix: str,
    announced_by: str,
    to: str | None,
    path: str | None,
    next_hop: str | None,
    link_local: str | None,
    communities: tuple[str, ...],
    server: str | None,
    ref: str | None,
    form: RouteForm,
) -> int:
    """Run a route through the numbered decisions of a route server, and say what would let it pass.

    A member asks why a prefix is not accepted, or why another member does not get it: for instance `ztix
    route explain 198.51.100.0/24 --from AS64500 --path "64500 64501" --to AS64502`. Reads the exchange and
    its evidence, asks no route server, writes to stdout. Exits 0, also where the route stops; 3 where the
    exchange has errors, 64 usage. `birdc show route filtered all` on a route server shows what is there now.
    """
    from ztix.console.route import render_route
    from ztix.errors import Exit

    view = _view(folder, ref, server)
    asn, receiver = _asn("--from", announced_by), _asn("--to", to) if to else None
    told = _explained(
        view, _prepared(view, asn, prefix, path, next_hop, link_local, communities), asn, receiver
    )
    click.echo(render_route(told, form), nl=False)
    return Exit.DONE


def _view(folder: str, ref: str | None, name: str | None) -> RouteServerView:
    from ztix.applied import Applied
    from ztix.cli.outside import open_world
    from ztix.cli.progress import Reporter
    from ztix.errors import Usage
    from ztix.gather import gather

    with Reporter() as reporter:
        rendered = gather(open_world(folder, reporter), ref, Applied()).rendered
    found = [item.view for known, item in rendered.items() if name in (None, known)]
    if not found:
        raise Usage(
            "there is no route server" + (f" `{name}`" if name else ""),
            help=f"name one of: {', '.join(rendered)}" if rendered else "policy/route-servers.yaml has none",
        )
    return found[0]


def _explained(view: RouteServerView, route: Route, asn: Asn, to: Asn | None) -> Explained:
    from ztix.console.route import Explained
    from ztix.routeserver.tracing import entrance_of, notes, trace_import, traces_to

    entrance = entrance_of(view, asn, route.prefix, route.next_hop)
    inward = trace_import(entrance, route)
    outward = traces_to(view, inward.route, to)
    return Explained(view.name, route, inward, () if inward.stop else outward, to, notes(entrance))


def _prepared(
    view: RouteServerView,
    asn: Asn,
    prefix: str,
    path: str | None,
    next_hop: str | None,
    link_local: str | None,
    communities: tuple[str, ...],
) -> Route:
    from ztix.routeserver.communities import parse_community
    from ztix.routeserver.route import Route, StandardCommunity, parse_path
    from ztix.routeserver.tracing import entrance_of
    from ztix.terms import LargeCommunity, parse_address, parse_prefix

    found = _read("PREFIX", prefix, parse_prefix)
    hop = _read("--next-hop", next_hop, parse_address) if next_hop else None
    beside = _read("--link-local", link_local, _ipv6) if link_local else None
    entrance = entrance_of(view, asn, found, hop)
    numbers, as_set = _read("--path", str(int(asn)) if path is None else path, parse_path)
    read = [parse_community(text, view.asn) for text in communities]
    large = frozenset(item for item in read if isinstance(item, LargeCommunity))
    standard = frozenset(item for item in read if isinstance(item, StandardCommunity))
    return Route(found, numbers, hop or entrance.session.address, beside, standard, large, as_set)


def _ipv6(text: str) -> IPv6Address:
    from ipaddress import IPv6Address

    try:
        return IPv6Address(text.partition("%")[0])
    except ValueError:
        raise ValueError("must be an IPv6 address") from None


def _asn(option: str, text: str) -> Asn:
    from ztix.terms import Asn

    return _read(option, text, lambda words: Asn(words.upper().removeprefix("AS")))


def _read(option: str, text: str, parse: Callable[[str], T]) -> T:
    from ztix.errors import Usage

    try:
        return parse(text)
    except ValueError as error:
        raise Usage(f"{option} `{text}` {error}") from None
