"""examples/evix-2021, a real exchange of 170 members: it reads without an error, its evidence is whole."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from ztix.diagnostics import Severity
from ztix.drivers.git_tree import read_work_tree
from ztix.evidence import Evidence, Found
from ztix.evidence_files import evidence, expansions_text, networks_text
from ztix.exchange import Exchange, read_exchange
from ztix.rules import check
from ztix.terms import Asn, AsSet
from ztix.tree import Tree

EXAMPLE = Path(__file__).parents[2] / "examples" / "evix-2021"
NOW = datetime(2026, 11, 1, tzinfo=UTC)


@cache
def tree() -> Tree:
    return read_work_tree(EXAMPLE)


@cache
def held() -> tuple[Exchange, Evidence]:
    """The exchange and its evidence; neither has a finding about its form."""
    exchange, findings = read_exchange(tree())
    known, damage = evidence(tree(), NOW)
    assert exchange is not None
    assert (list(findings), list(damage)) == ([], [])
    return exchange, known


def test_evix_when_read_has_every_member_and_address() -> None:
    """Nobody of the source is lost, and no address is held twice."""
    exchange, _ = held()
    addresses = [
        address for file in exchange.members for node in file.member.nodes for address in node.addresses
    ]
    assert len(exchange.members) == 170
    assert len(addresses) == len(set(addresses)) == 285
    assert all(node.route_servers for file in exchange.members for node in file.member.nodes)
    assert len(list(exchange.claims())) == 181 + 2  # members' nodes, and the route servers'


def test_evix_when_checked_has_no_errors() -> None:
    """Real data breaks no rule that would stop it; what is odd about it is told as warnings."""
    exchange, known = held()
    report = check(exchange, known)
    assert [finding for finding in report if finding.severity is Severity.ERROR] == []
    assert {"ZT301", "ZT305", "ZT401", "ZT405"} <= {finding.rule for finding in report}


def test_evix_when_member_has_a_record_goes_by_its_as_sets() -> None:
    """A member's file says what PeeringDB said, in one form."""
    exchange, known = held()
    found = [file.member for file in exchange.members if known.record(file.member.asn)]
    assert len(found) == len(known.networks) == 166
    for member in found:
        record = known.record(member.asn)
        assert record is not None
        named = tuple(map(AsSet, record.irr_as_set.split())) or None
        families = {address.version for node in member.nodes for address in node.addresses}
        assert member.as_set.ipv4 == (named if 4 in families else None)
        assert member.as_set.ipv6 == (named if 6 in families else None)


def test_evix_when_member_has_an_as_set_its_expansion_is_there() -> None:
    """Every AS-SET that a route server would ask for, or the AS number in its place, was looked up."""
    exchange, known = held()
    wanted = {
        name
        for file in exchange.members
        for names in (file.member.as_set.ipv4, file.member.as_set.ipv6)
        for name in names or ()
    }
    wanted |= {
        AsSet(str(file.member.asn))
        for file in exchange.members
        if file.member.as_set.ipv4 is None and file.member.as_set.ipv6 is None
    }
    assert wanted == set(known.expansions)
    assert sum(len(each.ipv4) + len(each.ipv6) for each in known.expansions.values()) > 10_000


def test_evix_when_evidence_is_written_again_is_the_same() -> None:
    """The files are in the form in which ztix writes them, so that the next fetch makes a small diff."""
    _, known = held()
    texts = {
        "evidence/peeringdb.json": networks_text({Asn(asn): each for asn, each in known.networks.items()}),
        "evidence/irr.json": expansions_text(known.expansions.values()),
    }
    for path, text in texts.items():
        assert (EXAMPLE / path).read_text(encoding="utf-8") == text


def test_evix_when_evidence_is_asked_for_its_source_tells_the_day() -> None:
    """Nobody should take the example for what is true today."""
    _, known = held()
    assert {each.fetched_at.date().isoformat() for each in known.expansions.values()} == {"2021-02-15"}
    for lookup in known.networks.values():
        assert isinstance(lookup, Found)
        assert "f3e959e1" in lookup.source
