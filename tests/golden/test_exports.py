"""What outsiders read of the exchanges in this repository: the same bytes as last time, and whole."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import dns.reversename
import dns.zone
import pytest

from tests.ixf_importer import import_list
from ztix.drivers.git_tree import read_work_tree
from ztix.evidence import Evidence
from ztix.evidence_files import evidence
from ztix.exchange import Exchange, read_exchange
from ztix.export.alice_lg import alice_lg
from ztix.export.csv_table import csv_table
from ztix.export.dns_zones import zone_file, zones
from ztix.export.ixf import member_list
from ztix.export.prometheus_targets import prometheus_targets

ROOT = Path(__file__).parents[2]
EXPORTS = Path(__file__).parent / "exports"
NOW = datetime(2026, 11, 22, tzinfo=UTC)
EXCHANGES = {"example-ix": ROOT, "evix-2021": ROOT / "examples" / "evix-2021"}


@cache
def held(name: str) -> tuple[Exchange, Evidence]:
    """An exchange of this repository and its evidence."""
    tree = read_work_tree(EXCHANGES[name])
    exchange, _ = read_exchange(tree)
    assert exchange is not None
    return exchange, evidence(tree, NOW)[0]


@cache
def exported(name: str) -> dict[str, str]:
    """Every form of an exchange by the file that it would be written to."""
    exchange, known = held(name)
    return {
        "ixf.json": member_list(exchange, known, NOW).text,
        "targets.json": prometheus_targets(exchange),
        "alice.conf": alice_lg(exchange),
        "members.csv": csv_table(exchange),
        **{zone_file(zone): text for zone, text in zones(exchange, 2026112200).items()},
    }


@pytest.mark.parametrize("file", sorted(exported("example-ix")))
def test_export_of_the_example_is_as_recorded(file: str, golden: Callable[[Path, str], None]) -> None:
    """The bytes that a reviewer has seen."""
    golden(EXPORTS / file, exported("example-ix")[file])


@pytest.mark.parametrize("name", EXCHANGES)
def test_export_of_an_exchange_to_peeringdb_loses_no_address(name: str) -> None:
    """The importer takes every address of members and route servers, each once, and has no complaint."""
    exchange, _ = held(name)
    (fabric,) = exchange.policy.fabrics.fabrics
    made = import_list(exported(name)["ixf.json"], fabric.prefixes)
    told = [address for record in made.records for address in (record.ipv4, record.ipv6) if address]
    nodes = [node for file in exchange.members for node in file.member.nodes]
    expected = [address for node in nodes for address in node.addresses]
    expected += [a for server in exchange.policy.route_servers.route_servers for a in server.addresses]
    assert made.errors == []
    assert sorted(map(str, told)) == sorted(map(str, expected))
    assert {record.asn for record in made.records if record.is_rs_peer} <= {
        file.member.asn for file in exchange.members
    }


@pytest.mark.parametrize("name", EXCHANGES)
def test_export_of_an_exchange_names_every_address_of_who_is_on_the_lan(name: str) -> None:
    """Targets and zones tell the same addresses, and each leads back to its name."""
    targets = {target for group in json.loads(exported(name)["targets.json"]) for target in group["targets"]}
    texts = [text for file, text in exported(name).items() if file.endswith(".zone")]
    forward, back = set(), set()
    for text in texts:
        zone = dns.zone.from_text(text, relativize=False)
        for owner, _, data in zone.iterate_rdatas():
            if data.rdtype.name in ("A", "AAAA"):
                forward.add((str(owner), data.to_text()))
            if data.rdtype.name == "PTR":
                back.add((data.to_text(), dns.reversename.to_address(owner)))
    assert {address for _, address in forward} == targets
    assert forward == back


@pytest.mark.parametrize("name", EXCHANGES)
def test_export_of_an_exchange_as_a_table_has_every_node(name: str) -> None:
    """One line for each, and the names are the members' own."""
    exchange, _ = held(name)
    rows = list(csv.DictReader(io.StringIO(exported(name)["members.csv"], newline=""), strict=True))
    assert len(rows) == sum(max(1, len(file.member.nodes)) for file in exchange.members)
    names = {str(int(file.member.asn)): file.member.name for file in exchange.members}
    assert {row["asn"]: row["name"].removeprefix("'") for row in rows} == names
