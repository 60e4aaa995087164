"""A small exchange in memory for tests of route servers: values only, no file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from ztix.evidence import Evidence, Expansion, Found, NetworkRecord, PrefixSet, Vrp
from ztix.exchange import Exchange
from ztix.exchange import read_exchange as read
from ztix.terms import Asn, AsSet
from ztix.tree import Entry, Kind, Tree

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LAN4, LAN6 = "192.0.2.0/24", "2001:db8:64:96::/64"


def member(asn: int, number: int, **changes: Any) -> dict[str, Any]:
    """A member file's content: one dual-stack node, whose addresses end in `number`."""
    return {
        "asn": str(asn),
        "name": f"Member {asn}",
        "contacts": [{"email": f"noc@as{asn}.example.net"}],
        "nodes": [node(number)],
        "as_set": {"ipv4": f"AS{asn}:AS-ALL", "ipv6": f"AS{asn}:AS-ALL"},
    } | changes


def node(number: int, **changes: Any) -> dict[str, Any]:
    """A node whose addresses end in `number`."""
    addresses = [f"192.0.2.{number}", f"2001:db8:64:96::{number:x}"]
    return {"id": f"{number:010x}", "name": f"node{number}", "addresses": addresses} | changes


def server(number: int = 1, **changes: Any) -> dict[str, Any]:
    """A route server of policy."""
    return {
        "name": f"rs{number}",
        "node": f"{0xA000000000 + number:010x}",
        "addresses": [f"192.0.2.{number}", f"2001:db8:64:96::{number:x}"],
        "router_id": f"192.0.2.{number}",
        "bird": "2.0.12" if number == 1 else "3.1",
        "ssh": {"host": f"rs{number}.example.net", "host_keys": ["ssh-ed25519 AAAA"]},
    } | changes


LABORATORY = {
    "bogon_prefixes_allowed": ["198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32"],
    "bogon_asns_allowed": ["64496-64511", "65536-65551"],
    "prefix_length": {"ipv4": {"min": "8", "max": "28"}, "ipv6": {"min": "16", "max": "48"}},
}
"""Routing policy of an exchange whose members have documentation prefixes and AS numbers."""


def exchange(
    *members: Mapping[str, Any],
    servers: Iterable[Mapping[str, Any]] | None = None,
    routing: Mapping[str, Any] = LABORATORY,
    asn: int = 64496,
) -> Exchange:
    """The exchange that these files make, read as from git. JSON is YAML."""
    import json

    fabric = {
        "name": "lan",
        "network": "123456",
        "url": "http://127.0.0.1:9993",
        "token": {"env": "TOKEN"},
        "prefixes": [LAN4, LAN6],
    }
    files: dict[str, Any] = {
        "policy/exchange.yaml": {"name": "test-ix", "title": "Test IX", "asn": str(asn)},
        "policy/fabrics.yaml": {"fabrics": [fabric]},
        "policy/route-servers.yaml": {"route_servers": [server()] if servers is None else list(servers)},
        "policy/routing.yaml": dict(routing),
    }
    files |= {f"members/AS{content['asn']}.yaml": content for content in members}
    entries = {}
    for path, content in sorted(files.items()):
        text = json.dumps(content, ensure_ascii=False).encode()
        entries[path] = Entry(path, Kind.FILE, len(text), text)
    found, report = read(Tree("test", entries))
    assert found is not None, list(report)
    assert not report.has_errors, list(report)
    return found


def expansion(
    name: str, asns: Iterable[int], ipv4: Iterable[str] = (), ipv6: Iterable[str] = ()
) -> Expansion:
    """What an AS-SET expands to; prefixes in the form of a PrefixSet."""
    origins = tuple(map(Asn, asns))
    return Expansion(AsSet(name), origins, PrefixSet(4, tuple(ipv4)), PrefixSet(6, tuple(ipv6)), "test", NOW)


def evidence(
    *expansions: Expansion, records: Iterable[NetworkRecord] = (), vrps: tuple[Vrp, ...] | None = None
) -> Evidence:
    """All that others say."""
    networks = {record.asn: Found(record, "test", NOW) for record in records}
    return Evidence(NOW, networks, {found.as_set: found for found in expansions}, vrps)
