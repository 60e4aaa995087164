"""ZT50x: policy/fabrics.yaml. Networks and prefixes that do not get in each other's way.

Law: pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ztix.diagnostics import Severity
from ztix.document import Path
from ztix.lan import ACCEPT_ALL
from ztix.policy import FabricPolicy
from ztix.reserved import overlap, within
from ztix.rules.facts import Facts
from ztix.rules.registry import Hit, rule
from ztix.terms import Prefix
from ztix.zerotier_dns import DOMAIN_BYTES_MAX, SERVERS_MAX

CENTRAL = "zerotier-central"
OWN_DRIVERS = (CENTRAL, "zerotier-controller")


def _fabrics(facts: Facts) -> Iterator[tuple[FabricPolicy, Path]]:
    for index, fabric in enumerate(facts.exchange.policy.fabrics.fabrics):
        yield fabric, ("fabrics", index)


@rule(
    "ZT501",
    "fabrics have different names",
    Severity.ERROR,
    what="No two fabrics of policy/fabrics.yaml have the same `name`.",
    why="Members name the fabric that they attach to; the name must mean one.",
    wrong="fabrics: [{name: lan, ...}, {name: lan, ...}]",
    right="fabrics: [{name: lan, ...}, {name: lab, ...}]",
    remedy="Rename one of them.",
)
def name_twice(facts: Facts) -> Iterator[Hit]:
    """Names that two fabrics have."""
    seen: dict[str, Path] = {}
    for fabric, path in _fabrics(facts):
        first = seen.setdefault(fabric.name, path)
        if first != path:
            yield Hit(
                f"the fabric `{fabric.name}` stands here a second time",
                facts.policy_span("fabrics", (*path, "name")),
                "rename one of the two",
                (facts.policy_span("fabrics", (*first, "name")),),
            )


@rule(
    "ZT502",
    "a network belongs to one fabric",
    Severity.ERROR,
    what="No two fabrics on one controller have the same `network`.",
    why="Each would take the other's members off the network as strangers.",
    wrong='fabrics: [{name: lan, network: "000001", ...}, {name: lab, network: "000001", ...}]',
    right='fabrics: [{name: lan, network: "000001", ...}, {name: lab, network: "000002", ...}]',
    remedy="Give each fabric a network of its own.",
)
def network_twice(facts: Facts) -> Iterator[Hit]:
    """Networks that two fabrics name; a short form is one with its full id at the same controller."""
    seen: list[tuple[FabricPolicy, Path]] = []
    for fabric, path in _fabrics(facts):
        for other, first in seen:
            if _same_network(fabric, other):
                yield Hit(
                    f"the network `{fabric.network}` is already that of the fabric `{other.name}`",
                    facts.policy_span("fabrics", (*path, "network")),
                    "give each fabric a network of its own",
                    (facts.policy_span("fabrics", (*first, "network")),),
                )
                break
        seen.append((fabric, path))


def _same_network(one: FabricPolicy, other: FabricPolicy) -> bool:
    if len(one.network) == len(other.network) == 16:
        return one.network == other.network
    return one.url == other.url and one.network[-6:] == other.network[-6:]


@rule(
    "ZT507",
    "a fabric's network is of the controller that policy pins",
    Severity.ERROR,
    what="Where a fabric has both `controller` and a full network id, the id begins with the controller's "
    "node id.",
    why="The first ten digits of a network id are its controller. No other one can serve the network.",
    wrong='network: "8056c2e21c000001"\ncontroller: "1a2b3c4d5e"',
    right='network: "8056c2e21c000001"\ncontroller: "8056c2e21c"',
    remedy="`zerotier-cli info` on the controller's host shows its node id.",
)
def controller_elsewhere(facts: Facts) -> Iterator[Hit]:
    """Pinned controllers that are not the network's."""
    for fabric, path in _fabrics(facts):
        network, pinned = fabric.network_id, fabric.controller
        if network and pinned and network.controller != pinned.node:
            yield Hit(
                f"the controller of network `{network}` is `{network.controller}`, not `{pinned.node}`",
                facts.policy_span("fabrics", (*path, "controller")),
                "correct the one that is wrong",
                (facts.policy_span("fabrics", (*path, "network")),),
            )


@rule(
    "ZT503",
    "the prefixes of fabrics do not overlap",
    Severity.ERROR,
    what="No address lies in two prefixes, be they of one fabric or of two.",
    why="A route server on both would not know which LAN an address is on.",
    wrong="prefixes: [192.0.2.0/24, 192.0.2.128/25]",
    right="prefixes: [192.0.2.0/24, 198.51.100.0/24]",
    remedy="Give each fabric prefixes of its own.",
)
def overlapping(facts: Facts) -> Iterator[Hit]:
    """Prefixes that share addresses."""
    seen: list[tuple[Prefix, Path]] = []
    for fabric, path in _fabrics(facts):
        for index, prefix in enumerate(fabric.prefixes):
            at = (*path, "prefixes", index)
            for other, first in seen:
                if overlap(prefix, other):
                    yield Hit(
                        f"the prefix `{prefix}` overlaps with `{other}`",
                        facts.policy_span("fabrics", at),
                        "give each fabric prefixes of its own",
                        (facts.policy_span("fabrics", first),),
                    )
                    break
            seen.append((prefix, at))


@rule(
    "ZT504",
    "a reserved range lies in its fabric",
    Severity.ERROR,
    what="Each prefix in `reserved` is inside one of the fabric's `prefixes`.",
    why="A range elsewhere keeps nothing free: most often a number is mistyped, and the right range is open.",
    wrong="prefixes: [192.0.2.0/24]\nreserved: [192.0.20.0/29]",
    right="prefixes: [192.0.2.0/24]\nreserved: [192.0.2.0/29]",
    remedy="Correct the range, or delete it.",
)
def reserved_outside(facts: Facts) -> Iterator[Hit]:
    """Reserved ranges outside of the fabric's prefixes."""
    for fabric, path in _fabrics(facts):
        for index, part in enumerate(fabric.reserved):
            if not any(within(part, prefix) for prefix in fabric.prefixes):
                yield Hit(
                    f"the reserved range `{part}` is in none of the fabric's prefixes",
                    facts.policy_span("fabrics", (*path, "reserved", index)),
                    "correct it, or delete it",
                )


@rule(
    "ZT505",
    "a fabric's driver is known",
    Severity.WARNING,
    what=f"`driver` is one of ztix's own: {', '.join(OWN_DRIVERS)}. Another one may come from a package.",
    why="A mistyped driver is met only when a run wants to write.",
    wrong="driver: zerotier-controler",
    right="driver: zerotier-controller",
    remedy="Correct the name, or make sure that its package is installed where ztix runs.",
)
def driver_unknown(facts: Facts) -> Iterator[Hit]:
    """Drivers that are not ztix's own."""
    for fabric, path in _fabrics(facts):
        if fabric.driver not in OWN_DRIVERS:
            known = ", ".join(f"`{name}`" for name in OWN_DRIVERS)
            yield Hit(
                f"the driver `{fabric.driver}` is not one of ztix's own",
                facts.policy_span("fabrics", (*path, "driver")),
                f"write one of {known}, or install the package that brings it",
            )


@rule(
    "ZT508",
    "a network at Central is named by its whole id",
    Severity.ERROR,
    what=f"Where `driver` is `{CENTRAL}`, `network` has all 16 digits.",
    why="Six digits follow a controller's own prefix, and Central has many controllers. It chooses the ids "
    "of networks, so the network is made there first.",
    wrong='driver: zerotier-central\nnetwork: "000001"',
    right='driver: zerotier-central\nnetwork: "8056c2e21c000001"',
    remedy="Make the network on Central's page, and copy its id.",
)
def central_suffix(facts: Facts) -> Iterator[Hit]:
    """Networks at Central of which only the end is told."""
    for fabric, path in _fabrics(facts):
        if fabric.driver == CENTRAL and len(fabric.network) != 16:
            yield Hit(
                f"`{fabric.network}` is the end of a network id, and Central has many controllers",
                facts.policy_span("fabrics", (*path, "network")),
                "write all 16 digits, as Central shows them",
            )


@rule(
    "ZT509",
    "the rules of a LAN at Central are written there",
    Severity.ERROR,
    what=f"A fabric with the driver `{CENTRAL}` has `base: accept-all` in policy/lan-rules.yaml.",
    why="Central makes rules from a text of its own, which ztix does not write. Rules in git would seem to "
    "be in force, and would not.",
    wrong="fabrics: [{name: lan, driver: zerotier-central, ...}]   # and nothing in lan-rules.yaml",
    right="lans: [{fabric: lan, base: accept-all}]   # in lan-rules.yaml",
    remedy="Write the rules on the network's page at Central, or run a controller of your own.",
)
def central_rules(facts: Facts) -> Iterator[Hit]:
    """Fabrics at Central for which git has rules."""
    for fabric, path in _fabrics(facts):
        if fabric.driver == CENTRAL and facts.exchange.settings(fabric).rules != ACCEPT_ALL:
            yield Hit(
                f"ztix does not write the rules of the LAN `{fabric.name}`: it is at Central",
                facts.policy_span("fabrics", (*path, "driver")),
                f"write `base: accept-all` for `{fabric.name}` in policy/lan-rules.yaml,"
                " the rules at Central",
            )


@rule(
    "ZT506",
    "a controller's token does not travel in clear text",
    Severity.WARNING,
    what="`url` is https, or http to this machine itself.",
    why="The token in the header of each request opens the whole network to whoever reads it on the way.",
    wrong="url: http://controller.example.net:9993",
    right="url: http://127.0.0.1:9993      # through an ssh tunnel",
    remedy="Use https, or a tunnel to the controller's loopback address.",
)
def clear_text(facts: Facts) -> Iterator[Hit]:
    """Controllers that are reached in clear text over a network."""
    for fabric, path in _fabrics(facts):
        if fabric.url and fabric.url.startswith("http:") and not _is_here(fabric.url):
            yield Hit(
                f"the controller's token goes to `{fabric.url}` in clear text",
                facts.policy_span("fabrics", (*path, "url")),
                "use https, or a tunnel to a loopback address",
            )


@rule(
    "ZT510",
    "the DNS of a LAN is what controller and nodes can take",
    Severity.ERROR,
    what=f"In a fabric's `dns`, `domain` has at most {DOMAIN_BYTES_MAX} characters, and `servers` at most "
    f"{SERVERS_MAX} addresses, each once.",
    why="A ZeroTier controller copies the domain into 128 bytes without looking: a longer one ends its "
    "process, and again whenever it starts. A node is told of four servers and not of the rest.",
    wrong="dns: {domain: ix.example.net, servers: [192.0.2.53, 192.0.2.53]}",
    right="dns: {domain: ix.example.net, servers: [192.0.2.53, 192.0.2.54]}",
    remedy="Choose a shorter domain, and name each server once.",
)
def dns_too_large(facts: Facts) -> Iterator[Hit]:
    """Domains that would end the controller, and servers that no node is told of."""
    for fabric, path in _fabrics(facts):
        if fabric.dns is None:
            continue
        at, size, servers = (*path, "dns"), len(fabric.dns.domain), fabric.dns.servers
        if size > DOMAIN_BYTES_MAX:
            yield Hit(
                f"the DNS domain of `{fabric.name}` has {size} characters, and a controller survives "
                f"{DOMAIN_BYTES_MAX}",
                facts.policy_span("fabrics", (*at, "domain")),
                "choose a shorter one",
            )
        for index, server in enumerate(servers):
            place = facts.policy_span("fabrics", (*at, "servers", index))
            if server in servers[:index]:
                yield Hit(f"the DNS server `{server}` stands here a second time", place, "delete it")
            elif index >= SERVERS_MAX:
                text = f"the DNS server `{server}` is one more than the {SERVERS_MAX} that a node is told of"
                yield Hit(text, place, "delete it, or another one")


def _is_here(url: str) -> bool:
    host = re.split(r"[:/]", url[len("http://") :])[0]
    if host == "localhost" or url.startswith("http://[::1]"):
        return True
    return re.fullmatch(r"127(?:\.[0-9]{1,3}){3}", host) is not None
