"""ZT51x: policy/route-servers.yaml and policy/infrastructure.yaml.

Law: pure. Their fabrics, nodes and addresses are checked with the members' (ZT201 to ZT207).
"""

from __future__ import annotations

from collections.abc import Iterator

from ztix.diagnostics import Severity, Span
from ztix.document import Path
from ztix.policy import RouteServerPolicy
from ztix.rules.facts import Facts
from ztix.rules.registry import Hit, rule

FILE = "route-servers"


def _servers(facts: Facts) -> Iterator[tuple[RouteServerPolicy, Path]]:
    for index, server in enumerate(facts.exchange.policy.route_servers.route_servers):
        yield server, ("route_servers", index)


@rule(
    "ZT511",
    "machines of the exchange have different names",
    Severity.ERROR,
    what="No two of the route servers and infrastructure nodes have the same `name`.",
    why="The name is who holds a node and an address; files and receipts are named after it too.",
    wrong="route_servers: [{name: rs1, ...}, {name: rs1, ...}]",
    right="route_servers: [{name: rs1, ...}, {name: rs2, ...}]",
    remedy="Rename one of them.",
)
def name_twice(facts: Facts) -> Iterator[Hit]:
    """Names that two machines of the exchange have."""
    extras = enumerate(facts.exchange.policy.infrastructure.nodes)
    named = [(server.name, FILE, path) for server, path in _servers(facts)]
    named += [(extra.name, "infrastructure", ("nodes", index)) for index, extra in extras]
    seen: dict[str, Span] = {}
    for name, file, path in named:
        if name in seen:
            place = facts.policy_span(file, (*path, "name"))
            yield Hit(
                f"the name `{name}` stands here a second time", place, "rename one of the two", (seen[name],)
            )
        seen.setdefault(name, facts.policy_span(file, (*path, "name")))


@rule(
    "ZT512",
    "a route server has one address of a family",
    Severity.ERROR,
    what="`addresses` of a route server holds at most one IPv4 and one IPv6 address.",
    why="A member has one session of each family with each route server; a second address would be unused.",
    wrong="addresses: [192.0.2.1, 192.0.2.2]",
    right='addresses: [192.0.2.1, "2001:db8:64:96::1"]',
    remedy="Keep one of each family.",
)
def family_twice(facts: Facts) -> Iterator[Hit]:
    """Route servers with two addresses of one family."""
    for server, path in _servers(facts):
        families = [address.version for address in server.addresses]
        for index, family in enumerate(families):
            if family in families[:index]:
                yield Hit(
                    f"`{server.name}` has a second IPv{family} address",
                    facts.policy_span(FILE, (*path, "addresses", index)),
                    "keep one of each family",
                    (facts.policy_span(FILE, (*path, "addresses", families.index(family))),),
                )


@rule(
    "ZT513",
    "a router id is an IPv4 address",
    Severity.ERROR,
    what="`router_id` is an IPv4 address other than 0.0.0.0.",
    why="The BGP identifier has four octets and is not zero (RFC 6286 section 2.1).",
    wrong='router_id: "2001:db8:64:96::1"',
    right="router_id: 192.0.2.1",
    remedy="Write an IPv4 address, most simply the route server's own.",
)
def router_id_form(facts: Facts) -> Iterator[Hit]:
    """Router ids that BGP cannot carry."""
    for server, path in _servers(facts):
        if server.router_id.version != 4 or int(server.router_id) == 0:
            yield Hit(
                f"the router id `{server.router_id}` is not a usable IPv4 address",
                facts.policy_span(FILE, (*path, "router_id")),
                "write the route server's IPv4 address",
            )


@rule(
    "ZT514",
    "route servers have different router ids",
    Severity.ERROR,
    what="No two route servers have the same `router_id`.",
    why="A member takes two speakers with one BGP identifier in one AS for one (RFC 6286 section 2.1).",
    wrong="route_servers: [{router_id: 192.0.2.1, ...}, {router_id: 192.0.2.1, ...}]",
    right="route_servers: [{router_id: 192.0.2.1, ...}, {router_id: 192.0.2.2, ...}]",
    remedy="Give each one its own, most simply its own address.",
)
def router_id_twice(facts: Facts) -> Iterator[Hit]:
    """Router ids that two route servers have."""
    seen: dict[object, Path] = {}
    for server, path in _servers(facts):
        first = seen.setdefault(server.router_id, path)
        if first != path:
            yield Hit(
                f"the router id `{server.router_id}` stands here a second time",
                facts.policy_span(FILE, (*path, "router_id")),
                "give each route server its own",
                (facts.policy_span(FILE, (*first, "router_id")),),
            )


@rule(
    "ZT515",
    "one route server is the canary",
    Severity.WARNING,
    what="Where there are two or more route servers, exactly one has `canary: true`.",
    why="A new configuration goes to the canary first; the others follow when its sessions are back. Without "
    "one the first in the file is tried, and with several nothing is left that is known to work.",
    wrong="route_servers: [{name: rs1, ...}, {name: rs2, ...}]",
    right="route_servers: [{name: rs1, canary: true, ...}, {name: rs2, ...}]",
    remedy="Set `canary: true` on the one whose loss hurts least.",
)
def canaries(facts: Facts) -> Iterator[Hit]:
    """No canary, or several."""
    found = [path for server, path in _servers(facts) if server.canary]
    total = len(facts.exchange.policy.route_servers.route_servers)
    advice = "set `canary: true` on exactly one"
    if total > 1 and not found:
        place = facts.policy_span(FILE, ("route_servers", 0, "name"))
        yield Hit("no route server is the canary", place, advice)
    for path in found[1:]:
        place = facts.policy_span(FILE, (*path, "canary"))
        first = facts.policy_span(FILE, (*found[0], "canary"))
        yield Hit(f"this is one of {len(found)} canaries", place, advice, (first,))


@rule(
    "ZT516",
    "route servers are different machines",
    Severity.WARNING,
    what="No two route servers have the same `ssh.host` and `ssh.port`.",
    why="The second roll-out would overwrite the configuration of the first.",
    wrong="route_servers: [{ssh: {host: rs.example.net, ...}}, {ssh: {host: rs.example.net, ...}}]",
    right="route_servers: [{ssh: {host: rs1.example.net, ...}}, {ssh: {host: rs2.example.net, ...}}]",
    remedy="Write each one's own address.",
)
def host_twice(facts: Facts) -> Iterator[Hit]:
    """Hosts that two route servers share."""
    seen: dict[tuple[str, int, str], Path] = {}
    for server, path in _servers(facts):
        first = seen.setdefault((server.ssh.host.lower(), server.ssh.port, server.ssh.user), path)
        if first != path:
            yield Hit(
                f"`{server.ssh.host}` port {server.ssh.port} is another route server's too",
                facts.policy_span(FILE, (*path, "ssh", "host")),
                "write each one's own address",
                (facts.policy_span(FILE, (*first, "ssh", "host")),),
            )


@rule(
    "ZT517",
    "there is a route server",
    Severity.NOTE,
    what="Tells where policy/route-servers.yaml has no route server.",
    why="Members then need sessions among themselves; perhaps the list was forgotten.",
    wrong="route_servers: []",
    right="route_servers: [{name: rs1, ...}]",
    remedy="Nothing, if it is meant.",
)
def none_at_all(facts: Facts) -> Iterator[Hit]:
    """An exchange without route servers."""
    if not facts.exchange.policy.route_servers.route_servers:
        place = facts.policy_span(FILE, ("route_servers",))
        yield Hit("the exchange has no route server", place, "nothing to do if members peer directly")
