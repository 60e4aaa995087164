"""The exchange that the repository ships: without findings, canonical, and as varied as real ones."""

import base64
from pathlib import Path

import pytest
import yaml

from ztix.canonical import canonical
from ztix.diagnostics import Report, Severity
from ztix.document import read_document
from ztix.exchange import Exchange, read_exchange
from ztix.proposal import propose
from ztix.rules import check
from ztix.schema import SCHEMAS, schema_name
from ztix.terms import Asn
from ztix.tree import Entry, Kind, Tree

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted([*ROOT.glob("members/AS*.yaml"), *ROOT.glob("policy/*.yaml")])


def entry(path: Path) -> Entry:
    content = path.read_bytes()
    return Entry(path.relative_to(ROOT).as_posix(), Kind.FILE, len(content), content)


@pytest.fixture(scope="module")
def example() -> tuple[Exchange, Report]:
    """The exchange and the findings about its files' form."""
    entries = {found.path: found for found in map(entry, FILES)}
    exchange, report = read_exchange(Tree("work tree", entries))
    assert exchange is not None, list(report)
    return exchange, report


def test_example_has_neither_errors_nor_warnings(example: tuple[Exchange, Report]) -> None:
    """No file has a finding about its form, and no rule finds more than a note."""
    exchange, report = example
    assert not list(report)
    assert not [f for f in check(exchange, None) if f.severity is not Severity.NOTE]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_example_files_are_canonical(path: Path) -> None:
    """`ztix fmt` changes no byte of the repository's exchange."""
    name = schema_name(path.relative_to(ROOT).as_posix())
    document, _ = read_document(entry(path))
    assert document is not None
    assert name is not None
    assert canonical(document, SCHEMAS[name]) == path.read_text()


def test_example_members_are_twelve_and_each_has_the_addresses_of_its_asn(
    example: tuple[Exchange, Report],
) -> None:
    """AS64500 to AS64511; the first node of AS645nn has .10 + nn and an IPv6 address that spells the ASN."""
    exchange, _ = example
    assert [int(file.member.asn) for file in exchange.members] == list(range(64500, 64512))
    for number, file in enumerate(exchange.members):
        own = {f"192.0.2.{10 + number}", f"2001:db8:64:96:0:6:{4500 + number}:1"}
        assert {str(address) for address in file.member.nodes[0].addresses} <= own
        assert f"2001:db8:64:96:0:6:{4500 + number}:1" in map(str, file.member.nodes[0].addresses)


def test_example_members_show_what_members_may_be(example: tuple[Exchange, Report]) -> None:
    """Two nodes, IPv6 only, without route servers, suspended, without AS-SETs and without limits."""
    members = [file.member for file in example[0].members]
    assert [len(member.nodes) for member in members].count(2) == 1
    nodes = [node for member in members for node in member.nodes]
    assert [{address.version for address in node.addresses} for node in nodes].count({6}) == 1
    assert [node.route_servers for node in nodes].count(False) == 1
    assert [member.status for member in members].count("suspended") == 1
    assert [member for member in members if member.as_set.ipv4 is None and member.as_set.ipv6 is None]
    assert [member for member in members if member.max_prefixes.ipv4 is None and member.as_set.ipv4]


def test_example_node_ids_without_their_quotes_are_other_values(example: tuple[Exchange, Report]) -> None:
    """Among the ids are some that a reader of YAML takes for numbers."""
    ids = [node.id for file in example[0].members for node in file.member.nodes]
    numbers = [text for text in ids if not isinstance(yaml.safe_load(text), str)]
    assert {"0123456701", "1234567890"} <= set(numbers)
    assert "12e4567890" in ids  # a power of ten for YAML 1.2


def test_example_host_keys_are_well_formed(example: tuple[Exchange, Report]) -> None:
    """Each pinned key is an ed25519 key in its wire form, and no two are the same."""
    keys = [key for server in example[0].policy.route_servers.route_servers for key in server.ssh.host_keys]
    for key in keys:
        form, _, body = key.partition(" ")
        raw = base64.b64decode(body, validate=True)
        assert raw[:19] == b"\x00\x00\x00\x0b" + form.encode() + b"\x00\x00\x00\x20"[:4]
        assert len(raw) == 4 + 11 + 4 + 32
    assert len(set(keys)) == len(keys) == 2


def test_example_route_servers_run_both_versions_and_one_is_the_canary(
    example: tuple[Exchange, Report],
) -> None:
    """rs1 runs BIRD 2 and is the canary, rs2 runs BIRD 3; both live in the reserved part of the LAN."""
    exchange, _ = example
    servers = exchange.policy.route_servers.route_servers
    assert [(s.name, s.bird, s.canary) for s in servers] == [("rs1", "2.0.12", True), ("rs2", "3.1", False)]
    reserved = exchange.policy.fabrics.fabrics[0].reserved
    for server in servers:
        for address in server.addresses:
            assert any(address in prefix for prefix in reserved if prefix.version == address.version)


def test_example_newcomer_gets_addresses_that_nobody_holds(example: tuple[Exchange, Report]) -> None:
    """A thirteenth member's proposal has the addresses that follow from its ASN."""
    text = propose(Asn(65536), example[0])
    assert "      - 192.0.2.8\n      - 2001:db8:64:96:0:6:5536:1\n" in text
