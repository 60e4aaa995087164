"""Zones: what a name server finds in them, how reverse zones are cut, and what is refused."""

from __future__ import annotations

from collections.abc import Mapping

import dns.zone
import pytest

from tests.unit.exchange_fixture import EXCHANGE, FABRICS, ROUTE_SERVERS, good_files, read
from ztix.errors import Invalid
from ztix.export.dns_zones import zone_file, zones

DNS = """\
publication:
  dns:
    domain: lan.example.net
    name_servers: [ns1.example.net, ns2.example.net]
    hostmaster: first.last@example.net
    ttl_s: 600
"""
INFRASTRUCTURE = """\
nodes:
  - {id: c0ffee6496, name: ns1, addresses: [192.0.2.3]}
  - {id: c0ffee6497, name: silent}
"""


def made(changes: Mapping[str, str] | None = None, dns: str = DNS, serial: int = 1) -> dict[str, str]:
    return zones(read({**good_files(), "policy/exchange.yaml": EXCHANGE + dns, **(changes or {})}), serial)


def records(text: str) -> dict[str, set[str]]:
    """The addresses and names of a zone by absolute name, as a parser of zones reads it."""
    zone = dns.zone.from_text(text, relativize=False, check_origin=True)
    found: dict[str, set[str]] = {}
    for name, _, data in zone.iterate_rdatas():
        if data.rdtype.name in ("A", "AAAA", "PTR"):
            found.setdefault(str(name), set()).add(data.to_text())
    return found


def test_zones_hold_every_node_and_back() -> None:
    """The forward zone comes first; each address leads to the name that leads to it."""
    texts = made({"policy/infrastructure.yaml": INFRASTRUCTURE})
    forward, *reverse = texts
    assert (forward, reverse) == (
        "lan.example.net",
        ["2.0.192.in-addr.arpa", "6.9.0.0.4.6.0.0.8.b.d.0.1.0.0.2.ip6.arpa"],
    )
    names = records(texts[forward])
    assert names == {
        "fra1.as64500.lan.example.net.": {"192.0.2.10", "2001:db8:64:96::10"},
        "fra1.as64501.lan.example.net.": {"192.0.2.11", "2001:db8:64:96::11"},
        "rs1.lan.example.net.": {"192.0.2.1", "2001:db8:64:96::1"},
        "rs2.lan.example.net.": {"192.0.2.2", "2001:db8:64:96::2"},
        "ns1.lan.example.net.": {"192.0.2.3"},
    }
    back = {name: target for zone in reverse for name, target in records(texts[zone]).items()}
    assert back["10.2.0.192.in-addr.arpa."] == {"fra1.as64500.lan.example.net."}
    assert sum(len(target) for target in back.values()) == sum(len(found) for found in names.values())


def test_zone_begins_with_what_policy_says() -> None:
    """Serial, name servers and hostmaster; a dot before the `@` is escaped."""
    for name, text in made(serial=4_000_000_000).items():
        assert text.splitlines()[:5] == [
            f"$ORIGIN {name}.",
            "$TTL 600",
            "@ IN SOA ns1.example.net. first\\.last.example.net. 4000000000 7200 1800 1209600 3600",
            "@ IN NS ns1.example.net.",
            "@ IN NS ns2.example.net.",
        ]


def test_zone_leaves_out_a_suspended_member() -> None:
    """It is not on the LAN."""
    text = good_files()["members/AS64501.yaml"] + "status: suspended\n"
    assert all("as64501" not in zone for zone in made({"members/AS64501.yaml": text}).values())


def cut(*prefixes: str) -> list[str]:
    """The reverse zones of a LAN of these prefixes."""
    fabrics = FABRICS.replace("192.0.2.0/24", ", ".join(f'"{prefix}"' for prefix in prefixes))
    return list(made({"policy/fabrics.yaml": fabrics}))[1:-1]


@pytest.mark.parametrize(
    ("prefix", "expected"),
    [
        ("10.0.0.0/8", ["10.in-addr.arpa"]),
        ("10.2.0.0/16", ["2.10.in-addr.arpa"]),
        ("10.2.0.0/15", ["2.10.in-addr.arpa", "3.10.in-addr.arpa"]),
        ("10.2.4.0/23", ["4.2.10.in-addr.arpa", "5.2.10.in-addr.arpa"]),
        ("192.0.2.128/25", ["128/25.2.0.192.in-addr.arpa"]),
        ("192.0.2.64/30", ["64/30.2.0.192.in-addr.arpa"]),
    ],
)
def test_zones_end_where_the_dns_can_end_them(prefix: str, expected: list[str]) -> None:
    """At whole bytes of IPv4, below the last one as RFC 2317 names them."""
    assert cut(prefix) == expected


def test_zones_of_ipv6_end_at_each_four_bits() -> None:
    """A prefix between two such ends is several zones."""
    text = FABRICS.replace("2001:db8:64:96::/64", "2001:db8:64:96::/63")
    found = list(made({"policy/fabrics.yaml": text}))[2:]
    tail = "9.0.0.4.6.0.0.8.b.d.0.1.0.0.2.ip6.arpa"
    assert found == [f"6.{tail}", f"7.{tail}"]
    text = FABRICS.replace("2001:db8:64:96::/64", "2001:db8:64:96::/116")
    (name,) = list(made({"policy/fabrics.yaml": text}))[2:]
    assert name == "0.0.0.0.0.0.0.0.0.0.0.0.0.6.9.0.0.4.6.0.0.8.b.d.0.1.0.0.2.ip6.arpa"


def test_zone_of_a_small_prefix_holds_its_addresses() -> None:
    """The last byte alone, below the zone of RFC 2317; and the zone's own name for a whole address."""
    texts = made({"policy/fabrics.yaml": FABRICS.replace("192.0.2.0/24", "192.0.2.0/28, 192.0.2.11/32")})
    found = records(texts["0/28.2.0.192.in-addr.arpa"])
    assert found["10.0/28.2.0.192.in-addr.arpa."] == {"fra1.as64500.lan.example.net."}
    servers = ROUTE_SERVERS.replace('"2001:db8:64:96::1"', '"2001:db8:1::1"')
    fabrics = FABRICS.replace('"2001:db8:64:96::/64"', '"2001:db8:64:96::/64", "2001:db8:1::1/128"')
    texts = made({"policy/fabrics.yaml": fabrics, "policy/route-servers.yaml": servers})
    assert "@ IN PTR rs1.lan.example.net." in texts["1." + "0." * 19 + "1.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"]


def test_zone_file_when_the_name_has_a_slash_has_none() -> None:
    """A file's name cannot have one."""
    assert zone_file("128/25.2.0.192.in-addr.arpa") == "128-25.2.0.192.in-addr.arpa.zone"


def test_zones_without_their_block_are_refused() -> None:
    """The domain is nobody's guess."""
    with pytest.raises(Invalid, match=r"needs `publication\.dns`"):
        made(dns="")


@pytest.mark.parametrize("server", ["ns9.lan.example.net", "lan.example.net", "silent.lan.example.net"])
def test_zones_when_a_name_server_in_them_has_no_address_are_refused(server: str) -> None:
    """A name server would not load the zone."""
    changes = {"policy/infrastructure.yaml": INFRASTRUCTURE}
    with pytest.raises(Invalid, match=f"the name server `{server}` is in the zone itself"):
        made(changes, DNS.replace("ns1.example.net", server))
    assert made(changes, DNS.replace("ns1.example.net", "ns1.lan.example.net"))
