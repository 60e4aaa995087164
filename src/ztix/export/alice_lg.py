"""The configuration of Alice, a looking glass for route servers: one source for each, asked by birdwatcher.

Law: pure. What is printed is typed or of this project: nothing that a member wrote. The keys are those of
Alice 6.2, which reads both families of a route server from one source (`main_table4`, `main_table6`).
"""

from __future__ import annotations

from collections.abc import Iterator

from ztix.exchange import Exchange
from ztix.export.wanting import needed, refuse
from ztix.policy import Policy, RouteServerPolicy
from ztix.publication_policy import AliceLgPolicy, WebAddress
from ztix.routeserver.control import TABLE, Blank, Entry
from ztix.routeserver.order import STEPS
from ztix.routeserver.sessions import carries_ipv4_over_ipv6
from ztix.routeserver.told import Told
from ztix.terms import Asn, Label

VERB = "alice-lg"
_HEAD = "# Written by `ztix export alice-lg` from the exchange's policy, for Alice 6.2 or later."

# How BIRD writes times, in the words of Go: of protocols as templates/bird/bird.conf.j2 asks, of itself.
_SINCE = "2006-01-02T15:04:05"
_STATUS = "2006-01-02 15:04:05"

_FUNCTIONS = {entry.function for entry in TABLE}


def alice_lg(exchange: Exchange) -> str:
    """The text of alice.conf. Raises Invalid where policy does not say where a route server is asked."""
    policy = exchange.policy
    block = needed(policy.exchange.publication.alice_lg, "alice_lg", VERB)
    apis = {watcher.route_server: watcher.api for watcher in block.birdwatchers}
    refuse(_wanting(policy, apis), VERB)
    return "\n".join([_HEAD, *_lines(exchange, block, apis)]) + "\n"


def _wanting(policy: Policy, apis: dict[Label, WebAddress]) -> Iterator[str]:
    servers = [server.name for server in policy.route_servers.route_servers]
    for name in servers:
        if name not in apis:
            yield f"`alice_lg.birdwatchers` has no `{name}`"
    for name in apis:
        if name not in servers:
            yield f"`alice_lg.birdwatchers` has `{name}`, which is no route server"


def _lines(exchange: Exchange, block: AliceLgPolicy, apis: dict[Label, WebAddress]) -> Iterator[str]:
    policy, asn = exchange.policy, exchange.policy.exchange.asn
    yield from _section(
        "server", f"listen_http = {block.listen}", "enable_prefix_lookup = true", f"asn = {int(asn)}"
    )
    yield from _section(
        "rejection_reasons",
        *(f"{step.reason.community(asn)} = {step.title}" for step in STEPS if step.reason is not None),
    )
    yield from _section("noexport", "load_on_demand = true")
    yield from _section("blackhole_communities", "65535:666")
    yield from _section("rpki", *_rpki(policy))
    yield from _section("bgp_communities", *_communities(asn))
    for server in policy.route_servers.route_servers:
        yield from _source(exchange, server, apis[server.name])


def _section(name: str, *lines: str) -> Iterator[str]:
    yield f"\n[{name}]"
    yield from lines


def _rpki(policy: Policy) -> Iterator[str]:
    told = Told.of(policy.exchange.asn)
    yield f"enabled = {'true' if policy.routing.informational else 'false'}"
    yield f"valid = {told.rov_valid}"
    yield f"unknown = {told.rov_not_found}"
    yield f"not_checked = {told.rov_not_done}"
    yield f"invalid = {told.rov_invalid}"


def _communities(asn: Asn) -> Iterator[str]:
    """A line for each form. No standard ones where Alice, which mixes both by their numbers, would stop."""
    for entry in TABLE:
        if entry.function is not None and entry.argument is not None:
            argument = "*" if isinstance(entry.argument, Blank) else entry.argument
            yield f"{int(asn)}:{entry.function}:{argument} = {_meaning(entry, asn, 2)}"
        if entry.standard is not None and asn < 65536 and asn not in _FUNCTIONS:
            halves = (str(int(asn)) if half is Blank.RS else half for half in entry.standard)
            yield ":".join("*" if half is Blank.PEER else str(half) for half in halves) + (
                f" = {_meaning(entry, asn, 1)}"
            )


def _meaning(entry: Entry, asn: Asn, part: int) -> str:
    """The words of the table. For `$` and a digit Alice puts that part of the community, counted from 0."""
    text = entry.meaning.replace("this AS", f"AS${part}")
    return text.replace("`rs:", f"`{int(asn)}:").replace("`", "")


def _source(exchange: Exchange, server: RouteServerPolicy, api: WebAddress) -> Iterator[str]:
    yield from _section(f"source.{server.name}", f"name = {server.name}", f"group = {server.fabric}")
    yield from _section(
        f"source.{server.name}.birdwatcher",
        f"api = {api}",
        "type = single_table",
        *_tables(exchange, server),
        f"servertime_short = {_SINCE}",
        f"servertime_ext = {_STATUS}",
    )


def _tables(exchange: Exchange, server: RouteServerPolicy) -> Iterator[str]:
    """The tables that the search reads: Alice asks for none that the route server lacks."""
    families = {address.version for address in server.addresses}
    families |= {4} if carries_ipv4_over_ipv6(exchange, server) else set()
    yield f"main_table = master{min(families)}"
    if len(families) > 1:
        yield "main_table4 = master4"
        yield "main_table6 = master6"
