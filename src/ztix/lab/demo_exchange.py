"""The files of the demonstration's exchange, and the configurations of its members' speakers.

Law: pure texts. Documentation ASNs and prefixes only (RFC 5398, RFC 5737, RFC 3849).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ztix.evidence import Expansion, Found, NetworkRecord, PrefixPattern, PrefixSet
from ztix.evidence_files import expansions_text, networks_text
from ztix.terms import Asn, AsSet, Family, parse_prefix

WHEN = datetime.fromisoformat("2026-11-01T00:00:00+00:00")
NETWORK = "000001"
LAN4, LAN6 = "192.0.2.{host}", "2001:db8:64:96::{host:x}"


@dataclass(frozen=True, slots=True)
class Speaker:
    """One member of the demonstration. announces: its prefixes, of both families."""

    asn: int
    node: str
    host: int
    announces: tuple[str, ...]
    max_prefixes: int = 50

    @property
    def addresses(self) -> tuple[str, str]:
        return LAN4.format(host=self.host), LAN6.format(host=self.host)


_EXCHANGE = """\
name: demo-ix
title: Demonstration Exchange
asn: 64496
publication:
  ixf: {ixp_id: 1, port_speed: 1000}
  dns:
    domain: lan.demo-ix.example.net
    name_servers: [ns1.example.net, ns2.example.net]
    hostmaster: hostmaster@example.net
  alice_lg:
    birdwatchers:
"""
_BIRDWATCHER = "      - {{route_server: {0}, api: http://{0}.example.net:29184/}}\n"
SPEAKERS = (
    Speaker(64500, "1a2b3c4d5e", 10, ("198.51.100.0/24", "2001:db8:4500::/48")),
    Speaker(64501, "0123456701", 11, ("203.0.113.0/24", "2001:db8:4501::/48")),
    Speaker(64502, "2222222222", 12, ("2001:db8:4502::/48",)),
    Speaker(64503, "3333333333", 13, ("2001:db8:4503::/48",)),
)
NEWCOMER = Speaker(64504, "12e4567890", 14, ("2001:db8:4504::/48",))


@dataclass(frozen=True, slots=True)
class Server:
    """One route server of the demonstration, as policy names it."""

    name: str
    host: int
    node: str
    bird: str
    port: int
    host_key: str
    identity: Path


def member_text(speaker: Speaker) -> str:
    """The member's file."""
    v4, v6 = speaker.addresses
    return f"""\
# yaml-language-server: $schema=../policy/schema/member.json
asn: {speaker.asn}
name: Example Networks {speaker.asn}
contacts:
  - email: noc@as{speaker.asn}.example.net
nodes:
  - id: "{speaker.node}"
    name: r1
    fabric: lan
    addresses: [{v4}, "{v6}"]
as_set: {{ipv4: "RIPE::AS-EXAMPLE-{speaker.asn}", ipv6: "RIPE::AS-EXAMPLE-{speaker.asn}"}}
max_prefixes: {{ipv4: {speaker.max_prefixes}, ipv6: {speaker.max_prefixes}}}
"""


def policy_texts(
    url: str, token: Path, servers: Sequence[Server], health_timeout_s: int = 30
) -> Mapping[str, str]:
    """The policy files."""
    rows = "".join(_server(server, canary=place == 0) for place, server in enumerate(servers))
    return {
        "policy/exchange.yaml": _EXCHANGE + "".join(map(_BIRDWATCHER.format, (one.name for one in servers))),
        "policy/fabrics.yaml": f"""\
fabrics:
  - name: lan
    network: "{NETWORK}"
    url: {url}
    token: {{file: {token}}}
    prefixes: [192.0.2.0/24, "2001:db8:64:96::/64"]
    reserved: [192.0.2.0/29]
""",
        "policy/route-servers.yaml": f"route_servers:\n{rows}",
        "policy/routing.yaml": """\
bogon_prefixes_allowed: [198.51.100.0/24, 203.0.113.0/24, "2001:db8::/32"]
bogon_asns_allowed: [64496-64511]
irr: {max_age_h: 876000}
""",
        "policy/admission.yaml": "reserved_asns_allowed: [64496-64511]\npeeringdb_max_age_h: 876000\n",
        "policy/gates.yaml": f"health_timeout_s: {health_timeout_s}\n",
    }


def _server(server: Server, *, canary: bool) -> str:
    v4, v6 = LAN4.format(host=server.host), LAN6.format(host=server.host)
    return f"""\
  - name: {server.name}
    node: "{server.node}"
    addresses: [{v4}, "{v6}"]
    router_id: {v4}
    bird: "{server.bird}"
    canary: {json.dumps(canary)}
    ssh:
      host: 127.0.0.1
      port: {server.port}
      user: root
      host_keys: ["{server.host_key}"]
      identity: {{file: {server.identity}}}
"""


def evidence_texts(speakers: Sequence[Speaker]) -> Mapping[str, str]:
    """What PeeringDB and the IRR say of the members, invented."""
    networks = {
        Asn(speaker.asn): Found(
            NetworkRecord(Asn(speaker.asn), f"Example Networks {speaker.asn}", rir_status="ok"),
            "invented",
            WHEN,
        )
        for speaker in speakers
    }
    expansions = [
        Expansion(
            AsSet(f"RIPE::AS-EXAMPLE-{speaker.asn}"),
            (Asn(speaker.asn),),
            _prefixes(speaker, 4),
            _prefixes(speaker, 6),
            "invented",
            WHEN,
        )
        for speaker in speakers
    ]
    return {
        "evidence/peeringdb.json": networks_text(networks),
        "evidence/irr.json": expansions_text(expansions),
    }


def _prefixes(speaker: Speaker, family: Family) -> PrefixSet:
    parsed = [parse_prefix(text) for text in speaker.announces]
    return PrefixSet.of(
        family,
        [
            PrefixPattern(prefix, prefix.prefixlen, prefix.prefixlen)
            for prefix in parsed
            if prefix.version == family
        ],
    )


def speaker_text(speaker: Speaker, servers: Sequence[Server], also: Sequence[str] = ()) -> str:
    """The BIRD configuration of a member's router. also: prefixes that it should not announce, but does."""
    v4, v6 = speaker.addresses
    routes = [*speaker.announces, *also]
    lines = [f"log stderr all;\nrouter id {v4};\nprotocol device {{}}"]
    for family, name in (("4", "ipv4"), ("6", "ipv6")):
        mine = [route for route in routes if (":" in route) == (family == "6")]
        body = " ".join(f"route {route} blackhole;" for route in mine)
        lines.append(f"protocol static own{family} {{ {name}; {body} }}")
        for server in servers:
            local, remote = (v4, LAN4) if family == "4" else (v6, LAN6)
            lines.append(
                f"protocol bgp {server.name}_v{family} {{\n"
                f"  local {local} as {speaker.asn}; neighbor {remote.format(host=server.host)} as 64496;\n"
                f"  enforce first as off; connect delay time 1; connect retry time 1; error wait time 1,2;\n"
                f"  {name} {{ import all; export where source = RTS_STATIC; }};\n}}"
            )
    return "\n".join(lines) + "\n"
