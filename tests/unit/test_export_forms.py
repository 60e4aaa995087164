"""Targets for Prometheus, Alice's configuration, the table: read as their readers read them."""

from __future__ import annotations

import configparser
import csv
import io
import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.unit.exchange_fixture import EXCHANGE, ROUTE_SERVERS, good_files, member_text, read
from ztix.errors import Invalid
from ztix.exchange import Exchange
from ztix.export.alice_lg import alice_lg
from ztix.export.csv_table import COLUMNS, csv_table
from ztix.export.prometheus_targets import prometheus_targets
from ztix.routeserver.order import Reason

ROOT = Path(__file__).parents[2]
ALICE = """\
publication:
  alice_lg:
    listen: "[::1]:7340"
    birdwatchers:
      - {route_server: rs1, api: "http://rs1.example.net:29184/"}
      - {route_server: rs2, api: "http://[2001:db8::2]:29184/"}
"""
INFRASTRUCTURE = "nodes:\n  - {id: c0ffee6496, name: collector, addresses: [192.0.2.3]}\n"


def exchange(changes: Mapping[str, str] | None = None) -> Exchange:
    return read({**good_files(), **(changes or {})})


def rows(text: str) -> list[list[str]]:
    """The table as a reader of RFC 4180 has it."""
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


def alice(changes: Mapping[str, str] | None = None, publication: str = ALICE, asn: int = 64496) -> str:
    own = EXCHANGE.replace("64496", str(asn)) + publication
    return alice_lg(exchange({"policy/exchange.yaml": own, **(changes or {})}))


def parsed(text: str) -> configparser.ConfigParser:
    """The configuration, with keys as they are written; `:` is a part of some."""
    parser = configparser.ConfigParser(delimiters=("=",), interpolation=None, allow_no_value=True)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # how the library wants it said
    parser.read_string(text)
    return parser


def test_targets_are_every_address_on_the_lan_by_node_and_family() -> None:
    """An address as it is, and labels of the house's own words."""
    groups = json.loads(prometheus_targets(exchange({"policy/infrastructure.yaml": INFRASTRUCTURE})))
    assert [group["targets"] for group in groups] == [
        ["192.0.2.10"],
        ["2001:db8:64:96::10"],
        ["192.0.2.11"],
        ["2001:db8:64:96::11"],
        ["192.0.2.1"],
        ["2001:db8:64:96::1"],
        ["192.0.2.2"],
        ["2001:db8:64:96::2"],
        ["192.0.2.3"],
    ]
    assert [group["labels"]["role"] for group in groups] == [
        *["member"] * 4,
        *["route-server"] * 4,
        "infrastructure",
    ]
    assert groups[1]["labels"] == {
        "exchange": "example-ix",
        "role": "member",
        "asn": "64500",
        "node": "fra1",
        "fabric": "lan",
        "family": "ipv6",
    }
    assert groups[-1]["labels"]["asn"] == "64496"


def test_targets_leave_out_a_suspended_member() -> None:
    """Nobody is woken for a node that is off by decision."""
    text = prometheus_targets(exchange({"members/AS64501.yaml": member_text(64501, "status: suspended\n")}))
    assert "192.0.2.11" not in text


def test_alice_has_one_source_for_each_route_server() -> None:
    """Both families of a route server come from one birdwatcher."""
    parser = parsed(alice())
    assert [name for name in parser.sections() if name.count(".") == 1] == ["source.rs1", "source.rs2"]
    assert dict(parser["source.rs1"]) == {"name": "rs1", "group": "lan"}
    assert dict(parser["source.rs2.birdwatcher"]) == {
        "api": "http://[2001:db8::2]:29184/",
        "type": "single_table",
        "main_table": "master4",
        "main_table4": "master4",
        "main_table6": "master6",
        "servertime_short": "2006-01-02T15:04:05",
        "servertime_ext": "2006-01-02 15:04:05",
    }
    assert dict(parser["server"]) == {
        "listen_http": "[::1]:7340",
        "enable_prefix_lookup": "true",
        "asn": "64496",
    }


def test_alice_reads_times_as_the_template_has_bird_write_them() -> None:
    """Go names a form by how it writes one certain moment."""
    template = (ROOT / "templates" / "bird" / "bird.conf.j2").read_text(encoding="utf-8")
    assert 'timeformat protocol "%FT%T";' in template
    assert "timeformat base" not in template


def test_alice_asks_only_for_tables_that_a_route_server_has() -> None:
    """One family alone has one table, unless IPv4 travels over IPv6 there."""
    servers = ROUTE_SERVERS.replace('[192.0.2.1, "2001:db8:64:96::1"]', '["2001:db8:64:96::1"]')
    servers = servers.replace('[192.0.2.2, "2001:db8:64:96::2"]', "[192.0.2.2]")
    parser = parsed(alice({"policy/route-servers.yaml": servers}))
    found = [
        [line for line in parser[f"source.{name}.birdwatcher"].items() if line[0].startswith("main_table")]
        for name in ("rs1", "rs2")
    ]
    assert found == [[("main_table", "master6")], [("main_table", "master4")]]
    wish = member_text(64500).replace("name: fra1", "name: fra1\n    bgp: {extended_next_hop: true}")
    parser = parsed(alice({"policy/route-servers.yaml": servers, "members/AS64500.yaml": wish}))
    assert parser["source.rs1.birdwatcher"]["main_table4"] == "master4"


def test_alice_knows_every_reason_and_community() -> None:
    """Those of the route servers' own tables; a wildcard's words name the part that it stands for."""
    parser = parsed(alice())
    assert set(parser["rejection_reasons"]) == {f"64496:1101:{int(reason)}" for reason in Reason}
    known = parser["bgp_communities"]
    assert known["64496:0:*"] == "not announced to AS$2"
    assert known["0:*"] == "not announced to AS$1"
    assert known["64496:64496"] == "announced to all, as without it"
    assert known["64496:0:0"] == "announced to nobody, save to those that 64496:1:peer names"
    assert set(parser["rejection_reasons"]) < set(known)
    assert dict(parser["rpki"]) == {
        "enabled": "true",
        "valid": "64496:1000:1",
        "unknown": "64496:1000:2",
        "not_checked": "64496:1000:3",
        "invalid": "64496:1000:4",
    }
    assert list(parser["blackhole_communities"]) == ["65535:666"]


@pytest.mark.parametrize("asn", [65551, 1101])
def test_alice_has_no_standard_communities_where_they_do_not_fit(asn: int) -> None:
    """An AS number of 32 bits, or one that Alice would take for a part of a large community."""
    known = parsed(alice(asn=asn))["bgp_communities"]
    assert {key.count(":") for key in known} == {2}


def test_alice_when_routes_do_not_tell_their_state_shows_none() -> None:
    """`informational: false` in policy/routing.yaml."""
    assert parsed(alice({"policy/routing.yaml": "informational: false\n"}))["rpki"]["enabled"] == "false"


def test_alice_when_a_route_server_has_no_birdwatcher_is_refused() -> None:
    """All that is wanting is told at once."""
    with pytest.raises(Invalid) as caught:
        alice(publication=ALICE.replace("route_server: rs2", "route_server: rs3"))
    assert caught.value.message.endswith(
        "`alice_lg.birdwatchers` has no `rs2`; `alice_lg.birdwatchers` has `rs3`, which is no route server"
    )
    with pytest.raises(Invalid, match=r"needs `publication\.alice_lg`"):
        alice(publication="")


def test_table_has_a_line_for_each_node_and_for_a_member_without_one() -> None:
    """Columns are fixed; several addresses of a family share a cell."""
    text = member_text(64500).replace("[192.0.2.10,", "[192.0.2.20, 192.0.2.10,")
    text += "    route_servers: false\n"
    bare = "asn: 64501\nname: Example 64501\nstatus: suspended\ncontacts: [{email: noc@example.net}]\n"
    made = csv_table(exchange({"members/AS64500.yaml": text, "members/AS64501.yaml": bare}))
    assert rows(made) == [
        list(COLUMNS),
        [
            "64500",
            "Example 64500",
            "active",
            "fra1",
            "lan",
            "192.0.2.10 192.0.2.20",
            "2001:db8:64:96::10",
            "no",
        ],
        ["64501", "Example 64501", "suspended", "", "", "", "", ""],
    ]
    assert made.count("\r\n") == made.count("\n") == 3


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+31 20 Networks", "'+31 20 Networks"),
        ("-Minus-", "'-Minus-"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\uff1dHYPERLINK()", "'\uff1dHYPERLINK()"),
        ("A;=cmd|'/C calc'!A1;-B", "A;'=cmd|'/C calc'!A1;'-B"),
        ("A; =1", "A;' =1"),
        ("A - B = C; D", "A - B = C; D"),
        ('Say "=1", twice', 'Say "=1", twice'),
    ],
)
def test_table_when_a_name_would_be_a_formula_keeps_it_text(name: str, cell: str) -> None:
    """An apostrophe goes before what a spreadsheet would compute, at the start and behind a semicolon."""
    text = member_text(64500).replace("Example 64500", json.dumps(name, ensure_ascii=False))
    made = csv_table(exchange({"members/AS64500.yaml": text}))
    assert rows(made)[1][1] == cell
