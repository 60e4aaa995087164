"""The list of members in the form of IX-F, version 1.0, which PeeringDB and others fetch.

Law: pure. What is made here holds the rules of PeeringDB's importer: one number for a fabric everywhere, both
families of a port in one entry, each address once, no null, speeds of 50 and more. An entry that is wrong has
the member's record there deleted, so everything comes from typed values or is not told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from ztix.evidence import Evidence
from ztix.exchange import Exchange
from ztix.export.ixf_ports import Entry, Lan, Ports, ports
from ztix.export.json_text import Json, json_text
from ztix.export.wanting import needed, refuse
from ztix.member import Member
from ztix.policy import ExchangePolicy, FabricPolicy, Policy, RouteServerPolicy
from ztix.publication_policy import IxfPolicy
from ztix.terms import Family, Label, Prefix

VERB = "ixf"
NETWORKS_MIN = 3  # AS numbers without which PeeringDB makes no exchange from a list
LENGTHS: dict[Family, tuple[int, int]] = {4: (18, 28), 6: (64, 116)}
"""Shortest and longest prefix that PeeringDB takes for a LAN."""


@dataclass(frozen=True, slots=True)
class MemberList:
    """The text, and what its maker should know about it."""

    text: str
    remarks: tuple[str, ...]


def member_list(exchange: Exchange, evidence: Evidence, at: datetime) -> MemberList:
    """The list as of a moment: that of the commit, so that one commit gives one text.

    A suspended member is `inactive`; one without a node is on no port and not in the list. Raises Invalid
    where policy lacks what the list must have.
    """
    policy = exchange.policy
    block = needed(policy.exchange.publication.ixf, "ixf", VERB)
    numbers = _numbers(policy, block)
    lans = {
        fabric.name: Lan(numbers[fabric.name], fabric.network_id, block.ixp_id, block.port_speed)
        for fabric in policy.fabrics.fabrics
    }
    described = Ports(policy, evidence, lans)
    members = [_member(file.member, described) for file in exchange.members if file.member.nodes]
    servers = policy.route_servers.route_servers
    whole: Json = {
        "version": "1.0",
        "timestamp": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "ixp_list": [_exchange(policy, block, numbers)],
        "member_list": [*([_route_servers(policy, described)] if servers else []), *members],
    }
    networks = len(members) + bool(servers)
    return MemberList(json_text(whole), tuple(_remarks(policy, block, networks)))


def _numbers(policy: Policy, block: IxfPolicy) -> Mapping[Label, int]:
    """The number of each fabric. One fabric alone is 1 unless policy says another."""
    fabrics = [fabric.name for fabric in policy.fabrics.fabrics]
    given = {vlan.fabric: vlan.id for vlan in block.vlans}
    if len(fabrics) == 1 and not given:
        return {fabrics[0]: 1}
    wanting = [f"`ixf.vlans` has no number for the fabric `{name}`" for name in fabrics if name not in given]
    wanting += [f"`ixf.vlans` has `{name}`, which is no fabric" for name in given if name not in fabrics]
    refuse(wanting, VERB)
    return given


def _exchange(policy: Policy, block: IxfPolicy, numbers: Mapping[Label, int]) -> Json:
    own = policy.exchange
    fabrics = policy.fabrics.fabrics
    return {
        "ixp_id": block.ixp_id,
        "ixf_id": block.ixf_id,
        **({"peeringdb_id": block.peeringdb_id} if block.peeringdb_id is not None else {}),
        "shortname": str(own.name),
        "name": own.title,
        **_told(country=own.publication.country, url=own.publication.url),
        **_told(support_email=own.publication.support_email),
        "switch": [_switch(fabric, own, numbers[fabric.name]) for fabric in fabrics],
        "vlan": [_vlan(fabric, own, numbers[fabric.name]) for fabric in fabrics],
    }


def _told(**texts: str | None) -> dict[str, Json]:
    """What is there of these. A key without a value is left out: null is of no type in the schema."""
    return {key: str(text) for key, text in texts.items() if text is not None}


def _switch(fabric: FabricPolicy, own: ExchangePolicy, number: int) -> Json:
    """The fabric as the switch that every port is on."""
    place = own.publication
    made = {"manufacturer": "ZeroTier"} if fabric.driver.startswith("zerotier-") else {}
    return {
        "id": number,
        "name": fabric.network_id or fabric.name,
        **_told(city=place.city, country=place.country),
        **made,
    }


def _vlan(fabric: FabricPolicy, own: ExchangePolicy, number: int) -> Json:
    families: dict[str, Json] = {}
    for family in LENGTHS:
        prefixes = _prefixes(fabric, family)
        if prefixes:
            urls = [str(own.publication.looking_glass)] if own.publication.looking_glass else []
            families[f"ipv{family}"] = {
                "prefix": str(prefixes[0].network_address),
                "mask_length": prefixes[0].prefixlen,
                **({"looking_glass_urls": urls} if urls else {}),
            }
    return {"id": number, "name": str(fabric.name), **families}


def _prefixes(fabric: FabricPolicy, family: Family) -> list[Prefix]:
    return [prefix for prefix in fabric.prefixes if prefix.version == family]


def _route_servers(policy: Policy, described: Ports) -> Json:
    """The exchange itself, with its route servers as ports that serve and ask nobody to."""
    own = policy.exchange
    return {
        "asnum": int(own.asn),
        "member_type": "ixp",
        "name": f"{own.title} route servers",
        **_told(url=own.publication.url),
        "connection_list": [_connection(server, described) for server in policy.route_servers.route_servers],
    }


def _connection(server: RouteServerPolicy, described: Ports) -> Json:
    service: Json = {"type": "ixrouteserver", "daemon": "BIRD", "daemon_version": server.bird}
    entries: list[Entry] = [
        {
            family: {"address": str(address), "routeserver": False, "services": [service]}
            for family, address in port.items()
        }
        for port in ports(server.addresses)
    ]
    return described.connection(server.fabric, server.node_id, "active", entries)


def _member(member: Member, described: Ports) -> Json:
    return {
        "asnum": int(member.asn),
        "member_type": "peering",
        "name": member.name,
        "connection_list": [described.of_node(member, node) for node in member.nodes],
    }


def _remarks(policy: Policy, block: IxfPolicy, networks: int) -> Iterator[str]:
    if block.ixf_id == 0:
        yield "`ixf_id` is 0, which some readers refuse: IXPDB gives an exchange its number"
    if networks < NETWORKS_MIN:
        yield f"{networks} AS numbers: PeeringDB makes no exchange of a list with fewer than {NETWORKS_MIN}"
    for fabric in policy.fabrics.fabrics:
        for family, (shortest, longest) in LENGTHS.items():
            prefixes = _prefixes(fabric, family)
            for prefix in prefixes:
                if not shortest <= prefix.prefixlen <= longest:
                    yield f"PeeringDB takes IPv{family} LANs of /{shortest} to /{longest}, not `{prefix}`"
            for prefix in prefixes[1:]:
                yield f"`{prefix}` is not told: a VLAN of IX-F has one IPv{family} prefix"
